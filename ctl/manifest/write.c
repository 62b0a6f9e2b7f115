/* SPDX-License-Identifier: Apache-2.0 */
/* apply, create, replace and diff: what manifests say becomes so, or is compared. */
#include "base/json.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/status.h"
#include "ctl/cli/store.h"
#include "ctl/manifest/check.h"
#include "ctl/manifest/difference.h"
#include "ctl/manifest/read.h"
#include "ctl/manifest/shown.h"
#include "ctl/openstack/overlapping.h"

#include <stdlib.h>
#include <string.h>

#define DIFFERENCE_MAX (64 << 20)	/* bytes of one resource's */

enum verb { VERB_APPLY, VERB_CREATE, VERB_REPLACE, VERB_DIFF };

struct job {
	struct call *call;
	enum verb verb;
	bool dry_run;
	struct store store;
	struct rows rows;
	struct buf difference;	/* of the resource at hand, if that is wanted */
	bool any;	/* resource differs */
	struct pool_names pools;	/* its list owned: those that were written */
	enum err_kind failed;	/* the first that did; ERR_NONE: none */
};

static const struct column columns[] = {
	{ .name = "kind" }, { .name = "name" }, { .name = "result" }, { .name = "dryRun" },
	{ .name = "difference" },
};

static bool is_there(struct job *j, const struct manifest *m, struct err *e)
{
	struct cJSON *items __cleanup(json_freep) = json_new_array();

	return m->kind->list(j->store.ds, m->name, items, e) == 0 && json_first(items);
}

static int create(struct job *j, const struct manifest *m, struct writing *w,
		  const char **ret_result, struct err *e)
{
	if (j->verb == VERB_CREATE && w->revision)
		return err_set(e, ERR_CONFIG, "error with field Metadata.ResourceVersion = '%llu' "
			       "(field must not be set for a Create request)",
			       (unsigned long long)w->revision);
	if (j->verb == VERB_CREATE && call_option(j->call, "skip-exists", 0) &&
	    is_there(j, m, e)) {
		*ret_result = "unchanged";
		return 0;
	}
	if (e->kind)
		return -1;
	*ret_result = "created";
	return m->kind->create(j->store.ds, m, w, e);
}

/* What is not there is created, unless only a replacement is wanted. */
static int update(struct job *j, const struct manifest *m, struct writing *w,
		  const char **ret_result, struct err *e)
{
	if (m->kind->update(j->store.ds, m, w, e) < 0) {
		if (e->kind != ERR_NOT_FOUND || j->verb == VERB_REPLACE)
			return -1;
		err_reset(e);
		return create(j, m, w, ret_result, e);
	}
	*ret_result = !w->changed ? "unchanged" : j->verb == VERB_REPLACE ? "replaced" :
									    "configured";
	return 0;
}

static int compare(struct job *j, const char *name, const struct writing *w, struct err *e)
{
	struct buf before __cleanup(buf_done) = BUF(DIFFERENCE_MAX);
	struct buf after __cleanup(buf_done) = BUF(DIFFERENCE_MAX);

	shown_stripped_yaml(&w->before, &before);
	shown_stripped_yaml(&w->after, &after);
	if (!difference_print(name, before.data, after.data, &j->difference) || before.failed ||
	    after.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static void tell(struct job *j, const struct manifest *m, const char *result)
{
	struct call *call = j->call;

	if (call->json) {
		rows_add(&j->rows, cell_text(m->kind->name), cell_text(m->name), cell_text(result),
			 cell_bool(j->dry_run),
			 j->dry_run ? cell_text(j->difference.data) : cell_absent());
		return;
	}
	if (call->form)
		printable_printf(&call->out, "%s/%s\n", m->kind->word, m->name);
	else if (j->verb != VERB_DIFF)
		printable_printf(&call->out, "%s/%s %s%s\n", m->kind->word, m->name, result,
				 j->dry_run ? " (dry run)" : "");
	buf_add(&call->out, j->difference.data, j->difference.len);
}

static int write_one(struct job *j, const struct manifest *m, struct writing *w, struct err *e)
{
	struct buf name __cleanup(buf_done) = BUF(512);
	const char *result = NULL;

	store_go_on(&j->store);
	w->dry_run = j->dry_run;
	if (manifest_revision(m, &w->revision, e) < 0 ||
	    (j->verb == VERB_CREATE ? create : update)(j, m, w, &result, e) < 0)
		return -1;
	buf_reset(&j->difference);
	buf_printf(&name, "%s/%s", m->kind->word, m->name);
	if (j->dry_run && w->changed && compare(j, name.data, w, e) < 0)
		return -1;
	j->any |= w->changed;
	if (w->changed && !j->dry_run && m->kind == &pool_kind)
		j->pools.list[j->pools.n++] = m->name;
	tell(j, m, result);
	return 0;
}

/* One that fails leaves the others to be written. */
static void write_or_complain(struct job *j, const struct manifest *m)
{
	struct writing w = { .before = BUF(WRITTEN_MAX), .after = BUF(WRITTEN_MAX) };
	struct err e = { 0 };

	if (write_one(j, m, &w, &e) < 0) {
		aside("calico-ipamctl: %s:%zu: %s/%s: %s\n", m->file, m->line, m->kind->word,
		      m->name, e.text);
		if (!j->failed)
			j->failed = e.kind;
	}
	buf_done(&w.before);
	buf_done(&w.after);
}

/* Before anything is written. */
static int check_all(struct job *j, const struct manifests *all, struct err *e)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct manifest *m = &all->list[i];

		store_go_on(&j->store);
		if (manifest_check_fields(m, j->store.ds, e) < 0)
			return err_wrap(e, "%s:%zu: %s/%.64s", m->file, m->line, m->kind->word,
					m->name);
	}
	return 0;
}

