/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "fixture_call.h"
#include "plugin/commands.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define POOLS "\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"],\"assign_ipv6\":true," \
	"\"ipv6_pools\":[\"fd00::/120\"]}"
#define RESERVATIONS "/calico/resources/v3/projectcalico.org/ipreservations/"
#define HANDLE "/calico/ipam/v2/handle/net1.c1"

START_TEST(an_add_and_a_del_log_what_they_do)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_uint_eq(call_out.len, 0);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "[INFO]["));
	ck_assert_ptr_nonnull(strstr(text.data,
				     ": Calico CNI IPAM request count IPv4=1 IPv6=1 "
				     "ContainerID=\"c1\" "
						"HandleID=\"net1.c1\" "
						"Workload=\"node--a-cni-c1-eth0\"\n"));
	ck_assert_ptr_nonnull(strstr(text.data,
				     ": Auto-assign 1 ipv4, 1 ipv6 addrs for host 'node-a' "));
	ck_assert_ptr_nonnull(strstr(text.data, ": Releasing address using handleID "));
	ck_assert_ptr_nonnull(strstr(text.data, "[WARNING]["));
	ck_assert_ptr_nonnull(strstr(text.data,
				     ": Asked to release address but it doesn't exist. Ignoring "));
}
END_TEST

static const char *const unreadable_cidrs[] = {
	"\"10.0.0.0-10.0.0.3\"", "\"10.0.0.0/33\"", "\"10.0.0\"", "\"10.0.0.*\"", "8", "null", "{}",
};

START_TEST(an_add_logs_which_entries_of_reservations_it_cannot_read_and_goes_by_the_others)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct buf record __cleanup(buf_done) = BUF(1 << 20);
	const char *entry = unreadable_cidrs[_i];

	buf_printf(&record, "{\"spec\":{\"reservedCIDRs\":[\"10.0.0.0/26\",%s,\"10.0.0.64/26\","
		   "\"10.0.0.128/26\",\"10.0.0.192/27\",%s]}}", entry, entry);
	call_write_record(RESERVATIONS "r", record.data);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_ptr_nonnull(strstr(call_out.data, "10.0.0.224/26"));
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, ": Passed over what cannot be read of IP "
				     "reservations First=\"" RESERVATIONS "r: "
				     "spec.reservedCIDRs: "));
	ck_assert_ptr_nonnull(strstr(text.data, " is neither a CIDR nor an address, and reserves "
				     "nothing; nor are 1 more\" Reservations=1\n"));
}
END_TEST

START_TEST(an_add_logs_which_reservations_it_cannot_read)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	call_write_record(RESERVATIONS "r", "{\"spec\":7}");
	call_write_record(RESERVATIONS "s", "{");
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "ipreservations/r: "));
	ck_assert_ptr_nonnull(strstr(text.data, " Reservations=2\n"));
}
END_TEST

static const char *const malformed_args[] = {
	"IP", "IP=10.0.0.300", "IP=10.0.0.1,10.0.0.2", "A=b=c", ";", "K8S_POD_NAME=a=b",
	"IgnoreUnknown=maybe", "LABELS=x", "K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web;IP=host",
};

START_TEST(no_text_of_cni_args_stops_a_del)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	setenv("CNI_ARGS", malformed_args[_i], 1);
	ck_assert_int_eq(call("ADD", "c2", POOLS), 1);
	call_expect_error(4, "CNI_ARGS: ");
	ck_assert_msg(call("DEL", "c1", "") == 0, "%s", call_out.data);
	unsetenv("CNI_ARGS");
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "CNI_ARGS that DEL does not need cannot be read"));
	ck_assert_ptr_nonnull(strstr(text.data, "Released address using handleID Addresses=2"));
}
END_TEST

