/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/object.h"

#include "base/json.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct object object;
static struct buf out;
static struct err e;

static void begin(void)
{
	object = (struct object){ .value = BUF(0), .frame = BUF(0) };
	buf_init(&out, OBJECT_JSON_MAX);
	err_reset(&e);
}

static void end(void)
{
	object_done(&object);
	buf_done(&out);
}

static int try_to_read(enum kind kind, enum group group, const char *text)
{
	struct cJSON *tree = json_parse(text, strlen(text), &e);
	int rc;

	ck_assert_msg(tree != NULL, "%s", e.text);
	rc = object_read(&object, kind, group, tree, &e);
	json_free(tree);
	return rc;
}

static void read_object(enum kind kind, enum group group, const char *text)
{
	ck_assert_msg(try_to_read(kind, group, text) == 0, "%s", e.text);
}

static void assert_record(const char *key, const char *value)
{
	ck_assert_str_eq(object.key, key);
	ck_assert_str_eq(object.value.data, value);
}

/* As the object that was read says it is to be written. */
static void assert_prints(const char *value, const char *text)
{
	buf_reset(&out);
	ck_assert_msg(object_print(&out, GROUP_V1, object.key, value, strlen(value),
				   object.frame.data, &e) == 0, "%s", e.text);
	ck_assert_str_eq(out.data, text);
}

static void assert_prints_new(enum group group, const char *key, const char *value,
			      const char *text)
{
	buf_reset(&out);
	ck_assert_msg(object_print(&out, group, key, value, strlen(value), NULL, &e) == 0, "%s",
		      e.text);
	ck_assert_str_eq(out.data, text);
}

static void assert_name(const char *key, enum kind kind, const char *name)
{
	struct object_id id;

	ck_assert_msg(kind_of_key(key, &id) == 0, "%s", key);
	ck_assert_int_eq(id.kind, kind);
	ck_assert_str_eq(id.name, name);
}

START_TEST(each_key_has_its_object)
{
	struct object_id id;

	assert_name("/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-26", KIND_BLOCK, "10-0-0-0-26");
	assert_name("/calico/ipam/v2/assignment/ipv6/block/fd00::-122", KIND_BLOCK, "fd00---122");
	assert_name("/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-26", KIND_AFFINITY,
		    "node-a-10-0-0-0-26");
	assert_name("/calico/ipam/v2/virtual/load-balancer/ipv4/block/10.0.0.0-26", KIND_AFFINITY,
		    "load-balancer-10-0-0-0-26");
	assert_name("/calico/ipam/v2/handle/net.Ab", KIND_HANDLE, "net.ab");
	assert_name("/calico/ipam/v2/config", KIND_CONFIG, "default");
	assert_name("/calico/resources/v3/projectcalico.org/ippools/p", KIND_POOL, "p");
	assert_name("/calico/resources/v3/projectcalico.org/nodes/n", KIND_NODE, "n");
	ck_assert_int_eq(kind_of_key("/calico/ipam/v2/configs", &id), -1);
	ck_assert_int_eq(kind_of_key("/calico/ipam/v2/handle/", &id), -1);
	ck_assert_int_eq(kind_of_key("/calico/ipam/v2/host/node-a", &id), -1);
	ck_assert_int_eq(kind_of_key("/calico/dhcp/v2/no-region/subnet/x", &id), -1);
}
END_TEST

START_TEST(what_is_no_step_of_a_path_is_no_name)
{
	static const char *const names[] = { "a b", "a?b", "a%2fb", "a#b", "a\x01", "\xc3\xa9", ".",
					     "..", "..." };
	char key[VIEW_KEY_MAX];
	struct object_id id;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(key, sizeof(key), "/calico/ipam/v2/handle/%s", names[i]);
		ck_assert_msg(kind_of_key(key, &id) == -1, "%s", key);
		snprintf(key, sizeof(key), "/calico/resources/v3/projectcalico.org/ippools/%s",
			 names[i]);
		ck_assert_msg(kind_of_key(key, &id) == -1, "%s", key);
	}
}
END_TEST

#define VM_HANDLE "net.vmi._XlxwL4HK0lChFXWYua6olyBroJFl4UmkMRcVSZvoPxw"

START_TEST(a_handle_that_no_object_can_be_called_after_is_called_after_its_hash)
{
	static const char *const ids[] = { VM_HANDLE, "net._xlxw", "my_net.c1", "net.c1-",
					   "net..c1", "-net.c1" };
	char key[VIEW_KEY_MAX], before[OBJECT_STEPS_MAX + 1] = "";
	struct object_id id;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		snprintf(key, sizeof(key), "/calico/ipam/v2/handle/%s", ids[i]);
		ck_assert_int_eq(kind_of_key(key, &id), 0);
		ck_assert_msg(strlen(id.name) == 71 && strncmp(id.name, "handle-", 7) == 0 &&
			      strspn(id.name + 7, "0123456789abcdef") == 64, "%s", id.name);
		ck_assert_str_ne(id.name, before);
		strcpy(before, id.name);
	}
	snprintf(key, sizeof(key), "/calico/ipam/v2/handle/%0*d", OBJECT_NAME_MAX, 0);
	ck_assert_int_eq(kind_of_key(key, &id), 0);
	ck_assert_uint_eq(strlen(id.name), OBJECT_NAME_MAX);
	snprintf(key, sizeof(key), "/calico/ipam/v2/handle/%0*d", OBJECT_NAME_MAX + 1, 0);
	ck_assert_int_eq(kind_of_key(key, &id), 0);
	ck_assert_uint_eq(strlen(id.name), 71);
}
END_TEST

