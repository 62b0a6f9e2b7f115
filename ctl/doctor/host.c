/* SPDX-License-Identifier: Apache-2.0 */
/* The host's network: forwarding, addresses and routes, as /proc tells them. */
#include "ctl/doctor/doctor.h"

#include "base/io.h"
#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROC_FILE_MAX (16 << 20)	/* bytes */
#define SCOPE_GLOBAL 0x00		/* linux/net/ipv6.h, as /proc/net/if_inet6 prints it */
#define FLAG_DADFAILED 0x08
#define ROUTE_REJECT 0x0200
#define ROUTE_FROM_RA 0x00040000	/* RTF_ADDRCONF */

static const char sysctl_folder[] = "/proc/sys/";

long doctor_sysctl(const struct doctor *d, const char *name)
{
	struct buf text __cleanup(buf_done) = BUF(64);
	struct err ignored = {0};
	char path[DOCTOR_PATH], full[DOCTOR_PATH], *end;
	long n;

	snprintf(path, sizeof(path), "%s%s", sysctl_folder, name);
	doctor_path(d, path, full);
	if (io_read_file(full, &text, &ignored) < 0)
		return -1;
	n = strtol(text.data, &end, 10);
	return end == text.data ? -1 : n;
}

static enum health unless_wanted(const struct doctor *d, enum family family)
{
	return d->wanted[family] ? HEALTH_FAIL : HEALTH_WARN;
}

/* "net.ipv6.conf.all.forwarding" must have this value. */
static void check_sysctl(struct doctor *d, enum family family, const char *name, long want,
			 const char *why)
{
	char path[128], mend[DOCTOR_MEND];
	long n;

	snprintf(path, sizeof(path), "%s", name);
	for (char *c = path; *c; c++)
		*c = *c == '.' ? '/' : *c;
	snprintf(mend, sizeof(mend), "sysctl -w %s=%ld", name, want);
	n = doctor_sysctl(d, path);
	if (n == want)
		doctor_say(d, HEALTH_OK, name, NULL, "is %ld", n);
	else if (n < 0)
		doctor_say(d, unless_wanted(d, family), name, mend, "is not there: %s", why);
	else
		doctor_say(d, unless_wanted(d, family), name, mend, "is %ld and must be %ld: %s", n,
			   want, why);
	if (n >= 0 && n != want && d->wanted[family])
		doctor_note_sysctl(d, name, n, want);
}

static bool read_proc(struct doctor *d, const char *path, struct buf *out)
{
	struct err e = {0};
	char full[DOCTOR_PATH];

	doctor_path(d, path, full);
	return io_read_file(full, out, &e) == 0;
}

