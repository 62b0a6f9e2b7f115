/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/netns.h"

#include "base/attr.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#define STACK (128 << 10) /* bytes: the thread does little */

struct visit {
	int fd, error;
	void (*look)(void *arg);
	void *arg;
};

static void *enter(void *arg)
{
	struct visit *v = arg;

	if (setns(v->fd, CLONE_NEWNET) < 0)
		v->error = errno;
	else
		v->look(v->arg);
	return NULL;
}

int netns_within(int fd, void (*look)(void *arg), void *arg)
{
	struct visit visit = { fd, 0, look, arg };
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	visit.error = pthread_create(&thread, &attr, enter, &visit);
	pthread_attr_destroy(&attr);
	if (!visit.error)
		pthread_join(thread, NULL);
	errno = visit.error;
	return visit.error ? -1 : 0;
}

uint64_t netns_own_cookie(void)
{
	int fd __cleanup(close_fd) = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return 0;
	return cookie;
}

/* In no thread of its own, which would cost an ADD some tenth of a millisecond. */
int netns_read(const char *path, struct netns *ret, struct err *e)
{
	int fd __cleanup(close_fd) = -1, own __cleanup(close_fd) = -1;
	struct netns netns;
	struct stat st;

	*ret = (struct netns){0};
	if (io_open(path, O_RDONLY, 0, &fd) || fstat(fd, &st) < 0 ||
	    (own = io_open_of_kernel("/proc/self/ns/net")) < 0 ||
	    setns(fd, CLONE_NEWNET) < 0)
		return 0;
	netns = (struct netns){ .inode = st.st_ino, .cookie = netns_own_cookie() };
	if (setns(own, CLONE_NEWNET) < 0)
		return err_set(e, ERR_INTERNAL, "cannot come back from the network namespace %s: "
			       "%s", path, strerror(errno));
	*ret = netns;
	return 0;
}
