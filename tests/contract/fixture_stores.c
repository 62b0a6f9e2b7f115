/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/fixture_stores.h"

#include "tests/contract/fixture_etcd.h"
#include "tests/contract/fixture_kubernetes.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct datastore *ds;
bool transactions;
const struct spelling *spelling;
int more_than_a_page;
struct fake_store *fake;
void (*write_elsewhere)(const char *key, const char *value);

static struct err e;
static char folder[64];

static int try_to_write(struct datastore *by, const char *key, const char *value,
			enum commit_outcome *ret_outcome)
{
	struct view v __cleanup(view_done) = {0};
	struct changes c __cleanup(changes_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, key, RANGE_KEY);
	if (value)
		changes_put(&c, key, value, strlen(value));
	else
		changes_delete(&c, key);
	if (datastore_read(by, &v, &wants, &e) < 0)
		return -1;
	return datastore_commit(by, &v, &c, ret_outcome, &e);
}

void write_by(struct datastore *by, const char *key, const char *value)
{
	enum commit_outcome outcome = COMMIT_STALE;

	ck_assert_msg(try_to_write(by, key, value, &outcome) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

/* As they are */

static const char *as_it_is(const char *text)
{
	return text;
}

static const struct spelling plain = { as_it_is, as_it_is, 0 };

static void begin_with(struct datastore *opened, bool has_transactions,
		       void (*elsewhere)(const char *key, const char *value))
{
	ds = opened;
	transactions = has_transactions;
	spelling = &plain;
	more_than_a_page = 1500;
	write_elsewhere = elsewhere;
}

/* The fake */

static void write_by_second_handle(const char *key, const char *value)
{
	struct datastore *second __cleanup(datastore_closep) = fake_open(fake);

	write_by(second, key, value);
}

static void begin_fake(void)
{
	fake = fake_new();
	begin_with(fake_open(fake), true, write_by_second_handle);
}

static void begin_fake_in_turns(void)
{
	fake = fake_new();
	fake_set_traits(fake, false, false);
	begin_with(fake_open(fake), false, write_by_second_handle);
}

static void end_fake(void)
{
	datastore_close(ds);
	fake_free(fake);
}

/* The local store */

static int try_to_open(struct datastore **ret_ds, const char *type, const char *name,
		       const char *where)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("datastore_type", type, "run_path", "/dev/null/run", name, where);

	return datastore_open(ret_ds, &settings, OPEN_TO_CREATE, deadline_in_ms(PATIENCE_MS), &e);
}

static struct datastore *open_store(const char *type, const char *name, const char *where)
{
	struct datastore *opened = NULL;

	ck_assert_msg(try_to_open(&opened, type, name, where) == 0, "%s", e.text);
	return opened;
}

static void write_by_process(const char *key, const char *value)
{
	char *argv[] = { "check", "--write", folder, unconst(key), unconst(value), NULL };
	pid_t pid;
	int status;

	ck_assert_int_eq(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* The other process: no test runs in it, so it asserts nothing. */
int run_as_task(int argc, char *argv[])
{
	struct datastore *opened __cleanup(datastore_closep) = NULL;
	enum commit_outcome outcome = COMMIT_STALE;

	if (argc < 4 || try_to_open(&opened, "local", "local_path", argv[2]) < 0 ||
	    try_to_write(opened, argv[3], argv[4], &outcome) < 0)
		fprintf(stderr, "%s\n", e.text);
	return outcome == COMMIT_DONE ? 0 : 1;
}

static void begin_local(void)
{
	strcpy(folder, "/tmp/calico-ipam-contract.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	begin_with(open_store("local", "local_path", folder), true, write_by_process);
}

static void end_local(void)
{
	char command[96];

	datastore_close(ds);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* etcd */

static struct datastore *open_etcd(void)
{
	return open_store("etcdv3", "etcd_endpoints", etcd_endpoint());
}

static void write_by_second_client(const char *key, const char *value)
{
	struct datastore *second __cleanup(datastore_closep) = open_etcd();

	write_by(second, key, value);
}

static void begin_etcd(void)
{
	begin_with(open_etcd(), true, write_by_second_client);
}

static void end_etcd(void)
{
	datastore_close(ds);
}

/*
 * Kubernetes.  A key is a handle's, its name the key's bytes in hexadecimal; a value is a
 * handle that has something in a block of that name.
 */

#define HANDLES "/calico/ipam/v2/handle/"
#define BEFORE_TEXT "{\"block\":{\""

static const char *handle_key(const char *key)
{
	static char keys[16][sizeof(HANDLES) + 4 * VIEW_KEY_MAX];
	static int turn;
	char *spelled = keys[turn++ % 16], *end = stpcpy(spelled, HANDLES "c");

	for (; *key; key++)
		end += sprintf(end, "%02x", (unsigned char)*key);
	return spelled;
}

static const char *handle_value(const char *text)
{
	static char values[16][256];
	static int turn;
	char *spelled = values[turn++ % 16], *end = stpcpy(spelled, BEFORE_TEXT);

	for (; *text; text++)
		end += (unsigned char)*text < ' ' ? sprintf(end, "\\u%04x", *text)
						 : sprintf(end, "%c", *text);
	strcpy(end, "\":1},\"deleted\":false}");
	return spelled;
}

static const struct spelling as_handles = { handle_key, handle_value, sizeof(BEFORE_TEXT) - 1 };

static struct datastore *open_kubernetes(void)
{
	return open_store("kubernetes", "kubeconfig", kubernetes_admin());
}

/* Something is asked by the test's own handle too, so that what it read is not of just now. */
static void write_by_another(const char *key, const char *value)
{
	struct datastore *second __cleanup(datastore_closep) = open_kubernetes();
	struct view ignored __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};

	write_by(second, key, value);
	wants_add(&wants, "/calico/ipam/v2/config", RANGE_KEY);
	ck_assert_msg(datastore_read(ds, &ignored, &wants, &e) == 0, "%s", e.text);
}

static void begin_kubernetes(void)
{
	begin_with(open_kubernetes(), false, write_by_another);
	spelling = &as_handles;
	more_than_a_page = 501;
}

static void end_kubernetes(void)
{
	datastore_close(ds);
}

const struct store_kind store_kinds[STORE_KINDS] = {
	{ "fake", .transactions = true, .scripted = true, .watched = true,
	  .begin = begin_fake, .end = end_fake },
	{ "fake in turns", .scripted = true, .watched = true,
	  .begin = begin_fake_in_turns, .end = end_fake },
	{ "local", .transactions = true, .watched = true, .begin = begin_local, .end = end_local },
	{ "etcdv3", .transactions = true, .watched = true, .start = etcd_start, .stop = etcd_stop,
	  .begin = begin_etcd, .end = end_etcd },
	{ "kubernetes", .objects = true, .is_here = kubernetes_is_built,
	  .start = kubernetes_start, .stop = kubernetes_stop,
	  .begin = begin_kubernetes, .end = end_kubernetes },
};

TCase *store_case(const struct store_kind *kind, void (*begin)(void), void (*end)(void))
{
	TCase *tcase = tcase_create(kind->name);

	if (kind->start)
		tcase_add_unchecked_fixture(tcase, kind->start, kind->stop);
	tcase_add_checked_fixture(tcase, kind->begin, kind->end);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 30);
	return tcase;
}
