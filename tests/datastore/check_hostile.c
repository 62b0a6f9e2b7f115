/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that answer wrongly, by gRPC and through the gateway, over ADD and DEL of the built
 * plugin.  Whatever they say, each asks, and ends within its deadline and HALF_A_SECOND_MS and
 * within MEMORY_KIB, with one JSON object that is an error: nothing is given away, and DEL does
 * not succeed without having looked.
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
#define PROCESSOR_S 5	/* or it is killed */
#define TRIES 12	/* a busy machine may be late for some seconds */
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

/* Frames of HTTP/2, and behind the plugin's request nothing but these. */
enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
       CONTINUATION, STRANGE = 0xee };
enum { STOP = 1, WHOLE = 4 };	/* flags */

#define FRAME_MAX 16384		/* bytes that it may have */
#define FRAMES_MAX (1 << 20)

struct frame {
	unsigned type, flags, stream;
	const char *bytes;
	size_t len;
	const char *more;	/* a text behind these, so many times */
	size_t times;
	size_t nested;		/* so many messages behind these, each within the one before it */
	size_t says;		/* it is said to be so long; 0: as it is */
	bool message;		/* of gRPC, whose length stands before it */
	bool plain;		/* no frame at all */
};

#define FRAME(t, f, s, b) \
	{ .type = (t), .flags = (f), .stream = (s), .bytes = (b), .len = sizeof(b) - 1 }
#define MESSAGE(b) \
	{ .type = DATA, .stream = 1, .bytes = (b), .len = sizeof(b) - 1, .message = true }
#define PLAIN(b) { .bytes = (b), .len = sizeof(b) - 1, .plain = true }

/* ":status: 200"; lines that are not compressed; of protobuf a header of revision 5. */
#define OK2 "\x88"
#define LINE(name_len, name, len, text) "\0" name_len name len text
#define GRPC_STATUS(len, text) LINE("\x0b", "grpc-status", len, text)
#define FIVE "\x0a\2\x18\5"

#define SET FRAME(SETTINGS, 0, 0, "")
#define BEGUN SET, FRAME(HEADERS, WHOLE, 1, OK2)
#define ENDS(lines) FRAME(HEADERS, WHOLE | STOP, 1, lines)
#define END ENDS(GRPC_STATUS("\1", "0"))

#define SAYS(its_name, ...) { .name = (its_name), .frames = { __VA_ARGS__ } }
#define ANSWERS(its_name, b) SAYS(its_name, BEGUN, MESSAGE(b), END)
#define FLOOD(its_name, frame, ...) \
	{ .name = (its_name), .endless = frame, .frames = { __VA_ARGS__ } }
#define MANY(its_name, n, b, ...) \
	{ .name = (its_name), .endless = FRAME(DATA, 0, 1, b), .frames = { __VA_ARGS__ }, \
	  .again = (n) }
#define DRIP(its_name, frame, ...) \
	{ .name = (its_name), .endless = frame, .frames = { __VA_ARGS__ }, .pause_us = 5000 }

