/* SPDX-License-Identifier: Apache-2.0 */
/* GC: a scan for what nobody is attached to any more, then a release by address. */
#include "base/list.h"
#include "ipam/release/gc.h"

#include "ipam/release/node_blocks.h"
#include "ipam/release/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_valid(const struct ipam_gc_request *r, const char *container, size_t len,
		     const char *ifname)
{
	for (unsigned i = 0; i < r->n_valid; i++)
		if (strlen(r->valid[i].container) == len &&
		    memcmp(r->valid[i].container, container, len) == 0 &&
		    (!ifname || strcmp(r->valid[i].ifname, ifname) == 0))
			return true;
	return false;
}

static bool is_stale(const struct ipam_gc_request *r, const struct attribute *attribute)
{
	size_t len = 0;
	const char *container = node_blocks_container(attribute, r->network, &len);

	return container &&
	       owner_assigned_before(attribute, r->now_ns - IPAM_GC_AGE_S * 1000000000LL) &&
	       !is_valid(r, container, len, attribute_secondary(attribute, "ifname"));
}

static int look(const struct block *b, unsigned ordinal, void **shared __unused_arg, void *arg,
		struct err *e)
{
	const struct attribute *attribute = block_attribute(b, ordinal);
	struct stale *s = arg;

	if (is_stale(s->request, attribute) &&
	    add_stale(s, b, ordinal, attribute_handle(attribute)) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
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
	struct node_blocks blocks = {0};
	struct err first = {0};
	unsigned errors = 0;

	if (node_blocks_scan(ds, request->node, look, &stale, &blocks, e) < 0)
		return -1;
	answer.unreadable = blocks.unreadable;
	memcpy(answer.first_unreadable, blocks.first_unreadable, sizeof(answer.first_unreadable));
	release_parts(ds, &stale, &errors, &first);
	*ret_answer = answer;
	return report(&answer, errors, &first, e);
}
