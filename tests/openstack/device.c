/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a network's device of one kind, for scripts:
 *
 *	device KIND NAME MTU
 *
 * Status 3: the kernel has no such kind; 4: it is there.
 */
#include "openstack/host/netlink.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
	struct netlink *n __cleanup(netlink_closep) = NULL;
	struct err e = { 0 };

	if (argc != 4)
		return 2;
	if (netlink_open(&n, &e) == 0 &&
	    netlink_make(n, argv[2], argv[1], (unsigned)atoi(argv[3]), &e) == 0)
		return 0;
	fprintf(stderr, "%s\n", e.text);
	return e.kind == ERR_UNSUPPORTED ? 3 : e.kind == ERR_EXISTS ? 4 : 1;
}
