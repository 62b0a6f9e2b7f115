/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/record/names.h"

#include "base/buf.h"

#include <string.h>

#define SUBNETS "/calico/dhcp/v2/"
#define ENDPOINTS "/calico/resources/v3/projectcalico.org/workloadendpoints/"

static void add_doubled(struct buf *b, const char *part)
{
	for (; *part; part++) {
		buf_putc(b, *part);
		if (*part == '-')
			buf_putc(b, '-');
	}
}

static bool is_region(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return !text[len] && len <= REGION_MAX && text[0] != '-' && (!len || text[len - 1] != '-');
}

static int copy(const struct buf *b, char out[PREFIX_TEXT], struct err *e)
{
	if (b->failed)
		return err_set(e, ERR_CONFIG, "host is too long for a key of etcd");
	memcpy(out, b->data, b->len + 1);
	return 0;
}

int prefixes_init(struct prefixes *p, const char *region, const char *host, struct err *e)
{
	struct buf endpoints __cleanup(buf_done) = BUF(PREFIX_TEXT - 1);
	struct buf subnets __cleanup(buf_done) = BUF(PREFIX_TEXT - 1);

	if (!is_region(region))
		return err_set(e, ERR_CONFIG, "[calico] openstack_region \"%.60s\" is not the name "
			       "of a region: at most %d small letters, digits and '-' within",
			       region, REGION_MAX);
	if (!*host)
		return err_set(e, ERR_CONFIG, "[DEFAULT] host is empty");
	buf_printf(&subnets, SUBNETS "%s%s/subnet/", *region ? "region-" : "no-region", region);
	buf_printf(&endpoints, ENDPOINTS "openstack%s%s/", *region ? "-region-" : "", region);
	add_doubled(&endpoints, host);
	buf_puts(&endpoints, "-openstack-");
	return copy(&subnets, p->subnets, e) < 0 ? -1 : copy(&endpoints, p->endpoints, e);
}

/* The single '-' that ends the first part; NULL if there is none. */
static const char *part_end(const char *at)
{
	while ((at = strchr(at, '-')) && at[1] == '-')
		at += 2;
	return at;
}

bool endpoint_name_port(const char *name, char out[WORD_TEXT])
{
	const char *end = part_end(name), *from = end ? end + 1 : "";
	char port[2 * WORD_TEXT];
	size_t n = 0;

	if (!end || part_end(from) || strlen(from) >= sizeof(port))
		return false;
	for (; *from; from += from[0] == '-' ? 2 : 1)
		port[n++] = *from;
	port[n] = 0;
	return word_copy(port, out, WORD_TEXT);
}

static bool copy_word(const char *text, size_t len, char *out, size_t room)
{
	if (len >= room)
		return false;
	memcpy(out, text, len);
	out[len] = 0;
	return true;
}

/* Of "<mark><region>" or, where there is none, `without`, up to the slash; what follows that. */
static const char *take_region(const char *at, const char *mark, const char *without,
			       char region[REGION_MAX + 1])
{
	size_t len = strcspn(at, "/");

	if (!at[len])
		return NULL;
	if (len == strlen(without) && strncmp(at, without, len) == 0) {
		*region = 0;
		return at + len + 1;
	}
	if (strncmp(at, mark, strlen(mark)) != 0 ||
	    !copy_word(at + strlen(mark), len - strlen(mark), region, REGION_MAX + 1))
		return NULL;
	return at + len + 1;
}

bool subnet_key_read(const char *key, struct key_words *ret, bool *ret_old)
{
	static const char subnet[] = "subnet/";
	const char *at = key;

	*ret = (struct key_words){ 0 };
	*ret_old = strncmp(key, OLD_SUBNETS, strlen(OLD_SUBNETS)) == 0;
	if (*ret_old) {
		ret->rest = key + strlen(OLD_SUBNETS);
		return true;
	}
	if (strncmp(key, SUBNETS, strlen(SUBNETS)) != 0)
		return false;
	at = take_region(key + strlen(SUBNETS), "region-", "no-region", ret->region);
	if (!at || strncmp(at, subnet, strlen(subnet)) != 0)
		return false;
	ret->rest = at + strlen(subnet);
	return true;
}

/* The first part of a name, its '-' single again; where it ends, or NULL. */
static const char *take_host(const char *name, char host[NAME_TEXT])
{
	const char *end = part_end(name);
	size_t n = 0;

	for (const char *at = name; end && at < end; at += at[0] == '-' ? 2 : 1) {
		if (n == NAME_TEXT - 1)
			return NULL;
		host[n++] = *at;
	}
	host[n] = 0;
	return n ? end : NULL;
}

bool endpoint_key_read(const char *key, const char *prefix, struct key_words *ret)
{
	static const char mark[] = "-openstack-";
	const char *name, *end;

	*ret = (struct key_words){ 0 };
	if (strncmp(key, prefix, strlen(prefix)) != 0)
		return false;
	name = take_region(key + strlen(prefix), "-region-", "", ret->region);
	end = name ? take_host(name, ret->host) : NULL;
	if (!end || strncmp(end, mark, strlen(mark)) != 0)
		return false;
	ret->rest = end + strlen(mark);
	return true;
}

bool felix_key_read(const char *key, struct key_words *ret)
{
	static const char host[] = "host/";
	const char *at;
	size_t len;

	*ret = (struct key_words){ 0 };
	if (strncmp(key, ALL_FELIX, strlen(ALL_FELIX)) != 0)
		return false;
	at = take_region(key + strlen(ALL_FELIX), "region-", "no-region", ret->region);
	if (!at || strncmp(at, host, strlen(host)) != 0)
		return false;
	at += strlen(host);
	len = strcspn(at, "/");
	if (!at[len] || !copy_word(at, len, ret->host, sizeof(ret->host)))
		return false;
	ret->rest = at + len + 1;
	return true;
}
