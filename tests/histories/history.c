/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/histories/history.h"

#include "base/attr.h"
#include "base/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 63
#define FAMILIES 2
#define NEVER INT64_MAX

struct name {
	char text[NAME_MAX_LEN + 1];
};

struct call {
	int64_t begin, end, limit_ms;
	struct name node, verb, owner, result;
	char addresses[2 * NAME_MAX_LEN + 2];
};

/* What is known of an owner. */
struct life {
	struct name owner, node;
	int64_t told, given_up, deleted;	/* NEVER: not yet */
	bool forgotten, released, unsure;
	struct name addresses[FAMILIES];
	bool found[FAMILIES];
	unsigned n_addresses, n_held;
};

struct held {
	struct name address, owner;
};

struct span {
	const char *address, *owner;
	int64_t from, to;
};

struct history {
	struct call *calls;
	struct life *lives;
	struct held *held;
	size_t n_calls, n_lives, n_held, cap_calls, cap_lives, cap_held;
	unsigned faults, landed_late;
	bool looked, ended;
	const struct history_rules *rules;
	struct buf *out;
	int wrongs;
};

static void history_done(struct history *h)
{
	free(h->calls);
	free(h->lives);
	free(h->held);
}

static void wrong(struct history *h, const char *fmt, ...) __printf_like(2, 3);

static void wrong(struct history *h, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(h->out, fmt, args);
	va_end(args);
	buf_putc(h->out, '\n');
	h->wrongs++;
}

static bool is(const struct name *name, const char *word)
{
	return strcmp(name->text, word) == 0;
}

/* Memory that is lacking ends a test. */
#define ROOM(list, n, cap) do { if (list_room(list, n, cap) < 0) abort(); } while (0)

static bool read_call(struct history *h, const char *line)
{
	struct call c = {0};

	if (sscanf(line, "call %" SCNd64 " %" SCNd64 " %63s %63s %63s %63s %" SCNd64 " %127s",
		   &c.begin, &c.end, c.node.text, c.verb.text, c.owner.text, c.result.text,
		   &c.limit_ms, c.addresses) < 7)
		return false;
	ROOM(&h->calls, h->n_calls, &h->cap_calls);
	h->calls[h->n_calls++] = c;
	return true;
}

/* What is gone is kept as a call, and becomes part of its owner's life with the others. */
static bool read_gone(struct history *h, const char *line)
{
	struct call c = { .verb = { "gone" }, .result = { "ok" } };

	if (sscanf(line, "gone %" SCNd64 " %63s %63s", &c.begin, c.node.text, c.owner.text) != 3)
		return false;
	c.end = c.begin;
	ROOM(&h->calls, h->n_calls, &h->cap_calls);
	h->calls[h->n_calls++] = c;
	return true;
}

static bool read_held(struct history *h, const char *line)
{
	struct held held;

	if (sscanf(line, "held %63s %63s", held.address.text, held.owner.text) != 2)
		return false;
	ROOM(&h->held, h->n_held, &h->cap_held);
	h->held[h->n_held++] = held;
	return true;
}

static bool read_line(struct history *h, const char *line)
{
	if (strncmp(line, "call ", 5) == 0)
		return read_call(h, line);
	if (strncmp(line, "gone ", 5) == 0)
		return read_gone(h, line);
	if (strncmp(line, "held ", 5) == 0)
		return read_held(h, line);
	if (strncmp(line, "left ", 5) == 0)
		return wrong(h, "%s", line), true;
	if (strncmp(line, "fault ", 6) == 0)
		return h->faults++, true;
	if (strcmp(line, "looked") == 0)
		return h->looked = true;
	return strcmp(line, "ended") == 0 && (h->ended = true);
}

