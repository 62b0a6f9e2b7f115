/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an allocation says of where it was made, as texts that are stored
 * (docs/DATA-MODEL.md 7.6): the boot, and the container's network namespace with the machine.
 *
 *	boot	the first 16 digits of the boot's id
 *	netns	<cookie>.<machine>, i<inode>.<machine>, .<machine>, or the first two without the
 *		machine: all hexadecimal
 */
#ifndef BASE_MACHINE_ORIGIN_H
#define BASE_MACHINE_ORIGIN_H

#include "base/machine/machine.h"
#include "base/machine/netns.h"

/* At most so long that both, with their names, are 60 bytes of JSON. */
#define ORIGIN_NETNS_TEXT 24 /* bytes, NUL included */

struct origin {
	char boot[MACHINE_BOOT_LEN + 1]; /* "": not told */
	char netns[ORIGIN_NETNS_TEXT]; /* "": not told */
};

/*
 * Of an allocation that this process makes for the namespace at `path`.  What cannot be found
 * out is not told; the namespace is not either where its place (place.h) could not be noted.
 * ERR_INTERNAL as of netns_read().
 */
int origin_find(const char *run_path, const char *path, struct origin *ret, struct err *e);

void origin_print_netns(const struct netns *netns, const char *machine,
			char ret[ORIGIN_NETNS_TEXT]);
/* -1: it says something else. */
int origin_parse_netns(const char *text, struct netns *ret, char ret_machine[MACHINE_ID_LEN + 1]);

#endif
