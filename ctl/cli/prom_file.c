/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/prom_file.h"

#include "base/io.h"

#include <string.h>
#include <sys/stat.h>

#define MODE 0644
#define ENDING ".prom"

int prom_file_check(struct call *call, const char *path, struct err *e)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t len = strlen(name), end = strlen(ENDING);

	if (len > end && strcmp(name + len - end, ENDING) == 0)
		return 0;
	return call_wrong_use(call, e, "--output-file \"%.200s\" must end in " ENDING ": "
			      "node_exporter reads no other file", path);
}

int prom_file_save(const char *path, const struct buf *text, struct err *e)
{
	if (text->failed)
		return err_set(e, ERR_LIMIT, "out of memory, or too many pools and nodes");
	umask(022);
	return io_replace_file(path, text->data, text->len, MODE, e);
}
