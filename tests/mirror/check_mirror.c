/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror before a real etcd (docs/DESIGN.md 4): it saves requests, and whatever has
 * become of it, the answer is the one without it.
 *
 * The store has two endpoints of which one lives at a time, so that a restored etcd
 * comes back under the same identity.
 */
#include "base/io.h"
#include "ipam/record/block.h"
#include "ipam/request/loop.h"
#include "ipam/node/nodes.h"
#include "ipam/record/keys.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/mirror/fixture_requests.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#define POOL4 "{\"metadata\":{\"name\":\"p4\"},\"spec\":{\"cidr\":\"10.0.0.0/24\"}}"
#define POOL6 "{\"metadata\":{\"name\":\"p6\"},\"spec\":{\"cidr\":\"fd00::/64\"}}"
#define SMALL4(more)                                                                               \
	"{\"metadata\":{\"name\":\"p4\"},\"spec\":{\"cidr\":\"10.0.0.0/26\",\"blockSize\":29" more \
	"}}"
#define SMALL6                                                                                     \
	"{\"metadata\":{\"name\":\"p6\"},\"spec\":{\"cidr\":\"fd00::/122\",\"blockSize\":125}}"
#define MORE4                                                                                      \
	"{\"metadata\":{\"name\":\"more\"},\"spec\":{\"cidr\":\"10.0.1.0/28\",\"blockSize\":30}}"
#define ZONE_X ",\"nodeSelector\":\"zone == \\\"x\\\"\""
#define NODE_A(labels)                                                                             \
	"{\"metadata\":{\"name\":\"node-a\",\"labels\":{" labels "}},\"spec\":{}}"
#define ZONE_LABEL "\"zone\":\"x\""
#define COOLDOWN(seconds)                                                                          \
	"{\"strict_affinity\":false,\"auto_allocate_blocks\":true,"                                \
	"\"ipCooldownSeconds\":" seconds "}"
#define BLOCKS_OF_4(cidr)                                                                          \
	"{\"metadata\":{\"name\":\"p4\"},\"spec\":{\"cidr\":\"" cidr "\",\"blockSize\":30}}"
#define POOL9 "{\"metadata\":{\"name\":\"p9\"},\"spec\":{\"cidr\":\"10.9.0.0/24\"}}"
#define RESERVATION(cidrs)                                                                         \
	"{\"metadata\":{\"name\":\"r\"},\"spec\":{\"reservedCIDRs\":[" cidrs "]}}"
#define RESERVED_ALL RESERVATION("\"10.0.0.0/24\",\"fd00::/64\"")

static struct member member;
static int ports[2];
static char endpoints[128];

static void etcd_on(int which)
{
	char client[48], peer[48], cluster[64];
	const char *argv[] = {
		"etcd",
		"--data-dir",
		member_file(&member, "data"),
		"--listen-client-urls",
		client,
		"--advertise-client-urls",
		client,
		"--listen-peer-urls",
		peer,
		"--initial-advertise-peer-urls",
		peer,
		"--initial-cluster",
		cluster,
		NULL,
	};

	snprintf(client, sizeof(client), "http://127.0.0.1:%d", ports[which]);
	snprintf(peer, sizeof(peer), "http://127.0.0.1:%d", free_port());
	snprintf(cluster, sizeof(cluster), "default=%s", peer);
	member.pid = start_program(argv);
}

static void etcd_off(void)
{
	stop_program(member.pid);
	member.pid = 0;
}

static struct datastore *open_store(const char *node, bool mirror_off)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", endpoints, "run_path", member_file(&member, "run"),
			 "mirror", mirror_off ? "off" : "on");
	struct datastore *ds;

	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(20000),
				     &e) == 0, "%s", e.text);
	datastore_use_mirror(ds, &settings, node);
	return ds;
}

/* Waits for an etcd that has just been started. */
static void await(void)
{
	struct deadline until = deadline_in_ms(20000);
	int rc = -1;

	while (rc < 0 && !deadline_passed(until)) {
		struct datastore *ds __cleanup(datastore_closep) = store("node-a", true);
		struct view view __cleanup(view_done) = {0};
		struct wants wants __cleanup(wants_done) = {0};

		wants_add(&wants, "/", RANGE_KEY);
		rc = datastore_read(ds, &view, &wants, &e);
		if (rc < 0)
			deadline_sleep_ms(until, 50);
	}
	ck_assert_msg(rc == 0, "%s", e.text);
}

/* The address that the store itself would give next: the first free one of the node's block. */
static struct addr next_free(const char *node, enum family family)
{
	struct datastore *ds __cleanup(datastore_closep) = store(node, true);
	const char *prefix = key_of_blocks(family);
	struct view view __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};
	struct addr next = {0};
	char host[64];

	snprintf(host, sizeof(host), "host:%s", node);
	wants_add(&wants, prefix, RANGE_PREFIX);
	ck_assert_msg(datastore_read(ds, &view, &wants, &e) == 0, "%s", e.text);
	for (size_t i = 0; view_at(&view, i, prefix); i++) {
		struct block b;

		ck_assert_msg(block_read(view_at(&view, i, prefix), &b, &e) == 0, "%s", e.text);
		if (block_is_owned_by(&b, host))
			next = block_addr(&b, block_listed(&b, 0));
		block_done(&b);
	}
	return next;
}

