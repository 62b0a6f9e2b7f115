/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that a virtual machine of KubeVirt's keeps (docs/DATA-MODEL.md 14). */
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define LAUNCHER "virt-launcher-vm1-a"
#define HANDLE "net.vmi.production.vm1"
#define BLOCK KEY_BLOCKS_4 "10.0.0.0-29"
#define OWNED_BY(kind, name)                                                                       \
	"\"ownerReferences\":[{\"apiVersion\":\"kubevirt.io/v1\",\"kind\":\"" kind                 \
	"\",\"name\":\"" name "\",\"controller\":true}]"
#define DELETING ",\"deletionTimestamp\":\"2026-08-22T10:00:00Z\""

static struct cluster c;
static struct ipam_vm vm;
static struct ipam_vm_found found;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":29");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
	vm = (struct ipam_vm){ .handle = HANDLE, .name = "vm1", .instance_uid = "i-1",
			       .uid = "m-1" };
}

static void setup_in_turns(void)
{
	setup();
	cluster_in_turns(&c);
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static struct ipam_owner owner_of(const char *node, const char *name)
{
	return (struct ipam_owner){ "net", "c-of-no-matter", "eth0", node, "production", name,
				    &vm, "0123456789abcdef", "3ed.9c03e1" };
}

/* ADD of a pod of the machine. */
static int add(const char *node, const char *name, const char *families)
{
	struct ipam_assign_request r = cluster_request(&c, node, "c1", families);

	r.owner = owner_of(node, name);
	return cluster_assign(&c, &r);
}

static int leave(const char *name)
{
	struct ipam_owner owner = owner_of("node-a", name);
	struct vm_leave_request r = { &owner, c.now_ns++ };
	struct vm_leave_answer ignored;

	err_reset(&c.e);
	return ipam_vm_leave(c.ds, &r, &ignored, &c.e);
}

/* What follows where the machine is being deleted. */
static int release_unowned(void)
{
	struct ipam_release_request r = { .owner = owner_of("node-a", LAUNCHER), .unowned = true,
					  .now_ns = c.now_ns++ };
	struct ipam_release_answer ignored;

	err_reset(&c.e);
	return ipam_release(c.ds, &r, &ignored, &c.e);
}

static void assert_block_says(const char *text)
{
	const char *block = fake_get(c.store, BLOCK);

	ck_assert_msg(block && strstr(block, text), "no %s in %s", text, block);
}

static void assert_block_says_not(const char *text)
{
	ck_assert_ptr_null(strstr(fake_get(c.store, BLOCK), text));
}

START_TEST(addresses_are_the_machines_and_say_whose_they_are)
{
	assert_ok(add("node-a", LAUNCHER, "46"));
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_HANDLES HANDLE));
	assert_block_says("\"handle_id\":\"" HANDLE "\"");
	assert_block_says("\"pod\":\"" LAUNCHER "\"");
	assert_block_says("\"vm-uid\":\"m-1\",\"vmi-name\":\"vm1\",\"vmi-uid\":\"i-1\"}");
	assert_block_says_not("vmim-uid");
	assert_block_says_not("boot");
	assert_block_says_not("netns");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(its_next_pod_gets_the_same_addresses_and_is_their_owner)
{
	char first[N_FAMILIES][ADDR_TEXT + 8];

	assert_ok(add("node-a", LAUNCHER, "46"));
	memcpy(first, c.text, sizeof(first));
	assert_ok(leave(LAUNCHER));
	assert_ok(add("node-b", "virt-launcher-vm1-b", "46"));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		ck_assert_int_eq(strncmp(c.text[f], first[f], strcspn(first[f], "/") + 1), 0);
		ck_assert_ptr_nonnull(strstr(c.text[f], f == FAMILY_4 ? "/32" : "/128"));
	}
	assert_block_says("\"node\":\"node-b\",\"pod\":\"virt-launcher-vm1-b\"");
	assert_block_says_not(LAUNCHER "\"");
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(it_has_one_address_of_a_family_whatever_is_asked_for)
{
	struct ipam_assign_request r;

	assert_ok(add("node-a", LAUNCHER, "4"));
	assert_ok(add("node-a", LAUNCHER, "4"));
	r = cluster_request(&c, "node-a", "c1", "4");
	r.owner = owner_of("node-a", LAUNCHER);
	ck_assert_int_eq(addr_parse("10.0.0.6", &r.exact[FAMILY_4]), 0);
	assert_ok(cluster_assign(&c, &r));
	ck_assert_str_ne(c.text[FAMILY_4], "10.0.0.6/32");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	assert_ok(add("node-a", LAUNCHER, "46"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(a_pod_that_it_moves_to_is_the_other_owner_and_gets_no_routes)
{
	assert_ok(add("node-a", LAUNCHER, "4"));
	ck_assert(!c.answer.no_routes);
	strcpy(vm.migration_uid, "g-1");
	assert_ok(add("node-b", "virt-launcher-vm1-b", "46"));
	ck_assert(c.answer.no_routes);
	ck_assert(c.answer.has[FAMILY_4]);
	ck_assert(!c.answer.has[FAMILY_6]);
	assert_block_says("\"pod\":\"" LAUNCHER "\"");
	assert_block_says("\"alternateOwnerAttrs\":{\"ifname\":\"eth0\",\"namespace\":"
			  "\"production\",\"network\":\"net\",\"node\":\"node-b\","
			  "\"pod\":\"virt-launcher-vm1-b\"");
	assert_block_says("\"vmim-uid\":\"g-1\"}");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_pod_that_it_moves_to_must_find_an_address)
{
	strcpy(vm.migration_uid, "g-1");
	ck_assert_int_eq(add("node-b", LAUNCHER, "4"), -1);
	ck_assert_int_eq(c.e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(c.e.text, "migration target pod but no IP allocated to VMI "
				     "handle " HANDLE));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(a_pod_that_leaves_is_no_longer_an_owner_and_the_addresses_stay)
{
	assert_ok(add("node-a", LAUNCHER, "4"));
	assert_ok(leave("virt-launcher-vm1-b"));
	assert_block_says("\"pod\":\"" LAUNCHER "\"");
	assert_ok(leave(LAUNCHER));
	assert_block_says("\"attributes\":[{\"handle_id\":\"" HANDLE "\"}]");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_HANDLES HANDLE));
	assert_ok(leave(LAUNCHER));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(of_two_owners_the_one_that_leaves_is_taken_off)
{
	assert_ok(add("node-a", LAUNCHER, "4"));
	strcpy(vm.migration_uid, "g-1");
	assert_ok(add("node-b", "virt-launcher-vm1-b", "4"));
	assert_ok(leave(LAUNCHER));
	assert_block_says_not("\"secondary\"");
	assert_block_says("\"alternateOwnerAttrs\"");
	assert_ok(leave("virt-launcher-vm1-b"));
	assert_block_says_not("\"alternateOwnerAttrs\"");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(what_a_deleted_machine_had_is_released_once_no_pod_owns_it)
{
	assert_ok(add("node-a", LAUNCHER, "46"));
	assert_ok(release_unowned());
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	assert_ok(leave(LAUNCHER));
	assert_ok(release_unowned());
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES HANDLE));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(what_a_block_has_beside_survives_the_change_of_owners)
{
	char text[4096], *at;

	assert_ok(add("node-a", LAUNCHER, "4"));
	at = strstr(strcpy(text, fake_get(c.store, BLOCK)), "\"secondary\"");
	memmove(at + 10, at, strlen(at) + 1);
	memcpy(at, "\"later\":5,", 10);
	fake_put(c.store, BLOCK, text);
	assert_ok(leave(LAUNCHER));
	assert_block_says("{\"handle_id\":\"" HANDLE "\",\"later\":5}");
}
END_TEST

START_TEST(gc_leaves_what_a_machine_keeps)
{
	struct ipam_gc_request r = { "net", "node-a", NULL, 0, 0 };
	struct ipam_gc_answer ignored;

	assert_ok(add("node-a", LAUNCHER, "4"));
	r.now_ns = c.now_ns + 3600 * CLUSTER_SECOND;
	assert_ok(ipam_gc(c.ds, &r, &ignored, &c.e));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(an_add_that_fails_half_way_takes_nothing_back_from_a_machine)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", "46");
	struct ipam_assign_answer ignored;

	assert_ok(add("node-a", LAUNCHER, "46"));
	r.owner = owner_of("node-a", "virt-launcher-vm1-b");
	fake_refuse(c.store, 1, 1 << 1);
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(ipam_add(c.ds, &r, &ignored, &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
	assert_block_says("\"pod\":\"virt-launcher-vm1-b\"");
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

/* Whose a pod is */

static void object(const char *key, const char *metadata)
{
	char value[512];

	snprintf(value, sizeof(value), "{\"metadata\":{\"name\":\"x\",\"uid\":\"u\"%s%s}}",
		 *metadata ? "," : "", *metadata == ',' ? metadata + 1 : metadata);
	fake_put(c.store, key, value);
}

static int find_for(bool adds)
{
	struct ipam_owner owner = { "net", "c1", "eth0", "node-a", "production", LAUNCHER, NULL,
				    NULL, NULL };

	err_reset(&c.e);
	memset(&found, 0, sizeof(found));
	return ipam_vm_of_pod(c.ds, &owner, adds, &found, &c.e);
}

static int find(void)
{
	return find_for(true);
}

static void whole_machine(void)
{
	object(KEY_PODS "production/" LAUNCHER, OWNED_BY("VirtualMachineInstance", "vm1"));
	object(KEY_VM_INSTANCES "production/vm1", OWNED_BY("VirtualMachine", "vm1"));
	object(KEY_VMS "production/vm1", "");
}

START_TEST(a_launcher_is_known_by_what_controls_it)
{
	whole_machine();
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_KEEPS);
	ck_assert_str_eq(found.vm.handle, HANDLE);
	ck_assert_str_eq(found.vm.name, "vm1");
	ck_assert_str_eq(found.vm.instance_uid, "u");
	ck_assert_str_eq(found.vm.uid, "u");
	ck_assert_str_eq(found.vm.migration_uid, "");
	ck_assert(!found.vm.ending);
	object(KEY_PODS "production/" LAUNCHER, "");
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_NONE);
}
END_TEST

START_TEST(a_pod_of_another_name_is_not_even_read)
{
	struct ipam_owner owner = { "net", "c1", "eth0", "node-a", "production", "web", NULL,
				    NULL, NULL };
	unsigned long reads = fake_reads(c.store);

	object(KEY_PODS "production/web", OWNED_BY("VirtualMachineInstance", "vm1"));
	assert_ok(ipam_vm_of_pod(c.ds, &owner, true, &found, &c.e));
	ck_assert_int_eq(found.pod, IPAM_VM_NONE);
	ck_assert_uint_eq(fake_reads(c.store), reads);
}
END_TEST

START_TEST(a_pod_that_is_gone_is_told)
{
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_GONE);
}
END_TEST

START_TEST(without_its_instance_a_launcher_is_an_error)
{
	object(KEY_PODS "production/" LAUNCHER, OWNED_BY("VirtualMachineInstance", "vm1"));
	ck_assert_int_eq(find(), -1);
	ck_assert_int_eq(c.e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(c.e.text, "production/vm1"));
}
END_TEST

START_TEST(the_target_of_a_migration_is_known_by_its_label)
{
	whole_machine();
	object(KEY_PODS "production/" LAUNCHER, OWNED_BY("VirtualMachineInstance", "vm1")
	       ",\"labels\":{\"kubevirt.io/migrationJobUID\":\"g-1\"}");
	assert_ok(find());
	ck_assert_str_eq(found.vm.migration_uid, "g-1");
}
END_TEST

START_TEST(a_machine_that_is_being_deleted_ends_and_its_instance_alone_does_not)
{
	whole_machine();
	object(KEY_VM_INSTANCES "production/vm1", OWNED_BY("VirtualMachine", "vm1") DELETING);
	assert_ok(find());
	ck_assert(!found.vm.ending);
	object(KEY_VMS "production/vm1", DELETING);
	assert_ok(find());
	ck_assert(found.vm.ending);
	object(KEY_VM_INSTANCES "production/vm1", DELETING);
	assert_ok(find());
	ck_assert(found.vm.ending);
	ck_assert_str_eq(found.vm.uid, "");
}
END_TEST

START_TEST(addresses_are_kept_unless_the_configuration_says_disabled)
{
	whole_machine();
	cluster_config(&c, "{\"kubeVirtVMAddressPersistence\":\"Disabled\"}");
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_FREE);
	cluster_config(&c, "{}");
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_KEEPS);
	cluster_config(&c, "what?");
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_KEEPS);
}
END_TEST

