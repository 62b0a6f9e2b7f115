/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/selector.h"

#include "base/list.h"
#include "ipam/record/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 512	/* bytes */

enum node_kind {
	NODE_ALL, NODE_GLOBAL, NODE_HAS, NODE_EQUAL, NODE_NOT_EQUAL, NODE_CONTAINS,
	NODE_STARTS, NODE_ENDS, NODE_IN, NODE_NOT_IN, NODE_AND, NODE_OR,
};

/* A stretch of the selector's text. */
struct span {
	const char *text;
	size_t len;
};

struct word {
	struct span span;
	struct word *next;
};

struct node {
	enum node_kind kind;
	bool negated;
	struct span label;
	struct word *words;	/* what the label is compared with */
	struct node *child;	/* first operand of AND and OR */
	struct node *next;	/* next operand of the parent */
};

struct selector {
	char *text;		/* owned; the spans point into it */
	struct node *root;
	bool names_global;
};

struct parser {
	struct selector *selector;
	const char *at;
	unsigned depth;
	struct err *e;
};

static struct node *parse_or(struct parser *p);

static void free_nodes(struct node *node)
{
	struct node *next;

	for (; node; node = next) {
		next = node->next;
		while (node->words) {
			struct word *rest = node->words->next;

			free(node->words);
			node->words = rest;
		}
		free_nodes(node->child);
		free(node);
	}
}

static void free_nodes_p(struct node **node)
{
	free_nodes(*node);
}

void selector_free(struct selector *s)
{
	if (!s)
		return;
	free_nodes(s->root);
	free(s->text);
	free(s);
}

void selector_freep(struct selector **s)
{
	selector_free(*s);
}

static int expected(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_CONFIG, "selector: expected %s at byte %zu", what,
		       (size_t)(p->at - p->selector->text));
}

static void skip_white(struct parser *p)
{
	p->at += strspn(p->at, " \t");
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_./-", c));
}

/* Takes the symbol if it stands here. */
static bool take(struct parser *p, const char *symbol)
{
	size_t len = strlen(symbol);

	if (strncmp(p->at, symbol, len) != 0)
		return false;
	p->at += len;
	return true;
}

/* Takes "first second", white space between them optional, if a non-label character follows. */
static bool take_words(struct parser *p, const char *first, const char *second)
{
	const char *start = p->at;

	if (take(p, first)) {
		if (*second)
			skip_white(p);
		if (take(p, second) && !is_label_char(*p->at))
			return true;
	}
	p->at = start;
	return false;
}

static struct node *new_node(struct parser *p, enum node_kind kind)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node)
		node->kind = kind;
	else
		err_set(p->e, ERR_INTERNAL, "out of memory");
	return node;
}

static int parse_label(struct parser *p, struct span *ret)
{
	const char *start = p->at;

	while (is_label_char(*p->at))
		p->at++;
	if (p->at == start)
		return expected(p, "a label, '(', '!', all(), global() or has()");
	if (p->at - start > LABEL_MAX)
		return err_set(p->e, ERR_CONFIG, "selector: the label at byte %zu is longer than "
			       "%d bytes", (size_t)(start - p->selector->text), LABEL_MAX);
	*ret = (struct span){ start, (size_t)(p->at - start) };
	return 0;
}

/* A quoted string, put behind *tail. */
static int parse_string(struct parser *p, struct word ***tail)
{
	const char *end;
	struct word *word;

	skip_white(p);
	if (*p->at != '"' && *p->at != '\'')
		return expected(p, "a string in quotes");
	end = strchr(p->at + 1, *p->at);
	if (!end)
		return err_set(p->e, ERR_CONFIG, "selector: the string at byte %zu is not closed",
			       (size_t)(p->at - p->selector->text));
	word = calloc(1, sizeof(*word));
	if (!word)
		return err_set(p->e, ERR_INTERNAL, "out of memory");
	word->span = (struct span){ p->at + 1, (size_t)(end - p->at - 1) };
	**tail = word;
	*tail = &word->next;
	p->at = end + 1;
	return 0;
}

