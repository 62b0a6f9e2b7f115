/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each error tells what to do, and that fits its cause: one table of causes, as they come
 * about, and of the whole sentence that an ADD, CHECK or STATUS gives with each.
 */
#include "base/json.h"
#include "fixture_call.h"
#include "plugin/reply.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/31\"]}"
#define ONE_HELD "\"allocations\":[0,null],\"unallocated\":[1],\"attributes\":" \
	"[{\"handle_id\":\"net1.c9\"}]"
#define FULL "\"allocations\":[0,0],\"unallocated\":[],\"attributes\":[{\"handle_id\":\"net1.c9\"}]"
#define COOLING "\"allocations\":[0,null],\"unallocated\":[1],\"attributes\":" \
	"[{\"releasedAt\":\"2999-01-01T00:00:00Z\"}]"
#define POOL "/calico/resources/v3/projectcalico.org/ippools/p"
#define BLOCK "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-31"
#define CONFIG "/calico/ipam/v2/config"
#define ETCD "\"timeout_ms\":2000,\"etcd_endpoints\":\"@E\",\"ipam\":{}"
#define FOUR "\"a\",\"a\",\"a\",\"a\""
#define EIGHT FOUR "," FOUR
#define PLAIN "\"ipam\":{}"
#define ANSWER(status, code, words) \
	"HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" \
	"{\"message\":\"etcdserver: " words "\",\"code\":" code "}"

static int server, lock;

static void setup(void)
{
	call_setup();
	setenv("CALICO_MIRROR", "off", 1);
	server = lock = 0;
}

static void end(int *pid)
{
	if (*pid && kill(*pid, SIGKILL) == 0)
		waitpid(*pid, NULL, 0);
	*pid = 0;
}

static void teardown(void)
{
	end(&server);
	end(&lock);
	unsetenv("CNI_ARGS");
	unsetenv("CALICO_MIRROR");
	call_teardown();
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", call_folder, name);
	return path;
}

static void store_pool(const char *cidr, const char *rest)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"%s\","
		 "\"blockSize\":31%s}}", cidr, rest);
	call_write_record(POOL, text);
}

static void store_block(const char *affinity, const char *rest)
{
	char text[512];

	store_pool("10.0.0.0/31", "");
	call_write_record("/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-31",
			  "{\"state\":\"confirmed\"}");
	snprintf(text, sizeof(text), "{\"cidr\":\"10.0.0.0/31\",\"affinity\":\"host:%s\",%s}",
		 affinity, rest);
	call_write_record(BLOCK, text);
}

static void a_malformed_pair(void) { setenv("CNI_ARGS", "IP", 1); }
static void a_fifo(void) { ck_assert_int_eq(mkfifo(in_folder("fifo"), 0600), 0); }
static void own_netns(void) { setenv("CNI_NETNS", "/proc/self/ns/net", 1); }
static void held_lock(void) { lock = call_hold_lock(in_folder("lock")); }
static void a_pool(void) { store_pool("10.0.0.0/31", ""); }
static void a_disabled_pool(void) { store_pool("10.0.0.0/31", ",\"disabled\":true"); }
static void a_pool_for_namespaces(void)
{
	store_pool("10.0.0.0/31", ",\"namespaceSelector\":\"has(x)\","
		   "\"allowedUses\":[\"Workload\"]");
}

static void a_pool_for_tunnels(void) { store_pool("10.0.0.0/31", ",\"allowedUses\":[\"Tunnel\"]"); }
static void a_full_block(void) { store_block("node-a", FULL); }
static void an_unreadable_block(void) { store_block("node-a", "\"allocations\":7"); }

static void a_file_for_a_store(void)
{
	FILE *f = fopen(in_folder("store"), "w");

	ck_assert_int_eq(fclose(f), 0);
}

