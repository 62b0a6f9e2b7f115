/* SPDX-License-Identifier: Apache-2.0 */
/*
 * etcd found by DNS: a child in namespaces of its own, where the name server is a
 * dnsmasq on loopback.
 */
#include "datastore/backend.h"
#include "base/io.h"
#include "tests/datastore/fixture_member.h"
#include "tests/datastore/fixture_server.h"
#include "tests/fake/settings_of.h"
#include "tests/suite.h"

#include <check.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EMPTY_ANSWER \
	"{\"header\":{\"revision\":\"5\"},\"succeeded\":true," \
	"\"responses\":[{\"response_range\":{}}]}"

static struct err e;
static struct member folder;
static pid_t dns;

/* dnsmasq gives up the privileges of its birth, and with them the signal of its parent's death. */
static void leave(int status)
{
	stop_program(dns);
	_exit(status);
}

/* In the child an assertion is an exit status: libcheck must not jump there. */
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #condition, \
				strerror(errno), e.text); \
			leave(1); \
		} \
	} while (0)


static void begin(void)
{
	e = (struct err){0};
	member_init(&folder);
}

static void end(void)
{
	member_stop(&folder);
}

static void bring_loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	MUST(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	close(fd);
}

static void enter_namespaces(void)
{
	static const char resolv[] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
	const char *path = member_file(&folder, "resolv.conf");

	MUST(unshare(CLONE_NEWNS | CLONE_NEWNET) == 0);
	bring_loopback_up();
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	MUST(io_replace_file(path, resolv, sizeof(resolv) - 1, 0644, &e) == 0);
	MUST(mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0);
}

static void start_dns(const char *srv)
{
	const char *argv[] = {
		"dnsmasq", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root",
		"--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file",
		"--local=/example.test/",
		"--host-record=one.example.test,127.0.0.1", "--keep-in-foreground", srv, NULL,
	};
	struct deadline until = deadline_in_ms(10000);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int rc;

	dns = start_program(argv);
	do {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
		close(fd);
		deadline_sleep_ms(until, rc < 0 ? 20 : 0);
	} while (rc < 0 && !deadline_passed(until));
	MUST(rc == 0);
}

static int open_discovered(struct datastore **ret_ds, int64_t ms)
{
	struct settings settings __cleanup(settings_done) =
		SETTINGS("etcd_discovery_srv", "example.test", "run_path", "/dev/null/run",
			 "etcd_protocol", "json");

	return datastore_open(ret_ds, &settings, OPEN_TO_CREATE, deadline_in_ms(ms), &e);
}

static void find_and_read(void)
{
	static const struct server_line line = { .act = SERVE, .body = EMPTY_ANSWER };
	struct server *server;
	struct datastore *ds;
	struct view view;
	struct wants wants;
	char srv[100];

	enter_namespaces();
	server = server_start(&line, 1, NULL);
	snprintf(srv, sizeof(srv), "--srv-host=_etcd-client._tcp.example.test,one.example.test,%s",
		 strrchr(server_url(server), ':') + 1);
	start_dns(srv);
	view_init(&view);
	wants_init(&wants);
	wants_add(&wants, "/k", RANGE_KEY);
	MUST(open_discovered(&ds, 20000) == 0);
	MUST(datastore_read(ds, &view, &wants, &e) == 0);
	MUST(view_knows(&view, "/k"));
	MUST(server_requests(server) == 1);
	MUST(strstr(server_request(server, 0), "Host: one.example.test:"));
}

static void find_nothing(void)
{
	struct datastore *ds;

	enter_namespaces();
	start_dns("--srv-host=_other._tcp.example.test,one.example.test,1");
	MUST(open_discovered(&ds, 20000) < 0);
	MUST(e.kind == ERR_UNAVAILABLE);
	MUST(strstr(e.text, "example.test"));
	MUST(strstr(e.text, "no such name"));
}

static void ask_nobody(void)
{
	struct deadline late = deadline_in_ms(10000);
	struct datastore *ds;

	enter_namespaces();
	MUST(open_discovered(&ds, 20000) < 0);
	MUST(e.kind == ERR_UNAVAILABLE);
	MUST(strstr(e.text, "no answer from DNS"));
	MUST(!deadline_passed(late));
}

/* Takes questions and never answers one. */
static void bind_silent_dns(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	MUST(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
}

static void ask_the_silent(void)
{
	struct deadline late;
	struct datastore *ds;

	enter_namespaces();
	bind_silent_dns();
	late = deadline_in_ms(1500);
	MUST(open_discovered(&ds, 300) < 0);
	MUST(!deadline_passed(late));
	MUST(e.kind == ERR_UNAVAILABLE);
	MUST(strstr(e.text, "no answer from DNS"));
	/* No process that asked is left. */
	MUST(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void run_child(void (*scenario)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		scenario();
		leave(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(a_server_is_found_by_its_srv_record)
{
	run_child(find_and_read);
}
END_TEST

START_TEST(a_domain_without_servers_is_named)
{
	run_child(find_nothing);
}
END_TEST

START_TEST(a_name_server_that_does_not_answer_costs_little)
{
	run_child(ask_nobody);
}
END_TEST

START_TEST(a_silent_name_server_does_not_outlast_the_deadline)
{
	run_child(ask_the_silent);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.etcd_srv");
	TCase *t = tcase_create("srv");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_server_is_found_by_its_srv_record);
	tcase_add_test(t, a_domain_without_servers_is_named);
	tcase_add_test(t, a_name_server_that_does_not_answer_costs_little);
	tcase_add_test(t, a_silent_name_server_does_not_outlast_the_deadline);
	suite_add_tcase(s, t);
	return s;
}
