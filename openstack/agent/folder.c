/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/folder.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/new_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_TEXT 4352
#define SECOND_NS 1000000000LL
#define FILE_MODE 0644	/* dnsmasq reads them again as a user of its own */
#define FOLDER_MODE 0755

static int path_of(const char *confs, const char *network, const char *file, struct buf *out,
		   struct err *e)
{
	print_path(confs, network, file, out);
	return out->failed ? err_set(e, ERR_CONFIG, "dhcp_confs is too long a path") : 0;
}

/* Nobody is kept from being served by it, nor does dnsmasq meet a FIFO. */
static void clear_place(const char *path, const char *why)
{
	log_warning("what stands in the place of a network's file is removed",
		    LOG_TEXT("path", path), LOG_TEXT("reason", why));
	unlink(path);
}

/* Empty where it is not there, or is none that the agent wrote. */
static int read_old(const char *path, struct buf *out, struct err *e)
{
	struct stat st;
	bool is_there = stat(path, &st) == 0;

	if (is_there && S_ISDIR(st.st_mode))
		return err_set(e, ERR_IO, "%s is a folder: move it away", path);
	if (!is_there && errno == ELOOP)
		clear_place(path, "it is a link that leads nowhere");
	else if (is_there && !S_ISREG(st.st_mode))
		clear_place(path, "it is no regular file");
	if (io_read_file(path, out, e) == 0)
		return 0;
	if (e->kind != ERR_NOT_FOUND && e->kind != ERR_LIMIT)
		return -1;
	if (e->kind == ERR_LIMIT)
		clear_place(path, "it is larger than any of them");
	buf_reset(out);
	err_reset(e);
	return 0;
}

struct writing {
	const struct network *network;
	const struct serving *serving;
	bool *changed;
	struct buf *told;
};

/* True where somebody's umask kept dnsmasq's user from it: now it does not. */
static bool mend_mode(const char *path, mode_t mode)
{
	int fd __cleanup(close_fd) = -1;
	struct stat st;

	if (io_open(path, O_RDONLY | O_NOFOLLOW, 0, &fd) || fstat(fd, &st) < 0 ||
	    (st.st_mode & mode) == mode || (S_ISREG(st.st_mode) && st.st_nlink != 1))
		return false;
	if (fchmod(fd, (st.st_mode & 07777) | mode) == 0)
		return true;
	log_warning("dnsmasq's user cannot read it", LOG_TEXT("path", path),
		    LOG_TEXT("error", strerror(errno)));
	return false;
}

bool folder_mend_common(const struct serving *s)
{
	return mend_mode(s->confs, FOLDER_MODE);
}

static int mend_folder(struct writing *w, struct err *e)
{
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);

	if (path_of(w->serving->confs, w->network->id, NULL, &path, e) < 0)
		return -1;
	*w->changed |= mend_mode(path.data, FOLDER_MODE);
	if (*w->changed && w->told)
		buf_printf(w->told, "network %s: its folder\n", w->network->id);
	return 0;
}

static int write_file(struct writing *w, const char *file, const struct buf *text, struct buf *old,
		      struct err *e)
{
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);
	bool same;

	if (text->failed)
		return err_set(e, ERR_LIMIT, "%s of network %s is too large", file, w->network->id);
	if (path_of(w->serving->confs, w->network->id, file, &path, e) < 0 ||
	    read_old(path.data, old, e) < 0)
		return -1;
	same = old->len == text->len && memcmp(old->data, text->data, text->len) == 0 &&
	       (old->len || access(path.data, F_OK) == 0);
	if (same && !mend_mode(path.data, FILE_MODE))
		return 0;
	*w->changed = true;
	if (w->told)
		buf_printf(w->told, "network %s: %s\n", w->network->id, file);
	if (same)
		return 0;
	return io_make_parent(path.data, FOLDER_MODE, e) < 0 ? -1 :
	       io_replace_file(path.data, text->data, text->len, FILE_MODE, e);
}

static void print_interface(const struct network *n, const struct serving *s, struct buf *out)
{
	(void)s;
	buf_puts(out, n->device);
}

/* Once for each change of what is written. */
static void tell_routes(const struct network *n, const struct serving *s)
{
	unsigned left_out = routes_left_out(n, s);

	if (left_out)
		log_warning("routes are left out: a DHCP option holds some 30 of them",
			    LOG_TEXT("network", n->id), LOG_NUMBER("routes", left_out));
}

static void tell_addresses(const struct network *n, const struct serving *s)
{
	for (size_t i = 0; i < n->n_ports; i++) {
		unsigned left_out = addresses_left_out(&n->ports[i], s);

		if (left_out)
			log_warning("addresses are left out: a line of dnsmasq's holds some 20",
				    LOG_TEXT("port", n->ports[i].endpoint->port),
				    LOG_NUMBER("addresses", left_out));
	}
}

static const struct {
	const char *name;
	void (*print)(const struct network *n, const struct serving *s, struct buf *out);
	void (*tell)(const struct network *n, const struct serving *s);	/* or NULL */
} files[] = {
	{ "addn_hosts", print_addn_hosts, NULL }, { "opts", print_opts, tell_routes },
	{ "interface", print_interface, NULL },
	{ "host", print_host_file, tell_addresses },	/* the last: folder_write_but_host() */
};

