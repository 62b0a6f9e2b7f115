/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fits a gRPC request of calico-ipam's so that it can be sent again and again.
 *
 *	copies REQUEST
 *
 * REQUEST is all that a connection sent, as wiretap keeps it.  In place, so that not a byte
 * is more or less, its compares come to name copies of the blocks and of the mirror's nonce,
 * and its puts others.  A copy is asked for its version, 1, as nobody knows beforehand which
 * revision it gets.  What puts the copies goes to stdout, for `etcdctl txn`.
 */
#include "base/buf.h"
#include "datastore/etcd/grpc.h"
#include "datastore/etcd/protobuf.h"
#include "datastore/etcd/rpc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PREFACE 24	/* bytes of HTTP/2, before its frames */
#define FRAME_HEAD 9	/* bytes: length, type, flags, stream */
#define DATA 0
#define END_STREAM 1

static const struct {
	const char *of, *copy, *other;	/* beginnings of keys, of the same length */
} names[] = {
	{ "/calico/ipam/v2/assignment/", "/calico/ipam/v2/floor-seen/",
	  "/calico/ipam/v2/floor-done/" },
	{ "/calico/ipam/v2/mirror/", "/calico/ipam/v2/m-seen/", "/calico/ipam/v2/m-done/" },
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "copies: %s\n", what);
	exit(1);
}

/* The file's bytes, to be changed there. */
static char *map_request(const char *path, size_t *ret_len)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	*ret_len = (size_t)st.st_size;
	bytes = mmap(NULL, *ret_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		die(path);
	return bytes;
}

/* One frame has the whole message, as the floor's requests are small. */
static struct protobuf find_message(const char *bytes, size_t len)
{
	size_t frame_len;

	for (size_t at = PREFACE; at + FRAME_HEAD <= len; at += FRAME_HEAD + frame_len) {
		const unsigned char *head = (const unsigned char *)bytes + at;

		frame_len = (size_t)head[0] << 16 | head[1] << 8 | head[2];
		if (head[3] == DATA && head[4] & END_STREAM &&
		    frame_len >= GRPC_HEAD_LEN && at + FRAME_HEAD + frame_len <= len)
			return protobuf_of(bytes + at + FRAME_HEAD + GRPC_HEAD_LEN,
					   frame_len - GRPC_HEAD_LEN);
	}
	die("no request by gRPC in one frame");
}

/* Returns false if the key is none of those that have copies. */
static bool rename_key(const struct protobuf *key, bool to_copy)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i].of);

		if (key->len < len || memcmp(key->data, names[i].of, len) != 0)
			continue;
		memcpy(unconst(key->data), to_copy ? names[i].copy : names[i].other, len);
		return true;
	}
	return false;
}

/* As `etcdctl txn` reads it: as Go quotes a text. */
static void print_text(const char *data, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"' || data[i] == '\\')
			putchar('\\');
		putchar(data[i]);
	}
	putchar('"');
}

static void print_put(const struct protobuf *key, const char *value, size_t len)
{
	fputs("put ", stdout);
	print_text(key->data, key->len);
	putchar(' ');
	print_text(value, len);
	putchar('\n');
}

struct compare {
	struct protobuf key, target, revision, value;	/* at these fields; zeros: it lacks that */
};

static struct compare read_compare(struct protobuf p)
{
	struct compare c = {0};

	while (protobuf_next(&p)) {
		if (p.field == COMPARE_KEY)
			c.key = p;
		else if (p.field == COMPARE_TARGET)
			c.target = p;
		else if (p.field == COMPARE_MOD_REVISION)
			c.revision = p;
		else if (p.field == COMPARE_VALUE)
			c.value = p;
	}
	return c;
}

/* The number becomes 1 in as many bytes as it has: all but the last say that more follow. */
static void compare_version(const struct compare *c)
{
	char *end = unconst(c->revision.at), *at = end - 1;

	while (at[-1] & 0x80)
		at--;
	at[-1] = COMPARE_VERSION << 3 | PROTOBUF_NUMBER;
	memset(at, 0x80, (size_t)(end - at));
	*at |= 1;
	end[-1] &= 0x7f;
	*(char *)unconst(c->target.at - 1) = TARGET_VERSION;
}

static void fit_compare(struct protobuf p)
{
	struct compare c = read_compare(p);

	if (!c.key.field || !rename_key(&c.key, true))
		return;
	if (c.revision.field)
		compare_version(&c);
	else if (!c.value.field)
		die("a block is compared neither by revision nor by value");
	if (c.value.field)
		print_put(&c.key, c.value.data, c.value.len);
	else
		print_put(&c.key, "x", 1);
}

static void fit_put(struct protobuf op)
{
	struct protobuf p;

	if (!protobuf_next(&op) || op.field != OP_PUT)
		return;
	p = protobuf_within(&op);
	if (protobuf_next(&p) && p.field == PUT_KEY)
		rename_key(&p, false);
}

int main(int argc, char **argv)
{
	struct protobuf message;
	char *bytes;
	size_t len;

	if (argc != 2)
		die("usage: copies REQUEST");
	bytes = map_request(argv[1], &len);
	message = find_message(bytes, len);
	while (protobuf_next(&message)) {
		if (message.field == TXN_COMPARE)
			fit_compare(protobuf_within(&message));
		else if (message.field == TXN_SUCCESS)
			fit_put(protobuf_within(&message));
	}
	return 0;
}