START_TEST(ids_that_differ_in_case_alone_have_other_hashes)
{
	struct object_id upper, lower;

	ck_assert_int_eq(kind_of_key("/calico/ipam/v2/handle/net._A", &upper), 0);
	ck_assert_int_eq(kind_of_key("/calico/ipam/v2/handle/net._a", &lower), 0);
	ck_assert_str_ne(upper.name, lower.name);
}
END_TEST

static void assert_affinity_name_len(int node_len, size_t len)
{
	char key[VIEW_KEY_MAX];
	struct object_id id;

	snprintf(key, sizeof(key), "/calico/ipam/v2/host/%0*d/ipv4/block/10.0.0.0-26", node_len, 0);
	ck_assert_int_eq(kind_of_key(key, &id), 0);
	ck_assert_uint_eq(strlen(id.name), len);
	ck_assert_ptr_nonnull(strstr(id.name, "-10-0-0-0-26"));
}

START_TEST(a_long_nodes_affinity_has_a_name_that_fits)
{
	/* The last that fits, and the first that does not. */
	assert_affinity_name_len(240, 252);
	assert_affinity_name_len(241, 252);
	assert_affinity_name_len(253, 252);
}
END_TEST

START_TEST(a_node_is_found_by_the_hash_that_calico_labels_with)
{
	char hash[HOSTNAME_HASH_LEN];

	ck_assert_int_eq(kind_hostname_hash("node-a", 6, hash), 0);
	ck_assert_str_eq(hash, "PY3TQE2E3XMTETLM2MJO3UITKPFB27YUJ4T4E5XGPEJON3SM4QAA");
}
END_TEST

START_TEST(prefixes_are_of_the_kinds_that_may_be_under_them)
{
	ck_assert(kind_is_under(KIND_BLOCK, "/calico/ipam/v2/assignment/ipv4/block/10."));
	ck_assert(kind_is_under(KIND_BLOCK, "/calico/"));
	ck_assert(kind_is_under(KIND_BLOCK, ""));
	ck_assert(!kind_is_under(KIND_BLOCK, "/calico/ipam/v2/host/"));
	ck_assert(kind_is_under(KIND_AFFINITY, "/calico/ipam/v2/host/n/ipv4/block/"));
	ck_assert(kind_is_under(KIND_AFFINITY, "/calico/ipam/v2/virtual/"));
	ck_assert(!kind_is_under(KIND_AFFINITY, "/calico/ipam/v2/handle/"));
	ck_assert(!kind_is_under(KIND_POOL, "/calico/ipam/"));
	ck_assert(kind_is_under(KIND_POOL, "/calico/resources/"));
}
END_TEST

#define BLOCK_KEY "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-30"
#define BLOCK_META "\"metadata\":{\"annotations\":{\"projectcalico.org/metadata\":" \
	"\"{\\\"creationTimestamp\\\":null}\"},\"name\":\"10-0-0-0-30\""

START_TEST(a_block_is_read_as_etcd_would_hold_it_and_written_as_it_was)
{
	read_object(KIND_BLOCK, GROUP_V1,
		    "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":"
		    "\"IPAMBlock\"," BLOCK_META
		    ",\"labels\":{\"a\":\"b\"},\"managedFields\":[{\"x\":1}],"
		    "\"resourceVersion\":\"360\",\"uid\":\"u-1\"},\"spec\":{\"affinity\":"
		    "\"host:node-1\",\"affinityClaimTime\":\"2026-08-22T10:00:00Z\","
		    "\"allocations\":"
		    "[null,0,null,null],\"attributes\":[{\"handle_id\":\"net.c\",\"more\":1,"
		    "\"secondary\":{\"pod\":\"p\"}}],\"cidr\":\"10.0.0.0/30\",\"deleted\":false,"
		    "\"later\":{\"y\":2},\"sequenceNumber\":1795878537843223396,"
		    "\"sequenceNumberForAllocation\":{\"1\":1795878537843223353},"
		    "\"strictAffinity\":false,\"unallocated\":[2,3,0]}}");
	assert_record(BLOCK_KEY,
		      "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-1\","
		      "\"affinity_claim_time\":"
		      "\"2026-08-22T10:00:00Z\",\"allocations\":[null,0,null,null],\"unallocated\":"
		      "[2,3,0],\"attributes\":[{\"handle_id\":\"net.c\",\"secondary\":{\"pod\":"
		      "\"p\"},\"more\":1}],\"sequenceNumber\":1795878537843223396,"
		      "\"sequenceNumberForAllocation\":{\"1\":1795878537843223353},"
		      "\"deleted\":false,\"later\":{\"y\":2}}");
	ck_assert_uint_eq(object.revision, 360);
	ck_assert_str_eq(object.uid, "u-1");
	assert_prints("{\"cidr\":\"10.0.0.0/30\",\"affinity\":null,\"allocations\":[],"
		      "\"unallocated\":null,\"attributes\":null,\"sequenceNumber\":7,"
		      "\"sequenceNumberForAllocation\":null,\"deleted\":false,\"later\":{\"y\":2}}",
		      "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":"
		      "\"IPAMBlock\"," BLOCK_META
		      ",\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"360\",\"uid\":\"u-1\"},"
		      "\"spec\":{\"strictAffinity\":false,\"cidr\":\"10.0.0.0/30\","
		      "\"allocations\":[],"
		      "\"unallocated\":[],\"attributes\":[],\"sequenceNumber\":7,\"deleted\":false,"
		      "\"later\":{\"y\":2}}}");
}
END_TEST

