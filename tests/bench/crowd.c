/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills an etcd with blocks that belong to other hosts, straight through its gateway.
 *
 *	crowd PORT ADDRESS FIRST COUNT HELD LEAVE
 *
 * Writes the blocks FIRST … FIRST + COUNT - 1 of 64 addresses from ADDRESS on (IPv4 or
 * IPv6), each with its affinity; block i is of host other-<i>, and HELD of its
 * addresses are held, each by a handle of its own.  Every LEAVE-th block is left out;
 * 0: none.
 */
#include "base/b64.h"
#include "base/buf.h"
#include "tests/bench/exchange.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 64
#define OPS_A_REQUEST 120		/* etcd's limit is 128 */
#define BYTES_A_REQUEST (1024 * 1024)	/* of base64; etcd's limit is 1.5 MiB of bytes */
#define TEXT_MAX (4 * 1024 * 1024)

struct base {
	int family;	/* AF_INET, AF_INET6 */
	unsigned char bytes[16];
};

static struct buf batch;
static unsigned n_puts, written;
static int fd;

static void print_cidr(const struct base *base, unsigned block, char slash, char out[64])
{
	size_t len = base->family == AF_INET ? 4 : 16;
	unsigned char bytes[16];
	uint32_t low;

	memcpy(bytes, base->bytes, sizeof(bytes));
	memcpy(&low, bytes + len - 4, sizeof(low));
	low = htonl(ntohl(low) + block * BLOCK_SIZE);
	memcpy(bytes + len - 4, &low, sizeof(low));
	inet_ntop(base->family, bytes, out, INET6_ADDRSTRLEN);
	snprintf(out + strlen(out), 8, "%c%d", slash, base->family == AF_INET ? 26 : 122);
}

static void list_numbers(struct buf *out, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		buf_printf(out, "%s%u", i ? "," : "", i);
}

static void print_attributes(struct buf *out, unsigned block, unsigned held)
{
	for (unsigned i = 0; i < held; i++)
		buf_printf(out, "%s{\"handle_id\":\"net.%056u%08u\",\"secondary\":{"
			   "\"namespace\":\"default\",\"node\":\"other-%u\",\"pod\":\"pod-%u\","
			   "\"timestamp\":\"2026-08-22 10:00:00 +0000 UTC\"}}",
			   i ? "," : "", block, i, block, i);
}

static void print_block(struct buf *out, const char *cidr, unsigned block, unsigned held)
{
	buf_printf(out, "{\"cidr\":\"%s\",\"affinity\":\"host:other-%u\",\"affinity_claim_time\":"
		   "\"2026-08-22T10:00:00Z\",\"allocations\":[", cidr, block);
	list_numbers(out, 0, held);
	for (unsigned i = held; i < BLOCK_SIZE; i++)
		buf_printf(out, "%snull", i ? "," : "");
	buf_puts(out, "],\"unallocated\":[");
	for (unsigned i = held; i < BLOCK_SIZE; i++)
		buf_printf(out, "%s%u", i > held ? "," : "", i);
	buf_puts(out, "],\"attributes\":[");
	print_attributes(out, block, held);
	buf_puts(out, "],\"sequenceNumber\":1787392800000000000,\"sequenceNumberForAllocation\":{},"
		      "\"deleted\":false}");
}

static void add_put(const char *key, const char *value, size_t len)
{
	buf_printf(&batch, "%s{\"request_put\":{\"key\":\"", n_puts++ ? "," : "");
	b64_encode(&batch, key, strlen(key));
	buf_puts(&batch, "\",\"value\":\"");
	b64_encode(&batch, value, len);
	buf_puts(&batch, "\"}}");
}

static void send_puts(void)
{
	struct buf request __cleanup(buf_done) = BUF(TEXT_MAX);

	if (!n_puts)
		return;
	buf_printf(&request, "POST /v3/kv/txn HTTP/1.1\r\nHost: localhost\r\n"
		   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n{\"success\":[",
		   batch.len + strlen("{\"success\":[]}"));
	buf_add(&request, batch.data, batch.len);
	buf_puts(&request, "]}");
	if (batch.failed || request.failed) {
		fprintf(stderr, "crowd: out of memory\n");
		exit(1);
	}
	exchange(fd, request.data, request.len);
	buf_reset(&batch);
	n_puts = 0;
}

static void add_block(const struct base *base, unsigned block, unsigned held)
{
	static const char confirmed[] = "{\"state\":\"confirmed\",\"deleted\":false}";
	int version = base->family == AF_INET ? 4 : 6;
	struct buf value __cleanup(buf_done) = BUF(TEXT_MAX);
	char cidr[64], name[64], key[256];

	print_cidr(base, block, '/', cidr);
	print_cidr(base, block, '-', name);
	print_block(&value, cidr, block, held);
	snprintf(key, sizeof(key), "/calico/ipam/v2/host/other-%u/ipv%d/block/%s", block, version,
		 name);
	add_put(key, confirmed, strlen(confirmed));
	snprintf(key, sizeof(key), "/calico/ipam/v2/assignment/ipv%d/block/%s", version, name);
	add_put(key, value.data, value.len);
	written++;
	if (n_puts >= OPS_A_REQUEST || batch.len > BYTES_A_REQUEST)
		send_puts();
}

int main(int argc, char **argv)
{
	struct base base = { .family = argc > 2 && strchr(argv[2], ':') ? AF_INET6 : AF_INET };
	unsigned first, count, held, leave;

	if (argc != 7 || inet_pton(base.family, argv[2], base.bytes) != 1)
		return fprintf(stderr, "usage: crowd PORT ADDRESS FIRST COUNT HELD LEAVE\n"), 1;
	first = (unsigned)atoi(argv[3]);
	count = (unsigned)atoi(argv[4]);
	held = (unsigned)atoi(argv[5]);
	leave = (unsigned)atoi(argv[6]);
	fd = exchange_connect(argv[1]);
	buf_init(&batch, TEXT_MAX);
	for (unsigned i = first; i < first + count; i++)
		if (!leave || i % leave)
			add_block(&base, i, held < BLOCK_SIZE ? held : BLOCK_SIZE);
	send_puts();
	buf_done(&batch);
	printf("%u\n", written);
	return 0;
}