static int write_all(struct job *j, const struct manifests *all, struct err *e)
{
	if (store_open(&j->store, j->call, j->verb == VERB_DIFF ? OPEN_TO_LOOK :
		       store_purpose(j->dry_run), e) < 0 ||
	    check_all(j, all, e) < 0)
		return -1;
	if (j->call->json)
		rows_init(&j->rows, j->call, columns, ARRAY_LEN(columns));
	j->pools.list = calloc(all->n + 1, sizeof(*j->pools.list));
	if (!j->pools.list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < all->n; i++)
		write_or_complain(j, &all->list[i]);
	overlapping_tell(j->store.ds, &j->pools);
	if (j->call->json)
		rows_print(&j->rows, &j->call->out);
	j->call->status = j->failed ? status_of_kind(j->failed) :
		j->verb == VERB_DIFF && j->any ? STATUS_FOUND : STATUS_DONE;
	return 0;
}

static int run(struct call *call, enum verb verb, struct err *e)
{
	struct manifests all __cleanup(manifests_done) = { 0 };
	struct job j = { .call = call, .verb = verb, .difference = BUF(DIFFERENCE_MAX),
			 .dry_run = verb == VERB_DIFF || call_option(call, "dry-run", 0) };
	int rc;

	if (store_refuse_context(call, e) < 0)
		return -1;
	if (!call_option(call, "filename", 0))
		return call_wrong_use(call, e, "--filename is missing: --filename FILE");
	if (call->form && strcmp(call->form, "name") != 0)
		return call_wrong_use(call, e, "--output \"%.60s\" is of get alone", call->form);
	rc = manifests_read(call, &all, e) < 0 ? -1 : write_all(&j, &all, e);
	free(j.pools.list);
	rows_done(&j.rows);
	store_close(&j.store);
	buf_done(&j.difference);
	return rc < 0 ? err_wrap(e, "%s", call->command->noun) : 0;
}

static int apply_run(struct call *call, struct err *e)
{
	return run(call, VERB_APPLY, e);
}

static int create_run(struct call *call, struct err *e)
{
	return run(call, VERB_CREATE, e);
}

static int replace_run(struct call *call, struct err *e)
{
	return run(call, VERB_REPLACE, e);
}

static int diff_run(struct call *call, struct err *e)
{
	return run(call, VERB_DIFF, e);
}

#define DRY_RUN { .name = "dry-run", .help = "only show what would change" }

const struct command apply_command = {
	.noun = "apply",
	.forms = true,
	.summary = "Make what manifests say be so: create what is not there, change what is",
	.help =
	"A manifest is YAML or JSON, of IPPool, IPReservation, IPAMConfiguration (IPAMConfig) and\n"
	"Node, of several documents and of lists.  Settings that its spec leaves out are at their\n"
	"defaults; labels and annotations that it leaves out altogether stay, and so does what is\n"
	"not known here.  The rules of pool create, pool update and the other commands hold.\n"
	"A resourceVersion in it must be the stored one.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl apply -f pools.yaml\n"
	"  calico-ipamctl apply -f manifests/ --dry-run\n"
	"  calico-ipamctl get ippools -o yaml | calico-ipamctl --config other.yaml apply -f -\n",
	.options = { MANIFEST_OPTIONS, DRY_RUN },
	.run = apply_run,
};

const struct command create_command = {
	.noun = "create",
	.forms = true,
	.summary = "Create what manifests say",
	.help =
	"What is there already is an error.  See apply for manifests.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl create -f pool.yaml\n"
	"  calico-ipamctl create -f pool.yaml --skip-exists\n",
	.options = { MANIFEST_OPTIONS, DRY_RUN,
		     { .name = "skip-exists", .help = "what is there already is no error" } },
	.run = create_run,
};

const struct command replace_command = {
	.noun = "replace",
	.forms = true,
	.summary = "Change what is there to what manifests say",
	.help =
	"What is not there is an error.  See apply for manifests.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl replace -f pool.yaml\n",
	.options = { MANIFEST_OPTIONS, DRY_RUN },
	.run = replace_run,
};

const struct command diff_command = {
	.noun = "diff",
	.forms = true,
	.summary = "Show what apply would change",
	.help =
	"The exit status is 6 if anything would change, 0 if nothing would.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl diff -f manifests/ --recursive\n",
	.options = { MANIFEST_OPTIONS },
	.run = diff_run,
};
