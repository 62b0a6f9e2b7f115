/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/kubeconfig.h"

#include "base/buf.h"
#include "base/io.h"
#include "base/list.h"
#include "base/yaml/yaml_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 128	/* bytes of a key with those above it, NUL included */

enum shape { TEXT, BOOL, MAP, LIST, ARG, VARIABLE_NAME, VARIABLE_VALUE };

static const struct key {
	enum kubeconfig_kind kind;
	const char *name;	/* "[]" is an element of a list */
	enum shape shape;
	enum kubeconfig_field field;
} keys[] = {
	{ KUBECONFIG_CLUSTER, "server", TEXT, KC_SERVER },
	{ KUBECONFIG_CLUSTER, "tls-server-name", TEXT, KC_TLS_SERVER_NAME },
	{ KUBECONFIG_CLUSTER, "insecure-skip-tls-verify", BOOL, KC_INSECURE },
	{ KUBECONFIG_CLUSTER, "certificate-authority", TEXT, KC_CA },
	{ KUBECONFIG_CLUSTER, "certificate-authority-data", TEXT, KC_CA_DATA },
	{ KUBECONFIG_CLUSTER, "disable-compression", BOOL, KC_NOTHING },
	{ KUBECONFIG_USER, "client-certificate", TEXT, KC_CERT },
	{ KUBECONFIG_USER, "client-certificate-data", TEXT, KC_CERT_DATA },
	{ KUBECONFIG_USER, "client-key", TEXT, KC_KEY },
	{ KUBECONFIG_USER, "client-key-data", TEXT, KC_KEY_DATA },
	{ KUBECONFIG_USER, "token", TEXT, KC_TOKEN },
	{ KUBECONFIG_USER, "tokenFile", TEXT, KC_TOKEN_FILE },
	{ KUBECONFIG_USER, "username", TEXT, KC_USERNAME },
	{ KUBECONFIG_USER, "password", TEXT, KC_PASSWORD },
	{ KUBECONFIG_USER, "exec", MAP, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.command", TEXT, KC_EXEC_COMMAND },
	{ KUBECONFIG_USER, "exec.apiVersion", TEXT, KC_EXEC_VERSION },
	{ KUBECONFIG_USER, "exec.interactiveMode", TEXT, KC_EXEC_INTERACTIVE },
	{ KUBECONFIG_USER, "exec.provideClusterInfo", BOOL, KC_EXEC_CLUSTER },
	{ KUBECONFIG_USER, "exec.installHint", TEXT, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.args", LIST, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.args[]", ARG, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.env", LIST, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.env[]", MAP, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.env[].name", VARIABLE_NAME, KC_NOTHING },
	{ KUBECONFIG_USER, "exec.env[].value", VARIABLE_VALUE, KC_NOTHING },
	{ KUBECONFIG_CONTEXT, "cluster", TEXT, KC_CLUSTER },
	{ KUBECONFIG_CONTEXT, "user", TEXT, KC_USER },
	{ KUBECONFIG_CONTEXT, "namespace", TEXT, KC_NOTHING },
};

static const struct {
	const char *list, *body;
} sections[KUBECONFIG_KINDS] = {
	[KUBECONFIG_CLUSTER] = { "clusters", "cluster" },
	[KUBECONFIG_USER] = { "users", "user" },
	[KUBECONFIG_CONTEXT] = { "contexts", "context" },
};

struct reading {
	struct kubeconfig *k;
	const char *file;
	size_t first[KUBECONFIG_KINDS];	/* where the entries of this file begin */
};

const char *kubeconfig_key(enum kubeconfig_field field)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].field == field && field != KC_NOTHING)
			return keys[i].name;
	return "";
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

static void entry_done(struct kubeconfig_entry *entry)
{
	free(entry->name);
	for (size_t i = 0; i < KC_FIELDS; i++)
		wipe(entry->value[i]);
	for (size_t i = 0; i < entry->n_args; i++)
		wipe(entry->args[i]);
	for (size_t i = 0; i < entry->n_env; i++) {
		free(entry->env[i].name);
		wipe(entry->env[i].value);
	}
	free(entry->args);
	free(entry->env);
}