static int read_lines(struct history *h, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line __cleanup(free_text) = strndup(text, len);

		if (!line)
			abort();
		if (!read_line(h, line))
			return buf_printf(h->out, "not of a history: %s\n", line), -1;
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int by_owner_and_begin(const void *a, const void *b)
{
	const struct call *one = a, *other = b;
	int order = strcmp(one->owner.text, other->owner.text);

	return order ? order : (one->begin > other->begin) - (one->begin < other->begin);
}

static void take_addresses(struct life *l, char *list)
{
	char *rest = NULL;

	for (char *a = strtok_r(list, ",", &rest); a; a = strtok_r(NULL, ",", &rest)) {
		a[strcspn(a, "/")] = '\0';
		if (l->n_addresses < FAMILIES)
			snprintf(l->addresses[l->n_addresses].text, NAME_MAX_LEN + 1, "%.63s", a);
		l->n_addresses++;
	}
}

static void live_add(struct history *h, struct life *l, const struct call *c)
{
	struct life again = {0};
	char list[sizeof(c->addresses)];

	memcpy(list, c->addresses, sizeof(list));
	l->unsure |= is(&c->result, "unknown") || is(&c->result, "killed");
	if (!is(&c->result, "ok"))
		return;
	take_addresses(&again, list);
	if (again.n_addresses != FAMILIES)
		wrong(h, "half: %s was told %u addresses: %s", l->owner.text, again.n_addresses,
		      c->addresses);
	else if (l->told != NEVER && memcmp(l->addresses, again.addresses, sizeof(l->addresses)))
		wrong(h, "moved: %s was told %s after %s", l->owner.text, c->addresses,
		      l->addresses[0].text);
	if (l->told != NEVER)
		return;
	l->told = c->end;
	l->n_addresses = again.n_addresses < FAMILIES ? again.n_addresses : FAMILIES;
	memcpy(l->addresses, again.addresses, sizeof(l->addresses));
}

static void live_call(struct history *h, struct life *l, const struct call *c)
{
	if (is(&c->verb, "ADD"))
		live_add(h, l, c);
	if (!is(&c->verb, "DEL") && !is(&c->verb, "gone"))
		return;
	if (c->begin < l->given_up)
		l->given_up = c->begin;
	if (is(&c->verb, "gone"))
		l->forgotten = true;
	else if (is(&c->result, "ok"))
		l->released = true;
	if (is(&c->verb, "DEL") && is(&c->result, "ok") && c->end < l->deleted)
		l->deleted = c->end;
}

static void make_lives(struct history *h)
{
	struct life *l = NULL;

	if (h->n_calls)
		qsort(h->calls, h->n_calls, sizeof(*h->calls), by_owner_and_begin);
	for (size_t i = 0; i < h->n_calls; i++) {
		const struct call *c = &h->calls[i];

		if (is(&c->owner, "-"))
			continue;
		if (!l || !is(&l->owner, c->owner.text)) {
			ROOM(&h->lives, h->n_lives, &h->cap_lives);
			l = &h->lives[h->n_lives++];
			*l = (struct life){ .owner = c->owner, .node = c->node, .told = NEVER,
					    .given_up = NEVER, .deleted = NEVER };
		}
		live_call(h, l, c);
	}
}

/* A GC that begins after an owner is gone releases it. */
static void collect_garbage(struct history *h)
{
	for (size_t i = 0; i < h->n_calls; i++) {
		const struct call *c = &h->calls[i];

		if (!is(&c->verb, "GC") || !is(&c->result, "ok"))
			continue;
		for (size_t k = 0; k < h->n_lives; k++) {
			struct life *l = &h->lives[k];

			if (l->forgotten && l->given_up < c->begin && is(&l->node, c->node.text))
				l->released = true;
		}
	}
}

static int by_address_and_time(const void *a, const void *b)
{
	const struct span *one = a, *other = b;
	int order = strcmp(one->address, other->address);

	return order ? order : (one->from > other->from) - (one->from < other->from);
}

static void judge_spans(struct history *h, struct span *spans, size_t n)
{
	const struct span *last = NULL;	/* of those of an address the one that ends last */

	if (n)
		qsort(spans, n, sizeof(*spans), by_address_and_time);
	for (size_t i = 0; i < n; i++) {
		const struct span *s = &spans[i];

		if (last && strcmp(last->address, s->address))
			last = NULL;
		if (last && s->from < last->to)
			wrong(h, "twice: %s was given to %s at %" PRId64 ", and %s had it from %"
			      PRId64, s->address, s->owner, s->from, last->owner, last->from);
		if (!last || s->to > last->to)
			last = s;
	}
}

static void judge_owners_at_one_time(struct history *h)
{
	struct span *spans = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < h->n_lives; i++) {
		const struct life *l = &h->lives[i];

		for (unsigned a = 0; l->told < l->given_up && a < l->n_addresses; a++) {
			ROOM(&spans, n, &cap);
			spans[n++] = (struct span){ l->addresses[a].text, l->owner.text, l->told,
						    l->given_up };
		}
	}
	judge_spans(h, spans, n);
	free(spans);
}

static int compare_owner(const void *key, const void *element)
{
	const struct life *l = element;

	return strcmp(key, l->owner.text);
}

static struct life *life_of(struct history *h, const char *owner)
{
	return bsearch(owner, h->lives, h->n_lives, sizeof(*h->lives), compare_owner);
}

/* CHECK sees what was acknowledged before it began, and nothing that is over. */
static void judge_checks(struct history *h)
{
	for (size_t i = 0; i < h->n_calls; i++) {
		const struct call *c = &h->calls[i];
		const struct life *l = is(&c->verb, "CHECK") ? life_of(h, c->owner.text) : NULL;

		if (!l)
			continue;
		if (is(&c->result, "denied") && l->told < c->begin && c->end < l->given_up)
			wrong(h, "stale: CHECK at %" PRId64 " did not see what %s was told at %"
			      PRId64, c->begin, l->owner.text, l->told);
		if (is(&c->result, "ok") && l->deleted < c->begin && !l->unsure)
			wrong(h, "stale: CHECK at %" PRId64 " saw %s, which was deleted at %"
			      PRId64, c->begin, l->owner.text, l->deleted);
	}
}

static bool has_for_certain(const struct life *l)
{
	return l->told != NEVER && l->given_up == NEVER;
}

