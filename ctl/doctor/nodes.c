/* SPDX-License-Identifier: Apache-2.0 */
/* A node that the store does not know: perhaps it goes by another name there. */
#include "ctl/doctor/doctor.h"

#include "base/terminal/nearest.h"
#include "base/terminal/shell_word.h"
#include "ctl/cli/store.h"
#include "ipam/node/nodes.h"

#include <stdio.h>
#include <string.h>

#define NAMED_MAX 5	/* nodes; the rest is counted */
#define LIST_MS 5000

static int list_nodes(const char *config, struct node_list *ret)
{
	struct store s __cleanup(store_close) = { 0 };
	struct err ignored = {0};

	if (store_open_unsaid(&s, config, OPEN_TO_LOOK, &ignored) < 0)
		return -1;
	datastore_set_deadline(s.ds, deadline_in_ms(LIST_MS));
	return ipam_list_nodes(s.ds, ret, &ignored);
}

static void name_them(const struct node_list *nodes, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < nodes->n && i < NAMED_MAX && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%.253s", i ? ", " : "",
				       nodes->list[i].node.name);
	if (nodes->n > NAMED_MAX && at < size)
		snprintf(out + at, size - at, " and %zu more", nodes->n - NAMED_MAX);
}

bool doctor_known_nodes(const char *config, const char *name, const char *create,
			char ret_known[DOCTOR_TEXT], char mend[DOCTOR_MEND])
{
	struct node_list nodes __cleanup(node_list_done) = { 0 };
	struct nearest nearest = nearest_to(name);
	char word[SHELL_WORD_TEXT];

	ret_known[0] = '\0';
	if (list_nodes(config, &nodes) < 0 || !nodes.n)
		return false;
	name_them(&nodes, ret_known, DOCTOR_TEXT);
	for (size_t i = 0; i < nodes.n; i++)
		nearest_offer(&nearest, nodes.list[i].node.name);
	if (!nearest.word)
		return false;
	snprintf(mend, DOCTOR_MEND, "${EDITOR:-vi} %s  # \"nodename\": \"%s\" is meant; if not: %s",
		 shell_word(config, word, sizeof(word)), nearest.word, create);
	return true;
}