static void a_nodename_with_a_line_end(void)
{
	FILE *f = fopen(in_folder("nodename"), "w");

	ck_assert_int_ge(fputs("node-a\n", f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void a_limit_of_one_block(void)
{
	a_full_block();
	store_pool("10.0.0.0/24", "");
	call_write_record(CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,"
				  "\"maxBlocksPerHost\":1}");
}

static void no_new_blocks(void)
{
	a_pool();
	call_write_record(CONFIG, "{\"strict_affinity\":true}");
}

static void an_address_that_is_held(void)
{
	store_block("node-a", ONE_HELD);
	setenv("CNI_ARGS", "IP=10.0.0.0", 1);
}

static void an_address_that_cools_down(void)
{
	store_block("node-a", COOLING);
	call_write_record(CONFIG, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":600}");
	setenv("CNI_ARGS", "IP=10.0.0.0", 1);
}

static void an_address_of_another_host(void)
{
	store_block("node-b", ONE_HELD);
	call_write_record(CONFIG, "{\"strict_affinity\":true}");
	setenv("CNI_ARGS", "IP=10.0.0.1", 1);
}

static void an_address_outside(void)
{
	a_pool();
	setenv("CNI_ARGS", "IP=10.9.0.1", 1);
}

/* What a reader can do, by the kind of the error. */
static const char *const advice[ERR_KINDS] = {
	[ERR_ENVIRONMENT] = "the runtime sets these variables; mend its call or the CNI arguments "
			    "given to it",
	[ERR_IO] = "see to the file or folder named: that it is there, of the right kind and "
		   "whole, that its permissions allow it, and that the disk is not full",
	[ERR_DECODE] = "mend the network configuration: it must be one JSON object with keys of "
		       "the right types",
	[ERR_CONFIG] = "mend the network configuration, or the environment variable or file, where "
		       "it is named",
	[ERR_OWN_NETNS] = "CNI_NETNS must be the container's namespace; CNI_NETNS_OVERRIDE=1 turns "
			  "this check off",
	[ERR_UNAVAILABLE] = "check that the datastore is running and its address is right, then "
			    "try again",
	[ERR_NO_SPACE] = "make room in the datastore: compact and defragment it, or raise its "
			 "quota",
	[ERR_REFUSED] = "the datastore runs and its words say what it refuses; see its log",
	[ERR_DEADLINE] = "try again later; the key \"timeout_ms\" gives more time",
	[ERR_UNKNOWN_OUTCOME] = "DEL for this container releases whatever may have been assigned",
	[ERR_DENIED] = "check the certificate files, user and password, and the permissions in the "
		       "datastore",
	[ERR_CORRUPT] = "mend or delete the record named in the datastore",
	[ERR_EXHAUSTED] = "release addresses that are no longer used, create another IP pool, or "
			  "change the setting or limit named",
	[ERR_POOL] = "create an IP pool that fits (calico-ipamctl pool create), mend the one "
		     "named, or ask for what a pool has",
	[ERR_EXISTS] = "ask for another address, delete the container that holds this one, or wait "
		       "until it has cooled down",
	[ERR_NOT_READY] = "ADD could not be served now",
	[ERR_INTERNAL] = "this is a defect of calico-ipam, or memory is lacking",
};

/* `says` stands in the message, where a kind without advice tells all there is to do. */
static const struct {
	enum err_kind kind;
	void (*prepare)(void);
	const char *command, *keys;	/* @F: the folder; @E: a server's address */
	const char *says;
	const char *answer;	/* of that server */
} causes[] = {
	{ ERR_POOL, a_pool_for_namespaces, "ADD", PLAIN, "remove it, or name pools in "
	  "ipv4_pools", NULL },
	{ ERR_ENVIRONMENT, a_malformed_pair, "ADD", SMALL, "CNI_ARGS: invalid pair", NULL },
	{ ERR_IO, a_fifo, "ADD", "\"nodename\":\"\",\"nodename_file\":\"@F/fifo\"," SMALL,
	  "/fifo is a FIFO", NULL },
	{ ERR_IO, a_file_for_a_store, "ADD", SMALL, "/store", NULL },
	{ ERR_IO, NULL, "ADD", "\"etcd_endpoints\":\"https://127.0.0.1:1\",\"etcd_ca_cert_file\":"
	  "\"@F/none\"," PLAIN, "/none", NULL },
	{ ERR_DECODE, NULL, "ADD", "\"timeout_ms\":\"x\"," SMALL, "timeout_ms", NULL },
	{ ERR_CONFIG, NULL, "ADD", "\"timeout_ms\":1," SMALL, "\"timeout_ms\" must be", NULL },
	{ ERR_CONFIG, a_nodename_with_a_line_end, "ADD",
	  "\"nodename\":\"\",\"nodename_file\":\"@F/nodename\"," SMALL,
	  "/nodename, which is not trimmed) must not", NULL },
	{ ERR_CONFIG, a_pool, "ADD", "\"ipam\":{\"ipv4_pools\":[\"q\"]}",
	  "see: calico-ipamctl pool list", NULL },
	{ ERR_OWN_NETNS, own_netns, "ADD", SMALL, "should not be the same", NULL },
	{ ERR_UNAVAILABLE, NULL, "ADD", "\"etcd_endpoints\":\"http://127.0.0.1:1\"," PLAIN,
	  "127.0.0.1:1", NULL },
	{ ERR_UNAVAILABLE, NULL, "ADD", ETCD, "does not look like etcd v3",
	  "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops" },
	{ ERR_NO_SPACE, NULL, "ADD", ETCD, "make room with etcdctl compact",
	  ANSWER("429 Too Many Requests", "8", "mvcc: database space exceeded") },
	{ ERR_REFUSED, NULL, "ADD", ETCD, "refused the request: ",
	  ANSWER("400 Bad Request", "3", "corrupt cluster") },
	{ ERR_DENIED, NULL, "ADD", ETCD, "wants a user (ETCD_USERNAME, ETCD_PASSWORD)",
	  ANSWER("400 Bad Request", "3", "user name is empty") },
	{ ERR_DEADLINE, held_lock, "ADD", "\"timeout_ms\":200," SMALL, "host-wide IPAM lock",
	  NULL },
	{ ERR_CORRUPT, an_unreadable_block, "ADD", PLAIN, "block/10.0.0.0-31", NULL },
	{ ERR_EXHAUSTED, a_full_block, "ADD", PLAIN, "No IPs available in pools: [10.0.0.0/31]",
	  NULL },
	{ ERR_EXHAUSTED, a_limit_of_one_block, "ADD", PLAIN,
	  "per host block limit (node node-a has 1 IPv4 blocks, limit 1)", NULL },
	{ ERR_EXHAUSTED, no_new_blocks, "ADD", PLAIN, "auto_allocate_blocks is off", NULL },
	{ ERR_POOL, NULL, "ADD", PLAIN, "create one: calico-ipamctl pool create", NULL },
	{ ERR_POOL, a_disabled_pool, "ADD", PLAIN, "enable one: calico-ipamctl pool enable p",
	  NULL },
	{ ERR_POOL, a_pool_for_tunnels, "ADD", PLAIN, "no pools match the required use", NULL },
	{ ERR_POOL, an_address_outside, "ADD", PLAIN, "not in a configured pool: 10.9.0.1", NULL },
	{ ERR_EXISTS, an_address_that_is_held, "ADD", PLAIN, "(handle net1.c9, ", NULL },
	{ ERR_EXISTS, an_address_that_cools_down, "ADD", PLAIN, "(it is cooling down)", NULL },
	{ ERR_NOT_FOUND, a_pool, "CHECK",
	  "\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.1/31\"}]}," PLAIN,
	  "10.0.0.1 is not held by container c1", NULL },
	{ ERR_CONFLICT, an_address_of_another_host, "ADD", PLAIN, "belongs to host:node-b", NULL },
	{ ERR_LIMIT, NULL, "ADD", ETCD, "too many operations in txn request",
	  ANSWER("400 Bad Request", "3", "too many operations in txn request") },
	{ ERR_LIMIT, a_pool, "ADD", "\"ipam\":{\"ipv4_pools\":[" EIGHT "," EIGHT "," EIGHT "," EIGHT
	  ",\"a\"]}",
	  "lists more than 32 pools", NULL },
	{ ERR_NOT_READY, NULL, "STATUS", PLAIN, "create one: calico-ipamctl pool create", NULL },
};

/* Those that no request can be made to meet here: what is said of them, at least. */
static const enum err_kind told_only[] = { ERR_UNSUPPORTED, ERR_UNKNOWN_OUTCOME, ERR_INTERNAL };

/* check_version() says itself what to do. */
static const enum err_kind with_details_of_its_own[] = { ERR_VERSION };

/* "@F" is the folder, "@E" the server's address. */
static const char *keys_of(const char *keys, unsigned port)
{
	static char text[1024];
	char *out = text;

	for (; *keys; keys++) {
		if (*keys != '@')
			*out++ = *keys;
		else if (*++keys == 'F')
			out = stpcpy(out, call_folder);
		else
			out += sprintf(out, "http://127.0.0.1:%u", port);
	}
	*out = '\0';
	return text;
}

static void assert_told(enum err_kind kind, const char *says, const struct buf *out)
{
	struct err e = { 0 };
	struct cJSON *tree __cleanup(json_freep) = json_parse(out->data, out->len, &e);
	const char *details = json_field_text(tree, "details"), *want = advice[kind];
	int64_t code = 0;

	ck_assert_msg(tree != NULL, "not JSON: %s", out->data);
	ck_assert_int_eq(json_get_i64(tree, "code", &code, &e), 0);
	ck_assert_msg(code == reply_code(kind), "%s", out->data);
	ck_assert_msg(strstr(json_field_text(tree, "msg"), says) != NULL, "%s lacks %s", out->data,
		      says);
	ck_assert_msg(strcmp(details, want ? want : "") == 0, "%s\n\t%s", out->data, want);
}

START_TEST(a_cause_is_told_with_what_mends_it)
{
	unsigned port = 1;

	if (causes[_i].prepare)
		causes[_i].prepare();
	if (causes[_i].answer)
		server = call_serve(causes[_i].answer, &port);
	ck_assert_msg(call(causes[_i].command, "c1", keys_of(causes[_i].keys, port)) == 1, "%s",
		      call_out.data);
	assert_told(causes[_i].kind, causes[_i].says, &call_out);
}
END_TEST

START_TEST(what_no_request_meets_here_is_told_with_what_mends_it)
{
	struct err e = { .kind = told_only[_i], .text = "what has happened" };

	reply_error(CNI_1_1_0, &e, NULL, &call_out);
	assert_told(told_only[_i], e.text, &call_out);
}
END_TEST

static bool is_among(enum err_kind kind, const enum err_kind *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == kind)
			return true;
	return false;
}

START_TEST(every_kind_of_error_has_a_cause_here)
{
	for (unsigned kind = ERR_NONE + 1; kind < ERR_KINDS; kind++) {
		bool found = is_among(kind, told_only, ARRAY_LEN(told_only)) ||
			     is_among(kind, with_details_of_its_own,
				      ARRAY_LEN(with_details_of_its_own));

		for (size_t i = 0; i < ARRAY_LEN(causes); i++)
			found |= causes[i].kind == kind;
		ck_assert_msg(found, "kind %u has no row", kind);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.advice");
	TCase *t = tcase_create("advice");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_cause_is_told_with_what_mends_it, 0, ARRAY_LEN(causes));
	tcase_add_loop_test(t, what_no_request_meets_here_is_told_with_what_mends_it,
			    0, ARRAY_LEN(told_only));
	tcase_add_test(t, every_kind_of_error_has_a_cause_here);
	suite_add_tcase(s, t);
	return s;
}
