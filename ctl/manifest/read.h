/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resources of manifests: of files, of the .yaml, .yml and .json files of folders, by name,
 * and of standard input ("-").  YAML or JSON, several documents, lists of resources and
 * resources of a List kind.
 */
#ifndef CTL_MANIFEST_READ_H
#define CTL_MANIFEST_READ_H

#include "ctl/cli/command.h"
#include "ctl/manifest/kind.h"

#define MANIFEST_FILE_MAX (16 << 20)	/* bytes */
#define MANIFEST_FILES_MAX 10000
#define MANIFEST_DOCUMENTS_MAX 100000	/* in one file */
#define MANIFEST_FOLDERS_MAX 16		/* within each other */

struct manifests {
	struct manifest *list;	/* owned; in the order of the files and within them */
	size_t n, cap;
	char **files;	/* owned, and so is each */
	size_t n_files, cap_files;
};

/* What each command that takes manifests declares among its options. */
#define MANIFEST_OPTIONS \
	{ .name = "filename", .argument = "FILE", .letter = 'f', .repeated = true, \
	  .help = "a file, a folder or \"-\"; may be repeated" }, \
	{ .name = "recursive", .letter = 'R', .help = "folders within a folder too" }, \
	{ .name = "skip-empty", .help = "files without a resource are no error" }, \
	{ .name = "namespace", .argument = "NS", .letter = 'n', \
	  .help = "taken, and without effect: none of them is in one" }, \
	{ .name = "context", .argument = "CONTEXT", \
	  .help = "refused: KUBECONFIG names the file" }

/*
 * All that --filename names, each checked by manifest_check().  ERR_NOT_FOUND and ERR_IO name
 * the file; ERR_CONFIG, ERR_DECODE and ERR_LIMIT the line of its document too.
 */
int manifests_read(struct call *call, struct manifests *ret, struct err *e);
void manifests_done(struct manifests *all);	/* also for __cleanup */

#endif