static void assert_gives_what_the_store_would(const char *container)
{
	struct addr next[N_FAMILIES] = { [FAMILY_4] = next_free("node-a", FAMILY_4),
					 [FAMILY_6] = next_free("node-a", FAMILY_6) };

	assert_ok(add("node-a", container));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		ck_assert(addr_equal(answer.address[f].addr, next[f]));
	ck_assert_uint_le(requests, 4);
}

/* The one mirror file of the run folder. */
static const char *mirror_path(void)
{
	static char path[400];
	DIR *dir = opendir(member_file(&member, "run"));
	struct dirent *entry;

	path[0] = '\0';
	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, "mirror-", 7) == 0)
			snprintf(path, sizeof(path), "%s/%s", member_file(&member, "run"),
				 entry->d_name);
	closedir(dir);
	ck_assert_str_ne(path, "");
	return path;
}

static void save_as(const char *name)
{
	const char *argv[] = { "cp", "-a", mirror_path(), member_file(&member, name), NULL };

	ck_assert_int_eq(run_program(argv), 0);
}

static void restore_from(const char *name)
{
	const char *argv[] = { "cp", "-a", member_file(&member, name), mirror_path(), NULL };

	ck_assert_int_eq(run_program(argv), 0);
}

static void setup(void)
{
	store = open_store;
	member_init(&member);
	ports[0] = free_port();
	do
		ports[1] = free_port();
	while (ports[1] == ports[0]);
	snprintf(endpoints, sizeof(endpoints), "http://127.0.0.1:%d,http://127.0.0.1:%d", ports[0],
		 ports[1]);
	now_ns = clock_now_ns();
	etcd_on(0);
	await();
	put(KEY_POOLS "p4", POOL4);
	put(KEY_POOLS "p6", POOL6);
	put(KEY_NODES "node-a", NODE_A(""));
	put(KEY_NODES "node-b", "{\"metadata\":{\"name\":\"node-b\"},\"spec\":{}}");
}

static void teardown(void)
{
	member_stop(&member);
}

START_TEST(a_warm_add_and_a_warm_del_are_one_request_each)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	ck_assert_uint_eq(requests, 1);
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(requests, 1);
	assert_ok(del("node-a", "c2"));
	ck_assert_uint_eq(requests, 1);
}
END_TEST

START_TEST(a_cold_add_with_a_block_at_hand_is_three_requests)
{
	assert_ok(add("node-a", "c1"));
	ck_assert_int_eq(unlink(mirror_path()), 0);
	assert_ok(add("node-a", "c2"));
	ck_assert_uint_eq(requests, 3);
	ck_assert_int_eq(unlink(mirror_path()), 0);
	assert_ok(del("node-a", "c2"));
	ck_assert_uint_le(requests, 3);
}
END_TEST

START_TEST(turned_off_it_leaves_no_file)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-a", true);
	struct ipam_assign_request r = { .owner = owner("node-a", "c1"),
					 .wanted = { [FAMILY_4] = true, [FAMILY_6] = true },
					 .now_ns = now_ns++ };
	DIR *dir;
	struct dirent *entry;

	assert_ok(ipam_assign(ds, &r, &answer, &e));
	dir = opendir(member_file(&member, "run"));
	while (dir && (entry = readdir(dir)))
		ck_assert(strncmp(entry->d_name, "mirror-", 7) != 0);
	if (dir)
		closedir(dir);
}
END_TEST

START_TEST(nothing_to_release_and_already_held_are_asked_of_the_store)
{
	struct addr first;

	assert_ok(add("node-a", "c1"));
	first = answer.address[FAMILY_4].addr;
	save_as("held");
	assert_ok(del("node-a", "c1"));
	restore_from("held");
	assert_ok(add("node-a", "c1"));
	ck_assert(!addr_equal(answer.address[FAMILY_4].addr, first));
	ck_assert(!answer.held_already[FAMILY_4]);
	restore_from("held");
	assert_ok(del("node-a", "c1"));
	assert_ok(del("node-a", "c1"));
	assert_gives_what_the_store_would("c2");
}
END_TEST

START_TEST(a_truncated_or_noisy_mirror_is_as_if_it_were_not_there)
{
	struct stat st;
	char name[16];

	assert_ok(add("node-a", "c0"));
	save_as("good");
	ck_assert_int_eq(stat(mirror_path(), &st), 0);
	for (int i = 0; i < 12; i++) {
		struct buf file __cleanup(buf_done) = BUF(1 << 22);

		ck_assert_int_eq(io_read_file(member_file(&member, "good"), &file, &e), 0);
		if (i % 2)
			file.len = file.len * (size_t)i / 12;
		else
			file.data[file.len * (size_t)i / 12] ^= 0x55;
		ck_assert_int_eq(io_replace_file(mirror_path(), file.data, file.len, 0600, &e), 0);
		snprintf(name, sizeof(name), "n%d", i);
		assert_gives_what_the_store_would(name);
	}
}
END_TEST

