/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The word that a slip was meant to be, out of those there are.
 *
 *	struct nearest nearest = nearest_to(typed);
 *
 *	for (…)
 *		nearest_offer(&nearest, known);
 *	if (nearest.word)
 *		… did you mean nearest.word
 *
 * The distance is that of Damerau and Levenshtein over bytes (a byte left out, added, another,
 * or two neighbours in the wrong order), without regard to case.  A word is near within a
 * third of what was typed, one slip at least; so is one that what was typed begins.
 * Of two equally near the first stays; where the very word is offered nothing is near.
 *
 * The cost of an offer is bounded: longer words than NEAREST_LEN_MAX are passed over, and a
 * slip of one is near nothing.
 */
#ifndef BASE_TERMINAL_NEAREST_H
#define BASE_TERMINAL_NEAREST_H

#define NEAREST_LEN_MAX 64	/* bytes */

struct nearest {
	const char *typed;	/* borrowed */
	const char *word;	/* the nearest yet, as it was offered; NULL: none is near */
	unsigned distance;	/* of it; at first, one more than is near */
};

struct nearest nearest_to(const char *typed);
/* The word must live as long as it is looked at. */
void nearest_offer(struct nearest *n, const char *word);

#endif
