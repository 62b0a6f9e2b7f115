/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command of calico-ipamctl, and one call of it.
 *
 * A command is one file with one `const struct command`; main.c holds the one table
 * of them.  What is wrong with the words of a call is found in options.c by the
 * command's own declaration, or said by the command with call_wrong_use().
 *
 * A command writes into call->out, which main prints whole, once, when it has
 * succeeded.  What it writes there, and in which form, is rows.h's business; YAML main
 * makes of JSON.
 */
#ifndef CTL_CLI_COMMAND_H
#define CTL_CLI_COMMAND_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define COMMAND_OPTIONS_MAX 16
#define CALL_WORDS_MAX 64	/* words after the name in one call */
#define CALL_OPTIONS_MAX 64	/* options in one call */

/* Exit status, for scripts; calico-ipamctl(8) says the same. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,	/* any reason that has no number of its own */
	STATUS_WRONG_USE = 2,
	STATUS_NOT_FOUND = 3,	/* what was named is not there */
	STATUS_CONFLICT = 4,	/* it is there already, in use, or others came first */
	STATUS_UNREACHABLE = 5,	/* the store did not answer, or refused who asks */
	STATUS_FOUND = 6,	/* the command did its work, and what it looked for is there */
	STATUS_NOT_JUDGED = 7,	/* nothing was found, and not everything could be looked at */
};

struct option_spec {
	const char *name;	/* without the dashes */
	const char *argument;	/* what help calls its argument; NULL: a switch */
	const char *help;
	bool required;
	bool repeated;		/* may be given more than once */
	char letter;		/* "-f" for short; 0: none */
};

struct call;

struct command {
	const char *noun;	/* "pool" */
	const char *verb;	/* "create"; NULL: the noun is the command */
	const char *name_argument;	/* what help calls the one name it takes; NULL: none */
	bool name_optional;
	/* What help calls the words behind, at least one in a call; NULL: none. */
	const char *words_argument;
	bool words_optional;
	bool forms;	/* it has more forms of output: call->form */
	const char *summary;	/* one line */
	const char *help;	/* examples and what else is to be known */
	struct option_spec options[COMMAND_OPTIONS_MAX];	/* ends at a NULL name */
	/* 0, or -1 with e filled. */
	int (*run)(struct call *call, struct err *e);
};

struct call_option {
	const struct option_spec *spec;
	const char *value;	/* NULL for a switch */
};

struct call {
	const struct command *const *commands;	/* all there are, ending at NULL */
	const struct command *command;
	const char *name;	/* the one name, or NULL */
	const char *noun;	/* as far as the words reach, for help */
	struct call_option options[CALL_OPTIONS_MAX];
	unsigned n_options;
	const char *config;	/* --config, or NULL */
	const char *words[CALL_WORDS_MAX];	/* those behind the name */
	unsigned n_words;
	bool json;		/* --output json or yaml */
	bool yaml;		/* --output yaml: main rewrites the JSON */
	bool wide;		/* --output wide: a table with more columns */
	const char *form;	/* --output name, custom-columns=… or jsonpath=…, or NULL */
	bool no_headers;	/* tables without their headings */
	bool help;
	mode_t umask;		/* the caller's; the process has 077 */
	bool wrong_use;		/* the error is the caller's words: exit 2 */
	enum status status;	/* of a run that succeeded: STATUS_DONE, _FOUND or _NOT_JUDGED */
	struct buf out;
};

extern const struct command pool_create_command, pool_list_command, pool_delete_command;
extern const struct command pool_update_command, pool_enable_command, pool_disable_command;
extern const struct command pool_split_command;
extern const struct command affinity_list_command, affinity_release_command;
extern const struct command export_command, import_command, history_command;
extern const struct command get_command, apply_command, create_command, replace_command;
extern const struct command delete_command, diff_command;
extern const struct command config_get_command, config_set_command;
extern const struct command reservation_create_command, reservation_list_command;
extern const struct command reservation_delete_command;
extern const struct command node_delete_command, node_label_command;
extern const struct command node_create_command, node_list_command;
extern const struct command doctor_command, map_command, metrics_command;
extern const struct command upgrade_from_host_local_command, completion_command;
extern const struct command openstack_check_command, openstack_guest_command;
extern const struct command show_command, version_command;
extern const struct command check_command, release_command, reclaim_command;
/* calicoctl's words (ctl/calicoctl/). */
extern const struct command ipam_show_command, ipam_check_command, ipam_release_command;
extern const struct command ipam_configure_command, ipam_split_command;
extern const struct command label_command, datastore_migrate_command;

/* The value of the option's nth appearance, or NULL; "" for a switch. */
const char *call_option(const struct call *call, const char *name, unsigned nth);

/* Fills e, marks the call, returns -1. */
int call_wrong_use(struct call *call, struct err *e, const char *fmt, ...) __printf_like(3, 4);

#endif