/* Without it, it is read, and committed. */
START_TEST(a_stale_mirror_costs_a_request_and_nothing_else)
{
	struct utimbuf yesterday = { time(NULL) - 86400, time(NULL) - 86400 };

	assert_ok(add("node-a", "c1"));
	save_as("old");
	assert_ok(add("node-a", "c2"));
	assert_ok(del("node-a", "c1"));
	restore_from("old");
	ck_assert_int_eq(utime(mirror_path(), &yesterday), 0);
	assert_gives_what_the_store_would("c3");
	ck_assert_uint_eq(requests, 3);
}
END_TEST

START_TEST(a_pool_or_reservation_made_meanwhile_is_noticed)
{
	assert_notices(KEY_RESERVATIONS "r", RESERVED_ALL, ERR_EXHAUSTED);
}
END_TEST

START_TEST(a_reservation_made_before_a_del_is_noticed_after_it)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	put(KEY_RESERVATIONS "r", RESERVED_ALL);
	assert_ok(del("node-a", "c1"));
	ck_assert_int_eq(add("node-a", "c3"), -1);
	ck_assert_int_eq(e.kind, ERR_EXHAUSTED);
}
END_TEST

START_TEST(a_del_that_leaves_its_blocks_in_use_stands_on_no_pool_and_no_reservation)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	put(KEY_RESERVATIONS "r", RESERVED_ALL);
	put(KEY_POOLS "p9", POOL9);
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(requests, 1);
}
END_TEST

/* The handle counts one address in the block, now as then: only the block tells which. */
START_TEST(an_address_that_only_an_old_mirror_holds_is_not_answered)
{
	struct ipam_assign_request exact = request_of("node-a", "c2", "4");

	assert_ok(add("node-a", "c0"));
	assert_ok(add_of("node-a", "c1", "4"));
	exact.exact[FAMILY_4] = answer.address[FAMILY_4].addr;
	save_as("held");
	assert_ok(del("node-a", "c1"));
	assert_ok(assign(&exact));
	assert_ok(add_of("node-a", "c1", "4"));
	restore_from("held");
	assert_ok(add("node-a", "c1"));
	ck_assert(!addr_equal(answer.address[FAMILY_4].addr, exact.exact[FAMILY_4]));
	ck_assert(answer.held_already[FAMILY_4]);
}
END_TEST

START_TEST(a_pool_disabled_meanwhile_is_noticed)
{
	assert_notices(KEY_POOLS "p6",
		       "{\"metadata\":{\"name\":\"p6\"},\"spec\":{\"cidr\":\"fd00::/64\","
		       "\"disabled\":true}}", ERR_POOL);
}
END_TEST

/* Nothing under the prefix, which the nonce proves by then, is newer than it was. */
START_TEST(a_pool_deleted_meanwhile_is_noticed)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	put(KEY_POOLS "p6", NULL);
	ck_assert_int_eq(add("node-a", "c3"), -1);
	ck_assert_int_eq(e.kind, ERR_POOL);
}
END_TEST

START_TEST(a_mirror_of_another_cluster_is_not_believed)
{
	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	save_as("other");
	etcd_off();
	{
		const char *argv[] = { "rm", "-rf", member_file(&member, "data"), NULL };

		ck_assert_int_eq(run_program(argv), 0);
	}
	etcd_on(1);
	await();
	put(KEY_POOLS "p4", POOL4);
	put(KEY_POOLS "p6", POOL6);
	put(KEY_NODES "node-a", NODE_A(""));
	assert_ok(add("node-a", "d1"));
	restore_from("other");
	assert_gives_what_the_store_would("d2");
}
END_TEST

static void swap_data(const char *from, const char *to)
{
	const char *remove[] = { "rm", "-rf", member_file(&member, to), NULL };
	const char *copy[] = { "cp", "-a", member_file(&member, from), member_file(&member, to),
			       NULL };

	ck_assert_int_eq(run_program(remove), 0);
	ck_assert_int_eq(run_program(copy), 0);
}

START_TEST(a_mirror_from_before_a_restore_gives_no_address_twice)
{
	char name[16];

	assert_ok(add("node-a", "c1"));
	etcd_off();
	swap_data("data", "backup");
	etcd_on(0);
	await();
	assert_ok(add("node-a", "lost1"));
	assert_ok(add("node-a", "lost2"));
	etcd_off();
	swap_data("backup", "data");
	etcd_on(1);
	await();
	/* Another node writes until the revisions that the mirror knows are in use again. */
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "b%d", i);
		assert_ok(add("node-b", name));
	}
	assert_gives_what_the_store_would("c2");
	assert_gives_what_the_store_would("c3");
}
END_TEST

static void come_back_from(const char *backup, int which)
{
	etcd_off();
	swap_data(backup, "data");
	etcd_on(which);
	await();
}