static const struct {
	const char *name;
	struct frame frames[5];
	struct frame endless;	/* behind them */
	size_t again;		/* so many of them, and an end; 0: for ever */
	unsigned pause_us;	/* after each byte */
} hostile_frames[] = {
	SAYS("SETTINGS and silence", SET),
	SAYS("a head and silence", BEGUN),
	SAYS("HTTP/1.1", PLAIN(OK "Content-Length: 0\r\n\r\n")),
	FLOOD("HTTP/1.1 for ever", PLAIN(THOUSAND("1,1,1,1,")), PLAIN(ENDLESS)),
	FLOOD("noughts for ever", PLAIN(THOUSAND("\0\0\0\0")), PLAIN("")),
	DRIP("a body byte by byte", FRAME(DATA, 0, 1, "\0"), BEGUN),
	SAYS("a frame of an unknown type, and garbage", SET, FRAME(STRANGE, 0xff, 0xff, "\xff"),
	     PLAIN(THOUSAND("\xff"))),
	FLOOD("a frame longer than allowed", PLAIN(THOUSAND("aaaa")), BEGUN,
	     { .type = DATA, .stream = 1, .bytes = "", .says = 0xffffff }),
	FLOOD("SETTINGS for ever", SET, SET),
	FLOOD("SETTINGS that change for ever",
	     FRAME(SETTINGS, 0, 0, "\0\1\0\0\x10\0" "\0\1\0\0\0\0"), SET),
	SAYS("SETTINGS of a window larger than any",
	     FRAME(SETTINGS, 0, 0, "\0\4\xff\xff\xff\xff")),
	SAYS("SETTINGS of no stream", FRAME(SETTINGS, 0, 0, "\0\3\0\0\0\0")),
	FLOOD("acknowledgements for ever", FRAME(SETTINGS, 1, 0, ""), SET),
	FLOOD("empty DATA for ever", FRAME(DATA, 0, 1, ""), BEGUN),
	FLOOD("DATA that is padding for ever", FRAME(DATA, 8, 1, "\7" "1234567"), BEGUN),
	FLOOD("frames of an unknown type for ever", FRAME(STRANGE, 0, 0, "12345678"), SET),
	FLOOD("WINDOW_UPDATE for ever", FRAME(WINDOW_UPDATE, 0, 0, "\0\0\0\1"), SET),
	FLOOD("PRIORITY for ever", FRAME(PRIORITY, 0, 1, "\0\0\0\0\x0f"), SET),
	FLOOD("GOAWAY for ever", FRAME(GOAWAY, 0, 0, "\x7f\xff\xff\xff\0\0\0\0"), SET),
	FLOOD("PING for ever", FRAME(PING, 0, 0, "12345678"), SET),
	SAYS("a WINDOW_UPDATE of nothing", SET, FRAME(WINDOW_UPDATE, 0, 1, "\0\0\0\0")),
	SAYS("DATA without a head", SET, MESSAGE(FIVE), END),
	SAYS("DATA behind the end", BEGUN, END, MESSAGE(FIVE)),
	FLOOD("a message of 4 GB", FRAME(DATA, 0, 1, THOUSAND("aaaa")), BEGUN,
	     FRAME(DATA, 0, 1, "\0\xff\xff\xff\xff")),
	SAYS("a message of 4 GB, of which there is nothing", BEGUN,
	     FRAME(DATA, 0, 1, "\0\xff\xff\xff\xff"), END),
	FLOOD("empty messages for ever", MESSAGE(""), BEGUN),
	SAYS("DATA that ends within a message", BEGUN, FRAME(DATA, 0, 1, "\0\0\0\0\x64" FIVE),
	     END),
	SAYS("DATA that ends within a message's length", BEGUN, FRAME(DATA, 0, 1, "\0\0"), END),
	SAYS("two messages", BEGUN, MESSAGE(FIVE), MESSAGE(FIVE), END),
	SAYS("a message that is said to be compressed", BEGUN,
	     FRAME(DATA, 0, 1, "\1\0\0\0\4" FIVE), END),
	SAYS("no message", BEGUN, END),
	SAYS("nothing behind the head", SET, ENDS(OK2)),
	SAYS("no grpc-status", BEGUN, MESSAGE(FIVE), ENDS(LINE("\1", "a", "\1", "b"))),
	SAYS("a grpc-status that is no number", BEGUN, MESSAGE(FIVE),
	     ENDS(GRPC_STATUS("\1", "x"))),
	SAYS("a grpc-status below nothing", BEGUN, MESSAGE(FIVE), ENDS(GRPC_STATUS("\2", "-1"))),
	SAYS("a grpc-status of a hundred digits", BEGUN,
	     ENDS(GRPC_STATUS("\x64", TEN(TEN("9"))))),
	SAYS("a grpc-status of no digits", BEGUN, ENDS(GRPC_STATUS("\0", ""))),
	SAYS("a grpc-message of broken escapes", BEGUN,
	     ENDS(GRPC_STATUS("\1", "2") LINE("\x0c", "grpc-message", "\7", "%00%4%%"))),
	SAYS("a grpc-message of 100 kB", BEGUN,
	     { .type = HEADERS, .flags = STOP, .stream = 1, .bytes = GRPC_STATUS("\1", "2")
	       "\0\x0cgrpc-message\x7f\xa1\x8c\6", .len = 33, .more = "message ",
	       .times = 12500 }),
	FLOOD("lines of a head for ever", FRAME(CONTINUATION, 0, 1, LINE("\1", "a", "\1", "b")),
	     SET, FRAME(HEADERS, 0, 1, OK2)),
	FLOOD("empty CONTINUATION for ever", FRAME(CONTINUATION, 0, 1, ""), SET,
	     FRAME(HEADERS, 0, 1, OK2)),
	SAYS("a head within a head", SET, FRAME(HEADERS, 0, 1, OK2), END),
	FLOOD("100 Continue for ever", FRAME(HEADERS, WHOLE, 1, "\x08\3" "100"), SET),
	SAYS("a head without a status", SET, ENDS(LINE("\1", "a", "\1", "b"))),
	SAYS("a head that is not of HPACK", SET, ENDS("\xff\xff\xff\xff\xff\xff")),
	SAYS("a status of HTTP that is no number", SET, ENDS("\x08\3xyz")),
	SAYS("a redirect", SET, ENDS("\x08\3" "307" LINE("\x08", "location", "\1", "/"))),
	SAYS("a stream pushed", SET, FRAME(PUSH_PROMISE, WHOLE, 1, "\0\0\0\2\x82")),
	SAYS("an answer to another stream", SET, FRAME(HEADERS, WHOLE, 3, OK2)),
	SAYS("RST_STREAM", SET, FRAME(RST_STREAM, 0, 1, "\0\0\0\2")),
	SAYS("RST_STREAM of no error", SET, FRAME(RST_STREAM, 0, 1, "\0\0\0\0")),
	SAYS("RST_STREAM behind the head", BEGUN, FRAME(RST_STREAM, 0, 1, "\0\0\0\0")),
	SAYS("a stream refused", SET, FRAME(RST_STREAM, 0, 1, "\0\0\0\7")),
	SAYS("HTTP/1.1 required", SET, FRAME(RST_STREAM, 0, 1, "\0\0\0\x0d")),
	SAYS("GOAWAY", SET, FRAME(GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0")),
	ANSWERS("an empty message", ""),
	ANSWERS("protobuf that is garbage", "\xff\xff\xff\xff"),
	ANSWERS("a field without a number", FIVE "\2\0"),
	ANSWERS("a group", FIVE "\x0b\x0c"),
	ANSWERS("a number of eleven bytes", FIVE "\x10" TEN("\xff") "\1"),
	ANSWERS("a length beyond the end", FIVE "\x1a\x7f"),
	ANSWERS("a length beyond all memory", FIVE "\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
	ANSWERS("a header that is a number", "\x08\1"),
	ANSWERS("no header", "\x10\1"),
	ANSWERS("a revision below nothing",
	     "\x0a\x0b\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
	ANSWERS("no responses", FIVE "\x10\1"),
	ANSWERS("a response that is a number", FIVE "\x18\1"),
	ANSWERS("responses of puts", FIVE "\x1a\2\x12\0"),
	ANSWERS("a range answered twice", FIVE "\x1a\4\x0a\0\x0a\0"),
	ANSWERS("others' records", FIVE "\x1a\x0b\x0a\x09\x12\7\x0a\1a\x18\3\x2a\0"),
	ANSWERS("a record without a revision", FIVE "\x1a\7\x0a\5\x12\3\x0a\1a"),
	ANSWERS("a record without a key", FIVE "\x1a\6\x0a\4\x12\2\x18\3"),
	ANSWERS("a record that is a number", FIVE "\x1a\4\x0a\2\x10\1"),
	MANY("millions of unknown fields", 1000, THOUSAND("\x7a\0\x7a\0"), BEGUN,
	     FRAME(DATA, 0, 1, "\0\0\x3d\x09\x04" FIVE)),
	MANY("millions of headers", 1000, THOUSAND("\x0a\0\x0a\0"), BEGUN,
	     FRAME(DATA, 0, 1, "\0\0\x3d\x09\0")),
	MANY("millions of answers", 1000, THOUSAND("\x1a\0\x1a\0"), BEGUN,
	     FRAME(DATA, 0, 1, "\0\0\x3d\x09\x04" FIVE)),
	MANY("millions of empty records", 1000, THOUSAND("\x12\0\x12\0"), BEGUN,
	     FRAME(DATA, 0, 1, "\0\0\x3d\x09\x0e" FIVE
		   "\x1a\x85\x92\xf4\x01\x0a\x80\x92\xf4\x01")),
	MANY("a message longer than may be", 9000, THOUSAND("\x7a\0\x7a\0"), BEGUN,
	     FRAME(DATA, 0, 1, "\0\x02\x25\x51\x04" FIVE)),
	SAYS("messages within each other", BEGUN, { .type = DATA, .stream = 1, .message = true,
	     .bytes = FIVE, .len = 4, .nested = 10000 }, END),
};

static char folder[64];
static const char *plugin = PLUGIN, *protocol;
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
	struct rlimit most = { PROCESSOR_S, PROCESSOR_S };
	int null = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &most);
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
		"\"node-a\",\"etcd_endpoints\":\"%s\",\"etcd_protocol\":\"%s\","
		"\"run_path\":\"%s/run\","
		"\"ipam_lock_file\":\"%s/lock\",\"timeout_ms\":%d,"
		"\"ipam\":{\"type\":\"calico-ipam\"}}", url, protocol, folder, folder,
		DEADLINE_MS);
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
	fflush(stdout);
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
		sleep(1);
	}
	ck_abort_msg("%s: %s: %d ms, %d times: %s", name, command, (int)o.ms, TRIES, o.text);
}