START_TEST(a_del_finds_the_old_handle_of_a_pod_beside_a_malformed_pair)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	call_write_record("/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-30",
			  "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-a\",\"allocations\":"
			  "[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":"
			  "[{\"handle_id\":\"prod.web\",\"secondary\":{}}],\"deleted\":false}");
	call_write_record("/calico/ipam/v2/handle/prod.web",
			  "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	setenv("CNI_ARGS", "K8S_POD_NAMESPACE=prod;IP;K8S_POD_NAME=web", 1);
	ck_assert_msg(call("DEL", "c1", "") == 0, "%s", call_out.data);
	unsetenv("CNI_ARGS");
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "Released address using handleID Addresses=1"));
}
END_TEST

#define POOL(name, spec) "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{" spec "}}"
#define AUTOMATIC "\"ipam\":{\"type\":\"calico-ipam\"}"
#define ASKED(text) "\"ipam\":{\"ipv4_pools\":[\"" text "\"]}"
#define CREATE "create an IP pool that fits"
#define MEND "mend or delete the record named"
#define CONFIGURATION "mend the network configuration"

/* What is wrong, and what an ADD says of it: its advice fits this cause, and no other's. */
static const struct {
	const char *pool, *record, *keys;	/* record NULL: none */
	const char *says, *never, *advice;
} causes[] = {
	{ "p", NULL, AUTOMATIC, "no enabled IPv4 pool; create one: calico-ipamctl pool create",
	  "pool enable", CREATE },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/24\",\"disabled\":true"), AUTOMATIC,
	  "enable one: calico-ipamctl pool enable p", "create one", CREATE },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/18\",\"blockSize\":19"), AUTOMATIC,
	  "pool \"p\" cannot be read: ", "create one", MEND },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/18\",\"blockSize\":19"), AUTOMATIC,
	  "spec.blockSize 19 is not 20 to 32", "enable one", MEND },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/18\",\"blockSize\":\"26\""), AUTOMATIC,
	  "ippools/p: ", "create one", MEND },
	{ "p", "{", AUTOMATIC, "pool \"p\" cannot be read: ", "create one", MEND },
	{ "p", POOL("p", "\"cidr\":\"fd00::/48\",\"blockSize\":112"), AUTOMATIC,
	  "create one: calico-ipamctl pool create", "cannot be read", CREATE },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/28\",\"blockSize\":26"), AUTOMATIC,
	  "pool \"p\" (10.0.0.0/28) is smaller than its blocks, which are /26", "create one",
	  MEND },
	{ "p", "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":\"2026-08-22T10:00:00Z\"},"
	  "\"spec\":{\"cidr\":\"10.0.0.0/24\"}}", AUTOMATIC, "is being deleted", "smaller",
	  CREATE },
	{ "p", "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\"},\"status\":"
	  "{\"conditions\":[{\"type\":\"Allocatable\",\"status\":\"False\"}]}}", AUTOMATIC,
	  "is refused by its status", "create one", CREATE },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/28\",\"blockSize\":26"), ASKED("p"),
	  "ipv4_pools: pool \"p\" (10.0.0.0/28) is smaller than its blocks", "deleted", MEND },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/18\",\"blockSize\":19"), ASKED("p"),
	  "ipv4_pools: pool \"p\" cannot be read: ", "does not exist", MEND },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/24\",\"disabled\":true"), ASKED("p"),
	  "enable it: calico-ipamctl pool enable p", "create", CONFIGURATION },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/24\""), ASKED("q"),
	  "the given pool (q) does not exist, or is not enabled; see: calico-ipamctl pool list",
	  "cannot be read",
	  CONFIGURATION },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/24\",\"assignmentMode\":\"Manual\""), AUTOMATIC,
	  "is Manual, so it must be named in ipv4_pools", "create one", CREATE },
	{ "p", POOL("p", "\"cidr\":\"10.0.0.0/24\",\"nodeSelector\":\"has(x)\""), AUTOMATIC,
	  "is for nodes with has(x)", "create one", CREATE },
};

