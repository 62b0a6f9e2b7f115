/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/help.h"
#include "base/cni/conflist.h"
#include "ctl/settings/calicoctl.h"

#include <stdio.h>
#include <string.h>

static const char general_options[] =
	"Options of all commands:\n"
	"  -c, --config FILE              that of the store: a conflist, or calicoctl's\n"
	"  -o, --output FORMAT            \"table\" (default), \"wide\", \"json\" or \"yaml\"\n"
	"  --no-headers                   tables without their headings\n"
	"  -h, --help                     this help, or that of the command before it\n"
	"  --allow-version-mismatch       calicoctl's; there is nothing to allow\n";

static const char settings[] =
	"The store is what the environment variables CALICO_DATASTORE_TYPE,\n"
	"CALICO_ETCD_ENDPOINTS, CALICO_LOCAL_PATH and their like say, then the file of\n"
	"--config, then the variables without CALICO_.  Where none of them names one it is\n"
	"that of " CALICOCTL_FILE ", else of the networks in " CONFLIST_FOLDER "\n"
	"that use calico-ipam.  None is made up.  See calico-ipamctl(8).\n";

static void print_synopsis(const struct command *c, struct buf *out)
{
	buf_printf(out, "calico-ipamctl %s", c->noun);
	if (c->verb)
		buf_printf(out, " %s", c->verb);
	if (c->name_argument)
		buf_printf(out, c->name_optional ? " [%s]" : " %s", c->name_argument);
	if (c->words_argument)
		buf_printf(out, c->words_optional ? " [%s...]" : " %s...", c->words_argument);
	for (const struct option_spec *o = c->options; o->name; o++)
		if (o->required)
			buf_printf(out, " --%s %s", o->name, o->argument);
	if (c->options[0].name)
		buf_puts(out, " [OPTIONS]");
}

static void print_line(const char *left, const char *right, struct buf *out)
{
	buf_printf(out, "  %-29s  %s\n", left, right);
}

static void print_option(const struct option_spec *o, struct buf *out)
{
	const char letter[] = { '-', o->letter, ',', ' ', '\0' };
	char left[80];

	snprintf(left, sizeof(left), "%s--%s%s%s", o->letter ? letter : "", o->name,
		 o->argument ? " " : "", o->argument ? o->argument : "");
	print_line(left, o->help, out);
}

static void print_command(const struct command *c, struct buf *out)
{
	buf_printf(out, "%s\n\nUsage: ", c->summary);
	print_synopsis(c, out);
	buf_printf(out, "\n\n%s\n", c->help);
	if (c->options[0].name)
		buf_puts(out, "Options:\n");
	for (const struct option_spec *o = c->options; o->name; o++)
		print_option(o, out);
	if (c->options[0].name)
		buf_putc(out, '\n');
	buf_puts(out, general_options);
}

static void print_commands(const struct call *call, struct buf *out)
{
	char left[80];

	for (const struct command *const *c = call->commands; *c; c++) {
		if (call->noun && strcmp((*c)->noun, call->noun) != 0)
			continue;
		snprintf(left, sizeof(left), "%s%s%s", (*c)->noun, (*c)->verb ? " " : "",
			 (*c)->verb ? (*c)->verb : "");
		print_line(left, (*c)->summary, out);
	}
}

void help_print(const struct call *call, struct buf *out)
{
	if (call->command) {
		print_command(call->command, out);
		return;
	}
	if (!call->noun)
		buf_puts(out, "calico-ipamctl looks after the pools, nodes and addresses of "
			 "calico-ipam.\n\n");
	buf_printf(out, "Usage: calico-ipamctl %s [OPTIONS]\n\nCommands:\n",
		   call->noun ? call->noun : "COMMAND");
	print_commands(call, out);
	buf_printf(out, "\n%s\n%s", general_options, settings);
}

void help_pointer(const struct call *call, struct buf *out)
{
	const struct command *c = call->command;

	buf_puts(out, "calico-ipamctl");
	if (call->noun)
		buf_printf(out, " %s", call->noun);
	if (c && c->verb)
		buf_printf(out, " %s", c->verb);
	buf_puts(out, " --help");
}
