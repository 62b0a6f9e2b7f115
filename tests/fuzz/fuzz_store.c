/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planners over whole stores that somebody else has filled, a record a line
 * (fixture_input.h): every verb, and no address for two.
 */
#include "ipam/affinity/affinities.h"
#include "ipam/audit/address.h"
#include "ipam/audit/audit.h"
#include "ipam/cluster/config.h"
#include "ipam/cluster/information.h"
#include "ipam/ipam.h"
#include "ipam/node/nodes.h"
#include "ipam/pool/delete.h"
#include "ipam/pool/pools.h"
#include "ipam/pool/split.h"
#include "ipam/release/reclaim.h"
#include "ipam/reservation/reservations.h"
#include "tests/fake/fake_store.h"
#include "tests/fuzz/fixture_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pauses for others, of whom there are none (tests/fuzz/CMakeLists.txt). */
void __wrap_deadline_sleep_ms(struct deadline until, int64_t ms);

#define RECORDS_MAX 32
#define NOW_NS 1787392800000000000LL
#define VERB_MS 4000	/* far more than any verb takes here */

static struct fake_store *store;
static struct datastore *ds;
static int64_t now_ns;
static struct err e;

void __wrap_deadline_sleep_ms(struct deadline until, int64_t ms)
{
	(void)until;
	(void)ms;
}

/* Before each verb. */
static void begin(void)
{
	err_reset(&e);
	now_ns += 1000000000LL;
	datastore_set_deadline(ds, deadline_in_ms(VERB_MS));
}

static void end(int rc)
{
	promise(rc == 0 || *e.text, "who fails says why");
	promise(rc == 0 || e.kind != ERR_DEADLINE, "a verb ends");
}

static void put_records(char *lines)
{
	char *next = lines, kind, key[KEY_TEXT];
	const char *value;

	for (unsigned i = 0; next && i < RECORDS_MAX; i++) {
		char *line = next;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (input_record(line, &kind, key, &value))
			fake_put(store, key, value);
	}
}

/* True if a block of the store that can be read says that somebody holds the address. */
static bool is_held(struct addr a)
{
	const char *prefix = key_of_blocks(a.family), *key;

	for (size_t i = 0; (key = fake_key(store, prefix, i)); i++) {
		struct record record = { .key = key, .value = fake_get(store, key), .revision = 1 };
		struct block b __cleanup(block_done) = { 0 };
		struct err ignored = { 0 };
		const struct attribute *attribute;

		record.value_len = strlen(record.value);
		if (block_read(&record, &b, &ignored) < 0 || !cidr_holds(b.cidr, a))
			continue;
		attribute = block_attribute(&b, block_ordinal(&b, a));
		if (attribute && !attribute_is_released(attribute))
			return true;
	}
	return false;
}

/*
 * True if a block lies in another.  Then both may list an address, and as in Calico the
 * one of the pool's block size is asked alone; a check tells of it (docs/RELIABILITY.md 4).
 */
static bool blocks_overlap(void)
{
	const char *a, *b;
	struct cidr one, other;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		for (size_t i = 0; (a = fake_key(store, key_of_blocks(f), i)); i++)
			for (size_t k = 0; k < i && (b = fake_key(store, key_of_blocks(f), k)); k++)
				if (key_cidr(a, key_of_blocks(f), &one) == 0 &&
				    key_cidr(b, key_of_blocks(f), &other) == 0 &&
				    cidr_overlaps(one, other))
					return true;
	return false;
}

static struct ipam_owner owner_of(const char *container)
{
	return (struct ipam_owner){ "net", container, "eth0", "node-a", "default", NULL, NULL,
				    NULL, NULL };
}

static struct ipam_assign_request request_of(const char *container, enum ipam_prefix prefix)
{
	struct ipam_assign_request r = {
		.owner = owner_of(container),
		.wanted = { [FAMILY_4] = true, [FAMILY_6] = true },
		.prefix = prefix,
		.gateway = { .wanted = true, .first = true },
		.now_ns = now_ns,
	};
	static unsigned n;

