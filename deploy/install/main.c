/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipam-install: puts calico-ipam onto a cluster's node and keeps it there.  It is what
 * the image starts (deploy/image.sh), as the only process of its container.
 */
#include "base/process/relro.h"
#include "base/process/standard.h"
#include "base/version.h"
#include "deploy/install/keep.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define WRONG_USE 2

static const char help[] =
	"Usage: calico-ipam-install [OPTIONS] run|ready\n"
	"\n"
	"  run    puts calico-ipam into the folder of CNI plugins once it would serve this\n"
	"         node's pods, puts it back when another is written over it, and when told\n"
	"         to end (SIGTERM) gives the name back to the one that it replaced\n"
	"  ready  exit status 0 if the installed calico-ipam is ours and would serve an ADD;\n"
	"         else what is wrong\n"
	"\n"
	"Options:\n"
	"  --bin-dir FOLDER   of the node's CNI plugins; /opt/cni/bin\n"
	"  --net-dir FOLDER   of its network configurations; /etc/cni/net.d\n"
	"  --from FOLDER      with calico-ipam and calico-ipamctl to install; /\n"
	"  -h, --help         this help\n"
	"  --version          the version\n"
	"\n"
	"What a network configuration names, such as its kubeconfig, is looked for under the\n"
	"same path as on the node.\n";

static const struct option options[] = {
	{ "bin-dir", required_argument, NULL, 'b' },
	{ "net-dir", required_argument, NULL, 'n' },
	{ "from", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

static int print(int option)
{
	if (option == 'h')
		fputs(help, stdout);
	else
		printf(CALICO_IPAM_VERSION "%s\n", version_build);
	return standard_printed("calico-ipam-install");
}

/* NULL: something is missing. */
static int wrong_use(const char *word)
{
	fprintf(stderr, "calico-ipam-install: wrong use%s%.60s; see calico-ipam-install --help\n",
		word ? ": " : "", word ? word : "");
	return WRONG_USE;
}

static int finish(int rc, const struct err *e)
{
	if (rc == 0)
		return 0;
	fprintf(stderr, "calico-ipam-install: %s\n", e->text);
	return 1;
}

static int carry_out(const char *verb, const struct node *n)
{
	struct err e = { 0 };

	if (strcmp(verb, "run") == 0)
		return finish(keep_run(n, &e), &e);
	if (strcmp(verb, "ready") == 0)
		return finish(ready_installed(n, &e), &e);
	return wrong_use(verb);
}

int main(int argc, char **argv)
{
	struct node n = { .bin_dir = "/opt/cni/bin", .net_dir = "/etc/cni/net.d", .from = "" };
	int option;

	relro_protect();
	standard_open();
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h' || option == 'v')
			return print(option);
		if (option == '?' && (optopt <= 0 || strchr("bnfhv", optopt)))
			return wrong_use(argv[optind - 1]);
		if (option == '?')
			return wrong_use((const char[]){ '-', (char)optopt, '\0' });
		*(option == 'b' ? &n.bin_dir : option == 'n' ? &n.net_dir : &n.from) = optarg;
	}
	if (optind + 1 != argc)
		return wrong_use(optind < argc ? argv[optind + 1] : NULL);
	return carry_out(argv[optind], &n);
}
