/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/settings/found.h"

#include "base/cni/conflist.h"
#include "base/io.h"
#include "base/json.h"
#include "ctl/settings/calicoctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void found_done(struct found *f)
{
	settings_done(&f->settings);
	json_free(f->conf);
	f->conf = NULL;
	f->plugin = NULL;
}

/* A configuration of a network: ours, or none of ours, without a plugin. */
static int take_network(struct found *f, const struct buf *text, struct err *e)
{
	if (conflist_parse(text->data, text->len, f->path, &f->conf, &f->plugin, e) < 0)
		return -1;
	if (f->plugin && settings_from_config(&f->settings, f->plugin, e) < 0)
		return err_wrap(e, "%s", f->path);
	return 0;
}

static int read_at(struct found *f, const char *path, struct buf *text, struct err *e)
{
	if (strlen(path) >= sizeof(f->path))
		return err_set(e, ERR_LIMIT, "a path is longer than %zu bytes",
			       sizeof(f->path) - 1);
	snprintf(f->path, sizeof(f->path), "%s", path);
	return io_read_file(path, text, e);
}

static int take_given(struct found *f, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);

	if (read_at(f, path, &text, e) < 0)
		return -1;
	if (calicoctl_is_config(text.data))
		return calicoctl_take(&f->settings, text.data, text.len, path, e);
	if (take_network(f, &text, e) < 0)
		return -1;
	return f->plugin ? 0 : err_set(e, ERR_CONFIG, "%s: no plugin in it has ipam.type "
				       "\"calico-ipam\"", path);
}

/* 1: taken, 0: it is not there. */
static int take_calicoctls(struct found *f, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);

	if (read_at(f, CALICOCTL_FILE, &text, e) < 0) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		err_reset(e);
		f->path[0] = '\0';
		return 0;
	}
	return calicoctl_take(&f->settings, text.data, text.len, f->path, e) < 0 ? -1 : 1;
}

static void put_values(struct buf *out, const char *title, const struct settings *s,
		       const enum setting *list, size_t n)
{
	buf_puts(out, title);
	for (size_t i = 0; i < n; i++)
		if (*settings_get(s, list[i]))
			buf_printf(out, " %s", settings_get(s, list[i]));
}

/* Two that name the same store have the same text. */
static void describe_store(const struct settings *s, struct buf *out)
{
	static const enum setting of_etcd[] = { SET_ETCD_ENDPOINTS, SET_ETCD_DISCOVERY_SRV };
	static const enum setting of_kubernetes[] = { SET_KUBECONFIG, SET_K8S_CURRENT_CONTEXT,
						      SET_K8S_API_ENDPOINT };
	const char *path = settings_get(s, SET_LOCAL_PATH);
	enum datastore_type type;
	struct err e = { 0 };

	if (settings_decide(s, &type, &e) < 0)
		buf_puts(out, e.text);
	else if (type == DATASTORE_LOCAL)
		buf_printf(out, "local store %s", *path ? path : SETTINGS_LOCAL_PATH);
	else if (type == DATASTORE_ETCD)
		put_values(out, "etcd", s, of_etcd, ARRAY_LEN(of_etcd));
	else
		put_values(out, "Kubernetes", s, of_kubernetes, ARRAY_LEN(of_kubernetes));
}

static int compare(const struct found *one, const struct found *other, struct err *e)
{
	struct buf of_one __cleanup(buf_done) = BUF(CONFLIST_MAX);
	struct buf of_other __cleanup(buf_done) = BUF(CONFLIST_MAX);

	describe_store(&one->settings, &of_one);
	describe_store(&other->settings, &of_other);
	if (strcmp(of_one.data, of_other.data) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "%s and %s name different stores (%.100s; %.100s): say which "
		       "is meant, with --config and that file", one->path, other->path,
		       of_one.data, of_other.data);
}

static int read_other(struct found *f, const char *path, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CONFLIST_MAX);

	if (settings_from_environment(&f->settings, e) < 0)
		return -1;
	/* An administrator's KUBECONFIG is not the plugin's. */
	f->settings.speaks_of_kubernetes[0] = '\0';
	if (read_at(f, path, &text, e) < 0 || take_network(f, &text, e) < 0)
		return err_set(e, e->kind, "%s; to do without it, say which store is meant, with "
			       "--config", e->text);
	return 0;
}

/* Of the networks the first of ours is kept, and the others are compared with it. */
static int take_other(struct found *f, const char *path, struct err *e)
{
	struct found other __cleanup(found_done) = { 0 };

	if (read_other(&other, path, e) < 0)
		return -1;
	if (!other.plugin)
		return 0;
	if (f->plugin)
		return compare(f, &other, e);
	found_done(f);
	*f = other;
	other = (struct found){ 0 };
	return 0;
}

static int take_networks(struct found *f, struct err *e)
{
	struct dirent **list = NULL;
	int n = conflist_names(CONFLIST_FOLDER, &list), rc = 0;

	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		rc = err_set(e, ERR_IO, "cannot read " CONFLIST_FOLDER ": %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), CONFLIST_FOLDER "/%.255s", list[i]->d_name);
		if (rc == 0)
			rc = take_other(f, path, e);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int check(const struct settings *s, const char *path, struct err *e)
{
	enum datastore_type type;

	if (settings_decide(s, &type, e) == 0)
		return 0;
	return err_wrap(e, "%s", path);
}

static int refuse_nowhere(struct found *f, struct err *e)
{
	f->nowhere = true;
	return err_set(e, ERR_CONFIG, "no store is named: neither by " CALICOCTL_FILE " nor by a "
		       "network in " CONFLIST_FOLDER " that uses calico-ipam.  Set "
		       "CALICO_ETCD_ENDPOINTS, or for a store of this machine alone "
		       "CALICO_DATASTORE_TYPE=local, or give a network's conflist or calicoctl's "
		       "configuration with --config");
}

/* Where there is no network, KUBECONFIG means what it means to calicoctl. */
static int take_environment_alone(struct found *f, struct err *e)
{
	enum datastore_type type;

	if (settings_decide(&f->settings, &type, e) < 0)
		return -1;
	return type == DATASTORE_KUBERNETES ? 0 : refuse_nowhere(f, e);
}

static int look_for(struct found *f, struct err *e)
{
	int rc = take_calicoctls(f, e);

	if (rc < 0 || (rc == 0 && take_networks(f, e) < 0))
		return -1;
	if (!rc && !f->plugin)
		return take_environment_alone(f, e);
	return check(&f->settings, f->path, e);
}

int found_init(struct found *f, const char *given, struct err *e)
{
	*f = (struct found){ 0 };
	if (settings_from_environment(&f->settings, e) < 0)
		return -1;
	if (given)
		return take_given(f, given, e);
	return settings_name_a_store(&f->settings) ? 0 : look_for(f, e);
}
