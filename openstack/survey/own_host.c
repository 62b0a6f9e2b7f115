/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/survey/own_host.h"

#include "base/io.h"
#include "openstack/config/agent_config.h"
#include "openstack/config/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METRICS_MAX (1 << 20)	/* bytes */

void own_host_done(struct own_host *h)
{
	survey_done(&h->survey);
}

static int read_config(const char *file, struct agent_config *ret, struct err *e)
{
	static char program[] = "calico-dhcp-agent", option[] = "--config-file";
	struct command_line line __cleanup(command_line_done) = { 0 };
	char named[4096] = "", name[NAME_TEXT] = "";
	char *argv[] = { program, option, named, NULL };

	snprintf(named, sizeof(named), "%s", file ? file : "");
	gethostname(name, sizeof(name) - 1);
	if (command_line_read(&line, file ? 3 : 1, argv, e) < 0)
		return -1;
	return agent_config_read(ret, (const char *const *)line.files, line.n_files, name, e);
}

static int read_records(const struct agent_config *c, struct survey *ret, struct err *e)
{
	struct findings others __cleanup(findings_done) = { 0 };
	struct settings settings __cleanup(settings_done) = { 0 };
	struct datastore *ds;
	int rc;

	if (agent_config_settings(c, &settings, e) < 0 ||
	    datastore_open(&ds, &settings, OPEN_TO_LOOK, deadline_in_ms(OWN_HOST_MS), e) < 0)
		return -1;
	rc = survey_read(ds, c->openstack_region, ret, &others, e);
	datastore_close(ds);
	return rc;
}

static uint64_t read_revision(const char *metrics_file)
{
	static const char mark[] = "\ncalico_dhcp_agent_store_revision ";
	struct buf text __cleanup(buf_done) = BUF(METRICS_MAX);
	struct err ignored = { 0 };
	const char *at;

	if (!*metrics_file || io_read_file(metrics_file, &text, &ignored) < 0)
		return 0;
	at = strstr(text.data, mark);
	return at ? strtoull(at + strlen(mark), NULL, 10) : 0;
}

int own_host_read(const char *file, struct own_host *ret, bool *ret_configured, struct err *e)
{
	struct agent_config config __cleanup(agent_config_done) = { 0 };

	*ret_configured = false;
	if (read_config(file, &config, e) < 0)
		return -1;
	*ret_configured = true;
	snprintf(ret->name, sizeof(ret->name), "%s", config.host);
	ret->revision = read_revision(config.metrics_file);
	return read_records(&config, &ret->survey, e);
}
