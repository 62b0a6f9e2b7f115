/* SPDX-License-Identifier: Apache-2.0 */
/* calicoctl's `ipam`: its words and options, each with the command of ours that does it. */
#include "ctl/calicoctl/lead.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/store.h"
#include "ipam/pool/pools.h"

#include <stdio.h>
#include <string.h>

static int ipam_show_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = {
		{ "show-blocks", "blocks" }, { "show-borrowed", "borrowed" },
		{ "show-configuration", NULL }, { NULL, NULL },
	};

	if (call->n_options > 1)
		return call_wrong_use(call, e, "--ip, --show-blocks, --show-borrowed and "
				      "--show-configuration exclude each other");
	return lead_to(call, call_option(call, "show-configuration", 0) ? &config_get_command
									: &show_command,
		       meanings, e);
}

static int ipam_check_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = {
		{ "output", "report" }, { "show-problem-ips", NULL }, { "show-all-ips", NULL },
		{ NULL, NULL },
	};

	if (call_option(call, "show-all-ips", 0))
		aside("--show-all-ips: what is checked and right is not listed here; see: "
		      "calico-ipamctl show --addresses\n");
	return lead_to(call, &check_command, meanings, e);
}

static int ipam_release_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = { { "ip", NULL }, { NULL, NULL } };
	const char *ip = call_option(call, "ip", 0);

	if (ip)
		call->words[call->n_words++] = ip;
	return lead_to(call, &release_command, meanings, e);
}

static int ipam_configure_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = { { "strictaffinity", NULL }, { NULL, NULL } };
	char setting[64];

	snprintf(setting, sizeof(setting), "strict_affinity=%.30s",
		 call_option(call, "strictaffinity", 0));
	call->words[call->n_words++] = setting;
	return lead_to(call, &config_set_command, meanings, e);
}

/* What Calico says, and how it is to be. */
static int read_number(struct call *call, unsigned *ret_bits, struct err *e)
{
	size_t len = strlen(call->name);
	unsigned n = 0;

	if (!len || len > 6 || strspn(call->name, "0123456789") != len ||
	    sscanf(call->name, "%u", &n) != 1)
		return call_wrong_use(call, e, "error reading number to split IP pools into. "
				      "%.40s is not a valid number", call->name);
	if (n < 2 || (n & (n - 1)) != 0)
		return call_wrong_use(call, e, "number to split CIDR into is not a valid power of "
				      "2: %u", n);
	for (*ret_bits = 0; n > 1; n /= 2)
		++*ret_bits;
	return 0;
}

struct split {
	char name[256];
	char length[16];	/* of its parts */
};

/* By what is given: either may be NULL. */
static bool is_it(const struct pool_entry *entry, const char *name, const struct cidr *cidr)
{
	return !entry->unreadable && (!name || strcmp(entry->name, name) == 0) &&
	       (!cidr || cidr_equal(entry->pool.cidr, *cidr));
}

static int find_pool(const struct call *call, const struct cidr *cidr, unsigned bits,
		     struct split *ret, struct err *e)
{
	const char *name = call_option(call, "name", 0), *text = call_option(call, "cidr", 0);
	struct pool_list pools __cleanup(pool_list_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };

	if (store_open_unsaid(&store, call->config, OPEN_TO_LOOK, e) < 0 ||
	    ipam_list_pools(store.ds, &pools, e) < 0)
		return -1;
	for (size_t i = 0; i < pools.n; i++) {
		const struct pool_entry *entry = &pools.list[i];

		if (!is_it(entry, name, text ? cidr : NULL))
			continue;
		snprintf(ret->name, sizeof(ret->name), "%s", entry->name);
		snprintf(ret->length, sizeof(ret->length), "%u", entry->pool.cidr.len + bits);
		return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "unable to find IP pool %.100s covering the specified "
		       "CIDR %.64s", name ? name : "", text ? text : "");
}

