/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/read.h"

#include "base/io.h"
#include "base/json.h"
#include "base/list.h"
#include "base/yaml/yaml_tree.h"
#include "ctl/manifest/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
	struct manifests *all;
	const char *file;
	bool recursive, skip_empty;
	bool seen;	/* something in the file at hand, be it an empty list */
};

void manifests_done(struct manifests *all)
{
	for (size_t i = 0; i < all->n; i++)
		json_free(all->list[i].tree);
	for (size_t i = 0; i < all->n_files; i++)
		free(all->files[i]);
	free(all->list);
	free(all->files);
	*all = (struct manifests){ 0 };
}

/* Takes the tree. */
static int add(struct reading *r, struct cJSON *tree, size_t line, struct err *e)
{
	struct manifest m = { .tree = tree, .file = r->file, .line = line };

	if (manifest_check(&m, e) < 0) {
		json_free(tree);
		return err_wrap(e, "%s:%zu", r->file, line);
	}
	if (list_room(&r->all->list, r->all->n, &r->all->cap) < 0) {
		json_free(tree);
		return err_set(e, ERR_INTERNAL, "out of memory");
	}
	r->all->list[r->all->n++] = m;
	return 0;
}

/* What a list says of all its items, an item may leave out. */
static void inherit(struct cJSON *item, const struct cJSON *list)
{
	const char *kind = json_field_text(list, "kind");
	char name[64];
	size_t len = strlen(kind);

	if (json_type(item) != JSON_OBJECT || strcmp(kind, "List") == 0)
		return;
	if (!*json_field_text(item, "kind") && len > strlen("List")) {
		snprintf(name, sizeof(name), "%.*s", (int)(len - strlen("List")), kind);
		json_set(item, "kind", json_new_string(name));
	}
	if (!*json_field_text(item, "apiVersion"))
		json_set(item, "apiVersion",
			 json_new_string(json_field_text(list, "apiVersion")));
}

static bool is_list(const struct cJSON *tree)
{
	const char *kind = json_field_text(tree, "kind");
	size_t len = strlen(kind);

	return len >= 4 && strcmp(kind + len - 4, "List") == 0;
}

/* Takes the tree: each resource that it is or holds. */
static int add_all(struct cJSON *tree, size_t line, void *arg, struct err *e)
{
	struct reading *r = arg;
	struct cJSON *items;
	int rc = 0;

	r->seen = true;
	if (json_type(tree) != JSON_ARRAY && !is_list(tree))
		return add(r, tree, line, e);
	items = json_type(tree) == JSON_ARRAY ? tree : json_entry(tree, "items");
	if (items && json_type(items) != JSON_ARRAY && json_type(items) != JSON_NULL)
		rc = err_set(e, ERR_CONFIG, "%s:%zu: items must be a list, not %s", r->file, line,
			     json_type_name(json_type(items)));
	while (rc == 0 && json_first(items)) {
		struct cJSON *item = json_detach(items, json_first(items));

		if (items != tree)
			inherit(item, tree);
		rc = add_all(item, line, r, e);
	}
	json_free(tree);
	return rc;
}

/* A name twice in one map; or nearly so, or the memory to tell is missing. */
static bool may_have_doubles(const struct cJSON *tree)
{
	struct json_names names __cleanup(json_names_done) = { 0 };

	if (json_type(tree) == JSON_OBJECT &&
	    (json_fields_of(tree, &names) < 0 || names.n < json_count(tree)))
		return true;
	for (const struct cJSON *i = json_first(tree); i; i = json_next(i))
		if (may_have_doubles(i))
			return true;
	return false;
}

/* NULL: it is for the reader of YAML, which names what is wrong, and its line. */
static struct cJSON *read_json(const struct buf *text)
{
	size_t blank = strspn(text->data, " \t\r\n");
	struct err ignored = { 0 };
	struct cJSON *tree = NULL;

	if (text->data[blank] == '{' || text->data[blank] == '[')
		tree = json_parse(text->data, text->len, &ignored);
	if (!may_have_doubles(tree))
		return tree;
	json_free(tree);
	return NULL;
}

