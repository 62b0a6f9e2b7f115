/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network's folder below dhcp_confs: the files that dnsmasq reads, and those by which
 * Calico's agent would know the network again.
 */
#ifndef OPENSTACK_AGENT_FOLDER_H
#define OPENSTACK_AGENT_FOLDER_H

#include "openstack/serve/files.h"

#define FOLDER_FILE_MAX (8 << 20)	/* bytes of one file */

/* All that folder_write() and folder_note_taps() would write, to see whether it is another. */
void folder_print(const struct network *n, const struct serving *s, struct buf *out);

/* True where the folder of all networks was one that dnsmasq cannot read in: it was mended. */
bool folder_mend_common(const struct serving *s);

/*
 * Writes host, addn_hosts, opts and interface where they differ from what is there.
 * *changed becomes true where one of them does, also where a later one fails.  `told`, unless
 * NULL, is given a line for each that did.  One that dnsmasq's user cannot read differs too.
 */
int folder_write(const struct network *n, const struct serving *s, bool *changed, struct buf *told,
		 struct err *e);

/*
 * The same of all but host, of which `told` says why: what it says of the past is needed by
 * whoever ends the network's dnsmasq.
 */
int folder_write_but_host(const struct network *n, const struct serving *s, struct buf *told,
			  struct err *e);

/* What the folder says of the past. */
struct folder_past {
	struct buf leases, hosts;
	struct taps taps;
};

#define FOLDER_PAST { .leases = BUF(FOLDER_FILE_MAX), .hosts = BUF(FOLDER_FILE_MAX) }

/* Before folder_write(), which makes a past of the host file. */
int folder_read_past(const struct network *n, const struct serving *s, struct folder_past *ret,
		     struct err *e);
void folder_past_done(struct folder_past *p);	/* also for __cleanup */

/* False where a lease must go: see leases_are_stale(). */
bool folder_leases_are_good(const struct network *n, const struct folder_past *p);

/*
 * Writes the lease file of a dnsmasq that has ended and is about to start.  Before
 * folder_note_taps() and folder_write(): until then, whoever is interrupted finds the past again.
 */
int folder_write_leases(const struct network *n, const struct serving *s,
			const struct folder_past *p, struct err *e);

/* Which links the taps are now. */
int folder_note_taps(const struct network *n, const struct serving *s,
		     const struct folder_past *p, struct err *e);

/*
 * Removes the folder, as Neutron's agent does with a network that it serves no more, but only
 * files of a network: one that holds others stays, with them.
 */
int folder_remove(const char *confs, const char *network, struct err *e);

#endif
