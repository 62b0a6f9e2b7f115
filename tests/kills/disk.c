/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kills/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 256
#define DEEDS_MAX 2048
#define FDS_MAX 256
#define STATES_MAX (1 << 16)
#define SECTOR 512
#define WRITE_MAX ((size_t)1 << 22)
#define ROOT 0
#define NOBODY (-1)
#define GARBAGE 0xa5

struct file {
	bool folder;
	bool mapped;	/* for writing: nobody knows what is in it */
};

enum deed_kind { WRITE, SIZE, NAME, SYNC, TOLD };

struct deed {
	enum deed_kind kind;
	int file;		/* what is written, or named; NOBODY: the name is gone */
	int folder;		/* of a name */
	char name[NAME_MAX + 1];
	char old_name[NAME_MAX + 1];	/* that it loses at once, in the same folder; or "" */
	off_t at;		/* of a write; or the size */
	size_t len;
	char *data;
	int alone;		/* SYNC: of this one deed; else NOBODY */
};

struct disk {
	char folder[PATH_MAX];
	struct file files[FILES_MAX];
	int n_files;
	struct deed deeds[DEEDS_MAX];
	unsigned n, loaded;	/* the first of them: what was there */
	struct open_file {
		int file;
		bool synced;
		off_t at;
	} fds[FDS_MAX];
};

/* Files and names */

static int new_file(struct disk *d, bool folder)
{
	if (d->n_files == FILES_MAX)
		stop_test("more than %d files", FILES_MAX);
	d->files[d->n_files].folder = folder;
	return d->n_files++;
}

static struct deed *add(struct disk *d, enum deed_kind kind, int file)
{
	struct deed *deed = &d->deeds[d->n];

	if (d->n == DEEDS_MAX)
		stop_test("more than %d things are done to the disk", DEEDS_MAX);
	*deed = (struct deed){ .kind = kind, .file = file, .alone = NOBODY };
	d->n++;
	return deed;
}

static struct deed *add_name(struct disk *d, int folder, const char *name, int file)
{
	struct deed *deed = add(d, NAME, file);

	deed->folder = folder;
	snprintf(deed->name, sizeof(deed->name), "%s", name);
	return deed;
}

static struct deed *add_write(struct disk *d, int file, off_t at, size_t len)
{
	struct deed *deed = add(d, WRITE, file);

	deed->at = at;
	deed->len = len;
	deed->data = malloc(len + 1);
	if (!deed->data)
		stop_test("out of memory");
	return deed;
}

/* As the processes see it: the last that was done to the name. */
static int find(const struct disk *d, int folder, const char *name)
{
	for (unsigned i = d->n; i-- > 0;) {
		const struct deed *deed = &d->deeds[i];

		if (deed->kind != NAME || deed->folder != folder)
			continue;
		if (strcmp(deed->name, name) == 0)
			return deed->file;
		if (strcmp(deed->old_name, name) == 0)
			return NOBODY;
	}
	return NOBODY;
}

/* False if it is not below the folder.  The last part's folder, which must be there. */
static bool resolve(const struct disk *d, const char *path, int *ret_folder, const char **ret_name)
{
	size_t len = strlen(d->folder);
	char part[NAME_MAX + 1];
	int folder = ROOT;

	if (strncmp(path, d->folder, len) != 0 || path[len] != '/')
		return false;
	for (path += len + 1; strchr(path, '/'); path += strlen(part) + 1) {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(path, "/"), path);
		folder = find(d, folder, part);
		if (folder == NOBODY)
			return false;
	}
	*ret_folder = folder;
	*ret_name = path;
	return true;
}

/* The beginning */

static void load_file(struct disk *d, const char *path, int file)
{
	struct stat st;
	struct deed *deed;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0 || (size_t)st.st_size > WRITE_MAX)
		stop_test("cannot load %s", path);
	deed = add_write(d, file, 0, (size_t)st.st_size);
	if (read(fd, deed->data, deed->len) != (ssize_t)deed->len)
		stop_test("cannot read %s", path);
	close(fd);
	add(d, SYNC, file);
}

