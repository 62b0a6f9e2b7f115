/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/files.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUID_UUID "00:04"	/* RFC 6355 4 */
#define UUID_DIGITS 32
#define LEASE_FIELDS 5
#define DUID_LINE_MAX 259	/* bytes: "duid " and what dnsmasq reads of one */

/* An address that is served by leases, and whose it is. */
struct leased {
	struct addr addr;
	const struct port *port;
	bool kept;	/* a lease of it stands already */
};

static int compare_leased(const void *a, const void *b)
{
	const struct leased *x = a, *y = b;

	return addr_compare(x->addr, y->addr);
}

static void add_leased(const struct port *p, struct leased *list, size_t *n)
{
	for (size_t i = 0; i < p->n_fixed; i++) {
		const struct fixed *f = &p->fixed[i];

		if (f->addr.family == FAMILY_6 && f->subnet->mode != SUBNET_SLAAC &&
		    subnet_has_range(f->subnet))
			list[(*n)++] = (struct leased){ f->addr, p, false };
	}
}

static bool is_remade(const struct port *p, const struct taps *had)
{
	const struct tap *tap = had ? taps_find(had, p->endpoint->tap) : NULL;

	return tap && p->index && tap->index != p->index;
}

/* NULL: out of memory. */
static struct leased *list_ipv6(const struct network *n, const struct taps *had, size_t *ret_n)
{
	struct leased *list;
	size_t max = 1;

	for (size_t i = 0; i < n->n_ports; i++)
		max += n->ports[i].n_fixed;
	list = calloc(max, sizeof(*list));
	*ret_n = 0;
	for (size_t i = 0; list && i < n->n_ports; i++)
		if (!is_remade(&n->ports[i], had))
			add_leased(&n->ports[i], list, ret_n);
	if (list)
		qsort(list, *ret_n, sizeof(*list), compare_leased);
	return list;
}

/* The old host file has a line "<mac>,tag:dhcpv6,…,[address]…" of another MAC. */
static bool was_anothers(const struct leased *now, const char *hosts)
{
	char text[ADDR_TEXT + 2], plain[ADDR_TEXT];
	const char *at = hosts ? hosts : "";

	addr_print(now->addr, plain);
	snprintf(text, sizeof(text), "[%s]", plain);
	while (*at) {
		size_t len = strcspn(at, "\n");

		if (memmem(at, len, text, strlen(text)) &&
		    strncmp(at, now->port->endpoint->mac, MAC_TEXT - 1) != 0)
			return true;
		at += len + !!at[len];
	}
	return false;
}

/* What dnsmasq writes there; "duid" in the place of a time would be one to it. */
static bool is_of_field(char c, size_t field)
{
	static const char *const others[LEASE_FIELDS] = { "", ":-T", "", "", ":*" };

	if (!isgraph((unsigned char)c))
		return false;
	if (field == 0)
		return isdigit((unsigned char)c);
	return field == 2 || field == 3 || isxdigit((unsigned char)c) || strchr(others[field], c);
}

/*
 * "<until> <iaid or MAC> <address> <name or *> <duid or *>", each no longer than dnsmasq reads it,
 * which takes what is behind for the next.
 */
static bool lease_address(const char *line, size_t len, struct addr *ret)
{
	static const size_t room[LEASE_FIELDS] = { 20, 255, ADDR_TEXT - 1, 255, 764 };
	char text[ADDR_TEXT] = "";
	size_t field = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == ' ') {
			if (!n || ++field == LEASE_FIELDS)
				return false;
			n = 0;
			continue;
		}
		if (!is_of_field(line[i], field) || n == room[field])
			return false;
		if (field == 2)
			text[n] = line[i];
		n++;
	}
	return n && field == LEASE_FIELDS - 1 && addr_parse(text, ret) == 0;
}

/* Pairs of digits, as many as dnsmasq reads. */
static bool is_duid(const char *line, size_t len)
{
	if (len < sizeof("duid 00:00") - 1 || len > DUID_LINE_MAX || strncmp(line, "duid ", 5) != 0)
		return false;
	for (size_t i = 5; i < len; i++)
		if ((i - 5) % 3 == 2 ? line[i] != ':' : !isxdigit((unsigned char)line[i]))
			return false;
	return (len - 5) % 3 == 2;
}