/* fd86000000000000…: 32 digits. */
static bool parse_digits(const char *digits, struct addr *ret)
{
	char text[40];
	int at = 0;

	for (int i = 0; i < 32; i++) {
		if (i && i % 4 == 0)
			text[at++] = ':';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return addr_parse(text, ret) == 0;
}

/* "veth" and eight digits: the host's end of what ptp and bridge make. */
static bool is_veth(const char *device)
{
	return strncmp(device, "veth", 4) == 0 && strlen(device) == 12 &&
	       strspn(device + 4, "0123456789abcdef") == 8;
}

/* What networks make has their gateway's address, which leads nowhere. */
static bool is_made_by_us(const struct doctor *d, const char *device)
{
	char line[40];

	snprintf(line, sizeof(line), "\n%.31s\n", device);
	return is_veth(device) || strstr(d->bridges.data, line);
}

/* A line of /proc/net/if_inet6: address, index, prefix, scope, flags, device. */
static bool is_usable_address(const struct doctor *d, const char *line, char out[ADDR_TEXT],
			      char device[32])
{
	unsigned index, len, scope, flags;
	struct addr a;
	char digits[40];

	if (sscanf(line, "%32s %x %x %x %x %31s", digits, &index, &len, &scope, &flags,
		   device) != 6 ||
	    strlen(digits) != 32 || scope != SCOPE_GLOBAL || (flags & FLAG_DADFAILED) ||
	    is_made_by_us(d, device) || !parse_digits(digits, &a))
		return false;
	addr_print(a, out);
	return true;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

static void check_address(struct doctor *d)
{
	struct buf text __cleanup(buf_done) = BUF(PROC_FILE_MAX);
	char address[ADDR_TEXT], device[32];

	read_proc(d, "/proc/net/if_inet6", &text);
	for (const char *line = text.data; line; line = next_line(line)) {
		if (!is_usable_address(d, line, address, device))
			continue;
		doctor_say(d, HEALTH_OK, "IPv6 address", NULL, "%s on %s", address, device);
		return;
	}
	doctor_say(d, unless_wanted(d, FAMILY_6), "IPv6 address",
		   "ip -6 address add ADDRESS/64 dev DEVICE",
		   "no device has an IPv6 address that other hosts can reach (link-local ones do "
		   "not count, nor do gateways of the networks here)");
}

/* Destination, its length, source, its length, next hop, metric, two counts, flags, device. */
static bool is_default_route(const char *line, unsigned *ret_flags, char device[32])
{
	char to[40], from[40], hop[40];
	unsigned to_len, from_len, metric, refs, uses;

	if (sscanf(line, "%32s %x %32s %x %32s %x %x %x %x %31s", to, &to_len, from, &from_len, hop,
		   &metric, &refs, &uses, ret_flags, device) != 10)
		return false;
	return !to_len && strspn(to, "0") == 32 && !(*ret_flags & ROUTE_REJECT) &&
	       strcmp(device, "lo") != 0;
}

/* Neither a shell nor sysctl.d(5) makes anything of it. */
static bool is_plain(const char *device)
{
	char word[SHELL_WORD_SHORT];

	return strcmp(shell_word(device, word, sizeof(word)), device) == 0 && !strchr(device, '=');
}

/*
 * With forwarding on, the kernel keeps listening to routers only where accept_ra is 2.  Named with
 * slashes: a dot may be of the device's name.
 */
static void check_advertised(struct doctor *d, const char *device)
{
	char name[128], mend[DOCTOR_MEND];
	long is;

	snprintf(name, sizeof(name), "net/ipv6/conf/%s/accept_ra", device);
	shell_command(mend, sizeof(mend), "sysctl -w net/ipv6/conf/%s/accept_ra=2", device);
	is = doctor_sysctl(d, name);
	if (is == 2) {
		doctor_say(d, HEALTH_OK, "default IPv6 route", NULL, "on %s, from its router",
			   device);
		return;
	}
	if (is >= 0 && d->wanted[FAMILY_6] && is_plain(device))
		doctor_note_sysctl(d, name, is, 2);
	doctor_say(d, HEALTH_WARN, "default IPv6 route", mend, "on %s it comes from a "
		   "router's advertisement and will run out, for with forwarding on accept_ra "
		   "must be 2", device);
}

static void check_route(struct doctor *d)
{
	struct buf text __cleanup(buf_done) = BUF(PROC_FILE_MAX);
	char device[32];
	unsigned flags;

	read_proc(d, "/proc/net/ipv6_route", &text);
	for (const char *line = text.data; line; line = next_line(line)) {
		if (!is_default_route(line, &flags, device))
			continue;
		if (flags & ROUTE_FROM_RA)
			check_advertised(d, device);
		else
			doctor_say(d, HEALTH_OK, "default IPv6 route", NULL, "on %s", device);
		return;
	}
	doctor_say(d, unless_wanted(d, FAMILY_6), "default IPv6 route",
		   "ip -6 route add default via ROUTER dev DEVICE",
		   "there is none: kubelet and the containers' traffic need one");
}

void doctor_network(struct doctor *d)
{
	check_sysctl(d, FAMILY_4, "net.ipv4.ip_forward", 1,
		     "the host does not pass on its containers' IPv4 packets");
	if (doctor_sysctl(d, "net/ipv6/conf/all/disable_ipv6") < 0) {
		doctor_say(d, unless_wanted(d, FAMILY_6), "IPv6",
			   "sed -i 's/ipv6.disable=1//' /etc/default/grub && update-grub && reboot",
			   "the kernel runs without IPv6");
		return;
	}
	check_sysctl(d, FAMILY_6, "net.ipv6.conf.all.disable_ipv6", 0, "IPv6 is switched off");
	check_sysctl(d, FAMILY_6, "net.ipv6.conf.default.disable_ipv6", 0,
		     "IPv6 is switched off on new devices, the containers' among them");
	check_sysctl(d, FAMILY_6, "net.ipv6.conf.all.forwarding", 1,
		     "the host does not pass on its containers' IPv6 packets");
	check_address(d);
	check_route(d);
}