START_TEST(where_nothing_is_kept_no_machine_is_read)
{
	unsigned long reads;

	object(KEY_PODS "production/" LAUNCHER, OWNED_BY("VirtualMachineInstance", "vm1")
	       ",\"labels\":{\"kubevirt.io/migrationJobUID\":\"g-1\"}");
	cluster_config(&c, "{\"kubeVirtVMAddressPersistence\":\"Disabled\"}");
	reads = fake_reads(c.store);
	assert_ok(find());
	ck_assert_int_eq(found.pod, IPAM_VM_FREE);
	ck_assert_str_eq(found.vm.migration_uid, "g-1");
	ck_assert_uint_eq(fake_reads(c.store), reads + 1);
}
END_TEST

#define SAID "{\"kubeVirtVMAddressPersistence\":\"Enabled\"}"

static const struct {
	const char *config, *handle; /* NULL: absent */
	bool adds, passed_over;
} rights[] = {
	{ NULL, NULL, true, true },
	{ "{}", NULL, true, true },
	{ "{}", NULL, false, true },
	{ SAID, NULL, true, false },
	{ SAID, NULL, false, true },
	{ NULL, "{\"block\":{}}", true, false },
	{ NULL, "{\"block\":{}}", false, false },
};

/* The second read is the instance's, the third the machine's. */
START_TEST(without_a_right_to_its_machine_a_pod_is_a_container_unless_that_loses_something)
{
	for (unsigned read = 2; read <= 3; read++) {
		whole_machine();
		if (rights[_i].config)
			cluster_config(&c, rights[_i].config);
		if (rights[_i].handle)
			fake_put(c.store, KEY_HANDLES HANDLE, rights[_i].handle);
		fake_forbid_read(c.store, read);
		if (rights[_i].passed_over) {
			assert_ok(find_for(rights[_i].adds));
			ck_assert_int_eq(found.pod, IPAM_VM_HIDDEN);
			ck_assert(found.why.kind == ERR_DENIED && found.why.forbidden);
			ck_assert_str_eq(found.vm.name, "vm1");
		} else {
			ck_assert_int_eq(find_for(rights[_i].adds), -1);
			ck_assert_int_eq(c.e.kind, ERR_DENIED);
		}
		ck_assert(!rights[_i].handle || strstr(c.e.text, "deploy/kubevirt-rights.yaml"));
	}
}
END_TEST

