/* SPDX-License-Identifier: Apache-2.0 */
/* A file for node_exporter's textfile collector, which runs as another user. */
#ifndef CTL_CLI_PROM_FILE_H
#define CTL_CLI_PROM_FILE_H

#include "ctl/cli/command.h"

/* Wrong use, of --output-file: the collector reads no file of this name. */
int prom_file_check(struct call *call, const char *path, struct err *e);
/* Replaces it; ERR_LIMIT of a text that failed. */
int prom_file_save(const char *path, const struct buf *text, struct err *e);

#endif
