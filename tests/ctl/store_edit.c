/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes records past all rules, as a defect or another program would, into the store
 * that the environment names:
 *
 *	store_edit put KEY VALUE
 *	store_edit del KEY
 *	store_edit get KEY
 *	store_edit keys PREFIX
 *	store_edit load BLOCKS PER_BLOCK	a sound cluster of that size, in pool "big"
 */
#include "datastore/datastore.h"
#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS (30 * 60 * 1000)
#define VALUE_MAX (1 << 20)
#define LOADED_A_NODE 10	/* blocks */

static struct datastore *ds;
static struct view view;
static struct changes changes;
static struct wants wants;

static int fail(const struct err *e)
{
	fprintf(stderr, "store_edit: %s\n", e->text);
	return 1;
}

static int commit_all(struct err *e)
{
	enum commit_outcome outcome;
	int rc = datastore_read(ds, &view, &wants, e);

	if (rc == 0)
		rc = datastore_commit(ds, &view, &changes, &outcome, e);
	wants_done(&wants);
	changes_done(&changes);
	changes_init(&changes);
	view_reset(&view);
	if (rc == 0 && outcome != COMMIT_DONE)
		return err_set(e, ERR_CONFLICT, "somebody else writes here");
	return rc;
}

static void put(const char *key, const char *value)
{
	wants_add(&wants, key, RANGE_KEY);
	changes_put(&changes, key, value, strlen(value));
}

static int print_value(const char *key, struct err *e)
{
	const struct record *r;

	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	r = view_peek(&view, key);
	if (!r)
		return err_set(e, ERR_NOT_FOUND, "%s is not there", key);
	puts(r->value);
	return 0;
}

static int print_keys(const char *prefix, struct err *e)
{
	wants_add(&wants, prefix, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	for (size_t i = 0; i < view.n_records; i++)
		puts(view.records[i].key);
	return 0;
}

static void load_handle(const struct block *b, unsigned n, const char *handle)
{
	char key[KEY_TEXT], value[256], cidr[CIDR_TEXT];

	cidr_print(b->cidr, cidr);
	snprintf(key, sizeof(key), KEY_HANDLES "%s", handle);
	snprintf(value, sizeof(value), "{\"block\":{\"%s\":%u},\"deleted\":false}", cidr, n);
	put(key, value);
}

static int fill_block(struct block *b, unsigned index, unsigned per_block, struct err *e)
{
	char handle[128];

	for (unsigned i = 0; i < per_block; i++) {
		char node[64], pod[64];
		const struct secondary secondary = { {
			{ "namespace", "default" }, { "node", node }, { "pod", pod },
			{ "timestamp", "2026-08-22 10:00:00 +0000 UTC" },
		}, 4 };

		snprintf(handle, sizeof(handle), "k8s-pod-network.%032x%032x", index, i);
		snprintf(node, sizeof(node), "node-%05u", index / LOADED_A_NODE);
		snprintf(pod, sizeof(pod), "pod-%u-%u", index, i);
		if (block_assign(b, i, handle, &secondary, e) < 0)
			return -1;
		load_handle(b, 1, handle);
	}
	return 0;
}

static int load_block(unsigned index, unsigned per_block, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct buf text __cleanup(buf_done) = BUF(VALUE_MAX);
	char owner[64], key[KEY_TEXT];
	struct cidr pool, cidr;

	cidr_parse("10.0.0.0/8", &pool);
	cidr = (struct cidr){ cidr_nth(pool, (u128)index * 64), 26 };
	snprintf(owner, sizeof(owner), "host:node-%05u", index / LOADED_A_NODE);
	if (block_new(cidr, owner, 1787392800000000000, &b, e) < 0 ||
	    fill_block(&b, index, per_block, e) < 0)
		return -1;
	block_print(&b, &text);
	key_of_block(cidr, key);
	put(key, text.data);
	if (key_of_affinity(owner, cidr, key, e) < 0)
		return -1;
	put(key, "{\"state\":\"confirmed\",\"deleted\":false}");
	if (index % LOADED_A_NODE == 0) {
		snprintf(key, sizeof(key), KEY_NODES "%s", owner + 5);
		put(key, "{\"kind\":\"Node\",\"metadata\":{},\"spec\":{},\"status\":{}}");
	}
	return commit_all(e);
}

static int load(unsigned blocks, unsigned per_block, struct err *e)
{
	put(KEY_POOLS "big", "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\","
	    "\"metadata\":{\"name\":\"big\"},\"spec\":{\"cidr\":\"10.0.0.0/8\"}}");
	if (commit_all(e) < 0)
		return -1;
	for (unsigned i = 0; i < blocks; i++)
		if (load_block(i, per_block, e) < 0)
			return -1;
	return 0;
}

static int run(int argc, char **argv, struct err *e)
{
	if (argc == 4 && strcmp(argv[1], "put") == 0) {
		put(argv[2], argv[3]);
		return commit_all(e);
	}
	if (argc == 3 && strcmp(argv[1], "del") == 0) {
		wants_add(&wants, argv[2], RANGE_KEY);
		changes_delete(&changes, argv[2]);
		return commit_all(e);
	}
	if (argc == 3 && strcmp(argv[1], "get") == 0)
		return print_value(argv[2], e);
	if (argc == 3 && strcmp(argv[1], "keys") == 0)
		return print_keys(argv[2], e);
	if (argc == 4 && strcmp(argv[1], "load") == 0)
		return load((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), e);
	return err_set(e, ERR_CONFIG, "put KEY VALUE, del KEY, get KEY, keys PREFIX or load N M");
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct err e = { 0 };
	int rc = 0;

	settings_init(&settings);
	view_init(&view);
	wants_init(&wants);
	changes_init(&changes);
	if (settings_from_environment(&settings, &e) < 0 ||
	    datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(TIMEOUT_MS), &e) < 0 ||
	    run(argc, argv, &e) < 0)
		rc = fail(&e);
	changes_done(&changes);
	wants_done(&wants);
	view_done(&view);
	datastore_close(ds);
	settings_done(&settings);
	return rc;
}