static void add_line(const char *line, size_t len, struct buf *out)
{
	buf_add(out, line, len);
	buf_putc(out, '\n');
}

/* The first one: dnsmasq writes it once. */
static bool keep_duid(const char *old, struct buf *out)
{
	while (old && *old) {
		size_t len = strcspn(old, "\n");

		if (old[len] && is_duid(old, len)) {
			add_line(old, len, out);
			return true;
		}
		old += len + !!old[len];
	}
	return false;
}

/* NULL: it must not stay. */
static struct leased *stays(struct leased *list, size_t n, struct addr a, const char *hosts)
{
	struct leased key = { .addr = a };
	struct leased *hit = n ? bsearch(&key, list, n, sizeof(key), compare_leased) : NULL;

	return hit && !was_anothers(hit, hosts) ? hit : NULL;
}

/* Each address once: of more leases than there are addresses dnsmasq would not start. */
static void keep_ipv6(struct leased *list, size_t n, const struct lease_past *past,
		      struct buf *out)
{
	const char *at = past->leases ? past->leases : "";
	struct leased *hit;
	struct addr a;

	while (*at) {
		size_t len = strcspn(at, "\n");

		if (at[len] && lease_address(at, len, &a) && a.family == FAMILY_6 &&
		    (hit = stays(list, n, a, past->hosts)) && !hit->kept) {
			add_line(at, len, out);
			hit->kept = true;
		}
		at += len + !!at[len];
	}
}

/* "<until> <mac> <address> …" of a port that has that address. */
static bool is_ports(const struct network *n, const char *line, struct addr a)
{
	const char *mac = line + strcspn(line, " ");

	mac += *mac == ' ';
	for (size_t i = 0; i < n->n_ports; i++)
		for (size_t k = 0; k < n->ports[i].n_fixed; k++)
			if (addr_equal(n->ports[i].fixed[k].addr, a))
				return strncmp(mac, n->ports[i].endpoint->mac, MAC_TEXT - 1) == 0;
	return false;
}

bool leases_are_stale(const struct network *n, const struct lease_past *past)
{
	const char *at = past->leases ? past->leases : "";
	size_t count = 0;
	struct leased *ipv6 = list_ipv6(n, past->taps, &count);
	bool stale = false;
	struct addr a;

	while (ipv6 && *at && !stale) {
		size_t len = strcspn(at, "\n");

		if (lease_address(at, len, &a))
			stale = a.family == FAMILY_6 ? !stays(ipv6, count, a, past->hosts) :
				!is_ports(n, at, a);
		at += len + !!at[len];
	}
	free(ipv6);
	return stale;
}

/* Of an id that is no UUID dnsmasq makes one up. */
static void make_duid(const char *id, struct buf *out)
{
	char digits[UUID_DIGITS];
	size_t n = 0;

	for (; *id; id++) {
		if (*id == '-')
			continue;
		if (!isxdigit((unsigned char)*id) || n == UUID_DIGITS)
			return;
		digits[n++] = (char)tolower((unsigned char)*id);
	}
	if (n != UUID_DIGITS)
		return;
	buf_puts(out, "duid " DUID_UUID);
	for (size_t i = 0; i < n; i += 2)
		buf_printf(out, ":%.2s", digits + i);
	buf_putc(out, '\n');
}

static void print_ipv4(const struct network *n, int64_t until_s, struct buf *out)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < n->n_ports; i++)
		for (size_t k = 0; k < n->ports[i].n_fixed; k++) {
			if (n->ports[i].fixed[k].addr.family != FAMILY_4)
				continue;
			addr_print(n->ports[i].fixed[k].addr, text);
			buf_printf(out, "%lld %s %s * *\n", (long long)until_s,
				   n->ports[i].endpoint->mac, text);
		}
}

void print_leases(const struct network *n, const struct serving *s,
		  const struct lease_past *past, int64_t now_s, struct buf *out)
{
	size_t count = 0;
	struct leased *ipv6 = list_ipv6(n, past->taps, &count);

	if (!ipv6)
		out->failed = true;
	print_ipv4(n, s->lease_s < 0 ? 0 : now_s + s->lease_s, out);
	if (!keep_duid(past->leases, out))
		make_duid(n->id, out);
	keep_ipv6(ipv6, ipv6 ? count : 0, past, out);
	free(ipv6);
}
