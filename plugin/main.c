/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipam: the IPAM plugin.  One request, one answer, gone.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/process/heap.h"
#include "base/process/mark.h"
#include "base/process/relro.h"
#include "base/process/standard.h"
#include "base/version.h"
#include "plugin/commands.h"
#include "plugin/environment.h"
#include "plugin/reply.h"
#include "plugin/tally.h"
#include "plugin/upgrade/upgrade.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

MARK_EXECUTABLE("calico-ipam");

#define HEAP 300000 /* bytes of a usual request */

static void print_usage(FILE *to)
{
	fprintf(to, "Calico CNI IPAM " CALICO_IPAM_VERSION "%s\nCNI protocol versions supported: ",
		version_build);
	for (int i = 0; i < N_CNI_VERSIONS; i++)
		fprintf(to, "%s%s", i ? ", " : "", cni_version_texts[i]);
	fprintf(to, "\nA container runtime starts this program, with CNI_COMMAND in the "
		    "environment\n"
		    "and the network configuration on stdin; see calico-ipam(8).\n");
}

static int run_options(const char *option)
{
	if (strcmp(option, "-v") == 0 || strcmp(option, "--version") == 0) {
		printf(CALICO_IPAM_VERSION "%s\n", version_build);
		return standard_printed("calico-ipam");
	}
	/* One hyphen or two, as Go's flags are. */
	if (strcmp(option, "-upgrade") == 0 || strcmp(option, "--upgrade") == 0)
		return upgrade_run();
	print_usage(stderr);
	return strcmp(option, "-h") != 0 && strcmp(option, "--help") != 0;
}

static int write_answer(const struct buf *out)
{
	struct err e = {0};

	if (io_write_fd(STDOUT_FILENO, out->data, out->len, "stdout", &e) < 0)
		fprintf(stderr, "calico-ipam: %s\n", e.text);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	struct deadline started = deadline_in_ms(0);
	struct buf out __cleanup(buf_done) = BUF(REPLY_MAX);
	int status;

	relro_protect();
	heap_grow(HEAP);
	standard_open();
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (argc > 1)
		return run_options(argv[1]);
	if (!environment_is_cni()) {
		print_usage(stderr);
		return 0;
	}
	status = command_run(started, STDIN_FILENO, &out);
	if (write_answer(&out) != 0)
		status = 1;
	tally_end();
	return status;
}
