/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/keys.h"
#include "ipam/record/host.h"

#include <stdio.h>
#include <string.h>

static int check_name(const char *what, const char *name, struct err *e)
{
	if (!name || !*name)
		return err_set(e, ERR_CONFIG, "the %s is empty", what);
	for (const char *p = name; *p; p++)
		if (*p == '/' || (unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(e, ERR_CONFIG, "the %s holds a '/' or a control character "
				       "at byte %zu", what, (size_t)(p - name));
	return 0;
}

/* prefix, name, suffix; `what` names the name in errors. */
static int make_key(const char *what, const char *prefix, const char *name, const char *suffix,
		    char out[KEY_TEXT], struct err *e)
{
	size_t len;

	if (check_name(what, name, e) < 0)
		return -1;
	len = strlen(prefix) + strlen(name) + strlen(suffix);
	if (len > VIEW_KEY_MAX)
		return err_set(e, ERR_LIMIT, "the %s \"%.40s…\" is too long: its key would have "
			       "%zu bytes, the limit is %d", what, name, len, VIEW_KEY_MAX);
	stpcpy(stpcpy(stpcpy(out, prefix), name), suffix);
	return 0;
}

int key_of_pool(const char *name, char out[KEY_TEXT], struct err *e)
{
	return make_key("name of the pool", KEY_POOLS, name, "", out, e);
}

int key_of_reservation(const char *name, char out[KEY_TEXT], struct err *e)
{
	return make_key("name of the reservation", KEY_RESERVATIONS, name, "", out, e);
}

int key_of_node(const char *name, char out[KEY_TEXT], struct err *e)
{
	return make_key("name of the node", KEY_NODES, name, "", out, e);
}

int key_of_noted_node(const char *name, char out[KEY_TEXT], struct err *e)
{
	return make_key("name of the node", KEY_NOTED_NODES, name, "", out, e);
}

int key_of_namespace(const char *name, char out[KEY_TEXT], struct err *e)
{
	return make_key("name of the namespace", KEY_NAMESPACES, name, "", out, e);
}

int key_in_namespace(const char *kind, const char *namespace_name, const char *name,
		     char out[KEY_TEXT], struct err *e)
{
	char key[KEY_TEXT];

	if (make_key("name of the namespace", kind, namespace_name, "/", key, e) < 0)
		return -1;
	return make_key("name of the object", key, name, "", out, e);
}

int key_of_handle(const char *id, char out[KEY_TEXT], struct err *e)
{
	return make_key("handle id", KEY_HANDLES, id, "", out, e);
}

const char *key_of_blocks(enum family f)
{
	return f == FAMILY_4 ? KEY_BLOCKS_4 : KEY_BLOCKS_6;
}

void key_of_block(struct cidr block, char out[KEY_TEXT])
{
	cidr_print_key(block, stpcpy(out, key_of_blocks(block.base.family)));
}

/*
 * A group of zeros may begin the "::" of a text, wherever that is; what stands before
 * the first one stands there in every text.
 */
void key_of_blocks_in(struct cidr cidr, char out[KEY_TEXT])
{
	bool v4 = cidr.base.family == FAMILY_4;
	unsigned width = v4 ? 8 : 16, left = family_bits(cidr.base.family);
	int n = snprintf(out, KEY_TEXT, "%s", key_of_blocks(cidr.base.family));

	for (unsigned known = cidr.len; known >= width && left > width; known -= width) {
		unsigned group;

		left -= width;
		group = (unsigned)(cidr.base.n >> left) & ((1u << width) - 1);
		if (!v4 && !group)
			return;
		n += snprintf(out + n, KEY_TEXT - (size_t)n, v4 ? "%u." : "%x:", group);
	}
}

static int owner_key(const char *owner, enum family f, const char *cidr, char out[KEY_TEXT],
		     struct err *e)
{
	const char *suffix = f == FAMILY_4 ? "/ipv4/block/" : "/ipv6/block/";
	const char *node = host_node(owner);
	char tail[16 + CIDR_TEXT];

	stpcpy(stpcpy(tail, suffix), cidr);
	if (node)
		return make_key("name of the node", KEY_HOST_AFFINITIES, node, tail, out, e);
	if (strncmp(owner, "virtual:", 8) == 0)
		return make_key("name of the virtual owner", KEY_VIRTUAL_AFFINITIES, owner + 8,
				tail, out, e);
	return err_set(e, ERR_CORRUPT, "\"%s\" owns no blocks: neither host:<node> nor "
		       "virtual:<name>", owner);
}

int key_of_affinities(const char *owner, enum family f, char out[KEY_TEXT], struct err *e)
{
	return owner_key(owner, f, "", out, e);
}

int key_of_affinity(const char *owner, struct cidr block, char out[KEY_TEXT], struct err *e)
{
	char cidr[CIDR_TEXT];

	cidr_print_key(block, cidr);
	return owner_key(owner, block.base.family, cidr, out, e);
}

int key_read_affinity(const char *key, char owner[KEY_TEXT], struct cidr *ret_block)
{
	static const char *const prefixes[] = { KEY_HOST_AFFINITIES, KEY_VIRTUAL_AFFINITIES };
	const char *name = NULL, *tail;
	struct cidr block;
	int which = 0;

	for (int i = 0; i < 2; i++)
		if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0) {
			name = key + strlen(prefixes[i]);
			which = i;
		}
	tail = name ? strchr(name, '/') : NULL;
	if (!tail || tail == name || (strncmp(tail, "/ipv4/block/", 12) != 0 &&
				      strncmp(tail, "/ipv6/block/", 12) != 0))
		return -1;
	if (cidr_parse_key(tail + 12, &block) < 0 ||
	    (block.base.family == FAMILY_4) != (tail[4] == '4'))
		return -1;
	snprintf(owner, KEY_TEXT, "%s%.*s", which ? "virtual:" : HOST_PREFIX,
		 (int)(tail - name), name);
	*ret_block = block;
	return 0;
}

int key_cidr(const char *key, const char *prefix, struct cidr *ret)
{
	size_t len = strlen(prefix);

	return strncmp(key, prefix, len) == 0 ? cidr_parse_key(key + len, ret) : -1;
}

bool key_find_block(const struct view *view, struct addr a, struct cidr *ret)
{
	const char *prefix = key_of_blocks(a.family);
	const struct record *record;
	struct cidr block;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (key_cidr(record->key, prefix, &block) == 0 && cidr_holds(block, a)) {
			*ret = block;
			return true;
		}
	return false;
}