START_TEST(an_errors_advice_fits_its_cause)
{
	char key[128];

	snprintf(key, sizeof(key), "/calico/resources/v3/projectcalico.org/ippools/%s",
		 causes[_i].pool);
	if (causes[_i].record)
		call_write_record(key, causes[_i].record);
	ck_assert_int_eq(call("ADD", "c1", causes[_i].keys), 1);
	for (char *quote = call_out.data; (quote = strstr(quote, "\\\"")); )
		memmove(quote, quote + 1, strlen(quote));
	ck_assert_msg(strstr(call_out.data, causes[_i].says) != NULL, "%s", call_out.data);
	ck_assert_msg(strstr(call_out.data, causes[_i].advice) != NULL, "%s", call_out.data);
	ck_assert_msg(strstr(call_out.data, causes[_i].never) == NULL, "%s", call_out.data);
}
END_TEST

/* Lists within each other, each element a line of its own when indented. */
static void add_nested(struct buf *text, int depth, int elements)
{
	for (int i = 0; i < depth; i++)
		buf_putc(text, '[');
	for (int i = 0; i < elements; i++)
		buf_printf(text, "%s7", i ? "," : "");
	for (int i = 0; i < depth; i++)
		buf_putc(text, ']');
}

START_TEST(a_route_with_more_than_routes_have_makes_no_result_too_large)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	buf_printf(&text,
		   "{\"ipam_lock_file\":\"%s/lock\",\"name\":\"net1\",\"nodename\":\"node-a\","
		   "\"cniVersion\":\"1.1.0\",\"ipam\":{\"ipv4_pools\":[\"10.0.0.0/24\"],"
		   "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"nested\":", call_folder);
	add_nested(&text, 400, 50000);
	buf_puts(&text, "}]}}");
	ck_assert_msg(call_bytes("ADD", "c1", text.data, text.len) == 0, "%s", call_out.data);
	ck_assert_uint_lt(call_out.len, 4096);
	ck_assert_int_eq(call("DEL", "c1", ""), 0);
}
END_TEST

START_TEST(a_check_without_addresses_succeeds_only_where_none_are_wanted)
{
	ck_assert_int_eq(call("CHECK", "c1", "\"prevResult\":{}," POOLS), 1);
	call_expect_error(7, "prevResult holds no address");
	ck_assert_int_eq(call("CHECK", "c1", "\"prevResult\":{\"ips\":[]},\"ipam\":{}"), 1);
	call_expect_error(7, "IPv4");
	ck_assert_int_eq(call("CHECK", "c1", "\"prevResult\":{},"
			      "\"ipam\":{\"assign_ipv4\":false,\"assign_ipv6\":true}"), 1);
	call_expect_error(7, "IPv6");
	ck_assert_int_eq(call("CHECK", "c1", "\"prevResult\":{},"
			      "\"ipam\":{\"assign_ipv4\":false}"), 0);
}
END_TEST

static bool is_there(const char *name)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", call_folder, name);
	return stat(path, &st) == 0;
}

START_TEST(what_only_releases_makes_no_store_where_there_is_none)
{
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_int_eq(call("GC", "c1", "\"cni.dev/valid-attachments\":[]," POOLS), 0);
	ck_assert(!is_there("store"));
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert(is_there("store"));
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_int_eq(call("CHECK", "c1", "\"prevResult\":{\"ips\":[{\"address\":"
			      "\"10.0.0.0/26\"}]}," POOLS), 1);
}
END_TEST

START_TEST(status_makes_no_store_where_add_would_make_one)
{
	ck_assert_msg(call("STATUS", "c1", POOLS) == 0, "%s", call_out.data);
	ck_assert_uint_eq(call_out.len, 0);
	ck_assert(!is_there("store"));
	ck_assert_int_eq(call("STATUS", "c1", "\"ipam\":{\"status_exhaustion\":true,"
			      "\"ipv4_pools\":[\"10.0.0.0/24\"]}"), 0);
	ck_assert(!is_there("store"));
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
}
END_TEST

START_TEST(status_without_store_and_pools_is_not_ready)
{
	ck_assert_int_eq(call("STATUS", "c1", "\"ipam\":{}"), 1);
	call_expect_error(50, "there is no enabled IPv4 pool");
	ck_assert(!is_there("store"));
}
END_TEST

