/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/config/agent_config.h"

#include "openstack/config/oslo_file.h"
#include "openstack/record/word.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUE_MAX 8192		/* bytes */
#define DOMAIN_MAX 208		/* bytes: a name has 253, "host-", an IPv6 address and a dot 45 */
#define DEPTH_MAX 8		/* keys that stand for keys that stand for keys … */

enum kind { TEXT, NUMBER, FLAG };

static const struct option {
	const char *section, *key;
	enum kind kind;
	size_t at;	/* offset in struct agent_config */
	const char *preset;
	int64_t min, max;
} options[] = {
#define OPTION(section, key, kind, field, preset, ...) \
	{ section, key, kind, offsetof(struct agent_config, field), preset, __VA_ARGS__ }
	OPTION("DEFAULT", "host", TEXT, host, "", 0, 0),
	OPTION("DEFAULT", "state_path", TEXT, state_path, "/var/lib/neutron", 0, 0),
	OPTION("DEFAULT", "dhcp_confs", TEXT, dhcp_confs, "$state_path/dhcp", 0, 0),
	OPTION("DEFAULT", "log_file", TEXT, log_file, "", 0, 0),
	OPTION("DEFAULT", "log_dir", TEXT, log_dir, "", 0, 0),
	OPTION("DEFAULT", "debug", FLAG, debug, "false", 0, 0),
	OPTION("DEFAULT", "dns_domain", TEXT, dns_domain, "openstacklocal", 0, 0),
	OPTION("DEFAULT", "dhcp_lease_duration", NUMBER, dhcp_lease_duration, "86400",
	       -1, INT32_MAX),
	OPTION("DEFAULT", "dhcp_renewal_time", NUMBER, dhcp_renewal_time, "0", 0, INT32_MAX),
	OPTION("DEFAULT", "dhcp_rebinding_time", NUMBER, dhcp_rebinding_time, "0", 0, INT32_MAX),
	OPTION("DEFAULT", "dnsmasq_config_file", TEXT, dnsmasq_config_file, "", 0, 0),
	OPTION("DEFAULT", "dnsmasq_dns_servers", TEXT, dnsmasq_servers_text, "", 0, 0),
	OPTION("DEFAULT", "dnsmasq_base_log_dir", TEXT, dnsmasq_base_log_dir, "", 0, 0),
	OPTION("DEFAULT", "dnsmasq_local_resolv", FLAG, dnsmasq_local_resolv, "false", 0, 0),
	OPTION("DEFAULT", "dnsmasq_lease_max", NUMBER, dnsmasq_lease_max, "16777216",
	       1, INT32_MAX),
	OPTION("DEFAULT", "dhcp_broadcast_reply", FLAG, dhcp_broadcast_reply, "false", 0, 0),
	OPTION("DEFAULT", "dnsmasq_enable_addr6_list", FLAG, dnsmasq_enable_addr6_list, "false",
	       0, 0),
	OPTION("DEFAULT", "force_metadata", FLAG, force_metadata, "false", 0, 0),
	OPTION("DEFAULT", "network_device_mtu", NUMBER, network_device_mtu, "0", 0, 65535),
	OPTION("DEFAULT", "metrics_file", TEXT, metrics_file, "", 0, 0),
	OPTION("calico", "etcd_host", TEXT, etcd_host, "127.0.0.1", 0, 0),
	OPTION("calico", "etcd_port", NUMBER, etcd_port, "2379", 1, 65535),
	OPTION("calico", "etcd_scheme", TEXT, etcd_scheme, "", 0, 0),
	OPTION("calico", "etcd_endpoints", TEXT, etcd_endpoints, "", 0, 0),
	OPTION("calico", "etcd_key_file", TEXT, etcd_key_file, "", 0, 0),
	OPTION("calico", "etcd_cert_file", TEXT, etcd_cert_file, "", 0, 0),
	OPTION("calico", "etcd_ca_cert_file", TEXT, etcd_ca_cert_file, "", 0, 0),
	OPTION("calico", "etcd_username", TEXT, etcd_username, "", 0, 0),
	OPTION("calico", "etcd_password", TEXT, etcd_password, "", 0, 0),
	OPTION("calico", "etcd_timeout", NUMBER, etcd_timeout, "60", 1, 3600),
	OPTION("calico", "openstack_region", TEXT, openstack_region, "", 0, 0),
};

