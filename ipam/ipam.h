/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP address management: who holds which address.
 *
 * What the plugin asks for.  Each verb reads a view from the store, plans purely and
 * commits; it loops (request/loop.h) while others win the race, until the store's
 * deadline.  Every error names the store, and not twice.
 *
 * Nothing here knows CNI: the plugin translates its request into these structs.
 * All strings belong to the caller and are text that has been checked against the
 * rules of docs/DATA-MODEL.md 7; NULL means "not given".
 */
#ifndef IPAM_IPAM_H
#define IPAM_IPAM_H

#include "ipam/assign/assign.h" /* ADD */
#include "ipam/assign/verify.h" /* CHECK, STATUS */
#include "ipam/crowd/add.h" /* the same on any store */
#include "ipam/crowd/crowd.h" /* many requests at once */
#include "ipam/release/gc.h" /* GC */
#include "ipam/release/release.h" /* DEL */
#include "ipam/vm/vm.h" /* whose a pod is */

#endif
