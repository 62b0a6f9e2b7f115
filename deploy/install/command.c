/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/command.h"

#include "base/log.h"
#include "deploy/install/copy.h"
#include "deploy/install/whose.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXECUTABLE "calico-ipamctl"

static bool is_anothers(const char *path)
{
	enum whose name = WHOSE_NOBODYS;
	struct err e = { 0 };

	if (whose(path, EXECUTABLE, &name, &e) == 0 && name != WHOSE_OTHERS)
		return false;
	log_warning("What is there is not ours, and stays", LOG_TEXT("path", path),
		    LOG_TEXT("error", e.text));
	return true;
}

void command_put(const struct node *n)
{
	char path[PATH_MAX], from[PATH_MAX];
	struct err e = { 0 };

	snprintf(path, sizeof(path), "%s/" EXECUTABLE, n->bin_dir);
	snprintf(from, sizeof(from), "%s/" EXECUTABLE, n->from);
	if (copy_is(path, from) || is_anothers(path))
		return;
	if (copy_make(from, path, &e) < 0)
		log_warning("calico-ipamctl is not installed", LOG_TEXT("error", e.text));
}

void command_remove(const struct node *n)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" EXECUTABLE, n->bin_dir);
	if (!is_anothers(path) && unlink(path) < 0 && errno != ENOENT)
		log_warning("calico-ipamctl is not removed", LOG_TEXT("path", path),
			    LOG_TEXT("error", strerror(errno)));
}
