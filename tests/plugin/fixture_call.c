/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture_call.h"

#include "base/io.h"
#include "base/json.h"
#include "datastore/datastore.h"
#include "plugin/commands.h"
#include "plugin/reply.h"
#include "tests/fake/settings_of.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

char call_folder[64];
struct buf call_out;
int64_t call_age_ms;
static int own_stderr;
static char store[96], run_path[96];
static unsigned *connections; /* in memory that the server shares */

void call_setup(void)
{
	char path[96];
	int fd;

	call_age_ms = 0;
	snprintf(call_folder, sizeof(call_folder), "/tmp/check_plugin.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(call_folder));
	snprintf(store, sizeof(store), "%s/store", call_folder);
	snprintf(run_path, sizeof(run_path), "%s/run", call_folder);
	snprintf(path, sizeof(path), "%s/stderr", call_folder);
	setenv("CALICO_LOCAL_PATH", store, 1);
	setenv("CALICO_RUN_PATH", run_path, 1);
	setenv("CNI_NETNS", "/no/such/netns", 1);
	setenv("CNI_IFNAME", "eth0", 1);
	setenv("CNI_PATH", "/opt/cni/bin", 1);
	unsetenv("CNI_ARGS");
	own_stderr = dup(STDERR_FILENO);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
	buf_init(&call_out, REPLY_MAX);
}

void call_teardown(void)
{
	char command[96];

	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	buf_done(&call_out);
	snprintf(command, sizeof(command), "rm -rf '%s'", call_folder);
	ck_assert_int_eq(system(command), 0);
}

int call_bytes(const char *command, const char *container, const void *input, size_t len)
{
	int fd = memfd_create("stdin", MFD_CLOEXEC), status;

	ck_assert_int_eq(write(fd, input, len), (ssize_t)len);
	lseek(fd, 0, SEEK_SET);
	setenv("CNI_COMMAND", command, 1);
	setenv("CNI_CONTAINERID", container, 1);
	buf_reset(&call_out);
	status = command_run(deadline_in_ms(-call_age_ms), fd, &call_out);
	close(fd);
	return status;
}

int call(const char *command, const char *container, const char *keys)
{
	char text[4096];
	int n = snprintf(text, sizeof(text),
			 "{\"ipam_lock_file\":\"%s/lock\",\"name\":\"net1\","
			 "\"nodename\":\"node-a\",\"cniVersion\":\"1.1.0\"%s%s}", call_folder,
			 *keys ? "," : "", keys);

	ck_assert_int_lt(n, (int)sizeof(text));
	return call_bytes(command, container, text, (size_t)n);
}

void call_expect_error(int code, const char *word)
{
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(call_out.data, call_out.len, &e);
	const char *msg = "";
	int64_t found = 0;

	ck_assert_msg(tree != NULL, "not JSON: %s", call_out.data);
	ck_assert_int_eq(json_get_i64(tree, "code", &found, &e), 0);
	ck_assert_int_eq(json_get_string(tree, "msg", &msg, &e), 0);
	ck_assert_ptr_nonnull(json_string(json_field(tree, "cniVersion")));
	ck_assert_msg(found == code && strstr(msg, word), "%s lacks %d or \"%s\"", call_out.data,
		      code, word);
}

static int count_record(const struct record *record __unused_arg, void *n,
			struct err *e __unused_arg)
{
	++*(unsigned *)n;
	return 0;
}

unsigned call_holders(void)
{
	struct settings settings __cleanup(settings_done) = SETTINGS("local_path", store);
	struct datastore *ds __cleanup(datastore_closep) = NULL;
	struct err e = {0};
	unsigned n = 0;

	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_LOOK, deadline_in_ms(10000),
				     &e) == 0 &&
		      datastore_scan(ds, "/calico/ipam/v2/handle/", count_record, &n, &e) == 0,
		      "%s", e.text);
	return n;
}

void call_write_record(const char *key, const char *value)
{
	struct settings settings __cleanup(settings_done) = SETTINGS("local_path", store);
	struct datastore *ds __cleanup(datastore_closep) = NULL;
	struct changes changes __cleanup(changes_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	enum commit_outcome outcome;
	struct err e = {0};

	wants_add(&wants, key, RANGE_KEY);
	changes_put(&changes, key, value, strlen(value));
	ck_assert_msg(datastore_open(&ds, &settings, OPEN_TO_CREATE, deadline_in_ms(10000),
				     &e) == 0 &&
		      datastore_read(ds, &view, &wants, &e) == 0 &&
		      datastore_commit(ds, &view, &changes, &outcome, &e) == 0, "%s", e.text);
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

void call_read_stderr(struct buf *text)
{
	struct err e = {0};
	char path[96];

	buf_init(text, 1 << 20);
	snprintf(path, sizeof(path), "%s/stderr", call_folder);
	ck_assert_int_eq(io_read_file(path, text, &e), 0);
}

bool call_waits_for_a_lock(pid_t pid)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct err e = {0};
	char line[64];

	snprintf(line, sizeof(line), "-> FLOCK  ADVISORY  WRITE %d ", pid);
	ck_assert_int_eq(io_read_file("/proc/locks", &text, &e), 0);
	return strstr(text.data, line) != NULL;
}

int call_hold_lock(const char *path)
{
	struct err e = {0};
	int fd, pid, ready[2];
	char byte = 0;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (io_lock_file(path, deadline_in_ms(20000), &fd, &e) < 0 ||
		    write(ready[1], "1", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

int call_serve(const char *answer, unsigned *ret_port)
{
	return call_serve_first(answer, UINT_MAX, ret_port);
}

unsigned call_connections(void)
{
	return *connections;
}

int call_serve_first(const char *answer, unsigned n, unsigned *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer, pid;
	char request[4096];

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	*ret_port = ntohs(at.sin_port);
	connections = mmap(NULL, sizeof(*connections), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(connections, MAP_FAILED);
	pid = fork();
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0 && (peer = accept(fd, NULL, NULL)) >= 0) {
		++*connections;
		if (answer && *connections <= n && read(peer, request, sizeof(request)) > 0 &&
		    write(peer, answer, strlen(answer)) > 0)
			close(peer);
	}
	close(fd);
	return pid;
}
