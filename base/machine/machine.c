/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/machine.h"

#include "base/fnv.h"
#include "base/io.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_LEN 128 /* bytes */
#define UUID_DIGITS 32

/* The hexadecimal digits of the file's text without dashes; "" unless it is a UUID. */
static void read_uuid(const char *path, char ret[UUID_DIGITS + 1])
{
	struct buf text __cleanup(buf_done) = BUF(FILE_MAX_LEN);
	struct err ignored = {0};
	unsigned n = 0;

	ret[0] = '\0';
	if (io_read_file(path, &text, &ignored) < 0 || text.failed)
		return;
	for (const char *c = text.data; isxdigit((unsigned char)*c) || *c == '-'; c++)
		if (*c != '-' && n < UUID_DIGITS)
			ret[n++] = (char)tolower((unsigned char)*c);
	ret[n == UUID_DIGITS ? n : 0] = '\0';
}

static const char *either(const char *path, const char *usual)
{
	return path ? path : usual;
}

void machine_read(const struct machine_files *files, struct machine *ret)
{
	char boot[UUID_DIGITS + 1], both[2 * UUID_DIGITS + 1];
	uint64_t digest;

	read_uuid(either(files->boot, MACHINE_BOOT_FILE), boot);
	snprintf(ret->boot, sizeof(ret->boot), "%.*s", MACHINE_BOOT_LEN, boot);
	ret->id[0] = '\0';
	read_uuid(either(files->id, MACHINE_ID_FILE), both);
	if (!*both)
		return;
	read_uuid(either(files->uuid, MACHINE_UUID_FILE), both + UUID_DIGITS);
	digest = fnv1a(both, strlen(both));
	snprintf(ret->id, sizeof(ret->id), "%06" PRIx64, (digest ^ digest >> 24 ^ digest >> 48) &
						       0xffffff);
}
