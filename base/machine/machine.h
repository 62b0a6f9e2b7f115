/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which machine this is, and which boot of it.
 *
 * Machines are told apart by /etc/machine-id, and by the UUID that the firmware gives
 * (/sys/class/dmi/id/product_uuid) where there is one: images are copied with their machine-id
 * in them.  Both go into one short digest, so that neither is told to who reads the store.
 */
#ifndef BASE_MACHINE_MACHINE_H
#define BASE_MACHINE_MACHINE_H

#define MACHINE_BOOT_LEN 16 /* hexadecimal digits */
#define MACHINE_ID_LEN 6 /* hexadecimal digits: one in 16 million */

#define MACHINE_BOOT_FILE "/proc/sys/kernel/random/boot_id"
#define MACHINE_ID_FILE "/etc/machine-id"
#define MACHINE_UUID_FILE "/sys/class/dmi/id/product_uuid"

struct machine {
	char boot[MACHINE_BOOT_LEN + 1]; /* of the boot's UUID the first digits; "": not told */
	char id[MACHINE_ID_LEN + 1]; /* "": it has no machine-id, or none yet */
};

/* Where to look; a NULL is the file above. */
struct machine_files {
	const char *boot, *id, *uuid;
};

void machine_read(const struct machine_files *files, struct machine *ret);

#endif
