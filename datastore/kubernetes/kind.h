/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which object of the Kubernetes API a record of Calico's is in, and the other way round
 * (docs/DATA-MODEL.md 13): keys above, kinds and names below.
 */
#ifndef DATASTORE_KUBERNETES_KIND_H
#define DATASTORE_KUBERNETES_KIND_H

#include "base/buf.h"
#include "datastore/view.h"

/* In the order of their keys. */
enum kind {
	KIND_BLOCK,
	KIND_CONFIG,
	KIND_HANDLE,
	KIND_AFFINITY,
	KIND_CLUSTER,
	KIND_POOL,
	KIND_RESERVATION,
	KIND_NAMESPACE,	/* this and the next two are Kubernetes' own, and only read */
	KIND_NODE,
	KIND_POD,	/* its record is a WorkloadEndpoint; read in lists only */
	KIND_NODE_BY_NAME,	/* of a node what Calico notes on it: read alone, and updated */
	KIND_POD_BY_NAME,	/* this and the next two are namespaced, and read one by one */
	KIND_VM_INSTANCE,
	KIND_VM,
	N_KINDS
};

enum group { GROUP_V1, GROUP_V3, N_GROUPS };	/* crd.projectcalico.org/v1, projectcalico.org/v3 */

#define OBJECT_NAME_MAX 253	/* bytes; Kubernetes' limit */
#define OBJECT_UID_MAX 127	/* bytes */

#define OBJECT_STEPS_MAX (2 * OBJECT_NAME_MAX + 32)	/* bytes: "NAMESPACE/PLURAL/NAME" */

struct object_id {
	enum kind kind;
	char name[OBJECT_STEPS_MAX + 1];	/* what stands behind kind_path() and a '/' */
};

/* The object of a key's record.  -1: a key of no kind, or one that no object can be named for. */
int kind_of_key(const char *key, struct object_id *ret);

/* The key, where it ends in its object's name or is the only one of its kind. */
void kind_key(enum kind kind, const char *name, struct buf *out);

/* True if a record of the kind may have a key that begins so. */
bool kind_is_under(enum kind kind, const char *prefix);

/* True if no other kind's record has a key that begins so. */
bool kind_is_alone_under(enum kind kind, const char *prefix);

/* The parts of an affinity's key; point into it.  -1: another shape. */
struct affinity_key {
	const char *type;	/* "host" or "virtual" */
	size_t type_len;
	const char *node;
	size_t node_len;	/* the whole node if the key goes beyond it */
	bool whole;	/* the node ends in the key */
	const char *cidr;	/* "10.0.0.0-26", or NULL: the key ends before it */
};
int kind_affinity_key(const char *key, struct affinity_key *ret);

/*
 * "IPAMBlock"; "ipamblocks"; "crd.projectcalico.org/v1", "v1" of Kubernetes' own; and
 * "/apis/crd.projectcalico.org/v1/ipamblocks".
 */
const char *kind_name(enum kind kind, enum group group);
const char *kind_plural(enum kind kind, enum group group);
const char *kind_api_version(enum kind kind, enum group group);
void kind_path(enum kind kind, enum group group, struct buf *out);

/* Of KubeVirt's: there may be no such group. */
#define KIND_VM_API_VERSION "kubevirt.io/v1"

/* True for what its namespace belongs to the path of; its key is the namespace and the name. */
bool kind_is_by_name(enum kind kind);

/* True for what is not Calico's, and is not written here but for KIND_NODE_BY_NAME. */
bool kind_is_core(enum kind kind);

/* False for what Calico deletes at once, and not by a mark that comes first. */
bool kind_is_marked_deleted(enum kind kind);

/* Of affinities: base32 of SHA3-256 of the node's name, as the label has it. */
#define HOSTNAME_HASH_LEN 64	/* bytes, NUL included */
int kind_hostname_hash(const char *node, size_t len, char out[HOSTNAME_HASH_LEN]);

#endif
