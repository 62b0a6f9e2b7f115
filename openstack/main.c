/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/log.h"
#include "base/process/relro.h"
#include "base/process/standard.h"
#include "base/version.h"
#include "openstack/agent/agent.h"
#include "openstack/config/command_line.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM "calico-dhcp-agent"
#define HOST_TEXT 256
#define ONCE_MAX (1 << 24)	/* bytes of what --once prints */

static int complain(const struct err *e)
{
	fprintf(stderr, PROGRAM ": %s\n", e->text);
	return 1;
}

static int read_config(const struct command_line *c, struct agent_config *ret, struct err *e)
{
	char host[HOST_TEXT] = "";

	gethostname(host, sizeof(host) - 1);
	return agent_config_read(ret, (const char *const *)c->files, c->n_files, host, e);
}

static void open_log(const struct command_line *c, const struct agent_config *config)
{
	const char *file = c->log_file ? c->log_file : config->log_file;
	const char *folder = c->log_dir ? c->log_dir : config->log_dir;
	bool debug = (config->debug || c->debug) && !c->quiet;
	char path[4352] = "";

	if (*file && *file != '/' && *folder)
		snprintf(path, sizeof(path), "%s/%s", folder, file);
	else if (*file || *folder)
		snprintf(path, sizeof(path), "%s%s", *file ? file : folder,
			 *file ? "" : "/calico-dhcp-agent.log");
	log_open(&(struct log_config){ .level = debug ? "debug" : "info", .file_path = path });
}

static int once(struct agent *a)
{
	struct buf out __cleanup(buf_done) = BUF(ONCE_MAX);
	struct err e = { 0 };

	if (agent_once(a, &out, &e) < 0)
		return complain(&e);
	fputs(out.data, stdout);
	return standard_printed(PROGRAM);
}

/* Of all but the first three: libraries do not set it on each of theirs. */
static void close_all_on_exec(void)
{
	DIR *folder __cleanup(close_folder) = opendir("/proc/self/fd");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (atoi(entry->d_name) > STDERR_FILENO)
			fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
}

/* What runs is taken over by the one that begins. */
static int begin_anew(int argc, char *argv[])
{
	struct command_line c __cleanup(command_line_done) = { 0 };
	struct agent_config config __cleanup(agent_config_done) = { 0 };
	struct agent trial __cleanup(agent_done) = { 0 };
	struct err e = { 0 };

	if (command_line_read(&c, argc, argv, &e) < 0 || read_config(&c, &config, &e) < 0 ||
	    agent_init(&trial, &config, &e) < 0) {
		log_error("the configuration is not taken, the old one stands",
			  LOG_TEXT("error", e.text));
		return 0;
	}
	log_info("all is read anew");
	close_all_on_exec();
	execv("/proc/self/exe", argv);
	return complain(&e);
}

static int run(const struct command_line *c, struct agent_config *config, int argc, char *argv[])
{
	struct agent a __cleanup(agent_done) = { 0 };
	struct err e = { 0 };
	int rc;

	if (agent_init(&a, config, &e) < 0)
		return complain(&e);
	if (c->once)
		return once(&a);
	while ((rc = agent_run(&a, &e)) > 0)
		if (begin_anew(argc, argv))
			return 1;
	return rc < 0 ? complain(&e) : 0;
}

int main(int argc, char *argv[])
{
	struct command_line c __cleanup(command_line_done) = { 0 };
	struct agent_config config __cleanup(agent_config_done) = { 0 };
	struct err e = { 0 };

	relro_protect();
	standard_open();
	umask(022);	/* dnsmasq reads what is written as a user of its own */
	prctl(PR_SET_NAME, PROGRAM);	/* not that of /proc/self/exe */
	if (command_line_read(&c, argc, argv, &e) < 0)
		return complain(&e);
	if (c.help)
		fputs(command_line_help, stdout);
	else if (c.version)
		printf(PROGRAM " " CALICO_IPAM_VERSION "%s\n", version_build);
	if (c.help || c.version)
		return standard_printed(PROGRAM);
	if (read_config(&c, &config, &e) < 0)
		return complain(&e);
	open_log(&c, &config);
	return run(&c, &config, argc, argv);
}
