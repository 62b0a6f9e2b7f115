/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ipam/fixture_cluster.h"

#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "tests/fake/settings_of.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cluster_init(struct cluster *c)
{
	memset(c, 0, sizeof(*c));
	c->store = fake_new();
	c->ds = fake_open(c->store);
	c->now_ns = CLUSTER_NOW;
}

void cluster_in_turns(struct cluster *c)
{
	datastore_close(c->ds);
	fake_set_traits(c->store, false, false);
	c->ds = fake_open(c->store);
}

void cluster_done(struct cluster *c)
{
	datastore_close(c->ds);
	fake_free(c->store);
}

void cluster_use_mirror(struct cluster *c, const char *folder)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", "http://192.0.2.1:2379", "run_path", folder);

	datastore_use_mirror(c->ds, &settings, "a");
}

void cluster_begin_mirror(struct cluster *c, char folder[32])
{
	strcpy(folder, "/tmp/cluster-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	cluster_use_mirror(c, folder);
}

void cluster_end_mirror(const char *folder)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

void cluster_pool(struct cluster *c, const char *name, const char *cidr, const char *spec)
{
	char key[KEY_TEXT], value[2048];

	snprintf(key, sizeof(key), KEY_POOLS "%s", name);
	snprintf(value, sizeof(value),
		 "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/"
		 "v3\",\"metadata\":{\"name\":\"%s\"},"
		 "\"spec\":{\"cidr\":\"%s\"%s}}",
		 name, cidr, spec);
	fake_put(c->store, key, value);
}

void cluster_node(struct cluster *c, const char *name, const char *labels)
{
	char key[KEY_TEXT], value[2048];

	snprintf(key, sizeof(key), KEY_NODES "%s", name);
	snprintf(value, sizeof(value),
		 "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/"
		 "v3\",\"metadata\":{\"name\":\"%s\",\"labels\":%s},"
		 "\"spec\":{},\"status\":{}}",
		 name, labels);
	fake_put(c->store, key, value);
}

void cluster_config(struct cluster *c, const char *json)
{
	fake_put(c->store, KEY_CONFIG, json);
}

void cluster_reserve(struct cluster *c, const char *name, const char *cidrs)
{
	char key[KEY_TEXT], value[2048];

	snprintf(key, sizeof(key), KEY_RESERVATIONS "%s", name);
	snprintf(value, sizeof(value),
		 "{\"kind\":\"IPReservation\",\"apiVersion\":\"projectcalico.org/"
		 "v3\",\"metadata\":{\"name\":\"%s\"},"
		 "\"spec\":{\"reservedCIDRs\":%s}}",
		 name, cidrs);
	fake_put(c->store, key, value);
}

struct ipam_assign_request cluster_request(struct cluster *c, const char *node,
					   const char *container, const char *families)
{
	struct ipam_assign_request r = {
		.owner = { "net", container, "eth0", node, "default", NULL, NULL, NULL, NULL },
		.wanted = { [FAMILY_4] = strchr(families, '4') != NULL,
			    [FAMILY_6] = strchr(families, '6') != NULL },
		.now_ns = c->now_ns++,
	};

	for (int i = 0; i < IPAM_UIDS; i++)
		snprintf(r.uids[i], sizeof(r.uids[i]), "00000000-0000-4000-8000-%012d", i);
	return r;
}

int cluster_assign(struct cluster *c, const struct ipam_assign_request *request)
{
	char text[ADDR_TEXT];

	err_reset(&c->e);
	memset(c->text, 0, sizeof(c->text));
	memset(&c->answer, 0, sizeof(c->answer));
	if (ipam_assign(c->ds, request, &c->answer, &c->e) < 0)
		return -1;
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!c->answer.has[f])
			continue;
		addr_print(c->answer.address[f].addr, text);
		snprintf(c->text[f], sizeof(c->text[f]), "%s/%u", text,
			 c->answer.address[f].prefix_len);
	}
	return 0;
}

int cluster_add(struct cluster *c, const char *node, const char *container, const char *families)
{
	struct ipam_assign_request r = cluster_request(c, node, container, families);

	return cluster_assign(c, &r);
}

int cluster_add_exact(struct cluster *c, const char *node, const char *container,
		      const char *address)
{
	struct ipam_assign_request r = cluster_request(c, node, container, "");
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	r.exact[a.family] = a;
	r.wanted[a.family] = true;
	r.prefix = IPAM_PREFIX_HOST;
	return cluster_assign(c, &r);
}

