/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/host/dnsmasq.h"

#include "base/clock.h"
#include "base/io.h"
#include "openstack/serve/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_TEXT 4352
#define ARGUMENTS_COUNT_MAX 4096
#define WORDS_MAX 2048	/* bytes of its complaint */
#define STATUS_MAX (1 << 16)	/* bytes of a process's status */
#define MAP_MAX (1 << 16)	/* bytes of a user namespace's map */

extern char **environ;

void dnsmasq_done(struct dnsmasq *d)
{
	if (d->fd >= 0)
		close(d->fd);
	*d = (struct dnsmasq)DNSMASQ_NONE;
}

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void send_signal(const struct dnsmasq *d, int signal)
{
	syscall(SYS_pidfd_send_signal, d->fd, signal, NULL, 0);
}

bool dnsmasq_has_ended(const struct dnsmasq *d, int64_t wait_ms)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };

	return poll(&p, 1, (int)wait_ms) > 0;
}

void dnsmasq_reload(const struct dnsmasq *d)
{
	send_signal(d, SIGHUP);
}

void dnsmasq_end(const struct dnsmasq *d, bool by_force)
{
	send_signal(d, by_force ? SIGKILL : SIGTERM);
}

/* The network of an argument "--pid-file=<confs>/<network>/pid"; false of any other. */
static bool network_of(const char *argument, const char *confs, char out[WORD_TEXT])
{
	const char *option = "--pid-file=", *end;
	char id[WORD_TEXT];

	if (strncmp(argument, option, strlen(option)) != 0)
		return false;
	argument += strlen(option);
	if (strncmp(argument, confs, strlen(confs)) != 0 || argument[strlen(confs)] != '/')
		return false;
	argument += strlen(confs) + 1;
	end = strchr(argument, '/');
	if (!end || strcmp(end, "/pid") != 0 || end - argument >= WORD_TEXT)
		return false;
	memcpy(id, argument, (size_t)(end - argument));
	id[end - argument] = 0;
	return word_copy(id, out, WORD_TEXT);
}

static bool is_dnsmasq(const struct buf *arguments, const char *confs, char out[WORD_TEXT])
{
	const char *name = strrchr(arguments->data, '/');

	if (strcmp(name ? name + 1 : arguments->data, "dnsmasq") != 0)
		return false;
	for (size_t at = 0; at < arguments->len; at += strlen(arguments->data + at) + 1)
		if (network_of(arguments->data + at, confs, out))
			return true;
	return false;
}

static int read_of_process(pid_t pid, const char *file, struct buf *out)
{
	struct err none = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return io_read_file(path, out, &none);
}

/* Not of another user namespace, in which anybody has every right. */
static bool has_our_users(pid_t pid)
{
	struct buf own __cleanup(buf_done) = BUF(MAP_MAX), its __cleanup(buf_done) = BUF(MAP_MAX);

	return read_of_process(getpid(), "uid_map", &own) == 0 &&
	       read_of_process(pid, "uid_map", &its) == 0 && own.len == its.len &&
	       memcmp(own.data, its.data, own.len) == 0;
}

