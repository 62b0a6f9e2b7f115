/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kills/scene.h"

#include "base/io.h"
#include "base/json.h"
#include "datastore/datastore.h"
#include "datastore/nonce.h"
#include "tests/fake/settings_of.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOT_JUDGED 7	/* status of a check where nothing tells which addresses are leaked */
#define REQUEST_MAX 8192
#define STORE_MAX 2048
#define PATIENCE_MS 30000
#define NO_LEAKS "ASAN_OPTIONS=detect_leaks=0"

/* Running */

static unsigned patience_s(const struct scene *s)
{
	return s->patience_s ? s->patience_s : 20;
}

static void print_store(const struct scene *s, char out[STORE_MAX])
{
	int n;

	if (s->kubeconfig) {
		snprintf(out, STORE_MAX, "\"datastore_type\":\"kubernetes\",\"kubernetes\":"
			 "{\"kubeconfig\":\"%s\"}", s->kubeconfig);
		return;
	}
	if (!s->endpoint) {
		snprintf(out, STORE_MAX, "\"datastore_type\":\"local\",\"local_path\":"
			 "\"%s/store\"", s->folder);
		return;
	}
	n = snprintf(out, STORE_MAX, "\"datastore_type\":\"etcdv3\","
		     "\"etcd_endpoints\":\"%s\"", s->endpoint);
	if (s->tls)
		snprintf(out + n, STORE_MAX - (size_t)n, ",\"etcd_ca_cert_file\":\"%s/ca.crt\","
			 "\"etcd_cert_file\":\"%s/client.crt\",\"etcd_key_file\":"
			 "\"%s/client.key\"", s->tls, s->tls, s->tls);
}

static void print_request(const struct scene *s, const char *extra, char out[REQUEST_MAX])
{
	const char *node = s->node ? s->node : "node-1";
	char store[STORE_MAX];

	print_store(s, store);
	snprintf(out, REQUEST_MAX,
		 "{\"cniVersion\":\"1.1.0\",\"name\":\"" NETWORK "\",\"type\":\"bridge\","
		 "\"nodename\":\"%s\",\"log_level\":\"error\",\"timeout_ms\":%u000,"
		 "\"run_path\":\"%s/run\",\"ipam_lock_file\":\"%s/lock.%s\",%s%s,"
		 "\"ipam\":{\"type\":\"calico-ipam\",\"assign_ipv4\":\"true\","
		 "\"assign_ipv6\":\"true\",\"ipv4_pools\":[\"10.9.0.0/24\"],"
		 "\"ipv6_pools\":[\"fd09::/120\"]}}", node, patience_s(s), s->folder, s->folder,
		 node, extra ? extra : "", store);
}

void scene_plugin(const struct scene *s, const char *verb, const char *container,
		  const char *extra, call_watcher *watch, void *arg, struct outcome *ret)
{
	char request[REQUEST_MAX], command[32], id[96], mirror[32];
	const char *const argv[] = { s->plugin, NULL };
	const char *const env[] = { command, id, mirror, "CNI_IFNAME=eth0", "CNI_PATH=/none",
				    "CNI_NETNS=" NETNS, NO_LEAKS, s->also[0],
				    s->also[1], NULL };
	const struct program p = { .argv = argv, .env = env, .input = request, .watch = watch,
				   .arg = arg, .limit_s = patience_s(s) + 10 };

	snprintf(command, sizeof(command), "CNI_COMMAND=%s", verb);
	snprintf(id, sizeof(id), "CNI_CONTAINERID=%s", container);
	snprintf(mirror, sizeof(mirror), "CALICO_MIRROR=%s", s->mirror ? "on" : "off");
	print_request(s, extra, request);
	program_run(&p, ret);
}

