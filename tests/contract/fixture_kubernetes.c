/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/fixture_kubernetes.h"

#include "base/clock.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BY_HAND REPOSITORY "/tests/kubernetes/by_hand.sh"
#define START_MS 120000		/* a sanitizer's build beside it, on one core */
#define EMPTIED "/apis/crd.projectcalico.org/v1/{ippools,ipreservations,ipamblocks," \
	"blockaffinities,ipamhandles,ipamconfigs,clusterinformations}"

static pid_t pid;
static char folder[64], said[512];
static const char *kubeconfig, *admin, *url;

bool kubernetes_is_built(void)
{
	const char *tools = getenv("TOOLS");
	char path[512];

	snprintf(path, sizeof(path), "%s/kubernetes/kube-apiserver",
		 tools ? tools : REPOSITORY "/build/test-tools");
	if (access(path, X_OK) == 0)
		return true;
	if (getenv("CI")) {
		/* No test is running yet that could fail. */
		fprintf(stderr, "no %s, which CI does not allow\n", path);
		exit(EXIT_FAILURE);
	}
	fprintf(stderr, "SKIPPED: no %s (sh tests/kubernetes/build.sh)\n", path);
	return false;
}

static void run_server(int output)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(output, STDOUT_FILENO);
	execl("/bin/sh", "sh", BY_HAND, folder, NULL);
	_exit(127);
}

static int count_lines(void)
{
	int n = 0;

	for (const char *p = said; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* Three lines come when all is ready; false if they do not. */
static bool read_lines(int fd)
{
	struct deadline until = deadline_in_ms(START_MS);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (count_lines() < 3 && len < sizeof(said) - 1) {
		ssize_t n = 0;

		if (poll(&ready, 1, (int)deadline_left_ms(until)) == 1)
			n = read(fd, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		said[len] = '\0';
	}
	return count_lines() == 3;
}

void kubernetes_start(void)
{
	int ends[2];
	bool is_ready;

	memset(said, 0, sizeof(said));
	strcpy(folder, "/tmp/calico-ipam-kubernetes.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_server(ends[1]);
	close(ends[1]);
	is_ready = read_lines(ends[0]);
	close(ends[0]);
	if (!is_ready)
		kubernetes_stop();
	ck_assert_msg(is_ready, BY_HAND " does not start a server");
	kubeconfig = strtok(said, "\n");
	admin = strtok(NULL, "\n");
	url = strtok(NULL, "\n");
}

void kubernetes_stop(void)
{
	char command[96];

	if (pid > 0) {
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
	pid = 0;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

const char *kubernetes_kubeconfig(void)
{
	return kubeconfig;
}

const char *kubernetes_admin(void)
{
	return admin;
}

const char *kubernetes_url(void)
{
	return url;
}

void kubernetes_empty(void)
{
	char command[1024];

	snprintf(command, sizeof(command), "curl -sSf --max-time 20 -X DELETE"
		 " --cacert '%s/tls/ca.crt' --cert '%s/tls/admin.crt' --key '%s/tls/admin.key'"
		 " '%s" EMPTIED "' '%s/api/v1/nodes' >'%s/emptied'",
		 folder, folder, folder, url, url, folder);
	ck_assert_int_eq(system(command), 0);
}

void kubernetes_make_node(const char *name)
{
	char command[1024];

	snprintf(command, sizeof(command), "curl -sSf --max-time 20 -X POST"
		 " --cacert '%s/tls/ca.crt' --cert '%s/tls/admin.crt' --key '%s/tls/admin.key'"
		 " -H 'Content-Type: application/json' --data '{\"metadata\":{\"name\":\"%s\"}}'"
		 " '%s/api/v1/nodes' >'%s/made'", folder, folder, folder, name, url, folder);
	ck_assert_int_eq(system(command), 0);
}
