/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/machine.h"

#include "base/fnv.h"
#include "base/io.h"
#include "tests/sim/queue/host_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What becomes of a mirror.  In the last it fits in form: identity and checksum are right. */
enum mirror_fate { MIRROR_LOST, MIRROR_OLDER, MIRROR_OF_ANOTHER_HOST, MIRROR_TORN,
		   MIRROR_OF_ANOTHER_STORE };

#define MAGIC_LEN 21 /* bytes of a mirror file before its checksum (datastore/mirror.c) */

/* What ipam/ and datastore/ ask the machine for (replaced.ld). */
int64_t __wrap_clock_now_ns(void);
void __wrap_deadline_sleep_ms(struct deadline until, int64_t ms);
struct deadline __wrap_deadline_within_ms(struct deadline d, int64_t ms);
int64_t __wrap_deadline_left_ms(struct deadline d);
int __wrap_io_read_own_file(const char *path, struct buf *out, struct err *e);
int __wrap_io_overwrite_own_file(const char *path, const void *data, size_t len, mode_t mode,
				 struct err *e);
int __wrap_io_make_parent(const char *path, mode_t mode, struct err *e);
int __wrap_unlink(const char *path);

int64_t __wrap_clock_now_ns(void)
{
	return world.current ? host_now(world.current->host) : world.now_ns;
}

void __wrap_deadline_sleep_ms(struct deadline until __unused_arg, int64_t ms __unused_arg)
{
	actor_stop(STOP_PAUSE);
}

int64_t __wrap_deadline_left_ms(struct deadline d)
{
	int64_t left = d.at_ms - world.now_ns / 1000000;
	struct actor *a = world.current;

	if (a && a->ends_ns && world.now_ns >= a->ends_ns)
		a->over = true;
	return left > 0 ? left : 0;
}

/* Of true time, which is not this machine's. */
struct deadline __wrap_deadline_within_ms(struct deadline d, int64_t ms)
{
	int64_t until = world.now_ns / 1000000 + ms;

	return (struct deadline){ until < d.at_ms ? until : d.at_ms };
}

static struct host *host_of_file(const char *path)
{
	for (unsigned i = 0; i < HOSTS; i++)
		if (strcmp(world.hosts[i].mirror_path, path) == 0)
			return &world.hosts[i];
	return NULL;
}

int __wrap_io_read_own_file(const char *path, struct buf *out, struct err *e)
{
	struct host *h = host_of_file(path);

	if (!h || !h->mirrors[0].len)
		return err_set(e, ERR_NOT_FOUND, "%s is not there", path);
	buf_add(out, h->mirrors[0].data, h->mirrors[0].len);
	return 0;
}

/* The newest first; the oldest goes. */
int __wrap_io_overwrite_own_file(const char *path, const void *data, size_t len,
				 mode_t mode __unused_arg, struct err *e __unused_arg)
{
	struct host *h = world.current->host;
	struct buf oldest = h->mirrors[MIRRORS_KEPT - 1];

	snprintf(h->mirror_path, sizeof(h->mirror_path), "%s", path);
	memmove(&h->mirrors[1], &h->mirrors[0], (MIRRORS_KEPT - 1) * sizeof(oldest));
	buf_reset(&oldest);
	buf_add(&oldest, data, len);
	h->mirrors[0] = oldest;
	return 0;
}

int __wrap_io_make_parent(const char *path __unused_arg, mode_t mode __unused_arg,
			  struct err *e __unused_arg)
{
	return 0;
}

int __wrap_unlink(const char *path)
{
	struct host *h = host_of_file(path);

	if (h)
		buf_reset(&h->mirrors[0]);
	else if (world.current && !host_files_unlink(path)) {
		errno = ENOENT;
		return -1;
	}
	return 0;
}

static void sign(struct buf *file)
{
	size_t head = MAGIC_LEN + sizeof(uint64_t);
	uint64_t sum = fnv1a_words(file->data + head, file->len - head);

	memcpy(file->data + MAGIC_LEN, &sum, sizeof(sum));
}

/* Everywhere; both are as long. */
static void replace(struct buf *file, const char *from, const char *to)
{
	char *at = file->data, *end = file->data + file->len;

	while ((at = memmem(at, (size_t)(end - at), from, strlen(from)))) {
		memcpy(at, to, strlen(to));
		at += strlen(to);
	}
}

static void take(struct host *h, const struct buf *file)
{
	struct buf *mirror = &h->mirrors[0];

	buf_reset(mirror);
	if (file)
		buf_add(mirror, file->data, file->len);
}

/*
 * Behind the identity: whether one was refused, its revision, and it itself; where it was torn
 * before, perhaps nothing.
 */
static void put_another_nonce(struct buf *mirror)
{
	size_t at = MAGIC_LEN + sizeof(uint64_t);
	uint64_t len = 0;

	memcpy(&len, mirror->data + at, sizeof(len));
	if (len >= mirror->len)
		return;
	at += sizeof(len) + len + 1 + 2 * sizeof(len);
	if (at + sizeof(len) >= mirror->len)
		return;
	memcpy(&len, mirror->data + at, sizeof(len));
	if (len)
		mirror->data[at + sizeof(len)] ^= 1;
}

/*
 * As if this host had seen it in another store: who holds what is different there, and so is
 * the nonce.
 */
static void take_for_own(struct host *h, const struct host *other, unsigned seed)
{
	static const char *const handles[] = { "net.c0", "net.c1", "net.c2", "net.c3" };
	struct buf *mirror = &h->mirrors[0];

	if (seed % 2)
		take(h, &other->mirrors[0]);
	if (mirror->len <= MAGIC_LEN + sizeof(uint64_t))
		return;
	put_another_nonce(mirror);
	replace(mirror, other->name, h->name);
	replace(mirror, handles[seed / 2 % 4], handles[seed / 8 % 4]);
	sign(mirror);
}

static void spoil(struct host *h, const struct host *other, enum mirror_fate fate, unsigned seed)
{
	struct buf *mirror = &h->mirrors[0];

	if (fate == MIRROR_LOST)
		take(h, NULL);
	else if (fate == MIRROR_OLDER)
		take(h, &h->mirrors[1 + seed % (MIRRORS_KEPT - 1)]);
	else if (fate == MIRROR_OF_ANOTHER_HOST)
		take(h, &other->mirrors[0]);
	else if (fate == MIRROR_TORN && mirror->len)
		mirror->data[seed % mirror->len] ^= 1;
	else if (fate == MIRROR_OF_ANOTHER_STORE)
		take_for_own(h, other, seed);
}

void mirror_spoil(uint64_t seed)
{
	static const char *const words[] = { "lost", "an older one", "another host's", "torn",
					     "another store's" };
	struct host *h = &world.hosts[seed % HOSTS];
	enum mirror_fate fate = (enum mirror_fate)(seed / 64 % ARRAY_LEN(words));

	spoil(h, &world.hosts[(seed + 1) % HOSTS], fate, (unsigned)(seed >> 16));
	world_tell("     the mirror of %s is %s\n", h->name, words[fate]);
}