static void back_up(void)
{
	etcd_off();
	swap_data("data", "backup");
	etcd_on(0);
	await();
}

/* Forth, or back: what is left now stands in its place. */
static void change_with(const char *backup, int which)
{
	char data[128], other[128], between[128];

	snprintf(data, sizeof(data), "%s", member_file(&member, "data"));
	snprintf(other, sizeof(other), "%s", member_file(&member, backup));
	snprintf(between, sizeof(between), "%s", member_file(&member, "between"));
	etcd_off();
	ck_assert_int_eq(rename(data, between), 0);
	ck_assert_int_eq(rename(other, data), 0);
	ck_assert_int_eq(rename(between, other), 0);
	etcd_on(which);
	await();
}

START_TEST(a_block_that_has_the_mirrors_revision_again_is_known_by_its_value)
{
	struct addr held[N_FAMILIES];
	uint64_t revision;

	assert_ok(add("node-a", "c1"));
	back_up();
	assert_ok(add("node-a", "lost"));
	revision = revision_of(KEY_BLOCKS_4);
	save_as("old");
	come_back_from("backup", 1);
	assert_ok(add_without_mirror("node-a", "c2"));
	ck_assert_uint_eq(revision_of(KEY_BLOCKS_4), revision);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		held[f] = answer.address[f].addr;
	restore_from("old");
	assert_ok(add("node-a", "c3"));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		ck_assert(!addr_equal(answer.address[f].addr, held[f]));
	{
		struct datastore *ds __cleanup(datastore_closep) = store("node-a", true);
		struct ipam_owner c2 = owner("node-a", "c2");

		assert_ok(ipam_verify(ds, &c2, &held[FAMILY_4], 2, &e));
	}
}
END_TEST

/* An ADD and its DEL leave the same block at the same revision, whatever stood between. */
START_TEST(an_equal_block_proves_nothing_of_what_else_a_restored_store_holds)
{
	uint64_t revision;

	assert_ok(add("node-a", "c1"));
	back_up();
	assert_ok(add("node-a", "c2"));
	put("/elsewhere", "x");
	assert_ok(del("node-a", "c2"));
	revision = revision_of(KEY_BLOCKS_4);
	save_as("old");
	come_back_from("backup", 1);
	assert_ok(add_without_mirror("node-a", "c2"));
	put(KEY_RESERVATIONS "r", RESERVED_ALL);
	assert_ok(del_without_mirror("node-a", "c2"));
	ck_assert_uint_eq(revision_of(KEY_BLOCKS_4), revision);
	restore_from("old");
	ck_assert_int_eq(add("node-a", "c3"), -1);
	ck_assert_int_eq(e.kind, ERR_EXHAUSTED);
}
END_TEST

/*
 * In A a reservation of all is made, and then a commit that does not look at it; in B another
 * reservation is made at that revision, and read.  Back in A it has the revision that was read.
 */
START_TEST(a_commit_in_one_history_and_a_read_in_another_prove_nothing_in_the_first)
{
	uint64_t revision;

	assert_ok(add_of("node-a", "c1", "4"));
	assert_ok(add_of("node-a", "c2", "6"));
	assert_ok(add_of("node-a", "c3", "6"));
	assert_ok(add_of("node-a", "c4", "4"));
	back_up();
	put(KEY_RESERVATIONS "r", RESERVED_ALL);
	revision = revision_of(KEY_RESERVATIONS);
	assert_ok(del("node-a", "c2"));
	ck_assert_uint_eq(requests, 1);
	change_with("backup", 1);
	put(KEY_RESERVATIONS "r", RESERVATION("\"192.0.2.0/24\""));
	ck_assert_uint_eq(revision_of(KEY_RESERVATIONS), revision);
	assert_ok(del("node-a", "nobody"));
	change_with("backup", 0);
	ck_assert_int_eq(add_of("node-a", "c5", "4"), -1);
	ck_assert_int_eq(e.kind, ERR_EXHAUSTED);
}
END_TEST

/*
 * A reservation of all is made and deleted; between that there is a commit that does not look at
 * it, and a backup; behind it a reading, which finds another reservation, of a later revision.
 */
START_TEST(what_a_reading_did_not_find_may_be_back)
{
	assert_ok(add_of("node-a", "c1", "4"));
	assert_ok(add_of("node-a", "c2", "4"));
	put(KEY_RESERVATIONS "r", RESERVED_ALL);
	put(KEY_RESERVATIONS "s", RESERVATION("\"192.0.2.0/24\""));
	assert_ok(del("node-a", "c2"));
	ck_assert_uint_eq(requests, 1);
	back_up();
	put(KEY_RESERVATIONS "r", NULL);
	assert_ok(del("node-a", "nobody"));
	come_back_from("backup", 0);
	ck_assert_int_eq(add_of("node-a", "c3", "4"), -1);
	ck_assert_int_eq(e.kind, ERR_EXHAUSTED);
}
END_TEST