static void assert_both_bounded(const char *name, const struct server_line *line)
{
	static const char *const verbs[] = { "ADD", "DEL" };

	/* Each has one of its own: a flood's takes some time to notice that nobody reads it. */
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		server = server_start(line, 1, NULL);
		assert_bounded(name, verbs[i]);
		server_stop(server);
	}
}

START_TEST(whatever_a_gateway_answers_add_and_del_end_in_time_with_an_error)
{
	protocol = "json";
	assert_both_bounded(hostile[_i].name, &hostile[_i].line);
}
END_TEST

START_TEST(whatever_is_said_by_grpc_add_and_del_end_in_time_with_an_error)
{
	enum server_act act = hostile[_i].line.act;

	protocol = "grpc";
	if (act != SERVE_RAW && act != SERVE_HTTP2)
		assert_both_bounded(hostile[_i].name, &hostile[_i].line);
}
END_TEST

static void add_number(struct buf *out, size_t n, int bytes)
{
	while (bytes--)
		buf_putc(out, (char)(n >> (8 * bytes)));
}

/* Each as it is said to be long: four bytes, of seven bits each. */
static void add_nested(struct buf *out, size_t left)
{
	while (left--) {
		buf_putc(out, 0x1a);
		for (int i = 0; i < 4; i++)
			buf_putc(out, (char)((left * 5 >> (7 * i) & 127) | (i < 3 ? 128 : 0)));
	}
}

