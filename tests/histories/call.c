/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/histories/call.h"

#include "base/attr.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ENVIRONMENT_MAX 256

int64_t call_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static void set_environment(const char *all[ENVIRONMENT_MAX], const char *const *variables)
{
	size_t n = 0;

	for (char **v = environ; *v; v++)
		all[n++] = *v;
	for (; variables && *variables; variables++)
		all[n++] = *variables;
	all[n] = NULL;
}

static size_t count_variables(void)
{
	size_t n = 0;

	while (environ[n])
		n++;
	return n;
}

static pid_t start(const struct call *c, int out)
{
	const char *environment[ENVIRONMENT_MAX];
	posix_spawn_file_actions_t actions;
	pid_t pid;

	must(count_variables() + CALL_VARIABLES_MAX < ENVIRONMENT_MAX, "environment");
	set_environment(environment, c->variables);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, c->input, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, c->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	must(posix_spawn(&pid, c->argv[0], &actions, NULL, unconst(c->argv),
			 unconst(environment)) == 0, c->argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* What there is now; false at its end. */
static bool read_some(int fd, struct outcome *ret, size_t *len)
{
	char rest[4096];
	size_t room = sizeof(ret->out) - 1 - *len;
	ssize_t n = room ? read(fd, ret->out + *len, room) : read(fd, rest, sizeof(rest));

	if (room && n > 0)
		*len += (size_t)n;
	ret->out[*len] = '\0';
	return n > 0;
}

/* False once `until` is there and it has not ended. */
static bool follow(int *out, int process, int64_t until_us, struct outcome *ret, size_t *len)
{
	for (;;) {
		int64_t left = until_us - call_now_us();
		struct pollfd fds[2] = { { .fd = *out, .events = POLLIN },
					 { .fd = process, .events = POLLIN } };

		if (left <= 0)
			return false;
		poll(fds, 2, (int)(left / 1000) + 1);
		if (fds[0].revents && !read_some(*out, ret, len))
			*out = -1;
		if (*out < 0 && fds[1].revents)
			return true;
	}
}

/* How long it was ready to run and had no processor; known until it is waited for. */
static int64_t waited_ms(pid_t pid)
{
	char path[64];
	unsigned long long waited_ns = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*u %llu", &waited_ns) != 1)
		waited_ns = 0;
	fclose(f);
	return (int64_t)(waited_ns / 1000000);
}

static int wait_for(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void call_run(const struct call *c, struct outcome *ret)
{
	int pipe_fds[2], process __cleanup(close_fd) = -1;
	int64_t stay_ms = c->kill_after_ms ? c->kill_after_ms : c->limit_ms + CALL_HANGS_MS;
	size_t len = 0;
	pid_t pid;
	int out;

	must(pipe2(pipe_fds, O_CLOEXEC) == 0, "pipe");
	*ret = (struct outcome){ .begin_us = call_now_us() };
	pid = start(c, pipe_fds[1]);
	close(pipe_fds[1]);
	out = pipe_fds[0];
	process = pidfd_open(pid, 0);
	must(process >= 0, "pidfd_open");
	if (!follow(&out, process, ret->begin_us + stay_ms * 1000, ret, &len)) {
		kill(pid, SIGKILL);
		ret->killed = c->kill_after_ms != 0;
	}
	ret->waited_ms = waited_ms(pid);
	ret->status = wait_for(pid);
	ret->end_us = call_now_us();
	close(pipe_fds[0]);
}