void kubeconfig_done(struct kubeconfig *k)
{
	for (size_t kind = 0; kind < KUBECONFIG_KINDS; kind++) {
		for (size_t i = 0; i < k->of[kind].n; i++)
			entry_done(&k->of[kind].list[i]);
		free(k->of[kind].list);
	}
	for (size_t i = 0; i < k->n_files; i++)
		free(k->files[i]);
	free(k->current_context);
	memset(k, 0, sizeof(*k));
}

static int refuse_type(const struct reading *r, const struct told *t, const char *key,
		       const char *wanted, struct err *e)
{
	if (t->as == TOLD_OTHER)
		return err_set(e, ERR_DECODE, "%s:%zu: the value of %s must be %s; put it in "
			       "quotes, for without them it is taken for a number or a boolean",
			       r->file, t->line, key, wanted);
	return err_set(e, ERR_DECODE, "%s:%zu: %s must be %s", r->file, t->line, key, wanted);
}

/* "" is not given, as Go has it. */
static int take_text(const struct reading *r, const struct told *t, const char *key, char **ret,
		     struct err *e)
{
	if (t->as == TOLD_NOTHING || (t->as == TOLD_TEXT && !*t->text))
		return 0;
	if (t->as != TOLD_TEXT)
		return refuse_type(r, t, key, "a text", e);
	wipe(*ret);
	*ret = strdup(t->text);
	return *ret ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int take_bool(const struct reading *r, const struct told *t, const char *key, char **ret,
		     struct err *e)
{
	bool yes = false;