/* One that root has installed, also where it was replaced since. */
static bool runs_roots_dnsmasq(pid_t pid)
{
	char path[64], target[PATH_TEXT] = "";
	const char *name;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (readlink(path, target, sizeof(target) - 1) < 0 || stat(path, &st) < 0)
		return false;
	name = strrchr(target, '/');
	return name && strncmp(name + 1, "dnsmasq", strlen("dnsmasq")) == 0 && st.st_uid == 0 &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/*
 * Started by root: anybody can give a process such arguments, and then it would be ended, or
 * its network's folder removed.  It goes on as a user of its own, with rights that others have
 * not; with none where it serves no DHCP: then it is the one of the pid file.
 */
static bool is_roots(pid_t pid, const char *confs, const char *network)
{
	struct buf status __cleanup(buf_done) = BUF(STATUS_MAX);
	unsigned real, effective, saved;
	const char *users, *rights;
	uint64_t held;

	if (read_of_process(pid, "status", &status) < 0)
		return false;
	users = strstr(status.data, "\nUid:");
	rights = strstr(status.data, "\nCapPrm:");
	if (!users || sscanf(users, "\nUid: %u %u %u", &real, &effective, &saved) != 3 ||
	    !rights || sscanf(rights, "\nCapPrm: %" SCNx64, &held) != 1)
		return false;
	if (real == 0)
		return true;
	return real == effective && real == saved && runs_roots_dnsmasq(pid) &&
	       has_our_users(pid) && (held || dnsmasq_noted(confs, network) == pid);
}

/* Opened before it is looked at, so that what is looked at is what is held. */
static bool look_at(pid_t pid, const char *confs, struct dnsmasq *ret, char network[WORD_TEXT],
		    struct buf *arguments)
{
	struct dnsmasq d = { pid, pidfd_of(pid) };

	buf_reset(arguments);
	if (d.fd < 0 || read_of_process(pid, "cmdline", arguments) < 0 ||
	    !is_dnsmasq(arguments, confs, network) || !is_roots(pid, confs, network) ||
	    dnsmasq_has_ended(&d, 0)) {
		dnsmasq_done(&d);
		return false;
	}
	*ret = d;
	return true;
}

int dnsmasq_list(const char *confs, dnsmasq_visitor *visit, void *arg, struct err *e)
{
	struct buf arguments __cleanup(buf_done) = BUF(DNSMASQ_ARGUMENTS_MAX);
	DIR *proc __cleanup(close_folder) = opendir("/proc");
	char network[WORD_TEXT];
	struct dirent *entry;

	if (!proc)
		return err_set(e, ERR_IO, "/proc: %s", strerror(errno));
	while ((entry = readdir(proc))) {
		struct dnsmasq d = DNSMASQ_NONE;
		int pid = atoi(entry->d_name);
		int rc;

		if (pid <= 0 || !look_at(pid, confs, &d, network, &arguments))
			continue;
		rc = visit(&d, network, &arguments, arg);
		dnsmasq_done(&d);
		if (rc < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
	}
	return 0;
}

struct wanted {
	const char *network;
	bool runs;
};

static int compare_network(struct dnsmasq *d __unused_arg, const char *network,
			   const struct buf *arguments __unused_arg, void *arg)
{
	struct wanted *w = arg;

	w->runs |= strcmp(network, w->network) == 0;
	return 0;
}

int dnsmasq_runs(const char *confs, const char *network, bool *ret_runs, struct err *e)
{
	struct wanted w = { .network = network };

	if (dnsmasq_list(confs, compare_network, &w, e) < 0)
		return -1;
	*ret_runs = w.runs;
	return 0;
}

/* Cuts the arguments into an array; NULL where there are too many. */
static char **vector_of(const struct buf *arguments)
{
	char **list = calloc(ARGUMENTS_COUNT_MAX + 1, sizeof(*list));
	size_t n = 0;

	for (size_t at = 0; list && at < arguments->len; at += strlen(arguments->data + at) + 1) {
		if (n == ARGUMENTS_COUNT_MAX) {
			free(list);
			return NULL;
		}
		list[n++] = arguments->data + at;
	}
	return list;
}

static void free_vector(char ***list)
{
	free(*list);
}

/* With no signal blocked, whatever the agent blocks, and its complaints into `words`. */
static int spawn(char **list, int words, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int rc;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
	rc = posix_spawnp(ret_pid, "dnsmasq", &actions, &attributes, list, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return rc;
}

/* Its parent part ends once the rest serves; the status, or -1 of one that was ended for it. */
static int wait_for_start(pid_t pid)
{
	struct dnsmasq parent = { pid, pidfd_of(pid) };
	int status = 0;

	if (parent.fd >= 0 && !dnsmasq_has_ended(&parent, DNSMASQ_START_MS))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	dnsmasq_done(&parent);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int refused(int words, int status, struct err *e)
{
	char text[WORDS_MAX];
	ssize_t len = read(words, text, sizeof(text) - 1);
	char *at = text;

	text[len > 0 ? len : 0] = 0;
	at += strspn(at, "\n ");
	at[strcspn(at, "\n")] = 0;
	if (status < 0)
		return err_set(e, ERR_IO, "dnsmasq did not start within %d s",
			       DNSMASQ_START_MS / 1000);
	return err_set(e, ERR_IO, "dnsmasq does not start (status %d): %s", status,
		       *at ? at : "it says nothing");
}

static int run(char **list, struct err *e)
{
	int words[2] = { -1, -1 }, rc, status;
	pid_t pid;

	if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(e, ERR_IO, "dnsmasq: %s", strerror(errno));
	rc = spawn(list, words[1], &pid);
	close(words[1]);
	if (rc)
		rc = err_set(e, ERR_IO, "dnsmasq cannot be started: %s%s", strerror(rc),
			     rc == ENOENT ? ": install dnsmasq-base" : "");
	else if ((status = wait_for_start(pid)) != 0)
		rc = refused(words[0], status, e);
	close(words[0]);
	return rc;
}

pid_t dnsmasq_noted(const char *confs, const char *network)
{
	struct buf text __cleanup(buf_done) = BUF(64);
	struct buf path __cleanup(buf_done) = BUF(PATH_TEXT);
	struct err none = { 0 };
	int pid;

	print_path(confs, network, "pid", &path);
	pid = path.failed || io_read_file(path.data, &text, &none) < 0 ? 0 : atoi(text.data);
	return pid > 0 ? pid : 0;
}

static int find_started(struct dnsmasq *ret, const char *confs, const char *network, struct err *e)
{
	struct buf arguments __cleanup(buf_done) = BUF(DNSMASQ_ARGUMENTS_MAX);
	pid_t pid = dnsmasq_noted(confs, network);
	char id[WORD_TEXT];

	if (!pid || !look_at(pid, confs, ret, id, &arguments))
		return err_set(e, ERR_IO, "dnsmasq ended as it had started");
	return 0;
}

int dnsmasq_start(struct dnsmasq *ret, const struct buf *arguments, const char *confs,
		  const char *network, struct err *e)
{
	char **list __cleanup(free_vector) = vector_of(arguments);

	if (!list)
		return err_set(e, ERR_LIMIT, "too many arguments for a dnsmasq");
	return run(list, e) < 0 ? -1 : find_started(ret, confs, network, e);
}
