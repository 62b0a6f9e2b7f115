/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "ctl/cli/command.h"
#include "ctl/cli/store.h"
#include "ctl/cli/table.h"
#include "ipam/record/config.h"
#include "ipam/record/keys.h"

static void print_table(const struct ipam_config *config, struct buf *out)
{
	static const char *const headings[] = { "FIELD", "VALUE" };
	struct table t __cleanup(table_done) = {0};
	struct buf value __cleanup(buf_done) = BUF(4096);

	table_init(&t, headings, ARRAY_LEN(headings));
	for (const char *const *f = ipam_config_fields; *f; f++) {
		buf_reset(&value);
		ipam_config_print_field(config, *f, &value);
		table_add(&t, *f);
		table_add(&t, value.data);
	}
	table_print(&t, out);
}

/* All fields, those too that the record leaves out. */
static void print_json(const struct ipam_config *config, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();

	json_set(tree, "strict_affinity", json_new_bool(config->strict_affinity));
	json_set(tree, "auto_allocate_blocks", json_new_bool(config->auto_allocate_blocks));
	json_set(tree, "maxBlocksPerHost", json_new_i64(config->max_blocks_per_host));
	json_set(tree, "kubeVirtVMAddressPersistence",
		 json_new_string(ipam_config_persistence(config)));
	json_set(tree, "ipCooldownSeconds", json_new_i64(config->cooldown_s));
	json_text(tree, out);
}

static int config_get_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	struct ipam_config config;

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (store_open(&store, call, true, e) < 0 ||
	    datastore_read(store.ds, &view, &wants, e) < 0 ||
	    ipam_config_read(view_get(&view, KEY_CONFIG), &config, e) < 0)
		return err_wrap(e, "config get");
	if (call->json)
		print_json(&config, &call->out);
	else
		print_table(&config, &call->out);
	return 0;
}

const struct command config_get_command = {
	.noun = "config",
	.verb = "get",
	.summary = "Show the rules of address assignment",
	.help =
	"What is in force: without a stored configuration Calico's defaults.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl config get\n"
	"  calico-ipamctl config get --output json\n",
	.run = config_get_run,
};