	for (int i = 0; i < IPAM_UIDS; i++)
		snprintf(r.uids[i], sizeof(r.uids[i]), "00000000-0000-4000-8000-%012u", n++);
	return r;
}

/* What was held before a request, of the addresses that it gave. */
struct given {
	bool ok, of[N_FAMILIES];
	struct addr addr[N_FAMILIES];
};

/* The store once more, as it was: who holds an address is asked of what was there. */
static struct fake_store *copy_store(void)
{
	struct fake_store *copy = fake_new();
	const char *key;

	for (size_t i = 0; (key = fake_key(store, "", i)); i++)
		fake_put(copy, key, fake_get(store, key));
	return copy;
}

static struct given add(const struct ipam_assign_request *request)
{
	struct fake_store *before = copy_store(), *now = store;
	struct ipam_assign_answer answer = { 0 };
	struct given given = { 0 };
	int rc = ipam_assign(ds, request, &answer, &e);
	bool overlap = blocks_overlap();

	end(rc);
	given.ok = rc == 0;
	for (enum family f = FAMILY_4; f < N_FAMILIES && given.ok; f++) {
		given.of[f] = answer.has[f];
		given.addr[f] = answer.address[f].addr;
		promise(answer.has[f] == request->wanted[f], "all families, or none");
		if (!answer.has[f])
			continue;
		promise(is_held(given.addr[f]), "what is given stands in the store");
		store = before;
		promise(answer.held_already[f] || overlap || !is_held(given.addr[f]),
			"no address is given that somebody holds");
		store = now;
	}
	fake_free(before);
	return given;
}

static void add_two(enum ipam_prefix prefix)
{
	struct ipam_assign_request request;
	struct given first, second;

	begin();
	request = request_of("c8", prefix);
	first = add(&request);
	begin();
	request = request_of("c9", prefix);
	second = add(&request);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		promise(!first.of[f] || !second.of[f] || blocks_overlap() ||
			!addr_equal(first.addr[f], second.addr[f]), "no address is given twice");
}

static void add_exact(const char *text)
{
	struct ipam_assign_request request;
	struct addr a;

	begin();
	request = request_of("c7", IPAM_PREFIX_HOST);
	addr_parse(text, &a);
	memset(request.wanted, 0, sizeof(request.wanted));
	memset(&request.gateway, 0, sizeof(request.gateway));
	request.wanted[a.family] = true;
	request.exact[a.family] = a;
	add(&request);
}

static bool holds_any(const struct ipam_owner *owner, const char *handle, struct cidr cidr)
{
	struct block b __cleanup(block_done) = { 0 };
	struct record record = { .revision = 1 };
	struct err ignored = { 0 };
	char key[KEY_TEXT];

	key_of_block(cidr, key);
	record.key = key;
	record.value = fake_get(store, key);
	record.value_len = record.value ? strlen(record.value) : 0;
	if (!record.value || block_read(&record, &b, &ignored) < 0)
		return false;
	for (unsigned i = 0; i < b.size; i++)
		if (owner_holds(owner, handle, block_attribute(&b, i)))
			return true;
	return false;
}

/* Of the blocks that the handle named before. */
static void promise_released(const struct fake_store *before, const struct ipam_owner *owner,
			     const char *handle)
{
	struct handle h __cleanup(handle_done) = { 0 };
	struct record record = { .revision = 1 };
	struct err ignored = { 0 };
	char key[KEY_TEXT];

	key_of_handle(handle, key, &ignored);
	record.key = key;
	record.value = fake_get(before, key);
	record.value_len = record.value ? strlen(record.value) : 0;
	if (!record.value || handle_read(&record, &h, &ignored) < 0)
		return;
	for (size_t i = 0; i < h.n; i++)
		promise(!h.list[i].names_block || !holds_any(owner, handle, h.list[i].block),
			"a DEL that succeeds leaves nothing held");
}

