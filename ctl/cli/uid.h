/* SPDX-License-Identifier: Apache-2.0 */
/* The uid of a resource that is about to be made. */
#ifndef CTL_CLI_UID_H
#define CTL_CLI_UID_H

#include "ipam/record/resource.h"

/* A fresh random one (RFC 4122 4.4), by which a lost answer is settled. */
void uid_new(char ret[UUID_TEXT]);

#endif
