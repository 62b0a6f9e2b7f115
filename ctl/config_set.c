/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/cluster/config.h"

#include <string.h>

static int read_word(struct call *call, const char *word, struct config_setting *ret,
		     struct err *e)
{
	struct ipam_config tried = { .kubevirt_persistence = "" };
	size_t len = strcspn(word, "=");

	if (!word[len] || !len || len > CONFIG_FIELD_MAX)
		return call_wrong_use(call, e, "\"%.80s\" must be FIELD=VALUE", word);
	memcpy(ret->field, word, len);
	ret->field[len] = '\0';
	ret->value = word + len + 1;
	if (ipam_config_set(&tried, ret->field, ret->value, e) < 0) {
		call->wrong_use = true;
		return -1;
	}
	return 0;
}

static int config_set_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct config_setting settings[CALL_WORDS_MAX];
	struct config_set_request r = { .settings = settings, .n = call->n_words };
	struct config_set_answer answer;

	for (unsigned i = 0; i < call->n_words; i++)
		if (read_word(call, call->words[i], &settings[i], e) < 0)
			return -1;
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    ipam_set_config(store.ds, &r, &answer, e) < 0)
		return err_wrap(e, "config set");
	answer_print(call, FIELDS({ "set", cell_texts(call->words, call->n_words) }),
		     "config set\n");
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
