/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/host/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_TRIES 5	/* of a list that changed while it was told */

struct netlink {
	struct nl_sock *asking, *telling;
};

static const unsigned char mac[6] = { 0x02 };

void netlink_close(struct netlink *n)
{
	if (!n)
		return;
	nl_socket_free(n->asking);
	nl_socket_free(n->telling);
	free(n);
}

void netlink_closep(struct netlink **n)
{
	netlink_close(*n);
	*n = NULL;
}

static int failed(const char *what, int rc, struct err *e)
{
	return err_set(e, ERR_IO, "netlink: %s: %s", what, nl_geterror(rc));
}

static int open_both(struct netlink *n)
{
	int rc;

	n->asking = nl_socket_alloc();
	n->telling = nl_socket_alloc();
	if (!n->asking || !n->telling)
		return -NLE_NOMEM;
	nl_socket_disable_seq_check(n->telling);
	if ((rc = nl_connect(n->asking, NETLINK_ROUTE)) < 0 ||
	    (rc = nl_connect(n->telling, NETLINK_ROUTE)) < 0 ||
	    (rc = nl_socket_add_memberships(n->telling, RTNLGRP_LINK, 0)) < 0)
		return rc;
	return nl_socket_set_nonblocking(n->telling);
}

int netlink_open(struct netlink **ret, struct err *e)
{
	struct netlink *n __cleanup(netlink_closep) = calloc(1, sizeof(*n));
	int rc = n ? open_both(n) : -NLE_NOMEM;

	if (rc < 0)
		return failed("cannot be opened", rc, e);
	*ret = n;
	n = NULL;
	return 0;
}

int netlink_fd(const struct netlink *n)
{
	return nl_socket_get_fd(n->telling);
}

struct showing {
	link_visitor *visit;
	address_visitor *visit_address;
	void *arg;
	unsigned index;	/* of the link whose addresses are wanted */
	bool failed;	/* the visitor did */
};

static int show_link(struct nl_msg *message, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct ifinfomsg *info = nlmsg_data(header);
	struct nlattr *attrs[IFLA_MAX + 1];
	struct showing *s = arg;
	struct tap link = { 0 };

	if ((header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) ||
	    nlmsg_parse(header, sizeof(*info), attrs, IFLA_MAX, NULL) < 0 || !attrs[IFLA_IFNAME])
		return NL_OK;
	nla_strlcpy(link.name, attrs[IFLA_IFNAME], sizeof(link.name));
	if (header->nlmsg_type == RTM_NEWLINK)
		link.index = (unsigned)info->ifi_index;
	if (attrs[IFLA_MTU] && nla_len(attrs[IFLA_MTU]) == sizeof(uint32_t))
		link.mtu = nla_get_u32(attrs[IFLA_MTU]);
	s->failed = s->failed || s->visit(&link, s->arg) < 0;
	return NL_OK;
}

/* Sends a request for a list, and has each part of the answer shown; frees the message. */
static int dump(struct netlink *n, struct nl_msg *message, nl_recvmsg_msg_cb_t show,
		struct showing *s)
{
	int rc = message ? nl_send_auto(n->asking, message) : -NLE_NOMEM;

