/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/store.h"
#include "ctl/manifest/named.h"
#include "ctl/manifest/print.h"
#include "ctl/manifest/shown.h"

static int list(struct store *store, const struct named *named, struct cJSON *items,
		struct err *e)
{
	size_t before = json_count(items);

	store_go_on(store);
	if (named->kind->list(store->ds, named->name, items, e) < 0)
		return -1;
	if (!named->name || json_count(items) > before)
		return 0;
	err_set(e, ERR_NOT_FOUND, "resource does not exist: %s(%.64s)", named->kind->name,
		named->name);
	return named_meant(store, named, e);
}

static int get(struct call *call, const struct names *names, struct err *e)
{
	struct cJSON *items __cleanup(json_freep) = json_new_array();
	struct store store __cleanup(store_close) = { 0 };

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++)
		if (list(&store, &names->list[i], items, e) < 0)
			return -1;
	if (call_option(call, "export", 0))
		for (struct cJSON *i = json_first(items); i; i = json_next(i))
			shown_strip(i);
	return print_resources(call, names->kind, items, names->n == 1 && names->list[0].name, e);
}

static int get_run(struct call *call, struct err *e)
{
	struct names names __cleanup(names_done) = { 0 };

	if (names_read(call, &names, e) < 0 || get(call, &names, e) < 0)
		return call->wrong_use ? -1 : err_wrap(e, "get");
	return 0;
}

const struct command get_command = {
	.noun = "get",
	.name_argument = "KIND",
	.name_optional = true,
	.words_argument = "NAME",
	.words_optional = true,
	.forms = true,
	.summary = "Show resources as they are stored",
	.help =
	"KIND is ippool, ipreservation, ipamconfiguration or node, in the spellings of calicoctl.\n"
	"Without a NAME all of the kind.  --output is also name, custom-columns=HEADING:PATH,...\n"
	"and jsonpath=TEMPLATE, as kubectl has them.  What is shown as YAML or JSON can be given\n"
	"to apply.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl get ippools\n"
	"  calico-ipamctl get ippool cluster-v4 -o yaml\n"
	"  calico-ipamctl get nodes -o jsonpath='{.items[*].metadata.name}'\n"
	"  calico-ipamctl get ipp -o custom-columns=NAME:.metadata.name,CIDR:.spec.cidr\n",
	.options = {
		MANIFEST_OPTIONS,
		{ .name = "all-namespaces", .letter = 'A',
		  .help = "taken, and without effect as well" },
		{ .name = "export", .help = "without what the store made, such as uid" },
	},
	.run = get_run,
};
