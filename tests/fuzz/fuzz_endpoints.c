/* SPDX-License-Identifier: Apache-2.0 */
/* A list of endpoints; none may reach another host than its text says. */
#include "datastore/etcd/endpoints.h"
#include "tests/fake/settings_of.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct settings settings __cleanup(settings_done) = { 0 };
	struct endpoints p = { 0 };
	struct err e = { 0 };

	if (!*text || strlen(text) > SETTINGS_VALUE_MAX)
		return 0;
	settings_init(&settings);
	settings_also(&settings, "etcd_endpoints", text);
	settings_also(&settings, "run_path", input_folder());
	if (endpoints_init(&p, &settings, deadline_in_ms(1000), &e) < 0) {
		promise(e.kind == ERR_CONFIG, "who fails says why");
		return 0;
	}
	for (size_t i = 0; i < p.n; i++)
		promise(strlen(p.url[i]) < ENDPOINT_LEN && !strpbrk(p.url[i], " @#?\\\r\n\t"),
			"an endpoint is a scheme, a host and a port");
	endpoints_good(&p, p.n - 1, false);
	endpoints_done(&p);
	return 0;
}