/* Where it is JSON its own reader takes it: there are texts that YAML spells otherwise. */
static int read_text(struct reading *r, const struct buf *text, struct err *e)
{
	struct yaml_source source = { .text = text->data, .len = text->len, .file = r->file,
				      .values_max = JSON_VALUES_MAX,
				      .len_max = MANIFEST_FILE_MAX,
				      .documents_max = MANIFEST_DOCUMENTS_MAX };
	struct cJSON *tree = read_json(text);

	r->seen = false;
	if ((tree ? add_all(tree, 1, r, e) : yaml_read_trees(&source, add_all, r, e)) < 0)
		return -1;
	if (!r->seen && !r->skip_empty)
		return err_set(e, ERR_CONFIG, "%s: there is no resource in it", r->file);
	return 0;
}

/* Takes the path. */
static int keep_file(struct reading *r, char *path, struct err *e)
{
	if (path && r->all->n_files < MANIFEST_FILES_MAX &&
	    list_room(&r->all->files, r->all->n_files, &r->all->cap_files) == 0) {
		r->all->files[r->all->n_files++] = path;
		r->file = path;
		return 0;
	}
	free(path);
	return r->all->n_files == MANIFEST_FILES_MAX ?
		err_set(e, ERR_LIMIT, "more than %d files", MANIFEST_FILES_MAX) :
		err_set(e, ERR_INTERNAL, "out of memory");
}

static int read_file(struct reading *r, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(MANIFEST_FILE_MAX);
	bool is_input = strcmp(path, "-") == 0;

	if (keep_file(r, strdup(is_input ? "standard input" : path), e) < 0 ||
	    (is_input ? io_read_fd(STDIN_FILENO, &text, r->file, e) :
			io_read_file(path, &text, e)) < 0)
		return -1;
	return read_text(r, &text, e);
}

static bool is_manifest(const char *name)
{
	static const char *const ends[] = { ".yaml", ".yml", ".json" };
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (len > strlen(ends[i]) && strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static int read_path(struct reading *r, const char *path, unsigned depth, struct err *e);

static int read_entry(struct reading *r, const char *folder, const char *name, unsigned depth,
		      struct err *e)
{
	struct buf path __cleanup(buf_done) = BUF(4096);
	struct stat st;

	buf_printf(&path, "%s/%s", folder, name);
	if (path.failed)
		return err_set(e, ERR_LIMIT, "the path %.200s/... is too long", folder);
	if (*name == '.')
		return 0;
	/* A manifest that is missing behind a link is for read_path() to name. */
	if (stat(path.data, &st) == 0 && S_ISDIR(st.st_mode) ? !r->recursive : !is_manifest(name))
		return 0;
	return read_path(r, path.data, depth + 1, e);
}

static int read_folder(struct reading *r, const char *path, unsigned depth, struct err *e)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort), rc = 0;

	if (n < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = read_entry(r, path, entries[i]->d_name, depth, e);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int read_path(struct reading *r, const char *path, unsigned depth, struct err *e)
{
	struct stat st;

	if (depth > MANIFEST_FOLDERS_MAX)
		return err_set(e, ERR_LIMIT, "%s: more than %d folders are within each other", path,
			       MANIFEST_FOLDERS_MAX);
	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(r, path, depth, e);
	return read_file(r, path, e);
}

int manifests_read(struct call *call, struct manifests *ret, struct err *e)
{
	struct manifests all __cleanup(manifests_done) = { 0 };
	struct reading r = { .all = &all, .recursive = call_option(call, "recursive", 0),
			     .skip_empty = call_option(call, "skip-empty", 0) };
	const char *path;

	for (unsigned i = 0; (path = call_option(call, "filename", i)); i++)
		if (read_path(&r, path, 0, e) < 0)
			return -1;
	if (!all.n_files && !r.skip_empty)
		return err_set(e, ERR_CONFIG, "%s: there is no resource in it",
			       call_option(call, "filename", 0));
	*ret = all;
	all = (struct manifests){ 0 };
	return 0;
}