	if (t->as != TOLD_NOTHING && !yaml_bool(t, &yes))
		return err_set(e, ERR_DECODE, "%s:%zu: %s must be true or false, without quotes",
			       r->file, t->line, key);
	if (yes && ret) {
		free(*ret);
		*ret = strdup("true");
		return *ret ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
	}
	return 0;
}

static int take_arg(const struct reading *r, const struct told *t, struct kubeconfig_entry *entry,
		    const char *key, struct err *e)
{
	char *copy;

	if (t->as != TOLD_TEXT && t->as != TOLD_NOTHING)
		return refuse_type(r, t, key, "a text", e);
	copy = strdup(t->text);
	if (!copy || list_room(&entry->args, entry->n_args, &entry->args_cap) < 0) {
		free(copy);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	entry->args[entry->n_args++] = copy;
	return 0;
}

/* The one whose name or value this is. */
static int take_variable(const struct reading *r, const struct told *t,
			 struct kubeconfig_entry *entry, const struct key *key, struct err *e)
{
	unsigned i = t->path[t->depth - 2].index;
	struct kubeconfig_variable *v;

	while (entry->n_env <= i) {
		if (list_room(&entry->env, entry->n_env, &entry->env_cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		entry->env[entry->n_env++] = (struct kubeconfig_variable){ NULL, NULL };
	}
	v = &entry->env[i];
	return take_text(r, t, key->name, key->shape == VARIABLE_NAME ? &v->name : &v->value, e);
}

static int take_key(const struct reading *r, const struct told *t, struct kubeconfig_entry *entry,
		    const struct key *key, struct err *e)
{
	char *unused = NULL, **to = key->field == KC_NOTHING ? &unused : &entry->value[key->field];
	int rc = 0;

	if (key->shape == MAP && t->as != TOLD_MAP && t->as != TOLD_NOTHING)
		return refuse_type(r, t, key->name, "a map", e);
	if (key->shape == LIST && t->as != TOLD_LIST && t->as != TOLD_NOTHING)
		return refuse_type(r, t, key->name, "a list", e);
	if (key->shape == ARG)
		return take_arg(r, t, entry, key->name, e);
	if (key->shape == VARIABLE_NAME || key->shape == VARIABLE_VALUE)
		return take_variable(r, t, entry, key, e);
	if (key->shape == BOOL)
		rc = take_bool(r, t, key->name, to, e);
	if (key->shape == TEXT)
		rc = take_text(r, t, key->name, to, e);
	entry->exec |= strcmp(key->name, "exec") == 0 && t->as == TOLD_MAP;
	wipe(unused);
	return rc;
}

/* "exec.env[].name", from the names below the entry's body.  False: no key of ours is so. */
static bool spell(const struct told *t, unsigned from, char out[KEY_MAX])
{
	struct buf text __cleanup(buf_done) = BUF(KEY_MAX - 1);

	for (unsigned i = from; i < t->depth; i++) {
		const char *name = t->path[i].name;

		if (name && strpbrk(name, ".["))
			return false;
		buf_printf(&text, "%s%s", i > from && name ? "." : "", name ? name : "[]");
	}
	if (text.failed)
		return false;
	memcpy(out, text.data, text.len + 1);
	return true;
}

static void note_refused(struct kubeconfig_entry *entry, const struct told *t, const char *name)
{
	size_t len = strlen(name);

	if (*entry->refused)
		return;
	if (len >= sizeof(entry->refused))
		len = sizeof(entry->refused) - 1;
	memcpy(entry->refused, name, len);
	entry->refused[len] = '\0';
	entry->refused_line = t->line;
}

static int visit_body(const struct reading *r, const struct told *t, enum kubeconfig_kind kind,
		      struct kubeconfig_entry *entry, struct err *e)
{
	char name[KEY_MAX];

	if (strcmp(t->path[3].name, "extensions") == 0)
		return 0;
	if (!spell(t, 3, name)) {
		note_refused(entry, t, t->path[3].name);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].kind == kind && strcmp(keys[i].name, name) == 0)
			return take_key(r, t, entry, &keys[i], e);
	note_refused(entry, t, name);
	return 0;
}

static int entry_of(const struct reading *r, enum kubeconfig_kind kind, unsigned index,
		    struct kubeconfig_entry **ret, struct err *e)
{
	struct kubeconfig_section *section = &r->k->of[kind];

	while (section->n <= r->first[kind] + index) {
		if (list_room(&section->list, section->n, &section->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		section->list[section->n++] = (struct kubeconfig_entry){ .file = r->file };
	}
	*ret = &section->list[r->first[kind] + index];
	return 0;
}

static int visit_entry(const struct reading *r, const struct told *t, enum kubeconfig_kind kind,
		       struct err *e)
{
	struct kubeconfig_entry *entry;

	if (!t->path[1].name && entry_of(r, kind, t->path[1].index, &entry, e) < 0)
		return -1;
	if (t->path[1].name || (t->depth == 2 && t->as != TOLD_MAP) ||
	    (t->depth > 2 && !t->path[2].name))
		return err_set(e, ERR_DECODE, "%s:%zu: %s must be a list of maps", r->file, t->line,
			       sections[kind].list);
	if (t->depth == 2)
		return 0;
	if (strcmp(t->path[2].name, "name") == 0)
		return t->depth == 3 ? take_text(r, t, "name", &entry->name, e) :
				       refuse_type(r, t, "name", "a text", e);
	if (strcmp(t->path[2].name, sections[kind].body) != 0) {
		note_refused(entry, t, t->path[2].name);
		return 0;
	}
	if (t->depth > 3)
		return visit_body(r, t, kind, entry, e);
	return t->as == TOLD_MAP || t->as == TOLD_NOTHING ? 0 :
		refuse_type(r, t, sections[kind].body, "a map", e);
}

static int take_fixed(const struct reading *r, const struct told *t, const char *name,
		      const char *value, struct err *e)
{
	if (t->as == TOLD_NOTHING || (t->as == TOLD_TEXT && strcmp(t->text, value) == 0))
		return 0;
	return err_set(e, ERR_DECODE, "%s:%zu: %s must be \"%s\", for a kubeconfig is", r->file,
		       t->line, name, value);
}

static int visit_top(const struct reading *r, const struct told *t, struct err *e)
{
	const char *name = t->path[0].name;
	char *later = NULL, **current = r->k->current_context ? &later : &r->k->current_context;
	int rc;

	if (strcmp(name, "apiVersion") == 0)
		return take_fixed(r, t, name, "v1", e);
	if (strcmp(name, "kind") == 0)
		return take_fixed(r, t, name, "Config", e);
	if (strcmp(name, "current-context") != 0)
		return err_set(e, ERR_CONFIG, "%s:%zu: \"%.60s\" is not known in a kubeconfig; "
			       "remove it or correct it", r->file, t->line, name);
	rc = take_text(r, t, name, current, e);
	free(later);
	return rc;
}

static int visit(const struct told *t, void *arg, struct err *e)
{
	const struct reading *r = arg;

	if (t->depth == 0 || !t->path[0].name)
		return t->as == TOLD_MAP || t->as == TOLD_NOTHING ? 0 :
			err_set(e, ERR_DECODE, "%s:%zu: is no kubeconfig, which is a map", r->file,
				t->line);
	if (strcmp(t->path[0].name, "preferences") == 0 ||
	    strcmp(t->path[0].name, "extensions") == 0)
		return 0;
	for (unsigned kind = 0; kind < KUBECONFIG_KINDS; kind++)
		if (strcmp(t->path[0].name, sections[kind].list) == 0) {
			if (t->depth > 1)
				return visit_entry(r, t, (enum kubeconfig_kind)kind, e);
			return t->as == TOLD_LIST || t->as == TOLD_NOTHING ? 0 :
				refuse_type(r, t, sections[kind].list, "a list of maps", e);
		}
	return visit_top(r, t, e);
}

int kubeconfig_add(struct kubeconfig *k, const char *text, size_t len, const char *file,
		   struct err *e)
{
	struct reading r = { .k = k };
	struct yaml_source source = { .text = text, .len = len, .file = file,
				      .values_max = KUBECONFIG_VALUES_MAX };

	if (k->skims) {
		k->speaks_of_exec |= memmem(text, len, "exec", 4) != NULL;
		return 0;
	}
	if (k->n_files == KUBECONFIG_FILES_MAX)
		return err_set(e, ERR_LIMIT, "%s: more than %d kubeconfigs are in a list", file,
			       KUBECONFIG_FILES_MAX);
	r.file = k->files[k->n_files] = strdup(file);
	if (!r.file)
		return err_set(e, ERR_INTERNAL, "out of memory");
	k->n_files++;
	for (size_t kind = 0; kind < KUBECONFIG_KINDS; kind++)
		r.first[kind] = k->of[kind].n;
	return yaml_read(&source, visit, &r, e);
}

int kubeconfig_add_file(struct kubeconfig *k, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(YAML_FILE_MAX);
	int rc = io_read_file(path, &text, e);

	if (rc == 0)
		rc = kubeconfig_add(k, text.data, text.len, path, e);
	explicit_bzero(text.data, text.len);
	return rc;
}

char *kubeconfig_path(const struct kubeconfig_entry *entry, const char *path)
{
	const char *slash = strrchr(entry->file, '/');
	char *whole;

	if (*path == '/' || !slash)
		return strdup(path);
	return asprintf(&whole, "%.*s/%s", (int)(slash - entry->file), entry->file, path) < 0 ?
		NULL : whole;
}

bool kubeconfig_is_empty(const struct kubeconfig *k)
{
	return !k->of[KUBECONFIG_CLUSTER].n && !k->of[KUBECONFIG_USER].n &&
		!k->of[KUBECONFIG_CONTEXT].n && !k->current_context;
}

static int check_usable(const struct kubeconfig_entry *entry, enum kubeconfig_kind kind,
			struct err *e)
{
	if (!*entry->refused)
		return 0;
	return err_set(e, ERR_CONFIG, "%s:%zu: \"%s\" of %s \"%.60s\" is not supported; remove it, "
		       "or use another context", entry->file, entry->refused_line, entry->refused,
		       sections[kind].body, entry->name);
}

int kubeconfig_find(const struct kubeconfig *k, enum kubeconfig_kind kind, const char *name,
		    const struct kubeconfig_entry **ret, struct err *e)
{
	const struct kubeconfig_section *section = &k->of[kind];
	const struct kubeconfig_entry *found = NULL;

	for (size_t i = 0; i < section->n; i++) {
		const struct kubeconfig_entry *entry = &section->list[i];

		if (!entry->name || strcmp(entry->name, name) != 0)
			continue;
		if (found && found->file == entry->file)
			return err_set(e, ERR_CONFIG, "%s: there are two %s of the name \"%.60s\"",
				       entry->file, sections[kind].list, name);
		if (!found)
			found = entry;
	}
	*ret = found;
	return found ? check_usable(found, kind, e) : 0;
}
