/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror's file: the input as what stands behind its head, to which the checksum is made to
 * fit, and the input as it is.
 */
#include "base/fnv.h"
#include "base/io.h"
#include "datastore/mirror.h"
#include "tests/fake/settings_of.h"
#include "tests/fuzz/fixture_input.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static char name[256];	/* of the file, and its first bytes as the mirror writes them */
static struct buf head = BUF(4096);

/* A mirror of one absent key, from which the rest of the file is cut. */
static void learn_head(const struct mirror *m)
{
	size_t counts = 7 * sizeof(uint64_t) + 1 + strlen("/a") + 1;
	struct wants keep __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	DIR *dir = opendir(input_folder());
	struct dirent *it;
	char path[512];
	struct err e = { 0 };

	wants_add(&keep, "/a", RANGE_KEY);
	mirror_save(m, &view, &keep);
	while ((it = readdir(dir)))
		if (strncmp(it->d_name, "mirror-", 7) == 0)
			snprintf(name, sizeof(name), "%s", it->d_name);
	closedir(dir);
	snprintf(path, sizeof(path), "%s/%s", input_folder(), name);
	promise(io_read_file(path, &head, &e) == 0 && head.len > counts, "a mirror is written");
	head.len -= counts;
}

static void load(struct mirror *m)
{
	struct view view __cleanup(view_done) = { 0 };

	mirror_load(m, &view);
	promise(view.from_mirror || !view.n_ranges, "what does not fit is as if it were not there");
	for (size_t i = 0; i < view.n_records; i++)
		promise(strlen(view.records[i].key) <= VIEW_KEY_MAX, "a key is a key");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_endpoints", "http://a:1", "run_path", input_folder());
	const struct datastore_traits traits = { .transactions = true, .in_order = true,
						 .mirrored = true, .place = "etcd http://a:1" };
	struct mirror *m = mirror_open(&settings, &traits, "node-a");
	struct buf file __cleanup(buf_done) = BUF(MIRROR_FILE_MAX);
	size_t at = strlen("calico-ipam mirror 3\n");
	uint64_t sum;

	if (!*name)
		learn_head(m);
	buf_add(&file, head.data, head.len);
	buf_add(&file, data, size);
	sum = fnv1a_words(file.data + at + sizeof(sum), file.len - at - sizeof(sum));
	memcpy(file.data + at, &sum, sizeof(sum));
	input_file(name, file.data, file.len);
	load(m);
	input_file(name, data, size);
	load(m);
	mirror_close(m);
	return 0;
}
