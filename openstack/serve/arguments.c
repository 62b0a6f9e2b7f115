/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/files.h"

#include <inttypes.h>
#include <stdarg.h>

static void add(struct buf *out, const char *fmt, ...) __printf_like(2, 3);

static void add(struct buf *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(out, fmt, args);
	va_end(args);
	buf_putc(out, 0);
}

void print_path(const char *confs, const char *network, const char *file, struct buf *out)
{
	buf_printf(out, "%s/%s%s%s", confs, network, file ? "/" : "", file ? file : "");
}

static void add_files(const struct network *n, const struct serving *s, struct buf *out)
{
	static const struct { const char *option, *file; } files[] = {
		{ "pid-file", "pid" }, { "dhcp-hostsfile", "host" }, { "addn-hosts", "addn_hosts" },
		{ "dhcp-optsfile", "opts" }, { "dhcp-leasefile", "leases" },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		buf_printf(out, "--%s=", files[i].option);
		print_path(s->confs, n->id, files[i].file, out);
		buf_putc(out, 0);
	}
}

static void add_mask(unsigned len, struct buf *out)
{
	char text[ADDR_TEXT];

	addr_print((struct addr){ FAMILY_4, len ? UINT32_MAX << (32 - len) : 0 }, text);
	buf_printf(out, "static,%s,", text);
}

static void add_range(const struct subnet *s, const struct serving *serving, struct buf *out)
{
	char first[ADDR_TEXT];

	addr_print(cidr_first(s->cidr), first);
	buf_printf(out, "--dhcp-range=set:subnet-%s,%s,", s->id, first);
	if (s->cidr.base.family == FAMILY_4)
		add_mask(s->cidr.len, out);
	else
		buf_printf(out, s->mode == SUBNET_SLAAC ? "slaac,ra-only,off-link,%u,"
							: "static,off-link,%u,",
			   s->cidr.len);
	if (serving->lease_s < 0)
		buf_puts(out, "infinite");
	else
		buf_printf(out, "%" PRId64 "s", serving->lease_s);
	buf_putc(out, 0);
}

/* Calico's agent takes the stateful ones out and puts them behind all else. */
static bool is_late(const struct subnet *s)
{
	return s->cidr.base.family == FAMILY_6 && s->mode != SUBNET_SLAAC;
}

static void add_ranges(const struct network *n, const struct serving *s, bool late,
		       struct buf *out)
{
	for (size_t i = 0; i < n->n_subnets; i++)
		if (is_late(n->subnets[i]) == late && subnet_has_range(n->subnets[i]))
			add_range(n->subnets[i], s, out);
}

/* As many as print_leases() may write. */
static u128 addresses_of(const struct network *n)
{
	u128 sum = 0;

	for (size_t i = 0; i < n->n_ports; i++)
		sum += n->ports[i].n_fixed;
	return sum;
}

/* With fewer than its lease file has dnsmasq does not start. */
static u128 lease_max(const struct network *n, const struct serving *s)
{
	u128 sum = 0, least = addresses_of(n), most = (u128)s->lease_max;

	for (size_t i = 0; i < n->n_subnets && sum < most; i++)
		if (subnet_has_range(n->subnets[i]))
			sum += cidr_size(n->subnets[i]->cidr);
	sum = sum < most ? sum : most;
	return sum < least ? least : sum;
}

static void add_limits(const struct network *n, const struct serving *s, struct buf *out)
{
	if (s->mtu)
		add(out, "--dhcp-option-force=option:mtu,%u", s->mtu);
	add(out, "--dhcp-lease-max=%" PRIu64, (uint64_t)lease_max(n, s));
	if (s->renewal_s > 0)
		add(out, "--dhcp-option-force=option:T1,%" PRId64 "s", s->renewal_s);
	if (s->rebinding_s > 0)
		add(out, "--dhcp-option-force=option:T2,%" PRId64 "s", s->rebinding_s);
}

static void add_dns(const struct network *n, const struct serving *s, struct buf *out)
{
	add(out, "--conf-file=%s", s->config_file);
	for (size_t i = 0; i < s->n_servers; i++)
		add(out, "--server=%s", s->servers[i]);
	if (*s->domain)
		add(out, "--domain=%s", s->domain);
	if (s->broadcast)
		add(out, "--dhcp-broadcast");
	if (*s->log_dir) {
		add(out, "--log-queries");
		add(out, "--log-dhcp");
		add(out, "--log-facility=%s/%s/dhcp_dns_log", s->log_dir, n->id);
	}
}

static void add_taps(const struct network *n, struct buf *out)
{
	for (size_t i = 0; i < n->n_ports; i++)
		add(out, "--interface=%s", n->ports[i].endpoint->tap);
	buf_printf(out, "--bridge-interface=%s", n->device);
	for (size_t i = 0; i < n->n_ports; i++)
		buf_printf(out, ",%s", n->ports[i].endpoint->tap);
	buf_putc(out, 0);
}

void print_arguments(const struct network *n, const struct serving *s, struct buf *out)
{
	add(out, "dnsmasq");
	add(out, "--no-hosts");
	if (s->n_servers || !s->local_resolv)
		add(out, "--no-resolv");
	add(out, "--except-interface=lo");
	add_files(n, s, out);
	add(out, "--dhcp-match=set:ipxe,175");
	add(out, "--bind-dynamic");
	add(out, "--interface=%s", n->device);
	add_ranges(n, s, false, out);
	add_limits(n, s, out);
	add_dns(n, s, out);
	add_ranges(n, s, true, out);
	add(out, "--enable-ra");
	add(out, "--ra-param=ns-*,mtu:off,0");
	add_taps(n, out);
}