static void print_where(const struct scene *s, char where[PATH_MAX], char files[3][PATH_MAX])
{
	if (s->kubeconfig) {
		snprintf(where, PATH_MAX, "CALICO_DATASTORE_TYPE=kubernetes");
		snprintf(files[0], PATH_MAX, "KUBECONFIG=%s", s->admin_kubeconfig);
		return;
	}
	if (s->endpoint)
		snprintf(where, PATH_MAX, "CALICO_ETCD_ENDPOINTS=%s", s->endpoint);
	else
		snprintf(where, PATH_MAX, "CALICO_LOCAL_PATH=%s/store", s->folder);
	if (!s->tls)
		return;
	snprintf(files[0], PATH_MAX, "CALICO_ETCD_CA_CERT_FILE=%s/ca.crt", s->tls);
	snprintf(files[1], PATH_MAX, "CALICO_ETCD_CERT_FILE=%s/client.crt", s->tls);
	snprintf(files[2], PATH_MAX, "CALICO_ETCD_KEY_FILE=%s/client.key", s->tls);
}

void scene_ctl(const struct scene *s, const char *const *args, call_watcher *watch, void *arg,
	       struct outcome *ret)
{
	char where[PATH_MAX], files[3][PATH_MAX] = { "NO_CA=", "NO_CERT=", "NO_KEY=" };
	const char *argv[16] = { s->ctl };
	const char *const env[] = { where, files[0], files[1], files[2], NO_LEAKS, s->also[0],
				    s->also[1], NULL };
	const struct program p = { .argv = argv, .env = env, .watch = watch, .arg = arg };

	for (unsigned i = 0; args[i] && i < ARRAY_LEN(argv) - 2; i++)
		argv[i + 1] = args[i];
	print_where(s, where, files);
	program_run(&p, ret);
}

static void must(const struct outcome *o, const char *what, const char *of)
{
	if (o->signal || o->status)
		stop_test("%s %s: status %d, signal %d, %s %s", what, of, o->status, o->signal,
			  o->out.data, o->said.data);
}

bool scene_ctl_succeeded(const char *const *args, const struct outcome *o)
{
	return !o->signal &&
	       (!o->status || (o->status == NOT_JUDGED && strcmp(args[0], "check") == 0));
}

void scene_must(const struct scene *s, const char *verb, const char *container,
		const char *extra)
{
	struct outcome o __cleanup(outcome_done) = {0};

	scene_plugin(s, verb, container, extra, NULL, NULL, &o);
	must(&o, verb, container);
}

void scene_ctl_must(const struct scene *s, const char *const *args)
{
	struct outcome o __cleanup(outcome_done) = {0};

	scene_ctl(s, args, NULL, NULL, &o);
	if (!scene_ctl_succeeded(args, &o))
		must(&o, "calico-ipamctl", args[0]);
}

/* Answers */

bool outcome_is_an_error(const struct outcome *o)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err e = {0};
	const char *msg;
	int64_t code;

	tree = json_parse(o->out.data, o->out.len, &e);
	return tree && json_get_i64(tree, "code", &code, &e) == 0 && code > 0 &&
	       json_get_string(tree, "msg", &msg, &e) == 0 && *msg;
}

void outcome_addresses(const struct outcome *o, struct told *ret)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err e = {0};

	*ret = (struct told){0};
	tree = json_parse(o->out.data, o->out.len, &e);
	for (struct cJSON *ip = json_first(json_field(tree, "ips")); ip; ip = json_next(ip)) {
		char *address = ret->address[ret->n];

		if (ret->n++ == ARRAY_LEN(ret->address))
			stop_test("more addresses than families: %s", o->out.data);
		snprintf(address, sizeof(ret->address[0]), "%s", json_field_text(ip, "address"));
		address[strcspn(address, "/")] = '\0';
	}
}

/* Who holds what */

static void hold(struct held *h, const struct cJSON *row)
{
	const char *handle = json_field_text(row, "handle");
	const char *address = json_field_text(row, "address");
	const char *state = json_field_text(row, "state");

	if (!state || strcmp(state, "assigned") != 0 || h->n == HELD_MAX)
		return;
	if (handle && strncmp(handle, NETWORK ".", strlen(NETWORK ".")) == 0)
		handle += strlen(NETWORK ".");
	snprintf(h->list[h->n].container, sizeof(h->list[0].container), "%s",
		 handle ? handle : "");
	snprintf(h->list[h->n++].address, sizeof(h->list[0].address), "%s",
		 address ? address : "");
}

