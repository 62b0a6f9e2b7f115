/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/calicoctl/lead.h"

#include "base/terminal/shell_word.h"
#include "ctl/cli/aside.h"

#include <string.h>

#define TOLD_MAX (8 << 10)	/* bytes of a call */

static const char *meaning_of(const struct meaning *meanings, const char *theirs)
{
	for (; meanings->theirs; meanings++)
		if (strcmp(meanings->theirs, theirs) == 0)
			return meanings->ours;
	return theirs;
}

static const struct option_spec *option_of(const struct command *command, const char *name)
{
	for (const struct option_spec *o = command->options; name && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void translate(struct call *call, const struct command *ours,
		      const struct meaning *meanings)
{
	unsigned n = 0;

	for (unsigned i = 0; i < call->n_options; i++) {
		const char *name = meaning_of(meanings, call->options[i].spec->name);
		const struct option_spec *o = option_of(ours, name);

		if (o)
			call->options[n++] = (struct call_option){ o, call->options[i].value };
	}
	call->n_options = n;
	call->command = ours;
	call->noun = ours->noun;
}

static void put_word(struct buf *out, const char *text)
{
	char word[SHELL_WORD_TEXT];

	buf_printf(out, " %s", shell_word(text, word, sizeof(word)));
}

static void tell(const struct call *call)
{
	struct buf text __cleanup(buf_done) = BUF(TOLD_MAX);

	if (call->command->verb)
		put_word(&text, call->command->verb);
	if (call->name)
		put_word(&text, call->name);
	for (unsigned i = 0; i < call->n_words; i++)
		put_word(&text, call->words[i]);
	for (unsigned i = 0; i < call->n_options; i++) {
		buf_printf(&text, " --%s", call->options[i].spec->name);
		if (call->options[i].value)
			put_word(&text, call->options[i].value);
	}
	if (!text.failed)
		aside_on_terminal("in calico-ipamctl's own words: calico-ipamctl %s%s\n",
				  call->command->noun, text.len ? text.data : "");
}

int lead_to(struct call *call, const struct command *ours, const struct meaning *meanings,
	    struct err *e)
{
	translate(call, ours, meanings);
	tell(call);
	return ours->run(call, e);
}
