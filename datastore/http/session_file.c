/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/session_file.h"

#include "base/clock.h"
#include "base/digest/sha256.h"
#include "base/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_LEN 24

static const char magic[MAGIC_LEN] = "calico-ipam session 1\n";

/* What the file begins with, before the session's bytes. */
struct head {
	char magic[MAGIC_LEN];
	unsigned char seal[SHA256_LEN];
	struct session_lease lease;
};

_Static_assert(SESSION_BINDING_LEN == SHA256_LEN, "a binding is such a digest");

void session_wipe(struct buf *b)
{
	explicit_bzero(b->data, b->len);
	buf_done(b);
}

bool session_lease_holds(const struct session_lease *lease)
{
	int64_t now = clock_now_ns() / 1000000000;

	return lease->from_s <= now && now < lease->until_s &&
	       lease->from_s > now - SESSION_AGE_MAX_S;
}

/* Of the binding, the lease and the bytes. */
static int make_seal(const unsigned char binding[SESSION_BINDING_LEN],
		     const struct session_lease *lease, const char *bytes, size_t len,
		     unsigned char ret[SHA256_LEN])
{
	struct buf all __cleanup(session_wipe) = BUF(SESSION_FILE_MAX * 2);

	buf_add(&all, binding, SESSION_BINDING_LEN);
	buf_add(&all, lease, sizeof(*lease));
	buf_add(&all, bytes, len);
	return all.failed ? -1 : sha256(all.data, all.len, ret);
}

/* Whoever has the lock of a file that still has its name is the only one that will remove it. */
static int take_away(int fd, const char *path)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || st.st_mode & 077 || st.st_nlink != 1)
		return -1;
	return unlink(path);
}

static int open_sealed(const struct buf *file, const unsigned char binding[SESSION_BINDING_LEN],
		       struct session_lease *ret_lease, struct buf *ret_bytes)
{
	unsigned char seal[SHA256_LEN];
	struct head head;

	if (file->len < sizeof(head))
		return -1;
	memcpy(&head, file->data, sizeof(head));
	if (memcmp(head.magic, magic, MAGIC_LEN) != 0 ||
	    !session_lease_holds(&head.lease) ||
	    make_seal(binding, &head.lease, file->data + sizeof(head), file->len - sizeof(head),
		      seal) < 0 ||
	    memcmp(head.seal, seal, sizeof(seal)) != 0)
		return -1;
	buf_add(ret_bytes, file->data + sizeof(head), file->len - sizeof(head));
	if (ret_bytes->failed)
		return -1;
	*ret_lease = head.lease;
	return 0;
}

int session_file_take(const char *path, const unsigned char binding[SESSION_BINDING_LEN],
		      struct session_lease *ret_lease, struct buf *ret_bytes)
{
	struct buf file __cleanup(session_wipe) = BUF(SESSION_FILE_MAX);
	int fd __cleanup(close_fd) = -1;
	struct err ignored = {0};

	if (io_open(path, O_RDONLY | O_NOFOLLOW, 0, &fd) || take_away(fd, path) < 0 ||
	    io_read_fd(fd, &file, path, &ignored) < 0)
		return -1;
	return open_sealed(&file, binding, ret_lease, ret_bytes);
}

void session_file_keep(const char *path, const unsigned char binding[SESSION_BINDING_LEN],
		       const struct session_lease *lease, const struct buf *bytes)
{
	struct buf file __cleanup(session_wipe) = BUF(SESSION_FILE_MAX);
	struct head head = { .lease = *lease };
	struct err ignored = {0};

	memcpy(head.magic, magic, MAGIC_LEN);
	if (make_seal(binding, lease, bytes->data, bytes->len, head.seal) < 0)
		return;
	buf_add(&file, &head, sizeof(head));
	buf_add(&file, bytes->data, bytes->len);
	if (file.failed || io_replace_file(path, file.data, file.len, 0600, &ignored) == 0 ||
	    io_make_parent(path, 0700, &ignored) < 0)
		return;
	io_replace_file(path, file.data, file.len, 0600, &ignored);
}
