/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/allocations.h"

#include "base/list.h"
#include "ipam/record/keys.h"
#include "ipam/audit/utilization.h"
#include "ipam/record/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static void selected_done(struct allocation *s)
{
	free(unconst(s->handle));
	free(unconst(s->node));
	free(unconst(s->pod));
}

void allocations_done(struct allocations *s)
{
	for (size_t i = 0; i < s->n; i++)
		selected_done(&s->list[i]);
	free(s->list);
	free(s->blocks);
	*s = (struct allocations){ 0 };
}

static char *copy(const char *text)
{
	return text ? strndup(text, strcspn(text, "\r")) : NULL;
}

int allocations_add(struct allocations *s, const struct allocation *selected, struct err *e)
{
	struct allocation *kept;

	if (list_room(&s->list, s->n, &s->cap) < 0)
		return out_of_memory(e);
	kept = &s->list[s->n];
	*kept = *selected;
	kept->handle = copy(selected->handle);
	kept->node = copy(selected->node);
	kept->pod = copy(selected->pod);
	if ((selected->handle && !kept->handle) || (selected->node && !kept->node) ||
	    (selected->pod && !kept->pod)) {
		selected_done(kept);
		return out_of_memory(e);
	}
	s->n++;
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct allocation *a = left, *b = right;

	return addr_compare(a->addr, b->addr);
}

void allocations_sort(struct allocations *s)
{
	if (s->n)
		qsort(s->list, s->n, sizeof(*s->list), compare);
}

static bool is_same(const struct allocation *a, const struct allocation *b)
{
	return addr_equal(a->addr, b->addr) && a->sequence == b->sequence &&
	       strcmp(a->handle ? a->handle : "", b->handle ? b->handle : "") == 0;
}

void allocations_keep_common(struct allocations *s, const struct allocations *other)
{
	size_t n = s->n, at = 0;

	s->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct allocation *mine = &s->list[i];

		while (at < other->n && compare(&other->list[at], mine) < 0)
			at++;
		if (at < other->n && is_same(mine, &other->list[at]))
			s->list[s->n++] = *mine;
		else
			selected_done(mine);
	}
}

static int add_ordinal(struct allocations *s, const struct block *b, unsigned ordinal,
		       struct err *e)
{
	const struct attribute *a = block_attribute(b, ordinal);
	struct allocation selected = { .addr = block_addr(b, ordinal) };

	if (a && !attribute_is_released(a)) {
		selected.allocated = true;
		selected.handle = attribute_handle(a);
		selected.node = attribute_secondary(a, "node");
		selected.pod = attribute_secondary(a, "pod");
		selected.sequence = block_sequence_of(b, ordinal);
	}
	return allocations_add(s, &selected, e);
}

static int add_address(struct datastore *ds, struct view *view, struct addr a,
		       struct allocations *s, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	const struct record *record;
	char key[KEY_TEXT];
	struct cidr cidr;

	for (size_t i = 0; i < s->n; i++)
		if (addr_equal(s->list[i].addr, a))
			return 0;
	if (!key_find_block(view, a, &cidr))
		return allocations_add(s, &(struct allocation){ .addr = a }, e);
	key_of_block(cidr, key);
	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(ds, view, &wants, e) < 0)
		return -1;
	record = view_peek(view, key);
	if (!record)
		return allocations_add(s, &(struct allocation){ .addr = a }, e);
	return block_read(record, &b, e) < 0 ? -1 : add_ordinal(s, &b, block_ordinal(&b, a), e);
}

int allocations_of_addresses(struct datastore *ds, const struct addr *list, unsigned n,
			   struct allocations *ret, struct err *e)
{
	struct allocations s __cleanup(allocations_done) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	wants_add(&wants, KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	wants_add(&wants, KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (add_address(ds, &view, list[i], &s, e) < 0)
			return -1;
	*ret = s;
	s = (struct allocations){ 0 };
	return 0;
}

struct selecting {
	struct allocations selection;
	const char *handle, *node;
	struct err why;	/* once it failed */
	bool failed;
};

static bool is_wanted(const struct selecting *s, const struct attribute *a)
{
	const char *node = attribute_secondary(a, "node"), *handle = attribute_handle(a);

	if (!a || attribute_is_released(a))
		return false;
	if (s->handle)
		return attribute_has_handle(a, s->handle);
	/* Windows' own addresses go with their block. */
	return node && strcmp(node, s->node) == 0 &&
	       !(handle && strncasecmp(handle, BLOCK_WINDOWS_HANDLE,
				       strlen(BLOCK_WINDOWS_HANDLE)) == 0);
}

static int add_block(struct selecting *s, const struct block *b)
{
	struct allocations *to = &s->selection;
	const char *node = host_node(b->affinity);

	for (unsigned i = 0; i < b->size; i++)
		if (is_wanted(s, block_attribute(b, i)) && add_ordinal(to, b, i, &s->why) < 0)
			return -1;
	if (!s->node || !node || strcmp(node, s->node) != 0)
		return 0;
	if (list_room(&to->blocks, to->n_blocks, &to->cap_blocks) < 0)
		return out_of_memory(&s->why);
	to->blocks[to->n_blocks++] = b->cidr;
	return 0;
}

static void see_block(const struct utilization *utilization __unused_arg, const struct block *b,
		      const struct utilization_pool *pool __unused_arg, void *arg)
{
	struct selecting *s = arg;

	if (!s->failed)
		s->failed = add_block(s, b) < 0;
}

static void see_unreadable(const char *key, const char *why __unused_arg, void *arg)
{
	struct allocations *to = &((struct selecting *)arg)->selection;

	if (!to->unreadable++)
		snprintf(to->first_unreadable, sizeof(to->first_unreadable), "%s", key);
}

static int scan_blocks(struct datastore *ds, struct selecting *s, struct allocations *ret,
		       struct err *e)
{
	struct utilization_visitor visitor = { see_block, see_unreadable, s };
	struct utilization utilization __cleanup(utilization_done) = { 0 };

	if (utilization_read(ds, &visitor, &utilization, e) < 0 || s->failed) {
		if (s->failed)
			*e = s->why;
		allocations_done(&s->selection);
		return -1;
	}
	*ret = s->selection;
	return 0;
}

int allocations_of_handle(struct datastore *ds, const char *handle, struct allocations *ret,
			struct err *e)
{
	struct selecting s = { .handle = handle };

	return scan_blocks(ds, &s, ret, e);
}

int allocations_of_node(struct datastore *ds, const char *node, struct allocations *ret,
		      struct err *e)
{
	struct selecting s = { .node = node };

	return scan_blocks(ds, &s, ret, e);
}

static void free_list(struct ipam_release_address **list)
{
	free(*list);
}

int allocations_release(struct datastore *ds, struct allocations *s,
		      void (*progress)(unsigned done, unsigned n), unsigned *ret_done,
		      struct err *e)
{
	struct ipam_release_address *list __cleanup(free_list) = calloc(s->n + 1, sizeof(*list));
	unsigned n = 0, at = 0;
	int rc;

	if (!list)
		return out_of_memory(e);
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].allocated)
			list[n++] = (struct ipam_release_address){
				.addr = s->list[i].addr, .handle = s->list[i].handle,
				.has_sequence = true, .sequence = s->list[i].sequence,
			};
	rc = ipam_release_addresses(ds, list, n, progress, ret_done, e);
	for (size_t i = 0; i < s->n; i++) {
		s->list[i].result = IPAM_UNALLOCATED;
		if (s->list[i].allocated && at < *ret_done)
			s->list[i].result = list[at++].result;
	}
	return rc;
}
