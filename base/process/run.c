/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process/run.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50	/* at the longest from one look to the next whether it has ended */
#define KILLED "killed at the end of its time"

struct child {
	pid_t pid;
	int ends[2];		/* of its standard output and error; -1: over */
	bool is_over;
	int status;		/* then, as waitpid() tells it */
};

static int open_pipes(int out[2], int aside[2], struct err *e)
{
	if (pipe2(out, O_CLOEXEC) == 0) {
		if (pipe2(aside, O_CLOEXEC) == 0)
			return 0;
		close(out[0]);
		close(out[1]);
	}
	return err_set(e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
}

/* A file, so that nobody waits for somebody to read it; the caller closes it in any case. */
static int make_input(const char *text, int *ret_fd, struct err *e)
{
	*ret_fd = memfd_create("input", MFD_CLOEXEC);
	if (*ret_fd >= 0 &&
	    (!text || (io_write_fd(*ret_fd, text, strlen(text), "a file in memory", e) == 0 &&
		       lseek(*ret_fd, 0, SEEK_SET) == 0)))
		return 0;
	return err_set(e, ERR_IO, "cannot make its input: %s", strerror(errno));
}

/* With no more of this process than its environment: no signals blocked or ignored. */
static int spawn(const struct run *r, int input, int out, int aside, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, aside, STDERR_FILENO);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setsigmask(&how, &none);
	rc = posix_spawnp(ret, r->argv[0], &actions, &how, r->argv, r->envp);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int start(const struct run *r, struct child *ret, struct err *e)
{
	int input __cleanup(close_fd) = -1;
	int out[2], aside[2], rc;

	if (make_input(r->input, &input, e) < 0 || open_pipes(out, aside, e) < 0)
		return -1;
	rc = spawn(r, input, out[1], aside[1], &ret->pid);
	close(out[1]);
	close(aside[1]);
	ret->ends[0] = out[0];
	ret->ends[1] = aside[0];
	if (rc == 0)
		return 0;
	close(out[0]);
	close(aside[0]);
	return err_set(e, rc == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s", strerror(rc));
}

static void take(int *end, struct buf *to)
{
	char part[4096];
	ssize_t n = read(*end, part, sizeof(part));

	if (n > 0) {
		buf_add(to, part, (size_t)n);
	} else if (n == 0 || errno != EINTR) {
		close(*end);
		*end = -1;
	}
	explicit_bzero(part, sizeof(part));
}

static int listen_to(const struct run *r, struct child *c, struct deadline until, struct err *e)
{
	while (c->ends[0] >= 0 || c->ends[1] >= 0) {
		struct pollfd polled[2] = { { .fd = c->ends[0], .events = POLLIN },
					    { .fd = c->ends[1], .events = POLLIN } };

		if (deadline_passed(until))
			return err_set(e, ERR_DEADLINE, KILLED);
		if (poll(polled, 2, (int)deadline_left_ms(until)) <= 0)
			continue;
		if (polled[0].revents)
			take(&c->ends[0], r->out);
		if (polled[1].revents)
			take(&c->ends[1], r->aside);
		if (r->out->failed)
			return err_set(e, ERR_LIMIT, "says more than %zu bytes", r->out->limit);
	}
	return 0;
}

static void reap(struct child *c, int how)
{
	pid_t pid = waitpid(c->pid, &c->status, how);

	c->is_over = pid == c->pid || (pid < 0 && errno != EINTR);
}

/* Who says nothing any more has mostly ended, but need not. */
static int wait_for(struct child *c, struct deadline until, struct err *e)
{
	int64_t ms = 1;

	for (reap(c, WNOHANG); !c->is_over; reap(c, WNOHANG)) {
		if (deadline_passed(until))
			return err_set(e, ERR_DEADLINE, KILLED);
		deadline_sleep_ms(until, ms);
		ms = ms < LOOK_MS ? 2 * ms : ms;
	}
	return 0;
}

/* Its group may have others, which outlive it. */
static int end(struct child *c)
{
	if (!c->is_over)
		kill(-c->pid, SIGKILL);
	for (int i = 0; i < 2; i++)
		if (c->ends[i] >= 0)
			close(c->ends[i]);
	while (!c->is_over)
		reap(c, 0);
	return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 128 + WTERMSIG(c->status);
}

int run_to_end(struct run *r, struct deadline until, struct err *e)
{
	struct sigaction usual = { .sa_handler = SIG_DFL }, before;
	struct child c = { 0 };
	int rc;

	if (start(r, &c, e) < 0)
		return -1;
	/* Where a parent ignored it, nothing could be waited for. */
	sigaction(SIGCHLD, &usual, &before);
	rc = listen_to(r, &c, until, e) < 0 || wait_for(&c, until, e) < 0 ? -1 : 0;
	r->status = end(&c);
	sigaction(SIGCHLD, &before, NULL);
	return rc;
}
