/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/contract/fixture_etcd.h"

#include "base/attr.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ETCD "/usr/bin/etcd"
#define START_MS 20000
#define STARTS 3

static pid_t pid;
static char folder[64], client[64], peer[64];
static int client_port;

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int free_port(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void run_etcd(void)
{
	char cluster[80];
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	snprintf(cluster, sizeof(cluster), "default=%s", peer);
	execl(ETCD, "etcd", "--data-dir", folder, "--listen-client-urls", client,
	      "--advertise-client-urls", client,
	      "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
	      "--initial-cluster", cluster, NULL);
	_exit(127);
}

static bool is_healthy(void)
{
	static const char request[] = "GET /health HTTP/1.0\r\n\r\n";
	struct sockaddr_in a = loopback(client_port);
	int fd __cleanup(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[1024];
	size_t len = 0;
	ssize_t n;

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return false;
	while (len < sizeof(answer) - 1 && (n = recv(fd, answer + len, sizeof(answer) - 1 - len,
						     0)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	return strstr(answer, "\"health\":\"true\"") != NULL;
}

static void remove_folder(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* False if it ended, as it does when another program took its port meanwhile. */
static bool start_once(void)
{
	struct deadline until = deadline_in_ms(START_MS);

	strcpy(folder, "/tmp/calico-ipam-etcd.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	client_port = free_port();
	snprintf(client, sizeof(client), "http://127.0.0.1:%d", client_port);
	snprintf(peer, sizeof(peer), "http://127.0.0.1:%d", free_port());
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run_etcd();
	while (!deadline_passed(until)) {
		if (is_healthy())
			return true;
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			pid = 0;
			break;
		}
		deadline_sleep_ms(until, 20);
	}
	etcd_stop();
	return false;
}

void etcd_start(void)
{
	for (int i = 0; i < STARTS; i++)
		if (start_once())
			return;
	ck_abort_msg(ETCD " does not start");
}

void etcd_stop(void)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	pid = 0;
	remove_folder();
}

const char *etcd_endpoint(void)
{
	return client;
}