START_TEST(a_new_block_is_as_calico_creates_it)
{
	assert_prints_new(GROUP_V1, BLOCK_KEY,
			  "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:n\","
			  "\"affinity_claim_time\":"
			  "\"2026-08-22T10:00:00Z\",\"allocations\":[null,null,null,null],"
			  "\"unallocated\":[0,1,2,3],\"attributes\":null,\"sequenceNumber\":5,"
			  "\"sequenceNumberForAllocation\":{},\"deleted\":false}",
			  "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":\"IPAMBlock\","
			  "\"metadata\":{\"name\":\"10-0-0-0-30\",\"annotations\":"
			  "{\"projectcalico.org/metadata\":\"{\\\"creationTimestamp\\\":null}\"}},"
			  "\"spec\":{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:n\","
			  "\"affinityClaimTime\":\"2026-08-22T10:00:00Z\","
			  "\"allocations\":[null,null,"
			  "null,null],\"unallocated\":[0,1,2,3],\"attributes\":[],"
			  "\"sequenceNumber\":5,"
			  "\"sequenceNumberForAllocation\":{},\"deleted\":false,"
			  "\"strictAffinity\":false}}");
}
END_TEST

#define LABELS(version)                                                                            \
	"\"labels\":{\"projectcalico.org/affinity-type\":\"host\","                                \
	"\"projectcalico.org/hostname-hash\":"                                                     \
	"\"PY3TQE2E3XMTETLM2MJO3UITKPFB27YUJ4T4E5XGPEJON3SM4QAA\","                                \
	"\"projectcalico.org/ip-version\":\"" version "\"}"
#define AFFINITY_KEY "/calico/ipam/v2/host/node-a/ipv6/block/fd00::-122"

START_TEST(an_affinity_is_marked_by_text_in_v1_and_by_a_boolean_in_v3)
{
	read_object(KIND_AFFINITY, GROUP_V1,
		    "{\"metadata\":{\"name\":\"other-name\",\"resourceVersion\":\"2\","
		    "\"uid\":\"u\"},"
		    "\"spec\":{\"cidr\":\"fd00::/122\",\"deleted\":\"false\",\"node\":\"node-a\","
		    "\"state\":\"confirmed\"}}");
	assert_record(AFFINITY_KEY, "{\"state\":\"confirmed\",\"deleted\":false}");
	ck_assert_str_eq(object.name, "other-name");
	assert_prints("{\"state\":\"pending\",\"deleted\":false}",
		      "{\"metadata\":{\"name\":\"other-name\",\"resourceVersion\":\"2\","
		      "\"uid\":\"u\"," LABELS("6") "},"
		      "\"spec\":{\"cidr\":\"fd00::/122\",\"node\":\"node-a\",\"state\":\"pending\","
		      "\"deleted\":\"false\",\"type\":\"host\"}}");
	object_done(&object);
	read_object(KIND_AFFINITY, GROUP_V1,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"2\"},\"spec\":{\"cidr\":"
		    "\"fd00::/122\",\"deleted\":\"true\",\"node\":\"node-a\",\"state\":\"\"}}");
	ck_assert(object.deleted);
	assert_prints_new(GROUP_V3, AFFINITY_KEY, "{\"state\":\"pending\"}",
			  "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"BlockAffinity\","
			  "\"metadata\":{\"name\":\"node-a-fd00---122\"," LABELS("6")
			  "},\"spec\":{\"state\":"
			  "\"pending\","
			  "\"deleted\":false,\"cidr\":\"fd00::/122\",\"node\":\"node-a\","
			  "\"type\":\"host\"}}");
}
END_TEST

