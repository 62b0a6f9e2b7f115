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
