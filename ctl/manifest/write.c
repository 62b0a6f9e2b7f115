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
#define RUN_MAX 1000	/* resources that are created together */

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
	struct one *ones;	/* owned, RUN_MAX of them: the resources at hand */
	struct creation *creations;	/* owned, likewise: which of them are created */
	enum err_kind failed;	/* the first that did; ERR_NONE: none */
};

static const struct column columns[] = {
	{ .name = "kind" }, { .name = "name" }, { .name = "result" }, { .name = "dryRun" },
	{ .name = "difference" },
};

/* One resource on its way. */
struct one {
	const struct manifest *m;
	struct writing w;
	const char *result;	/* NULL: none yet */
	struct err error;
};

static bool is_there(struct job *j, const struct manifest *m, struct err *e)
{
	struct cJSON *items __cleanup(json_freep) = json_new_array();

	return m->kind->list(j->store.ds, m->name, items, e) == 0 && json_first(items);
}

static int check_creation(struct job *j, struct one *o, struct err *e)
{
	if (o->w.revision)
		return err_set(e, ERR_CONFIG, "error with field Metadata.ResourceVersion = '%llu' "
			       "(field must not be set for a Create request)",
			       (unsigned long long)o->w.revision);
	if (call_option(j->call, "skip-exists", 0) && is_there(j, o->m, e))
		o->result = "unchanged";
	return e->kind ? -1 : 0;
}

/* Updates what is there; what is to be created is left without a result. */
static int begin(struct job *j, struct one *o, struct err *e)
{
	store_go_on(&j->store);
	o->w.dry_run = j->dry_run;
	if (manifest_revision(o->m, &o->w.revision, e) < 0)
		return -1;
	if (j->verb == VERB_CREATE)
		return check_creation(j, o, e);
	if (o->m->kind->update(j->store.ds, o->m, &o->w, e) == 0) {
		o->result = !o->w.changed ? "unchanged" :
			    j->verb == VERB_REPLACE ? "replaced" : "configured";
		return 0;
	}
	if (e->kind != ERR_NOT_FOUND || j->verb == VERB_REPLACE)
		return -1;
	err_reset(e);
	return 0;
}

static void create(struct job *j, const struct kind *kind, size_t n)
{
	struct creation *list = j->creations;
	size_t n_list = 0;

	for (size_t i = 0; i < n; i++)
		if (!j->ones[i].result && !j->ones[i].error.kind)
			list[n_list++] = (struct creation){ j->ones[i].m, &j->ones[i].w, { 0 } };
	store_go_on(&j->store);
	if (kind->create_all)
		kind->create_all(j->store.ds, list, n_list);
	else if (n_list)
		kind->create(j->store.ds, list->manifest, list->writing, &list->error);
	for (size_t i = 0; i < n; i++) {
		if (j->ones[i].result || j->ones[i].error.kind)
			continue;
		j->ones[i].error = list++->error;
		j->ones[i].result = "created";
	}
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

static int finish(struct job *j, const struct one *o, struct err *e)
{
	struct buf name __cleanup(buf_done) = BUF(512);

	buf_reset(&j->difference);
	buf_printf(&name, "%s/%s", o->m->kind->word, o->m->name);
	if (j->dry_run && o->w.changed && compare(j, name.data, &o->w, e) < 0)
		return -1;
	j->any |= o->w.changed;
	if (o->w.changed && !j->dry_run && o->m->kind == &pool_kind)
		j->pools.list[j->pools.n++] = o->m->name;
	tell(j, o->m, o->result);
	return 0;
}

/* One that fails leaves the others to be written. */
static void finish_or_complain(struct job *j, struct one *o)
{
	if (!o->error.kind && finish(j, o, &o->error) == 0)
		return;
	aside("calico-ipamctl: %s:%zu: %s/%s: %s\n", o->m->file, o->m->line, o->m->kind->word,
	      o->m->name, o->error.text);
	if (!j->failed)
		j->failed = o->error.kind;
}

/* How many of the first are created together: of one kind, and of different names. */
static size_t run_of(const struct manifest *list, size_t n)
{
	size_t i = 1;

	for (; list->kind->create_all && i < n && i < RUN_MAX && list[i].kind == list->kind; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(list[k].name, list[i].name) == 0)
				return i;
	return i;
}

static void write_run(struct job *j, const struct manifest *list, size_t n)
{
	struct one *ones = j->ones;

	for (size_t i = 0; i < n; i++) {
		ones[i] = (struct one){ .m = &list[i], .w = { .before = BUF(WRITTEN_MAX),
							      .after = BUF(WRITTEN_MAX) } };
		begin(j, &ones[i], &ones[i].error);
	}
	create(j, list->kind, n);
	for (size_t i = 0; i < n; i++) {
		finish_or_complain(j, &ones[i]);
		buf_done(&ones[i].w.before);
		buf_done(&ones[i].w.after);
	}
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
		       store_purpose(j->dry_run, OPEN_TO_CREATE), e) < 0 ||
	    check_all(j, all, e) < 0)
		return -1;
	if (j->call->json)
		rows_init(&j->rows, j->call, columns, ARRAY_LEN(columns));
	j->pools.list = calloc(all->n + 1, sizeof(*j->pools.list));
	j->creations = calloc(RUN_MAX, sizeof(*j->creations));
	j->ones = calloc(RUN_MAX, sizeof(*j->ones));
	if (!j->pools.list || !j->creations || !j->ones)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0, n; i < all->n; i += n) {
		n = run_of(&all->list[i], all->n - i);
		write_run(j, &all->list[i], n);
	}
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
	free(j.creations);
	free(j.ones);
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
