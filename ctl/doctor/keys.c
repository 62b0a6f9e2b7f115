/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a network of ours that the plugin passes over, as it does all that it does not know,
 * though they look like its own: a slip, another place, or what host-local has.
 */
#include "ctl/doctor/doctor.h"

#include "base/json.h"
#include "base/terminal/nearest.h"
#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What README.md says of the configuration; a lint holds them together. */
static const char *const beside[] = {
	"datastore_type", "local_path", "etcd_endpoints", "etcd_discovery_srv", "etcd_ca_cert_file",
	"etcd_cert_file", "etcd_key_file", "etcd_protocol", "kubernetes", "policy",
	"calico_api_group", "nodename", "nodename_file", "hostname", "create_node",
	"ipam_lock_file", "run_path", "mirror", "tls_sessions", "timeout_ms", "log_level",
	"log_file_path", "log_file_max_size", "log_file_max_age", "log_file_max_count",
	"windows_use_single_network",
};
static const char *const within[] = {
	"type", "assign_ipv4", "assign_ipv6", "ipv4_pools", "ipv6_pools", "prefix", "gateway",
	"routes", "status_exhaustion", "timeout_ms",
};
/* These no main plugin has for itself. */
static const char *const ours_alone[] = {
	"assign_ipv4", "assign_ipv6", "ipv4_pools", "ipv6_pools", "status_exhaustion",
};
static const char *const of_host_local[] = {
	"ranges", "rangeStart", "rangeEnd", "subnet", "dataDir", "resolvConf",
};

static bool is_one(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(key, list[i]) == 0)
			return true;
	return false;
}

#define IS_ONE(key, list) is_one((key), (list), ARRAY_LEN(list))

static void say(struct doctor *d, const char *path, const char *key, const char *what,
		const char *more)
{
	char mend[DOCTOR_MEND];

	shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s", path);
	doctor_say(d, HEALTH_WARN, "configuration", mend, "%s: \"%.100s\" %s%s", path, key, what,
		   more);
}

/* What was typed is all of a longer word's beginning: somebody else's word, such as "ipam". */
static bool is_cut_short(const char *key, const char *word)
{
	return strlen(word) > strlen(key) + 1 + strlen(key) / 3;
}

static void say_near(struct doctor *d, const char *path, const char *key, const char *where,
		     const char *const *list, size_t n)
{
	struct nearest nearest = nearest_to(key);
	char what[128];

	for (size_t i = 0; i < n; i++)
		nearest_offer(&nearest, list[i]);
	if (!nearest.word || is_cut_short(key, nearest.word))
		return;
	snprintf(what, sizeof(what), "%s is no key of calico-ipam; did you mean ", where);
	say(d, path, key, what, nearest.word);
}

static void check_within(struct doctor *d, const char *path, const char *key)
{
	if (IS_ONE(key, within))
		return;
	if (IS_ONE(key, beside))
		say(d, path, key, "stands within \"ipam\", and has an effect only beside \"type\"",
		    "");
	else if (IS_ONE(key, of_host_local))
		say(d, path, key, "is host-local's and has no effect; pools are named in "
		    "\"ipv4_pools\" and \"ipv6_pools\"", "");
	else
		say_near(d, path, key, "within \"ipam\"", within, ARRAY_LEN(within));
}

static void check_beside(struct doctor *d, const char *path, const char *key)
{
	if (IS_ONE(key, beside))
		return;
	if (IS_ONE(key, ours_alone))
		say(d, path, key, "has an effect only within \"ipam\"", "");
	else if (!IS_ONE(key, within))
		say_near(d, path, key, "beside \"type\"", beside, ARRAY_LEN(beside));
}

void doctor_keys(struct doctor *d, const char *path, const struct cJSON *plugin,
		 const struct cJSON *ipam)
{
	for (const struct cJSON *i = json_first(plugin); i; i = json_next(i))
		check_beside(d, path, json_name(i));
	for (const struct cJSON *i = json_first(ipam); i; i = json_next(i))
		check_within(d, path, json_name(i));
}