static void load(struct disk *d, const char *path, int folder)
{
	DIR *dir = opendir(path);
	char below[PATH_MAX];
	struct stat st;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		int file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (stat(below, &st) < 0)
			stop_test("cannot look at %s", below);
		file = new_file(d, S_ISDIR(st.st_mode));
		add_name(d, folder, entry->d_name, file);
		if (S_ISDIR(st.st_mode))
			load(d, below, file);
		else
			load_file(d, below, file);
	}
	if (dir)
		closedir(dir);
	add(d, SYNC, folder);
}

struct disk *disk_new(const char *folder)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (!d)
		stop_test("out of memory");
	snprintf(d->folder, sizeof(d->folder), "%s", folder);
	disk_new_process(d);
	load(d, folder, new_file(d, true));
	d->loaded = d->n;
	return d;
}

void disk_free(struct disk *d)
{
	for (unsigned i = 0; i < d->n; i++)
		free(d->deeds[i].data);
	free(d);
}

void disk_new_process(struct disk *d)
{
	for (int i = 0; i < FDS_MAX; i++)
		d->fds[i].file = NOBODY;
}

void disk_told(struct disk *d)
{
	add(d, TOLD, NOBODY);
}

unsigned disk_done(const struct disk *d)
{
	return d->n;
}

/* Recording */

static struct open_file *open_file_of(struct disk *d, uint64_t fd)
{
	if (fd >= FDS_MAX || d->fds[fd].file == NOBODY)
		return NULL;
	return &d->fds[fd];
}

static void note_open(struct disk *d, const struct call *c, uint64_t path_at, uint64_t flags)
{
	struct open_file *f = &d->fds[c->result];
	char path[PATH_MAX];
	const char *name;
	int folder;

	if (c->result >= FDS_MAX)
		stop_test("descriptor %ld", (long)c->result);
	f->file = NOBODY;
	call_text(c, path_at, path);
	if (strcmp(path, d->folder) == 0)
		f->file = ROOT;
	else if (resolve(d, path, &folder, &name))
		f->file = find(d, folder, name);
	else
		return;
	if (f->file == NOBODY && flags & O_CREAT) {
		f->file = new_file(d, false);
		add_name(d, folder, name, f->file);
	}
	if (f->file == NOBODY)
		stop_test("%s was opened, and nobody made it", path);
	if (flags & O_TRUNC)
		add(d, SIZE, f->file);
	f->synced = flags & (O_DSYNC | O_SYNC);
	f->at = 0;
}

static void note_write(struct disk *d, const struct call *c, struct open_file *f, off_t at,
		       const struct iovec *parts, size_t n)
{
	size_t left = (size_t)c->result, done = 0;
	int index = (int)d->n;
	struct deed *deed = add_write(d, f->file, at, left);

	for (size_t i = 0; i < n && left; i++) {
		size_t len = parts[i].iov_len < left ? parts[i].iov_len : left;

		call_memory(c, (uintptr_t)parts[i].iov_base, deed->data + done, len);
		done += len;
		left -= len;
	}
	if (f->synced)
		add(d, SYNC, f->file)->alone = index;
}

static void note_writes(struct disk *d, const struct call *c, struct open_file *f)
{
	bool vector = c->number == SYS_writev || c->number == SYS_pwritev;
	bool placed = c->number == SYS_pwrite64 || c->number == SYS_pwritev;
	struct iovec parts[1024] = { { (void *)(uintptr_t)c->args[1], c->args[2] } };
	size_t n = vector ? c->args[2] : 1;

	if (n > ARRAY_LEN(parts))
		stop_test("a write of %zu parts", n);
	if (vector)
		call_memory(c, c->args[1], parts, n * sizeof(parts[0]));
	note_write(d, c, f, placed ? (off_t)c->args[3] : f->at, parts, n);
	if (!placed)
		f->at += c->result;
}

