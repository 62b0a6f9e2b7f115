/* SPDX-License-Identifier: Apache-2.0 */
/* completion: what may stand at the end of a call, for completion.bash. */
#include "base/json.h"
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/manifest/kinds.h"

#include <stdio.h>
#include <string.h>

static const char *const global_options[] = { "--config", "--output", "--no-headers",
					      "--help" };
static const char *const formats[] = { "table", "wide", "json", "yaml" };
static const char *const forms[] = { "name", "custom-columns=", "jsonpath=" };

/* What the words before the last one have come to. */
struct typed {
	const struct command *const *commands;
	const char *noun;
	const struct command *command;
	bool lost;	/* a word fits nothing: no more is known */
	unsigned words;	/* behind the command */
	const char *option;	/* the last word is this option's value; NULL: it is not */
};

struct candidates {
	const char *begun;	/* the last word, as far as it is typed */
	struct cJSON *list;
};

static void offer(struct candidates *c, const char *text)
{
	if (strncmp(text, c->begun, strlen(c->begun)) != 0)
		return;
	for (const struct cJSON *i = json_first(c->list); i; i = json_next(i))
		if (strcmp(json_string(i), text) == 0)
			return;
	json_append(c->list, json_new_string(text));
}

static bool takes_value(const struct command *command, const char *word)
{
	bool letter = word[1] != '-' && !word[2];

	for (const struct option_spec *o = command ? command->options : NULL; o && o->name; o++)
		if (letter ? o->letter == word[1] : strcmp(word + 2, o->name) == 0)
			return o->argument != NULL;
	return !strcmp(word, "--config") || !strcmp(word, "-c") || !strcmp(word, "--output") ||
	       !strcmp(word, "-o");
}

static void take_word(struct typed *p, const char *word)
{
	if (p->command) {
		p->words++;
		return;
	}
	p->lost = true;
	for (const struct command *const *c = p->commands; *c; c++) {
		if (!p->noun && strcmp((*c)->noun, word) == 0) {
			p->noun = (*c)->noun;
			p->command = (*c)->verb ? NULL : *c;
			p->lost = false;
			return;
		}
		if (p->noun && strcmp((*c)->noun, p->noun) == 0 && (*c)->verb &&
		    strcmp((*c)->verb, word) == 0) {
			p->command = *c;
			p->lost = false;
		}
	}
}

/* The shell cuts "--output=json" at its '='. */
static void take_words(struct typed *p, const struct call *call)
{
	for (unsigned i = 0; i + 1 < call->n_words; i++) {
		const char *word = call->words[i];

		if (strcmp(word, "=") == 0)
			continue;
		if (p->option)
			p->option = NULL;
		else if (word[0] == '-' && word[1] && takes_value(p->command, word))
			p->option = word;
		else if (word[0] != '-')
			take_word(p, word);
	}
}

static void offer_options(struct candidates *c, const struct command *command)
{
	char text[64];

	for (const struct option_spec *o = command ? command->options : NULL; o && o->name; o++) {
		snprintf(text, sizeof(text), "--%s", o->name);
		offer(c, text);
	}
	for (size_t i = 0; i < ARRAY_LEN(global_options); i++)
		offer(c, global_options[i]);
}

static void offer_kinds(struct candidates *c)
{
	for (const struct kind *const *k = kinds; *k; k++)
		offer(c, (*k)->word);
}

static void offer_words(struct candidates *c, const struct typed *p)
{
	const char *argument = p->command ? p->command->name_argument : NULL;

	if (argument && strcmp(argument, "KIND") == 0 && !p->words)
		offer_kinds(c);
	for (const struct command *const *i = p->commands; !p->command && !p->lost && *i;
	     i++) {
		if (!p->noun)
			offer(c, (*i)->noun);
		else if (strcmp((*i)->noun, p->noun) == 0)
			offer(c, (*i)->verb);
	}
}

static void offer_values(struct candidates *c, const struct typed *p)
{
	bool output = !strcmp(p->option, "--output") || !strcmp(p->option, "-o");

	for (size_t i = 0; output && i < ARRAY_LEN(formats); i++)
		offer(c, formats[i]);
	for (size_t i = 0; output && p->command && p->command->forms && i < ARRAY_LEN(forms); i++)
		offer(c, forms[i]);
}

static int completion_run(struct call *call, struct err *e)
{
	struct cJSON *list __cleanup(json_freep) = json_new_array();
	struct candidates c = { .list = list, .begun = call->words[call->n_words - 1] };
	struct typed p = { .commands = call->commands };

	(void)e;
	if (strcmp(c.begun, "=") == 0)
		c.begun = "";
	take_words(&p, call);
	if (p.option)
		offer_values(&c, &p);
	else if (c.begun[0] == '-')
		offer_options(&c, p.command);
	else
		offer_words(&c, &p);
	if (call->json) {
		tree_print(list, &call->out);
		return 0;
	}
	for (const struct cJSON *i = json_first(list); i; i = json_next(i))
		buf_printf(&call->out, "%s\n", json_string(i));
	return 0;
}

const struct command completion_command = {
	.noun = "completion",
	.words_argument = "WORD",
	.summary = "Print what may stand at the end of a call",
	.help =
	"The words are those of the call, the last one as far as it is typed, perhaps empty.\n"
	"For shells: bash, zsh and fish find their parts where the package, or cmake --install,\n"
	"puts them: share/bash-completion, share/zsh and share/fish.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl completion -- pool cr\n"
	"  calico-ipamctl completion -- pool create --\n",
	.run = completion_run,
};
