/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cni/host_local.h"

#include "base/io.h"
#include "base/list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IFNAME_MAX 15
#define CONTAINER_MAX 253	/* bytes; of more no DEL comes through */

void host_local_done(struct host_local *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->list[i].file);
		free(h->list[i].container);
		free(h->list[i].ifname);
	}
	free(h->list);
	if (h->lock >= 0)
		close(h->lock);
	*h = (struct host_local){ .lock = -1 };
}

/* As the plugin checks CNI_CONTAINERID. */
static bool is_container(const char *id)
{
	for (const char *c = id; *c; c++)
		if (!isascii(*c) || !(isalnum(*c) || (c > id && strchr("_.-", *c))))
			return false;
	return *id && strlen(id) <= CONTAINER_MAX;
}

static bool is_ifname(const char *name)
{
	return *name && strlen(name) <= IFNAME_MAX && !strpbrk(name, "/: \t\r\n");
}

/* The next line, ended by "\n" or "\r\n"; cut there. */
static char *take_line(char **at)
{
	char *line = *at, *end = line + strcspn(line, "\n");

	*at = *end ? end + 1 : end;
	*end = '\0';
	for (end = line + strlen(line); end > line && isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	return line;
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static int parse(char *text, struct host_local_entry *entry, const char *path, struct err *e)
{
	bool nothing = is_blank(text);
	char *container = take_line(&text), *ifname = nothing ? container : take_line(&text);

	if (!nothing && (!is_container(container) || (*ifname && !is_ifname(ifname)) || *text))
		return err_set(e, ERR_DECODE, "%s: must hold a container id and an interface, a "
			       "line each", path);
	entry->container = strdup(container);
	entry->ifname = *ifname ? strdup(ifname) : NULL;
	if (!entry->container || (*ifname && !entry->ifname))
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static int read_entry(struct host_local *h, const char *name, struct addr addr, struct err *e)
{
	struct host_local_entry *entry = &h->list[h->n++];
	struct buf text __cleanup(buf_done) = BUF(HOST_LOCAL_FILE_MAX);
	char path[PATH_MAX];

	*entry = (struct host_local_entry){ .addr = addr, .file = strdup(name) };
	if (!entry->file)
		return err_set(e, ERR_INTERNAL, "out of memory");
	snprintf(path, sizeof(path), "%s/%s", h->folder, name);
	if (io_read_file(path, &text, e) < 0)
		return -1;
	if (*text.data && strlen(text.data) != text.len)
		return err_set(e, ERR_DECODE, "%s: holds a NUL, and is no reservation", path);
	return parse(text.data, entry, path, e);
}

static int read_entries(struct host_local *h, DIR *dir, struct err *e)
{
	const struct dirent *d;
	struct addr addr;

	while ((d = readdir(dir))) {
		if (addr_parse(d->d_name, &addr) < 0)
			continue;
		if (list_room(&h->list, h->n, &h->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		if (read_entry(h, d->d_name, addr, e) < 0)
			return -1;
	}
	return 0;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *left, const void *right)
{
	const struct host_local_entry *a = left, *b = right;
	int by = strcmp(a->container, b->container);

	if (!by)
		by = compare_texts(a->ifname, b->ifname);
	return by ? by : addr_compare(a->addr, b->addr);
}

static int read_folder(struct host_local *h, DIR *dir, struct deadline until, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lock", h->folder);
	if (io_lock_file(path, until, &h->lock, e) < 0 || read_entries(h, dir, e) < 0)
		return -1;
	if (h->n)
		qsort(h->list, h->n, sizeof(*h->list), compare);
	return 0;
}

static DIR *open_folder(const char *folder, struct err *e)
{
	DIR *dir = opendir(folder);

	if (!dir && errno == ENOENT)
		err_set(e, ERR_NOT_FOUND, "there is no folder %s: host-local has reserved nothing "
			"there", folder);
	else if (!dir)
		err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
	return dir;
}

static bool is_host_locals(const char *name)
{
	struct addr addr;

	return addr_parse(name, &addr) == 0 || strcmp(name, "lock") == 0 ||
	       strncmp(name, "last_reserved_ip.", 17) == 0;
}

int host_local_refuse_other(const char *folder, struct err *e)
{
	DIR *dir __cleanup(close_folder) = open_folder(folder, e);
	const struct dirent *d;
	bool empty = true;

	if (!dir)
		return -1;
	while ((d = readdir(dir))) {
		if (is_host_locals(d->d_name))
			return 0;
		empty &= *d->d_name == '.';
	}
	if (empty)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "%s is no folder of host-local's: it holds neither an "
		       "address nor a lock; name that of the network (DATADIR/NETWORK)", folder);
}

static bool is_folder(DIR *dir, const char *name)
{
	struct stat st;

	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int host_local_refuse_subfolders(const char *folder, struct err *e)
{
	DIR *dir __cleanup(close_folder) = opendir(folder);
	const struct dirent *d;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
	while ((d = readdir(dir)))
		if (is_folder(dir, d->d_name))
			return err_set(e, ERR_IO, "%s/%s is a folder, and none of host-local's: "
				       "move it away", folder, d->d_name);
	return 0;
}

int host_local_read(const char *folder, struct deadline until, struct host_local *ret,
		    struct err *e)
{
	struct host_local h = { .folder = folder, .lock = -1 };
	DIR *dir = open_folder(folder, e);
	int rc;

	if (!dir)
		return -1;
	rc = read_folder(&h, dir, until, e);
	closedir(dir);
	if (rc < 0)
		host_local_done(&h);
	else
		*ret = h;
	return rc;
}

int host_local_count(const char *folder, size_t *ret, struct err *e)
{
	DIR *dir = open_folder(folder, e);
	const struct dirent *d;
	struct addr addr;

	if (!dir)
		return -1;
	for (*ret = 0; (d = readdir(dir));)
		*ret += addr_parse(d->d_name, &addr) == 0;
	closedir(dir);
	return 0;
}

int host_local_remove(const struct host_local *h, struct err *e)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < h->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", h->folder, h->list[i].file);
		if (unlink(path) < 0 && errno != ENOENT)
			return err_set(e, ERR_IO, "cannot remove %s: %s", path, strerror(errno));
	}
	return 0;
}

static int remove_files(const char *folder, DIR *dir, struct err *e)
{
	const struct dirent *d;

	while ((d = readdir(dir))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), d->d_name, 0) < 0 && errno != ENOENT)
			return err_set(e, ERR_IO, "cannot remove %s/%s: %s", folder, d->d_name,
				       strerror(errno));
	}
	return 0;
}

int host_local_remove_folder(const char *folder, struct err *e)
{
	DIR *dir __cleanup(close_folder) = opendir(folder);

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
	if (remove_files(folder, dir, e) < 0)
		return -1;
	if (rmdir(folder) < 0 && errno != ENOENT)
		return err_set(e, ERR_IO, "cannot remove %s: %s", folder, strerror(errno));
	return 0;
}
