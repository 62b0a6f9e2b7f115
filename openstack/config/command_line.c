/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/config/command_line.h"

#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_TEXT 4352

const char command_line_help[] =
	"Usage: calico-dhcp-agent [options]\n"
	"Serves the VMs of this compute host their addresses, as Neutron chose them.\n\n"
	"  --config-file PATH  a configuration file; may be repeated, the last counts\n"
	"  --config-dir DIR    all *.conf of a folder, by name; may be repeated\n"
	"  --once              write dnsmasq's files, say what changed, start nothing\n"
	"  -d, --debug         log more; --nodebug: log less\n"
	"  --log-file PATH     log to a file too\n"
	"  --log-dir DIR       … named calico-dhcp-agent.log, in this folder\n"
	"  -h, --help          show this\n"
	"  --version           show the version\n\n"
	"Without --config-file: neutron.conf and calico-dhcp-agent.conf of ~/.neutron, ~,\n"
	"/etc/neutron or /etc; without --config-dir: the folders neutron.conf.d and\n"
	"calico-dhcp-agent.conf.d there.  See calico-dhcp-agent(8).\n";

void command_line_done(struct command_line *c)
{
	while (c->n_files)
		free(c->files[--c->n_files]);
}

static int add_file(struct command_line *c, const char *path, struct err *e)
{
	if (c->n_files == CONFIG_FILES_MAX)
		return err_set(e, ERR_CONFIG, "more than %d configuration files", CONFIG_FILES_MAX);
	c->files[c->n_files] = strdup(path);
	if (!c->files[c->n_files])
		return err_set(e, ERR_INTERNAL, "out of memory");
	c->n_files++;
	return 0;
}

static int add_folder(struct command_line *c, const char *folder, struct err *e)
{
	char pattern[PATH_TEXT];
	glob_t hit = { 0 };
	int rc = 0;

	if (access(folder, R_OK | X_OK) < 0)
		return err_set(e, ERR_CONFIG, "--config-dir %.400s: %s", folder, strerror(errno));
	snprintf(pattern, sizeof(pattern), "%s/*.conf", folder);
	if (glob(pattern, 0, NULL, &hit) == 0)
		for (size_t i = 0; i < hit.gl_pathc && rc == 0; i++)
			rc = add_file(c, hit.gl_pathv[i], e);
	globfree(&hit);
	return rc;
}

/* The first that is there: a file, or a folder "<name>.d", as oslo.config looks for them. */
static int add_first(struct command_line *c, const char *name, bool folder, struct err *e)
{
	const char *home = getenv("HOME");
	const char *const folders[] = { "/.neutron", "", "/etc/neutron", "/etc" };
	char path[PATH_TEXT];

	for (size_t i = 0; i < 4; i++) {
		if (i < 2 && !home)
			continue;
		snprintf(path, sizeof(path), "%s%s/%s%s", i < 2 ? home : "", folders[i], name,
			 folder ? ".d" : "");
		if (access(path, F_OK) == 0)
			return folder ? add_folder(c, path, e) : add_file(c, path, e);
	}
	return 0;
}

enum choice { CONFIG_FILE = 256, CONFIG_DIR, ONCE, NODEBUG, LOG_FILE, LOG_DIR, VERSION, THEIRS };

static const struct option_name {
	const char *name;
	int argument, value;
} names[] = {
	{ "config-file", required_argument, CONFIG_FILE },
	{ "config-dir", required_argument, CONFIG_DIR }, { "once", no_argument, ONCE },
	{ "debug", no_argument, 'd' }, { "nodebug", no_argument, NODEBUG },
	{ "log-file", required_argument, LOG_FILE }, { "log_file", required_argument, LOG_FILE },
	{ "log-dir", required_argument, LOG_DIR }, { "log_dir", required_argument, LOG_DIR },
	{ "logfile", required_argument, LOG_FILE }, { "logdir", required_argument, LOG_DIR },
	{ "use-syslog", no_argument, THEIRS }, { "nouse-syslog", no_argument, THEIRS },
	{ "use-journal", no_argument, THEIRS }, { "nouse-journal", no_argument, THEIRS },
	{ "use-json", no_argument, THEIRS }, { "nouse-json", no_argument, THEIRS },
	{ "watch-log-file", no_argument, THEIRS }, { "nowatch-log-file", no_argument, THEIRS },
	{ "log-config-append", required_argument, THEIRS },
	{ "log-date-format", required_argument, THEIRS },
	{ "syslog-log-facility", required_argument, THEIRS },
	{ "help", no_argument, 'h' }, { "version", no_argument, VERSION },
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* Of letters that stand together the one that is none. */
static const char *wrong_word(char *argv[])
{
	static char letter[] = "-?";

	if (optopt <= 0 || optopt > 127 || strchr("dh", optopt))
		return argv[optind - 1];
	letter[1] = (char)optopt;
	return letter;
}

static int take(struct command_line *c, int option, const char *value, struct err *e)
{
	switch (option) {
	case CONFIG_FILE:
		return add_file(c, value, e);
	case CONFIG_DIR:
		return add_folder(c, value, e);
	case ONCE:
		c->once = true;
		return 0;
	case 'd':
	case NODEBUG:
		c->debug = option == 'd';
		c->quiet = option != 'd';
		return 0;
	case LOG_FILE:
		c->log_file = value;
		return 0;
	case LOG_DIR:
		c->log_dir = value;
		return 0;
	case 'h':
		c->help = true;
		return 0;
	case VERSION:
		c->version = true;
		return 0;
	case THEIRS:	/* oslo.log's; ours goes to stderr, which is the journal's */
		return 0;
	default:
		return err_set(e, ERR_CONFIG, "\"%.60s\" is no option here, or lacks its value; "
			       "see --help", value);
	}
}

/* Where none is named: those of oslo.config, before all that is. */
static int add_presets(struct command_line *c, bool files, bool folders, struct err *e)
{
	static const char *const presets[] = { "neutron.conf", "calico-dhcp-agent.conf" };

	for (size_t i = 0; files && i < 2; i++)
		if (add_first(c, presets[i], false, e) < 0)
			return -1;
	for (size_t i = 0; folders && i < 2; i++)
		if (add_first(c, presets[i], true, e) < 0)
			return -1;
	return 0;
}

static bool is_given(int argc, char *argv[], const char *option)
{
	size_t len = strlen(option);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], option, len) == 0 && (!argv[i][len] || argv[i][len] == '='))
			return true;
	return false;
}

int command_line_read(struct command_line *ret, int argc, char *argv[], struct err *e)
{
	struct command_line c __cleanup(command_line_done) = { 0 };
	struct option options[N_NAMES + 1] = { 0 };
	int option;

	for (size_t i = 0; i < N_NAMES; i++)
		options[i] = (struct option){ names[i].name, names[i].argument, NULL,
					      names[i].value };
	if (add_presets(&c, !is_given(argc, argv, "--config-file"),
			!is_given(argc, argv, "--config-dir"), e) < 0)
		return -1;
	opterr = 0;
	optind = 0;	/* it is read anew at SIGHUP */
	while ((option = getopt_long(argc, argv, "dh", options, NULL)) != -1)
		if (take(&c, option, option == '?' ? wrong_word(argv) : optarg, e) < 0)
			return -1;
	if (optind < argc)
		return err_set(e, ERR_CONFIG, "unexpected argument \"%.60s\"", argv[optind]);
	*ret = c;
	c = (struct command_line){ 0 };
	return 0;
}