/* A token that has run out, or a certificate that is not good, says nothing of rights. */
START_TEST(who_is_not_known_to_the_store_makes_no_machines_pod_a_container)
{
	for (unsigned read = 2; read <= 3; read++) {
		whole_machine();
		fake_fail_read(c.store, read, ERR_DENIED);
		ck_assert_int_eq(find(), -1);
		ck_assert_int_eq(c.e.kind, ERR_DENIED);
	}
}
END_TEST

START_TEST(what_else_keeps_a_machine_from_being_read_is_an_error)
{
	whole_machine();
	fake_fail_read(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(find(), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
}
END_TEST

START_TEST(a_handle_that_would_be_too_long_ends_in_a_hash)
{
	char name[151], network[130];

	memset(name, 'v', 150);
	name[150] = '\0';
	assert_ok(ipam_vm_handle("net", "production", name, vm.handle, &c.e));
	ck_assert_str_eq(vm.handle, "net.vmi._XlxwL4HK0lChFXWYua6olyBroJFl4UmkMRcVSZvoPxw");
	memset(network, 'n', 129);
	network[100] = '\0';
	assert_ok(ipam_vm_handle(network, "production", name, vm.handle, &c.e));
	ck_assert_uint_eq(strlen(vm.handle), IPAM_VM_HANDLE_MAX);
	ck_assert_str_eq(vm.handle + 100, ".vmi._XlxwL4HK0lChFXWYua6oly");
	network[100] = 'n';
	network[129] = '\0';
	ck_assert_int_eq(ipam_vm_handle(network, "production", name, vm.handle, &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_LIMIT);
}
END_TEST

static TCase *cases_of(const char *name, void (*begin)(void))
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, begin, teardown);
	tcase_add_test(t, addresses_are_the_machines_and_say_whose_they_are);
	tcase_add_test(t, its_next_pod_gets_the_same_addresses_and_is_their_owner);
	tcase_add_test(t, it_has_one_address_of_a_family_whatever_is_asked_for);
	tcase_add_test(t, a_pod_that_it_moves_to_is_the_other_owner_and_gets_no_routes);
	tcase_add_test(t, a_pod_that_it_moves_to_must_find_an_address);
	tcase_add_test(t, a_pod_that_leaves_is_no_longer_an_owner_and_the_addresses_stay);
	tcase_add_test(t, of_two_owners_the_one_that_leaves_is_taken_off);
	tcase_add_test(t, what_a_deleted_machine_had_is_released_once_no_pod_owns_it);
	tcase_add_test(t, what_a_block_has_beside_survives_the_change_of_owners);
	tcase_add_test(t, gc_leaves_what_a_machine_keeps);
	return t;
}

Suite *suite(void)
{
	Suite *s = suite_create("vm");
	TCase *t = tcase_create("pod");

	suite_add_tcase(s, cases_of("vm", setup));
	suite_add_tcase(s, cases_of("vm in turns", setup_in_turns));
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup_in_turns, teardown);
	tcase_add_test(t, an_add_that_fails_half_way_takes_nothing_back_from_a_machine);
	tcase_add_test(t, a_launcher_is_known_by_what_controls_it);
	tcase_add_test(t, a_pod_of_another_name_is_not_even_read);
	tcase_add_test(t, a_pod_that_is_gone_is_told);
	tcase_add_test(t, without_its_instance_a_launcher_is_an_error);
	tcase_add_test(t, the_target_of_a_migration_is_known_by_its_label);
	tcase_add_test(t, a_machine_that_is_being_deleted_ends_and_its_instance_alone_does_not);
	tcase_add_test(t, addresses_are_kept_unless_the_configuration_says_disabled);
	tcase_add_test(t, where_nothing_is_kept_no_machine_is_read);
	tcase_add_loop_test(t,
		without_a_right_to_its_machine_a_pod_is_a_container_unless_that_loses_something, 0,
		ARRAY_LEN(rights));
	tcase_add_test(t, who_is_not_known_to_the_store_makes_no_machines_pod_a_container);
	tcase_add_test(t, what_else_keeps_a_machine_from_being_read_is_an_error);
	tcase_add_test(t, a_handle_that_would_be_too_long_ends_in_a_hash);
	return s;
}
