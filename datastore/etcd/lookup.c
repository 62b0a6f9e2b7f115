/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/lookup.h"
#include "base/io.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child tells; of the answer only as much as there is. */
struct told {
	int len, code;
	unsigned char answer[LOOKUP_ANSWER_MAX];
};

#define TOLD_HEAD offsetof(struct told, answer)

static size_t told_size(int len)
{
	size_t n = len < 0 ? 0 : (size_t)len;

	return TOLD_HEAD + (n < LOOKUP_ANSWER_MAX ? n : LOOKUP_ANSWER_MAX);
}

/* The child: _exit, for what the parent holds is not its to tidy. */
static void ask(const char *name, pid_t parent, int fd)
{
	struct told told = { 0 };
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* glibc waits 5 s for a lost packet; musl, which does not read this, 2.5 s. */
	setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);
	told.len = res_query(name, ns_c_in, ns_t_srv, told.answer, sizeof(told.answer));
	told.code = told.len < 0 ? h_errno : 0;
	n = write(fd, &told, told_size(told.len));
	_exit(n < 0);
}

int lookup_start(struct lookup *l, const char *name, struct err *e)
{
	pid_t parent = getpid(), pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, ERR_INTERNAL, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		ask(name, parent, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		err_set(e, ERR_INTERNAL, "cannot start a process: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	*l = (struct lookup){ .pid = pid, .fd = ends[0] };
	return 0;
}

/* Everything up to its end, or up to the deadline. */
static size_t listen_to(int fd, struct deadline until, struct told *told)
{
	size_t have = 0;
	ssize_t n = 1;

	while (n > 0 && have < sizeof(*told) && io_wait_readable(fd, until) > 0) {
		do {
			n = read(fd, (char *)told + have, sizeof(*told) - have);
		} while (n < 0 && errno == EINTR);
		have += n > 0 ? (size_t)n : 0;
	}
	return have;
}

static const char *dns_says(int code)
{
	switch (code) {
	case HOST_NOT_FOUND:
		return "no such name";
	case NO_DATA:
		return "no SRV record";
	default:
		return "no answer from DNS";
	}
}

int lookup_finish(struct lookup *l, struct deadline until,
		  unsigned char answer[LOOKUP_ANSWER_MAX], const char **ret_says)
{
	struct told told = { .len = -1, .code = TRY_AGAIN };
	size_t have = listen_to(l->fd, until, &told);

	if (have < TOLD_HEAD || have < told_size(told.len))
		told = (struct told){ .len = -1, .code = TRY_AGAIN };
	if (told.len < 0) {
		*ret_says = dns_says(told.code);
		return -1;
	}
	memcpy(answer, told.answer, told_size(told.len) - TOLD_HEAD);
	return told.len;
}

void lookup_done(struct lookup *l)
{
	if (!l->pid)
		return;
	kill(l->pid, SIGKILL);
	while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(l->fd);
	*l = (struct lookup){ 0 };
}
