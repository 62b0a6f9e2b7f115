/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin: whether it is there, and what it says itself of each network. */
#include "ctl/doctor/doctor.h"

#include "base/cni/ask.h"
#include "base/cni/conflist.h"
#include "base/json.h"
#include "base/terminal/shell_word.h"
#include "base/version.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MAX (1 << 20)	/* bytes */
#define CODE_NOT_READY 50	/* of STATUS, in the CNI specification */

static int ask_plugin(const struct doctor *d, const char *option, const char *verb,
		      const char *input, struct buf *out)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH];

	if (!doctor_find(d, PLUGIN_NAME, path))
		return -1;
	doctor_path(d, path, full);
	return ask(&(struct question){ .path = full, .option = option, .verb = verb,
				       .cni_path = d->cni_path, .input = input }, out);
}

static bool speaks(const struct doctor *d, const char *version)
{
	struct cJSON *answer __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(ANSWER_MAX);
	struct err ignored = {0};
	const struct cJSON *i;

	if (!*version || strcmp(version, CONFLIST_STATUS_VERSION) == 0 ||
	    ask_plugin(d, NULL, "VERSION", NULL, &text) != 0)
		return true;
	answer = json_parse(text.data, text.len, &ignored);
	i = json_first(json_field(answer, "supportedVersions"));
	while (i && strcmp(json_string(i) ? json_string(i) : "", version) != 0)
		i = json_next(i);
	return !answer || i;
}

/* What the plugin would refuse stays as it is, to be refused. */
static void want_addresses(struct cJSON *ipam)
{
	const struct cJSON *item = json_field(ipam, "status_exhaustion");
	const char *text = json_string(item);
	enum json_type type = json_type(item);

	if (type == JSON_ABSENT || type == JSON_NULL || type == JSON_BOOL ||
	    (text && strcmp(text, "false") == 0))
		json_set(ipam, "status_exhaustion", json_new_bool(true));
}

static void print_request(const struct cJSON *plugin, const char *network, struct buf *out)
{
	struct cJSON *request __cleanup(json_freep) = conflist_status_request(plugin, network);

	want_addresses(json_field(request, "ipam"));
	json_print(request, out);
}

static enum verdict read_verdict(int status, const struct buf *answer, char ret_text[DOCTOR_TEXT])
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err ignored = {0};
	const char *msg;
	int64_t code;

	if (status == 0 && !answer->len)
		return VERDICT_GOOD;
	tree = json_parse(answer->data, answer->len, &ignored);
	msg = json_string(json_field(tree, "msg"));
	if (status <= 0 || !msg || json_i64(json_field(tree, "code"), &code) < 0) {
		snprintf(ret_text, DOCTOR_TEXT, "the plugin does not answer STATUS");
		return VERDICT_NOT_READY;
	}
	snprintf(ret_text, DOCTOR_TEXT, "%s", msg);
	return code == CODE_NOT_READY ? VERDICT_NOT_READY : VERDICT_REFUSED;
}

enum verdict doctor_verdict(const struct doctor *d, const struct cJSON *plugin,
			    const char *network, const char *version, char ret_text[DOCTOR_TEXT])
{
	struct buf request __cleanup(buf_done) = BUF(ANSWER_MAX);
	struct buf answer __cleanup(buf_done) = BUF(ANSWER_MAX);
	char path[DOCTOR_PATH];

	if (*d->root || !doctor_find(d, PLUGIN_NAME, path))
		return VERDICT_NONE;
	if (!speaks(d, version)) {
		snprintf(ret_text, DOCTOR_TEXT, "cniVersion \"%.64s\" is none that the plugin "
			 "speaks", version);
		return VERDICT_REFUSED;
	}
	print_request(plugin, network, &request);
	return read_verdict(ask_plugin(d, NULL, "STATUS", request.data, &answer), &answer,
			    ret_text);
}

static void ask_version(const struct doctor *d, char out[64])
{
	struct buf text __cleanup(buf_done) = BUF(ANSWER_MAX);

	out[0] = '\0';
	if (ask_plugin(d, "--version", NULL, NULL, &text) == 0)
		snprintf(out, 64, "%.*s", (int)strcspn(text.data, "\n"), text.data);
}

void doctor_plugin(struct doctor *d)
{
	char path[DOCTOR_PATH], mend[DOCTOR_MEND], version[64], ours[64];

	if (!doctor_find(d, PLUGIN_NAME, path)) {
		doctor_bring(d, PLUGIN_NAME, "install -D -m 755 " PLUGIN_NAME " -t", mend);
		doctor_say(d, HEALTH_FAIL, "plugin", mend, "%.*s/" PLUGIN_NAME " is not there, or "
			   "not executable", (int)strcspn(d->cni_path, ":"), d->cni_path);
		return;
	}
	ask_version(d, version);
	snprintf(ours, sizeof(ours), CALICO_IPAM_VERSION "%s", version_build);
	shell_command(mend, sizeof(mend), "install -m 755 " PLUGIN_NAME " %s", path);
	if (!*version)
		doctor_say(d, HEALTH_FAIL, "plugin", mend, "%s does not say its version", path);
	else if (strcmp(version, ours) != 0)
		doctor_say(d, HEALTH_FAIL, "plugin", mend, "%s is version %s, this program %s",
			   path, version, ours);
	else
		doctor_say(d, HEALTH_OK, "plugin", NULL, "%s is version %s", path, version);
}