/* As Calico's lists of a node want them, and beside what else is there. */
START_TEST(an_affinity_that_is_written_has_its_labels)
{
	read_object(KIND_AFFINITY, GROUP_V3,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"2\",\"labels\":"
		    "{\"mine\":\"1\",\"projectcalico.org/hostname-hash\":\"old\"}},"
		    "\"spec\":{\"cidr\":\"fd00::/122\",\"node\":\"node-a\"}}");
	ck_assert(object.unlabelled);
	object_done(&object);
	read_object(KIND_AFFINITY, GROUP_V1,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"2\"," LABELS("6") "},"
		    "\"spec\":{\"cidr\":\"fd00::/122\",\"node\":\"node-a\",\"deleted\":\"false\","
		    "\"state\":\"confirmed\",\"type\":\"host\"}}");
	ck_assert(!object.unlabelled);
	assert_prints("{\"state\":\"confirmed\",\"deleted\":false}",
		      "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"2\"," LABELS("6") "},"
		      "\"spec\":{\"cidr\":\"fd00::/122\",\"node\":\"node-a\",\"type\":\"host\","
		      "\"state\":\"confirmed\",\"deleted\":\"false\"}}");
}
END_TEST

START_TEST(a_handle_keeps_its_case_in_its_spec)
{
	assert_prints_new(GROUP_V1, "/calico/ipam/v2/handle/Net.C",
			  "{\"block\":{\"10.0.0.0/26\":1},\"deleted\":false}",
			  "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":\"IPAMHandle\","
			  "\"metadata\":{\"name\":\"net.c\",\"annotations\":"
			  "{\"projectcalico.org/metadata\":\"{\\\"creationTimestamp\\\":null}\"}},"
			  "\"spec\":{\"block\":{\"10.0.0.0/26\":1},\"deleted\":false,"
			  "\"handleID\":\"Net.C\"}}");
	read_object(KIND_HANDLE, GROUP_V1,
		    "{\"metadata\":{\"name\":\"net.c\",\"resourceVersion\":\"9\"},\"spec\":"
		    "{\"block\":"
		    "{\"10.0.0.0/26\":1},\"deleted\":false,\"handleID\":\"Net.C\"}}");
	assert_record("/calico/ipam/v2/handle/Net.C",
		      "{\"block\":{\"10.0.0.0/26\":1},\"deleted\":false}");
}
END_TEST

START_TEST(the_configuration_is_without_zero_values_in_etcd_and_with_two_here)
{
	read_object(KIND_CONFIG, GROUP_V1,
		    "{\"metadata\":{\"name\":\"default\",\"resourceVersion\":\"9\"},\"spec\":"
		    "{\"autoAllocateBlocks\":true,\"maxBlocksPerHost\":0,"
		    "\"strictAffinity\":false}}");
	assert_record("/calico/ipam/v2/config", "{\"auto_allocate_blocks\":true}");
	assert_prints("{\"ipCooldownSeconds\":60}",
		      "{\"metadata\":{\"name\":\"default\",\"resourceVersion\":\"9\"},\"spec\":"
		      "{\"ipCooldownSeconds\":60,\"strictAffinity\":false,"
		      "\"autoAllocateBlocks\":false}}");
	assert_prints_new(GROUP_V3, "/calico/ipam/v2/config", "{\"strict_affinity\":true}",
			  "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"IPAMConfiguration\","
			  "\"metadata\":{\"name\":\"default\"},\"spec\":{\"strictAffinity\":true,"
			  "\"autoAllocateBlocks\":false}}");
}
END_TEST

#define POOL_KEY "/calico/resources/v3/projectcalico.org/ippools/p"

START_TEST(a_pools_own_metadata_is_in_an_annotation_of_v1)
{
	read_object(KIND_POOL, GROUP_V1,
		    "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":\"IPPool\",\"metadata\":"
		    "{\"name\":\"p\",\"annotations\":{\"projectcalico.org/metadata\":"
		    "\"{\\\"labels\\\":{\\\"z\\\":\\\"1\\\"}}\",\"k\":\"v\"},\"creationTimestamp\":"
		    "\"2026-11-28T15:08:55Z\",\"generation\":1,\"resourceVersion\":\"136\",\"uid\":"
		    "\"01020304-0506-0708-090a-0b0c0d0e0f10\"},\"spec\":{\"cidr\":"
		    "\"10.0.0.0/16\"}}");
	assert_record(POOL_KEY,
		      "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":"
		      "{\"name\":\"p\",\"uid\":\"8040c020-a060-0710-0950-d030b070f008\","
		      "\"creationTimestamp\":\"2026-11-28T15:08:55Z\",\"labels\":{\"z\":\"1\"},"
		      "\"annotations\":{\"k\":\"v\"}},\"spec\":{\"cidr\":\"10.0.0.0/16\"}}");
	assert_prints_new(GROUP_V1, POOL_KEY,
			  "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\","
			  "\"metadata\":"
			  "{\"name\":\"p\",\"uid\":\"x\",\"labels\":{\"z\":\"1\"}},\"spec\":"
			  "{\"cidr\":"
			  "\"10.0.0.0/16\"}}",
			  "{\"apiVersion\":\"crd.projectcalico.org/v1\",\"kind\":\"IPPool\","
			  "\"metadata\":{\"name\":\"p\",\"annotations\":"
			  "{\"projectcalico.org/metadata\":"
			  "\"{\\\"labels\\\":{\\\"z\\\":\\\"1\\\"}}\"}},\"spec\":{\"cidr\":"
			  "\"10.0.0.0/16\"}}");
}
END_TEST

