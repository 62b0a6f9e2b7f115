/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that answer wrongly, over ADD and DEL of the built plugin.  Whatever they say,
 * each asks, and ends within its deadline and HALF_A_SECOND_MS and within MEMORY_KIB, with one
 * JSON object that is an error: nothing is given away, and DEL does not succeed without having
 * looked.
 *
 *	HOSTILE_PLUGIN=FILE	another executable, without sanitizers
 */
#include "base/clock.h"
#include "base/json.h"
#include "tests/datastore/fixture_server.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 300
#define HALF_A_SECOND_MS 500
#define TRIES 3		/* a busy machine may be late once or twice */
#define MEMORY_KIB (64 * 1024)
#define MEMORY_KIB_SANITIZED (512 * 1024)	/* shadow, red zones, and what is freed is kept */

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define LONG OK "Content-Length: 33554000\r\n\r\n"
#define ENDLESS OK "\r\n"
#define HEADER "{\"header\":{\"revision\":\"5\"},\"succeeded\":true,\"responses\":["
#define RANGE(inner) HEADER "{\"response_range\":{" inner "}}]}"
#define KV(key) "{\"key\":\"" key "\",\"mod_revision\":\"3\",\"value\":\"e30=\"}"
#define TEN(x) x x x x x x x x x x
#define THOUSAND(x) TEN(TEN(TEN(x)))
#define TEXT(b) { .act = SERVE, .body = b }
#define RAW(h, b, n) { .act = SERVE_RAW, .head = h, .body = b, .again = n }

