/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/nonce.h"

#include "base/attr.h"
#include "base/fnv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define NODES "/calico/resources/v3/projectcalico.org/nodes/"

int nonce_prefix(const char *node, char ret_prefix[VIEW_KEY_MAX + 1])
{
	char prefix[VIEW_KEY_MAX + 1];
	int len = snprintf(prefix, sizeof(prefix), NONCES "%s/", node);

	if (!*node || strchr(node, '/') || len >= (int)sizeof(prefix))
		return -1;
	memcpy(ret_prefix, prefix, (size_t)len + 1);
	return 0;
}

void nonce_init(struct nonce *n, const char *node, const char *whose)
{
	char prefix[VIEW_KEY_MAX + 1];

	*n = (struct nonce){0};
	if (nonce_prefix(node, prefix) < 0 ||
	    snprintf(n->node, sizeof(n->node), NODES "%s", node) >= (int)sizeof(n->node) ||
	    snprintf(n->key, sizeof(n->key), "%s%016" PRIx64, prefix,
		     fnv1a(whose, strlen(whose))) >= (int)sizeof(n->key))
		n->key[0] = '\0';
}

bool nonce_is_key(const char *key)
{
	return key_is_under(key, NONCES);
}

bool nonce_is_used_in(const struct datastore_traits *traits)
{
	return traits->transactions && traits->in_order && traits->mirrored;
}

bool nonce_is_used(const struct nonce *n)
{
	return n && *n->key && !n->refused;
}

bool nonce_may_be_put(const struct nonce *n, const struct view *view)
{
	return nonce_is_used(n) && view_knows_existence(view, n->key) &&
	       (view_peek(view, n->key) || view_peek(view, n->node));
}

bool nonce_stands(const struct nonce *n, const struct view *view)
{
	const struct record *r = view_peek(view, n->key);

	return r && r->value && *n->value && r->revision == n->revision &&
	       r->value_len == strlen(n->value) && memcmp(r->value, n->value, r->value_len) == 0;
}

static void prove_nothing(const struct nonce *n, struct view *view)
{
	view_remove(view, n->key);
	for (size_t i = 0; i < view->n_records; i++)
		view->records[i].proven = false;
	for (size_t i = 0; i < view->n_ranges; i++)
		view->ranges[i].proven = false;
}

void nonce_expect(const struct nonce *n, struct view *view)
{
	if (!nonce_stands(n, view))
		prove_nothing(n, view);
}

void nonce_leave(const struct nonce *n, struct view *view)
{
	prove_nothing(n, view);
	view_leave(view, n->key);
}

static bool is_by_itself(const struct range *range)
{
	return range->kind == RANGE_PREFIX && range->keep;
}

/* What a store reads by itself is not of the same moment, nor are more ranges than it can. */
static size_t count_together(const struct range *list, size_t n_list)
{
	size_t n = 0;

	for (size_t i = 0; i < n_list; i++)
		n += !is_by_itself(&list[i]);
	return n;
}

bool nonce_goes_along(const struct wants *wants)
{
	size_t n = count_together(wants->list, wants->n);

	return n && n < DATASTORE_RANGES_AT_ONCE;
}

static bool is_asked_for(const char *key, const struct range *list, size_t n_list)
{
	for (size_t i = 0; i < n_list; i++)
		if (list[i].kind == RANGE_KEY && strcmp(list[i].key, key) == 0)
			return true;
	return false;
}

static void prove_range(struct view *view, const struct range *range, uint64_t revision)
{
	for (size_t i = view_first(view, range->key); view_at(view, i, range->key); i++) {
		struct record *r = &view->records[i];

		if (range->kind == RANGE_KEY && strcmp(r->key, range->key) != 0)
			return;
		r->proven = r->value && r->revision && r->revision <= revision;
	}
}

void nonce_note_reading(struct nonce *n, struct view *view, const struct range *list, size_t n_list)
{
	if (!is_asked_for(n->key, list, n_list))
		return;
	if (!nonce_stands(n, view)) {
		prove_nothing(n, view);
		n->value[0] = '\0';
		return;
	}
	if (count_together(list, n_list) > DATASTORE_RANGES_AT_ONCE)
		return;
	for (size_t i = 0; i < n_list; i++)
		if (list[i].kind != RANGE_PREFIX_KEYS && !is_by_itself(&list[i]))
			prove_range(view, &list[i], n->revision);
}

int nonce_put(const struct nonce *n, struct changes *changes)
{
	struct buf text __cleanup(buf_done) = BUF(NONCE_TEXT);
	unsigned char random[NONCE_BYTES];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		return -1;
	b64_encode(&text, random, sizeof(random));
	if (text.failed)
		return -1;
	changes_put(changes, n->key, text.data, text.len);
	return 0;
}

static bool is_written_under(const struct changes *changes, const char *prefix)
{
	for (size_t i = 0; i < changes->n; i++)
		if (key_is_under(changes->list[i].key, prefix))
			return true;
	return false;
}

static void note_compared_prefix(struct range *range, const struct guards *guards,
				 const struct changes *changes)
{
	for (size_t i = 0; i < guards->n; i++) {
		const struct guard *g = &guards->list[i];

		if (g->key != range->key)
			continue;
		range->proven |= g->kind == GUARD_EXACTLY;
		return;
	}
	range->proven &= !is_written_under(changes, range->key);
}

void nonce_note_compared(struct view *view, const struct guards *guards,
			 const struct changes *changes)
{
	uint64_t now = changes->list[changes->n - 1].revision;

	for (size_t i = 0; i < guards->n; i++) {
		const struct guard *g = &guards->list[i];

		if (g->kind != GUARD_VALUE && g->kind != GUARD_EXACTLY)
			continue;
		for (size_t k = 0; k < g->n_records; k++) {
			struct record *r = &view->records[&g->records[k] - view->records];

			r->proven = r->revision && r->revision <= now;
		}
	}
	for (size_t i = 0; i < view->n_ranges; i++)
		if (view->ranges[i].kind == RANGE_PREFIX)
			note_compared_prefix(&view->ranges[i], guards, changes);
}

void nonce_note_written(struct nonce *n, struct view *view, const struct changes *changes)
{
	const struct change *put = &changes->list[changes->n - 1];

	for (size_t i = 0; i < changes->n; i++) {
		const struct record *r = view_peek(view, changes->list[i].key);

		if (r)
			view->records[r - view->records].proven = true;
	}
	memcpy(n->value, put->value, put->value_len + 1);
	n->revision = put->revision;
}
