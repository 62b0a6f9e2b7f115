/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address/addr.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GROUPS 8	/* of 16 bits in an IPv6 address */
#define MAPPED_LEN 96	/* prefix length of ::ffff:0:0 */

unsigned family_number(enum family f)
{
	return f == FAMILY_4 ? 4 : 6;
}

unsigned family_bits(enum family f)
{
	return f == FAMILY_4 ? 32 : 128;
}

static u128 from_bytes(const unsigned char *bytes, size_t len)
{
	u128 n = 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | bytes[i];
	return n;
}

static bool is_mapped(u128 n)
{
	return n >> 32 == 0xffff;
}

static int parse_unmapped(const char *text, struct addr *ret)
{
	unsigned char bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*ret = (struct addr){ FAMILY_4, from_bytes(bytes, 4) };
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*ret = (struct addr){ FAMILY_6, from_bytes(bytes, 16) };
	else
		return -1;
	return 0;
}

int addr_parse(const char *text, struct addr *ret)
{
	struct addr a;

	if (parse_unmapped(text, &a) < 0)
		return -1;
	if (a.family == FAMILY_6 && is_mapped(a.n))
		a = (struct addr){ FAMILY_4, (uint32_t)a.n };
	*ret = a;
	return 0;
}

static unsigned group(u128 n, int i)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): a start has a run */
	return (unsigned)(n >> (16 * (GROUPS - 1 - i))) & 0xffff;
}

/* The first longest run of at least two zero groups; its length, or 0. */
static int longest_run(u128 n, int *ret_start)
{
	int best = 0;

	for (int i = 0, run = 0; i < GROUPS; i++) {
		run = group(n, i) ? 0 : run + 1;
		if (run > best && run >= 2) {
			best = run;
			*ret_start = i - run + 1;
		}
	}
	return best;
}

/* Every key is made of addresses: snprintf would be a tenth of an ADD's instructions. */
static char *put_number(char *out, unsigned n, unsigned base)
{
	char digits[10];
	int at = 0;

	do
		digits[at++] = "0123456789abcdef"[n % base];
	while (n /= base);
	while (at)
		*out++ = digits[--at];
	return out;
}

static char *put_4(char *out, unsigned n)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		out = put_number(out, n >> shift & 255, 10);
		*out++ = '.';
	}
	return out - 1;
}

static char *put_6(char *out, u128 n)
{
	int start = GROUPS, run = longest_run(n, &start);

	for (int i = 0; i < GROUPS; i++) {
		if (i == start) {
			*out++ = ':';
			*out++ = ':';
			i += run - 1;
			continue;
		}
		if (i && i != start + run)
			*out++ = ':';
		out = put_number(out, group(n, i), 16);
	}
	return out;
}

static char *put_addr(char *out, struct addr a)
{
	return a.family == FAMILY_4 ? put_4(out, (unsigned)a.n) : put_6(out, a.n);
}

void addr_print(struct addr a, char out[ADDR_TEXT])
{
	*put_addr(out, a) = '\0';
}

bool addr_equal(struct addr a, struct addr b)
{
	return a.family == b.family && a.n == b.n;
}

int addr_compare(struct addr a, struct addr b)
{
	if (a.family != b.family)
		return a.family < b.family ? -1 : 1;
	return a.n < b.n ? -1 : a.n > b.n;
}

static int parse_len(const char *text, unsigned max, unsigned *ret)
{
	unsigned len = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		len = len * 10 + (unsigned)(*text - '0');
		if (len > max)
			return -1;
	}
	*ret = len;
	return 0;
}

int cidr_parse(const char *text, struct cidr *ret)
{
	const char *slash = strchr(text, '/');
	char base[ADDR_TEXT];
	struct cidr c;

	if (!slash || (size_t)(slash - text) >= sizeof(base))
		return -1;
	memcpy(base, text, (size_t)(slash - text));
	base[slash - text] = '\0';
	if (parse_unmapped(base, &c.base) < 0 ||
	    parse_len(slash + 1, family_bits(c.base.family), &c.len) < 0)
		return -1;
	if (c.base.family == FAMILY_6 && is_mapped(c.base.n) && c.len >= MAPPED_LEN) {
		c.base = (struct addr){ FAMILY_4, (uint32_t)c.base.n };
		c.len -= MAPPED_LEN;
	}
	*ret = c;
	return 0;
}

int cidr_parse_lenient(const char *text, struct cidr *ret)
{
	struct addr a;

	if (addr_parse(text, &a) < 0)
		return cidr_parse(text, ret);
	*ret = (struct cidr){ a, family_bits(a.family) };
	return 0;
}

static void put_cidr(char *out, struct cidr c, char separator)
{
	out = put_addr(out, c.base);
	*out++ = separator;
	*put_number(out, c.len, 10) = '\0';
}

void cidr_print(struct cidr c, char out[CIDR_TEXT])
{
	put_cidr(out, c, '/');
}

void cidr_print_key(struct cidr c, char out[CIDR_TEXT])
{
	put_cidr(out, cidr_masked(c), '-');
}

int cidr_parse_key(const char *text, struct cidr *ret)
{
	char copy[CIDR_TEXT], canonical[CIDR_TEXT], *dash;
	struct cidr c;

	if (strlen(text) >= sizeof(copy) || strchr(text, '/'))
		return -1;
	strcpy(copy, text);
	dash = strrchr(copy, '-');
	if (!dash)
		return -1;
	*dash = '/';
	if (cidr_parse(copy, &c) < 0)
		return -1;
	cidr_print_key(c, canonical);
	if (strcmp(text, canonical) != 0)
		return -1;
	*ret = c;
	return 0;
}

/* All ones in the host part. */
static u128 host_mask(struct cidr c)
{
	unsigned host_bits = family_bits(c.base.family) - c.len;

	return host_bits >= 128 ? ~(u128)0 : ((u128)1 << host_bits) - 1;
}

struct cidr cidr_masked(struct cidr c)
{
	c.base.n &= ~host_mask(c);
	return c;
}

bool cidr_is_masked(struct cidr c)
{
	return (c.base.n & host_mask(c)) == 0;
}

bool cidr_equal(struct cidr a, struct cidr b)
{
	return addr_equal(a.base, b.base) && a.len == b.len;
}

int cidr_compare(struct cidr a, struct cidr b)
{
	int order = addr_compare(a.base, b.base);

	return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

bool cidr_holds(struct cidr c, struct addr a)
{
	return c.base.family == a.family && ((c.base.n ^ a.n) & ~host_mask(c)) == 0;
}

bool cidr_holds_cidr(struct cidr outer, struct cidr inner)
{
	return outer.len <= inner.len && cidr_holds(outer, inner.base);
}

bool cidr_overlaps(struct cidr a, struct cidr b)
{
	return a.len <= b.len ? cidr_holds(a, b.base) : cidr_holds(b, a.base);
}

u128 cidr_size(struct cidr c)
{
	return host_mask(c) + 1;
}

struct addr cidr_first(struct cidr c)
{
	return cidr_masked(c).base;
}

struct addr cidr_last(struct cidr c)
{
	c.base.n |= host_mask(c);
	return c.base;
}

struct addr cidr_nth(struct cidr c, u128 n)
{
	struct addr a = cidr_first(c);

	a.n += n;
	return a;
}

void u128_print(u128 n, char out[U128_TEXT])
{
	char digits[U128_TEXT];
	int i = U128_TEXT - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + (int)(n % 10));
		n /= 10;
	} while (n);
	strcpy(out, digits + i);
}
