/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/grpc.h"

#include "datastore/etcd/wire_answer.h"

#include <stdlib.h>
#include <string.h>

#define UNIMPLEMENTED 12	/* of grpc/codes: no such service there */

static const char *const paths[WIRE_CALLS] = {
	[WIRE_TXN] = "/etcdserverpb.KV/Txn",
	[WIRE_AUTHENTICATE] = "/etcdserverpb.Auth/Authenticate",
	[WIRE_STATUS] = "/etcdserverpb.Maintenance/Status",
	[WIRE_WATCH] = "/etcdserverpb.Watch/Watch",
};

const char *grpc_path(enum wire_call call)
{
	return paths[call];
}

static void print_one(const char *message, size_t len, struct buf *out)
{
	const unsigned char head[GRPC_HEAD_LEN] = {
		0, (unsigned char)(len >> 24), (unsigned char)(len >> 16),
		(unsigned char)(len >> 8), (unsigned char)len
	};

	buf_add(out, head, sizeof(head));
	buf_add(out, message, len);
}

void grpc_print(enum wire_call call, const char *message, size_t len, struct buf *out)
{
	struct protobuf p = protobuf_of(message, len);
	const char *from = message;

	if (call != WIRE_WATCH) {
		print_one(message, len, out);
		return;
	}
	while (protobuf_next(&p)) {
		print_one(from, (size_t)(p.at - from), out);
		from = p.at;
	}
}

int64_t grpc_len(const char *head)
{
	const unsigned char *h = (const unsigned char *)head;

	if (h[0])
		return -1;
	return (int64_t)h[1] << 24 | h[2] << 16 | h[3] << 8 | h[4];
}

int grpc_read(const char *body, size_t len, const char **ret_message, size_t *ret_len,
	      struct err *e)
{
	if (len < GRPC_HEAD_LEN || grpc_len(body) != (int64_t)(len - GRPC_HEAD_LEN))
		return wire_not_etcd(e, "it is not one message of gRPC");
	*ret_message = body + GRPC_HEAD_LEN;
	*ret_len = len - GRPC_HEAD_LEN;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* As gRPC writes it: %41 is "A". */
static void decode(const char *text, char out[HTTP_GRPC_TEXT_LEN])
{
	while (*text) {
		int high = *text == '%' ? hex_digit(text[1]) : -1;
		int low = high < 0 ? -1 : hex_digit(text[2]);

		*out++ = (char)(low < 0 ? *text : high << 4 | low);
		text += low < 0 ? 1 : 3;
	}
	*out = '\0';
}

enum wire_refusal grpc_refusal(const struct http_grpc *end, char words[WIRE_TEXT_LEN])
{
	char text[HTTP_GRPC_TEXT_LEN];

	decode(end->message, text);
	wire_words(words, text, strlen(text));
	if (end->status == UNIMPLEMENTED)
		return REFUSED_NOT_ETCD;
	return wire_meaning((uint64_t)end->status, text);
}