START_TEST(status_is_not_ready_where_add_could_not_make_its_store)
{
	char path[128];
	int status;

	snprintf(path, sizeof(path), "%s/stderr/store", call_folder);
	setenv("CALICO_LOCAL_PATH", path, 1);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 1);
	call_expect_error(50, path);
	snprintf(path, sizeof(path), "%s/a/b/store", call_folder);
	setenv("CALICO_LOCAL_PATH", path, 1);
	ck_assert_int_eq(call("STATUS", "c1", POOLS), 0);
	ck_assert_int_eq(chmod(call_folder, 0555), 0);
	/* To root every folder is open. */
	ck_assert_int_eq(seteuid(geteuid() ? geteuid() : 65534), 0);
	status = call("STATUS", "c1", POOLS);
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(chmod(call_folder, 0700), 0);
	ck_assert_int_eq(status, 1);
	call_expect_error(50, path);
}
END_TEST

START_TEST(an_error_of_the_environment_is_answered_in_the_configurations_version)
{
	static const char conf[] = "{\"cniVersion\":\"0.4.0\",\"name\":\"net1\"}";
	struct deadline late = deadline_in_ms(10000);
	int ends[2];

	ck_assert_int_eq(call_bytes("ADD", "a/b", conf, strlen(conf)), 1);
	call_expect_error(4, "CNI_CONTAINERID");
	ck_assert_ptr_nonnull(strstr(call_out.data, "\"0.4.0\""));
	ck_assert_int_eq(call_bytes("ADD", "a/b", "{", 1), 1);
	call_expect_error(4, "CNI_CONTAINERID");
	ck_assert_ptr_nonnull(strstr(call_out.data, "\"1.1.0\""));
	ck_assert_int_eq(pipe(ends), 0);
	buf_reset(&call_out);
	ck_assert_int_eq(command_run(deadline_in_ms(0), ends[0], &call_out), 1);
	call_expect_error(4, "CNI_CONTAINERID");
	ck_assert(!deadline_passed(late));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(the_log_file_gets_the_same_lines)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct err e = {0};
	char keys[1024], path[128];

	snprintf(path, sizeof(path), "%s/log/cni.log", call_folder);
	snprintf(keys, sizeof(keys), "\"log_file_path\":\"%s\",\"log_level\":\"Debug\"," POOLS,
		 path);
	ck_assert_int_eq(call("ADD", "c1", keys), 0);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "[DEBUG]["));
	ck_assert_ptr_nonnull(strstr(text.data, "Auto-assign 1 ipv4, 1 ipv6 addrs"));
}
END_TEST

static const char *const no_objects[] = { "not JSON", "{", "[]", "" };
static const char *const no_blocks[] = { "not JSON", "{", "[]", "", "{}", "{\"cidr\":7}" };

START_TEST(a_handle_that_is_not_parsable_is_named_and_stops_a_del)
{
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	call_write_record(HANDLE, no_objects[_i]);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 1);
	call_expect_error(999, HANDLE);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 1);
	call_expect_error(999, HANDLE);
}
END_TEST

/* The key of the IPv4 block that c1's address lies in; a /24 has four. */
static void find_block(char *key, size_t room)
{
	struct err e = {0};
	struct cJSON *tree __cleanup(json_freep) = json_parse(call_out.data, call_out.len, &e);
	const char *text = json_string(json_field(json_first(json_field(tree, "ips")), "address"));
	unsigned last;

	ck_assert_int_eq(sscanf(text, "10.0.0.%u/26", &last), 1);
	snprintf(key, room, "/calico/ipam/v2/assignment/ipv4/block/10.0.0.%u-26", last & ~63u);
}

START_TEST(a_block_that_is_not_parsable_is_named_and_stops_all)
{
	char key[128];

	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	find_block(key, sizeof(key));
	call_write_record(key, no_blocks[_i]);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 1);
	call_expect_error(999, key);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 1);
	call_expect_error(999, key);
}
END_TEST

START_TEST(a_configuration_that_is_not_parsable_is_named)
{
	call_write_record("/calico/ipam/v2/config", no_objects[_i]);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 1);
	call_expect_error(999, "/calico/ipam/v2/config");
}
END_TEST

