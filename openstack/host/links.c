/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/host/links.h"

#include "base/io.h"
#include "base/log.h"
#include "openstack/host/kinds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE_ADDRESSES_MAX 1024
#define IPV6_MTU_MIN 1280	/* bytes (RFC 8200 5) */

void links_done(struct links *l)
{
	netlink_close(l->netlink);
	free(l->taps.list);
	free(l->devices.list);
	*l = (struct links){ 0 };
}

int links_fd(const struct links *l)
{
	return netlink_fd(l->netlink);
}

struct taking {
	struct links *links;
	bool changed;
};

/* Without an index: it went. */
static int take_tap(struct taking *t, const struct tap *link)
{
	const struct tap *known = taps_find(&t->links->taps, link->name);

	if (known ? known->index == link->index && known->mtu == link->mtu : !link->index)
		return 0;
	t->changed = true;
	if (link->index)
		return taps_put(&t->links->taps, link);
	taps_remove(&t->links->taps, link->name);
	return 0;
}

static int take_link(const struct tap *link, void *arg)
{
	struct taking *t = arg;

	if (strncmp(link->name, "tap", 3) == 0)
		return take_tap(t, link);
	if (strncmp(link->name, "ns-", 3) != 0)
		return 0;
	if (link->index)
		return taps_put(&t->links->devices, link);
	t->changed = t->changed || taps_find(&t->links->devices, link->name);
	taps_remove(&t->links->devices, link->name);
	return 0;
}

struct listing {
	struct links *links;
	struct taps taps;
};

static int list_link(const struct tap *link, void *arg)
{
	struct listing *now = arg;

	if (strncmp(link->name, "tap", 3) == 0)
		return taps_put(&now->taps, link);
	return strncmp(link->name, "ns-", 3) == 0 ? taps_put(&now->links->devices, link) : 0;
}

/* What is there goes for what came, and what is not for what went. */
static int take_listing(struct taking *t, const struct taps *now)
{
	struct links *l = t->links;

	for (size_t i = l->taps.n; i-- > 0;) {
		struct tap gone = l->taps.list[i];

		gone.index = 0;
		if (!taps_find(now, gone.name) && take_tap(t, &gone) < 0)
			return -1;
	}
	for (size_t i = 0; i < now->n; i++)
		if (take_tap(t, &now->list[i]) < 0)
			return -1;
	return 0;
}

static int list_anew(struct links *l, bool *ret_changed, struct err *e)
{
	struct taking t = { l, *ret_changed };
	struct listing now = { l, { 0 } };
	int rc;

	l->devices.n = 0;
	rc = netlink_list(l->netlink, list_link, &now, e);
	if (rc == 0 && take_listing(&t, &now.taps) < 0)
		rc = err_set(e, ERR_INTERNAL, "out of memory");
	free(now.taps.list);
	*ret_changed = t.changed;
	return rc;
}

int links_open(struct links *l, struct err *e)
{
	bool changed = false;

	*l = (struct links){ 0 };
	if (netlink_open(&l->netlink, e) < 0)
		return -1;
	return list_anew(l, &changed, e);
}

int links_take(struct links *l, bool *ret_changed, struct err *e)
{
	struct taking t = { l, false };
	bool lost;

	*ret_changed = false;
	if (netlink_take(l->netlink, take_link, &t, &lost, e) < 0)
		return -1;
	*ret_changed = t.changed;
	return lost ? list_anew(l, ret_changed, e) : 0;
}

static int make(struct links *l, const char *name, unsigned mtu, struct err *e)
{
	for (size_t i = 0; device_kinds[i]; i++) {
		err_reset(e);
		if (netlink_make(l->netlink, name, device_kinds[i], mtu, e) == 0)
			return 0;
		if (e->kind != ERR_UNSUPPORTED)
			break;
	}
	if (e->kind != ERR_EXISTS)
		return -1;
	err_reset(e);
	return 0;
}

