/* SPDX-License-Identifier: Apache-2.0 */
/* Typed fields, as Go decodes them. */
#include "base/json.h"

#include <strings.h>

/* Of what is no pointer in Go, which a null leaves as it is. */
static struct cJSON *last_value(const struct cJSON *object, const char *name)
{
	struct cJSON *found = json_field(object, name);

	if (json_type(found) != JSON_NULL)
		return found;
	for (struct cJSON *i = json_first(object); i; i = json_next(i))
		if (json_type(i) != JSON_NULL && strcasecmp(json_name(i), name) == 0)
			found = i;
	return found;
}

/* 1: there, 0: absent or null, -1: of another type. */
static int take_typed(struct cJSON *item, const char *name, enum json_type want,
		      struct cJSON **ret, struct err *e)
{
	enum json_type type = json_type(item);

	if (type == JSON_ABSENT || type == JSON_NULL)
		return 0;
	if (type != want)
		return err_set(e, ERR_DECODE, "field \"%s\" must be %s, not %s", name,
			       json_type_name(want), json_type_name(type));
	*ret = item;
	return 1;
}

static int typed_field(const struct cJSON *object, const char *name, enum json_type want,
		       struct cJSON **ret, struct err *e)
{
	return take_typed(last_value(object, name), name, want, ret, e);
}

int json_get_nullable(const struct cJSON *object, const char *name, const char **ret,
		      struct err *e)
{
	struct cJSON *item = NULL;
	int found = take_typed(json_field(object, name), name, JSON_STRING, &item, e);

	if (found > 0)
		*ret = json_string(item);
	return found < 0 ? -1 : 0;
}

int json_get_string(const struct cJSON *object, const char *name, const char **ret, struct err *e)
{
	struct cJSON *item = NULL;
	int found = typed_field(object, name, JSON_STRING, &item, e);

	if (found > 0)
		*ret = json_string(item);
	return found < 0 ? -1 : 0;
}

int json_get_bool(const struct cJSON *object, const char *name, bool *ret, struct err *e)
{
	struct cJSON *item = NULL;
	int found = typed_field(object, name, JSON_BOOL, &item, e);

	if (found > 0)
		*ret = json_true(item);
	return found < 0 ? -1 : 0;
}

int json_get_i64(const struct cJSON *object, const char *name, int64_t *ret, struct err *e)
{
	struct cJSON *item = NULL;
	int found = typed_field(object, name, JSON_NUMBER, &item, e);

	if (found > 0 && json_i64(item, ret) < 0)
		return err_set(e, ERR_DECODE,
			       "field \"%s\" must be a whole number of at most 63 bits", name);
	return found < 0 ? -1 : 0;
}

int json_get_u64(const struct cJSON *object, const char *name, uint64_t *ret, struct err *e)
{
	struct cJSON *item = NULL;
	int found = typed_field(object, name, JSON_NUMBER, &item, e);

	if (found > 0 && json_u64(item, ret) < 0)
		return err_set(e, ERR_DECODE,
			       "field \"%s\" must be a whole number of at most 64 bits", name);
	return found < 0 ? -1 : 0;
}

int json_get_object(const struct cJSON *object, const char *name, struct cJSON **ret, struct err *e)
{
	struct cJSON *item = NULL;

	if (take_typed(json_field(object, name), name, JSON_OBJECT, &item, e) < 0)
		return -1;
	*ret = item;
	return 0;
}

int json_get_array(const struct cJSON *object, const char *name, struct cJSON **ret, struct err *e)
{
	struct cJSON *item = NULL;

	if (take_typed(json_field(object, name), name, JSON_ARRAY, &item, e) < 0)
		return -1;
	*ret = item;
	return 0;
}
