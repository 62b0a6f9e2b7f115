/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/datastore/fixture_member.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/io.h"

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

#define START_MS 20000
#define STARTS 3

pid_t start_program(const char *const *argv)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], unconst(argv));
		_exit(127);
	}
	return pid;
}

int run_program(const char *const *argv)
{
	int status;

	ck_assert_int_gt(waitpid(start_program(argv), &status, 0), 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void stop_program(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

const char *member_file(const struct member *m, const char *name)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", m->folder, name);
	return path;
}

void member_init(struct member *m)
{
	*m = (struct member){0};
	strcpy(m->folder, "/tmp/calico-ipam-member.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(m->folder));
}

/* etcd tells of its health over plain HTTP on a port of its own, whatever its clients speak. */
static bool is_healthy(int port)
{
	static const char request[] = "GET /health HTTP/1.0\r\n\r\n";
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd __cleanup(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[1024];
	size_t len = 0;
	ssize_t n;

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return false;
	while ((n = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	return strstr(answer, "\"health\":\"true\"") != NULL;
}

int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd __cleanup(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

static pid_t start_etcd(const struct member *m)
{
	char cluster[64];
	const char *argv[] = {
		"etcd", "--data-dir", member_file(m, "data"), "--listen-client-urls", m->url,
		"--advertise-client-urls", m->url, "--listen-peer-urls", m->peer,
		"--initial-advertise-peer-urls", m->peer,
		"--initial-cluster", cluster, "--listen-metrics-urls", m->health,
		m->tls ? "--client-cert-auth" : NULL,
		"--cert-file", member_file(m, "server.crt"), "--key-file",
		member_file(m, "server.key"),
		"--trusted-ca-file", member_file(m, "ca.crt"), NULL,
	};

	snprintf(cluster, sizeof(cluster), "default=%s", m->peer);
	return start_program(argv);
}

static void choose_ports(struct member *m, bool tls)
{
	m->tls = tls;
	snprintf(m->url, sizeof(m->url), "%s://127.0.0.1:%d", tls ? "https" : "http", free_port());
	snprintf(m->peer, sizeof(m->peer), "http://127.0.0.1:%d", free_port());
	snprintf(m->health, sizeof(m->health), "http://127.0.0.1:%d", free_port());
}

/* False if it ended, as it does when another program took its port meanwhile. */
static bool start_once(struct member *m)
{
	struct deadline until = deadline_in_ms(START_MS);

	m->pid = start_etcd(m);
	while (!deadline_passed(until)) {
		if (is_healthy(atoi(strrchr(m->health, ':') + 1)))
			return true;
		if (waitpid(m->pid, NULL, WNOHANG) == m->pid) {
			m->pid = 0;
			return false;
		}
		deadline_sleep_ms(until, 20);
	}
	return false;
}

void member_start(struct member *m, bool tls)
{
	for (int i = 0; i < STARTS; i++) {
		choose_ports(m, tls);
		if (start_once(m))
			return;
	}
	ck_abort_msg("etcd does not start");
}

void member_kill(struct member *m)
{
	stop_program(m->pid);
	m->pid = 0;
}

void member_start_again(struct member *m)
{
	ck_assert_msg(start_once(m), "etcd does not start again");
}

void member_stop(struct member *m)
{
	const char *argv[] = { "rm", "-rf", m->folder, NULL };

	stop_program(m->pid);
	ck_assert_int_eq(run_program(argv), 0);
}

static void name_file(char out[128], const struct member *m, const char *name, const char *suffix)
{
	snprintf(out, 128, "%s/%s%s", m->folder, name, suffix);
}

void make_ca(const struct member *m, const char *ca)
{
	char key[128], crt[128], subject[80];
	const char *argv[] = {
		"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes",
		"-keyout", key, "-out", crt, "-days", "2", "-subj", subject, NULL,
	};

	name_file(key, m, ca, ".key");
	name_file(crt, m, ca, ".crt");
	snprintf(subject, sizeof(subject), "/CN=%s of the tests", ca);
	ck_assert_int_eq(run_program(argv), 0);
}

static void make_request(const struct member *m, const char *name, const char *field)
{
	char key[128], csr[128], subject[80];
	const char *argv[] = {
		"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
		"-nodes",
		"-keyout", key, "-out", csr, "-subj", subject, NULL,
	};

	name_file(key, m, name, ".key");
	name_file(csr, m, name, ".csr");
	snprintf(subject, sizeof(subject), "/%s=%s", field, name);
	ck_assert_int_eq(run_program(argv), 0);
}

/* etcd's gateway calls etcd with the server's certificate, so each is good for both sides. */
static void sign(const struct member *m, const char *ca, const char *name, const char *host,
		 bool expired)
{
	char extensions[160];
	char ca_crt[128], ca_key[128], csr[128], crt[128];
	const char *argv[] = {
		"openssl", "x509", "-req", "-in", csr, "-CA", ca_crt, "-CAkey", ca_key,
		"-CAcreateserial", "-out", crt,
		"-extfile", member_file(m, "extensions"), "-days", expired ? "0" : "2", NULL,
	};
	struct err e = {0};

	snprintf(extensions, sizeof(extensions),
		 "subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n", host);
	name_file(ca_crt, m, ca, ".crt");
	name_file(ca_key, m, ca, ".key");
	name_file(csr, m, name, ".csr");
	name_file(crt, m, name, ".crt");
	ck_assert_int_eq(io_replace_file(member_file(m, "extensions"), extensions,
					 strlen(extensions), 0600, &e), 0);
	ck_assert_int_eq(run_program(argv), 0);
}

void make_certificate(const struct member *m, const char *ca, const char *name, bool expired)
{
	make_request(m, name, "CN");
	sign(m, ca, name, "IP:127.0.0.1", expired);
}

void make_certificate_of(const struct member *m, const char *ca, const char *name,
			 const char *host)
{
	make_request(m, name, "CN");
	sign(m, ca, name, host, false);
}

void make_nameless_certificate(const struct member *m, const char *ca, const char *name)
{
	make_request(m, name, "O");
	sign(m, ca, name, "IP:127.0.0.1", false);
}