	nlmsg_free(message);
	if (rc < 0)
		return rc;
	nl_socket_modify_cb(n->asking, NL_CB_VALID, NL_CB_CUSTOM, show, s);
	rc = nl_recvmsgs_default(n->asking);
	nl_socket_modify_cb(n->asking, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	return s->failed ? -NLE_NOMEM : rc;
}

static struct nl_msg *message_of(int type, int flags, void *header, size_t len)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	if (message && nlmsg_append(message, header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

int netlink_list(struct netlink *n, link_visitor *visit, void *arg, struct err *e)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct showing s = { .visit = visit, .arg = arg };
	int rc = -NLE_DUMP_INTR;

	for (unsigned i = 0; i < DUMP_TRIES && rc == -NLE_DUMP_INTR; i++)
		rc = dump(n, message_of(RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info)), show_link,
			  &s);
	return rc < 0 ? failed("links cannot be listed", rc, e) : 0;
}

int netlink_take(struct netlink *n, link_visitor *visit, void *arg, bool *ret_lost, struct err *e)
{
	struct showing s = { .visit = visit, .arg = arg };
	int rc;

	nl_socket_modify_cb(n->telling, NL_CB_VALID, NL_CB_CUSTOM, show_link, &s);
	do
		rc = nl_recvmsgs_default(n->telling);
	while (rc >= 0 && !s.failed);
	*ret_lost = rc == -NLE_NOMEM;	/* ENOBUFS */
	if (s.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return rc < 0 && rc != -NLE_AGAIN && !*ret_lost ?
	       failed("nothing is told of links", rc, e) : 0;
}

void netlink_other_end(const char *name, char out[IFNAMSIZ])
{
	memset(out, 0, IFNAMSIZ);
	memcpy(out, name, strnlen(name, IFNAMSIZ - 1));
	out[0] = 'p';
}

/* The other end is not set up here: it has none yet, as it is made (ENOTCONN). */
static int put_veth(struct nl_msg *message, const char *name)
{
	struct ifinfomsg end = { .ifi_family = AF_UNSPEC };
	char other[IFNAMSIZ];
	struct nlattr *data = nla_nest_start(message, IFLA_INFO_DATA);
	struct nlattr *peer = data ? nla_nest_start(message, VETH_INFO_PEER) : NULL;

	netlink_other_end(name, other);
	if (!peer || nlmsg_append(message, &end, sizeof(end), NLMSG_ALIGNTO) < 0 ||
	    nla_put_string(message, IFLA_IFNAME, other) < 0)
		return -NLE_NOMEM;
	nla_nest_end(message, peer);
	nla_nest_end(message, data);
	return 0;
}

static int put_link(struct nl_msg *message, const char *name, const char *kind, unsigned mtu)
{
	struct nlattr *info;

	if (nla_put_string(message, IFLA_IFNAME, name) < 0 ||
	    nla_put(message, IFLA_ADDRESS, sizeof(mac), mac) < 0 ||
	    nla_put_u32(message, IFLA_MTU, mtu) < 0 ||
	    !(info = nla_nest_start(message, IFLA_LINKINFO)) ||
	    nla_put_string(message, IFLA_INFO_KIND, kind) < 0 ||
	    (strcmp(kind, "veth") == 0 && put_veth(message, name) < 0))
		return -NLE_NOMEM;
	nla_nest_end(message, info);
	return 0;
}

/* Sends it and waits for what the kernel says; frees the message. */
static int ask(struct netlink *n, struct nl_msg *message, int rc)
{
	if (message && rc == 0)
		return nl_send_sync(n->asking, message);
	nlmsg_free(message);
	return -NLE_NOMEM;
}

int netlink_make(struct netlink *n, const char *name, const char *kind, unsigned mtu,
		 struct err *e)
{
	struct ifinfomsg info = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nl_msg *message = message_of(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info,
					    sizeof(info));
	int rc = ask(n, message, message ? put_link(message, name, kind, mtu) : 0);

	if (rc == -NLE_OPNOTSUPP)
		return err_set(e, ERR_UNSUPPORTED, "the kernel makes no %s", kind);
	if (rc == -NLE_EXIST)
		return err_set(e, ERR_EXISTS, "link %s exists", name);
	if (rc < 0)
		return err_set(e, ERR_IO, "link %s (%s) cannot be made: %s", name, kind,
			       nl_geterror(rc));
	return 0;
}

int netlink_set_up(struct netlink *n, unsigned index, struct err *e)
{
	struct ifinfomsg info = { .ifi_index = (int)index, .ifi_flags = IFF_UP,
				  .ifi_change = IFF_UP };
	int rc = ask(n, message_of(RTM_NEWLINK, 0, &info, sizeof(info)), 0);

	return rc < 0 ? err_set(e, ERR_IO, "link %u cannot be set up: %s", index,
				nl_geterror(rc)) : 0;
}

int netlink_set_mtu(struct netlink *n, unsigned index, unsigned mtu, struct err *e)
{
	struct ifinfomsg info = { .ifi_index = (int)index };
	struct nl_msg *message = message_of(RTM_NEWLINK, 0, &info, sizeof(info));
	int rc = ask(n, message, message ? nla_put_u32(message, IFLA_MTU, mtu) : 0);

	return rc < 0 ? err_set(e, ERR_IO, "link %u cannot have an MTU of %u: %s", index, mtu,
				nl_geterror(rc)) : 0;
}

int netlink_delete(struct netlink *n, const char *name, struct err *e)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nl_msg *message = message_of(RTM_DELLINK, 0, &info, sizeof(info));
	int rc = ask(n, message, message ? nla_put_string(message, IFLA_IFNAME, name) : 0);

	if (rc < 0 && rc != -NLE_NODEV && rc != -NLE_OBJ_NOTFOUND)
		return err_set(e, ERR_IO, "link %s cannot be deleted: %s", name, nl_geterror(rc));
	return 0;
}

static void to_bytes(struct addr a, unsigned char out[16])
{
	for (unsigned i = 0, n = family_bits(a.family) / 8; i < n; i++)
		out[i] = (unsigned char)(a.n >> (8 * (n - 1 - i)));
}

static bool is_link_local(const struct cidr *c)
{
	return c->base.family == FAMILY_6 && c->base.n >> 118 == 0xfe80u >> 6;
}

static void take_address(struct cidr *c, struct nlattr *attr)
{
	const unsigned char *bytes = nla_data(attr);

	for (int i = 0; i < nla_len(attr) && i < 16; i++)
		c->base.n = c->base.n << 8 | bytes[i];
}

static int show_address(struct nl_msg *message, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct ifaddrmsg *info = nlmsg_data(header);
	bool is_4 = info->ifa_family == AF_INET;
	struct cidr c = { { is_4 ? FAMILY_4 : FAMILY_6, 0 }, info->ifa_prefixlen };
	struct nlattr *attrs[IFA_MAX + 1], *address;
	struct showing *s = arg;

	if (header->nlmsg_type != RTM_NEWADDR || info->ifa_index != s->index ||
	    (!is_4 && info->ifa_family != AF_INET6) ||
	    nlmsg_parse(header, sizeof(*info), attrs, IFA_MAX, NULL) < 0 ||
	    !(address = attrs[is_4 ? IFA_LOCAL : IFA_ADDRESS]))
		return NL_OK;
	take_address(&c, address);
	if (!is_link_local(&c) && s->visit_address(&c, s->arg) < 0)
		s->failed = true;
	return NL_OK;
}

int netlink_addresses(struct netlink *n, unsigned index, address_visitor *visit, void *arg,
		      struct err *e)
{
	struct ifaddrmsg info = { .ifa_family = AF_UNSPEC };
	struct showing s = { .visit_address = visit, .arg = arg, .index = index };
	int rc = -NLE_DUMP_INTR;

