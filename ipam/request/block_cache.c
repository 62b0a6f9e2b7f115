/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/block_cache.h"

#include "base/same.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct cached_block *kept)
{
	free(kept->key);
	free(kept->text);
	block_done(&kept->block);
	*kept = (struct cached_block){0};
}

void block_cache_done(struct block_cache *c)
{
	for (size_t i = 0; i < BLOCK_CACHE_MAX; i++)
		forget(&c->list[i]);
}

static struct cached_block *find(struct block_cache *c, const char *key)
{
	for (size_t i = 0; i < BLOCK_CACHE_MAX; i++)
		if (c->list[i].key && strcmp(c->list[i].key, key) == 0)
			return &c->list[i];
	return NULL;
}

static struct cached_block *find_free(struct block_cache *c)
{
	for (size_t i = 0; i < BLOCK_CACHE_MAX; i++)
		if (!c->list[i].key)
			return &c->list[i];
	return NULL;
}

static bool has_text(const struct cached_block *kept, const struct record *record)
{
	return record->value && same_texts(kept->text, kept->text_len, record->value,
					   record->value_len);
}

int block_cache_take(struct block_cache *c, const struct record *record, struct block *ret,
		     struct err *e)
{
	struct cached_block *kept = c ? find(c, record->key) : NULL;

	if (!kept || !has_text(kept, record))
		return block_read(record, ret, e);
	*ret = kept->block;
	ret->revision = record->revision;
	kept->block = (struct block){0};
	forget(kept);
	return 0;
}

static int fill(struct cached_block *place, const char *key, const char *text, size_t text_len,
		struct block *block)
{
	place->key = strdup(key);
	place->text = malloc(text_len + 1);
	if (!place->key || !place->text) {
		forget(place);
		return -1;
	}
	memcpy(place->text, text, text_len);
	place->text_len = text_len;
	place->block = *block;
	*block = (struct block){0};
	return 0;
}

void block_cache_keep(struct block_cache *c, const char *key, const char *text, size_t text_len,
		      struct block *block)
{
	struct cached_block *place = c ? find(c, key) : NULL;

	if (place)
		forget(place);
	else if (c)
		place = find_free(c);
	if (!place || fill(place, key, text, text_len, block) < 0)
		block_done(block);
}
