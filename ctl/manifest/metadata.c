/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/metadata.h"

#include "base/json.h"
#include "ctl/cli/labels.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANNOTATIONS_MAX (256 << 10)	/* bytes of their names and values */

static int read_one(const char *field, const struct cJSON *item, struct label *ret, struct err *e)
{
	if (!json_string(item))
		return err_set(e, ERR_CONFIG, "metadata.%s.%.60s must be a text, not %s: write it "
			       "in quotes", field, json_name(item),
			       json_type_name(json_type(item)));
	*ret = (struct label){ json_name(item), json_string(item) };
	return 0;
}

/* *ret_if_any stays NULL where the manifest does not name the field. */
static int read_map(const struct cJSON *metadata, const char *field, struct labels *ret,
		    const struct labels **ret_if_any, struct err *e)
{
	struct cJSON *map = NULL;

	if (json_get_object(metadata, field, &map, e) < 0)
		return err_wrap(e, "metadata");
	if (!map)
		return 0;
	ret->list = calloc(json_count(map) + 1, sizeof(*ret->list));
	if (!ret->list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (const struct cJSON *i = json_first(map); i; i = json_next(i))
		if (read_one(field, i, &ret->list[ret->n++], e) < 0)
			return -1;
	*ret_if_any = ret;
	return 0;
}

static int check_labels(const struct labels *labels, struct err *e)
{
	for (size_t i = 0; i < labels->n; i++)
		if (label_check_name(labels->list[i].key, e) < 0 ||
		    label_check_value(labels->list[i].value, e) < 0)
			return err_wrap(e, "metadata.labels.%.60s", labels->list[i].key);
	return 0;
}

/* Of their names the case does not count, nor does what their values hold. */
static int check_annotations(const struct labels *annotations, struct err *e)
{
	size_t size = 0;

	for (size_t i = 0; i < annotations->n; i++) {
		const struct label *a = &annotations->list[i];
		char name[LABEL_NAME_MAX + 1];

		snprintf(name, sizeof(name), "%s", a->key);
		for (char *at = name; *at; at++)
			*at = (char)tolower((unsigned char)*at);
		if (label_check_name(name, e) < 0)
			return err_wrap(e, "metadata.annotations.%.60s", a->key);
		size += (size_t)snprintf(NULL, 0, "%s%s", a->key, a->value);
	}
	if (size > ANNOTATIONS_MAX)
		return err_set(e, ERR_CONFIG, "metadata.annotations: total size of annotations is "
			       "too large by %zu bytes", size - ANNOTATIONS_MAX);
	return 0;
}

int metadata_read(const struct manifest *m, struct metadata *ret, struct err *e)
{
	const struct cJSON *metadata = json_field(m->tree, "metadata");

	*ret = (struct metadata){ 0 };
	if (read_map(metadata, "labels", &ret->labels, &ret->labels_if_any, e) == 0 &&
	    read_map(metadata, "annotations", &ret->annotations, &ret->annotations_if_any,
		     e) == 0 &&
	    check_labels(&ret->labels, e) == 0 && check_annotations(&ret->annotations, e) == 0)
		return 0;
	metadata_done(ret);
	return -1;
}

void metadata_done(struct metadata *m)
{
	labels_done(&m->labels);
	labels_done(&m->annotations);
	m->labels_if_any = m->annotations_if_any = NULL;
}

struct resource_terms manifest_terms(struct writing *w)
{
	return (struct resource_terms){ .revision = w->revision, .dry_run = w->dry_run,
					.before = &w->before, .after = &w->after };
}
