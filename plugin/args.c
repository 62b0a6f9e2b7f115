/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/args.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum key { KEY_IP, KEY_IGNORE_UNKNOWN, KEY_POD, KEY_NAMESPACE, KEY_INFRA, N_KEYS };
#define N_KEYS_ON_ADD KEY_POD	/* ADD's second reading knows the keys before this one */

static const char *const key_names[N_KEYS] = {
	"IP", "IgnoreUnknown", "K8S_POD_NAME", "K8S_POD_NAMESPACE", "K8S_POD_INFRA_CONTAINER_ID"
};

int exact_add(struct addr exact[N_FAMILIES], const char *text, const char *where,
	      enum err_kind kind, struct err *e)
{
	struct cidr c;

	if (cidr_parse_lenient(text, &c) < 0)
		return err_set(e, kind, "%s: invalid IP address: %s", where, text);
	if (exact[c.base.family].family != FAMILY_NONE)
		return err_set(e, kind, "%s: more than one IPv%u address: %s", where,
			       family_number(c.base.family), text);
	exact[c.base.family] = c.base;
	return 0;
}

static int read_addresses(char *list, struct addr exact[N_FAMILIES], struct err *e)
{
	struct addr found[N_FAMILIES] = {0};
	char where[128];

	snprintf(where, sizeof(where), "CNI_ARGS: error parsing value of pair \"IP=%.64s\"", list);
	while (list && *list) {
		if (exact_add(found, strsep(&list, ","), where, ERR_ENVIRONMENT, e) < 0)
			return -1;
		if (list && !*list)
			return err_set(e, ERR_ENVIRONMENT, "%s: address missing after the comma",
				       where);
	}
	memcpy(exact, found, sizeof(found));
	return 0;
}

static int read_bool(const char *text, bool *ret, struct err *e)
{
	if (strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0)
		*ret = true;
	else if (strcmp(text, "0") == 0 || strcasecmp(text, "false") == 0)
		*ret = false;
	else
		return err_set(e, ERR_ENVIRONMENT,
			       "CNI_ARGS: error parsing value of pair \"IgnoreUnknown=%s\": must "
			       "be 1, true, 0 or false", text);
	return 0;
}

static int key_of(const char *name)
{
	for (int i = 0; i < N_KEYS; i++)
		if (strcmp(name, key_names[i]) == 0)
			return i;
	return N_KEYS;
}

static int take(struct cni_args *args, int key, char *value, struct err *e)
{
	switch (key) {
	case KEY_IP:
		return read_addresses(value, args->exact, e);
	case KEY_IGNORE_UNKNOWN:
		return read_bool(value, &args->ignore_unknown, e);
	case KEY_POD:
		args->pod = value;
		return 0;
	case KEY_NAMESPACE:
		args->namespace_name = value;
		return 0;
	default:
		return 0;
	}
}

/* Splits "K=V" in place; -1 unless it holds exactly one '='. */
static int split(char *piece, char **ret_value)
{
	char *equals = strchr(piece, '=');

	if (!equals || strchr(equals + 1, '='))
		return -1;
	*equals = '\0';
	*ret_value = equals + 1;
	return 0;
}

/* All pieces of args->text, which it cuts up. */
static int read_pieces(struct cni_args *args, bool add, struct err *e)
{
	struct buf unknown __cleanup(buf_done) = BUF(sizeof(e->text));
	char *rest = args->text, *piece, *value;

	while ((piece = strsep(&rest, ";"))) {
		int key;

		if (split(piece, &value) < 0)
			return err_set(e, ERR_ENVIRONMENT, "CNI_ARGS: invalid pair \"%s\"", piece);
		key = key_of(piece);
		if (key >= (add ? N_KEYS_ON_ADD : N_KEYS))
			buf_printf(&unknown, "%s\"%s=%s\"", unknown.len ? " " : "", piece, value);
		if (take(args, key, value, e) < 0)
			return -1;
	}
	if (!args->ignore_unknown && (unknown.len || unknown.failed))
		return err_set(e, ERR_ENVIRONMENT,
			       "CNI_ARGS: unknown args [%s]; IgnoreUnknown=1 allows them",
			       unknown.data);
	return 0;
}

int cni_args_read(const char *text, bool add, struct cni_args *ret, struct err *e)
{
	struct cni_args args __cleanup(cni_args_done) = { .pod = "", .namespace_name = "" };

	if (strlen(text) > ARGS_TEXT_MAX)
		return err_set(e, ERR_ENVIRONMENT, "CNI_ARGS is longer than %d bytes",
			       ARGS_TEXT_MAX);
	args.text = strdup(text);
	if (!args.text)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (*text && read_pieces(&args, add, e) < 0)
		return -1;
	*ret = args;
	args.text = NULL;
	return 0;
}

static void find_names(struct cni_args *args)
{
	char *rest = args->text, *piece, *value;

	while ((piece = strsep(&rest, ";"))) {
		size_t len = strcspn(piece, "=");
		bool whole = split(piece, &value) == 0;

		piece[len] = '\0';
		if (strcmp(piece, key_names[KEY_POD]) == 0)
			args->pod = whole ? value : "";
		else if (strcmp(piece, key_names[KEY_NAMESPACE]) == 0)
			args->namespace_name = whole ? value : "";
	}
}

int cni_args_find_names(const char *text, struct cni_args *ret, struct err *e)
{
	*ret = (struct cni_args){ .text = strndup(text, ARGS_TEXT_MAX), .pod = "",
				  .namespace_name = "" };
	if (!ret->text)
		return err_set(e, ERR_INTERNAL, "out of memory");
	find_names(ret);
	return 0;
}

void cni_args_done(struct cni_args *args)
{
	free(args->text);
	args->text = NULL;
}