static void del(const char *container)
{
	struct ipam_release_request request = { .owner = owner_of(container),
						.old_handle = container };
	struct fake_store *before = copy_store();
	struct ipam_release_answer answer;
	char handle[IPAM_HANDLE_MAX + 1];
	int rc;

	begin();
	request.now_ns = now_ns;
	rc = ipam_release(ds, &request, &answer, &e);
	end(rc);
	if (rc == 0 && owner_handle(&request.owner, handle, &e) == 0) {
		promise_released(before, &request.owner, handle);
		promise_released(before, &request.owner, container);
	}
	fake_free(before);
}

static void look(void)
{
	struct ipam_owner owner = owner_of("c1");
	struct ipam_assign_request request;
	struct address_history history __cleanup(address_history_done) = { 0 };
	struct address_status status __cleanup(address_status_done) = { 0 };
	struct addr a;

	addr_parse("10.0.0.2", &a);
	begin();
	end(ipam_verify(ds, &owner, &a, 1, &e));
	begin();
	request = request_of("c6", IPAM_PREFIX_POOL);
	end(ipam_status(ds, &request, &e));
	begin();
	end(ipam_would_assign(ds, &request, &e));
	begin();
	end(ipam_get_address(ds, a, &status, &e));
	begin();
	end(ipam_read_history(ds, a, NULL, NULL, &history, &e));
}

/* Of a pool that gives nothing nothing is free. */
static void promise_sum(const struct utilization_pool *p)
{
	if (!p->pool->enabled)
		promise(!p->free, "a pool that gives nothing has nothing free");
	else
		promise(p->total == p->in_use + p->cooling + p->reserved + p->free,
			"a pool's numbers sum up");
}

static void list(void)
{
	struct affinity_list affinities __cleanup(affinity_list_done) = { 0 };
	struct reservation_list reservations __cleanup(reservation_list_done) = { 0 };
	struct pool_list pools __cleanup(pool_list_done) = { 0 };
	struct utilization sums __cleanup(utilization_done) = { 0 };
	struct node_names unknown __cleanup(node_names_done) = { 0 };
	struct node_list nodes __cleanup(node_list_done) = { 0 };
	struct cluster_information cluster;
	struct ipam_config config;

	begin();
	end(ipam_list_affinities(ds, NULL, NULL, NULL, &affinities, &e));
	begin();
	end(ipam_list_reservations(ds, &reservations, &e));
	begin();
	end(ipam_list_pools(ds, &pools, &e));
	begin();
	end(ipam_list_nodes(ds, &nodes, &e));
	begin();
	end(ipam_list_unknown_nodes(ds, &unknown, &e));
	begin();
	end(ipam_get_config(ds, &config, NULL, &e));
	begin();
	end(ipam_get_cluster(ds, &cluster, &e));
	begin();
	end(utilization_read(ds, NULL, &sums, &e));
	for (size_t i = 0; i < sums.pools.n; i++)
		promise_sum(&sums.list[i]);
}

static void audit(bool endpoints)
{
	struct audit_options options = { .now_ns = now_ns, .endpoints = endpoints };
	struct audit it __cleanup(audit_done) = { 0 };
	struct audit_repairs repairs;

	begin();
	end(audit_read(ds, &options, &it, &e));
	begin();
	end(audit_repair(ds, it.list, it.n, now_ns, NULL, NULL, &repairs, &e));
}

static void release_addresses(void)
{
	struct ipam_release_address some[8] = { { .handle = "net.c1" }, { .has_sequence = true } };
	unsigned done;

	for (unsigned i = 0; i < ARRAY_LEN(some); i++)
		addr_parse(i % 2 ? "10.0.0.2" : "fd00::2", &some[i].addr);
	for (unsigned i = 2; i < ARRAY_LEN(some); i++)
		some[i].addr.n += i;
	begin();
	end(ipam_release_addresses(ds, some, ARRAY_LEN(some), NULL, &done, &e));
}

static void collect_garbage(void)
{
	struct ipam_gc_request request = { .network = "net", .node = "node-a" };
	struct ipam_gc_answer answer;

	begin();
	request.now_ns = now_ns;
	end(ipam_gc(ds, &request, &answer, &e));
}

