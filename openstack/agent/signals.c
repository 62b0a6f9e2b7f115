/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal)
{
	(void)signal;
	_exit(0);
}

static sigset_t ending_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

int signals_open(struct err *e)
{
	sigset_t set = ending_signals();
	int fd;

	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = end }, NULL);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = end }, NULL);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_set(e, ERR_INTERNAL, "signalfd: %s", strerror(errno)) : fd;
}

enum heard signals_hear(int fd)
{
	struct signalfd_siginfo info;
	enum heard heard = HEARD_NOTHING;

	while (heard != HEARD_END && read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			heard = HEARD_ANEW;
		else if (info.ssi_signo != SIGCHLD)
			heard = HEARD_END;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
	return heard;
}

void signals_end_at_once(bool yes)
{
	sigset_t set = ending_signals();

	sigprocmask(yes ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}
