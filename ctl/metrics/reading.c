/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/reading.h"

#include "ctl/cli/aside.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/store.h"
#include "ctl/inspect/containers.h"

#include <stdio.h>

struct taking {
	const struct reading_wish *wish;
	struct store store;
	struct containers containers;
	struct progress progress;
};

static void taking_done(struct taking *t)
{
	progress_end(&t->progress);
	containers_done(&t->containers);
	store_close(&t->store);
}

void reading_done(struct reading *r)
{
	audit_done(&r->audit);
	own_blocks_done(&r->own);
}

static int check(struct taking *t, struct audit *ret, struct err *e)
{
	const struct containers_place here = {
		.plugin = t->store.found.plugin,
		.run_path = settings_run_path(&t->store.found.settings),
	};
	struct audit_options options = {
		.now_ns = clock_now_ns(), .patience_ms = AUDIT_PATIENCE_MS,
		.life = containers_tell, .life_arg = &t->containers,
		.progress = progress_see, .progress_arg = &t->progress,
	};

	if (containers_read(&t->containers, &here, e) < 0)
		return -1;
	progress_begin(&t->progress, "blocks read");
	t->progress.off |= !t->wish->looked_on;
	return audit_read(t->store.ds, &options, ret, e);
}

static int read_all(struct taking *t, struct reading *ret, struct err *e)
{
	if (t->wish->own && !*ret->node)
		return err_set(e, ERR_CONFIG, "this machine has no name as a node: set nodename in "
			       "the network's configuration, or write " NODE_NAME_FILE);
	if (t->wish->own)
		return own_blocks_read(t->store.ds, ret->node, &ret->own, e);
	if (t->wish->checks)
		return check(t, &ret->audit, e);
	return utilization_read(t->store.ds, NULL, &ret->audit.utilization, e);
}

static const char *kind_of(const struct settings *settings)
{
	static const char *const names[] = { [DATASTORE_LOCAL] = "local",
					     [DATASTORE_ETCD] = "etcd",
					     [DATASTORE_KUBERNETES] = "kubernetes" };
	struct err ignored = { 0 };
	enum datastore_type type;

	return settings_decide(settings, &type, &ignored) < 0 ? "" : names[type];
}

static int find_and_open(struct taking *t, struct reading *ret, struct err *e)
{
	if (found_init(&t->store.found, t->wish->config, e) < 0)
		return -1;
	ret->store = kind_of(&t->store.found.settings);
	node_name(t->store.found.plugin, ret->node);
	snprintf(ret->run_path, sizeof(ret->run_path), "%s",
		 settings_run_path(&t->store.found.settings));
	if (datastore_open(&t->store.ds, &t->store.found.settings, OPEN_TO_LOOK, t->wish->until,
			   e) < 0)
		return -1;
	if (t->wish->looked_on)
		store_say(&t->store);
	return 0;
}

int reading_take(const struct reading_wish *wish, struct reading *ret, struct err *e)
{
	struct taking t __cleanup(taking_done) = { .wish = wish };
	int64_t began = clock_monotonic_us();
	int rc;

	*ret = (struct reading){ .store = "", .run_path = SETTINGS_RUN_PATH };
	rc = find_and_open(&t, ret, e) < 0 || read_all(&t, ret, e) < 0 ? -1 : 0;
	ret->seconds = (double)(clock_monotonic_us() - began) / 1e6;
	return rc;
}