/* As two above, with a commit in B too: in A another nonce stands. */
START_TEST(what_was_proven_in_one_history_is_not_in_another)
{
	struct addr held;
	uint64_t revision;

	assert_ok(add_of("node-a", "c1", "4"));
	back_up();
	assert_ok(add_of("node-a", "c2", "4"));
	held = answer.address[FAMILY_4].addr;
	revision = revision_of(KEY_BLOCKS_4);
	change_with("backup", 1);
	assert_ok(del("node-a", "nobody"));
	assert_ok(add_of("node-a", "b1", "4"));
	ck_assert_uint_eq(requests, 1);
	ck_assert_uint_eq(revision_of(KEY_BLOCKS_4), revision);
	change_with("backup", 0);
	assert_ok(add_of("node-a", "c3", "4"));
	ck_assert_uint_eq(requests, 3);
	ck_assert(!addr_equal(answer.address[FAMILY_4].addr, held));
	change_with("backup", 1);
	assert_ok(add_of("node-a", "b2", "4"));
	ck_assert_uint_eq(requests, 3);
}
END_TEST

static size_t nonces(void)
{
	return count_of("/calico/ipam/v2/mirror/node-a/");
}

START_TEST(each_run_folder_has_a_key_and_a_node_that_is_deleted_leaves_none)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct node_delete_request r = { .name = "node-a" };
	struct node_delete_answer deleted;

	assert_ok(add("node-a", "c1"));
	swap_data("run", "run.old");
	ck_assert_uint_eq(nonces(), 1);
	assert_ok(add("node-a", "c2"));
	ck_assert_uint_eq(nonces(), 1);
	{
		struct settings other __cleanup(settings_done) =
			SETTINGS("etcd_endpoints", endpoints, "run_path",
				 member_file(&member, "run.old"));
		struct ipam_assign_request add = request_of("node-a", "c3", "46");
		struct datastore *there __cleanup(datastore_closep) = NULL;

		assert_ok(datastore_open(&there, &other, OPEN_TO_CREATE, deadline_in_ms(20000),
					 &e));
		datastore_use_mirror(there, &other, "node-a");
		assert_ok(ipam_assign(there, &add, &answer, &e));
	}
	ck_assert_uint_eq(nonces(), 2);
	ck_assert_int_eq(ipam_delete_node(ds, &r, &deleted, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_uint_eq(nonces(), 2);
	r.force = true;
	assert_ok(ipam_delete_node(ds, &r, &deleted, &e));
	ck_assert_uint_eq(nonces(), 0);
	put(KEY_NODES "node-a", NODE_A(""));
	assert_gives_what_the_store_would("c4");
}
END_TEST

START_TEST(what_comes_behind_the_deletion_of_its_node_leaves_no_key)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct node_delete_request r = { .name = "node-a", .force = true };
	struct node_delete_answer deleted;

	assert_ok(add("node-a", "c1"));
	assert_ok(add("node-a", "c2"));
	assert_ok(add("node-a", "c3"));
	assert_ok(ipam_delete_node(ds, &r, &deleted, &e));
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(nonces(), 0);
	assert_ok(del("node-a", "c2"));
	ck_assert_uint_eq(nonces(), 0);
	/* Nor does one whose mirror is lost. */
	swap_data("run", "run.old");
	assert_ok(del("node-a", "c3"));
	ck_assert_uint_eq(nonces(), 0);
	ck_assert_uint_eq(count_of(KEY_HANDLES), 0);
	put(KEY_NODES "node-a", NODE_A(""));
	assert_ok(add("node-a", "c4"));
	ck_assert_uint_eq(nonces(), 1);
}
END_TEST

static void rehearse_release(const struct ipam_release_request *r, struct release_answer *ret,
			     struct loop *loop)
{
	struct datastore *ds __cleanup(datastore_closep) = store(r->owner.node, true);
	struct release_request all = { .of = r };

	loop_init(loop, ds);
	loop->plan.rehearsal = true;
	while (loop_goes_on(loop))
		loop_turn(loop, plan_release(&loop->plan, &all, ret, &loop->error));
}

/*
 * What a mirror holds of a record, and what the restored store was given under the same
 * revision.  `before` stands when the snapshot is made.
 */
