/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/protobuf.h"

#include <string.h>

#define TYPE_BITS 3
#define VARINT_BYTES 10		/* of 64 bits, seven a byte */
#define LENGTH_BYTES 4		/* of a message within: it is filled in at its end */
#define MORE 0x80		/* another byte follows */

static void add_varint(struct buf *out, uint64_t n)
{
	for (; n >= MORE; n >>= 7)
		buf_putc(out, (char)(n | MORE));
	buf_putc(out, (char)n);
}

static void add_tag(struct buf *out, unsigned field, enum protobuf_type type)
{
	add_varint(out, (uint64_t)field << TYPE_BITS | type);
}

void protobuf_number(struct buf *out, unsigned field, uint64_t n)
{
	if (!n)
		return;
	add_tag(out, field, PROTOBUF_NUMBER);
	add_varint(out, n);
}

void protobuf_bytes(struct buf *out, unsigned field, const void *data, size_t len)
{
	add_tag(out, field, PROTOBUF_BYTES);
	add_varint(out, len);
	buf_add(out, data, len);
}

size_t protobuf_begin(struct buf *out, unsigned field)
{
	static const char room[LENGTH_BYTES];

	add_tag(out, field, PROTOBUF_BYTES);
	buf_add(out, room, sizeof(room));
	return out->len;
}

/* As many bytes as there is room for: all but the last say that more follow. */
void protobuf_end(struct buf *out, size_t begun)
{
	size_t len = out->len - begun;

	if (out->failed)
		return;
	if (len >> (7 * LENGTH_BYTES)) {
		out->failed = out->full = true;
		return;
	}
	for (size_t i = 0; i < LENGTH_BYTES; i++, len >>= 7)
		out->data[begun - LENGTH_BYTES + i] =
			(char)((len & (MORE - 1)) | (i + 1 < LENGTH_BYTES ? MORE : 0));
}

struct protobuf protobuf_of(const char *data, size_t len)
{
	return (struct protobuf){ .at = data, .end = data + len };
}

struct protobuf protobuf_within(const struct protobuf *p)
{
	return protobuf_of(p->data, p->len);
}

static bool fail(struct protobuf *p)
{
	p->bad = true;
	return false;
}

static bool take_varint(struct protobuf *p, uint64_t *ret)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < VARINT_BYTES && p->at < p->end; i++) {
		unsigned char c = (unsigned char)*p->at++;

		n |= (uint64_t)(c & (MORE - 1)) << (7 * i);
		if (c < MORE) {
			*ret = n;
			return i + 1 < VARINT_BYTES || c < 2 || fail(p);
		}
	}
	return fail(p);
}

static bool take_bytes(struct protobuf *p, uint64_t len)
{
	if (len > (uint64_t)(p->end - p->at))
		return fail(p);
	p->data = p->at;
	p->len = (size_t)len;
	p->at += len;
	return true;
}

bool protobuf_next(struct protobuf *p)
{
	uint64_t tag, len;

	if (p->bad || p->at == p->end || !take_varint(p, &tag))
		return false;
	if (!(tag >> TYPE_BITS) || tag >> (32 + TYPE_BITS))
		return fail(p);
	p->field = (unsigned)(tag >> TYPE_BITS);
	p->type = (enum protobuf_type)(tag & ((1 << TYPE_BITS) - 1));
	switch (p->type) {
	case PROTOBUF_NUMBER:
		return take_varint(p, &p->number);
	case PROTOBUF_FIXED64:
		return take_bytes(p, 8);
	case PROTOBUF_BYTES:
		return take_varint(p, &len) && take_bytes(p, len);
	case PROTOBUF_FIXED32:
		return take_bytes(p, 4);
	}
	return fail(p);
}
