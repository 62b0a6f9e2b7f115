/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/metadata.h"

#include "base/json.h"
#include "ctl/cli/labels.h"

#include <stdlib.h>
#include <string.h>

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
		if (!label_fits(labels->list[i].key, labels->list[i].value))
			return err_set(e, ERR_CONFIG, "metadata.labels.%.60s: the name must be of "
				       "letters, digits, '_', '.', '/' and '-', the value of at "
				       "most %d bytes", labels->list[i].key, LABEL_VALUE_MAX);
	return 0;
}

int metadata_read(const struct manifest *m, struct metadata *ret, struct err *e)
{
	const struct cJSON *metadata = json_field(m->tree, "metadata");

	*ret = (struct metadata){ 0 };
	if (read_map(metadata, "labels", &ret->labels, &ret->labels_if_any, e) == 0 &&
	    read_map(metadata, "annotations", &ret->annotations, &ret->annotations_if_any,
		     e) == 0 &&
	    check_labels(&ret->labels, e) == 0)
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
