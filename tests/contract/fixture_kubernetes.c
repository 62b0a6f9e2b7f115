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
#define EMPTIED "{ippools,ipreservations,ipamblocks,blockaffinities,ipamhandles," \
	"clusterinformations"
#define EMPTIED_V1 "/apis/crd.projectcalico.org/v1/" EMPTIED ",ipamconfigs}"
#define EMPTIED_V3 "/apis/projectcalico.org/v3/" EMPTIED ",ipamconfigurations}"

static pid_t pid;
static int input = -1, output = -1;	/* of by_hand.sh */
static char folder[64], said[512];
static const char *kubeconfig, *admin, *url;

static const char *group(void)
{
	const char *asked = getenv("KUBE_GROUP");

	return asked && *asked ? asked : "v1";
}

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

static void run_server(int from, int to)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(from, STDIN_FILENO);
	dup2(to, STDOUT_FILENO);
	close(input);
	close(output);
	execl("/bin/sh", "sh", BY_HAND, folder, group(), NULL);
	_exit(127);
}

static int count_lines(const char *text)
{
	int n = 0;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* So many lines come when it is ready; false if they do not. */
static bool read_lines(char *text, size_t size, int lines)
{
	struct deadline until = deadline_in_ms(START_MS);
	struct pollfd ready = { .fd = output, .events = POLLIN };
	size_t len = 0;

	memset(text, 0, size);
	while (count_lines(text) < lines && len < size - 1) {
		ssize_t n = 0;

		if (poll(&ready, 1, (int)deadline_left_ms(until)) == 1)
			n = read(output, text + len, size - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return count_lines(text) == lines;
}

void kubernetes_start(void)
{
	int to[2], from[2];
	bool is_ready;

	strcpy(folder, "/tmp/calico-ipam-kubernetes.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	input = to[1];
	output = from[0];
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_server(to[0], from[1]);
	close(to[0]);
	close(from[1]);
	is_ready = read_lines(said, sizeof(said), 3);
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
	close(input);
	close(output);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void ask(const char *word)
{
	char line[16];

	ck_assert_int_eq(write(input, word, strlen(word)), (ssize_t)strlen(word));
	ck_assert(read_lines(line, sizeof(line), 1));
	ck_assert_str_eq(line, word);
}

void kubernetes_keep(void)
{
	ask("keep\n");
}

void kubernetes_come_back(void)
{
	ask("back\n");
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
		 " '%s%s' '%s/api/v1/nodes' >'%s/emptied'", folder, folder, folder, url,
		 strcmp(group(), "v3") == 0 ? EMPTIED_V3 : EMPTIED_V1, url, folder);
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