static const struct {
	const char *name;
	struct server_line line;
} hostile[] = {
	{ "silence", { .act = HANG } },
	{ "a connection closed", { .act = HANG_UP } },
	{ "HTTP/2", { .act = SERVE_HTTP2 } },
	{ "half of a body", { .act = SERVE_HALF, .body = RANGE("") } },
	{ "a head byte by byte", { .act = SERVE_RAW, .head = OK TEN(TEN("X-A: b\r\n")),
	  .pause_us = 5000 } },
	{ "a body byte by byte", { .act = SERVE_RAW, .head = LONG, .body = "[1,1,1,1,1,1,1",
	  .again = SIZE_MAX, .pause_us = 5000 } },
	{ "an endless body", RAW(ENDLESS, THOUSAND("1,1,1,1,1,1,1,1,"), SIZE_MAX) },
	{ "an endless list of numbers as long as may be",
	  RAW(LONG HEADER, THOUSAND("1,1,1,1,1,1,1,1,"), 2096) },
	{ "millions of answers", RAW(ENDLESS HEADER "1", TEN(TEN(",1,1,1,1,1,1,1,1")), 19000) },
	{ "millions of lists within each other", RAW(ENDLESS HEADER, THOUSAND("["), 30000) },
	{ "millions of empty records",
	  RAW(ENDLESS HEADER "{\"response_range\":{\"kvs\":[{}", THOUSAND(",{}"), 10000) },
	{ "a chunk longer than there is memory",
	  RAW(OK "Transfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\n", THOUSAND("1111"),
	      SIZE_MAX) },
	{ "chunks of no length", RAW(OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "a", 1) },
	{ "chunks of one byte for ever",
	  RAW(OK "Transfer-Encoding: chunked\r\n\r\n", THOUSAND("1\r\n7\r\n"), SIZE_MAX) },
	{ "a redirect to itself",
	  RAW("HTTP/1.1 302 Found\r\nLocation: /v3/kv/txn\r\nContent-Length: 0\r\n\r\n", "", 1) },
	{ "a redirect to another port",
	  RAW("HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:1/\r\n"
	      "Content-Length: 0\r\n\r\n", "", 1) },
	{ "a body that is said to be gzip",
	  RAW(OK "Content-Encoding: gzip\r\n\r\n", "\x1f\x8b\x08", 1) },
	{ "a body that is said to be deflate, for ever",
	  RAW(OK "Content-Encoding: deflate\r\n\r\n", THOUSAND("\x78\x9c\x63\x62"), SIZE_MAX) },
	{ "one header line for ever", RAW(OK "X-A: ", THOUSAND("aaaa"), SIZE_MAX) },
	{ "header lines for ever", RAW(OK, THOUSAND("X-A: b\r\n"), SIZE_MAX) },
	{ "a flood of 100 Continue", RAW("", TEN(TEN("HTTP/1.1 100 C\r\n\r\n")), SIZE_MAX) },
	{ "a flood of 103 Early Hints",
	  RAW("", TEN(TEN("HTTP/1.1 103 E\r\nA: b\r\n\r\n")), SIZE_MAX) },
	{ "HTTP/0.9", RAW(RANGE(""), "", 1) },
	{ "HTTP/9.9", RAW("HTTP/9.9 200 OK\r\n\r\n" RANGE(""), "", 1) },
	{ "a length below nothing", RAW(OK "Content-Length: -1\r\n\r\n" RANGE(""), "", 1) },
	{ "a length beyond the body", RAW(OK "Content-Length: 9999\r\n\r\n" RANGE(""), "", 1) },
	{ "a length within the body", RAW(OK "Content-Length: 20\r\n\r\n" RANGE(""), "", 1) },
	{ "two lengths",
	  RAW(OK "Content-Length: 9\r\nContent-Length: 99\r\n\r\n" RANGE(""), "", 1) },
	{ "no content", RAW("HTTP/1.1 204 No Content\r\n\r\n", "", 1) },
	{ "an error with status 200", TEXT("{\"error\":\"etcdserver: no leader\",\"code\":14}") },
	{ "HTML", TEXT("<html><body>Sign in</body></html>") },
	{ "nothing", TEXT("") },
	{ "a list", TEXT("[" RANGE("") "]") },
	{ "kvs that are an object", TEXT(RANGE("\"kvs\":{\"a\":" KV("YQ==") "}")) },
	{ "kvs that are a number", TEXT(RANGE("\"kvs\":7")) },
	{ "kvs that are text", TEXT(RANGE("\"kvs\":\"\"")) },
	{ "responses that are an object",
	  TEXT("{\"header\":{\"revision\":\"5\"},\"responses\":{}}") },
	{ "no responses", TEXT("{\"header\":{\"revision\":\"5\"},\"succeeded\":true}") },
	{ "responses of puts", TEXT(HEADER "{\"response_put\":{}}]}") },
	{ "others' records", TEXT(RANGE("\"kvs\":[" KV("YQ==") "]")) },
	{ "keys that descend", TEXT(RANGE("\"kvs\":[" KV("Yg==") "," KV("YQ==") "]")) },
	{ "keys that are no base64", TEXT(RANGE("\"kvs\":[" KV("!!!!") "]")) },
	{ "a key that is a number", TEXT(RANGE("\"kvs\":[{\"key\":7,\"mod_revision\":\"3\"}]")) },
	{ "a revision that is no number",
	  TEXT("{\"header\":{\"revision\":\"x\"},\"responses\":[]}") },
	{ "a number of 100,000 digits", { .act = SERVE, .body = "{\"header\":{\"revision\":"
	  THOUSAND(TEN(TEN("9"))) "}}" } },
	{ "a NUL in a string", TEXT("{\"header\":{\"revision\":\"5\\u0000\"}}") },
	{ "a NUL in the text", RAW(OK "Content-Length: 10\r\n\r\n", "{}", 1) },
	{ "lists within each other",
	  TEXT("{\"header\":{},\"responses\":" THOUSAND("[") THOUSAND("]") "}") },
	{ "half a character", TEXT("{\"header\":{\"revision\":\"\xff\"}}") },
	{ "half a pair of surrogates", TEXT("{\"header\":{\"\\ud800\":1},\"responses\":[]}") },
	{ "compaction for ever", { .act = SERVE, .status = 400, .body = "{\"code\":11,\"message\":"
	  "\"etcdserver: mvcc: required revision has been compacted\"}" } },
	{ "another token, please",
	  { .act = SERVE, .status = 401, .body = "{\"code\":16,\"message\":"
	  "\"etcdserver: invalid auth token\"}" } },
	{ "too many requests", { .act = SERVE, .status = 429, .body = "{\"code\":8,\"message\":"
	  "\"etcdserver: too many requests\"}" } },
	{ "a bad gateway", { .act = SERVE, .status = 502, .body = "Bad Gateway" } },
	{ "an endless refusal",
	  RAW("HTTP/1.1 500 X\r\n\r\n", THOUSAND("{\"message\":"), SIZE_MAX) },
};

static char folder[64];
static const char *plugin = PLUGIN;
static long memory_kib = MEMORY_KIB;
static struct server *server;