static void note_name(struct disk *d, const struct call *c, bool folder)
{
	char path[PATH_MAX];
	const char *name;
	int above;

	call_text(c, c->args[0], path);
	if (resolve(d, path, &above, &name))
		add_name(d, above, name, folder ? new_file(d, true) : NOBODY);
}

static void note_rename(struct disk *d, const struct call *c)
{
	char from[PATH_MAX], to[PATH_MAX];
	const char *old_name, *name;
	int folder, above;
	struct deed *deed;

	call_text(c, c->args[0], from);
	call_text(c, c->args[1], to);
	if (!resolve(d, from, &above, &old_name) || !resolve(d, to, &folder, &name))
		return;
	if (above != folder)
		stop_test("%s changes its folder", from);
	deed = add_name(d, folder, name, find(d, above, old_name));
	snprintf(deed->old_name, sizeof(deed->old_name), "%s", old_name);
}

static void note_map(struct disk *d, const struct call *c)
{
	struct open_file *f = open_file_of(d, c->args[4]);

	if (f && c->args[2] & PROT_WRITE && c->args[3] & MAP_SHARED)
		d->files[f->file].mapped = true;
}

/* What is done by descriptor. */
static void note_file(struct disk *d, const struct call *c)
{
	struct open_file *f = open_file_of(d, c->args[0]);

	if (!f)
		return;
	switch (c->number) {
	case SYS_close:
		f->file = NOBODY;
		break;
	case SYS_lseek:
		f->at = c->result;
		break;
	case SYS_fsync:
	case SYS_fdatasync:
		add(d, SYNC, f->file);
		break;
	case SYS_ftruncate:
		add(d, SIZE, f->file)->at = (off_t)c->args[1];
		break;
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_pwritev:
		note_writes(d, c, f);
		break;
	case SYS_fcntl:
		if (c->args[1] != F_DUPFD && c->args[1] != F_DUPFD_CLOEXEC)
			break;
		/* fall through */
	case SYS_dup:
	case SYS_dup2:
	case SYS_dup3:
	case SYS_fallocate:
	case SYS_copy_file_range:
	case SYS_sendfile:
	case SYS_sync_file_range:
	case SYS_pwritev2:
		stop_test("%s of a file is not known here", call_name(c->number));
	default:
		break;
	}
}

int disk_watch(const struct call *c, enum moment moment, void *disk)
{
	if (moment == CALL_BEGINS || c->result < 0)
		return TRACE_GO_ON;
	switch (c->number) {
	case SYS_open:
		note_open(disk, c, c->args[0], c->args[1]);
		break;
	case SYS_openat:
		note_open(disk, c, c->args[1], c->args[2]);
		break;
	case SYS_mkdir:
		note_name(disk, c, true);
		break;
	case SYS_unlink:
	case SYS_rmdir:
		note_name(disk, c, false);
		break;
	case SYS_rename:
		note_rename(disk, c);
		break;
	case SYS_mmap:
		note_map(disk, c);
		break;
	case SYS_link:
	case SYS_linkat:
	case SYS_symlink:
	case SYS_symlinkat:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_mkdirat:
	case SYS_truncate:
		stop_test("%s is not known here", call_name(c->number));
	default:
		note_file(disk, c);
	}
	return TRACE_GO_ON;
}

/* Cutting */

/* What of each deed is on the disk. */
enum part { NONE, WHOLE, HEAD, TAIL };

struct state {
	enum part parts[DEEDS_MAX];
	size_t torn_at;		/* bytes of HEAD, or before TAIL */
};

struct cutting {
	const struct disk *disk;
	unsigned now;
	enum forgotten forgotten;
	unsigned told;
	unsigned open[DEEDS_MAX], n_open;	/* deeds that are not certain */
	struct state certain;
	uint64_t seen[STATES_MAX];
	unsigned n_seen;
	const char *folder;
	cut_visitor *visit;
	void *arg;
	bool enough;
};

