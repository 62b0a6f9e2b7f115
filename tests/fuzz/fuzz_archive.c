/* SPDX-License-Identifier: Apache-2.0 */
/* A file of export, read to its end twice. */
#include "ctl/transfer/archive.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

static int read_all(struct archive_reader *r, uint64_t *ret_n)
{
	struct err e = { 0 };
	int rc;

	*ret_n = 0;
	while ((rc = archive_read(r, &e)) > 0) {
		promise(strncmp(r->record.key, KEY_ROOT, strlen(KEY_ROOT)) == 0,
			"an archive holds records of Calico's alone");
		++*ret_n;
	}
	promise(rc == 0 || *e.text, "who fails says why");
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive_reader r __cleanup(archive_reader_done) = { 0 };
	const char *path = input_file("archive", data, size);
	uint64_t n, again;
	struct err e = { 0 };
	int rc;

	if (archive_read_open(&r, path, &e) < 0)
		return 0;
	rc = read_all(&r, &n);
	if (archive_rewind(&r, &e) == 0)
		promise(read_all(&r, &again) == rc && again == n,
			"an archive reads the same twice");
	return 0;
}
