/* SPDX-License-Identifier: Apache-2.0 */
/* Each record alone: read with its reader, changed, printed, and read again. */
#include "ipam/record/affinity.h"
#include "ipam/record/block.h"
#include "ipam/record/cluster.h"
#include "ipam/record/config.h"
#include "ipam/record/endpoint.h"
#include "ipam/record/gateway.h"
#include "ipam/record/handle.h"
#include "ipam/record/node.h"
#include "ipam/record/pool.h"
#include "ipam/record/reservation.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

#define NOW_NS 1787392800000000000LL
#define PRINT_MAX (1 << 20)
#define UID "00000000-0000-4000-8000-000000000001"

static void change(struct block *b)
{
	struct secondary secondary = { .list = { { "node", "node-a" } }, .n = 1 };
	struct err e = { 0 };
	unsigned attribute;

	block_collect(b, 60, NOW_NS);
	if (b->n_unallocated && block_listed(b, 0) < b->size)
		block_assign(b, block_listed(b, 0), "net.c9", &secondary, &e);
	if (block_begin_release(b, NOW_NS, &attribute, &e) == 0)
		for (unsigned i = 0; i < b->size; i += 3)
			if (!block_is_free(b, i))
				block_release(b, i, attribute);
	block_collect(b, 0, NOW_NS);
	block_repair_unallocated(b);
	block_touch(b);
}

/* Bytes that are no UTF-8 become U+FFFD when first printed; from then on nothing changes. */
static void promise_same(const struct buf *second, const struct buf *third)
{
	promise(second->len == third->len && memcmp(second->data, third->data, third->len) == 0,
		"a record is printed as it was read");
}

static bool reprint_block(const struct record *record, struct buf *out)
{
	struct block b __cleanup(block_done) = { 0 };
	struct err e = { 0 };

	if (block_read(record, &b, &e) < 0)
		return false;
	block_print(&b, out);
	change(&b);
	return true;
}

static bool reprint_handle(const struct record *record, struct buf *out)
{
	struct cidr block = { { FAMILY_4, 0x0a000000 }, 26 };
	struct handle h __cleanup(handle_done) = { 0 };
	struct err e = { 0 };

	if (handle_read(record, &h, &e) < 0)
		return false;
	handle_print(&h, out);
	handle_set(&h, block, handle_count(&h, block) ? 0 : 3);
	handle_sort(&h);
	return true;
}

static void read_printed(const struct record *record,
			 bool (*reprint)(const struct record *record, struct buf *out))
{
	struct buf first __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf second __cleanup(buf_done) = BUF(PRINT_MAX);
	struct buf third __cleanup(buf_done) = BUF(PRINT_MAX);
	struct record printed = *record;

	if (!reprint(record, &first))
		return;
	printed.value = first.data;
	printed.value_len = first.len;
	promise(reprint(&printed, &second), "what was printed can be read");
	printed.value = second.data;
	printed.value_len = second.len;
	promise(reprint(&printed, &third), "what was printed can be read");
	promise_same(&second, &third);
}

static void read_pool(const struct record *record)
{
	struct pool_change some = { .nat_outgoing = POOL_SWITCH_ON, .assignment_mode = "Manual" };
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	struct pool pool;
	struct err e = { 0 };
	char uses[64];
	bool changed;

	if (pool_read(record, &pool, &e) < 0)
		return;
	pool_print_uses(&pool, uses);
	pool_update(&pool, &some, &out, &changed, &e);
	pool_print_disabled(&pool, &out, &e);
	pool_print_part(&pool, "part", pool.cidr, UID, NOW_NS, &out, &e);
	pool_done(&pool);
}

