/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/config.h"
#include "ipam/record/keys.h"

#include <string.h>

#define FIELD_MAX 64	/* bytes of a field's name */

static int set_word(struct call *call, struct ipam_config *config, const char *word, struct err *e)
{
	size_t len = strcspn(word, "=");
	char field[FIELD_MAX + 1];

	if (!word[len] || !len || len > FIELD_MAX)
		return call_wrong_use(call, e, "\"%.80s\" must be FIELD=VALUE", word);
	memcpy(field, word, len);
	field[len] = '\0';
	if (ipam_config_set(config, field, word + len + 1, e) < 0) {
		call->wrong_use = true;
		return -1;
	}
	return 0;
}

static int set_words(struct call *call, struct ipam_config *config, struct err *e)
{
	for (unsigned i = 0; i < call->n_words; i++)
		if (set_word(call, config, call->words[i], e) < 0)
			return -1;
	return 0;
}

static int plan(struct view *view, void *arg, struct changes *changes, struct err *e)
{
	const struct record *old = view_peek(view, KEY_CONFIG);
	struct buf text __cleanup(buf_done) = BUF(STORE_RECORD_MAX);
	struct call *call = arg;
	struct ipam_config config;

	if (ipam_config_read(old, &config, e) < 0 || set_words(call, &config, e) < 0 ||
	    ipam_config_check(&config, e) < 0 || ipam_config_rewrite(old, &config, &text, e) < 0)
		return -1;
	if (!old || old->value_len != text.len || memcmp(old->value, text.data, text.len) != 0)
		changes_put(changes, KEY_CONFIG, text.data, text.len);
	return 0;
}

static void print(struct call *call)
{
	struct cJSON *words __cleanup(json_freep) = json_new_array();

	for (unsigned i = 0; i < call->n_words; i++)
		json_append(words, json_new_string(call->words[i]));
	answer_print(call, FIELDS({ "set", cell_tree(words) }), "config set\n");
}

static int config_set_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct ipam_config tried = { .kubevirt_persistence = "" };
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (set_words(call, &tried, e) < 0)
		return -1;
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    store_change(&store, &wants, plan, call, e) < 0)
		return err_wrap(e, "config set");
	print(call);
	return 0;
}

const struct command config_set_command = {
	.noun = "config",
	.verb = "set",
	.words_argument = "FIELD=VALUE",
	.summary = "Change the rules of address assignment",
	.help =
	"Fields:\n"
	"  strict_affinity=true|false         a node uses its own blocks only\n"
	"  auto_allocate_blocks=true|false    nodes claim new blocks as they need them\n"
	"  maxBlocksPerHost=N                 0: Calico's limit of 20; else needs strict_affinity\n"
	"  ipCooldownSeconds=0-1200           how long a released address rests\n"
	"  kubeVirtVMAddressPersistence=Enabled|Disabled\n"
	"                                     a virtual machine keeps its address\n"
	"They are checked together, so give those that need each other in one call.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl config set strict_affinity=true maxBlocksPerHost=4\n"
	"  calico-ipamctl config set ipCooldownSeconds=300\n",
	.run = config_set_run,
};
