/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/reclaim/live.h"

#include "base/io.h"
#include "base/list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define NSFS_GET_NSTYPE 0xb703 /* of linux/nsfs.h, since Linux 4.11 */

void live_done(struct live *l)
{
	free(l->list);
	free(l->addresses);
	free(l->mounts);
	*l = (struct live){0};
}

static int compare_inode(const void *key, const void *element)
{
	const struct netns *netns = element;
	uint64_t inode = *(const uint64_t *)key;

	return (inode > netns->inode) - (inode < netns->inode);
}

static size_t place_of(const struct live *l, uint64_t inode)
{
	return list_place(l->list, l->n, &inode, compare_inode);
}

bool live_has_inode(const struct live *l, uint64_t inode)
{
	size_t i = place_of(l, inode);

	return i < l->n && l->list[i].inode == inode;
}

bool live_has_cookie(const struct live *l, uint64_t cookie)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].cookie == cookie)
			return true;
	return false;
}

static int compare_address(const void *left, const void *right)
{
	const struct addr *a = left, *b = right;

	return addr_compare(*a, *b);
}

bool live_has_address(const struct live *l, struct addr a)
{
	return l->n_addresses && bsearch(&a, l->addresses, l->n_addresses, sizeof(a),
					 compare_address);
}

/* What a visit within a namespace brings along. */
struct visit {
	struct live *to;
	uint64_t cookie;
	int error;
};

static int add_address(struct live *l, const struct sockaddr *sa)
{
	const struct sockaddr_in *v4 = (const void *)sa;
	const struct sockaddr_in6 *v6 = (const void *)sa;
	char text[ADDR_TEXT] = "";
	struct addr a;

	if (sa && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
	else if (sa && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
	if (addr_parse(text, &a) < 0)
		return 0;
	if (list_room(&l->addresses, l->n_addresses, &l->cap_addresses) < 0)
		return ENOMEM;
	l->addresses[l->n_addresses++] = a;
	return 0;
}

static void look(void *arg)
{
	struct visit *v = arg;
	struct ifaddrs *list = NULL;

	v->cookie = netns_own_cookie();
	if (getifaddrs(&list) < 0) {
		v->error = errno;
		return;
	}
	for (const struct ifaddrs *i = list; i && !v->error; i = i->ifa_next)
		v->error = add_address(v->to, i->ifa_addr);
	freeifaddrs(list);
}

static int add(struct live *l, struct netns netns)
{
	size_t i = place_of(l, netns.inode);

	if (list_room(&l->list, l->n, &l->cap) < 0)
		return ENOMEM;
	memmove(&l->list[i + 1], &l->list[i], (l->n - i) * sizeof(*l->list));
	l->list[i] = netns;
	l->n++;
	l->no_cookies |= !netns.cookie;
	return 0;
}

static bool is_gone(int error)
{
	return error == ENOENT || error == ESRCH || error == ENOTDIR || error == ENXIO;
}

static int tell(const char *path, int error, struct err *e)
{
	if (error == EACCES || error == EPERM)
		return err_set(e, ERR_DENIED, "%s: %s: to see every network namespace takes root's "
			       "rights on this machine", path, strerror(error));
	return err_set(e, ERR_IO, "%s: %s", path, strerror(error));
}

int live_add_path(struct live *l, const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	struct visit visit = { .to = l };
	struct stat st;

	errno = 0;
	if (io_open(path, O_RDONLY, 0, &fd))
		return is_gone(errno) ? 0 : tell(path, errno, e);
	if (fstat(fd, &st) < 0)
		return tell(path, errno, e);
	if (st.st_dev != l->device || ioctl(fd, NSFS_GET_NSTYPE) != CLONE_NEWNET ||
	    live_has_inode(l, st.st_ino))
		return 0;
	if (netns_within(fd, look, &visit) < 0)
		visit.error = errno;
	if (!visit.error)
		visit.error = add(l, (struct netns){ st.st_ino, visit.cookie });
	return visit.error ? tell(path, visit.error, e) : 0;
}

int live_begin(struct live *ret, struct err *e)
{
	struct stat own;

	if (stat("/proc/self/ns/net", &own) < 0)
		return tell("/proc/self/ns/net", errno, e);
	*ret = (struct live){ .device = own.st_dev };
	return 0;
}

void live_end(struct live *l)
{
	if (l->n_addresses)
		qsort(l->addresses, l->n_addresses, sizeof(*l->addresses), compare_address);
}