static void add_bytes(struct buf *out, const struct frame *f)
{
	buf_add(out, f->bytes, f->len);
	for (size_t i = 0; i < f->times; i++)
		buf_puts(out, f->more);
	add_nested(out, f->nested);
}

static void add_frame(struct buf *out, unsigned type, unsigned flags, unsigned stream,
		      const char *data, size_t len, size_t says)
{
	add_number(out, says ? says : len, 3);
	add_number(out, type, 1);
	add_number(out, flags, 1);
	add_number(out, stream, 4);
	buf_add(out, data, len);
}

/* What is longer than one goes as several: of a head, the last says that it is whole. */
static void add_frames(struct buf *out, const struct frame *f, const struct buf *bytes)
{
	size_t at = 0, n;

	do {
		unsigned flags = f->flags, type = f->type;

		n = bytes->len - at < FRAME_MAX ? bytes->len - at : FRAME_MAX;
		if (type == HEADERS && bytes->len > FRAME_MAX) {
			type = at ? CONTINUATION : HEADERS;
			flags = at ? 0 : flags;
			flags |= at + n == bytes->len ? WHOLE : 0;
		}
		add_frame(out, type, flags, f->stream, bytes->data + at, n, f->says);
		at += n;
	} while (at < bytes->len);
}

static void add(struct buf *out, const struct frame *f)
{
	struct buf bytes __cleanup(buf_done) = BUF(FRAMES_MAX);
	struct buf message __cleanup(buf_done) = BUF(FRAMES_MAX);

	add_bytes(&bytes, f);
	if (f->plain) {
		buf_add(out, bytes.data, bytes.len);
	} else if (f->message) {
		add_number(&message, bytes.len, 5);
		buf_add(&message, bytes.data, bytes.len);
		add_frames(out, f, &message);
	} else {
		add_frames(out, f, &bytes);
	}
}

