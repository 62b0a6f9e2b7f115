/* SPDX-License-Identifier: Apache-2.0 */
#include "base/machine/origin.h"

#include "base/err.h"
#include "base/machine/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX "0123456789abcdef"
#define NUMBER_LEN 16 /* digits of 64 bits */

void origin_print_netns(const struct netns *netns, const char *machine,
			char ret[ORIGIN_NETNS_TEXT])
{
	char number[NUMBER_LEN + 1] = "";

	if (netns->cookie)
		snprintf(number, sizeof(number), "%" PRIx64, netns->cookie);
	else if (netns->inode)
		snprintf(number, sizeof(number), "i%" PRIx32, (uint32_t)netns->inode);
	snprintf(ret, ORIGIN_NETNS_TEXT, "%s%s%.*s", number, *machine ? "." : "", MACHINE_ID_LEN,
		 machine);
}

int origin_parse_netns(const char *text, struct netns *ret, char ret_machine[MACHINE_ID_LEN + 1])
{
	const char *number = text + (*text == 'i');
	size_t len = strspn(number, HEX);
	const char *machine = number + len + (number[len] == '.');
	uint64_t n = len ? strtoull(number, NULL, 16) : 0;

	if (len > NUMBER_LEN || (!n && (len || *text != '.')) ||
	    (number[len] == '.' ? strlen(machine) != MACHINE_ID_LEN : *machine != '\0') ||
	    strspn(machine, HEX) != strlen(machine))
		return -1;
	*ret = (struct netns){0};
	*(number == text ? &ret->cookie : &ret->inode) = n;
	memcpy(ret_machine, machine, strlen(machine) + 1);
	return 0;
}

int origin_find(const char *run_path, const char *path, struct origin *ret, struct err *e)
{
	struct netns netns = {0};
	struct err ignored = {0};
	struct machine machine;

	machine_read(&(struct machine_files){0}, &machine);
	if (*machine.boot && place_note(run_path, machine.boot, &ignored) == 0 &&
	    netns_read(path, &netns, e) < 0)
		return -1;
	memcpy(ret->boot, machine.boot, sizeof(ret->boot));
	origin_print_netns(&netns, machine.id, ret->netns);
	return 0;
}
