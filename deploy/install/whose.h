/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a file is: this project's, of whatever version, or another's.
 */
#ifndef DEPLOY_INSTALL_WHOSE_H
#define DEPLOY_INSTALL_WHOSE_H

#include "base/err.h"

enum whose {
	WHOSE_NOBODYS,	/* nothing is there */
	WHOSE_OURS,	/* an executable with our mark (base/process/mark.h) */
	WHOSE_OTHERS,	/* any other file, and a symbolic link wherever it leads */
};

/*
 * `executable` is the name in the mark, such as "calico-ipam".  A link is not followed.
 * ERR_IO: it cannot be read, or is neither a file nor a link, and nothing to be replaced.
 */
int whose(const char *path, const char *executable, enum whose *ret, struct err *e);

#endif