/* What was said, before keys are put in for their names. */
struct given {
	char *value[ARRAY_LEN(options)];	/* owned; NULL: nothing */
	char *where[ARRAY_LEN(options)];	/* owned */
};

static void given_done(struct given *g)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		free(g->value[i]);
		free(g->where[i]);
	}
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static int replace(char **text, const char *value, struct err *e)
{
	char *copy = strdup(value);

	if (!copy)
		return no_memory(e);
	free(*text);
	*text = copy;
	return 0;
}

/* As oslo.config: a dash in a key is an underscore. */
static bool key_is(const char *given, const char *key)
{
	for (; *given && *key; given++, key++)
		if (*given != *key && !(*given == '-' && *key == '_'))
			return false;
	return *given == *key;
}

/* A section's capitals are small letters, but for [DEFAULT]. */
static bool section_is(const char *given, const char *section)
{
	return strcmp(section, "DEFAULT") == 0 ? strcmp(given, section) == 0 :
						 strcasecmp(given, section) == 0;
}

static int take(const char *section, const char *key, const char *value, const char *where,
		void *arg, struct err *e)
{
	struct given *g = arg;

	if (strlen(value) > VALUE_MAX)
		return err_set(e, ERR_CONFIG, "%s: the value of %.64s is too long", where, key);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (section_is(section, options[i].section) && key_is(key, options[i].key))
			return replace(&g->value[i], value, e) < 0 ? -1 :
			       replace(&g->where[i], where, e);
	return 0;
}

static const char *value_of(const struct given *g, size_t i)
{
	return g->value[i] ? g->value[i] : options[i].preset;
}

/* The option that a name stands for: of the same section, else of [DEFAULT]; or section.key. */
static size_t named(const char *section, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t found = ARRAY_LEN(options);
	char of[16] = "";

	if (dot) {
		snprintf(of, sizeof(of), "%.*s", (int)(dot - name), name);
		return named(of, dot + 1, len - (size_t)(dot + 1 - name));
	}
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strlen(options[i].key) != len || strncmp(options[i].key, name, len) != 0)
			continue;
		if (strcmp(options[i].section, section) == 0)
			return i;
		if (strcmp(options[i].section, "DEFAULT") == 0)
			found = i;
	}
	return found;
}

static int expand(const struct given *g, size_t i, unsigned depth, struct buf *out,
		  struct err *e);

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* Bytes of the name behind a '$', without its braces; 0: that is no name. */
static size_t name_len(const char *at)
{
	const char *name = at + (at[0] == '{');
	size_t len = strspn(name, LETTERS "0123456789.");

	if (!strspn(name, LETTERS) || (at[0] == '{' && name[len] != '}'))
		return 0;
	return len;
}

/*
 * Behind a '$': what stands for it, and how much of the text was its name.  As in Python's
 * templates a '$' before no name stands for itself.
 */
static int expand_name(const struct given *g, size_t of, const char *at, size_t *ret_len,
		       unsigned depth, struct buf *out, struct err *e)
{
	bool braces = at[0] == '{';
	size_t len = name_len(at), i;

	if (!len) {
		buf_putc(out, '$');
		*ret_len = at[0] == '$';
		return 0;
	}
	i = named(options[of].section, at + braces, len);
	if (i == ARRAY_LEN(options))
		return err_set(e, ERR_CONFIG, "%s: %s: $%.40s stands for no key that is known here",
			       g->where[of] ? g->where[of] : "default", options[of].key, at);
	*ret_len = len + 2 * braces;
	return expand(g, i, depth + 1, out, e);
}

