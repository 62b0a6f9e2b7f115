/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/route.h"

#include "base/address/addr.h"
#include "base/json.h"

#include <inttypes.h>

static const struct {
	const char *name;
	int64_t max;
} numbers[] = {
	{ "mtu", UINT32_MAX },
	{ "advmss", UINT32_MAX },
	{ "priority", UINT32_MAX },
	{ "table", UINT32_MAX },
	{ "scope", UINT8_MAX },
};

static bool is_given(const struct cJSON *item)
{
	return json_type(item) != JSON_ABSENT && json_type(item) != JSON_NULL;
}

static int check_numbers(const struct cJSON *route, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const struct cJSON *item = json_field(route, numbers[i].name);
		int64_t n;

		if (is_given(item) && (json_i64(item, &n) < 0 || n < 0 || n > numbers[i].max))
			return err_set(e, ERR_CONFIG,
				       "ipam: \"routes\": \"%s\" must be a number from 0 to "
				       "%" PRId64, numbers[i].name, numbers[i].max);
	}
	return 0;
}

static int check_addresses(const struct cJSON *route, struct err *e)
{
	const char *dst = NULL, *gw = NULL;
	struct addr via;
	struct cidr c;

	if (json_get_string(route, "dst", &dst, e) < 0 || json_get_string(route, "gw", &gw, e) < 0)
		return err_wrap(e, "ipam: \"routes\"");
	if (!dst || cidr_parse(dst, &c) < 0)
		return err_set(e, ERR_CONFIG,
			       "ipam: \"routes\": \"dst\" must be a CIDR, not \"%s\"",
			       dst ? dst : "");
	if (gw && *gw && addr_parse(gw, &via) < 0)
		return err_set(e, ERR_CONFIG,
			       "ipam: \"routes\": \"gw\" must be an IP address, not \"%s\"", gw);
	if (gw && *gw && via.family != c.base.family)
		return err_set(e, ERR_CONFIG,
			       "ipam: \"routes\": \"gw\" %s is of another family than \"dst\" %s",
			       gw, dst);
	return 0;
}

int route_check(const struct cJSON *route, struct err *e)
{
	if (json_type(route) != JSON_OBJECT)
		return err_set(e, ERR_CONFIG, "ipam: \"routes\" must list objects with \"dst\"");
	return check_addresses(route, e) < 0 ? -1 : check_numbers(route, e);
}

static void copy_text(struct cJSON *copy, const struct cJSON *route, const char *name)
{
	const char *text = json_string(json_field(route, name));

	if (text && *text)
		json_set(copy, name, json_new_string(text));
}

struct cJSON *route_copy(const struct cJSON *route)
{
	struct cJSON *copy = json_new_object();
	int64_t n;

	copy_text(copy, route, "dst");
	copy_text(copy, route, "gw");
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (json_i64(json_field(route, numbers[i].name), &n) == 0)
			json_set(copy, numbers[i].name, json_new_i64(n));
	return copy;
}
