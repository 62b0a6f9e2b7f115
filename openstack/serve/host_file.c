/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/files.h"
#include "openstack/serve/name.h"

#define HOST_LINE_MAX 1023 /* bytes of a line that dnsmasq reads as one, its end not among them */

static bool is_listed(const struct fixed *f)
{
	return f->subnet->mode != SUBNET_SLAAC;
}

static void add_address(const struct fixed *f, struct buf *out)
{
	bool is_6 = f->addr.family == FAMILY_6;
	char text[ADDR_TEXT];

	addr_print(f->addr, text);
	buf_printf(out, is_6 ? ",[%s]" : ",%s", text);
}

/* With dnsmasq_enable_addr6_list all of a port's in one subnet go into the line of the first. */
static bool is_in_the_line_of(const struct port *p, size_t first, size_t i)
{
	return p->fixed[i].subnet == p->fixed[first].subnet &&
	       p->fixed[i].addr.family == FAMILY_6;
}

static bool is_in_an_earlier_line(const struct port *p, size_t i)
{
	for (size_t first = 0; first < i; first++)
		if (is_in_the_line_of(p, first, i))
			return true;
	return false;
}

static size_t address_len(const struct fixed *f)
{
	struct buf text __cleanup(buf_done) = BUF(ADDR_TEXT + 3);

	add_address(f, &text);
	return text.len;
}

/* Those of the first one's line for which it has room; how many it has none for. */
static unsigned add_others(const struct port *p, size_t first, size_t room, struct buf *out)
{
	unsigned left_out = 0;

	for (size_t i = first + 1; i < p->n_fixed; i++) {
		size_t len = address_len(&p->fixed[i]);

		if (!is_in_the_line_of(p, first, i))
			continue;
		if (len > room) {
			left_out++;
			continue;
		}
		add_address(&p->fixed[i], out);
		room -= len;
	}
	return left_out;
}

static unsigned print_line(const struct port *p, size_t first, const struct serving *s,
			   struct buf *out)
{
	const struct fixed *f = &p->fixed[first];
	struct buf tag __cleanup(buf_done) = BUF(HOST_LINE_MAX);
	size_t start = out->len, len;
	unsigned left_out = 0;

	if (p->mtu)
		buf_printf(&tag, ",set:port-%s", p->endpoint->port);
	buf_printf(out, "%s,%s", p->endpoint->mac, f->addr.family == FAMILY_6 ? "tag:dhcpv6," : "");
	print_name(p->endpoint, f->addr, s, out);
	add_address(f, out);
	len = out->len - start + tag.len;
	if (s->address_lists && len < HOST_LINE_MAX)
		left_out = add_others(p, first, HOST_LINE_MAX - len, out);
	buf_add(out, tag.data, tag.len);
	out->failed = out->failed || tag.failed;
	buf_putc(out, '\n');
	return left_out;
}

static unsigned print_port(const struct port *p, const struct serving *s, struct buf *out)
{
	unsigned left_out = 0;

	for (size_t k = 0; k < p->n_fixed; k++)
		if (is_listed(&p->fixed[k]) &&
		    !(s->address_lists && is_in_an_earlier_line(p, k)))
			left_out += print_line(p, k, s, out);
	return left_out;
}

void print_host_file(const struct network *n, const struct serving *s, struct buf *out)
{
	for (size_t i = 0; i < n->n_ports; i++)
		print_port(&n->ports[i], s, out);
}

unsigned addresses_left_out(const struct port *p, const struct serving *s)
{
	struct buf lines __cleanup(buf_done) = BUF(ENDPOINT_ADDRESSES_MAX * HOST_LINE_MAX);

	return print_port(p, s, &lines);
}

void print_addn_hosts(const struct network *n, const struct serving *s, struct buf *out)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < n->n_ports; i++) {
		const struct port *p = &n->ports[i];

		for (size_t k = 0; k < p->n_fixed; k++) {
			addr_print(p->fixed[k].addr, text);
			buf_printf(out, "%s\t", text);
			print_name(p->endpoint, p->fixed[k].addr, s, out);
			buf_putc(out, ' ');
			print_short_name(p->endpoint, p->fixed[k].addr, out);
			buf_putc(out, '\n');
		}
	}
}
