/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: one scan of everything, and all that does not agree.
 *
 * It streams as the utilization does.  What is kept of a block is its CIDR and owner, and
 * of each handle in it 16 bytes, so that a million allocations fit into some tens of
 * megabytes.
 *
 * Records are read at different moments while others write.  So what seems to
 * disagree is a suspicion first; after the scan, and a moment's patience, all are
 * looked at once more, each as of one moment (repairs.h), and only what is wrong then
 * becomes a finding.
 *
 * Whether an address is in use, nobody but its user can tell, and leaked is only what there
 * is evidence of: that nobody names it is none.  The caller may know
 * something about the containers of a node (`life`).  Where the store has all pods and
 * nodes, as Kubernetes' API has, they decide: leaked is what belongs to a pod that is not
 * there, has finished, or has other addresses, or to a node that is not there; not what
 * belongs to no pod, to another interface of one than eth0, or to a virtual machine.  With
 * `endpoints` Calico's WorkloadEndpoints and tunnel addresses decide of all, which only
 * suits clusters whose main plugin is Calico's.  Without any of these, no address counts
 * as leaked, and those that were not judged are counted.
 */
#ifndef IPAM_AUDIT_AUDIT_H
#define IPAM_AUDIT_AUDIT_H

#include "ipam/audit/problem.h"
#include "ipam/audit/utilization.h"

#define AUDIT_FINDINGS_MAX 100000	/* more are counted, and not kept */
#define AUDIT_PATIENCE_MS 300

enum audit_life {
	LIFE_UNKNOWN,	/* nobody here can know */
	LIFE_UNTOLD,	/* it would be known here, if it were as it should be, and is not */
	LIFE_ALIVE,
	LIFE_GONE,	/* by evidence */
};

/* What is known of a container, and of one that is gone by what: a constant text. */
struct audit_evidence {
	enum audit_life life;
	const char *why;
};

struct audit_finding {
	enum problem_kind kind;
	char *key;	/* owned: of the record; NULL for an address */
	struct addr addr;	/* FAMILY_NONE: it is about a record */
	char *text;	/* owned: what is wrong */
	char *handle;	/* owned: of a handle or an address; NULL: none */
	char *owner;	/* owned: of an affinity */
	char *node;	/* owned: of a leaked address; NULL: its allocation names none */
	struct cidr block;	/* of an affinity or a block */
	struct cidr *blocks;	/* owned: those that hold addresses of a handle */
	unsigned n_blocks;
	struct cidr *named;	/* owned: those that a handle names, of many the first */
	unsigned n_named;
	bool mended;		/* at once, as the options wanted */
	uint64_t sequence;	/* of a leaked address's allocation */
	uint64_t revision;	/* of a leaked handle's record */
	char *uid;		/* owned: of the same; NULL: the store has none */
};

/* One allocation, as the scan comes by; all texts live during the call. */
struct audit_allocation {
	const struct block *block;
	unsigned ordinal;
	const struct attribute *attribute;
	bool in_use;	/* false only if it is known to be unused */
	bool borrowed, cooling;
};

struct audit_options {
	int64_t now_ns;
	unsigned patience_ms;
	bool endpoints;
	/*
	 * What is wrong with handles and affinities is mended as soon as it is found, in the
	 * requests that examine it.  What audit_repair() mends beside, is left to it.
	 */
	bool mends;
	/* Of an allocation that is neither cooling nor of a tunnel; NULL: nothing is known. */
	struct audit_evidence (*life)(const struct attribute *attribute, const void *life_arg);
	const void *life_arg;
	void (*allocation)(const struct audit_allocation *a, void *arg);	/* or NULL */
	void *arg;
	/* Is shown each block as well, and each that does not parse; NULL: nobody. */
	const struct utilization_visitor *visitor;
	/* or NULL; total 0: not known */
	void (*progress)(const char *what, uint64_t n, uint64_t total, void *progress_arg);
	void *progress_arg;
};

struct audit {
	struct utilization utilization;	/* owned; what leaked is of the findings that are kept */
	struct audit_finding *list;	/* owned; by kind, then by key or address */
	size_t n, cap;
	uint64_t counts[N_PROBLEMS];	/* those not kept too */
	uint64_t handles, affinities, endpoints;	/* records looked at */
	bool pods;	/* the store has all pods: they were judged by */
	/* Information, no fault: held, but by no WorkloadEndpoint, on nodes that have some. */
	uint64_t without_endpoint;
	/*
	 * Containers' addresses, those of the last minute left out: of how many it was judged
	 * whether they are leaked, and of how many not.
	 */
	uint64_t judged, unjudged;
	uint64_t untold;	/* of the latter, those whose life is LIFE_UNTOLD */
	struct addr an_untold;	/* one of these */
};

/* The caller frees with audit_done().  The store's own errors. */
int audit_read(struct datastore *ds, const struct audit_options *options, struct audit *ret,
	       struct err *e);
void audit_done(struct audit *a);	/* also for __cleanup */

struct audit_repairs {
	size_t n;	/* findings that are right now, by this or by others */
	size_t failed;	/* those that are not, and were not judged */
	struct err why;	/* of the first of these */
};

/*
 * Mends all findings of a list that can be mended, and are not yet: what is wrong with them
 * at that moment.  -1 for the store's own errors; *ret then tells what was mended before.
 */
int audit_repair(struct datastore *ds, const struct audit_finding *list, size_t n, int64_t now_ns,
		 void (*progress)(const char *what, uint64_t n, uint64_t total, void *arg),
		 void *arg, struct audit_repairs *ret, struct err *e);

#endif
