/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/options.h"
#include "ctl/cli/meant.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GLOBAL_CONFIG, GLOBAL_OUTPUT, GLOBAL_NO_HEADERS, GLOBAL_HELP, GLOBAL_VERSION,
       GLOBAL_MISMATCH, N_GLOBALS };

static const struct option_spec globals[N_GLOBALS] = {
	[GLOBAL_CONFIG] = { .name = "config", .argument = "FILE", .letter = 'c' },
	[GLOBAL_OUTPUT] = { .name = "output", .argument = "FORMAT", .letter = 'o' },
	[GLOBAL_NO_HEADERS] = { .name = "no-headers" },
	[GLOBAL_HELP] = { .name = "help", .letter = 'h' },
	[GLOBAL_VERSION] = { .name = "version" },
	/* calicoctl's; no version of ours needs it. */
	[GLOBAL_MISMATCH] = { .name = "allow-version-mismatch" },
};

struct reader {
	int argc;
	char **argv;
	int at;
	bool only_words;	/* after "--" */
	struct call *call;
	struct err *e;
};

int call_wrong_use(struct call *call, struct err *e, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	call->wrong_use = true;
	return err_set(e, ERR_CONFIG, "%s", text);
}

const char *call_option(const struct call *call, const char *name, unsigned nth)
{
	for (unsigned i = 0; i < call->n_options; i++)
		if (strcmp(call->options[i].spec->name, name) == 0 && nth-- == 0)
			return call->options[i].value ? call->options[i].value : "";
	return NULL;
}

static bool is_option(const struct option_spec *o, char letter, const char *name, size_t len)
{
	return name ? strlen(o->name) == len && memcmp(o->name, name, len) == 0
		    : o->letter && o->letter == letter;
}

/* By its name or, for NULL, its letter; a command's own stands before one of all commands. */
static const struct option_spec *find_option(const struct call *call, char letter,
					     const char *name, size_t len)
{
	const struct option_spec *own = call->command ? call->command->options : NULL;

	for (; own && own->name; own++)
		if (is_option(own, letter, name, len))
			return own;
	for (int i = 0; i < N_GLOBALS; i++)
		if (is_option(&globals[i], letter, name, len))
			return &globals[i];
	return NULL;
}

static int refuse_output(struct reader *r, const char *value)
{
	static const char *const formats[] = { "table", "wide", "json", "yaml" };
	struct nearest nearest = nearest_to(value);

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		nearest_offer(&nearest, formats[i]);
	call_wrong_use(r->call, r->e, "--output \"%.80s\" must be \"table\", \"wide\", \"json\" or "
		       "\"yaml\"%s", value, !r->call->command || r->call->command->forms ?
		       ", or of get \"name\", \"custom-columns=...\" or \"jsonpath=...\"" : "");
	return meant_add(&nearest, "", r->e);
}

static bool is_form(const char *value)
{
	return !strcmp(value, "name") || !strncmp(value, "custom-columns=", 15) ||
	       !strncmp(value, "jsonpath=", 9);
}

static int take_output(struct reader *r, const char *value)
{
	/* The last is calicoctl's word for a table. */
	static const char *const formats[] = { "table", "wide", "json", "yaml", "ps" };
	size_t i = 0;

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): has its argument */
	while (i < ARRAY_LEN(formats) && strcmp(value, formats[i]) != 0)
		i++;
	if (i == ARRAY_LEN(formats) && !is_form(value))
		return refuse_output(r, value);
	r->call->form = i == ARRAY_LEN(formats) ? value : NULL;
	r->call->wide = i == 1;
	r->call->json = i == 2 || i == 3;
	r->call->yaml = i == 3;
	return 0;
}

static const struct command *command_without_verb(const struct call *call, const char *noun)
{
	const struct command *const *c = call->commands;

	while (*c && strcmp((*c)->noun, noun) != 0)
		c++;
	return *c;
}

static int take_option(struct reader *r, const struct option_spec *o, const char *value)
{
	struct call *call = r->call;

	if (o == &globals[GLOBAL_CONFIG])
		call->config = value;
	else if (o == &globals[GLOBAL_OUTPUT])
		return take_output(r, value);
	else if (o == &globals[GLOBAL_NO_HEADERS])
		call->no_headers = true;
	else if (o == &globals[GLOBAL_HELP])
		call->help = true;
	else if (o == &globals[GLOBAL_VERSION])
		call->command = command_without_verb(call, "version");
	else if (o == &globals[GLOBAL_MISMATCH])
		return 0;
	else if (!o->repeated && call_option(call, o->name, 0))
		return call_wrong_use(call, r->e, "--%s is given twice", o->name);
	else if (call->n_options == CALL_OPTIONS_MAX)
		return call_wrong_use(call, r->e, "more than %d options", CALL_OPTIONS_MAX);
	else
		call->options[call->n_options++] = (struct call_option){ o, value };
	return 0;
}

static int unknown_option(struct reader *r, const char *word, int len)
{
	const struct call *call = r->call;
	int dashes = (int)strspn(word, "-");
	const struct option_spec *one_dash;
	char typed[NEAREST_LEN_MAX + 2];
	struct nearest nearest;

	if (!call->command)
		return call_wrong_use(r->call, r->e, "option %.*s is not known before the command; "
				      "put the command's own options behind it", len, word);
	snprintf(typed, sizeof(typed), "%.*s", len - dashes, word + dashes);
	nearest = nearest_to(typed);
	for (const struct option_spec *o = call->command->options; o->name; o++)
		nearest_offer(&nearest, o->name);
	for (int i = 0; i < N_GLOBALS; i++)
		nearest_offer(&nearest, globals[i].name);
	one_dash = find_option(call, 0, typed, strlen(typed));
	if (one_dash)
		nearest.word = one_dash->name;
	call_wrong_use(r->call, r->e, "%s%s%s has no option %.*s", call->command->noun,
		       call->command->verb ? " " : "",
		       call->command->verb ? call->command->verb : "", len, word);
	return meant_add(&nearest, "--", r->e);
}

