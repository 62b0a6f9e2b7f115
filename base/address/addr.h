/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and CIDRs as values, with 128-bit arithmetic.
 *
 * An address is a family and a number; IPv4 uses the low 32 bits.  Text is
 * RFC 5952 (lower case, the longest run of zeros compressed), as Go's net.IP
 * prints it.
 */
#ifndef BASE_ADDRESS_ADDR_H
#define BASE_ADDRESS_ADDR_H

#include <stdbool.h>
#include <stddef.h>

__extension__ typedef unsigned __int128 u128;

/*
 * Also the index of a family in arrays of N_FAMILIES, whose first place nothing is in:
 *	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
 */
enum family { FAMILY_NONE, FAMILY_4, FAMILY_6, N_FAMILIES };

struct addr {
	enum family family;
	u128 n;
};

struct cidr {
	struct addr base;	/* not necessarily masked, see cidr_masked() */
	unsigned len;		/* prefix length, bits */
};

#define ADDR_TEXT 46	/* bytes, NUL included */
#define CIDR_TEXT 50	/* bytes, NUL included */

/* 4 or 6, for texts. */
unsigned family_number(enum family f);
/* Width of the family in bits: 32 or 128. */
unsigned family_bits(enum family f);

/*
 * 0, or -1 if the text is not exactly one address (no zone, no blanks).  An
 * IPv4-mapped one is IPv4.
 */
int addr_parse(const char *text, struct addr *ret);
void addr_print(struct addr a, char out[ADDR_TEXT]);
bool addr_equal(struct addr a, struct addr b);
/* The order of all lists: IPv4 first, then by number.  Below, at or above 0, for qsort(). */
int addr_compare(struct addr a, struct addr b);

/* "address/length"; host bits are kept. */
int cidr_parse(const char *text, struct cidr *ret);
/* The same, or a bare address, which stands for itself alone. */
int cidr_parse_lenient(const char *text, struct cidr *ret);
void cidr_print(struct cidr c, char out[CIDR_TEXT]);
/* The form in keys: masked, '/' as '-' (docs/DATA-MODEL.md 1). */
void cidr_print_key(struct cidr c, char out[CIDR_TEXT]);
int cidr_parse_key(const char *text, struct cidr *ret);

struct cidr cidr_masked(struct cidr c);
bool cidr_is_masked(struct cidr c);
bool cidr_equal(struct cidr a, struct cidr b);
/* By base, then the shorter prefix first. */
int cidr_compare(struct cidr a, struct cidr b);
bool cidr_holds(struct cidr c, struct addr a);
bool cidr_holds_cidr(struct cidr outer, struct cidr inner);
bool cidr_overlaps(struct cidr a, struct cidr b);
/* 2^(host bits); 0 stands for 2^128. */
u128 cidr_size(struct cidr c);
struct addr cidr_first(struct cidr c);
struct addr cidr_last(struct cidr c);
/* The address n places above the first one. */
struct addr cidr_nth(struct cidr c, u128 n);

/* Decimal text of a 128-bit number. */
#define U128_TEXT 40	/* bytes, NUL included */
void u128_print(u128 n, char out[U128_TEXT]);

#endif