int cluster_del(struct cluster *c, const char *node, const char *container)
{
	struct ipam_release_request r = {
		.owner = { "net", container, "eth0", node, "default", NULL, NULL, NULL, NULL },
		.old_handle = container,
		.now_ns = c->now_ns++,
	};
	struct ipam_release_answer answer;

	err_reset(&c->e);
	return ipam_release(c->ds, &r, &answer, &c->e);
}

static struct record record_of(struct cluster *c, const char *key)
{
	const char *value = fake_get(c->store, key);

	return (struct record){ .key = key,
				.value = value,
				.value_len = value ? strlen(value) : 0,
				.revision = 1 };
}

/* What the handles say in sum must be what the blocks say. */
struct sums {
	uint64_t of_handles, of_blocks;
	unsigned unconfirmed; /* affinities of blocks */
};

static void check_block(struct cluster *c, const char *key, struct sums *sums)
{
	struct record record = record_of(c, key);
	struct block b __cleanup(block_done) = {0};
	char affinity[KEY_TEXT], handle_key[KEY_TEXT];
	bool listed[BLOCK_SIZE_MAX + 1] = {0};
	struct err e = {0};

	ck_assert_msg(block_read(&record, &b, &e) == 0, "%s", e.text);
	for (unsigned i = 0; i < b.n_unallocated; i++) {
		ck_assert_msg(!listed[block_listed(&b, i)], "%s lists ordinal %u twice", key,
			      block_listed(&b, i));
		listed[block_listed(&b, i)] = true;
	}
	for (unsigned i = 0; i < b.size; i++) {
		const struct attribute *a = block_attribute(&b, i);

		ck_assert_msg(listed[i] == block_is_free(&b, i), "%s: ordinal %u is lost or double",
			      key, i);
		if (!a || attribute_is_released(a) ||
		    strcmp(attribute_handle(a), BLOCK_WINDOWS_HANDLE) == 0)
			continue;
		sums->of_blocks++;
		snprintf(handle_key, sizeof(handle_key), KEY_HANDLES "%s", attribute_handle(a));
		ck_assert_msg(fake_get(c->store, handle_key) != NULL,
			      "%s: ordinal %u has no handle", key, i);
	}
	if (!b.affinity)
		return;
	ck_assert_int_eq(key_of_affinity(b.affinity, b.cidr, affinity, &e), 0);
	ck_assert_msg(fake_get(c->store, affinity) != NULL, "%s has no affinity record", key);
	sums->unconfirmed += !strstr(fake_get(c->store, affinity), "confirmed");
}

static void check_handle(struct cluster *c, const char *key, struct sums *sums)
{
	struct record record = record_of(c, key);
	struct handle h __cleanup(handle_done) = {0};
	struct err e = {0};

	ck_assert_int_eq(handle_read(&record, &h, &e), 0);
	ck_assert_msg(!handle_is_empty(&h), "%s is empty", key);
	for (size_t i = 0; i < h.n; i++) {
		if (h.list[i].gone)
			continue;
		ck_assert_int_gt(h.list[i].count, 0);
		sums->of_handles += (uint64_t)h.list[i].count;
	}
}

static struct sums sum_up(struct cluster *c)
{
	struct sums sums = {0};
	const char *key;

	for (size_t i = 0; (key = fake_key(c->store, KEY_BLOCKS_4, i)); i++)
		check_block(c, key, &sums);
	for (size_t i = 0; (key = fake_key(c->store, KEY_BLOCKS_6, i)); i++)
		check_block(c, key, &sums);
	for (size_t i = 0; (key = fake_key(c->store, KEY_HANDLES, i)); i++)
		check_handle(c, key, &sums);
	return sums;
}

void cluster_assert_sound(struct cluster *c)
{
	struct sums sums = sum_up(c);

	ck_assert_uint_eq(sums.of_handles, sums.of_blocks);
	ck_assert_uint_eq(sums.unconfirmed, 0);
}

void cluster_assert_mendable(struct cluster *c)
{
	struct sums sums = sum_up(c);

	ck_assert_uint_ge(sums.of_handles, sums.of_blocks);
}

unsigned cluster_allocated(struct cluster *c)
{
	return (unsigned)sum_up(c).of_blocks;
}
