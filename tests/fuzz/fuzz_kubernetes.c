/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server's answers: an object of each kind in each group, and a list of them.  What
 * is read has a key of its kind, and what has been written is read and written as it is.
 */
#include "base/json.h"
#include "base/utf8.h"
#include "datastore/kubernetes/listing.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

/* What is asked for has the input as its answer (tests/fuzz/CMakeLists.txt). */
int __wrap_api_round(struct api *a, struct api_call *calls, size_t n, struct err *e);

static const uint8_t *input;
static size_t input_size;
static unsigned rounds;

static struct object empty(void)
{
	return (struct object){ .value = BUF(0), .frame = BUF(0) };
}

static bool read_again(struct object *ret, const struct object *o, enum group group,
		       const struct buf *text)
{
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(text->data, text->len, &e);

	promise(tree != NULL, "what is written is JSON");
	return object_read(ret, o->kind, group, tree, &e) == 0;
}

static void write_marked(const struct object *o, enum group group)
{
	struct buf text __cleanup(buf_done) = BUF(OBJECT_JSON_MAX);
	struct object again __cleanup(object_done) = empty();
	struct err e = {0};

	if (!kind_is_marked_deleted(o->kind) ||
	    object_print_deleted(&text, group, o->key, o->value.data, o->value.len, o->frame.data,
				 &e) < 0)
		return;
	promise(read_again(&again, o, group, &text), "what is marked is still read");
	promise(again.deleted && strcmp(again.key, o->key) == 0, "a mark is a mark");
}

static void write_new(const struct object *o, enum group group)
{
	struct buf text __cleanup(buf_done) = BUF(OBJECT_JSON_MAX);
	struct err e = {0};

	if (object_print(&text, group, o->key, o->value.data, o->value.len, NULL, &e) == 0)
		json_free(json_parse(text.data, text.len, &e));
}

/* Elsewhere than here JSON is UTF-8, and what is not is written as U+FFFD. */
static bool is_utf8(const char *text)
{
	size_t len;

	for (; *text; text += len) {
		len = utf8_len((const unsigned char *)text);
		if (!len)
			return false;
	}
	return true;
}

/* Into an empty object; false: it is not written. */
static bool write_and_read(struct object *ret, const struct object *o, enum group group)
{
	struct buf text __cleanup(buf_done) = BUF(OBJECT_JSON_MAX);
	struct err e = {0};

	if (object_print(&text, group, o->key, o->value.data, o->value.len, o->frame.data, &e) < 0)
		return false;
	promise(read_again(ret, o, group, &text), "what was read and written is read");
	promise(!ret->deleted, "what is written is not marked");
	promise(strcmp(ret->key, o->key) == 0, "it has the same key");
	return true;
}

static void write_again(const struct object *o, enum group group)
{
	struct object complete __cleanup(object_done) = empty();
	struct object again __cleanup(object_done) = empty();

	if (!write_and_read(&complete, o, group))
		return;
	promise(write_and_read(&again, &complete, group), "what was written is written again");
	promise(strcmp(again.value.data, complete.value.data) == 0, "it has the same value");
	write_marked(o, group);
	write_new(o, group);
}

static void judge(const struct object *o)
{
	promise(o->key && strlen(o->key) <= VIEW_KEY_MAX, "a key fits");
	promise(kind_is_under(o->kind, o->key), "a key is of its kind");
	promise(o->revision != 0, "a record has a revision");
	promise(strlen(o->value.data) == o->value.len, "a value is text");
}

static void read_object(enum kind kind, enum group group)
{
	char *text __cleanup(input_textp) = input_text(input, input_size);
	struct object o __cleanup(object_done) = empty();
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(text, input_size, &e);

	if (!tree || object_read(&o, kind, group, tree, &e) < 0)
		return;
	judge(&o);
	if (is_utf8(text) && is_utf8(o.key))
		write_again(&o, group);
}

/* The first is answered, the second has expired, the third is answered, then all is empty. */
int __wrap_api_round(struct api *a, struct api_call *calls, size_t n, struct err *e)
{
	(void)a;
	(void)e;
	rounds++;
	for (size_t i = 0; i < n; i++) {
		calls[i].outcome = rounds == 2 ? API_EXPIRED : API_DONE;
		if (rounds > 3)
			buf_puts(&calls[i].answer, "{\"items\":null}");
		else
			buf_add(&calls[i].answer, input, input_size);
	}
	return 0;
}

static int see(struct object *o, void *arg, struct err *e)
{
	(void)e;
	judge(o);
	++*(size_t *)arg;
	return 0;
}

static void list(enum group group, const struct range *range, enum listing_moment moment)
{
	struct api api = { .group = group, .deadline = deadline_in_ms(60000), .place = "here" };
	size_t seen = 0;
	struct listing l = { .api = &api, .visit = see, .arg = &seen, .moment = moment };
	struct err e = {0};

	rounds = 0;
	if (listing_run(&l, range, 1, &e) < 0)
		promise(*e.text != '\0', "an error has words");
	promise(rounds <= 64, "a list ends");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct range all = { .key = "/calico/", .kind = RANGE_PREFIX },
				  one = { .key = "/calico/ipam/v2/handle/net.c1",
					  .kind = RANGE_KEY };

	input = data;
	input_size = size;
	for (enum group group = 0; group < N_GROUPS; group++) {
		for (enum kind kind = 0; kind < N_KINDS; kind++)
			read_object(kind, group);
		list(group, &all, LISTING_ANY);
		list(group, &all, LISTING_ONE);
		list(group, &one, LISTING_ANY);
	}
	return 0;
}