static bool is_forgotten(const struct cutting *c, const struct deed *sync)
{
	return c->forgotten & (c->disk->files[sync->file].folder ? SYNCS_OF_FOLDERS
								  : SYNCS_OF_FILES);
}

static bool is_covered(const struct deed *sync, const struct deed *deed, unsigned index)
{
	if (sync->alone != NOBODY)
		return sync->alone == (int)index;
	return (deed->kind == NAME ? deed->folder : deed->file) == sync->file;
}

/* Whether a sync that was done before now covers the deed. */
static bool is_certain(const struct cutting *c, unsigned index)
{
	const struct disk *d = c->disk;

	for (unsigned i = index + 1; i < c->now; i++)
		if (d->deeds[i].kind == SYNC && (i < d->loaded || !is_forgotten(c, &d->deeds[i])) &&
		    is_covered(&d->deeds[i], &d->deeds[index], index))
			return true;
	return false;
}

static void sort_out(struct cutting *c)
{
	memset(&c->certain, 0, sizeof(c->certain));
	c->n_open = c->told = 0;
	for (unsigned i = 0; i < c->now; i++) {
		enum deed_kind kind = c->disk->deeds[i].kind;

		c->told += kind == TOLD;
		if (kind == TOLD || kind == SYNC)
			continue;
		if (is_certain(c, i))
			c->certain.parts[i] = WHOLE;
		else
			c->open[c->n_open++] = i;
	}
}

static uint64_t digest(const struct cutting *c, const struct state *s)
{
	uint64_t h = 14695981039346656037u ^ c->told;

	for (unsigned i = 0; i < c->disk->n; i++) {
		h = (h ^ (uint64_t)s->parts[i]) * 1099511628211u;
		if (s->parts[i] > WHOLE)
			h = (h ^ s->torn_at) * 1099511628211u;
	}
	return h;
}

static bool is_new(struct cutting *c, const struct state *s)
{
	uint64_t h = digest(c, s);

	for (unsigned i = 0; i < c->n_seen; i++)
		if (c->seen[i] == h)
			return false;
	if (c->n_seen == STATES_MAX)
		stop_test("more than %d states", STATES_MAX);
	c->seen[c->n_seen++] = h;
	return true;
}

static void fill_with_garbage(int fd)
{
	char garbage[8192];
	struct stat st;

	memset(garbage, GARBAGE, sizeof(garbage));
	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    pwrite(fd, garbage, (size_t)st.st_size < sizeof(garbage) ? (size_t)st.st_size :
		   sizeof(garbage), 0) < 0)
		stop_test("cannot write garbage");
}

static void write_part(int fd, const struct deed *deed, enum part part, size_t torn_at)
{
	size_t from = part == TAIL ? torn_at : 0;
	size_t to = part == HEAD ? torn_at : deed->len;

	if (pwrite(fd, deed->data + from, to - from, deed->at + (off_t)from) !=
	    (ssize_t)(to - from))
		stop_test("cannot write a state: %s", strerror(errno));
}

static void make_file(const struct cutting *c, const struct state *s, int file, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		stop_test("cannot make %s: %s", path, strerror(errno));
	for (unsigned i = 0; i < c->now; i++) {
		const struct deed *deed = &c->disk->deeds[i];

		if (!s->parts[i] || deed->file != file)
			continue;
		if (deed->kind == SIZE && ftruncate(fd, deed->at) < 0)
			stop_test("cannot set a size: %s", strerror(errno));
		if (deed->kind == WRITE)
			write_part(fd, deed, s->parts[i], s->torn_at);
	}
	if (c->disk->files[file].mapped)
		fill_with_garbage(fd);
	close(fd);
}

