/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/node_blocks.h"

#include "ipam/record/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTAINER_ID_DIGITS 64 /* of Calico's entries, which do not name their network */
#define VM_MARK ".vmi." /* in the handle of a virtual machine */

struct scan {
	const char *node;
	node_allocation_visitor *see;
	void *arg;
	struct node_blocks result;
};

static void free_list(void ***list)
{
	free(*list);
}

static bool is_of_node(const struct attribute *attribute, const char *node)
{
	const char *stored = attribute_secondary(attribute, "node");

	return stored && !attribute_is_released(attribute) && strcmp(stored, node) == 0;
}

static int see_block(struct scan *s, const struct block *b, struct err *e)
{
	void **shared __cleanup(free_list) = calloc(b->n_attributes + 1, sizeof(*shared));

	if (!shared)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (unsigned i = 0; i < b->size; i++)
		if (is_of_node(block_attribute(b, i), s->node) &&
		    s->see(b, i, &shared[b->allocations[i]], s->arg, e) < 0)
			return -1;
	return 0;
}

static int look(const struct record *record, void *arg, struct err *e)
{
	struct block b __cleanup(block_done) = {0};
	struct scan *s = arg;
	struct err bad = {0};

	/* An entry of this node names it; most blocks of a cluster do not. */
	if (!block_may_name(record, s->node))
		return 0;
	if (block_read(record, &b, &bad) == 0)
		return see_block(s, &b, e);
	if (bad.kind == ERR_INTERNAL)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (!s->result.unreadable++)
		snprintf(s->result.first_unreadable, sizeof(s->result.first_unreadable), "%.127s",
			 record->key);
	return 0;
}

int node_blocks_scan(struct datastore *ds, const char *node, node_allocation_visitor *see,
		     void *arg, struct node_blocks *ret, struct err *e)
{
	struct scan s = { .node = node, .see = see, .arg = arg };

	if (datastore_scan(ds, KEY_BLOCKS_4, look, &s, e) < 0 ||
	    datastore_scan(ds, KEY_BLOCKS_6, look, &s, e) < 0)
		return -1;
	*ret = s.result;
	return 0;
}

static bool is_hex_id(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return len == CONTAINER_ID_DIGITS;
}

/* Bytes of the network's name in the handle; 0: it is of no container of it. */
static size_t network_len(const char *handle, size_t len, const char *network, const char *named)
{
	size_t n = len > CONTAINER_ID_DIGITS ? len - CONTAINER_ID_DIGITS - 1 : 0;

	if (named && network && strcmp(named, network) != 0)
		return 0;
	if (named || network)
		n = strlen(named ? named : network);
	if (n + 1 >= len || handle[n] != '.' || (named && strncmp(handle, named, n) != 0) ||
	    (network && strncmp(handle, network, n) != 0))
		return 0;
	return named || is_hex_id(handle + n + 1, len - n - 1) ? n : 0;
}

const char *node_blocks_container(const struct attribute *attribute, const char *network,
				  size_t *ret_len)
{
	const char *handle = attribute_handle(attribute);
	size_t len = handle ? strcspn(handle, "\r") : 0, n;

	if (!len || attribute_secondary(attribute, "vmi-name") ||
	    attribute_secondary(attribute, "type") || memmem(handle, len, VM_MARK, strlen(VM_MARK)))
		return NULL;
	n = network_len(handle, len, network, attribute_secondary(attribute, "network"));
	if (!n)
		return NULL;
	*ret_len = len - n - 1;
	return handle + n + 1;
}