static int ipam_split_run(struct call *call, struct err *e)
{
	static const struct meaning meanings[] = { { "cidr", NULL }, { "name", NULL },
						   { NULL, NULL } };
	static const struct option_spec into = { .name = "into", .argument = "LENGTH" };
	const char *text = call_option(call, "cidr", 0);
	struct cidr cidr = { 0 };
	struct split split = { 0 };
	unsigned bits = 0;

	if (read_number(call, &bits, e) < 0)
		return -1;
	if (!text && !call_option(call, "name", 0))
		return call_wrong_use(call, e, "no name or CIDR provided. Provide a name or CIDR "
				      "to denote the IP pool to split");
	if (text && cidr_parse(text, &cidr) < 0)
		return call_wrong_use(call, e, "--cidr \"%.64s\" is no CIDR", text);
	if (find_pool(call, &cidr, bits, &split, e) < 0)
		return err_wrap(e, "ipam split");
	call->name = split.name;
	call->options[call->n_options++] = (struct call_option){ &into, split.length };
	return lead_to(call, &pool_split_command, meanings, e);
}

const struct command ipam_show_command = {
	.noun = "ipam",
	.verb = "show",
	.summary = "As calicoctl's; here: show, config get",
	.help =
	"Examples:\n"
	"  calico-ipamctl ipam show --show-blocks\n"
	"  calico-ipamctl ipam show --ip=10.86.0.5\n",
	.options = {
		{ .name = "ip", .argument = "IP", .help = "show --ip" },
		{ .name = "show-blocks", .help = "show --blocks" },
		{ .name = "show-borrowed", .help = "show --borrowed" },
		{ .name = "show-configuration", .help = "config get" },
	},
	.run = ipam_show_run,
};

const struct command ipam_check_command = {
	.noun = "ipam",
	.verb = "check",
	.summary = "As calicoctl's; here: check",
	.help =
	"The exit status is that of check, which is 6 where a problem is found.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl ipam check -o /tmp/report.json\n",
	.options = {
		{ .name = "output", .argument = "FILE", .letter = 'o', .help = "check --report" },
		{ .name = "show-all-ips", .help = "show --addresses lists them" },
		{ .name = "show-problem-ips", .help = "they are listed in any case" },
	},
	.run = ipam_check_run,
};

const struct command ipam_release_command = {
	.noun = "ipam",
	.verb = "release",
	.summary = "As calicoctl's, but that it asks; here: release",
	.help =
	"Where there is no terminal to ask on it needs --yes.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl ipam release --ip=10.86.0.5\n"
	"  calico-ipamctl ipam release --from-report=/tmp/a.json --from-report=/tmp/b.json --yes\n",
	.options = {
		{ .name = "ip", .argument = "IP", .help = "this address" },
		{ .name = "from-report", .argument = "REPORT", .repeated = true,
		  .help = "what this report calls leaked; may be repeated" },
		{ .name = "force", .help = "though version or lock of the report do not fit" },
		CONFIRM_OPTIONS,
	},
	.run = ipam_release_run,
};

const struct command ipam_configure_command = {
	.noun = "ipam",
	.verb = "configure",
	.summary = "As calicoctl's; here: config set",
	.help =
	"Examples:\n"
	"  calico-ipamctl ipam configure --strictaffinity=true\n",
	.options = {
		{ .name = "strictaffinity", .argument = "true|false", .required = true,
		  .help = "config set strict_affinity" },
	},
	.run = ipam_configure_run,
};

const struct command ipam_split_command = {
	.noun = "ipam",
	.verb = "split",
	.name_argument = "NUMBER",
	.summary = "As calicoctl's, but that no lock is needed; here: pool split",
	.help =
	"NUMBER is how many pools it becomes, a power of 2.  They are called NAME-0, NAME-1 ...;\n"
	"one transaction makes them, so the datastore need not be locked.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl ipam split --cidr=10.86.0.0/16 4 --dry-run\n"
	"  calico-ipamctl ipam split --name=cluster-v4 4 --yes\n",
	.options = {
		{ .name = "cidr", .argument = "CIDR", .help = "the pool of this CIDR" },
		{ .name = "name", .argument = "POOL_NAME", .help = "the pool of this name" },
		CONFIRM_OPTIONS,
	},
	.run = ipam_split_run,
};