/* "--name value", "--name=value" or "--switch". */
static int read_long(struct reader *r, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const char *value = word[2 + len] ? word + 3 + len : NULL;
	const struct option_spec *o = find_option(r->call, 0, word + 2, len);

	if (!o)
		return unknown_option(r, word, (int)len + 2);
	if (!o->argument && value)
		return call_wrong_use(r->call, r->e, "--%s takes no value", o->name);
	if (o->argument && !value) {
		if (r->at == r->argc)
			return call_wrong_use(r->call, r->e, "--%s needs a value: --%s %s", o->name,
					      o->name, o->argument);
		value = r->argv[r->at++];
	}
	return take_option(r, o, value);
}

/* "-o value", "-ovalue", "-o=value" or "-h". */
static int read_short(struct reader *r, const char *word)
{
	const struct option_spec *o = find_option(r->call, word[1], NULL, 0);
	const char *value = word[2] == '=' ? word + 3 : word[2] ? word + 2 : NULL;

	if (!o || (!o->argument && value))
		return unknown_option(r, word, (int)strlen(word));
	if (o->argument && !value) {
		if (r->at == r->argc)
			return call_wrong_use(r->call, r->e, "-%c needs a value: -%c %s",
					      word[1], word[1], o->argument);
		value = r->argv[r->at++];
	}
	return take_option(r, o, value);
}

static int unknown_noun(struct reader *r, const char *word)
{
	struct nearest nearest = nearest_to(word);

	for (const struct command *const *c = r->call->commands; *c; c++)
		nearest_offer(&nearest, (*c)->noun);
	nearest_offer(&nearest, "help");
	call_wrong_use(r->call, r->e, "\"%s\" is not a command", word);
	return meant_add(&nearest, "", r->e);
}

static int read_noun(struct reader *r, const char *word)
{
	for (const struct command *const *c = r->call->commands; *c; c++) {
		if (strcmp((*c)->noun, word) != 0)
			continue;
		r->call->noun = (*c)->noun;
		if (!(*c)->verb)
			r->call->command = *c;
		return 0;
	}
	if (strcmp(word, "help") == 0) {
		r->call->help = true;
		return 0;
	}
	return unknown_noun(r, word);
}

static int read_verb(struct reader *r, const char *word)
{
	struct nearest nearest = nearest_to(word);

	for (const struct command *const *c = r->call->commands; *c; c++) {
		if (strcmp((*c)->noun, r->call->noun) != 0)
			continue;
		nearest_offer(&nearest, (*c)->verb);
		if (strcmp((*c)->verb, word) != 0)
			continue;
		r->call->command = *c;
		return 0;
	}
	call_wrong_use(r->call, r->e, "%s has no command \"%s\"", r->call->noun, word);
	return meant_add(&nearest, "", r->e);
}

static int read_word(struct reader *r, const char *word)
{
	struct call *call = r->call;

	if (!call->noun)
		return read_noun(r, word);
	if (!call->command)
		return read_verb(r, word);
	if (call->command->name_argument && !call->name) {
		call->name = word;
		return 0;
	}
	if (!call->command->words_argument)
		return call_wrong_use(call, r->e, "\"%s\" is one word too many", word);
	if (call->n_words == CALL_WORDS_MAX)
		return call_wrong_use(call, r->e, "more than %d words", CALL_WORDS_MAX);
	call->words[call->n_words++] = word;
	return 0;
}

static int check_complete(struct reader *r)
{
	const struct call *call = r->call;

	if (!call->command && !call->noun)
		return call_wrong_use(r->call, r->e, "no command is given");
	if (!call->command)
		return call_wrong_use(r->call, r->e, "what to do with the %ss is not given",
				      call->noun);
	if (call->form && !call->command->forms)
		return refuse_output(r, call->form);
	if (call->command->name_argument && !call->command->name_optional && !call->name)
		return call_wrong_use(r->call, r->e, "%s is missing", call->command->name_argument);
	if (call->command->words_argument && !call->command->words_optional && !call->n_words)
		return call_wrong_use(r->call, r->e, "%s is missing",
				      call->command->words_argument);
	for (const struct option_spec *o = call->command->options; o->name; o++)
		if (o->required && !call_option(call, o->name, 0))
			return call_wrong_use(r->call, r->e, "--%s is missing: --%s %s", o->name,
					      o->name, o->argument);
	return 0;
}

int options_read(int argc, char **argv, struct call *call, struct err *e)
{
	struct reader r = { .argc = argc, .argv = argv, .at = 1, .call = call, .e = e };
	int rc = 0;

	while (rc == 0 && r.at < argc) {
		const char *word = argv[r.at++];

		if (r.only_words || word[0] != '-' || !word[1])
			rc = read_word(&r, word);
		else if (strcmp(word, "--") == 0)
			r.only_words = true;
		else if (word[1] == '-')
			rc = read_long(&r, word);
		else
			rc = read_short(&r, word);
	}
	if (rc < 0 || call->help)
		return rc;
	return check_complete(&r);
}
