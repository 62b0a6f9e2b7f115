/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/whose.h"

#include "base/io.h"
#include "base/process/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS_MAX 64	/* program headers that are looked at */
#define NOTES_MAX 4096	/* bytes of one of them */

static bool read_at(int fd, void *out, size_t len, uint64_t at)
{
	return pread(fd, out, len, (off_t)at) == (ssize_t)len;
}

static bool is_executable(const ElfW(Ehdr) *h)
{
	int class = sizeof(ElfW(Addr)) == 8 ? ELFCLASS64 : ELFCLASS32;

	return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == class &&
	       h->e_phentsize == sizeof(ElfW(Phdr));
}

static bool notes_hold(int fd, const ElfW(Phdr) *p, const struct mark *mark)
{
	char notes[NOTES_MAX];
	size_t len = p->p_filesz < sizeof(notes) ? p->p_filesz : sizeof(notes);

	return p->p_type == PT_NOTE && read_at(fd, notes, len, p->p_offset) &&
	       memmem(notes, len, mark, sizeof(*mark));
}

static bool has_mark(int fd, const struct mark *mark)
{
	ElfW(Ehdr) h;
	ElfW(Phdr) p;

	if (!read_at(fd, &h, sizeof(h), 0) || !is_executable(&h))
		return false;
	for (unsigned i = 0; i < h.e_phnum && i < HEADERS_MAX; i++)
		if (read_at(fd, &p, sizeof(p), h.e_phoff + i * sizeof(p)) &&
		    notes_hold(fd, &p, mark))
			return true;
	return false;
}

static int whose_file(const char *path, const char *executable, enum whose *ret, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct mark mark = MARK_OF("");
	const char *why = io_open(path, O_RDONLY | O_NOFOLLOW, 0, &fd);

	if (why)
		return err_set(e, ERR_IO, "cannot open %s: %s", path, why);
	memccpy(mark.name, executable, '\0', sizeof(mark.name));
	*ret = has_mark(fd, &mark) ? WHOSE_OURS : WHOSE_OTHERS;
	return 0;
}

int whose(const char *path, const char *executable, enum whose *ret, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT)
			return err_set(e, ERR_IO, "cannot look at %s: %s", path, strerror(errno));
		*ret = WHOSE_NOBODYS;
		return 0;
	}
	if (S_ISREG(st.st_mode))
		return whose_file(path, executable, ret, e);
	if (!S_ISLNK(st.st_mode))
		return err_set(e, ERR_IO, "%s is neither a file nor a link: move it away", path);
	*ret = WHOSE_OTHERS;
	return 0;
}