START_TEST(a_pool_with_a_namespace_selector_is_a_clear_error_that_names_it)
{
	call_write_record("/calico/resources/v3/projectcalico.org/ippools/tenants",
			  "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\","
			  "\"metadata\":{\"name\":\"tenants\"},"
			  "\"spec\":{\"cidr\":\"10.7.0.0/16\",\"blockSize\":26,"
			  "\"allowedUses\":[\"Workload\"],"
			  "\"namespaceSelector\":\"team == 'a'\"}}");
	ck_assert_int_eq(call("ADD", "c1", "\"ipam\":{}"), 1);
	call_expect_error(999, "tenants");
}
END_TEST

START_TEST(the_host_lock_held_by_another_is_waited_for_until_the_deadline)
{
	struct deadline late = deadline_in_ms(15000);
	char path[96];
	int pid;

	snprintf(path, sizeof(path), "%s/lock", call_folder);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
	pid = call_hold_lock(path);
	ck_assert_int_eq(call("ADD", "c2", "\"timeout_ms\":300," POOLS), 1);
	call_expect_error(11, "lock");
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":300," POOLS), 1);
	call_expect_error(11, "nothing was changed");
	ck_assert(!deadline_passed(late));
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":3000," POOLS), 0);
}
END_TEST

/* An ADD whose runtime does not wait for it. */
static pid_t begin_add(const char *container)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(call("ADD", container, POOLS));
	}
	return pid;
}

/* An ADD that is stopped as it waits for the host's turn, which is free then. */
static pid_t begin_and_stop_add(const char *container, struct deadline late)
{
	char path[96];
	int holder, status;
	pid_t add;

	snprintf(path, sizeof(path), "%s/lock", call_folder);
	holder = call_hold_lock(path);
	add = begin_add(container);
	while (!call_waits_for_a_lock(add) && !deadline_passed(late))
		deadline_sleep_ms(late, 5);
	kill(add, SIGSTOP);
	ck_assert_int_eq(waitpid(add, &status, WUNTRACED), add);
	ck_assert(WIFSTOPPED(status));
	kill(holder, SIGKILL);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	return add;
}

START_TEST(a_del_never_overtakes_the_add_that_a_killed_runtime_left)
{
	struct deadline late = deadline_in_ms(15000);
	int status;
	pid_t add;

	ck_assert_int_eq(call("ADD", "c2", POOLS), 0);
	add = begin_and_stop_add("c1", late);
	ck_assert_int_eq(call("DEL", "c1", "\"timeout_ms\":300," POOLS), 1);
	call_expect_error(11, "another request for this container is under way: lock file");
	ck_assert_msg(call("DEL", "c2", POOLS) == 0, "%s", call_out.data);
	kill(add, SIGCONT);
	ck_assert_int_eq(call("DEL", "c1", POOLS), 0);
	ck_assert_int_eq(waitpid(add, &status, 0), add);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(call_holders(), 0);
	ck_assert(!deadline_passed(late));
}
END_TEST

/* So that an ADD which waits behind another interface is not overtaken by its DEL. */
START_TEST(interfaces_of_a_container_do_not_wait_for_each_other)
{
	struct deadline late = deadline_in_ms(15000);
	int status;
	pid_t add;

	ck_assert_int_eq(call("ADD", "c2", POOLS), 0);
	add = begin_and_stop_add("c1", late);
	ck_assert_int_eq(setenv("CNI_IFNAME", "net1", 1), 0);
	ck_assert_msg(call("ADD", "c1", "\"timeout_ms\":10000," POOLS) == 0, "%s", call_out.data);
	ck_assert_msg(call("DEL", "c1", "\"timeout_ms\":10000," POOLS) == 0, "%s", call_out.data);
	kill(add, SIGCONT);
	ck_assert_int_eq(waitpid(add, &status, 0), add);
	ck_assert_int_eq(status, 0);
	ck_assert(!deadline_passed(late));
}
END_TEST

static const char *const no_locks[] = { "/proc/no/lock", "/proc", "/dev/null", "@fifo" };

