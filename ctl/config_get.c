#include "ctl/command.h"
#include "ctl/store.h"
#include "ctl/table.h"
#include "ipam/ipam_config.h"
#include "ipam/keys.h"

static void print_table(const struct ipam_config *config, struct buf *out)
{
	static const char *const headings[] = { "FIELD", "VALUE" };
	struct table t __cleanup(table_done);
	struct buf value __cleanup(buf_done);

	buf_init(&value, 4096);
	table_init(&t, headings, ARRAY_LEN(headings));
	for (const char *const *f = ipam_config_fields; *f; f++) {
		buf_reset(&value);
		ipam_config_print_field(config, *f, &value);
		table_add(&t, *f);
		table_add(&t, value.data);
	}
	table_print(&t, out);
}

static int print_json(const struct ipam_config *config, struct buf *out, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done);

	buf_init(&text, STORE_RECORD_MAX);
	if (ipam_config_rewrite(NULL, config, &text, e) < 0)
		return -1;
	tree = json_parse(text.data, text.len, e);
	json_text(tree, out);
	return 0;
}

static int run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done);
	struct view view __cleanup(view_done);
	struct ipam_config config;

	wants_init(&wants);
	view_init(&view);
	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (store_open(&store, call, true, e) < 0 ||
	    datastore_read(store.ds, &view, &wants, e) < 0 ||
	    ipam_config_read(view_get(&view, KEY_CONFIG), &config, e) < 0)
		return err_wrap(e, "config get");
	if (call->json)
		return print_json(&config, &call->out, e);
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
	.run = run,
};
