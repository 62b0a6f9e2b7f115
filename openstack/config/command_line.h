/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of Calico's agent, as oslo.config has it, and --once, which is ours.
 *
 * Without --config-file: those of neutron.conf and calico-dhcp-agent.conf that are in
 * ~/.neutron, ~, /etc/neutron or /etc, the first of each.  Without --config-dir: the folders
 * neutron.conf.d and calico-dhcp-agent.conf.d there.  They come before what is named.
 */
#ifndef OPENSTACK_CONFIG_COMMAND_LINE_H
#define OPENSTACK_CONFIG_COMMAND_LINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILES_MAX 256

struct command_line {
	char *files[CONFIG_FILES_MAX];	/* owned; those of a --config-dir among them, by name */
	size_t n_files;
	bool once, help, version, debug, quiet;	/* --debug, --nodebug */
	const char *log_file, *log_dir;	/* of argv, or NULL */
};

/* ERR_CONFIG says which argument is wrong. */
int command_line_read(struct command_line *ret, int argc, char *argv[], struct err *e);
void command_line_done(struct command_line *c);	/* also for __cleanup */

extern const char command_line_help[];

#endif
