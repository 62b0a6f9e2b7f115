/* SPDX-License-Identifier: Apache-2.0 */
/* A report of a check, by which `release --from-report` would release. */
#include "ctl/inspect/release_report.h"
#include "tests/fake/fake_store.h"
#include "tests/fuzz/fixture_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *paths[2] = { input_file("report", data, size) };
	struct fake_store *store = fake_new();
	struct datastore *ds = fake_open(store);

	paths[1] = paths[0];
	for (unsigned n = 1; n <= 2; n++) {
		struct release_report report __cleanup(release_report_done) = { 0 };
		struct err e = { 0 };

		if (release_report_read(ds, paths, n, true, &report, &e) < 0)
			promise(*e.text, "who fails says why");
	}
	datastore_close(ds);
	fake_free(store);
	return 0;
}