#define RECORD_WITH "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\"," \
	"\"metadata\":{\"name\":\"p\"%s%s},\"spec\":{\"cidr\":\"10.0.0.0/16\"}}"
#define OBJECT_WITH "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"5\"%s}," \
	"\"spec\":{\"cidr\":\"10.0.0.0/16\"}}"

/* An object with labels and annotations of its own, and the record that is written over it. */
static const struct {
	enum group group;
	const char *labels, *annotations, *written; /* the last: of both, in the object */
} rewritten[] = {
	{ GROUP_V3, ",\"labels\":{\"a\":\"2\"}", "", ",\"labels\":{\"a\":\"2\"}" },
	{ GROUP_V3, "", ",\"annotations\":{\"n\":\"1\"}",
	  ",\"annotations\":{\"n\":\"1\"}" },
	{ GROUP_V3, "", "", "" },
	{ GROUP_V1, ",\"labels\":{\"a\":\"2\",\"n\":\"1\",\"projectcalico.org/x\":\"y\"}", "",
	  ",\"labels\":{\"a\":\"2\",\"projectcalico.org/x\":\"y\"},\"annotations\":{"
	  "\"projectcalico.org/metadata\":\"{\\\"labels\\\":"
	  "{\\\"a\\\":\\\"2\\\",\\\"n\\\":\\\"1\\\","
	  "\\\"projectcalico.org/x\\\":\\\"y\\\"}}\"}" },
	{ GROUP_V1, "", ",\"annotations\":{\"k\":\"v\"}",
	  ",\"annotations\":{\"k\":\"v\",\"projectcalico.org/metadata\":"
	  "\"{\\\"annotations\\\":{\\\"k\\\":\\\"v\\\"}}\"}" },
	{ GROUP_V1, "", "", ",\"annotations\":{\"projectcalico.org/metadata\":\"{}\"}" },
};

START_TEST(what_a_record_lacks_of_labels_and_annotations_goes_from_its_object)
{
	char record[512], whole[1024];

	snprintf(record, sizeof(record), RECORD_WITH, rewritten[_i].labels,
		 rewritten[_i].annotations);
	snprintf(whole, sizeof(whole), OBJECT_WITH, ",\"labels\":{\"a\":\"1\",\"b\":\"1\"},"
		 "\"annotations\":{\"k\":\"v\",\"l\":\"w\"}");
	read_object(KIND_POOL, rewritten[_i].group, whole);
	snprintf(whole, sizeof(whole), OBJECT_WITH, rewritten[_i].written);
	ck_assert_msg(object_print(&out, rewritten[_i].group, POOL_KEY, record, strlen(record),
				   object.frame.data, &e) == 0, "%s", e.text);
	ck_assert_str_eq(out.data, whole);
	object_done(&object);
	read_object(KIND_POOL, rewritten[_i].group, whole);
	assert_record(POOL_KEY, record);
}
END_TEST

#define SHADOWED ",\"labels\":{\"a\":\"%s\"},\"annotations\":{\"k\":\"%s\"," \
	"\"projectcalico.org/metadata\":\"{\\\"labels\\\":{\\\"a\\\":\\\"%s\\\"}," \
	"\\\"annotations\\\":{\\\"k\\\":\\\"%s\\\"}}\"}"

/* The record's value, and the object's behind it: before, Calico's copy had "1", and itself "2". */
static const struct {
	const char *label, *own_label, *annotation, *own_annotation;
} shadowed[] = {
	{ "1", "2", "1", "2" },
	{ "3", "3", "1", "2" },
	{ "1", "2", "3", "3" },
	{ "2", "2", "2", "2" },
};

START_TEST(what_another_wrote_over_calicos_copy_stays_but_where_the_record_has_changed)
{
	char record[1024], with[64], whole[1024], own[512];

	snprintf(own, sizeof(own), SHADOWED, "2", "2", "1", "1");
	snprintf(whole, sizeof(whole), OBJECT_WITH, own);
	read_object(KIND_POOL, GROUP_V1, whole);
	snprintf(with, sizeof(with), ",\"labels\":{\"a\":\"%s\"}", shadowed[_i].label);
	snprintf(own, sizeof(own), ",\"annotations\":{\"k\":\"%s\"}", shadowed[_i].annotation);
	snprintf(record, sizeof(record), RECORD_WITH, with, own);
	snprintf(own, sizeof(own), SHADOWED, shadowed[_i].own_label, shadowed[_i].own_annotation,
		 shadowed[_i].label, shadowed[_i].annotation);
	snprintf(whole, sizeof(whole), OBJECT_WITH, own);
	assert_prints(record, whole);
	object_done(&object);
	read_object(KIND_POOL, GROUP_V1, whole);
	assert_record(POOL_KEY, record);
}
END_TEST