/* It hears what dnsmasq advertises on it, and would make itself an address of a slaac subnet. */
static void refuse_advertisements(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra", name);
	if (io_open(path, O_WRONLY, 0, &fd))
		return;	/* no IPv6 in this kernel */
	if (write(fd, "0", 1) != 1)
		log_warning("a device accepts router advertisements", LOG_TEXT("device", name));
	close(fd);
}

struct device {
	struct cidr has[DEVICE_ADDRESSES_MAX], wanted[DEVICE_ADDRESSES_MAX];
	size_t n_has, n_wanted;
};

static int note_address(const struct cidr *address, void *arg)
{
	struct device *d = arg;

	if (d->n_has < DEVICE_ADDRESSES_MAX)
		d->has[d->n_has++] = *address;
	return 0;
}

static bool among(const struct cidr *list, size_t n, struct cidr c)
{
	for (size_t i = 0; i < n; i++)
		if (cidr_equal(list[i], c))
			return true;
	return false;
}

static void want_addresses(struct device *d, const struct network *n)
{
	for (size_t i = 0; i < n->n_subnets && d->n_wanted < DEVICE_ADDRESSES_MAX; i++)
		d->wanted[d->n_wanted++] = (struct cidr){ subnet_own_address(n->subnets[i]),
							  n->subnets[i]->cidr.len };
}

static int change_addresses(struct links *l, const struct device *d, unsigned index,
			    struct err *e)
{
	for (size_t i = 0; i < d->n_has; i++)
		if (!among(d->wanted, d->n_wanted, d->has[i]) &&
		    netlink_remove_address(l->netlink, index, d->has[i], e) < 0)
			return -1;
	for (size_t i = 0; i < d->n_wanted; i++)
		if (!among(d->has, d->n_has, d->wanted[i]) &&
		    netlink_add_address(l->netlink, index, d->wanted[i], e) < 0)
			return -1;
	return 0;
}

static void free_device(struct device **d)
{
	free(*d);
}

/* One that was there before may be of another configuration. */
static int set_mtu(struct links *l, const char *name, unsigned index, unsigned mtu, struct err *e)
{
	const struct tap *known = taps_find(&l->devices, name);

	return known && known->mtu != mtu ? netlink_set_mtu(l->netlink, index, mtu, e) : 0;
}

/* Also where whoever made it was killed in between. */
static int set_up(struct links *l, const char *name, unsigned index, struct err *e)
{
	char other[IFNAMSIZ];
	unsigned end;

	netlink_other_end(name, other);
	end = if_nametoindex(other);
	if (end && netlink_set_up(l->netlink, end, e) < 0)
		return -1;
	return netlink_set_up(l->netlink, index, e);
}

int links_make_device(struct links *l, const struct network *n, unsigned mtu, struct err *e)
{
	struct device *d __cleanup(free_device) = calloc(1, sizeof(*d));
	unsigned index;

	if (!d)
		return err_set(e, ERR_INTERNAL, "out of memory");
	index = if_nametoindex(n->device);
	if (!index && make(l, n->device, mtu, e) < 0)
		return -1;
	refuse_advertisements(n->device);
	index = if_nametoindex(n->device);
	if (!index)
		return err_set(e, ERR_IO, "link %s went as it came", n->device);
	if (set_up(l, n->device, index, e) < 0 || set_mtu(l, n->device, index, mtu, e) < 0 ||
	    netlink_addresses(l->netlink, index, note_address, d, e) < 0)
		return -1;
	want_addresses(d, n);
	if (change_addresses(l, d, index, e) == 0)
		return 0;
	return mtu < IPV6_MTU_MIN ? err_wrap(e, "network_device_mtu is %u, and IPv6 needs %d", mtu,
					     IPV6_MTU_MIN) : -1;
}

int links_delete_device(struct links *l, const char *name, struct err *e)
{
	return netlink_delete(l->netlink, name, e);
}