static int parse_set(struct parser *p, struct word ***tail)
{
	skip_white(p);
	if (!take(p, "{"))
		return expected(p, "'{'");
	for (skip_white(p); !take(p, "}"); skip_white(p)) {
		if (parse_string(p, tail) < 0)
			return -1;
		skip_white(p);
		if (!take(p, ",") && *p->at != '}')
			return expected(p, "',' or '}'");
	}
	return 0;
}

static const struct operator {
	const char *first, *second;	/* second NULL: a symbol, not a word */
	enum node_kind kind;
} operators[] = {
	{ "==", NULL, NODE_EQUAL },
	{ "!=", NULL, NODE_NOT_EQUAL },
	{ "contains", "", NODE_CONTAINS },
	{ "starts", "with", NODE_STARTS },
	{ "ends", "with", NODE_ENDS },
	{ "not", "in", NODE_NOT_IN },
	{ "in", "", NODE_IN },
};

static const struct operator *parse_operator(struct parser *p)
{
	skip_white(p);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		const struct operator *o = &operators[i];

		if (o->second ? take_words(p, o->first, o->second) : take(p, o->first))
			return o;
	}
	expected(p, "==, !=, contains, starts with, ends with, in or not in");
	return NULL;
}

static struct node *parse_comparison(struct parser *p)
{
	struct node *node __cleanup(free_nodes_p) = new_node(p, NODE_EQUAL), *done;
	const struct operator *o;
	struct word **tail;

	if (!node || parse_label(p, &node->label) < 0)
		return NULL;
	o = parse_operator(p);
	if (!o)
		return NULL;
	node->kind = o->kind;
	tail = &node->words;
	if (o->kind == NODE_IN || o->kind == NODE_NOT_IN) {
		if (parse_set(p, &tail) < 0)
			return NULL;
	} else if (parse_string(p, &tail) < 0) {
		return NULL;
	}
	done = node;
	node = NULL;
	return done;
}

/* The rest of all(), global() or has(label), after the "(". */
static struct node *parse_call(struct parser *p, enum node_kind kind)
{
	struct node *node __cleanup(free_nodes_p) = new_node(p, kind), *done;

	skip_white(p);
	if (!node || (kind == NODE_HAS && parse_label(p, &node->label) < 0))
		return NULL;
	skip_white(p);
	if (!take(p, ")")) {
		expected(p, "')'");
		return NULL;
	}
	if (kind == NODE_GLOBAL)
		p->selector->names_global = true;
	done = node;
	node = NULL;
	return done;
}

/* The rest of a parenthesised selector, after the "(". */
static struct node *parse_group(struct parser *p)
{
	struct node *node;

	if (p->depth == SELECTOR_DEPTH_MAX) {
		err_set(p->e, ERR_CONFIG, "selector: parentheses are nested deeper than %d at byte "
			"%zu", SELECTOR_DEPTH_MAX, (size_t)(p->at - p->selector->text));
		return NULL;
	}
	p->depth++;
	node = parse_or(p);
	p->depth--;
	skip_white(p);
	if (node && !take(p, ")")) {
		expected(p, "')', \"&&\" or \"||\"");
		free_nodes(node);
		return NULL;
	}
	return node;
}

static struct node *parse_op(struct parser *p)
{
	bool negated = false;
	struct node *node;

	for (skip_white(p); *p->at == '!'; skip_white(p)) {
		p->at++;
		negated = !negated;
	}
	if (take(p, "("))
		node = parse_group(p);
	else if (take(p, "all("))
		node = parse_call(p, NODE_ALL);
	else if (take(p, "global("))
		node = parse_call(p, NODE_GLOBAL);
	else if (take(p, "has("))
		node = parse_call(p, NODE_HAS);
	else
		node = parse_comparison(p);
	if (node)
		node->negated ^= negated;
	return node;
}

/* operand (symbol operand)*; a single operand stands for itself. */
static struct node *parse_chain(struct parser *p, enum node_kind kind, const char *symbol,
				struct node *(*parse_operand)(struct parser *))
{
	struct node *first __cleanup(free_nodes_p) = parse_operand(p), *last = first, *node;

	for (; last; last = last->next) {
		skip_white(p);
		if (!take(p, symbol))
			break;
		last->next = parse_operand(p);
	}
	if (!last)
		return NULL;
	node = first;
	if (first->next) {
		node = new_node(p, kind);
		if (!node)
			return NULL;
		node->child = first;
	}
	first = NULL;
	return node;
}

