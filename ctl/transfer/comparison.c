/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/transfer/comparison.h"

#include "base/terminal/shell_word.h"
#include "ipam/record/node.h"
#include "ipam/record/resource.h"

#include <inttypes.h>
#include <string.h>

#define TEXTS_MAX (COMPARISON_TOLD_MAX * 8192)

void comparison_init(struct comparison *c)
{
	*c = (struct comparison){ .ds = NULL };
	archive_sum_init(&c->sum);
	buf_init(&c->differing, TEXTS_MAX);
	buf_init(&c->leaving, TEXTS_MAX);
	buf_init(&c->wanting, TEXTS_MAX);
}

void comparison_done(struct comparison *c)
{
	archive_sum_done(&c->sum);
	buf_done(&c->differing);
	buf_done(&c->leaving);
	buf_done(&c->wanting);
	clashes_done(&c->clashes);
}

void comparison_begin(struct comparison *c, const struct datastore *ds)
{
	c->ds = ds;
	c->same = c->missing = c->different = c->only_in_store = 0;
	c->reworded = c->left = c->wanted = 0;
	archive_sum_reset(&c->sum);
	buf_reset(&c->differing);
	buf_reset(&c->leaving);
	buf_reset(&c->wanting);
	clashes_done(&c->clashes);
}

static void name(struct buf *texts, uint64_t *n, const char *key)
{
	if (++*n <= COMPARISON_TOLD_MAX)
		buf_printf(texts, "%s\n", key);
}

static void want_node(struct comparison *c, const struct node *node)
{
	if (++c->wanted <= COMPARISON_TOLD_MAX)
		buf_printf(&c->wanting, "node %s is not in this cluster: kubelet registers it\n",
			   node->name);
}

/* "kubectl label node NODE LABEL=VALUE...", of what the store's lacks. */
static void want_labels(struct comparison *c, const struct node *in_file, const struct labels *have)
{
	struct buf command __cleanup(buf_done) = BUF(4096);
	char word[SHELL_WORD_TEXT];

	for (size_t i = 0; i < in_file->labels.n; i++) {
		const struct label *l = &in_file->labels.list[i];
		struct buf text __cleanup(buf_done) = BUF(1024);
		const char *value = labels_value(have, l->key);

		if (value && strcmp(value, l->value) == 0)
			continue;
		buf_printf(&text, "%s=%s", l->key, l->value);
		buf_printf(&command, " %s", shell_word(text.data, word, sizeof(word)));
	}
	if (!command.len || ++c->wanted > COMPARISON_TOLD_MAX)
		return;
	buf_printf(&c->wanting, "node %s has other labels in this cluster; run: kubectl label "
		   "--overwrite node %s%s\n", in_file->name,
		   shell_word(in_file->name, word, sizeof(word)), command.data);
}

/* What is no node's, pods above all, the store has by itself.  in_store may be NULL. */
static int note_own(struct comparison *c, const struct record *in_file,
		    const struct record *in_store, struct err *e)
{
	struct node wanted __cleanup(node_done) = { .name = "" };
	struct node there __cleanup(node_done) = { .name = "" };

	if (!node_is(in_file)) {
		name(&c->leaving, &c->left, in_file->key);
		return 0;
	}
	if (node_read(in_file, &wanted, e) < 0 || (in_store && node_read(in_store, &there, e) < 0))
		return -1;
	c->same += in_store != NULL;
	c->reworded += in_store != NULL;
	c->left += !in_store;
	if (in_store)
		want_labels(c, &wanted, &there.labels);
	else
		want_node(c, &wanted);
	return 0;
}

int comparison_note_missing(struct comparison *c, const struct record *in_file, struct err *e)
{
	switch (datastore_keeps(c->ds, in_file->key)) {
	case DATASTORE_KEEPS:
		c->missing++;
		return clashes_note(&c->clashes, in_file, CLASH_FILE, e);
	case DATASTORE_KEEPS_ITS_OWN:
		return note_own(c, in_file, NULL, e);
	case DATASTORE_KEEPS_NOT:
		break;
	}
	name(&c->leaving, &c->left, in_file->key);
	return 0;
}

static bool is_same(const struct record *a, const struct record *b)
{
	return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

int comparison_note_pair(struct comparison *c, const struct record *in_file,
			 const struct record *in_store, struct err *e)
{
	bool same = is_same(in_file, in_store);

	if (datastore_is_own(in_file->key)) {
		name(&c->leaving, &c->left, in_file->key);
		return 0;
	}
	if (archive_sum_add(&c->sum, in_store, e) < 0)
		return -1;
	if (datastore_keeps(c->ds, in_file->key) == DATASTORE_KEEPS_ITS_OWN)
		return note_own(c, in_file, in_store, e);
	if (!same && datastore_traits(c->ds)->own_words && resource_is_alike(in_file, in_store)) {
		same = true;
		c->reworded++;
	}
	if (same)
		c->same++;
	else
		name(&c->differing, &c->different, in_file->key);
	return 0;
}

int comparison_note_only(struct comparison *c, const struct record *in_store, struct err *e)
{
	if (datastore_keeps(c->ds, in_store->key) != DATASTORE_KEEPS)
		return 0;
	c->only_in_store++;
	return clashes_note(&c->clashes, in_store, CLASH_STORE, e);
}
