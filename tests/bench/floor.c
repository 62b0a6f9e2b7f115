/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that the work can cost: a process that writes the same bytes, and does
 * nothing else.
 *
 *	floor etcd PORT REQUEST N KEY NEW-KEY	over HTTP, one new connection
 *	floor lmdb FOLDER REQUEST N KEY NEW-KEY	into LMDB, synced
 *
 * REQUEST is a file with one request to etcd as calico-ipam sends it (wiretap keeps
 * one, `floor.inc.sh` fits its compares): to its gateway, headers and body, or by gRPC,
 * with all that the connection sends.  It is sent N times in sequence, by gRPC once;
 * each answer must say that the transaction succeeded.
 * Before, KEY is replaced by NEW-KEY, of the same length, wherever it stands, in the
 * gateway's requests whole in base64; so that each time a new record is written, "%n" in
 * NEW-KEY becomes the number of the turn in three digits and counts as three characters.
 *
 * LMDB is given what a request to the gateway puts.
 */
#include "base/b64.h"
#include "tests/bench/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_MAX (4 * 1024 * 1024)	/* bytes */
#define KEY_LEN 512
#define MAP_BYTES ((size_t)64 << 20)

static char request[REQUEST_MAX + 1];
static size_t request_len;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "floor: %s: %s\n", what, why);
	exit(1);
}

static void read_request(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, request, REQUEST_MAX);

	if (n <= 0)
		die(path, strerror(errno));
	close(fd);
	request_len = (size_t)n;
}

static void replace_text(const char *old, const char *new, size_t len)
{
	char *at = request;

	while ((at = memmem(at, request_len - (size_t)(at - request), old, len))) {
		memcpy(at, new, len);
		at += len;
	}
}

static void replace_base64(const char *old, const char *new, size_t len)
{
	struct buf before __cleanup(buf_done) = BUF(KEY_LEN * 2);
	struct buf after __cleanup(buf_done) = BUF(KEY_LEN * 2);

	b64_encode(&before, old, len);
	b64_encode(&after, new, len);
	replace_text(before.data, after.data, after.len);
}

/* Replaces the one key by the other; `old` becomes it, for the next turn. */
static void replace_key(char old[KEY_LEN], const char *template, unsigned turn)
{
	char new[KEY_LEN];
	const char *n = strstr(template, "%n");

	if (n)
		snprintf(new, sizeof(new), "%.*s%03u%s", (int)(n - template), template, turn,
			 n + 2);
	else
		snprintf(new, sizeof(new), "%s", template);
	if (strlen(new) != strlen(old))
		die(new, "not as long as the key that it is to replace");
	if (exchange_is_grpc(request, request_len))
		replace_text(old, new, strlen(new));
	else
		replace_base64(old, new, strlen(new));
	snprintf(old, KEY_LEN, "%s", new);
}

static void write_to_etcd(const char *port, unsigned times, char key[KEY_LEN], const char *new_key)
{
	int fd = exchange_connect(port);

	if (times > 1 && exchange_is_grpc(request, request_len))
		die("usage", "a request by gRPC has its connection's beginning");
	for (unsigned turn = 0; turn < times; turn++) {
		replace_key(key, new_key, turn);
		exchange(fd, request, request_len);
	}
}

static void must(int rc)
{
	if (rc)
		die("LMDB", mdb_strerror(rc));
}

/* The text between the marker and the next quote, decoded; moves *at behind it. */
static MDB_val next_text(char **at, const char *marker, struct buf *out)
{
	char *begin = strstr(*at, marker), *end;

	begin = begin ? begin + strlen(marker) : "";
	end = strchr(begin, '"');
	buf_init(out, REQUEST_MAX);
	if (!end || b64_decode(out, begin, (size_t)(end - begin)) < 0)
		die("request", "not one of calico-ipam's");
	*at = end;
	return (MDB_val){ out->len, out->data };
}

static void write_puts(MDB_env *env)
{
	char *at = strstr(request, "\"success\":["), *next;
	MDB_txn *txn;
	MDB_dbi dbi;

	must(mdb_txn_begin(env, NULL, 0, &txn));
	must(mdb_dbi_open(txn, NULL, 0, &dbi));
	while (at && (next = strstr(at, "{\"request_put\":{"))) {
		struct buf key_text __cleanup(buf_done) = BUF(0);
		struct buf value_text __cleanup(buf_done) = BUF(0);
		MDB_val key = next_text(&next, "\"key\":\"", &key_text);
		MDB_val value = next_text(&next, "\"value\":\"", &value_text);

		must(mdb_put(txn, dbi, &key, &value, 0));
		at = next;
	}
	must(mdb_txn_commit(txn));
}

static void write_to_lmdb(const char *folder, unsigned times, char key[KEY_LEN],
			  const char *new_key)
{
	MDB_env *env;

	mkdir(folder, 0700);
	must(mdb_env_create(&env));
	must(mdb_env_set_mapsize(env, MAP_BYTES));
	must(mdb_env_open(env, folder, 0, 0600));
	for (unsigned turn = 0; turn < times; turn++) {
		replace_key(key, new_key, turn);
		write_puts(env);
	}
	mdb_env_close(env);
}

int main(int argc, char **argv)
{
	char key[KEY_LEN];

	if (argc != 7)
		die("usage", "floor etcd|lmdb PORT|FOLDER REQUEST N KEY NEW-KEY");
	read_request(argv[3]);
	snprintf(key, sizeof(key), "%s", argv[5]);
	if (strcmp(argv[1], "etcd") == 0)
		write_to_etcd(argv[2], (unsigned)atoi(argv[4]), key, argv[6]);
	else
		write_to_lmdb(argv[2], (unsigned)atoi(argv[4]), key, argv[6]);
	return 0;
}