static int expand(const struct given *g, size_t i, unsigned depth, struct buf *out,
		  struct err *e)
{
	const char *at = value_of(g, i);
	size_t len;

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_CONFIG, "%s stands for itself", options[i].key);
	for (; *at; at += len) {
		len = strcspn(at, "$");
		if (at[len] && len && at[len - 1] == '\\') {
			buf_add(out, at, len - 1);
			buf_putc(out, '$');
			len++;
			continue;
		}
		buf_add(out, at, len);
		if (!at[len])
			break;
		at += len + 1;
		if (expand_name(g, i, at, &len, depth, out, e) < 0)
			return -1;
	}
	return 0;
}

static int bad_value(const struct given *g, size_t i, const char *text, const char *what,
		     struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s: [%s] %s = %.60s: %s",
		       g->where[i] ? g->where[i] : "default", options[i].section, options[i].key,
		       text, what);
}

static int set_number(const struct given *g, size_t i, const char *text, int64_t *ret,
		      struct err *e)
{
	char what[64], *end;
	int64_t n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return bad_value(g, i, text, "must be a whole number", e);
	if (n < options[i].min || n > options[i].max) {
		snprintf(what, sizeof(what), "must be %lld to %lld", (long long)options[i].min,
			 (long long)options[i].max);
		return bad_value(g, i, text, what, e);
	}
	*ret = n;
	return 0;
}

static int set_flag(const struct given *g, size_t i, const char *text, bool *ret, struct err *e)
{
	static const struct { const char *word; bool is; } words[] = {
		{ "true", true }, { "1", true }, { "on", true }, { "yes", true },
		{ "false", false }, { "0", false }, { "off", false }, { "no", false },
	};

	for (size_t k = 0; k < ARRAY_LEN(words); k++)
		if (strcasecmp(words[k].word, text) == 0) {
			*ret = words[k].is;
			return 0;
		}
	return bad_value(g, i, text, "must be true or false", e);
}

static int set(struct agent_config *c, const struct given *g, size_t i, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(VALUE_MAX);
	void *field = (char *)c + options[i].at;

	if (expand(g, i, 0, &text, e) < 0)
		return -1;
	if (text.failed)
		return bad_value(g, i, text.data, "is too long", e);
	switch (options[i].kind) {
	case TEXT:
		return replace(field, text.data, e);
	case NUMBER:
		return set_number(g, i, text.len ? text.data : options[i].preset, field, e);
	case FLAG:
		return set_flag(g, i, text.data, field, e);
	}
	return 0;
}

/* A list is cut in place at its commas. */
static int cut_servers(struct agent_config *c, struct err *e)
{
	const char *separators = ", \t\n";
	char *at = c->dnsmasq_servers_text, *rest;

	for (char *word = strtok_r(at, separators, &rest); word;
	     word = strtok_r(NULL, separators, &rest)) {
		if (c->n_dns_servers == DNSMASQ_SERVERS_MAX)
			return err_set(e, ERR_CONFIG, "[DEFAULT] dnsmasq_dns_servers has more than "
				       "%d servers", DNSMASQ_SERVERS_MAX);
		c->dnsmasq_dns_servers[c->n_dns_servers++] = word;
	}
	return 0;
}

static bool is_domain(const char *text)
{
	if (strlen(text) > DOMAIN_MAX || strpbrk(text, ",#\"'\\/[]"))
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return word_has_labels(text);
}

/* It stands in each line of a host file, and of one that it spoils a guest has no address. */
static int check_domain(const struct agent_config *c, struct err *e)
{
	if (!is_domain(c->dns_domain))
		return err_set(e, ERR_CONFIG, "[DEFAULT] dns_domain = %.80s: must be the name of a "
			       "domain, of parts of 1 to %d bytes, %d in all, without blanks and "
			       "commas", c->dns_domain, LABEL_MAX, DOMAIN_MAX);
	return 0;
}

