/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud-init's user data that mends a guest as it boots for the first time: files of our own
 * (own.h), and the commands that have them count at once.
 */
#ifndef OPENSTACK_GUEST_USER_DATA_H
#define OPENSTACK_GUEST_USER_DATA_H

#include "base/buf.h"

/* "ubuntu, debian, centos or rhel": the names there are. */
#define USER_DATA_SYSTEMS "ubuntu, debian, centos or rhel"

/* Appends it.  -1: no such system. */
int user_data_print(const char *system, struct buf *out);

#endif
