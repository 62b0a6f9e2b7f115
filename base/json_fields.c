/* SPDX-License-Identifier: Apache-2.0 */
/* Typed fields, as Go decodes them. */
#include "base/json.h"

/* 1: there, 0: absent or null, -1: of another type. */
static int typed_field(const struct cJSON *object, const char *name, enum json_type want,
		       struct cJSON **ret, struct err *e)
{
	struct cJSON *item = json_field(object, name);
	enum json_type type = json_type(item);

	if (type == JSON_ABSENT || type == JSON_NULL)
		return 0;
	if (type != want)
		return err_set(e, ERR_DECODE, "field \"%s\" must be %s, not %s", name,
			       json_type_name(want), json_type_name(type));
	*ret = item;
	return 1;
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

	if (typed_field(object, name, JSON_OBJECT, &item, e) < 0)
		return -1;
	*ret = item;
	return 0;
}

int json_get_array(const struct cJSON *object, const char *name, struct cJSON **ret, struct err *e)
{
	struct cJSON *item = NULL;

	if (typed_field(object, name, JSON_ARRAY, &item, e) < 0)
		return -1;
	*ret = item;
	return 0;
}