static bool removes(const struct deed *later, const struct deed *deed)
{
	return later->kind == NAME && later->folder == deed->folder &&
	       (strcmp(later->name, deed->name) == 0 || strcmp(later->old_name, deed->name) == 0);
}

/* The name that the deed gave is still there. */
static bool still_names(const struct cutting *c, const struct state *s, unsigned index)
{
	for (unsigned i = index + 1; i < c->now; i++)
		if (s->parts[i] && removes(&c->disk->deeds[i], &c->disk->deeds[index]))
			return false;
	return true;
}

static void make_folder(const struct cutting *c, const struct state *s, int folder,
			const char *path)
{
	char below[PATH_MAX];

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		stop_test("cannot make %s: %s", path, strerror(errno));
	for (unsigned i = 0; i < c->now; i++) {
		const struct deed *deed = &c->disk->deeds[i];

		if (deed->kind != NAME || !s->parts[i] || deed->folder != folder ||
		    deed->file == NOBODY || !still_names(c, s, i))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, deed->name);
		if (c->disk->files[deed->file].folder)
			make_folder(c, s, deed->file, below);
		else
			make_file(c, s, deed->file, below);
	}
}

static void empty(const char *path)
{
	DIR *dir = opendir(path);
	char below[PATH_MAX];

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (unlink(below) == 0)
			continue;
		empty(below);
		if (rmdir(below) < 0)
			stop_test("cannot remove %s: %s", below, strerror(errno));
	}
	if (dir)
		closedir(dir);
}

static void show(struct cutting *c, const struct state *s)
{
	if (c->enough || !is_new(c, s))
		return;
	empty(c->folder);
	make_folder(c, s, ROOT, c->folder);
	c->enough = !c->visit(c->folder, c->told, c->arg);
}

/* The write of the i-th open deed torn at each sector: all others there, or none later. */
static void show_torn(struct cutting *c, const struct state *all, unsigned i)
{
	const struct deed *deed = &c->disk->deeds[c->open[i]];
	size_t step = deed->len > 16 * SECTOR ? 4096 : SECTOR;
	size_t first = step - (size_t)deed->at % step;
	struct state s = *all;

	if (deed->kind != WRITE)
		return;
	for (s.torn_at = first; s.torn_at < deed->len; s.torn_at += step) {
		s.parts[c->open[i]] = HEAD;
		show(c, &s);
		s.parts[c->open[i]] = TAIL;
		show(c, &s);
	}
	s.parts[c->open[i]] = HEAD;
	for (unsigned j = i + 1; j < c->n_open; j++)
		s.parts[c->open[j]] = NONE;
	for (s.torn_at = first; s.torn_at < deed->len; s.torn_at += step)
		show(c, &s);
}

static void show_states(struct cutting *c)
{
	struct state some = c->certain, all = c->certain, one;

	show(c, &some);
	for (unsigned i = 0; i < c->n_open; i++) {
		some.parts[c->open[i]] = all.parts[c->open[i]] = WHOLE;
		show(c, &some);
	}
	for (unsigned i = 0; i < c->n_open; i++) {
		one = all;
		one.parts[c->open[i]] = NONE;
		show(c, &one);
		one = c->certain;
		one.parts[c->open[i]] = WHOLE;
		show(c, &one);
		show_torn(c, &all, i);
	}
}

unsigned disk_cuts(const struct disk *d, unsigned from, enum forgotten forgotten,
		   const char *folder, cut_visitor *visit, void *arg)
{
	struct cutting *c = calloc(1, sizeof(*c));
	unsigned states;

	if (!c)
		stop_test("out of memory");
	*c = (struct cutting){ .disk = d, .forgotten = forgotten, .folder = folder,
			       .visit = visit, .arg = arg };
	for (c->now = from; c->now <= d->n && !c->enough; c->now++) {
		sort_out(c);
		show_states(c);
	}
	states = c->n_seen;
	free(c);
	return states;
}