	for (unsigned i = 0; i < DUMP_TRIES && rc == -NLE_DUMP_INTR; i++)
		rc = dump(n, message_of(RTM_GETADDR, NLM_F_DUMP, &info, sizeof(info)),
			  show_address, &s);
	return rc < 0 ? failed("addresses cannot be listed", rc, e) : 0;
}

static int put_address(struct nl_msg *message, struct cidr c)
{
	int len = (int)(family_bits(c.base.family) / 8);
	unsigned char address[16], last[16];

	to_bytes(c.base, address);
	to_bytes(cidr_last(c), last);
	if (nla_put(message, IFA_LOCAL, len, address) < 0 ||
	    nla_put(message, IFA_ADDRESS, len, address) < 0 ||
	    (c.base.family == FAMILY_4 && nla_put(message, IFA_BROADCAST, len, last) < 0))
		return -NLE_NOMEM;
	return nla_put_u32(message, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
}

static int change_address(struct netlink *n, int type, int flags, unsigned index, struct cidr c)
{
	struct ifaddrmsg info = {
		.ifa_family = c.base.family == FAMILY_4 ? AF_INET : AF_INET6,
		.ifa_prefixlen = (unsigned char)c.len, .ifa_index = index,
	};
	struct nl_msg *message = message_of(type, flags, &info, sizeof(info));

	return ask(n, message, message ? put_address(message, c) : 0);
}

static int address_failed(struct cidr c, const char *what, int rc, struct err *e)
{
	char text[CIDR_TEXT];

	cidr_print(c, text);
	return err_set(e, ERR_IO, "address %s cannot be %s: %s", text, what, nl_geterror(rc));
}

int netlink_add_address(struct netlink *n, unsigned index, struct cidr address, struct err *e)
{
	int rc = change_address(n, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address);

	return rc < 0 ? address_failed(address, "added", rc, e) : 0;
}

int netlink_remove_address(struct netlink *n, unsigned index, struct cidr address, struct err *e)
{
	int rc = change_address(n, RTM_DELADDR, 0, index, address);

	return rc < 0 && rc != -NLE_NOADDR ? address_failed(address, "removed", rc, e) : 0;
}
