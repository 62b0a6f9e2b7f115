/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/mirror.h"

#include "base/fnv.h"
#include "base/io.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "calico-ipam mirror 3\n"

struct mirror {
	char path[PATH_MAX];
	char *identity;
	bool has_nonce;
	struct nonce nonce;
};

/* Another run folder is another mirror. */
static void init_nonce(struct mirror *m, const char *node)
{
	char *whose;

	if (asprintf(&whose, "%s\n%s", m->identity, m->path) < 0)
		return;
	nonce_init(&m->nonce, node, whose);
	free(whose);
	m->has_nonce = true;
}

struct mirror *mirror_open(const struct settings *settings, const struct datastore_traits *traits,
			   const char *node)
{
	struct mirror *m;
	uint64_t name;

	if (!settings_want_mirror(settings) || !node || !*node)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	if (asprintf(&m->identity, "%s\n%s\n%s\n%s\n%s", traits->place,
		     settings_get(settings, SET_ETCD_ENDPOINTS),
		     settings_get(settings, SET_ETCD_DISCOVERY_SRV),
		     settings_get(settings, SET_ETCD_USERNAME), node) < 0) {
		free(m);
		return NULL;
	}
	name = fnv1a(m->identity, strlen(m->identity));
	if (snprintf(m->path, sizeof(m->path), "%s/mirror-%016" PRIx64,
		     settings_run_path(settings), name) >= (int)sizeof(m->path)) {
		mirror_close(m);
		return NULL;
	}
	if (nonce_is_used_in(traits))
		init_nonce(m, node);
	return m;
}

struct nonce *mirror_nonce(struct mirror *m)
{
	return m->has_nonce ? &m->nonce : NULL;
}

void mirror_close(struct mirror *m)
{
	if (!m)
		return;
	free(m->identity);
	free(m);
}

/* The file is MAGIC, the checksum of the rest, then texts and numbers in this form. */
static void put_number(struct buf *out, uint64_t n)
{
	buf_add(out, &n, sizeof(n));
}

static void put_bytes(struct buf *out, const void *data, size_t len)
{
	put_number(out, len);
	buf_add(out, data, len);
	buf_putc(out, '\0');
}

/* What is left to read; `bad` is sticky. */
struct reader {
	const char *at, *end;
	bool bad;
};

static uint64_t get_number(struct reader *r)
{
	uint64_t n = 0;

	if (r->bad || (size_t)(r->end - r->at) < sizeof(n)) {
		r->bad = true;
		return 0;
	}
	memcpy(&n, r->at, sizeof(n));
	r->at += sizeof(n);
	return n;
}

static const char *get_bytes(struct reader *r, size_t *ret_len)
{
	uint64_t len = get_number(r);
	const char *data = r->at;

	if (r->bad || len >= (size_t)(r->end - r->at) || data[len] != '\0') {
		r->bad = true;
		return "";
	}
	r->at += len + 1;
	*ret_len = len;
	return data;
}

static const char *get_key(struct reader *r)
{
	size_t len = 0;
	const char *key = get_bytes(r, &len);

	if (strlen(key) != len || len > VIEW_KEY_MAX)
		r->bad = true;
	return key;
}

static void load_ranges(struct reader *r, struct view *view)
{
	uint64_t n = get_number(r);

	for (uint64_t i = 0; i < n && !r->bad; i++) {
		uint64_t kind = get_number(r);
		struct range range = { .kind = kind ? RANGE_PREFIX : RANGE_KEY };

		range.key = get_key(r);
		if (r->bad)
			return;
		view_cover(view, &range, 0);
		if (!view->failed)
			view->ranges[view->n_ranges - 1].proven = kind > 1;
	}
	for (size_t i = 0; i < view->n_ranges; i++)
		view->ranges[i].unasked = view->ranges[i].kind != RANGE_KEY;
}

/* Whether the key was refused, and the one that stands. */
static void load_nonce(struct reader *r, struct nonce *n)
{
	const char *value;
	size_t len = 0;

	n->refused = get_number(r) != 0;
	n->revision = get_number(r);
	value = get_bytes(r, &len);
	r->bad |= len >= sizeof(n->value) || strlen(value) != len;
	if (!r->bad)
		memcpy(n->value, value, len + 1);
}

static void load_record(struct reader *r, struct view *view)
{
	bool proven = get_number(r) != 0;
	uint64_t revision = get_number(r);
	const char *key = get_key(r), *value;
	const struct record *record;
	size_t len = 0;

	value = get_bytes(r, &len);
	/* What no range covers would be planned from and not compared; none is saved so. */
	r->bad |= !view_knows_existence(view, key);
	if (r->bad)
		return;
	view_put(view, key, value, len, revision);
	record = view_peek(view, key);
	if (record)
		view->records[record - view->records].proven = proven && revision;
}

