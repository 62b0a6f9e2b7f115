/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/files.h"

#include <string.h>

#define METADATA "169.254.169.254/32"
#define OPTION_MAX 255 /* bytes of a DHCP option, which dnsmasq does not divide */
#define OPTS_LINE_MAX 1023 /* bytes of a line that dnsmasq reads as one */
#define ROUTES_NAMED "tag:subnet-,option:classless-static-route"
#define ROUTE_TEXT 36 /* ",255.255.255.255/32,255.255.255.255" at most */
#define WINDOWS_ROUTES "249"	/* Windows before 2008 has the routes of RFC 3442 there */

/* Lines are separated, not ended. */
static void begin_line(const char *tag, const char *id, struct buf *out)
{
	if (out->len)
		buf_putc(out, '\n');
	buf_printf(out, "tag:%s-%s,", tag, id);
}

static void add_addr(struct addr a, struct buf *out)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_printf(out, a.family == FAMILY_6 ? "[%s]" : "%s", text);
}

/* 0.0.0.0 or :: alone says that there shall be none. */
static bool wants_no_servers(const struct subnet *s)
{
	return s->n_servers == 1 && s->servers[0].n == 0;
}

static void print_servers(const struct subnet *s, struct buf *out)
{
	bool is_6 = s->cidr.base.family == FAMILY_6;

	if (!s->n_servers && !is_6)
		return;	/* dnsmasq says its own, which is the gateway's */
	begin_line("subnet", s->id, out);
	buf_puts(out, is_6 ? "option6:dns-server" : "option:dns-server");
	if (wants_no_servers(s))
		return;
	if (!s->n_servers) {
		buf_putc(out, ',');
		add_addr(subnet_own_address(s), out);
	}
	for (size_t i = 0; i < s->n_servers; i++) {
		buf_putc(out, ',');
		add_addr(s->servers[i], out);
	}
}

static void print_search(const struct subnet *s, const char *domain, struct buf *out)
{
	if (s->cidr.base.family != FAMILY_6 || !*domain)
		return;
	begin_line("subnet", s->id, out);
	buf_printf(out, "option6:domain-search,%s", domain);
}

/* A route to everything is no route: it stands in for a gateway that is null. */
static struct addr router_of(const struct subnet *s)
{
	struct addr gateway = s->gateway;

	for (size_t i = 0; i < s->n_routes && gateway.family == FAMILY_NONE; i++)
		if (s->routes[i].destination.len == 0)
			gateway = s->routes[i].nexthop;
	return gateway;
}

/* Those of a subnet: dnsmasq gives none of an option that is too long. */
struct routes {
	struct buf text;
	size_t room, line; /* bytes left in the option, and in the line that says it */
	unsigned left_out;
};

/* RFC 3442: the length, what of the destination it counts, the router. */
static size_t route_len(struct cidr destination)
{
	return 1 + (destination.len + 7) / 8 + 4;
}

static void add_route(struct cidr destination, struct addr nexthop, struct routes *routes)
{
	char to[CIDR_TEXT], via[ADDR_TEXT];
	size_t len;

	cidr_print(destination, to);
	addr_print(nexthop, via);
	len = strlen(to) + strlen(via) + 2;
	if (route_len(destination) > routes->room || len > routes->line) {
		routes->left_out++;
		return;
	}
	routes->room -= route_len(destination);
	routes->line -= len;
	buf_printf(&routes->text, ",%s,%s", to, via);
}

static void add_optional_routes(const struct network *n, const struct subnet *s,
				struct routes *routes)
{
	for (size_t i = n->n_subnets; i-- > 0;)
		if (n->subnets[i]->cidr.base.family == FAMILY_4 &&
		    !cidr_equal(n->subnets[i]->cidr, s->cidr))
			add_route(n->subnets[i]->cidr, (struct addr){ FAMILY_4, 0 }, routes);
	for (size_t i = 0; i < s->n_routes; i++)
		if (s->routes[i].destination.len)
			add_route(s->routes[i].destination, s->routes[i].nexthop, routes);
}

/* What a guest must have is written last, and has its room kept: metadata and the default. */
static void add_routes(const struct network *n, const struct subnet *s,
		       const struct serving *serving, struct routes *routes)
{
	const struct cidr all = { { FAMILY_4, 0 }, 0 };
	struct addr router = router_of(s);
	struct cidr metadata;
	size_t kept, line;

	cidr_parse(METADATA, &metadata);
	kept = (router.family != FAMILY_NONE ? route_len(all) : 0) +
	       (serving->metadata ? route_len(metadata) : 0);
	line = OPTS_LINE_MAX - strlen(ROUTES_NAMED) - strlen(s->id);
	routes->room = OPTION_MAX - kept;
	routes->line = line - 2 * ROUTE_TEXT;
	add_optional_routes(n, s, routes);
	routes->room += kept;
	routes->line += 2 * ROUTE_TEXT;
	if (serving->metadata)
		add_route(metadata, subnet_own_address(s), routes);
	if (routes->text.len && router.family != FAMILY_NONE)
		add_route(all, router, routes);
}

static void routes_done(struct routes *routes)
{
	buf_done(&routes->text);
}

unsigned routes_left_out(const struct network *n, const struct serving *serving)
{
	unsigned left_out = 0;

	for (size_t i = 0; i < n->n_subnets; i++) {
		struct routes routes __cleanup(routes_done) = { .text = BUF(OPTS_LINE_MAX) };

		if (n->subnets[i]->cidr.base.family == FAMILY_4)
			add_routes(n, n->subnets[i], serving, &routes);
		left_out += routes.left_out;
	}
	return left_out;
}

static void print_routes(const struct network *n, const struct subnet *s,
			 const struct serving *serving, struct buf *out)
{
	struct routes routes __cleanup(routes_done) = { .text = BUF(out->limit) };
	struct addr router = router_of(s);

	add_routes(n, s, serving, &routes);
	if (routes.text.len) {
		begin_line("subnet", s->id, out);
		buf_printf(out, "option:classless-static-route%s", routes.text.data);
		begin_line("subnet", s->id, out);
		buf_printf(out, WINDOWS_ROUTES "%s", routes.text.data);
	}
	begin_line("subnet", s->id, out);
	buf_puts(out, "option:router");
	if (router.family != FAMILY_NONE) {
		buf_putc(out, ',');
		add_addr(router, out);
	}
	if (routes.text.failed)
		out->failed = true;
}

static void print_subnet(const struct network *n, const struct subnet *s,
			 const struct serving *serving, struct buf *out)
{
	if (s->mode != SUBNET_SLAAC) {
		print_servers(s, out);
		print_search(s, serving->domain, out);
	}
	if (s->cidr.base.family == FAMILY_4)
		print_routes(n, s, serving, out);
}

static bool has_ipv4(const struct port *p)
{
	for (size_t i = 0; i < p->n_fixed; i++)
		if (p->fixed[i].addr.family == FAMILY_4)
			return true;
	return false;
}

void print_opts(const struct network *n, const struct serving *s, struct buf *out)
{
	for (size_t i = 0; i < n->n_subnets; i++)
		print_subnet(n, n->subnets[i], s, out);
	for (size_t i = 0; i < n->n_ports; i++) {
		if (!n->ports[i].mtu || !has_ipv4(&n->ports[i]))
			continue;
		begin_line("port", n->ports[i].endpoint->port, out);
		buf_printf(out, "option:mtu,%u", n->ports[i].mtu);
	}
}