START_TEST(a_pool_without_metadata_is_the_same_record_once_written)
{
	struct object before;

	read_object(KIND_POOL, GROUP_V1, "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"5\"},"
		    "\"spec\":{\"cidr\":\"10.0.0.0/16\"}}");
	before = object;
	ck_assert_int_eq(object_print(&out, GROUP_V1, POOL_KEY, before.value.data, before.value.len,
				      before.frame.data, &e), 0);
	read_object(KIND_POOL, GROUP_V1, out.data);
	assert_record(POOL_KEY, before.value.data);
	object_done(&before);
}
END_TEST

START_TEST(what_is_a_list_where_a_map_should_be_does_no_harm)
{
	read_object(KIND_POOL, GROUP_V1, "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"5\","
		    "\"labels\":[1],\"annotations\":[[]]},\"spec\":[2]}");
	object_done(&object);
	read_object(KIND_BLOCK, GROUP_V1,
		    "{\"metadata\":{\"name\":\"b\",\"resourceVersion\":\"5\"},"
		    "\"spec\":{\"cidr\":\"10.0.0.0/30\",\"attributes\":[[1,2],3]}}");
	assert_record(BLOCK_KEY, "{\"cidr\":\"10.0.0.0/30\",\"attributes\":[[1,2],3],"
		      "\"deleted\":false}");
}
END_TEST