static const struct {
	const char *key, *before, *mirrored, *restored;
	bool exact; /* ask for the address that was released before */
} rewritten[] = {
	{ .key = KEY_POOLS "p4",
	  .before = SMALL4(",\"disabled\":true"),
	  .mirrored = SMALL4(",\"disabled\":true,\"vxlanMode\":\"Never\""),
	  .restored = SMALL4("") },
	{ .key = KEY_POOLS "p4",
	  .before = SMALL4(""),
	  .mirrored = SMALL4(",\"vxlanMode\":\"Never\""),
	  .restored = SMALL4(",\"disabled\":true") },
	{ .key = KEY_POOLS "p4",
	  .before = SMALL4(ZONE_X),
	  .mirrored = SMALL4(ZONE_X ",\"vxlanMode\":\"Never\""),
	  .restored = SMALL4(",\"nodeSelector\":\"none == \\\"x\\\"\"") },
	{ .key = KEY_NODES "node-a",
	  .before = NODE_A(ZONE_LABEL),
	  .mirrored = NODE_A("\"more\":\"y\"," ZONE_LABEL),
	  .restored = NODE_A("") },
	{ .key = KEY_RESERVATIONS "r",
	  .mirrored = RESERVATION("\"192.0.2.0/24\""),
	  .restored = RESERVATION("\"10.0.0.0/24\"") },
	{ .key = KEY_CONFIG,
	  .before = COOLDOWN("1200"),
	  .mirrored = COOLDOWN("0"),
	  .restored = COOLDOWN("1200"),
	  .exact = true },
	{ .key = KEY_CONFIG,
	  .before = COOLDOWN("1200"),
	  .mirrored = COOLDOWN("1200"),
	  .restored = COOLDOWN("0"),
	  .exact = true },
};

START_TEST(a_record_that_has_the_mirrors_revision_again_is_known_by_its_value)
{
	struct ipam_assign_request r = request_of("node-a", "c4", "4");
	bool is_node = strcmp(rewritten[_i].key, KEY_NODES "node-a") == 0;
	uint64_t revision;

	put(KEY_POOLS "p9", POOL9);
	put(KEY_NODES "node-a", NODE_A(ZONE_LABEL));
	put(KEY_POOLS "p4", is_node ? SMALL4(ZONE_X) : SMALL4(""));
	assert_ok(add_of("node-a", "c1", "4"));
	if (rewritten[_i].before)
		put(rewritten[_i].key, rewritten[_i].before);
	assert_ok(add_of("node-a", "c2", "4"));
	assert_ok(add_of("node-a", "c3", "4"));
	if (rewritten[_i].exact)
		r.exact[FAMILY_4] = answer.address[FAMILY_4].addr;
	assert_ok(del("node-a", "c3"));
	back_up();
	put(rewritten[_i].key, rewritten[_i].mirrored);
	revision = revision_of(rewritten[_i].key);
	ck_assert_int_eq(unlink(mirror_path()), 0);
	assert_ok(add_of("node-a", "c2", "4"));
	come_back_from("backup", 1);
	put(rewritten[_i].key, rewritten[_i].restored);
	ck_assert_uint_eq(revision_of(rewritten[_i].key), revision);
	assign_as_without_mirror(&r);
}
END_TEST

/* Any history: what a request answers is what it would have answered without a mirror. */

#define CONTAINERS 24
#define STEPS 150

static struct container {
	char name[16], node[16];
	struct addr held[N_FAMILIES]; /* FAMILY_NONE: none */
} containers[CONTAINERS], backed_up[CONTAINERS];
static bool has_backup;

static void assert_nobody_else_holds(int who, struct addr a)
{
	for (int i = 0; i < CONTAINERS; i++)
		for (enum family f = FAMILY_4; f < N_FAMILIES && i != who; f++)
			ck_assert_msg(!addr_equal(containers[i].held[f], a),
				      "%s was given what %s holds", containers[who].name,
				      containers[i].name);
}

static void play_add(int who)
{
	static const char *const families[] = { "46", "46", "4", "6" };
	struct ipam_assign_request r = request_of(containers[who].node, containers[who].name,
						  families[draw(4)]);
	int rc;

	if (draw(6) == 0) {
		r.wanted[FAMILY_4] = true;
		r.wanted[FAMILY_6] = false;
		r.exact[FAMILY_4] = (struct addr){ FAMILY_4, 0x0a000000 + draw(64) };
	}
	rc = assign_as_without_mirror(&r);
	for (enum family f = FAMILY_4; rc == 0 && f < N_FAMILIES; f++) {
		if (!answer.has[f])
			continue;
		assert_nobody_else_holds(who, answer.address[f].addr);
		containers[who].held[f] = answer.address[f].addr;
	}
}

static void play_del(int who)
{
	struct datastore *ds __cleanup(datastore_closep) = store(containers[who].node, false);
	struct ipam_release_request r = {
		.owner = owner(containers[who].node, containers[who].name), .now_ns = now_ns++
	};
	struct loop loop __cleanup(loop_done) = {0};
	struct ipam_release_answer answered;
	struct release_answer want = {0};

	rehearse_release(&r, &want, &loop);
	assert_ok(loop_result(&loop, &e));
	assert_ok(ipam_release(ds, &r, &answered, &e));
	ck_assert_uint_eq(answered.released, want.of_this.released);
	memset(containers[who].held, 0, sizeof(containers[who].held));
}

/* As an administrator's release by address, which knows no mirror. */
static void play_release(int who)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct ipam_release_address list[N_FAMILIES];
	unsigned n = 0, done;

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (containers[who].held[f].family == FAMILY_NONE)
			continue;
		list[n++] = (struct ipam_release_address){ .addr = containers[who].held[f] };
		containers[who].held[f] = (struct addr){0};
	}
	assert_ok(ipam_release_addresses(ds, list, n, NULL, &done, &e));
}

