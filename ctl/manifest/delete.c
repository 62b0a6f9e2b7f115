/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/aside.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/status.h"
#include "ctl/cli/store.h"
#include "ctl/manifest/named.h"

#include <stdlib.h>

struct job {
	const struct names *names;
	struct store store;
	struct rows rows;
	bool *refused;	/* owned: of each, when it was only looked at */
	enum err_kind failed;	/* the first that did; ERR_NONE: none */
	size_t done;
};

static const struct column columns[] = {
	{ .name = "kind" }, { .name = "name" }, { .name = "result" }, { .name = "dryRun" },
};

static void tell(struct call *call, struct job *j, const struct named *named, bool dry)
{
	if (call->json)
		rows_add(&j->rows, cell_text(named->kind->name), cell_text(named->name),
			 cell_text("deleted"), cell_bool(dry));
	else
		printable_printf(&call->out, "%s/%s %s\n", named->kind->word, named->name,
				 dry ? "would be deleted" : "deleted");
}

/* One that fails leaves the others to be deleted; one that was refused is not tried again. */
static void delete_one(struct call *call, struct job *j, size_t i, bool dry)
{
	const struct named *named = &j->names->list[i];
	struct err e = { 0 };

	if (j->refused[i])
		return;
	store_go_on(&j->store);
	if (named->kind->delete(j->store.ds, named->name, call_option(call, "force", 0), dry,
				&e) == 0) {
		tell(call, j, named, dry);
		j->done++;
		return;
	}
	if (e.kind == ERR_NOT_FOUND && call_option(call, "skip-not-exists", 0))
		return;
	j->refused[i] = true;
	named_meant(&j->store, named, &e);
	aside("calico-ipamctl: delete %s/%s: %s\n", named->kind->word, named->name, e.text);
	if (!j->failed)
		j->failed = e.kind;
}

static int delete_all(struct call *call, bool dry, void *arg, struct err *e)
{
	struct job *j = arg;

	(void)e;
	j->done = 0;
	if (call->json)
		rows_init(&j->rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < j->names->n; i++)
		delete_one(call, j, i, dry);
	if (call->json) {
		rows_print(&j->rows, &call->out);
		rows_done(&j->rows);
		j->rows = (struct rows){ 0 };
	}
	call->status = j->failed ? status_of_kind(j->failed) : STATUS_DONE;
	return j->done ? CONFIRM_SOMETHING : CONFIRM_NOTHING;
}

static int check(struct call *call, const struct names *names, struct err *e)
{
	for (size_t i = 0; i < names->n; i++)
		if (!names->list[i].name)
			return call_wrong_use(call, e, "which %s to delete is not given",
					      names->list[i].kind->word);
	return 0;
}

static int delete_run(struct call *call, struct err *e)
{
	struct names names __cleanup(names_done) = { 0 };
	struct job j = { .names = &names };
	int rc;

	if (names_read(call, &names, e) < 0 || check(call, &names, e) < 0)
		return call->wrong_use ? -1 : err_wrap(e, "delete");
	j.refused = calloc(names.n + 1, sizeof(*j.refused));
	if (!j.refused)
		return err_set(e, ERR_INTERNAL, "out of memory");
	rc = store_open(&j.store, call, OPEN_TO_CHANGE, e) < 0 ? -1 :
	     confirm_and_do(call, "Delete them?", delete_all, &j, e);
	store_close(&j.store);
	free(j.refused);
	return rc < 0 ? err_wrap(e, "delete") : 0;
}

const struct command delete_command = {
	.noun = "delete",
	.name_argument = "KIND",
	.name_optional = true,
	.words_argument = "NAME",
	.words_optional = true,
	.summary = "Delete resources, by kind and name or those of manifests",
	.help =
	"By the rules of pool delete, reservation delete and node delete: a pool whose addresses\n"
	"are in use, a node that has blocks and a reservation that keeps a gateway are refused.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl delete ippool cluster-v4 --yes\n"
	"  calico-ipamctl delete -f pools.yaml --dry-run\n",
	.options = {
		MANIFEST_OPTIONS,
		{ .name = "force", .help = "though it is in use" },
		{ .name = "skip-not-exists", .letter = 's',
		  .help = "what is not there is no error" },
		CONFIRM_OPTIONS,
	},
	.run = delete_run,
};