START_TEST(a_node_has_kubernetes_labels_over_calicos)
{
	read_object(KIND_NODE, GROUP_V1,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"5\",\"labels\":"
		    "{\"a\":\"k\"},"
		    "\"annotations\":{\"projectcalico.org/labels\":\"{\\\"a\\\":\\\"c\\\","
		    "\\\"b\\\":\\\"c\\\"}\"}},\"spec\":{\"podCIDR\":\"10.0.0.0/24\"},"
		    "\"status\":{}}");
	assert_record("/calico/resources/v3/projectcalico.org/nodes/n",
		      "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":"
		      "{\"name\":\"n\",\"labels\":{\"a\":\"k\",\"b\":\"c\"}},\"spec\":{},"
		      "\"status\":{}}");
	ck_assert_int_eq(object_print(&out, GROUP_V1, object.key, "{}", 2, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSUPPORTED);
}
END_TEST

START_TEST(a_node_has_the_tunnel_addresses_of_its_annotations)
{
	read_object(KIND_NODE, GROUP_V1,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"5\",\"annotations\":{"
		    "\"projectcalico.org/IPv6WireguardInterfaceAddr\":\"fd00::5\","
		    "\"projectcalico.org/IPv4WireguardInterfaceAddr\":\"10.0.0.4\","
		    "\"projectcalico.org/IPv6VXLANTunnelAddr\":\"fd00::3\","
		    "\"projectcalico.org/IPv4VXLANTunnelAddr\":\"10.0.0.2\","
		    "\"projectcalico.org/IPv4IPIPTunnelAddr\":\"10.0.0.1\"}},\"spec\":{}}");
	ck_assert_ptr_nonnull(strstr(object.value.data,
		"\"spec\":{\"bgp\":{\"ipv4IPIPTunnelAddr\":\"10.0.0.1\"},"
		"\"ipv4VXLANTunnelAddr\":\"10.0.0.2\",\"ipv6VXLANTunnelAddr\":\"fd00::3\","
		"\"wireguard\":{\"interfaceIPv4Address\":\"10.0.0.4\","
		"\"interfaceIPv6Address\":\"fd00::5\"}}"));
}
END_TEST

START_TEST(of_a_node_by_its_name_the_notes_are_written_and_all_else_stays)
{
	static const char tunnel[] = "{\"spec\":{\"bgp\":{\"ipv4IPIPTunnelAddr\":\"10.0.0.1\"}}}";

	read_object(KIND_NODE_BY_NAME, GROUP_V1,
		    "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"5\",\"annotations\":{"
		    "\"a\":\"b\",\"projectcalico.org/IPv4VXLANTunnelAddr\":\"10.0.0.2\"},"
		    "\"managedFields\":[]},\"spec\":{\"podCIDR\":\"10.0.0.0/24\","
		    "\"podCIDRs\":[\"10.0.0.0/24\"]},\"status\":{\"s\":1}}");
	assert_record("/kubernetes/nodes/n",
		      "{\"spec\":{\"ipv4VXLANTunnelAddr\":\"10.0.0.2\"},"
		      "\"status\":{\"podCIDRs\":[\"10.0.0.0/24\"]}}");
	ck_assert_int_eq(object_print(&out, GROUP_V1, object.key, tunnel, strlen(tunnel),
				      object.frame.data, &e), 0);
	ck_assert_str_eq(out.data,
			 "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"5\","
			 "\"annotations\":{\"a\":\"b\","
			 "\"projectcalico.org/IPv4IPIPTunnelAddr\":\"10.0.0.1\"}},"
			 "\"spec\":{\"podCIDR\":\"10.0.0.0/24\",\"podCIDRs\":[\"10.0.0.0/24\"]},"
			 "\"status\":{\"s\":1}}");
	ck_assert_int_eq(object_print(&out, GROUP_V1, object.key, "{}", 2, NULL, &e), -1);
	ck_assert_int_eq(e.kind, ERR_UNSUPPORTED);
}
END_TEST

#define POD_META(more) "{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\"," \
	"\"uid\":\"u\",\"resourceVersion\":\"5\"" more "},"
#define PODS "/calico/resources/v3/projectcalico.org/workloadendpoints/"
#define POD_KEY PODS "shop/node--1-k8s-web--1-eth0"
#define ON_NODE "\"spec\":{\"nodeName\":\"node-1\"}"

static void assert_networks(const char *pod, const char *networks)
{
	read_object(KIND_POD, GROUP_V1, pod);
	ck_assert_str_eq(object.key, POD_KEY);
	ck_assert_msg(strstr(object.value.data, networks) != NULL, "%s", object.value.data);
	object_done(&object);
}

START_TEST(a_pod_is_read_as_its_workload_endpoint_and_never_written)
{
	static const char pod[] = POD_META("") ON_NODE ",\"status\":{\"phase\":\"Running\","
		"\"podIP\":\"10.0.0.7\",\"podIPs\":[{\"ip\":\"10.0.0.7\"},"
		"{\"ip\":\"fd00::7\"}]}}";
	struct object_id id;

	read_object(KIND_POD, GROUP_V3, pod);
	assert_record(POD_KEY,
		      "{\"kind\":\"WorkloadEndpoint\",\"apiVersion\":\"projectcalico.org/v3\","
		      "\"metadata\":{\"name\":\"node--1-k8s-web--1-eth0\",\"namespace\":\"shop\","
		      "\"uid\":\"u\"},\"spec\":{\"orchestrator\":\"k8s\",\"node\":\"node-1\","
		      "\"pod\":\"web-1\",\"endpoint\":\"eth0\",\"ipNetworks\":[\"10.0.0.7/32\","
		      "\"fd00::7/128\"]}}");
	ck_assert_int_eq(kind_of_key(POD_KEY, &id), -1);
}
END_TEST

START_TEST(a_pods_addresses_are_kubelets_else_those_that_calico_noted)
{
	assert_networks(POD_META("") ON_NODE ",\"status\":{\"podIP\":\"10.0.0.7\"}}",
			"\"ipNetworks\":[\"10.0.0.7/32\"]");
	assert_networks(POD_META(",\"annotations\":{\"cni.projectcalico.org/podIPs\":"
				 "\"10.0.0.8/32,fd00::8/128\"}") ON_NODE "}",
			"\"ipNetworks\":[\"10.0.0.8/32\",\"fd00::8/128\"]");
	assert_networks(POD_META(",\"annotations\":{\"cni.projectcalico.org/podIP\":"
				 "\"10.0.0.9/32\"}") ON_NODE "}",
			"\"ipNetworks\":[\"10.0.0.9/32\"]");
	assert_networks(POD_META("") ON_NODE "}", "\"ipNetworks\":[]");
}
END_TEST

START_TEST(a_pod_that_holds_no_address_has_no_endpoint)
{
	static const char *const pods[] = {
		POD_META("") "\"spec\":{\"nodeName\":\"n\",\"hostNetwork\":true}}",
		POD_META("") "\"spec\":{}}",
		POD_META("") ON_NODE ",\"status\":{\"phase\":\"Succeeded\"}}",
		POD_META("") ON_NODE ",\"status\":{\"phase\":\"Failed\"}}",
		(POD_META(",\"deletionTimestamp\":\"2026-08-22T10:00:00Z\",\"annotations\":"
			  "{\"cni.projectcalico.org/podIP\":\"\"}") ON_NODE "}"),
	};

	for (size_t i = 0; i < ARRAY_LEN(pods); i++) {
		ck_assert_int_eq(try_to_read(KIND_POD, GROUP_V1, pods[i]), -1);
		ck_assert_int_eq(e.kind, ERR_DECODE);
	}
	assert_networks(POD_META(",\"deletionTimestamp\":\"2026-08-22T10:00:00Z\"") ON_NODE
			",\"status\":{\"podIP\":\"10.0.0.7\"}}", "10.0.0.7/32");
}
END_TEST

START_TEST(a_pod_whose_names_are_too_long_for_a_key_is_not_lost)
{
	char pod[1024];

	snprintf(pod, sizeof(pod), "{\"metadata\":{\"name\":\"%0253d\",\"namespace\":\"shop\","
		 "\"uid\":\"u-1\",\"resourceVersion\":\"5\"},\"spec\":{\"nodeName\":\"%0253d\"}}",
		 0, 0);
	read_object(KIND_POD, GROUP_V1, pod);
	ck_assert_str_eq(object.key, PODS "shop/u-1");
}
END_TEST

START_TEST(an_object_that_does_not_say_what_it_is_of_is_none)
{
	static const char *const texts[] = {
		"{}", "{\"metadata\":{}}", "{\"metadata\":{\"name\":\"n\"},\"spec\":{}}",
		"{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}",
		"{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"},\"spec\":[]}",
		"{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"},\"spec\":{\"cidr\":5}}",
		("{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"},\"spec\":{\"cidr\":"
		 "\"10.0.0.0/26\",\"node\":\"a/b\"}}"),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ck_assert_int_eq(try_to_read(KIND_AFFINITY, GROUP_V1, texts[i]), -1);
		ck_assert_int_eq(e.kind, ERR_DECODE);
	}
}
END_TEST