static struct node *parse_and(struct parser *p)
{
	return parse_chain(p, NODE_AND, "&&", parse_op);
}

static struct node *parse_or(struct parser *p)
{
	return parse_chain(p, NODE_OR, "||", parse_and);
}

static int parse_whole(struct parser *p)
{
	skip_white(p);
	p->selector->root = *p->at ? parse_or(p) : new_node(p, NODE_ALL);
	if (!p->selector->root)
		return -1;
	skip_white(p);
	return *p->at ? expected(p, "\"&&\", \"||\" or the end") : 0;
}

int selector_parse(const char *text, struct selector **ret, struct err *e)
{
	struct selector *s __cleanup(selector_freep) = calloc(1, sizeof(*s));
	struct parser p = { .selector = s, .e = e };

	if (s)
		s->text = strdup(text ? text : "");
	if (!s || !s->text)
		return err_set(e, ERR_INTERNAL, "out of memory");
	p.at = s->text;
	if (parse_whole(&p) < 0)
		return -1;
	*ret = s;
	s = NULL;
	return 0;
}

static const char *label_value(struct span label, const struct labels *labels)
{
	char name[LABEL_MAX + 1];

	memcpy(name, label.text, label.len);
	name[label.len] = '\0';
	return labels_value(labels, name);
}

static bool compare(enum node_kind kind, const char *value, struct span with)
{
	size_t len = strlen(value);

	if (kind == NODE_CONTAINS)
		return memmem(value, len, with.text, with.len) != NULL;
	if (kind == NODE_STARTS)
		return len >= with.len && memcmp(value, with.text, with.len) == 0;
	if (kind == NODE_ENDS)
		return len >= with.len && memcmp(value + len - with.len, with.text, with.len) == 0;
	return len == with.len && memcmp(value, with.text, len) == 0;
}

static bool label_matches(const struct node *node, const struct labels *labels)
{
	bool wanted = node->kind != NODE_NOT_EQUAL && node->kind != NODE_NOT_IN;
	const char *value = label_value(node->label, labels);

	if (node->kind == NODE_HAS)
		return value != NULL;
	for (const struct word *w = node->words; value && w; w = w->next)
		if (compare(node->kind, value, w->span))
			return wanted;
	return !wanted;
}

static bool node_matches(const struct node *node, const struct labels *labels)
{
	bool is_or = node->kind == NODE_OR, result = !is_or;

	if (node->kind == NODE_AND || is_or) {
		for (const struct node *i = node->child; i && result != is_or; i = i->next)
			result = node_matches(i, labels);
	} else if (node->kind != NODE_ALL && node->kind != NODE_GLOBAL) {
		result = label_matches(node, labels);
	}
	return result != node->negated;
}

bool selector_matches(const struct selector *s, const struct labels *labels)
{
	return node_matches(s->root, labels);
}

bool selector_names_global(const struct selector *s)
{
	return s->names_global;
}

void labels_done(struct labels *labels)
{
	free(labels->list);
	*labels = (struct labels){ 0 };
}

static int compare_key(const void *key, const void *element)
{
	const struct label *label = element;

	return strcmp(key, label->key);
}

static const char *find_sorted(const struct labels *labels, const char *key)
{
	size_t at = list_place(labels->list, labels->n, key, compare_key);

	return at < labels->n && strcmp(labels->list[at].key, key) == 0 ? labels->list[at].value
									 : NULL;
}

const char *labels_value(const struct labels *labels, const char *key)
{
	if (labels && labels->sorted)
		return find_sorted(labels, key);
	for (size_t i = labels ? labels->n : 0; i > 0; i--)
		if (strcmp(labels->list[i - 1].key, key) == 0)
			return labels->list[i - 1].value;
	return NULL;
}

void labels_print(const struct labels *labels, struct buf *out)
{
	buf_putc(out, '{');
	for (size_t i = 0; i < labels->n; i++) {
		record_print_comma(out);
		json_print_string(labels->list[i].key, out);
		buf_putc(out, ':');
		json_print_string(labels->list[i].value, out);
	}
	buf_putc(out, '}');
}