bool scene_held(const struct scene *s, struct held *ret, struct buf *why)
{
	struct outcome o __cleanup(outcome_done) = {0};
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct err e = {0};

	ret->n = 0;
	scene_ctl(s, CTL("show", "--addresses", "-o", "json"), NULL, NULL, &o);
	tree = json_parse(o.out.data, o.out.len, &e);
	if (o.status || !tree) {
		buf_printf(why, "show: status %d, %s%s", o.status, o.said.data, e.text);
		return false;
	}
	for (struct cJSON *row = json_first(json_field(tree, "addresses")); row;
	     row = json_next(row))
		hold(ret, row);
	return true;
}

unsigned held_by(const struct held *h, const char *container)
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n; i++)
		n += strcmp(h->list[i].container, container) == 0;
	return n;
}

bool held_is(const struct held *h, const char *container, const char *address)
{
	for (unsigned i = 0; i < h->n; i++)
		if (strcmp(h->list[i].container, container) == 0 &&
		    strcmp(h->list[i].address, address) == 0)
			return true;
	return false;
}

const char *held_twice(const struct held *h)
{
	for (unsigned i = 0; i < h->n; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(h->list[i].address, h->list[j].address) == 0)
				return h->list[i].address;
	return NULL;
}

bool scene_is_clean(const struct scene *s, struct buf *why)
{
	struct outcome o __cleanup(outcome_done) = {0};

	scene_ctl(s, CTL("check"), NULL, NULL, &o);
	if (!scene_ctl_succeeded(CTL("check"), &o)) {
		buf_printf(why, "check: status %d, %s%s", o.status, o.out.data, o.said.data);
		return false;
	}
	return true;
}

/* Files */

/* Calls visit for each file of a folder, which may be absent. */
static void each_file(const char *folder, void (*visit)(const char *path, const char *name,
							 void *arg), void *arg)
{
	DIR *dir = opendir(folder);
	char path[PATH_MAX];

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		visit(path, entry->d_name, arg);
	}
	if (dir)
		closedir(dir);
}

static void remove_file(const char *path, const char *name __unused_arg, void *arg __unused_arg)
{
	if (unlink(path) == 0)
		return;
	each_file(path, remove_file, NULL);
	if (rmdir(path) < 0)
		stop_test("cannot remove %s: %s", path, strerror(errno));
}

static void in_folder(const struct scene *s, const char *name, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%s", s->folder, name);
}

/* But no folder: a queue, in which nobody waits. */
static void copy_file(const char *path, const char *name, void *arg)
{
	struct buf bytes __cleanup(buf_done) = BUF(16 << 20);
	char to[PATH_MAX];
	struct err e = {0};
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	snprintf(to, sizeof(to), "%s/%s", (const char *)arg, name);
	if (io_read_file(path, &bytes, &e) < 0 ||
	    io_replace_file(to, bytes.data, bytes.len, 0600, &e) < 0)
		stop_test("%s", e.text);
}

static void copy_folder(const struct scene *s, const char *from, const char *to)
{
	char source[PATH_MAX], target[PATH_MAX];

	in_folder(s, from, source);
	in_folder(s, to, target);
	each_file(target, remove_file, NULL);
	if (mkdir(target, 0700) < 0 && errno != EEXIST)
		stop_test("cannot make %s: %s", target, strerror(errno));
	each_file(source, copy_file, target);
}

void scene_lose_mirror(const struct scene *s)
{
	char path[PATH_MAX];

	in_folder(s, "run", path);
	each_file(path, remove_file, NULL);
}

static void note_half_written(const char *path __unused_arg, const char *name, void *arg)
{
	if (strncmp(name, ".calico-ipam-new-", strlen(".calico-ipam-new-")) == 0)
		snprintf(arg, NAME_MAX, "%s", name);
}

const char *scene_half_written(const struct scene *s)
{
	static char found[NAME_MAX];
	char path[PATH_MAX];

	found[0] = '\0';
	in_folder(s, "run", path);
	each_file(path, note_half_written, found);
	return found[0] ? found : NULL;
}

/* The store */

