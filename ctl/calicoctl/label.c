/* SPDX-License-Identifier: Apache-2.0 */
/* calicoctl's `label`, of nodes. */
#include "ctl/calicoctl/lead.h"
#include "ctl/cli/labels.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/store.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of the kinds that are ours, in the singular; those of the plural and short ones behind. */
static const struct { const char *names[4]; bool node; } kinds[] = {
	{ { "node", "nodes", "no" }, true },
	{ { "ippool", "ippools", "ipp" }, false },
	{ { "ipreservation", "ipreservations", "ipr" }, false },
};

static int refuse_kind(struct call *call, const char *kind, struct err *e)
{
	struct nearest nearest = nearest_to(kind);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		nearest_offer(&nearest, kinds[i].names[0]);
	call_wrong_use(call, e, "\"%.40s\" is no kind that is labelled here; it is node, and "
		       "others are calicoctl's: calicoctl label", kind);
	return meant_add(&nearest, "", e);
}

static int check_kind(struct call *call, const char *kind, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (const char *const *name = kinds[i].names; *name; name++)
			if (strcasecmp(*name, kind) == 0)
				return kinds[i].node ? 0 :
				       call_wrong_use(call, e, "the labels of an %s are not set "
						      "one by one here; edit what "
						      "calico-ipamctl get %s NAME -o yaml shows, "
						      "and apply it",
						      kinds[i].names[0], kinds[i].names[0]);
	return refuse_kind(call, kind, e);
}

/* "KEY --remove" is "KEY-" with us. */
static int read_label(struct call *call, char room[LABEL_NAME_MAX + 2], struct err *e)
{
	const char *word = call->words[1];
	bool remove = call_option(call, "remove", 0);

	if (remove && call_option(call, "overwrite", 0))
		return call_wrong_use(call, e, "--overwrite and --remove exclude each other");
	if (!strchr(word, '=') != remove)
		return call_wrong_use(call, e, "give KEY=VALUE, or KEY --remove");
	if (!remove)
		return 0;
	if (strlen(word) > LABEL_NAME_MAX)
		return call_wrong_use(call, e, "a label's name has at most %d bytes",
				      LABEL_NAME_MAX);
	snprintf(room, LABEL_NAME_MAX + 2, "%s-", word);
	call->words[1] = room;
	return 0;
}

static int label_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = {
		{ "overwrite", NULL }, { "remove", NULL }, { "namespace", NULL }, { NULL, NULL },
	};
	static const struct option_spec strict = { .name = "strict" };
	char room[LABEL_NAME_MAX + 2];

	if (check_kind(call, call->name, e) < 0)
		return -1;
	if (call->n_words != 2)
		return call_wrong_use(call, e, "give KIND, NAME and one label: node node-1 rack=1");
	if (store_refuse_context(call, e) < 0 || read_label(call, room, e) < 0)
		return -1;
	if (!call_option(call, "overwrite", 0))
		call->options[call->n_options++] = (struct call_option){ &strict, NULL };
	call->name = call->words[0];
	call->words[0] = call->words[1];
	call->n_words = 1;
	return lead_to(call, &node_label_command, meanings, e);
}

const struct command label_command = {
	.noun = "label",
	.name_argument = "KIND",
	.words_argument = "NAME LABEL=VALUE|LABEL",
	.summary = "As calicoctl's, of nodes; here: node label",
	.help =
	"KIND is node, nodes or no.  As with calicoctl a label is overwritten only with\n"
	"--overwrite, and one that is removed must be there.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl label nodes node-1 rack=1\n"
	"  calico-ipamctl label nodes node-1 rack=2 --overwrite\n"
	"  calico-ipamctl label nodes node-1 rack --remove\n",
	.options = {
		{ .name = "overwrite", .help = "though the label has another value" },
		{ .name = "remove", .help = "remove the label" },
		{ .name = "namespace", .argument = "NS", .letter = 'n',
		  .help = "taken, and without effect: a node is in none" },
		{ .name = "context", .argument = "CONTEXT",
		  .help = "refused: KUBECONFIG names the file" },
	},
	.run = label_run,
};
