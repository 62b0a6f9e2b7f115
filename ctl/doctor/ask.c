/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/ask.h"

#include "base/clock.h"
#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file, so that nobody waits for somebody to read it. */
static int make_input(const char *text)
{
	struct err ignored = { 0 };
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd >= 0 && text && (io_write_fd(fd, text, strlen(text), "input", &ignored) < 0 ||
				lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int start(const struct question *q, int input, int output, pid_t *ret)
{
	char *const argv[] = { unconst(q->path), unconst(q->option), NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (q->verb) {
		setenv("CNI_COMMAND", q->verb, 1);
		setenv("CNI_PATH", q->cni_path, 1);
	}
	rc = posix_spawn(ret, q->path, &actions, NULL, argv, environ);
	unsetenv("CNI_COMMAND");
	posix_spawn_file_actions_destroy(&actions);
	return rc == 0 ? 0 : -1;
}

/* True: its end came in time. */
static bool read_all(int fd, struct buf *out)
{
	struct deadline until = deadline_in_ms(ASK_MS);
	char part[4096];
	ssize_t n;

	while (io_wait_readable(fd, until) > 0) {
		n = read(fd, part, sizeof(part));
		if (n <= 0)
			return n == 0;
		buf_add(out, part, (size_t)n);
	}
	return false;
}

static int wait_for(pid_t pid, bool ended)
{
	int status;

	if (!ended)
		kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ask(const struct question *q, struct buf *out)
{
	int input = make_input(q->input), ends[2], status = -1;
	bool started;
	pid_t pid;

	if (input < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		if (input >= 0)
			close(input);
		return -1;
	}
	started = start(q, input, ends[1], &pid) == 0;
	close(ends[1]);
	if (started)
		status = wait_for(pid, read_all(ends[0], out));
	close(ends[0]);
	close(input);
	return status;
}
