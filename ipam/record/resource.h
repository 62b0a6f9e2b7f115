/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope of Calico's v3 resources (docs/DATA-MODEL.md 5): kind,
 * apiVersion, metadata with uid and creationTimestamp.  And three small records:
 * node, reservation, and the IPAM configuration (section 4).
 */
#ifndef IPAM_RECORD_RESOURCE_H
#define IPAM_RECORD_RESOURCE_H

#include "base/json.h"
#include "datastore/view.h"
#include "ipam/record/addr.h"

#define UUID_TEXT 37	/* bytes, NUL included */

/*
 * A new resource {"kind","apiVersion":"projectcalico.org/v3","metadata":{"name",
 * "uid","creationTimestamp"},"spec":{}}.  Owned by the caller; NULL: out of memory.
 */
struct cJSON *resource_new(const char *kind, const char *name, const char *uid, int64_t now_ns);
/*
 * Names of resources are lower-case DNS subdomains of at most 253 bytes.  ERR_CONFIG
 * names the kind ("pool") and the rule.
 */
int resource_check_name(const char *kind, const char *name, struct err *e);
/* True if the record (NULL: it is not there) is the one that was made with this fresh uid. */
bool resource_is_made_by(const struct record *record, const char *uid);
const char *resource_name(const struct cJSON *resource);	/* "" if it has none */
/* metadata.labels, or NULL. */
const struct cJSON *resource_labels(const struct cJSON *resource);
/* metadata.annotations["key"] if it is a string, or NULL. */
const char *resource_annotation(const struct cJSON *resource, const char *key);

/* A node as calicoctl stores it: spec and status always written. */
int node_new(const char *name, const struct cJSON *labels, const char *uid, int64_t now_ns,
	     struct buf *out, struct err *e);
/* Parses a node record; the caller frees.  ERR_CORRUPT. */
int node_read(const struct record *record, struct cJSON **ret_resource, struct err *e);

/* IPAM configuration: defaults where the key is absent, zero values where a field is. */
struct ipam_config {
	bool strict_affinity;
	bool auto_allocate_blocks;
	int64_t max_blocks_per_host;	/* 0: no limit of its own */
	int64_t cooldown_s;		/* ipCooldownSeconds */
	const char *kubevirt_persistence;	/* "Enabled", "Disabled", "" (Enabled); static */
};

/* record NULL: the key is absent.  ERR_CORRUPT names key and field. */
int ipam_config_read(const struct record *record, struct ipam_config *ret, struct err *e);

/*
 * All reserved CIDRs of the view (reservations, section 5.2), masked; malformed
 * ones are skipped.  Sorted by family and base, so that look-ups can stop early.
 */
struct reserved {
	struct cidr *list;
	size_t n, cap;
};

int reserved_read(const struct view *view, struct reserved *ret, struct err *e);
void reserved_done(struct reserved *r); /* also for __cleanup */
bool reserved_holds(const struct reserved *r, struct addr a);
/* True if every address of the CIDR is covered, by one entry or by several together. */
bool reserved_covers(const struct reserved *r, struct cidr c);
int reserved_add(struct reserved *r, struct cidr c);

#endif