/* Calico's plugin waits for ever at the FIFO. */
START_TEST(a_lock_file_that_is_none_is_passed_over_at_once)
{
	struct deadline late = deadline_in_ms(3000);
	struct buf text __cleanup(buf_done) = BUF(0);
	char path[96], keys[512];

	snprintf(path, sizeof(path), "%s/fifo", call_folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(keys, sizeof(keys), "\"timeout_ms\":2000,\"ipam_lock_file\":\"%s\"," POOLS,
		 *no_locks[_i] == '@' ? path : no_locks[_i]);
	ck_assert_msg(call("ADD", "c1", keys) == 0, "%s", call_out.data);
	ck_assert_msg(call("DEL", "c1", keys) == 0, "%s", call_out.data);
	ck_assert(!deadline_passed(late));
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "Going on without the host-wide IPAM lock"));
}
END_TEST

static const char *const foreign[] = {
	"HTTP/1.1 404 Not Found\r\nContent-Length: 13\r\n\r\n<html></html>",
	"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
	"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
	"SSH-2.0-OpenSSH_9.2\r\n",
	NULL,
};

START_TEST(a_server_that_is_not_etcd_is_named_within_the_deadline)
{
	struct deadline late = deadline_in_ms(6000);
	char keys[256], place[64];
	unsigned port;
	int pid = call_serve(foreign[_i], &port);

	snprintf(place, sizeof(place), "http://127.0.0.1:%u", port);
	snprintf(keys, sizeof(keys), "\"timeout_ms\":700,\"etcd_endpoints\":\"%s\",\"ipam\":{}",
		 place);
	ck_assert_msg(call("ADD", "c1", keys) == 1, "%s", call_out.data);
	ck_assert_msg(strstr(call_out.data, place) != NULL, "%s", call_out.data);
	ck_assert_msg(call("DEL", "c1", keys) == 1, "%s", call_out.data);
	ck_assert_int_eq(call("STATUS", "c1", keys), 1);
	call_expect_error(50, place);
	ck_assert(!deadline_passed(late));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(status_gives_up_well_under_a_second)
{
	struct deadline late = deadline_in_ms(1000);
	char keys[256];
	unsigned port;
	int pid = call_serve(NULL, &port);

	snprintf(keys, sizeof(keys), "\"etcd_endpoints\":\"http://127.0.0.1:%u\",\"ipam\":{}",
		 port);
	ck_assert_int_eq(call("STATUS", "c1", keys), 1);
	call_expect_error(50, "127.0.0.1");
	ck_assert(!deadline_passed(late));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

/* Else CRI-O, begun again while the store is away, has kubelet make every pod anew. */
START_TEST(a_check_succeeds_soon_where_the_store_does_not_tell)
{
	struct buf text __cleanup(buf_done) = BUF(0);
	struct deadline late = deadline_in_ms(4000);
	char keys[512];
	unsigned port;
	int pid = call_serve(NULL, &port);

	snprintf(keys, sizeof(keys), "\"etcd_endpoints\":\"http://127.0.0.1:%u\",\"ipam\":{},"
		 "\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.0/26\"}]}", port);
	ck_assert_msg(call("CHECK", "c1", keys) == 0, "%s", call_out.data);
	ck_assert_uint_eq(call_out.len, 0);
	ck_assert(!deadline_passed(late));
	call_read_stderr(&text);
	ck_assert_ptr_nonnull(strstr(text.data, "Could not look whether the addresses are held"));
	ck_assert_ptr_nonnull(strstr(text.data, "127.0.0.1"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(call("CHECK", "c1", "\"etcd_endpoints\":\"http://127.0.0.1:1\","
			      "\"ipam\":{},\"prevResult\":{}"), 1);
	call_expect_error(7, "prevResult holds no address");
}
END_TEST

START_TEST(no_password_shows_in_answers_or_logs)
{
	struct buf text __cleanup(buf_done) = BUF(0);

	setenv("ETCD_USERNAME", "calico", 1);
	setenv("ETCD_PASSWORD", "s3cr3t-w0rd", 1);
	ck_assert_int_eq(call("ADD", "c1", "\"log_level\":\"debug\",\"timeout_ms\":300,"
			      "\"etcd_endpoints\":\"http://user:s3cr3t-w0rd@127.0.0.1:1\","
			      "\"ipam\":{}"), 1);
	unsetenv("ETCD_USERNAME");
	unsetenv("ETCD_PASSWORD");
	ck_assert_msg(!strstr(call_out.data, "s3cr3t-w0rd"), "%s", call_out.data);
	call_read_stderr(&text);
	ck_assert_msg(!strstr(text.data, "s3cr3t-w0rd"), "%s", text.data);
}
END_TEST

/* containerd waits for 60 s. */
START_TEST(a_del_ends_before_its_runtime_gives_up)
{
	char path[96];
	int holder;

	snprintf(path, sizeof(path), "%s/lock", call_folder);
	holder = call_hold_lock(path);
	call_age_ms = 56000;
	ck_assert_int_eq(call("DEL", "c1", POOLS), 1);
	call_expect_error(11, "host-wide IPAM lock");
	kill(holder, SIGKILL);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	ck_assert_int_eq(call("ADD", "c1", POOLS), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.commands");
	TCase *t = tcase_create("commands");

	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, call_setup, call_teardown);
	tcase_add_test(t, an_add_and_a_del_log_what_they_do);
	tcase_add_loop_test(
		t, an_add_logs_which_entries_of_reservations_it_cannot_read_and_goes_by_the_others,
		0, (int)ARRAY_LEN(unreadable_cidrs));
	tcase_add_test(t, an_add_logs_which_reservations_it_cannot_read);
	tcase_add_loop_test(t, no_text_of_cni_args_stops_a_del, 0, (int)ARRAY_LEN(malformed_args));
	tcase_add_test(t, a_del_finds_the_old_handle_of_a_pod_beside_a_malformed_pair);
	tcase_add_loop_test(t, an_errors_advice_fits_its_cause, 0, (int)ARRAY_LEN(causes));
	tcase_add_test(t, a_route_with_more_than_routes_have_makes_no_result_too_large);
	tcase_add_test(t, a_check_without_addresses_succeeds_only_where_none_are_wanted);
	tcase_add_test(t, what_only_releases_makes_no_store_where_there_is_none);
	tcase_add_test(t, status_makes_no_store_where_add_would_make_one);
	tcase_add_test(t, status_without_store_and_pools_is_not_ready);
	tcase_add_test(t, status_is_not_ready_where_add_could_not_make_its_store);
	tcase_add_test(t, an_error_of_the_environment_is_answered_in_the_configurations_version);
	tcase_add_test(t, the_log_file_gets_the_same_lines);
	tcase_add_loop_test(t, a_handle_that_is_not_parsable_is_named_and_stops_a_del, 0,
			    ARRAY_LEN(no_objects));
	tcase_add_loop_test(t, a_block_that_is_not_parsable_is_named_and_stops_all, 0,
			    ARRAY_LEN(no_blocks));
	tcase_add_loop_test(t, a_configuration_that_is_not_parsable_is_named, 0,
			    ARRAY_LEN(no_objects));
	tcase_add_test(t, a_pool_with_a_namespace_selector_is_a_clear_error_that_names_it);
	tcase_add_test(t, the_host_lock_held_by_another_is_waited_for_until_the_deadline);
	tcase_add_test(t, a_del_never_overtakes_the_add_that_a_killed_runtime_left);
	tcase_add_test(t, interfaces_of_a_container_do_not_wait_for_each_other);
	tcase_add_loop_test(t, a_lock_file_that_is_none_is_passed_over_at_once, 0,
			    ARRAY_LEN(no_locks));
	tcase_add_loop_test(t, a_server_that_is_not_etcd_is_named_within_the_deadline, 0,
			    ARRAY_LEN(foreign));
	tcase_add_test(t, status_gives_up_well_under_a_second);
	tcase_add_test(t, a_check_succeeds_soon_where_the_store_does_not_tell);
	tcase_add_test(t, no_password_shows_in_answers_or_logs);
	tcase_add_test(t, a_del_ends_before_its_runtime_gives_up);
	suite_add_tcase(s, t);
	return s;
}
