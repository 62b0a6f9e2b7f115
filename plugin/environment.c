/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/environment.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define IFNAME_MAX 15		/* bytes */
#define CONTAINER_MAX 253	/* bytes */
#define BIT(command) (1u << (command))

static const char *const names[N_COMMANDS] = { "ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION" };

static const struct {
	const char *name;
	unsigned commands;	/* that require it */
} required[] = {
	{ "CNI_CONTAINERID", BIT(COMMAND_ADD) | BIT(COMMAND_DEL) | BIT(COMMAND_CHECK) },
	{ "CNI_NETNS", BIT(COMMAND_ADD) | BIT(COMMAND_CHECK) },
	{ "CNI_IFNAME", BIT(COMMAND_ADD) | BIT(COMMAND_DEL) | BIT(COMMAND_CHECK) },
	{ "CNI_PATH", BIT(COMMAND_ADD) | BIT(COMMAND_DEL) | BIT(COMMAND_CHECK) | BIT(COMMAND_GC) |
		      BIT(COMMAND_STATUS) },
};

static const char *get(const char *name)
{
	const char *text = getenv(name);

	return text ? text : "";
}

bool environment_is_cni(void)
{
	return *get("CNI_COMMAND") != '\0';
}

const char *command_name(enum command command)
{
	return names[command];
}

static int command_of(const char *text, enum command *ret, struct err *e)
{
	for (int i = 0; i < N_COMMANDS; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum command)i;
			return 0;
		}
	}
	return err_set(e, ERR_ENVIRONMENT, "unknown CNI_COMMAND: %s", text);
}

static int require(enum command command, struct err *e)
{
	struct buf missing __cleanup(buf_done) = BUF(sizeof(e->text));

	for (size_t i = 0; i < ARRAY_LEN(required); i++) {
		if ((required[i].commands & BIT(command)) && !*get(required[i].name))
			buf_printf(&missing, "%s%s", missing.len ? "," : "", required[i].name);
	}
	if (!missing.len)
		return 0;
	return err_set(e, ERR_ENVIRONMENT, "required env variables [%s] missing", missing.data);
}

static int check_container(const char *id, struct err *e)
{
	if (strlen(id) > CONTAINER_MAX)
		return err_set(e, ERR_ENVIRONMENT, "CNI_CONTAINERID is longer than %d bytes",
			       CONTAINER_MAX);
	for (const char *c = id; *c; c++) {
		if (!isascii(*c) || !(isalnum(*c) || (c > id && strchr("_.-", *c))))
			return err_set(e, ERR_ENVIRONMENT,
				       "CNI_CONTAINERID: invalid characters in containerID: %s",
				       id);
	}
	return 0;
}

static int check_ifname(const char *name, struct err *e)
{
	if (strlen(name) > IFNAME_MAX)
		return err_set(e, ERR_ENVIRONMENT,
			       "CNI_IFNAME: interface name is longer than %d bytes: %s", IFNAME_MAX,
			       name);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, ERR_ENVIRONMENT, "CNI_IFNAME: interface name is . or ..");
	for (const char *c = name; *c; c++) {
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c) ||
		    iscntrl((unsigned char)*c))
			return err_set(e, ERR_ENVIRONMENT,
				       "CNI_IFNAME: interface name contains / or : or whitespace "
				       "characters: %s", name);
	}
	return 0;
}

static bool is_true(const char *text)
{
	return strcmp(text, "1") == 0 || strcasecmp(text, "true") == 0;
}

int environment_read(struct environment *ret, struct err *e)
{
	struct environment env = {
		.container = get("CNI_CONTAINERID"),
		.netns = get("CNI_NETNS"),
		.ifname = get("CNI_IFNAME"),
		.args = get("CNI_ARGS"),
		.netns_override = is_true(get("CNI_NETNS_OVERRIDE")),
	};

	if (command_of(get("CNI_COMMAND"), &env.command, e) < 0 || require(env.command, e) < 0)
		return -1;
	if (required[0].commands & BIT(env.command)) {
		if (check_container(env.container, e) < 0 || check_ifname(env.ifname, e) < 0)
			return -1;
	}
	*ret = env;
	return 0;
}

int environment_refuse_own_netns(const struct environment *env, struct err *e)
{
	struct stat own, theirs;

	if (env->netns_override || stat(env->netns, &theirs) < 0 ||
	    stat("/proc/self/ns/net", &own) < 0)
		return 0;
	if (own.st_dev != theirs.st_dev || own.st_ino != theirs.st_ino)
		return 0;
	return err_set(e, ERR_OWN_NETNS,
		       "plugin's netns and netns from CNI_NETNS should not be the same: %s",
		       env->netns);
}
