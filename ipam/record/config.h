/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPAM configuration (docs/DATA-MODEL.md 4), and how an administrator changes it:
 * rules that only the writer checks, and a record that says all it means.
 */
#ifndef IPAM_RECORD_CONFIG_H
#define IPAM_RECORD_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

#define IPAM_COOLDOWN_MAX_S 1200
#define IPAM_MAX_BLOCKS_MAX 1000000	/* blocks per host */

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
 * Sets one field from text: true or false, a whole number, Enabled or Disabled.  Its name
 * is taken in each spelling: "strict_affinity", "strictAffinity", "strictaffinity".
 * ERR_CONFIG names the field and what it must be, or all fields there are.
 */
int ipam_config_set(struct ipam_config *config, const char *field, const char *text,
		    struct err *e);
/* True if both mean the same. */
bool ipam_config_equal(const struct ipam_config *a, const struct ipam_config *b);
/* "Enabled" or "Disabled"; "", a record without the field, is "Enabled". */
const char *ipam_config_persistence(const struct ipam_config *config);

/*
 * ERR_CONFIG unless the fields go together: addresses must come from somewhere, so
 * not both without strict affinity and without automatic blocks; a limit of blocks
 * needs strict affinity.
 */
int ipam_config_check(const struct ipam_config *config, struct err *e);

/*
 * Appends the record: the old one (NULL: none) with the fields as they are now, zero
 * values left out as Calico leaves them out (docs/DATA-MODEL.md 4); fields that this
 * project does not know stay.
 */
int ipam_config_rewrite(const struct record *old, const struct ipam_config *config,
			struct buf *out, struct err *e);

#endif