static void name_files(const struct scene *s, struct settings *settings)
{
	static const char *const files[][2] = { { "etcd_ca_cert_file", "ca.crt" },
						{ "etcd_cert_file", "client.crt" },
						{ "etcd_key_file", "client.key" } };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->tls, files[i][1]);
		settings_also(settings, files[i][0], path);
	}
}

static struct datastore *open_store(const struct scene *s)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("mirror", "off", "tls_sessions", "off");
	struct datastore *ds = NULL;
	char path[PATH_MAX];
	struct err e = {0};

	in_folder(s, "store", path);
	if (s->kubeconfig) {
		settings_also(&settings, "datastore_type", "kubernetes");
		settings_also(&settings, "kubeconfig", s->admin_kubeconfig);
	} else {
		settings_also(&settings, s->endpoint ? "etcd_endpoints" : "local_path",
			      s->endpoint ? s->endpoint : path);
	}
	if (s->tls)
		name_files(s, &settings);
	if (datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(PATIENCE_MS), &e) < 0)
		stop_test("%s", e.text);
	return ds;
}

static void read_all(struct datastore *ds, struct view *ret)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct err e = {0};

	wants_add(&wants, "/calico/", RANGE_PREFIX);
	if (datastore_read(ds, ret, &wants, &e) < 0)
		stop_test("%s", e.text);
}

static void list_changes(const struct view *now, const struct view *kept, struct changes *c)
{
	for (size_t i = 0; i < now->n_records; i++)
		if (!view_peek(kept, now->records[i].key))
			changes_delete(c, now->records[i].key);
	for (size_t i = 0; i < kept->n_records; i++) {
		const struct record *r = &kept->records[i], *is = view_peek(now, r->key);

		if (!is || is->value_len != r->value_len ||
		    memcmp(is->value, r->value, r->value_len) != 0)
			changes_put(c, r->key, r->value, r->value_len);
	}
}

static void write_all(struct datastore *ds, const struct view *kept)
{
	struct view now __cleanup(view_done) = {0};
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;
	struct err e = {0};

	read_all(ds, &now);
	list_changes(&now, kept, &changes);
	if (changes.n && (datastore_commit(ds, &now, &changes, &outcome, &e) < 0 ||
			  outcome != COMMIT_DONE))
		stop_test("cannot bring the store back: %s", e.text);
}

void scene_read(const struct scene *s, struct view *ret)
{
	struct datastore *ds __cleanup(datastore_closep) = open_store(s);

	view_reset(ret);
	read_all(ds, ret);
}

void scene_keep(const struct scene *s, struct view *ret)
{
	scene_read(s, ret);
	copy_folder(s, "run", "run.kept");
}

void scene_restore(const struct scene *s, const struct view *kept)
{
	struct datastore *ds __cleanup(datastore_closep) = open_store(s);

	write_all(ds, kept);
	copy_folder(s, "run.kept", "run");
}

void scene_age(const struct scene *s)
{
	static const char mark[] = "\"timestamp\":\"";
	struct datastore *ds __cleanup(datastore_closep) = open_store(s);
	struct view aged __cleanup(view_done) = {0};

	read_all(ds, &aged);
	for (size_t i = 0; i < aged.n_records; i++)
		for (char *at = unconst(aged.records[i].value); (at = strstr(at, mark));)
			memcpy(at += strlen(mark), "2001", 4);
	write_all(ds, &aged);
}

void scene_empty(const struct scene *s)
{
	const struct view nothing = {0};
	char path[PATH_MAX];

	scene_lose_mirror(s);
	if (s->kubeconfig)
		return;
	if (s->endpoint) {
		struct datastore *ds __cleanup(datastore_closep) = open_store(s);

		write_all(ds, &nothing);
		return;
	}
	in_folder(s, "store", path);
	each_file(path, remove_file, NULL);
	if (rmdir(path) < 0 && errno != ENOENT)
		stop_test("cannot remove %s: %s", path, strerror(errno));
}

bool view_equals(const struct view *a, const struct view *b)
{
	struct changes changes __cleanup(changes_done) = {0};

	list_changes(a, b, &changes);
	for (size_t i = 0; i < changes.n; i++)
		if (!key_is_under(changes.list[i].key, NONCES))
			return false;
	return true;
}