static void play_administrator(void)
{
	static const char *const nodes[] = {
		NODE_A(ZONE_LABEL),
		NODE_A(""),
	};
	static const char *const configs[] = {
		"{\"auto_allocate_blocks\":true,\"strict_affinity\":true}",
		"{\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":2}",
		NULL,
	};
	static const char *const pools[] = {
		SMALL4(""), SMALL4(ZONE_X),
		SMALL4(",\"disabled\":true"),
	};
	static const char *const reservations[] = {
		RESERVATION("\"10.0.0.0/28\",\"fd00::/125\""),
		RESERVATION("\"10.0.0.32/28\""),
		NULL,
	};

	switch (draw(5)) {
	case 0:
		put(draw(2) ? KEY_RESERVATIONS "r1" : KEY_RESERVATIONS "r2",
		    reservations[draw(ARRAY_LEN(reservations))]);
		break;
	case 4:
		put(KEY_POOLS "more", draw(2) ? MORE4 : NULL);
		break;
	case 1:
		put(KEY_POOLS "p4", pools[draw(ARRAY_LEN(pools))]);
		break;
	case 2:
		put(KEY_CONFIG, configs[draw(ARRAY_LEN(configs))]);
		break;
	default:
		put(KEY_NODES "node-a", nodes[draw(ARRAY_LEN(nodes))]);
	}
}

static void play_snapshot(void)
{
	back_up();
	memcpy(backed_up, containers, sizeof(containers));
	has_backup = true;
}

/* Or forth, and back by the next. */
static void play_restore(void)
{
	struct container left[CONTAINERS];

	if (!has_backup)
		return;
	memcpy(left, containers, sizeof(left));
	memcpy(containers, backed_up, sizeof(containers));
	if (draw(2)) {
		come_back_from("backup", 0);
		return;
	}
	change_with("backup", 0);
	memcpy(backed_up, left, sizeof(left));
}

static void play(void)
{
	int who = (int)draw(CONTAINERS);

	switch (draw(STEPS)) {
	case 0:
	case 1:
		play_snapshot();
		return;
	case 2:
	case 3:
	case 4:
		play_restore();
		return;
	}
	switch (draw(16)) {
	case 0:
		play_administrator();
		break;
	case 1:
		swap_data("run", "run.old");
		break;
	case 2:
		if (access(member_file(&member, "run.old"), F_OK) == 0)
			swap_data("run.old", "run");
		break;
	case 3:
		play_release(who);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		play_del(who);
		break;
	default:
		play_add(who);
	}
}

static void add_many(int n)
{
	memset(containers, 0, sizeof(containers));
	for (int i = 0; i < n; i++) {
		snprintf(containers[i].name, sizeof(containers[i].name), "c%d", i);
		assert_ok(add_of("node-a", containers[i].name, "4"));
		containers[i].held[FAMILY_4] = answer.address[FAMILY_4].addr;
	}
}

START_TEST(a_full_block_that_has_the_mirrors_revision_again_may_have_room)
{
	struct ipam_assign_request r;
	uint64_t revision;
	struct addr freed;

	put(KEY_POOLS "p4", BLOCKS_OF_4("10.0.0.0/24"));
	add_many(5);
	back_up();
	assert_ok(del("node-a", "c0"));
	assert_ok(add_of("node-a", "c0", "4"));
	freed = answer.address[FAMILY_4].addr;
	revision = revision_of(KEY_BLOCKS_4);
	come_back_from("backup", 1);
	put("/elsewhere", "x");
	assert_ok(del_without_mirror("node-a", "c0"));
	ck_assert_uint_eq(revision_of(KEY_BLOCKS_4), revision);
	r = request_of("node-a", "c5", "4");
	assert_ok(assign_as_without_mirror(&r));
	ck_assert(addr_equal(answer.address[FAMILY_4].addr, freed));
}
END_TEST

START_TEST(an_own_block_that_the_mirror_has_as_full_may_have_room_again)
{
	struct ipam_assign_request r;

	put(KEY_POOLS "p4", BLOCKS_OF_4("10.0.0.0/24"));
	add_many(5);
	play_release(2);
	r = request_of("node-a", "c5", "4");
	assert_ok(assign_as_without_mirror(&r));
}
END_TEST

START_TEST(a_block_that_a_del_does_not_look_at_may_have_changed)
{
	struct ipam_assign_request r;
	struct addr freed;
	int low = 0, high = 0;

	put(KEY_POOLS "p4", BLOCKS_OF_4("10.0.0.0/29"));
	add_many(8);
	for (int i = 1; i < 8; i++) {
		if (addr_compare(containers[i].held[FAMILY_4], containers[low].held[FAMILY_4]) < 0)
			low = i;
		if (addr_compare(containers[i].held[FAMILY_4], containers[high].held[FAMILY_4]) > 0)
			high = i;
	}
	freed = containers[low].held[FAMILY_4];
	play_release(low);
	assert_ok(del("node-a", containers[high].name));
	ck_assert_uint_eq(requests, 1);
	r = request_of("node-a", "c8", "4");
	assert_ok(assign_as_without_mirror(&r));
	ck_assert(addr_equal(answer.address[FAMILY_4].addr, freed));
	ck_assert_uint_eq(requests, 3);
}
END_TEST

