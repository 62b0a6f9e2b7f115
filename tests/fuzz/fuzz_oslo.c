/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file of OpenStack's. */
#include "openstack/config/agent_config.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_config c __cleanup(agent_config_done) = { 0 };
	const char *path = input_file("neutron.conf", data, size);
	struct settings s __cleanup(settings_done) = { 0 };
	struct err e = { 0 };

	settings_init(&s);
	if (agent_config_read(&c, &path, 1, "host", &e) < 0) {
		promise(*e.text, "who fails says why");
		return 0;
	}
	promise(c.dhcp_confs[0] == '/', "files stand at an absolute path");
	promise(c.dnsmasq_lease_max > 0, "a limit is one");
	agent_config_settings(&c, &s, &e);
	return 0;
}
