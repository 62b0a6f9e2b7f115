/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neutron's recorded steps (fixture_state.h), for scripts:
 *
 *	steps change FROM TO	the body of a transaction of etcd's gateway that makes the one
 *				state of the other; 0 is the empty one
 *	steps taps STEP		the taps of the endpoints of this host, a line each
 */
#include "base/b64.h"
#include "base/io.h"
#include "base/json.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cJSON *read_step(unsigned step)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct err e = { 0 };
	struct cJSON *state;
	char pattern[256];
	glob_t hit;

	if (!step)
		return json_new_object();
	snprintf(pattern, sizeof(pattern), RECORDINGS "/records/%02u-*.json", step);
	if (glob(pattern, 0, NULL, &hit) != 0 || io_read_file(hit.gl_pathv[0], &text, &e) < 0)
		exit(2);
	globfree(&hit);
	state = json_parse(text.data, text.len, &e);
	if (!state)
		exit(2);
	return state;
}

static const char *value_in(const struct cJSON *state, const char *key)
{
	for (struct cJSON *i = json_first(json_field(state, "kvs")); i; i = json_next(i))
		if (strcmp(json_field_text(i, "key"), key) == 0)
			return json_field_text(i, "value");
	return NULL;
}

static void print_b64(const char *name, const char *text)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 20);

	b64_encode(&out, text, strlen(text));
	printf("\"%s\":\"%s\"", name, out.data);
}

static void change(const struct cJSON *from, const struct cJSON *to)
{
	const char *separator = "", *key;

	printf("{\"success\":[");
	for (struct cJSON *i = json_first(json_field(to, "kvs")); i; i = json_next(i)) {
		const char *was = value_in(from, key = json_field_text(i, "key"));

		if (was && strcmp(was, json_field_text(i, "value")) == 0)
			continue;
		printf("%s{\"requestPut\":{", separator);
		print_b64("key", key);
		putchar(',');
		print_b64("value", json_field_text(i, "value"));
		printf("}}");
		separator = ",";
	}
	for (struct cJSON *i = json_first(json_field(from, "kvs")); i; i = json_next(i)) {
		if (value_in(to, key = json_field_text(i, "key")))
			continue;
		printf("%s{\"requestDeleteRange\":{", separator);
		print_b64("key", key);
		printf("}}");
		separator = ",";
	}
	printf("]}\n");
}

static void print_taps(const struct cJSON *state)
{
	for (struct cJSON *i = json_first(json_field(state, "kvs")); i; i = json_next(i)) {
		const char *value = json_field_text(i, "value");
		struct cJSON *endpoint __cleanup(json_freep) = NULL;
		struct err e = { 0 };

		if (!strstr(json_field_text(i, "key"), "/compute--1-openstack-"))
			continue;
		endpoint = json_parse(value, strlen(value), &e);
		puts(json_field_text(json_field(endpoint, "spec"), "interfaceName"));
	}
}

int main(int argc, char *argv[])
{
	struct cJSON *from __cleanup(json_freep) = NULL;
	struct cJSON *to __cleanup(json_freep) = NULL;

	if (argc == 3 && strcmp(argv[1], "taps") == 0) {
		to = read_step((unsigned)atoi(argv[2]));
		print_taps(to);
		return 0;
	}
	if (argc != 4 || strcmp(argv[1], "change") != 0)
		return 2;
	from = read_step((unsigned)atoi(argv[2]));
	to = read_step((unsigned)atoi(argv[3]));
	change(from, to);
	return 0;
}
