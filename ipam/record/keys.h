/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of Calico's records (docs/DATA-MODEL.md 1).
 *
 * Names from outside are checked here before they enter a key: no '/', no control
 * characters, not empty, and the key within VIEW_KEY_MAX.
 */
#ifndef IPAM_RECORD_KEYS_H
#define IPAM_RECORD_KEYS_H

#include "base/address/addr.h"
#include "base/err.h"
#include "datastore/view.h"

#define KEY_TEXT (VIEW_KEY_MAX + 1)	/* bytes, NUL included */

#define KEY_ROOT "/calico/"
#define KEY_POOLS "/calico/resources/v3/projectcalico.org/ippools/"
#define KEY_RESERVATIONS "/calico/resources/v3/projectcalico.org/ipreservations/"
#define KEY_NODES "/calico/resources/v3/projectcalico.org/nodes/"
#define KEY_NAMESPACES "/calico/resources/v3/projectcalico.org/namespaces/" /* of Kubernetes' API */
#define KEY_WORKLOADS "/calico/resources/v3/projectcalico.org/workloadendpoints/"
/* Of Kubernetes' API too, "<namespace>/<name>"; in no other store. */
#define KEY_PODS "/kubernetes/pods/"
#define KEY_NOTED_NODES "/kubernetes/nodes/" /* <name>: what Calico notes on a Node, and podCIDRs */
#define KEY_VM_INSTANCES "/kubernetes/virtualmachineinstances/"
#define KEY_VMS "/kubernetes/virtualmachines/"
#define KEY_CLUSTER "/calico/resources/v3/projectcalico.org/clusterinformations/default"
#define KEY_CONFIG "/calico/ipam/v2/config"
#define KEY_HANDLES "/calico/ipam/v2/handle/"
#define KEY_HOST_AFFINITIES "/calico/ipam/v2/host/"
#define KEY_VIRTUAL_AFFINITIES "/calico/ipam/v2/virtual/"
#define KEY_BLOCKS_4 "/calico/ipam/v2/assignment/ipv4/block/"
#define KEY_BLOCKS_6 "/calico/ipam/v2/assignment/ipv6/block/"

int key_of_pool(const char *name, char out[KEY_TEXT], struct err *e);
int key_of_reservation(const char *name, char out[KEY_TEXT], struct err *e);
int key_of_node(const char *name, char out[KEY_TEXT], struct err *e);
int key_of_noted_node(const char *name, char out[KEY_TEXT], struct err *e);
int key_of_namespace(const char *name, char out[KEY_TEXT], struct err *e);
/* kind: KEY_PODS, KEY_VM_INSTANCES or KEY_VMS. */
int key_in_namespace(const char *kind, const char *namespace_name, const char *name,
		     char out[KEY_TEXT], struct err *e);
int key_of_handle(const char *id, char out[KEY_TEXT], struct err *e);
void key_of_block(struct cidr block, char out[KEY_TEXT]);
/* The prefix of all blocks of a family. */
const char *key_of_blocks(enum family f);
/*
 * A prefix of all blocks within the CIDR, as narrow as text can be: the parts of the
 * address that are the same in all of them, ".../block/172.16." for 172.16.0.0/20.
 */
void key_of_blocks_in(struct cidr cidr, char out[KEY_TEXT]);
/*
 * The prefix of an owner's affinities: ".../host/<node>/ipv4/block/".  The owner is
 * written as in a block: "host:<node>" or "virtual:<name>".
 */
int key_of_affinities(const char *owner, enum family f, char out[KEY_TEXT], struct err *e);
int key_of_affinity(const char *owner, struct cidr block, char out[KEY_TEXT], struct err *e);
/* Owner and block of an affinity's key; -1 if the key has another shape. */
int key_read_affinity(const char *key, char owner[KEY_TEXT], struct cidr *ret_block);
/* The existing block that holds the address, whatever its pool; the block keys are known. */
bool key_find_block(const struct view *view, struct addr a, struct cidr *ret);
/* The CIDR at the end of a block's or an affinity's key; -1 if the key has another shape. */
int key_cidr(const char *key, const char *prefix, struct cidr *ret);

#endif
