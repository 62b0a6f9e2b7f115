/* SPDX-License-Identifier: Apache-2.0 */
/* GC: a scan for what nobody is attached to any more, then a release by address. */
#include "base/list.h"
#include "ipam/release/gc.h"

#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "ipam/release/release.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINER_ID_DIGITS 64 /* of Calico's entries, which do not name their network */

struct stale {
	struct ipam_release_address *list; /* owned; handles are owned texts */
	size_t n, cap;
	const struct ipam_gc_request *request;
	struct ipam_gc_answer *answer;
};

static void stale_done(struct stale *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(unconst(s->list[i].handle));
	free(s->list);
}

static int add_stale(struct stale *s, const struct block *b, unsigned ordinal, const char *handle)
{
	if (list_room(&s->list, s->n, &s->cap) < 0)
		return -1;
	s->list[s->n] = (struct ipam_release_address){
		.addr = block_addr(b, ordinal),
		.handle = strndup(handle, strcspn(handle, "\r")),
		.has_sequence = true,
		.sequence = block_sequence_of(b, ordinal),
	};
	if (!s->list[s->n].handle)
		return -1;
	s->n++;
	return 0;
}

static bool is_hex_id(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return len == CONTAINER_ID_DIGITS;
}

/* The container id within the handle; NULL if it is not of this network, or of no container. */
static const char *container_of(const struct ipam_gc_request *r, const struct attribute *attribute)
{
	const char *handle = attribute_handle(attribute),
		   *network = attribute_secondary(attribute, "network");
	size_t len = strlen(r->network);

	if (!handle || strncmp(handle, r->network, len) != 0 || handle[len] != '.')
		return NULL;
	/* A virtual machine's stays until its own pod gives it back. */
	if (attribute_secondary(attribute, "vmi-name"))
		return NULL;
	if (network)
		return strcmp(network, r->network) == 0 ? handle + len + 1 : NULL;
	return is_hex_id(handle + len + 1, strcspn(handle + len + 1, "\r")) ? handle + len + 1
									    : NULL;
}

static bool is_valid(const struct ipam_gc_request *r, const char *container, const char *ifname)
{
	size_t len = strcspn(container, "\r");

	for (unsigned i = 0; i < r->n_valid; i++)
		if (strlen(r->valid[i].container) == len &&
		    memcmp(r->valid[i].container, container, len) == 0 &&
		    (!ifname || strcmp(r->valid[i].ifname, ifname) == 0))
			return true;
	return false;
}

static bool is_stale(const struct ipam_gc_request *r, const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node"), *container;

	if (!attribute || attribute_is_released(attribute) || !node || strcmp(node, r->node) != 0)
		return false;
	container = container_of(r, attribute);
	return container &&
	       owner_assigned_before(attribute, r->now_ns - IPAM_GC_AGE_S * 1000000000LL) &&
	       !is_valid(r, container, attribute_secondary(attribute, "ifname"));
}

static int find_in_block(struct stale *s, const struct block *b, struct err *e)
{
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *attribute = block_attribute(b, i);

		if (is_stale(s->request, attribute) &&
		    add_stale(s, b, i, attribute_handle(attribute)) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return 0;
}

static int look(const struct record *record, void *arg, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct stale *s = arg;
	struct err bad = {0};

	/* An entry of this node names it; most blocks of a cluster do not. */
	if (!strstr(record->value, s->request->node))
		return 0;
	if (block_read(record, &b, &bad) == 0)
		return find_in_block(s, &b, e);
	if (bad.kind == ERR_INTERNAL)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (!s->answer->unreadable++)
		snprintf(s->answer->first_unreadable, sizeof(s->answer->first_unreadable),
			 "%.127s", record->key);
	return 0;
}

static int scan(struct datastore *ds, struct stale *s, struct err *e)
{
	if (datastore_scan(ds, KEY_BLOCKS_4, look, s, e) < 0)
		return -1;
	return datastore_scan(ds, KEY_BLOCKS_6, look, s, e);
}

/* Goes on after an error: the other parts can still be released. */
static void release_parts(struct datastore *ds, struct stale *s, unsigned *errors,
			  struct err *first)
{
	for (size_t at = 0; at < s->n; at += IPAM_RELEASE_MAX) {
		size_t left = s->n - at;
		unsigned part = left < IPAM_RELEASE_MAX ? (unsigned)left : IPAM_RELEASE_MAX, done;
		struct err e = {0};

		if (ipam_release_addresses(ds, s->list + at, part, NULL, &done, &e) < 0) {
			if (!(*errors)++)
				*first = e;
			continue;
		}
		for (size_t i = at; i < at + part; i++) {
			s->answer->released += s->list[i].result == IPAM_RELEASED;
			s->answer->conflicts += s->list[i].result == IPAM_CONFLICT;
		}
	}
}

static int report(const struct ipam_gc_answer *answer, unsigned errors, const struct err *first,
		  struct err *e)
{
	if (errors) {
		*e = *first;
		return err_wrap(e, "%u addresses were released, then %u parts failed",
				answer->released, errors);
	}
	if (answer->unreadable)
		return err_set(e, ERR_CORRUPT,
			       "%u addresses were released; %u blocks cannot be read (mend or "
			       "delete them), one at key %s",
			       answer->released, answer->unreadable, answer->first_unreadable);
	return 0;
}

int ipam_gc(struct datastore *ds, const struct ipam_gc_request *request,
	    struct ipam_gc_answer *ret_answer, struct err *e)
{
	struct ipam_gc_answer answer = {0};
	struct stale stale __cleanup(stale_done) = { .request = request, .answer = &answer };
	struct err first = {0};
	unsigned errors = 0;

	if (scan(ds, &stale, e) < 0)
		return -1;
	release_parts(ds, &stale, &errors, &first);
	*ret_answer = answer;
	return report(&answer, errors, &first, e);
}
