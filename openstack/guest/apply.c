/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/guest/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK OWN_MARK ": --undo removes this file, and so many folders above it: "
#define FOLDERS_MAX 8	/* of what the line may say, which anybody may have changed */

enum presence { IS_ABSENT, IS_OURS, IS_FOREIGN };

struct present {
	enum presence presence;
	unsigned folders;
	const char *text;	/* behind the mark */
};

/* out: room for the file. */
static int look(const struct root *root, const struct own *own, struct buf *out,
		struct present *ret, struct err *e)
{
	struct err not_there = { 0 };
	unsigned long folders;
	const char *end;

	*ret = (struct present){ IS_ABSENT, 0, "" };
	if (root_read(root, own->path, out, &not_there) < 0) {
		if (not_there.kind == ERR_NOT_FOUND && !root_has(root, own->path))
			return 0;
		ret->presence = IS_FOREIGN;
		return 0;
	}
	end = strchr(out->data, '\n');
	ret->presence = own_is_text(out->data) && end ? IS_OURS : IS_FOREIGN;
	if (ret->presence == IS_FOREIGN)
		return out->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
	folders = strncmp(out->data, MARK, strlen(MARK)) == 0 ?
		  strtoul(out->data + strlen(MARK), NULL, 10) : 0;
	ret->folders = folders > FOLDERS_MAX ? FOLDERS_MAX : (unsigned)folders;
	ret->text = end + 1;
	return 0;
}

static int write_one(const struct root *root, const struct own *own, const struct buf *text,
		     unsigned folders, struct err *e)
{
	struct buf all __cleanup(buf_done) = BUF(ROOT_FILE_MAX);

	buf_printf(&all, MARK "%u\n", folders);
	buf_add(&all, text->data, text->len);
	if (all.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return root_write(root, own->path, &all, own->mode, e);
}

static int put(const struct root *root, const struct own *own, const struct buf *text,
	       const struct present *there, struct err *e)
{
	unsigned folders = there->folders;
	struct err why = { 0 };

	if (there->presence != IS_ABSENT)
		return write_one(root, own, text, folders, e);
	if (root_make_parent(root, own->path, &folders, e) == 0 &&
	    write_one(root, own, text, folders, e) == 0)
		return 0;
	root_remove_parents(root, own->path, folders, &why);
	return -1;
}

static int put_one(const struct root *root, const struct own *own, const struct buf *text,
		     bool dry, own_change_visitor *visit, void *arg, struct err *e)
{
	struct buf room __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct present there;

	if (look(root, own, &room, &there, e) < 0)
		return -1;
	if (there.presence == IS_OURS && strcmp(there.text, text->data) == 0)
		return 0;
	if (!dry && put(root, own, text, &there, e) < 0)
		return -1;
	visit(there.presence == IS_OURS ? OWN_REPLACED : OWN_WRITTEN, own->path, arg);
	return 0;
}

static int remove_one(const struct root *root, const struct own *own, bool dry,
		      own_change_visitor *visit, void *arg, struct err *e)
{
	struct buf room __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct present there;

	if (look(root, own, &room, &there, e) < 0)
		return -1;
	if (there.presence != IS_OURS)
		return 0;
	if (!dry && root_remove(root, own->path, there.folders, e) < 0)
		return -1;
	visit(OWN_REMOVED, own->path, arg);
	return 0;
}

/* The last first: a folder that was made for the first may hold the last. */
static int remove_but(const struct root *root, const struct guest_plan *plan, bool dry,
		      own_change_visitor *visit, void *arg, struct err *e)
{
	for (size_t i = N_OWN_FILES; i-- > 0;)
		if ((!plan || !plan->files[i].len) &&
		    remove_one(root, &own_files[i], dry, visit, arg, e) < 0)
			return -1;
	return 0;
}

static int refuse_foreign(const struct root *root, const struct own *own, struct err *e)
{
	struct buf room __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct present there;

	if (look(root, own, &room, &there, e) < 0)
		return -1;
	if (there.presence == IS_FOREIGN)
		return err_set(e, ERR_CONFLICT, "%s is there, and it is not ours: move it away "
			       "first; nothing was changed", own->path);
	return 0;
}

int guest_apply(const struct root *root, const struct guest_plan *plan, bool dry,
		own_change_visitor *visit, void *arg, struct err *e)
{
	for (size_t i = 0; i < N_OWN_FILES; i++)
		if (plan->files[i].len && refuse_foreign(root, &own_files[i], e) < 0)
			return -1;
	if (remove_but(root, plan, dry, visit, arg, e) < 0)
		return -1;
	for (size_t i = 0; i < N_OWN_FILES; i++)
		if (plan->files[i].len &&
		    put_one(root, &own_files[i], &plan->files[i], dry, visit, arg, e) < 0)
			return -1;
	return 0;
}

int guest_undo(const struct root *root, bool dry, own_change_visitor *visit, void *arg,
	       struct err *e)
{
	return remove_but(root, NULL, dry, visit, arg, e);
}