static void judge_certain(struct history *h, struct life *l, const struct held *held)
{
	for (unsigned a = 0; a < l->n_addresses; a++)
		if (is(&l->addresses[a], held->address.text)) {
			l->found[a] = true;
			return;
		}
	wrong(h, "kept: %s is held by %s, which was never told of it", held->address.text,
	      held->owner.text);
}

static void judge_held(struct history *h, const struct held *held)
{
	struct life *l = life_of(h, held->owner.text);

	if (!l) {
		wrong(h, "kept: %s is held by %s, which nobody knows", held->address.text,
		      held->owner.text);
		return;
	}
	l->n_held++;
	if (has_for_certain(l))
		judge_certain(h, l, held);
	else if (l->released && l->unsure)
		h->landed_late++;	/* after the DEL had looked, which then is to be repeated */
	else if (l->released)
		wrong(h, "kept: %s is held by %s, which was released", held->address.text,
		      held->owner.text);
	else if (l->told == NEVER && !l->unsure)
		wrong(h, "kept: %s is held by %s, whose ADD changed nothing", held->address.text,
		      held->owner.text);
}

static void judge_lives(struct history *h)
{
	for (size_t i = 0; i < h->n_lives; i++) {
		const struct life *l = &h->lives[i];

		if (l->n_held % FAMILIES)
			wrong(h, "half: %s holds %u addresses", l->owner.text, l->n_held);
		for (unsigned a = 0; has_for_certain(l) && a < l->n_addresses; a++)
			if (!l->found[a])
				wrong(h, "lost: %s, given to %s at %" PRId64, l->addresses[a].text,
				      l->owner.text, l->told);
	}
}

static int by_held_address(const void *a, const void *b)
{
	const struct held *one = a, *other = b;

	return strcmp(one->address.text, other->address.text);
}

static void judge_store(struct history *h)
{
	if (h->n_held)
		qsort(h->held, h->n_held, sizeof(*h->held), by_held_address);
	for (size_t i = 0; i < h->n_held; i++) {
		if (i && is(&h->held[i].address, h->held[i - 1].address.text))
			wrong(h, "twice: %s is in the store for %s and %s", h->held[i].address.text,
			      h->held[i - 1].owner.text, h->held[i].owner.text);
		judge_held(h, &h->held[i]);
	}
	judge_lives(h);
}

/* Returns how late the latest was. */
static int64_t judge_ends(struct history *h)
{
	int64_t latest = 0;

	for (size_t i = 0; i < h->n_calls; i++) {
		const struct call *c = &h->calls[i];
		int64_t took = c->end - c->begin;

		if (!is(&c->verb, "gone") && took > c->limit_ms * 1000 + h->rules->slack_us)
			wrong(h, "late: %s of %s on %s took %" PRId64 " us, and may take %" PRId64
			      " ms", c->verb.text, c->owner.text, c->node.text, took, c->limit_ms);
		if (is(&c->result, "crashed"))
			wrong(h, "crash: %s of %s on %s at %" PRId64, c->verb.text, c->owner.text,
			      c->node.text, c->begin);
		if (took - c->limit_ms * 1000 > latest)
			latest = took - c->limit_ms * 1000;
	}
	return latest;
}

static unsigned count(const struct history *h, const char *verb, const char *result)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n_calls; i++)
		n += (!verb || is(&h->calls[i].verb, verb)) && is(&h->calls[i].result, result) &&
		     !is(&h->calls[i].verb, "gone");
	return n;
}

static void judge_amount(struct history *h)
{
	if (!h->looked || !h->ended)
		wrong(h, "short: the history has no end");
	if (count(h, "ADD", "ok") < h->rules->least_added)
		wrong(h, "short: %u ADDs acknowledged, not %u", count(h, "ADD", "ok"),
		      h->rules->least_added);
	if (h->faults < h->rules->least_faults)
		wrong(h, "short: %u faults, not %u", h->faults, h->rules->least_faults);
}

static void say_figures(const struct history *h, int64_t latest)
{
	buf_printf(h->out, "%u operations acknowledged (%u ADD, %u DEL, %u CHECK, %u GC), "
		   "%u refused, %u unknown, %u killed; ", count(h, NULL, "ok"),
		   count(h, "ADD", "ok"), count(h, "DEL", "ok"), count(h, "CHECK", "ok"),
		   count(h, "GC", "ok"),
		   count(h, NULL, "error") + count(h, NULL, "denied"),
		   count(h, NULL, "unknown"), count(h, NULL, "killed"));
	buf_printf(h->out, "%u faults; %u addresses landed late; none ended more than %" PRId64
		   " ms after its deadline\n", h->faults, h->landed_late, latest / 1000);
}

int history_judge(const char *text, const struct history_rules *rules, struct buf *out)
{
	struct history h __cleanup(history_done) = { .rules = rules, .out = out };
	int64_t latest;

	if (read_lines(&h, text) < 0)
		return -1;
	make_lives(&h);
	collect_garbage(&h);
	judge_owners_at_one_time(&h);
	judge_checks(&h);
	judge_store(&h);
	latest = judge_ends(&h);
	judge_amount(&h);
	say_figures(&h, latest);
	return h.wrongs;
}