static int check_paths(const struct agent_config *c, struct err *e)
{
	if (c->dhcp_confs[0] != '/')
		return err_set(e, ERR_CONFIG, "[DEFAULT] dhcp_confs = %.80s: must be an absolute "
			       "path", c->dhcp_confs);
	return 0;
}

static int fill(struct agent_config *c, const struct given *g, const char *host_name,
		struct err *e)
{
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (set(c, g, i, e) < 0)
			return -1;
	if (!*c->host && replace(&c->host, host_name, e) < 0)
		return -1;
	for (len = strlen(c->dhcp_confs); len > 1 && c->dhcp_confs[len - 1] == '/'; len--)
		c->dhcp_confs[len - 1] = 0;
	return check_paths(c, e) < 0 || check_domain(c, e) < 0 ? -1 : cut_servers(c, e);
}

void agent_config_done(struct agent_config *c)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].kind == TEXT)
			free(*(char **)(void *)((char *)c + options[i].at));
	*c = (struct agent_config){ 0 };
}

int agent_config_read(struct agent_config *ret, const char *const *files, size_t n,
		      const char *host_name, struct err *e)
{
	struct agent_config c __cleanup(agent_config_done) = { 0 };
	struct given g __cleanup(given_done) = { 0 };

	for (size_t i = 0; i < n; i++)
		if (oslo_file_read(files[i], take, &g, e) < 0)
			return -1;
	if (fill(&c, &g, host_name, e) < 0)
		return -1;
	*ret = c;
	c = (struct agent_config){ 0 };
	return 0;
}

struct serving agent_config_serving(const struct agent_config *c)
{
	return (struct serving){
		.confs = c->dhcp_confs, .domain = c->dns_domain,
		.lease_s = c->dhcp_lease_duration, .renewal_s = c->dhcp_renewal_time,
		.rebinding_s = c->dhcp_rebinding_time, .config_file = c->dnsmasq_config_file,
		.servers = c->dnsmasq_dns_servers, .n_servers = c->n_dns_servers,
		.log_dir = c->dnsmasq_base_log_dir, .lease_max = c->dnsmasq_lease_max,
		.mtu = NETWORK_MTU, .local_resolv = c->dnsmasq_local_resolv,
		.broadcast = c->dhcp_broadcast_reply,
		.address_lists = c->dnsmasq_enable_addr6_list, .metadata = c->force_metadata,
	};
}

/* As Calico's: a certificate, a key or an authority means TLS. */
static const char *scheme_of(const struct agent_config *c)
{
	if (*c->etcd_scheme)
		return c->etcd_scheme;
	return *c->etcd_key_file || *c->etcd_cert_file || *c->etcd_ca_cert_file ? "https" : "http";
}

static int set_endpoints(const struct agent_config *c, struct settings *s, struct err *e)
{
	bool literal = strchr(c->etcd_host, ':') && c->etcd_host[0] != '[';
	char text[512];
	const char *endpoints = c->etcd_endpoints;

	if (!*endpoints) {
		snprintf(text, sizeof(text),
			 literal ? "%.16s://[%.300s]:%lld" : "%.16s://%.300s:%lld",
			 scheme_of(c), c->etcd_host, (long long)c->etcd_port);
		endpoints = text;
	}
	return settings_set(s, "etcd_endpoints", endpoints, SETTINGS_CALICO_ENVIRONMENT, e);
}

int agent_config_settings(const struct agent_config *c, struct settings *ret, struct err *e)
{
	const struct { const char *name, *value; } values[] = {
		{ "datastore_type", "etcdv3" }, { "etcd_key_file", c->etcd_key_file },
		{ "etcd_cert_file", c->etcd_cert_file },
		{ "etcd_ca_cert_file", c->etcd_ca_cert_file },
		{ "etcd_username", c->etcd_username }, { "etcd_password", c->etcd_password },
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (*values[i].value && settings_set(ret, values[i].name, values[i].value,
						     SETTINGS_CALICO_ENVIRONMENT, e) < 0)
			return -1;
	return set_endpoints(c, ret, e);
}