static void read_reservation(const struct record *record)
{
	struct gateway_part part = { "p-1", { { FAMILY_4, 0x0a000000 }, 24 },
				     { { FAMILY_4, 0x0a000000 }, 25 }, true };
	struct gateways gateways __cleanup(gateways_done) = { 0 };
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	struct reservation r __cleanup(reservation_done) = { 0 };
	const char *gateway = KEY_RESERVATIONS GATEWAY_RESERVATION;
	struct err e = { 0 };
	struct cidr cidr;
	bool of_blocks;

	if (reservation_read(record, &r, &e) == 0)
		for (size_t i = 0; i < r.n; i++)
			if (r.entries[i])
				reservation_parse_entry(r.entries[i], &cidr);
	if (strncmp(record->key, gateway, strlen(gateway)) != 0)
		return;
	err_reset(&e);
	gateways_read_record(&gateways, record, &e);
	err_reset(&e);
	gateway_is_of_blocks(record, part.pool, &of_blocks, &e);
	err_reset(&e);
	gateway_print_part(record, &part, UID, NOW_NS, &out, &e);
}

static void read_config(const struct record *record)
{
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	struct ipam_config config, again;
	struct record printed = *record;
	struct err e = { 0 };

	if (ipam_config_read(record, &config, &e) < 0)
		return;
	if (ipam_config_rewrite(record, &config, &out, &e) < 0)
		return;
	printed.value = out.data;
	printed.value_len = out.len;
	promise(ipam_config_read(&printed, &again, &e) == 0 &&
		again.strict_affinity == config.strict_affinity &&
		again.max_blocks_per_host == config.max_blocks_per_host &&
		again.cooldown_s == config.cooldown_s, "a configuration is printed as it was read");
}

static void read_node(const struct record *record)
{
	struct label list[] = { { "rack", NULL }, { "zone", "x" } };
	struct labels changes = { .list = list, .n = ARRAY_LEN(list) };
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	struct node node __cleanup(node_done) = { 0 };
	struct err e = { 0 };
	bool changed;

	if (node_read(record, &node, &e) < 0)
		return;
	labels_print(&node.labels, &out);
	buf_reset(&out);
	node_relabel(record, &changes, &out, &changed, &e);
}

static void read_endpoint(const struct record *record)
{
	struct endpoint endpoint __cleanup(endpoint_done) = { 0 };
	struct err e = { 0 };

	endpoint_read(record, &endpoint, &e);
}

static void read_tunnels(const struct record *record)
{
	struct endpoint endpoint __cleanup(endpoint_done) = { 0 };
	struct err e = { 0 };

	endpoint_read_tunnels(record, &endpoint, &e);
}

static void read_cluster(const struct record *record)
{
	struct cluster_information cluster;
	struct err e = { 0 };

	cluster_information_read(record, &cluster, &e);
}

static void read_affinity(const struct record *record)
{
	struct buf out __cleanup(buf_done) = BUF(PRINT_MAX);
	enum affinity_state state, again;
	struct record printed = *record;
	char owner[KEY_TEXT];
	struct cidr block;
	struct err e = { 0 };

	key_read_affinity(record->key, owner, &block);
	if (affinity_read(record, &state, &e) < 0)
		return;
	affinity_print(record, AFFINITY_PENDING, &out);
	printed.value = out.data;
	printed.value_len = out.len;
	promise(affinity_read(&printed, &again, &e) == 0 && again == AFFINITY_PENDING,
		"an affinity is printed as it was set");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line __cleanup(input_textp) = input_text(data, size);
	char key[KEY_TEXT], kind;
	struct record record = { .key = key, .revision = 1 };

	if (!input_record(line, &kind, key, &record.value))
		return 0;
	record.value_len = size - (size_t)(record.value - line);
	switch (kind) {
	case '4':
	case '6':
		read_printed(&record, reprint_block);
		break;
	case 'H':
		read_printed(&record, reprint_handle);
		break;
	case 'P':
		read_pool(&record);
		break;
	case 'R':
		read_reservation(&record);
		break;
	case 'G':
		read_config(&record);
		break;
	case 'N':
		read_node(&record);
		read_tunnels(&record);
		break;
	case 'W':
		read_endpoint(&record);
		break;
	case 'C':
		read_cluster(&record);
		break;
	default:
		read_affinity(&record);
	}
	return 0;
}
