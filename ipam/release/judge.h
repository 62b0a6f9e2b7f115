/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the container that holds an allocation is gone, by evidence: purely, from what the
 * allocation says of where it is (docs/DATA-MODEL.md 7.6) and what its machine shows.
 *
 *	allocation says		dead for certain where
 *	an earlier boot of this	nothing more is asked
 *	  machine
 *	this boot, a cookie	its namespace is nowhere, seen from the only place where this
 *				node's allocations are made
 *	this boot, an inode	the same, and the runtime's CNI cache does not name it either
 *	neither (Calico's own,	the cache does not name it, or names a namespace that is gone
 *	  older ones)
 *
 * Nothing is dead whose address any live namespace has on an interface.  What another machine
 * made is judged by none of this.
 */
#ifndef IPAM_RELEASE_JUDGE_H
#define IPAM_RELEASE_JUDGE_H

#include "base/machine/machine.h"
#include "base/machine/netns.h"
#include "ipam/record/attribute.h"

enum verdict {
	/* It lives. */
	VERDICT_ADDRESS_IN_USE, /* a live namespace, or a pod, has the address */
	VERDICT_NAMESPACE_LIVES,
	VERDICT_CACHE_NAMES_IT,
	/* Nobody can tell. */
	VERDICT_NO_EVIDENCE, /* it says neither, and the cache is empty or not to be read */
	VERDICT_ELSEWHERE, /* this is not the only place, or not known to be */
	VERDICT_STRANGE, /* it says what this version does not understand */
	VERDICT_OTHER_MACHINE,
	/* It is dead. */
	VERDICT_EARLIER_BOOT,
	VERDICT_MACHINE_GONE, /* the other machine is, so the administrator says */
	VERDICT_NODE_GONE, /* and so is the node */
	VERDICT_NAMESPACE_GONE,
	VERDICT_NOT_IN_CACHE,
	N_VERDICTS
};

/* In words: "its network namespace is gone". */
extern const char *const verdict_texts[N_VERDICTS];

bool verdict_is_dead(enum verdict v);
/* A dead one that needs no second look. */
bool verdict_is_final(enum verdict v);

/* The machine that judges. */
struct judge {
	const char *boot, *machine; /* of machine.h; "": not known */
	const char *gone_machine; /* the digits of one that is gone for good, or NULL */
	bool here; /* it sees what those who make this node's allocations see */
};

enum judge_cache { CACHE_UNKNOWN, CACHE_NAMES_IT, CACHE_DOES_NOT };

/* What it shows of one allocation. */
struct sight {
	bool address_in_use;
	bool namespace_there;
	enum judge_cache cache;
};

/* What an allocation says of where its container is. */
struct whereabouts {
	bool strange; /* not to be understood; else */
	const char *boot; /* NULL: not told */
	struct netns netns; /* zero: not told */
	char machine[MACHINE_ID_LEN + 1]; /* "": not told */
};

void whereabouts_read(const struct attribute *attribute, struct whereabouts *ret);

enum verdict judge_allocation(const struct judge *j, const struct whereabouts *w,
			      const struct sight *s);

#endif
