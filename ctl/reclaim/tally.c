/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/reclaim/tally.h"

#include "base/io.h"
#include "ctl/cli/prom_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NAME "calico_ipam_reclaimed_addresses_total"
#define LOCK_MS 10000	/* it is held while a file is read and written */
#define FILE_MAX_LEN (64 << 10) /* bytes */

const char *const verdict_words[N_VERDICTS] = {
	[VERDICT_ADDRESS_IN_USE] = "addressInUse", [VERDICT_NAMESPACE_LIVES] = "namespaceLives",
	[VERDICT_CACHE_NAMES_IT] = "cacheNamesIt", [VERDICT_NO_EVIDENCE] = "noEvidence",
	[VERDICT_ELSEWHERE] = "elsewhere", [VERDICT_STRANGE] = "strange",
	[VERDICT_OTHER_MACHINE] = "otherMachine", [VERDICT_EARLIER_BOOT] = "earlierBoot",
	[VERDICT_MACHINE_GONE] = "machineGone", [VERDICT_NODE_GONE] = "nodeGone",
	[VERDICT_NAMESPACE_GONE] = "namespaceGone", [VERDICT_NOT_IN_CACHE] = "notInCache",
};

static uint64_t told(const char *text, int verdict)
{
	char line[128];
	const char *at;
	uint64_t n = 0;

	snprintf(line, sizeof(line), "\n" NAME "{reason=\"%s\"} ", verdict_words[verdict]);
	at = strstr(text, line);
	if (at && sscanf(at + strlen(line), "%" SCNu64, &n) != 1)
		n = 0;
	return n;
}

static uint64_t count(const struct reclaim *cases, int verdict)
{
	uint64_t n = 0;

	for (size_t i = 0; i < cases->n; i++)
		n += cases->list[i].released && (int)cases->list[i].verdict == verdict;
	return n;
}

/*
 * Two runs at once would lose what one of them counts.  -1 where the lock cannot be had: that is
 * no reason to count nothing.
 */
static int lock_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct err ignored = { 0 };
	int fd = -1;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - path) : 1,
		 slash ? path : ".");
	io_lock_existing(folder, deadline_in_ms(LOCK_MS), &fd, &ignored);
	return fd;
}

int tally_add(const char *path, const struct reclaim *cases, struct err *e)
{
	int lock __cleanup(close_fd) __unused_arg = lock_folder(path);
	struct buf before __cleanup(buf_done) = BUF(FILE_MAX_LEN);
	struct buf text __cleanup(buf_done) = BUF(FILE_MAX_LEN);

	if (io_read_file(path, &before, e) < 0 && e->kind != ERR_NOT_FOUND)
		return -1;
	err_reset(e);
	buf_printf(&text, "# HELP " NAME " Addresses that reclaim gave back, by what told that "
		   "their container is gone.\n# TYPE " NAME " counter\n");
	for (int v = VERDICT_EARLIER_BOOT; v < N_VERDICTS; v++)
		buf_printf(&text, NAME "{reason=\"%s\"} %" PRIu64 "\n", verdict_words[v],
			   told(before.len ? before.data : "", v) + count(cases, v));
	return prom_file_save(path, &text, e);
}
