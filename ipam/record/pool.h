/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPPool, both ways (docs/DATA-MODEL.md 5 and 5.1).
 *
 * Reading is lenient and fills defaults; validation is what calicoctl's client does
 * in etcd mode and happens before a pool is written, never when one is read.
 */
#ifndef IPAM_RECORD_POOL_H
#define IPAM_RECORD_POOL_H

#include "base/address/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"
#include "ipam/record/selector.h"

enum pool_use { POOL_USE_WORKLOAD = 1, POOL_USE_TUNNEL = 2, POOL_USE_LOAD_BALANCER = 4 };

struct pool {
	char *name;	/* owned: its key's, whatever its metadata say */
	const char *node_selector;	/* lives in `kept`; "" where empty or absent: all */
	const char *namespace_selector;	/* "" where empty or absent */
	const char *ipip_mode, *vxlan_mode;	/* "Never", "Always", "CrossSubnet" */
	struct cidr cidr;	/* masked */
	unsigned block_len;	/* prefix length of its blocks, bits; default 26 or 122 */
	unsigned uses;		/* enum pool_use, or'ed */
	bool manual;		/* assignmentMode Manual */
	bool nat_outgoing, disable_bgp_export;
	bool disabled;		/* spec.disabled */
	bool being_deleted;	/* has a deletionTimestamp */
	/* Usable: not deleted, disabled or refused by status, and no smaller than a block. */
	bool enabled;
	uint64_t revision;	/* of the record; 0 for a new one */
	void *kept;	/* owned, never changed: the record, whole */
};

/* Parses one record.  ERR_CORRUPT names the key and the field. */
int pool_read(const struct record *record, struct pool *ret, struct err *e);
void pool_done(struct pool *p);

/*
 * False: the pool is usable, or merely disabled.  Else why nobody is assigned an address of
 * it: ERR_CORRUPT where the record is at fault, ERR_POOL where it is being deleted or its
 * status refuses it.
 */
bool pool_tell_unusable(const struct pool *p, struct err *ret);

/* A record that does not parse. */
struct pool_unreadable {
	char *name;	/* owned: the one that its record goes by */
	char *why;	/* owned; names the key */
	enum family family;	/* of its CIDR; FAMILY_NONE: not known */
};

struct pools {
	struct pool *list;	/* in name order; both families */
	size_t n, cap;
	struct pool_unreadable *unreadable;	/* owned; what was skipped, in name order */
	size_t n_unreadable;
};

/* All pools of the view that parse; others are skipped (docs/DATA-MODEL.md 1). */
int pools_read(const struct view *view, struct pools *ret, struct err *e);
/* One more, behind them: of a record that is about to be written. */
int pools_add(struct pools *p, const struct record *record, struct err *e);
void pools_done(struct pools *p); /* also for __cleanup */
const struct pool *pools_by_name(const struct pools *p, const char *name);
/* The first of the family that does not parse, or may be of it; NULL: none. */
const struct pool_unreadable *pools_unreadable(const struct pools *p, enum family family);
/* "enabled", "disabled" or "unusable", for people. */
const char *pool_state(const struct pool *p);

/* The enabled pool that holds the address, or NULL; any pool when `disabled_too`. */
const struct pool *pools_holding(const struct pools *p, struct addr a, bool disabled_too);

/* "[Workload Tunnel]", as Go prints the list. */
void pool_print_uses(const struct pool *p, char out[64]);

/* What a new pool is made from; NULL or 0: the default. */
struct pool_spec {
	const char *name;
	const char *cidr;	/* text, as the user wrote it */
	unsigned block_len;
	const char *node_selector, *namespace_selector;
	const char *ipip_mode, *vxlan_mode;
	const char *assignment_mode;	/* "Automatic", "Manual" */
	const char *allowed_uses[3];
	unsigned n_allowed_uses;
	bool nat_outgoing, disabled, disable_bgp_export;
	const struct labels *labels, *annotations;	/* of its metadata; NULL: none */
};

/*
 * Validates against docs/DATA-MODEL.md 5.1, the pools beside it, which are those of the view
 * and maybe more, and the view's block keys (overlap, blocks of another size), and appends the
 * record as calicoctl stores it.
 * ERR_CONFIG names the field and what it must be; ERR_EXISTS an overlap.
 */
int pool_new(const struct pool_spec *spec, const struct pools *beside, const struct view *view,
	     const char *uid, int64_t now_ns, struct buf *out, struct err *e);

/*
 * What a pool or a change of one must keep to whatever else is in the store: block
 * size, modes, selectors and uses of docs/DATA-MODEL.md 5.1.  ERR_CONFIG names the field.
 */
int pool_check(const struct pool_spec *spec, struct err *e);

enum pool_switch { POOL_SWITCH_AS_IS, POOL_SWITCH_OFF, POOL_SWITCH_ON };

/* What is to be changed of a pool; NULL or 0: nothing.  "" is the default. */
struct pool_change {
	const char *node_selector, *namespace_selector;
	const char *ipip_mode, *vxlan_mode;
	const char *assignment_mode;
	const char *allowed_uses[3];
	unsigned n_allowed_uses;
	enum pool_switch nat_outgoing, disabled, disable_bgp_export;
	const struct labels *labels, *annotations;	/* these and no others */
	/* What cannot be changed, and is to be what it is. */
	const char *cidr;
	unsigned block_len;
};

/*
 * Appends the pool's record with the change made: name, uid, creationTimestamp, cidr,
 * blockSize and what this project does not know stay.  Validated as pool_check() does,
 * unless nothing changes or all that happens is that it is disabled; LoadBalancer cannot
 * change back.
 * *ret_changed: the record differs.
 */
int pool_update(const struct pool *pool, const struct pool_change *change, struct buf *out,
		bool *ret_changed, struct err *e);

/* Appends the pool's record, disabled and else as it is. */
int pool_print_disabled(const struct pool *pool, struct buf *out, struct err *e);
/* Appends the record of a pool that comes out of this one: a name and CIDR of its own. */
int pool_print_part(const struct pool *pool, const char *name, struct cidr cidr, const char *uid,
		    int64_t now_ns, struct buf *out, struct err *e);

/* The name of a pool that the local store makes from a CIDR: "10-0-0-0-16", "fd00---64". */
void pool_name_of_cidr(struct cidr c, char out[CIDR_TEXT]);

#endif
