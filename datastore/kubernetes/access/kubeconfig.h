/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in kubeconfigs (kind Config, v1): clusters, users and contexts by name.
 *
 * Several files become one as in client-go: of entries of one name the first file's is
 * taken whole, and the current context is the first that a file names.  Relative paths
 * are relative to the folder of their file.
 *
 * A key that is not known, or that we do not do (proxy-url, auth-provider, as, …), is
 * noted in its entry and is an error only for who uses that entry.  Passed over are
 * extensions, preferences, disable-compression and the namespace of a context.
 */
#ifndef DATASTORE_KUBERNETES_ACCESS_KUBECONFIG_H
#define DATASTORE_KUBERNETES_ACCESS_KUBECONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define KUBECONFIG_FILES_MAX 64		/* in a list */
#define KUBECONFIG_VALUES_MAX 50000	/* names, values, maps and lists of a file */

enum kubeconfig_kind { KUBECONFIG_CLUSTER, KUBECONFIG_USER, KUBECONFIG_CONTEXT, KUBECONFIG_KINDS };

enum kubeconfig_field {
	KC_SERVER, KC_TLS_SERVER_NAME, KC_INSECURE, KC_CA, KC_CA_DATA,
	KC_CERT, KC_CERT_DATA, KC_KEY, KC_KEY_DATA, KC_TOKEN, KC_TOKEN_FILE, KC_USERNAME,
	KC_PASSWORD, KC_EXEC_COMMAND, KC_EXEC_VERSION, KC_EXEC_INTERACTIVE, KC_EXEC_CLUSTER,
	KC_CLUSTER, KC_USER,
	KC_FIELDS,
	KC_NOTHING = KC_FIELDS,	/* a key without effect */
};

/* A variable of an exec plugin. */
struct kubeconfig_variable {
	char *name, *value;	/* owned */
};

struct kubeconfig_entry {
	const char *file;		/* the kubeconfig's */
	char *name;			/* owned, like all that follows */
	char *value[KC_FIELDS];		/* NULL: not given, or ""; a boolean is "true" */
	char **args;
	size_t n_args, args_cap;
	struct kubeconfig_variable *env;
	size_t n_env, env_cap;
	bool exec;			/* there is an exec plugin */
	char refused[64];		/* the first key that is not done; "" if none */
	size_t refused_line;
};

struct kubeconfig {
	struct kubeconfig_section {
		struct kubeconfig_entry *list;
		size_t n, cap;
	} of[KUBECONFIG_KINDS];
	char *current_context;		/* NULL: none */
	char *files[KUBECONFIG_FILES_MAX];
	size_t n_files;
	/* Set by who only wants to know whether an exec plugin may be in what is added: */
	bool skims;
	bool speaks_of_exec;		/* filled then, and nothing else */
};

/* Adds what a text says.  `file` is its name.  ERR_DECODE, ERR_LIMIT, with FILE:LINE. */
int kubeconfig_add(struct kubeconfig *k, const char *text, size_t len, const char *file,
		   struct err *e);

/* Adds a file.  ERR_NOT_FOUND, ERR_IO. */
int kubeconfig_add_file(struct kubeconfig *k, const char *path, struct err *e);

/* Nothing at all is in them. */
bool kubeconfig_is_empty(const struct kubeconfig *k);

/*
 * The entry of that name: *ret is NULL when there is none.  ERR_CONFIG when its file has two
 * of that name, or it has a key that is not done.
 */
int kubeconfig_find(const struct kubeconfig *k, enum kubeconfig_kind kind, const char *name,
		    const struct kubeconfig_entry **ret, struct err *e);

/* The key as a kubeconfig has it. */
const char *kubeconfig_key(enum kubeconfig_field field);

/* A path of an entry, from the folder of its kubeconfig on.  NULL: out of memory. */
char *kubeconfig_path(const struct kubeconfig_entry *entry, const char *path);

/* Wipes and frees.  Also for __cleanup. */
void kubeconfig_done(struct kubeconfig *k);

#endif