static void begin(void)
{
	strcpy(folder, "/tmp/calico-ipam-hostile.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* In the child. */
static void become_plugin(const char *command, const char *conf, const char *answer)
{
	int in = open(conf, O_RDONLY), out = open(answer, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int null = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	clearenv();
	setenv("CNI_COMMAND", command, 1);
	setenv("CNI_CONTAINERID", "c1", 1);
	setenv("CNI_IFNAME", "eth0", 1);
	setenv("CNI_NETNS", "/run/netns/none", 1);
	setenv("CNI_PATH", "/nowhere", 1);
	dup2(in, 0);
	dup2(out, 1);
	dup2(null, 2);
	execl(plugin, plugin, (char *)NULL);
	_exit(127);
}

static void write_conf(const char *path, const char *url)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "{\"cniVersion\":\"1.0.0\",\"name\":\"net1\",\"type\":\"bridge\",\"nodename\":"
		"\"node-a\",\"etcd_endpoints\":\"%s\",\"run_path\":\"%s/run\",\"ipam_lock_file\":"
		"\"%s/lock\",\"timeout_ms\":%d,\"ipam\":{\"type\":\"calico-ipam\"}}", url, folder,
		folder, DEADLINE_MS);
	fclose(f);
}

struct outcome {
	int status;
	int64_t ms;
	long kib;
	char text[4096];
};

static struct outcome ask_plugin(const char *command)
{
	char conf[128], answer[128];
	struct deadline hour = deadline_in_ms(3600000);
	struct outcome o = {0};
	struct rusage used;
	int status;
	pid_t pid;
	FILE *f;

	snprintf(conf, sizeof(conf), "%s/conf", folder);
	snprintf(answer, sizeof(answer), "%s/answer", folder);
	write_conf(conf, server_url(server));
	pid = fork();
	if (pid == 0)
		become_plugin(command, conf, answer);
	ck_assert_int_eq(wait4(pid, &status, 0, &used), pid);
	o.ms = 3600000 - deadline_left_ms(hour);
	o.kib = used.ru_maxrss;
	o.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	f = fopen(answer, "r");
	ck_assert_ptr_nonnull(f);
	o.text[fread(o.text, 1, sizeof(o.text) - 1, f)] = '\0';
	fclose(f);
	return o;
}

static void assert_error(const char *name, const char *command, const struct outcome *o)
{
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(o->text, strlen(o->text), &e);
	uint64_t code = 0;

	ck_assert_msg(o->status == 1 && tree && json_u64(json_field(tree, "code"), &code) == 0 &&
		      code > 0, "%s: %s: status %d: %s", name, command, o->status, o->text);
	ck_assert_msg(o->kib < memory_kib, "%s: %s: %ld KiB: %s", name, command, o->kib, o->text);
	if (getenv("HOSTILE_VERBOSE"))
		printf("%-50s %s %5d ms %6ld KiB %.300s\n", name, command, (int)o->ms, o->kib,
		       o->text);
}

static void assert_bounded(const char *name, const char *command)
{
	struct outcome o = {0};

	for (int i = 0; i < TRIES; i++) {
		size_t before = server_connections(server);

		o = ask_plugin(command);
		assert_error(name, command, &o);
		ck_assert_msg(server_connections(server) > before, "%s: %s does not ask: %s", name,
			      command, o.text);
		if (o.ms <= DEADLINE_MS + HALF_A_SECOND_MS)
			return;
	}
	ck_abort_msg("%s: %s: %d ms, %d times: %s", name, command, (int)o.ms, TRIES, o.text);
}

START_TEST(whatever_a_server_answers_add_and_del_end_in_time_with_an_error)
{
	server = server_start(&hostile[_i].line, 1, NULL);
	assert_bounded(hostile[_i].name, "ADD");
	assert_bounded(hostile[_i].name, "DEL");
	server_stop(server);
}
END_TEST

Suite *suite(void)
{
	const char *other = getenv("HOSTILE_PLUGIN");
	Suite *s = suite_create("datastore.hostile");
	TCase *t = tcase_create("hostile");

	if (other)
		plugin = other;
#ifdef __SANITIZE_ADDRESS__
	else
		memory_kib = MEMORY_KIB_SANITIZED;
#endif
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, whatever_a_server_answers_add_and_del_end_in_time_with_an_error, 0,
			    ARRAY_LEN(hostile));
	suite_add_tcase(s, t);
	return s;
}
