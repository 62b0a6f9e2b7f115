/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/machine.h"

#include "base/fnv.h"
#include "base/io.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_LEN 128 /* bytes */
#define UUID_DIGITS 32

static int open_file(const char *path, bool of_kernel)
{
	int fd = -1;

	if (of_kernel)
		return io_open_of_kernel(path);
	io_open(path, O_RDONLY, 0, &fd);
	return fd;
}

/*
 * The hexadecimal digits of the file's text without dashes; "" unless it is a UUID.  It is a
 * line, so that one read is the whole.
 */
static void read_uuid(const char *path, bool of_kernel, char ret[UUID_DIGITS + 1])
{
	int fd __cleanup(close_fd) = open_file(path, of_kernel);
	char text[FILE_MAX_LEN + 1];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	unsigned n = 0;

	ret[0] = '\0';
	if (len < 0 || len == sizeof(text))
		return;
	text[len] = '\0';
	for (const char *c = text; isxdigit((unsigned char)*c) || *c == '-'; c++)
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

	read_uuid(either(files->boot, MACHINE_BOOT_FILE), true, boot);
	snprintf(ret->boot, sizeof(ret->boot), "%.*s", MACHINE_BOOT_LEN, boot);
	ret->id[0] = '\0';
	read_uuid(either(files->id, MACHINE_ID_FILE), false, both);
	if (!*both)
		return;
	read_uuid(either(files->uuid, MACHINE_UUID_FILE), true, both + UUID_DIGITS);
	digest = fnv1a(both, strlen(both));
	snprintf(ret->id, sizeof(ret->id), "%06" PRIx64, (digest ^ digest >> 24 ^ digest >> 48) &
						       0xffffff);
}