void folder_print(const struct network *n, const struct serving *s, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		files[i].print(n, s, out);
	print_taps(n, &(struct taps){ 0 }, out);
}

static int write_files(const struct network *n, const struct serving *s, size_t n_files,
		       bool *changed, struct buf *told, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);
	struct buf old __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);
	struct writing w = { n, s, changed, told };

	if (mend_folder(&w, e) < 0)
		return -1;
	for (size_t i = 0; i < n_files; i++) {
		bool one = false;
		int rc;

		w.changed = &one;
		buf_reset(&text);
		buf_reset(&old);
		files[i].print(n, s, &text);
		rc = write_file(&w, files[i].name, &text, &old, e);
		*changed |= one;
		if (rc < 0)
			return -1;
		if (one && files[i].tell)
			files[i].tell(n, s);
	}
	return 0;
}

int folder_write(const struct network *n, const struct serving *s, bool *changed, struct buf *told,
		 struct err *e)
{
	return write_files(n, s, ARRAY_LEN(files), changed, told, e);
}

int folder_write_but_host(const struct network *n, const struct serving *s, struct buf *told,
			  struct err *e)
{
	bool changed = false;

	if (write_files(n, s, ARRAY_LEN(files) - 1, &changed, told, e) < 0)
		return -1;
	buf_printf(told, "network %s: host, which the agent writes: a lease must end before\n",
		   n->id);
	return 0;
}

static int read_of(const struct network *n, const struct serving *s, const char *file,
		   struct buf *out, struct err *e)
{
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);

	buf_reset(out);
	return path_of(s->confs, n->id, file, &path, e) < 0 ? -1 : read_old(path.data, out, e);
}

int folder_read_past(const struct network *n, const struct serving *s, struct folder_past *ret,
		     struct err *e)
{
	struct buf taps __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);

	if (read_of(n, s, "taps", &taps, e) < 0 || read_of(n, s, "leases", &ret->leases, e) < 0 ||
	    read_of(n, s, "host", &ret->hosts, e) < 0)
		return -1;
	return taps_read(&ret->taps, taps.data) < 0 ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

void folder_past_done(struct folder_past *p)
{
	buf_done(&p->leases);
	buf_done(&p->hosts);
	free(p->taps.list);
}

static struct lease_past past_of(const struct folder_past *p)
{
	return (struct lease_past){ p->leases.data, p->hosts.data, &p->taps };
}

bool folder_leases_are_good(const struct network *n, const struct folder_past *p)
{
	struct lease_past past = past_of(p);

	return !leases_are_stale(n, &past);
}

int folder_write_leases(const struct network *n, const struct serving *s,
			const struct folder_past *p, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);
	struct lease_past past = past_of(p);

	print_leases(n, s, &past, clock_now_ns() / SECOND_NS, &text);
	if (text.failed)
		return err_set(e, ERR_LIMIT, "the leases of network %s are too many", n->id);
	if (path_of(s->confs, n->id, "leases", &path, e) < 0 ||
	    io_make_parent(path.data, FOLDER_MODE, e) < 0)
		return -1;
	return io_replace_file(path.data, text.data, text.len, FILE_MODE, e);
}

int folder_note_taps(const struct network *n, const struct serving *s,
		     const struct folder_past *p, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);
	struct buf old __cleanup(buf_done) = BUF(FOLDER_FILE_MAX);
	bool changed;
	struct writing w = { n, s, &changed, NULL };

	print_taps(n, &p->taps, &text);
	return write_file(&w, "taps", &text, &old, e);
}

/* Those of a network, whoever wrote them, and what a killed one of us has left. */
static bool is_known(const char *name)
{
	static const char *const known[] = { "host", "addn_hosts", "opts", "leases", "pid",
					     "interface", "taps", "dhcp_dns_log" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return strncmp(name, NEW_FILE_MARK, strlen(NEW_FILE_MARK)) == 0;
}

/* NULL with errno.  Where a link leads to is not ours. */
static DIR *open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !folder)
		close(fd);
	return folder;
}

int folder_remove(const char *confs, const char *network, struct err *e)
{
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);
	DIR *folder __cleanup(close_folder) = NULL;
	struct dirent *entry;

	if (path_of(confs, network, NULL, &path, e) < 0)
		return -1;
	folder = open_folder(path.data);
	if (!folder && (errno == ENOTDIR || errno == ELOOP)) {
		log_warning("it is no folder, and stays", LOG_TEXT("path", path.data));
		return 0;
	}
	if (!folder && errno == ENOENT)
		return 0;
	if (!folder)
		return err_set(e, ERR_IO, "%s: %s", path.data, strerror(errno));
	while ((entry = readdir(folder)))
		if (is_known(entry->d_name))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (rmdir(path.data) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return err_set(e, ERR_IO, "%s: %s", path.data, strerror(errno));
	log_warning("the folder holds what is no network's, and stays",
		    LOG_TEXT("folder", path.data));
	return 0;
}
