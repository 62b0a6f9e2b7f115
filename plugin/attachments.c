/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/attachments.h"

#include "base/json.h"

#include <stdlib.h>

static const char *const keys[] = { "cni.dev/valid-attachments", "cni.dev/attachments" };

static int find_list(const struct netconf *conf, const char **ret_key, const struct cJSON **ret,
		     struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct cJSON *list = json_field(conf->tree, keys[i]);
		enum json_type type = json_type(list);

		if (type == JSON_ABSENT)
			continue;
		if (type != JSON_NULL && type != JSON_ARRAY)
			return err_set(e, ERR_CONFIG, "\"%s\" must be a list, not %s", keys[i],
				       json_type_name(type));
		*ret_key = keys[i];
		*ret = list;
		return 0;
	}
	return err_set(e, ERR_CONFIG, "GC needs \"%s\" in the network configuration: without it "
		       "nobody can tell which containers are gone, and nothing is released",
		       keys[0]);
}

static int read_text(const struct cJSON *entry, const char *name, const char *key, unsigned at,
		     const char **ret, struct err *e)
{
	const char *text = json_string(json_field(entry, name));

	if (!text || !*text)
		return err_set(e, ERR_CONFIG, "\"%s\": entry %u must be an object whose \"%s\" is "
			       "a string that is not empty", key, at, name);
	*ret = text;
	return 0;
}

static int read_entries(const struct cJSON *list, const char *key, struct attachments *a,
			struct err *e)
{
	for (const struct cJSON *i = json_first(list); i; i = json_next(i)) {
		struct ipam_attachment *next = &a->list[a->n];

		if (read_text(i, "containerID", key, a->n, &next->container, e) < 0 ||
		    read_text(i, "ifname", key, a->n, &next->ifname, e) < 0)
			return -1;
		a->n++;
	}
	return 0;
}

int attachments_read(const struct netconf *conf, struct attachments *ret, struct err *e)
{
	struct attachments a __cleanup(attachments_done) = { 0 };
	const struct cJSON *list = NULL;
	const char *key = NULL;

	if (find_list(conf, &key, &list, e) < 0)
		return -1;
	a.list = calloc(json_count(list) + 1, sizeof(*a.list));
	if (!a.list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (read_entries(list, key, &a, e) < 0)
		return -1;
	*ret = a;
	a.list = NULL;
	return 0;
}

void attachments_done(struct attachments *a)
{
	free(a->list);
	a->list = NULL;
	a->n = 0;
}