START_TEST(a_pool_that_deselects_the_node_is_noticed_by_its_last_del)
{
	assert_ok(add_of("node-a", "c1", "4"));
	put(KEY_POOLS "p4", "{\"metadata\":{\"name\":\"p4\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
			    "\"nodeSelector\":\"none == \\\"x\\\"\"}}");
	assert_ok(del("node-a", "c1"));
	ck_assert_uint_eq(count_of(KEY_BLOCKS_4), 0);
}
END_TEST

START_TEST(a_mirror_of_more_than_a_commit_compares_is_left_for_a_read)
{
	char key[96];

	for (int i = 0; i < 70; i++) {
		snprintf(key, sizeof(key), KEY_RESERVATIONS "far-%d", i);
		put(key, "{\"metadata\":{},\"spec\":{\"reservedCIDRs\":[\"192.0.2.0/24\"]}}");
	}
	assert_ok(add("node-a", "c1"));
	assert_gives_what_the_store_would("c2");
	ck_assert_uint_gt(requests, 1);
	assert_ok(del("node-a", "c1"));
}
END_TEST

START_TEST(in_any_history_the_answer_is_the_one_without_a_mirror)
{
	has_backup = false;
	draw_from(88172645463325252ULL + (uint64_t)_i);
	memset(containers, 0, sizeof(containers));
	for (int i = 0; i < CONTAINERS; i++) {
		snprintf(containers[i].name, sizeof(containers[i].name), "c%d", i);
		snprintf(containers[i].node, sizeof(containers[i].node), "node-%c", "ab"[i % 2]);
	}
	put(KEY_POOLS "p4", SMALL4(""));
	put(KEY_POOLS "p6", SMALL6);
	for (int i = 0; i < STEPS; i++)
		play();
	put(KEY_POOLS "p4", SMALL4(""));
	for (int i = 0; i < CONTAINERS; i++)
		play_del(i);
	ck_assert_uint_eq(count_of(KEY_HANDLES), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("mirror");
	TCase *t = tcase_create("mirror");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_warm_add_and_a_warm_del_are_one_request_each);
	tcase_add_test(t, a_cold_add_with_a_block_at_hand_is_three_requests);
	tcase_add_test(t, turned_off_it_leaves_no_file);
	tcase_add_test(t, nothing_to_release_and_already_held_are_asked_of_the_store);
	tcase_add_test(t, a_truncated_or_noisy_mirror_is_as_if_it_were_not_there);
	tcase_add_test(t, a_stale_mirror_costs_a_request_and_nothing_else);
	tcase_add_test(t, a_pool_or_reservation_made_meanwhile_is_noticed);
	tcase_add_test(t, a_reservation_made_before_a_del_is_noticed_after_it);
	tcase_add_test(t,
		       a_del_that_leaves_its_blocks_in_use_stands_on_no_pool_and_no_reservation);
	tcase_add_test(t, an_address_that_only_an_old_mirror_holds_is_not_answered);
	tcase_add_test(t, a_pool_disabled_meanwhile_is_noticed);
	tcase_add_test(t, a_pool_deleted_meanwhile_is_noticed);
	tcase_add_test(t, a_mirror_of_another_cluster_is_not_believed);
	tcase_add_test(t, a_mirror_from_before_a_restore_gives_no_address_twice);
	tcase_add_test(t, a_block_that_has_the_mirrors_revision_again_is_known_by_its_value);
	tcase_add_test(t, an_equal_block_proves_nothing_of_what_else_a_restored_store_holds);
	tcase_add_test(t,
		       a_commit_in_one_history_and_a_read_in_another_prove_nothing_in_the_first);
	tcase_add_test(t, what_a_reading_did_not_find_may_be_back);
	tcase_add_test(t, what_was_proven_in_one_history_is_not_in_another);
	tcase_add_test(t, each_run_folder_has_a_key_and_a_node_that_is_deleted_leaves_none);
	tcase_add_test(t, what_comes_behind_the_deletion_of_its_node_leaves_no_key);
	tcase_add_loop_test(t, a_record_that_has_the_mirrors_revision_again_is_known_by_its_value,
			    0, ARRAY_LEN(rewritten));
	tcase_add_test(t, a_full_block_that_has_the_mirrors_revision_again_may_have_room);
	tcase_add_test(t, an_own_block_that_the_mirror_has_as_full_may_have_room_again);
	tcase_add_test(t, a_block_that_a_del_does_not_look_at_may_have_changed);
	tcase_add_test(t, a_pool_that_deselects_the_node_is_noticed_by_its_last_del);
	tcase_add_test(t, a_mirror_of_more_than_a_commit_compares_is_left_for_a_read);
	tcase_add_loop_test(t, in_any_history_the_answer_is_the_one_without_a_mirror, 0, 3);
	return s;
}
