/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/netconf.h"

#include "base/json.h"
#include "base/node_name.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define NAME_MAX_BYTES 255

void netconf_init(struct netconf *conf)
{
	*conf = (struct netconf){
		.version_text = "", .version = CNI_UNKNOWN, .name = "", .type = "",
		.nodename = "", .nodename_file = NODE_NAME_FILE, .hostname = "",
		.ipam_lock_file = LOCK_FILE_DEFAULT, .timeout_ms = TIMEOUT_MS_DEFAULT,
	};
	settings_init(&conf->settings);
}

void netconf_done(struct netconf *conf)
{
	json_free(conf->tree);
	conf->tree = NULL;
	settings_done(&conf->settings);
}

/* A NUL would end a C string early and let a name pass as another. */
static bool holds_nul(const char *text, size_t len)
{
	static const char escaped[] = "\\u0000";

	return memchr(text, '\0', len) || memmem(text, len, escaped, sizeof(escaped) - 1);
}

static int check_name(const char *name, struct err *e)
{
	if (!*name)
		return err_set(e, ERR_CONFIG, "missing network name");
	if (strlen(name) > NAME_MAX_BYTES)
		return err_set(e, ERR_CONFIG, "network name is longer than %d bytes",
			       NAME_MAX_BYTES);
	for (const char *c = name; *c; c++) {
		if (!isascii(*c) || !(isalnum(*c) || (c > name && strchr("_.-", *c))))
			return err_set(e, ERR_CONFIG,
				       "invalid characters found in network name: %s", name);
	}
	return 0;
}

static int refuse_relative(const char *name, const char *path, struct err *e)
{
	if (!*path || *path == '/')
		return 0;
	return err_set(e, ERR_CONFIG, "\"%s\" must be an absolute path, not \"%.100s\"", name,
		       path);
}

static int read_log(struct netconf *conf, struct err *e)
{
	struct log_config *log = &conf->log;
	const char *path = "";

	if (json_get_string(conf->tree, "log_level", &log->level, e) < 0 ||
	    json_get_string(conf->tree, "log_file_path", &path, e) < 0 ||
	    refuse_relative("log_file_path", path, e) < 0 ||
	    json_get_i64(conf->tree, "log_file_max_size", &log->max_size_mb, e) < 0 ||
	    json_get_i64(conf->tree, "log_file_max_age", &log->max_age_days, e) < 0 ||
	    json_get_i64(conf->tree, "log_file_max_count", &log->max_count, e) < 0)
		return -1;
	log->file_path = path;
	return 0;
}

static int parse(struct netconf *conf, const char *text, size_t len, struct err *e)
{
	if (holds_nul(text, len))
		return err_set(e, ERR_DECODE, "the text holds a NUL character");
	conf->tree = json_parse(text, len, e);
	if (!conf->tree)
		return -1;
	if (json_type(conf->tree) != JSON_OBJECT)
		return err_set(e, ERR_DECODE, "must be an object, not %s",
			       json_type_name(json_type(conf->tree)));
	if (json_get_string(conf->tree, "cniVersion", &conf->version_text, e) < 0)
		return -1;
	conf->version = cni_version_of(conf->version_text);
	return json_get_string(conf->tree, "name", &conf->name, e);
}

int netconf_parse(struct netconf *conf, const char *text, size_t len, struct err *e)
{
	if (parse(conf, text, len, e) < 0 || read_log(conf, e) < 0)
		return err_wrap(e, "network configuration on stdin");
	return check_name(conf->name, e);
}

static int read_timeout(struct netconf *conf, struct err *e)
{
	if (json_get_i64(conf->tree, "timeout_ms", &conf->timeout_ms, e) < 0 ||
	    json_get_i64(conf->ipam, "timeout_ms", &conf->timeout_ms, e) < 0)
		return -1;
	if (conf->timeout_ms < TIMEOUT_MS_MIN || conf->timeout_ms > TIMEOUT_MS_MAX)
		return err_set(e, ERR_CONFIG, "\"timeout_ms\" must be from %d to %d, not %" PRId64,
			       TIMEOUT_MS_MIN, TIMEOUT_MS_MAX, conf->timeout_ms);
	return 0;
}

/* A text key for which "" means "not given". */
static int read_text(const struct netconf *conf, const char *name, const char **ret, struct err *e)
{
	const char *text = "";

	if (json_get_string(conf->tree, name, &text, e) < 0)
		return -1;
	if (*text)
		*ret = text;
	return 0;
}

static int read_texts(struct netconf *conf, struct err *e)
{
	if (read_text(conf, "type", &conf->type, e) < 0 ||
	    read_text(conf, "nodename", &conf->nodename, e) < 0 ||
	    read_text(conf, "nodename_file", &conf->nodename_file, e) < 0 ||
	    read_text(conf, "hostname", &conf->hostname, e) < 0 ||
	    read_text(conf, "ipam_lock_file", &conf->ipam_lock_file, e) < 0)
		return -1;
	if (refuse_relative("nodename_file", conf->nodename_file, e) < 0)
		return -1;
	return refuse_relative("ipam_lock_file", conf->ipam_lock_file, e);
}

/* A runtime hands over one plugin's part of a conflist, with name and cniVersion in it. */
static int refuse_conflist(const struct netconf *conf, struct err *e)
{
	if (conf->ipam || json_type(json_field(conf->tree, "plugins")) != JSON_ARRAY)
		return 0;
	return err_set(e, ERR_CONFIG, "\"plugins\": this is a whole conflist, and nothing of it "
		       "concerns the plugin; give it one of the list, with \"name\" and "
		       "\"cniVersion\" added (as cnitool does)");
}

static int read_all(struct netconf *conf, struct err *e)
{
	if (json_get_object(conf->tree, "ipam", &conf->ipam, e) < 0 ||
	    refuse_conflist(conf, e) < 0 || read_texts(conf, e) < 0 ||
	    json_get_bool(conf->tree, "windows_use_single_network", &conf->single_block, e) < 0 ||
	    json_get_bool(conf->tree, "create_node", &conf->create_node, e) < 0 ||
	    read_timeout(conf, e) < 0)
		return -1;
	return settings_from_config(&conf->settings, conf->tree, e);
}

int netconf_read(struct netconf *conf, struct err *e)
{
	if (read_all(conf, e) < 0)
		return err_wrap(e, "network configuration on stdin");
	return settings_from_environment(&conf->settings, e);
}

enum cni_version netconf_answer_version(const struct netconf *conf)
{
	return conf->version == CNI_UNKNOWN ? CNI_1_1_0 : conf->version;
}

bool netconf_is_calico(const struct netconf *conf)
{
	return strcmp(conf->type, "calico") == 0;
}