/* As many as are sent at once. */
static void add_endless(struct buf *out, const struct frame *f)
{
	do
		add(out, f);
	while (out->len < 4000);
}

START_TEST(whatever_frames_come_add_and_del_end_in_time_with_an_error)
{
	struct buf head __cleanup(buf_done) = BUF(FRAMES_MAX);
	struct buf body __cleanup(buf_done) = BUF(FRAMES_MAX);
	struct buf tail __cleanup(buf_done) = BUF(FRAMES_MAX);
	const struct frame *endless = &hostile_frames[_i].endless, last = END;
	size_t again = hostile_frames[_i].again;
	struct server_line line = { .act = endless->bytes && !again ? SERVE_RAW : SERVE_RAW_KEEP,
				    .pause_us = hostile_frames[_i].pause_us,
				    .again = again ? again : SIZE_MAX };

	for (size_t i = 0; i < ARRAY_LEN(hostile_frames[_i].frames); i++)
		if (hostile_frames[_i].frames[i].bytes)
			add(&head, &hostile_frames[_i].frames[i]);
	if (endless->bytes)
		add_endless(&body, endless);
	if (again)
		add(&tail, &last);
	ck_assert(!head.failed && !body.failed);
	line.head = head.data;
	line.head_len = head.len;
	line.body = endless->bytes ? body.data : NULL;
	line.body_len = body.len;
	line.tail = tail.data;
	line.tail_len = tail.len;
	protocol = "grpc";
	assert_both_bounded(hostile_frames[_i].name, &line);
}
END_TEST

static void add_case(Suite *s, const char *name, const TTest *test, int n)
{
	TCase *t = tcase_create(name);

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_loop_test(t, test, 0, n);
	suite_add_tcase(s, t);
}

Suite *suite(void)
{
	const char *other = getenv("HOSTILE_PLUGIN");
	Suite *s = suite_create("datastore.hostile");

	if (other)
		plugin = other;
#ifdef __SANITIZE_ADDRESS__
	else
		memory_kib = MEMORY_KIB_SANITIZED;
#endif
	add_case(s, "gateway", whatever_a_gateway_answers_add_and_del_end_in_time_with_an_error,
		 ARRAY_LEN(hostile));
	add_case(s, "grpc", whatever_is_said_by_grpc_add_and_del_end_in_time_with_an_error,
		 ARRAY_LEN(hostile));
	add_case(s, "frames", whatever_frames_come_add_and_del_end_in_time_with_an_error,
		 ARRAY_LEN(hostile_frames));
	return s;
}
