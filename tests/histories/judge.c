/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges a history (history.h):
 *
 *	judge SLACK_MS LEAST_ADDED LEAST_FAULTS <HISTORY
 *
 * Says what is wrong with it, and its figures.  Exit status 1: something is wrong.
 */
#include "tests/histories/history.h"

#include <stdio.h>
#include <stdlib.h>

#define HISTORY_MAX (256 * 1024 * 1024)

static void read_all(struct buf *text)
{
	char piece[65536];
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buf_add(text, piece, n);
}

int main(int argc, char **argv)
{
	struct buf text __cleanup(buf_done) = BUF(HISTORY_MAX);
	struct buf out __cleanup(buf_done) = BUF(HISTORY_MAX);
	struct history_rules rules;
	int wrongs;

	if (argc != 4)
		return fputs("judge SLACK_MS LEAST_ADDED LEAST_FAULTS <HISTORY\n", stderr), 2;
	rules = (struct history_rules){ .slack_us = atoll(argv[1]) * 1000,
					.least_added = (unsigned)atoi(argv[2]),
					.least_faults = (unsigned)atoi(argv[3]) };
	read_all(&text);
	wrongs = history_judge(text.data, &rules, &out);
	fputs(out.data, stdout);
	return wrongs || text.failed || out.failed;
}
