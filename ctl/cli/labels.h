/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of a node, as words of a call. */
#ifndef CTL_CLI_LABELS_H
#define CTL_CLI_LABELS_H

#include "ctl/cli/command.h"
#include "ipam/record/selector.h"

#define LABEL_NAME_MAX 512	/* bytes */

/*
 * What can be made a label, as Calico's validator has it, which is Kubernetes'.  ERR_CONFIG, in
 * its words.  Annotations have such names too, but for capitals, and any value.
 */
int label_check_name(const char *name, struct err *e);
int label_check_value(const char *value, struct err *e);

/* As many as a call can have. */
struct label_words {
	struct label list[CALL_WORDS_MAX];
	char names[CALL_WORDS_MAX][LABEL_NAME_MAX + 1];	/* what its keys point at */
	size_t n;
};

/* Takes "NAME=VALUE"; `where` stands before the word in the complaint. */
int label_set(struct call *call, struct label_words *words, const char *where, const char *text,
	      struct err *e);

/* The same, or "NAME-", whose value is NULL: the label, any that Calico reads, is to be removed. */
int label_change(struct call *call, struct label_words *words, const char *text, struct err *e);

#endif