static void load_records(struct reader *r, struct view *view)
{
	uint64_t n = get_number(r);

	for (uint64_t i = 0; i < n && !r->bad; i++)
		load_record(r, view);
}

static bool parse(struct mirror *m, const struct buf *file, struct view *view)
{
	size_t head = strlen(MAGIC), len = 0;
	struct reader r = { file->data, file->data + file->len, false };
	const char *identity;
	uint64_t sum;

	if (file->len < head || memcmp(file->data, MAGIC, head) != 0)
		return false;
	r.at += head;
	sum = get_number(&r);
	if (r.bad || sum != fnv1a_words(r.at, (size_t)(r.end - r.at)))
		return false;
	identity = get_bytes(&r, &len);
	if (r.bad || strcmp(identity, m->identity) != 0)
		return false;
	load_nonce(&r, &m->nonce);
	load_ranges(&r, view);
	load_records(&r, view);
	return !r.bad && r.at == r.end && !view->failed && view->n_ranges;
}

static void forget_nonce(struct nonce *n)
{
	n->value[0] = '\0';
	n->revision = 0;
	n->refused = false;
}

/* What a commit that fails is to read too. */
static void show_nonce(const struct nonce *n, struct view *view)
{
	const struct range range = { .key = n->key, .kind = RANGE_KEY };

	if (nonce_is_used(n))
		view_cover(view, &range, 0);
	if (nonce_is_used(n) && *n->value)
		view_put(view, n->key, n->value, strlen(n->value), n->revision);
	nonce_expect(n, view);
}

void mirror_load(struct mirror *m, struct view *view)
{
	struct buf file __cleanup(buf_done) = BUF(MIRROR_FILE_MAX);
	struct err ignored = {0};

	forget_nonce(&m->nonce);
	if (io_read_own_file(m->path, &file, &ignored) == 0 && parse(m, &file, view)) {
		show_nonce(&m->nonce, view);
		view->from_mirror = !view->failed;
	}
	if (view->from_mirror)
		return;
	forget_nonce(&m->nonce);
	view_reset(view);
}

static bool is_wanted(const struct wants *keep, const char *key)
{
	for (size_t i = 0; i < keep->n; i++)
		if (range_holds(&keep->list[i], key))
			return true;
	return false;
}

/* 0: a key, 1: a prefix, 2: one that is proven. */
static void print_ranges(const struct view *view, const struct wants *keep, struct buf *out)
{
	uint64_t newest;

	put_number(out, keep->n);
	for (size_t i = 0; i < keep->n; i++) {
		const struct range *r = &keep->list[i];

		put_number(out, r->kind != RANGE_PREFIX ? 0 :
				1 + view_proves_prefix(view, r->key, &newest));
		put_bytes(out, r->key, strlen(r->key));
	}
}

/* Only what the view has proves what it holds. */
static void print_nonce(const struct mirror *m, const struct view *view, struct buf *out)
{
	const struct nonce *n = &m->nonce;
	bool stands = nonce_stands(n, view);

	put_number(out, n->refused);
	put_number(out, stands ? n->revision : 0);
	put_bytes(out, n->value, stands ? strlen(n->value) : 0);
}

static void set_number(struct buf *out, size_t at, uint64_t n)
{
	if (!out->failed)
		memcpy(out->data + at, &n, sizeof(n));
}

static void print_records(const struct view *view, const struct wants *keep, struct buf *out)
{
	uint64_t n = 0;
	size_t at = out->len;

	put_number(out, n);
	for (size_t i = 0; i < view->n_records; i++) {
		const struct record *record = &view->records[i];

		if (!record->value || !is_wanted(keep, record->key))
			continue;
		put_number(out, record->proven);
		put_number(out, record->revision);
		put_bytes(out, record->key, strlen(record->key));
		put_bytes(out, record->value, record->value_len);
		n++;
	}
	set_number(out, at, n);
}

void mirror_save(const struct mirror *m, const struct view *view, const struct wants *keep)
{
	size_t head = strlen(MAGIC) + sizeof(uint64_t);
	struct buf out __cleanup(buf_done) = BUF(MIRROR_FILE_MAX);
	struct err ignored = {0};
	uint64_t sum;

	buf_puts(&out, MAGIC);
	put_number(&out, 0);
	put_bytes(&out, m->identity, strlen(m->identity));
	print_nonce(m, view, &out);
	print_ranges(view, keep, &out);
	print_records(view, keep, &out);
	if (out.failed || keep->failed || !keep->n) {
		unlink(m->path);
		return;
	}
	sum = fnv1a_words(out.data + head, out.len - head);
	memcpy(out.data + head - sizeof(sum), &sum, sizeof(sum));
	if (io_overwrite_own_file(m->path, out.data, out.len, 0600, &ignored) == 0)
		return;
	unlink(m->path);
	if (io_make_parent(m->path, 0700, &ignored) == 0)
		io_overwrite_own_file(m->path, out.data, out.len, 0600, &ignored);
}
