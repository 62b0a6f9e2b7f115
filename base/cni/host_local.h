/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reservations of host-local, the reference IPAM plugin: a folder a network, a file
 * an address, in it the container id and, since 0.8, the interface on a line of its own
 * (plugins/ipam/host-local/backend/disk).  Whoever changes them holds the lock.
 */
#ifndef BASE_CNI_HOST_LOCAL_H
#define BASE_CNI_HOST_LOCAL_H

#include "base/address/addr.h"
#include "base/clock.h"
#include "base/err.h"

#include <stddef.h>

#define HOST_LOCAL_FOLDER "/var/lib/cni/networks"
#define HOST_LOCAL_FILE_MAX 4096	/* bytes of one file */

struct host_local_entry {
	struct addr addr;
	char *file;	/* owned: its name in the folder */
	char *container;	/* owned; "": the file is empty, as a power cut leaves it */
	char *ifname;	/* owned; NULL: not told */
};

struct host_local {
	const char *folder;
	struct host_local_entry *list;	/* owned; by container, interface, address */
	size_t n, cap;
	int lock;	/* descriptor that holds the lock, or -1 */
};

/*
 * ERR_NOT_FOUND if there is no such folder, or if it holds something, and neither an address nor
 * what host-local puts beside them: so is the folder that networks' folders are in.  An empty
 * one is what may be left of a network's.
 */
int host_local_refuse_other(const char *folder, struct err *e);

/*
 * ERR_IO names a folder within it, which host_local_remove_folder() would not remove; success
 * where there is no such folder.
 */
int host_local_refuse_subfolders(const char *folder, struct err *e);

/*
 * Takes the lock and reads all; what is no address (last_reserved_ip.0, lock) is passed
 * over.  ERR_NOT_FOUND if there is no such folder; ERR_DECODE names a file whose
 * content is not a container id and an interface.
 */
int host_local_read(const char *folder, struct deadline until, struct host_local *ret,
		    struct err *e);
void host_local_done(struct host_local *h);	/* also for __cleanup; lets go of the lock */

/* How many there are, without the lock.  ERR_NOT_FOUND if there is no such folder. */
int host_local_count(const char *folder, size_t *ret, struct err *e);

/* Removes the files of all that was read. */
int host_local_remove(const struct host_local *h, struct err *e);

/*
 * Removes the folder, with the lock and all other files in it; success where there is none.
 * ERR_IO names what stays.
 */
int host_local_remove_folder(const char *folder, struct err *e);

#endif