static const char *const no_uids[] = { "a", "abc", "u-1", "12345678-1234-1234-1234-123456789ab",
				       "12345678-1234-1234-1234-12345678", "0", "0x-0x" };

START_TEST(a_uid_that_is_none_of_kubernetes_is_shown_as_it_is)
{
	char *text, *found;

	ck_assert_int_gt(asprintf(&text, "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":"
				  "\"1\",\"uid\":\"%s\"},\"spec\":{\"cidr\":"
				  "\"10.0.0.0/16\"}}", no_uids[_i]), 0);
	read_object(KIND_POOL, GROUP_V1, text);
	free(text);
	ck_assert_int_gt(asprintf(&found, "\"uid\":\"%s\"", no_uids[_i]), 0);
	ck_assert_ptr_nonnull(strstr(object.value.data, found));
	free(found);
}
END_TEST

#define MANY 60000

static void add_labels(struct buf *text, const char *quote)
{
	for (int i = MANY; i > 0; i--)
		buf_printf(text, "%s%sl%d%s:%s%s", i == MANY ? "" : ",", quote, i, quote, quote,
			   quote);
}

/* Kubernetes limits the bytes of annotations, and not how many labels an object has. */
START_TEST(many_labels_are_soon_read_and_written)
{
	struct buf text __cleanup(buf_done) = BUF(OBJECT_JSON_MAX);

	buf_puts(&text, "{\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"1\",\"uid\":\"u\","
		 "\"labels\":{");
	add_labels(&text, "\"");
	buf_puts(&text, "},\"annotations\":{\"projectcalico.org/metadata\":\"{\\\"labels\\\":{");
	add_labels(&text, "\\\"");
	buf_puts(&text, "}}\"}},\"spec\":{\"cidr\":\"10.0.0.0/16\"}}");
	read_object(KIND_POOL, GROUP_V1, text.data);
	ck_assert_msg(object_print(&out, GROUP_V3, object.key, object.value.data, object.value.len,
				   object.frame.data, &e) == 0, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(out.data, "\"l60000\":\"\""));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("datastore.kubernetes_object");
	TCase *t = tcase_create("objects");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, each_key_has_its_object);
	tcase_add_test(t, what_is_no_step_of_a_path_is_no_name);
	tcase_add_test(t, a_handle_that_no_object_can_be_called_after_is_called_after_its_hash);
	tcase_add_test(t, ids_that_differ_in_case_alone_have_other_hashes);
	tcase_add_test(t, a_long_nodes_affinity_has_a_name_that_fits);
	tcase_add_test(t, a_node_is_found_by_the_hash_that_calico_labels_with);
	tcase_add_test(t, prefixes_are_of_the_kinds_that_may_be_under_them);
	tcase_add_test(t, a_block_is_read_as_etcd_would_hold_it_and_written_as_it_was);
	tcase_add_test(t, a_new_block_is_as_calico_creates_it);
	tcase_add_test(t, an_affinity_is_marked_by_text_in_v1_and_by_a_boolean_in_v3);
	tcase_add_test(t, an_affinity_that_is_written_has_its_labels);
	tcase_add_test(t, a_handle_keeps_its_case_in_its_spec);
	tcase_add_test(t, the_configuration_is_without_zero_values_in_etcd_and_with_two_here);
	tcase_add_test(t, a_pools_own_metadata_is_in_an_annotation_of_v1);
	tcase_add_loop_test(t, what_a_record_lacks_of_labels_and_annotations_goes_from_its_object,
			    0, ARRAY_LEN(rewritten));
	tcase_add_loop_test(t,
		what_another_wrote_over_calicos_copy_stays_but_where_the_record_has_changed, 0,
		ARRAY_LEN(shadowed));
	tcase_add_test(t, a_pool_without_metadata_is_the_same_record_once_written);
	tcase_add_test(t, what_is_a_list_where_a_map_should_be_does_no_harm);
	tcase_add_test(t, a_node_has_kubernetes_labels_over_calicos);
	tcase_add_test(t, a_node_has_the_tunnel_addresses_of_its_annotations);
	tcase_add_test(t, of_a_node_by_its_name_the_notes_are_written_and_all_else_stays);
	tcase_add_test(t, a_pod_is_read_as_its_workload_endpoint_and_never_written);
	tcase_add_test(t, a_pods_addresses_are_kubelets_else_those_that_calico_noted);
	tcase_add_test(t, a_pod_that_holds_no_address_has_no_endpoint);
	tcase_add_test(t, a_pod_whose_names_are_too_long_for_a_key_is_not_lost);
	tcase_add_test(t, an_object_that_does_not_say_what_it_is_of_is_none);
	tcase_add_loop_test(t, a_uid_that_is_none_of_kubernetes_is_shown_as_it_is, 0,
			    ARRAY_LEN(no_uids));
	tcase_add_test(t, many_labels_are_soon_read_and_written);
	suite_add_tcase(s, t);
	return s;
}
