/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "base/terminal/shell_word.h"
#include "ipam/record/host.h"
#include "ipam/record/keys.h"
#include "ipam/request/loop.h"

struct deletion {
	const struct node_delete_request *request;
	char key[KEY_TEXT], blocks[2][KEY_TEXT];	/* prefixes of its affinities */
};

static int name_keys(struct deletion *d, struct err *e)
{
	char owner[HOST_TEXT];

	if (key_of_node(d->request->name, d->key, e) < 0 ||
	    host_print(d->request->name, owner, e) < 0 ||
	    key_of_affinities(owner, FAMILY_4, d->blocks[0], e) < 0)
		return -1;
	return key_of_affinities(owner, FAMILY_6, d->blocks[1], e);
}

static size_t count(const struct view *view, const char *prefix)
{
	size_t first = view_first(view, prefix), n = 0;

	while (view_at(view, first + n, prefix))
		n++;
	return n;
}

static int list_changes(struct plan *p, const struct deletion *d, size_t blocks, struct err *e)
{
	const char *name = d->request->name;
	char word[SHELL_WORD_SHORT];
	const char *typed = shell_word(name, word, sizeof(word));

	if (!view_look_at(p->view, d->key)) {
		/* Our own deletion, its answer lost, or somebody else's. */
		return p->uncertain || p->lost ? 0 :
		       err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%s)", name);
	}
	if (blocks && !d->request->force)
		return err_set(e, ERR_CONFLICT, "node \"%.100s\" has %zu block%s; give back what "
			       "is empty first (affinity release --node %s), or delete it with "
			       "--force and then release what it held (release --node %s)", name,
			       blocks, blocks == 1 ? "" : "s", typed, typed);
	changes_delete(&p->changes, d->key);
	for (unsigned i = 0; !d->request->force && i < 2; i++)
		changes_guard_prefix(&p->changes, d->blocks[i]);
	return 0;
}

int plan_node_delete(struct plan *p, const struct node_delete_request *request,
		     struct node_delete_answer *ret, struct err *e)
{
	struct deletion d = { .request = request };

	if (name_keys(&d, e) < 0)
		return -1;
	plan_knows(p, d.key);
	plan_knows_prefix(p, d.blocks[0], RANGE_PREFIX_KEYS);
	plan_knows_prefix(p, d.blocks[1], RANGE_PREFIX_KEYS);
	if (!plan_needs(p)) {
		size_t blocks = count(p->view, d.blocks[0]) + count(p->view, d.blocks[1]);

		if (list_changes(p, &d, blocks, e) < 0)
			return -1;
		ret->blocks = blocks;
	}
	plan_conclude(p);
	return 0;
}

/* A command that is repeated, and finds no node any more, does it too. */
static int forget(struct datastore *ds, const char *name, int deleted, struct err *e)
{
	struct err why = {0};

	if ((deleted < 0 && e->kind != ERR_NOT_FOUND) ||
	    datastore_forget_node(ds, name, &why) == 0 || deleted < 0)
		return deleted;
	*e = why;
	return err_wrap(e, "the node is deleted, and what its mirror keeps in the store is not");
}

/* A rehearsal asks for no commit, which such a store refuses. */
static int check_is_deletable(const struct datastore *ds, const char *name, struct err *e)
{
	char key[KEY_TEXT];

	if (key_of_node(name, key, e) < 0)
		return -1;
	if (datastore_keeps(ds, key) == DATASTORE_KEEPS)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "node %.100s is Kubernetes' own: kubelet registers a "
		       "node, and kubectl changes or deletes it", name);
}

int ipam_delete_node(struct datastore *ds, const struct node_delete_request *request,
		     struct node_delete_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct node_delete_answer answer = { 0 };
	int deleted;

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_node_delete(&loop.plan, request, &answer, &loop.error));
	deleted = loop_result(&loop, e);
	if (!request->dry_run)
		deleted = forget(ds, request->name, deleted, e);
	if (deleted < 0 || (request->dry_run && check_is_deletable(ds, request->name, e) < 0))
		return -1;
	*ret_answer = answer;
	return 0;
}