static enum verdict judge(const struct reclaim_case *of, void *arg __unused_arg)
{
	const struct judge here = { .boot = "0123456789abcdef", .machine = "9c03e1", .here = true };
	const struct sight sight = { .cache = CACHE_DOES_NOT };
	struct whereabouts w;

	whereabouts_read(of->attribute, &w);
	return judge_allocation(&here, &w, &sight);
}

static void reclaim(void)
{
	const struct ipam_reclaim_request all = { .max = SIZE_MAX };
	struct reclaim cases __cleanup(reclaim_done) = { 0 };
	struct ipam_reclaim_answer answer = { 0 };
	size_t dead;
	int rc;

	begin();
	rc = ipam_reclaim_find(ds, "node-a", &cases, &e);
	end(rc);
	if (rc < 0)
		return;
	reclaim_judge(&cases, judge, NULL);
	dead = reclaim_count(&cases, false);
	begin();
	end(ipam_reclaim(ds, &cases, &all, &answer, &e));
	promise(answer.released + answer.conflicts <= dead, "what lives is not released");
}

static void release_affinities(void)
{
	struct owned_blocks owned __cleanup(owned_blocks_done) = { 0 };

	begin();
	end(ipam_blocks_of_node(ds, "node-a", &owned, &e));
	for (size_t i = 0; i < owned.n; i++) {
		struct affinity_release_request request = { .block = owned.list[i].block,
							    .owner = owned.list[i].owner,
							    .force = i % 2 };
		struct affinity_release_answer answer;

		begin();
		request.now_ns = now_ns;
		end(ipam_release_affinity(ds, &request, &answer, &e));
	}
}

static void administer(void)
{
	static const struct config_setting setting[] = { { "StrictAffinity", "true" } };
	struct config_set_request config = { .settings = setting, .n = 1 };
	struct config_set_answer set;
	static struct pool_split_request split = { .name = "four", .into = 27 };
	struct pool_update_request update = { .name = "six",
					      .change = { .nat_outgoing = POOL_SWITCH_ON } };
	struct node_delete_request node = { .name = "node-a" };
	struct reservation_delete_request reservation = { .name = "some" };
	struct pool_split_answer parts;
	struct pool_update_answer updated;
	struct node_delete_answer left;
	struct pool_delete_answer gone;

	for (int i = 0; i < POOL_SPLIT_MAX; i++)
		snprintf(split.uids[i], UUID_TEXT, "00000000-0000-4000-9000-%012d", i);
	begin();
	split.now_ns = now_ns;
	end(ipam_split_pool(ds, &split, &parts, &e));
	begin();
	end(ipam_update_pool(ds, &update, &updated, &e));
	begin();
	end(ipam_set_config(ds, &config, &set, &e));
	begin();
	end(ipam_delete_reservation(ds, &reservation, &e));
	begin();
	end(ipam_delete_node(ds, &node, &left, &e));
	for (unsigned i = 0; i < 4; i++) {
		begin();
		end(ipam_delete_pool(ds, i % 2 ? "six" : "four", i > 1, now_ns, &gone, &e));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *lines __cleanup(input_textp) = input_text(data, size);

	store = fake_new();
	/* Two inputs in three are of a store with transactions. */
	fake_set_traits(store, size % 5 == 0, size % 3 != 0);
	ds = fake_open(store);
	now_ns = NOW_NS;
	put_records(lines);
	look();
	list();
	add_two(size % 2 ? IPAM_PREFIX_POOL : IPAM_PREFIX_BLOCK);
	add_exact("10.0.0.2");
	add_exact("fd00::2");
	audit(size % 7 == 0);
	add_two(IPAM_PREFIX_HOST);
	release_addresses();
	del("c1");
	del("c8");
	collect_garbage();
	reclaim();
	release_affinities();
	administer();
	audit(false);
	datastore_close(ds);
	fake_free(store);
	return 0;
}
