/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/yaml_tree.h"

#include "base/json.h"

#include <string.h>

struct grower {
	const struct yaml_source *source;
	struct cJSON *tree;	/* owned: the document that is being read; NULL: none */
	size_t line;
	struct cJSON *open[YAML_DEPTH_MAX];	/* in it: around the next value */
	yaml_document_visitor *visit;
	void *arg;
};

static struct cJSON *number(const char *text)
{
	struct err ignored = { 0 };
	struct cJSON *item = json_parse(text, strlen(text), &ignored);

	if (json_type(item) == JSON_NUMBER)
		return item;
	json_free(item);
	return NULL;
}

static struct cJSON *item_of(const struct told *value)
{
	bool yes;

	switch (value->as) {
	case TOLD_TEXT:
		return json_new_string(value->text);
	case TOLD_NOTHING:
		return json_new_null();
	case TOLD_LIST:
		return json_new_array();
	case TOLD_MAP:
		return json_new_object();
	case TOLD_OTHER:
		break;
	}
	return yaml_bool(value, &yes) ? json_new_bool(yes) : number(value->text);
}

/* Hands over the document that has come to its end. */
static int finish(struct grower *g, struct err *e)
{
	struct cJSON *tree = g->tree;

	g->tree = NULL;
	if (json_type(tree) == JSON_NULL || !tree) {
		json_free(tree);
		return 0;
	}
	return g->visit(tree, g->line, g->arg, e);
}

static int take(const struct told *value, void *arg, struct err *e)
{
	struct grower *g = arg;
	struct cJSON *item;

	if (!value->depth && finish(g, e) < 0)
		return -1;
	item = item_of(value);
	if (!item && value->as == TOLD_OTHER)
		return err_set(e, ERR_DECODE, "%s:%zu: \"%.40s\" is a number to some readers of "
			       "YAML and a text to others; write it as a plain decimal number, or "
			       "in quotes", g->source->file, value->line, value->text);
	if (value->depth < YAML_DEPTH_MAX)
		g->open[value->depth] = item;
	if (!value->depth) {
		g->tree = item;
		g->line = value->line;
	} else if (value->path[value->depth - 1].name) {
		json_set_entry(g->open[value->depth - 1], value->path[value->depth - 1].name, item);
	} else {
		json_append(g->open[value->depth - 1], item);
	}
	return json_lost() ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

int yaml_read_trees(const struct yaml_source *source, yaml_document_visitor *visit, void *arg,
		    struct err *e)
{
	struct grower g = { .source = source, .visit = visit, .arg = arg };
	int rc;

	json_lost();
	rc = yaml_read(source, take, &g, e);
	if (rc == 0)
		return finish(&g, e);
	json_free(g.tree);
	return rc;
}
