/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/vm/vm.h"

#include "base/b64.h"
#include "base/digest/sha256.h"
#include "ipam/record/config.h"
#include "ipam/record/endpoint.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <string.h>

#define LAUNCHER "virt-launcher-"
#define INSTANCE "VirtualMachineInstance"
#define MACHINE "VirtualMachine"
#define RIGHT "give its user get on virtualmachineinstances and virtualmachines of kubevirt.io " \
	"(deploy/kubevirt-rights.yaml)"

/* Whether a machine keeps its addresses, as the configuration has it. */
enum keeping { KEEPING_NOT, KEEPING_UNSAID, KEEPING_SAID };

static int read_keys(struct datastore *ds, struct view *view, const char *key, const char *beside,
		     struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, key, RANGE_KEY);
	if (beside)
		wants_add(&wants, beside, RANGE_KEY);
	return datastore_read(ds, view, &wants, e);
}

/* A configuration that cannot be read says nothing, as one that is not there. */
static enum keeping read_keeping(const struct view *view)
{
	const struct record *record = view_peek(view, KEY_CONFIG);
	struct ipam_config config = {0};
	struct err ignored = {0};

	if (!record || ipam_config_read(record, &config, &ignored) < 0 ||
	    !*config.kubevirt_persistence)
		return KEEPING_UNSAID;
	return strcmp(config.kubevirt_persistence, "Disabled") == 0 ? KEEPING_NOT : KEEPING_SAID;
}

/* As base64 for URLs has it, without what fills it up. */
static void add_hash(struct buf *out, const char *text)
{
	struct buf hash __cleanup(buf_done) = BUF(2 * SHA256_LEN);
	unsigned char sum[SHA256_LEN];

	out->failed |= sha256(text, strlen(text), sum) < 0;
	b64_encode(&hash, sum, SHA256_LEN);
	for (const char *p = hash.data; *p && *p != '=' && out->len < IPAM_VM_HANDLE_MAX; p++)
		buf_putc(out, *p == '+' ? '-' : *p == '/' ? '_' : *p);
}

int ipam_vm_handle(const char *network, const char *namespace_name, const char *name,
		   char out[IPAM_VM_HANDLE_MAX + 1], struct err *e)
{
	struct buf handle __cleanup(buf_done) = BUF(IPAM_VM_HANDLE_MAX);
	struct buf behind __cleanup(buf_done) = BUF(2 * VIEW_KEY_MAX);

	buf_printf(&behind, "%s.%s", namespace_name, name);
	buf_printf(&handle, "%s.vmi.%s", network, behind.data);
	if (handle.failed) {
		buf_reset(&handle);
		buf_printf(&handle, "%s.vmi._", network);
		add_hash(&handle, behind.data);
	}
	if (handle.failed || behind.failed)
		return err_set(e, ERR_LIMIT, "network name %.64s is too long for the handle of a "
			       "virtual machine, which has at most %d bytes", network,
			       IPAM_VM_HANDLE_MAX);
	memcpy(out, handle.data, handle.len + 1);
	return 0;
}

static int keep_text(const char *text, const char *what, char *out, size_t size, struct err *e)
{
	if ((size_t)snprintf(out, size, "%s", text) >= size)
		return err_set(e, ERR_LIMIT, "%s \"%.80s\" is longer than %zu bytes", what, text,
			       size - 1);
	return 0;
}

/* One of KubeVirt's objects, in the pod's namespace; whether it is there. */
static int read_one(struct datastore *ds, const struct ipam_owner *owner, const char *kind_key,
		    const char *name, const char *controller_kind, bool *ret_there,
		    struct controlled *ret, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	const struct record *record;
	char key[KEY_TEXT];

	if (key_in_namespace(kind_key, owner->namespace_name, name, key, e) < 0 ||
	    read_keys(ds, &view, key, NULL, e) < 0)
		return -1;
	record = view_peek(&view, key);
	*ret_there = record;
	return record ? controlled_read(record, controller_kind, ret, e) : 0;
}

/* The instance is being deleted at each stop; where a machine owns it, the machine counts. */
static int read_machine(struct datastore *ds, const struct ipam_owner *owner, const char *name,
			struct ipam_vm *vm, struct err *e)
{
	struct controlled machine __cleanup(controlled_done) = {0};
	bool there;

	if (read_one(ds, owner, KEY_VMS, name, "", &there, &machine, e) < 0)
		return -1;
	/* Gone already: nothing keeps what it had. */
	vm->ending = !there || machine.deleting;
	return keep_text(there ? machine.uid : "", "uid of the virtual machine", vm->uid,
			 sizeof(vm->uid), e);
}

static int read_instance(struct datastore *ds, const struct ipam_owner *owner, const char *name,
			 struct ipam_vm *vm, struct err *e)
{
	struct controlled instance __cleanup(controlled_done) = {0};
	bool there;

	if (read_one(ds, owner, KEY_VM_INSTANCES, name, MACHINE, &there, &instance, e) < 0)
		return -1;
	if (!there)
		return err_set(e, ERR_NOT_FOUND, "failed to get VMI info: %s %s/%s, which controls "
			       "pod %s, is not there", INSTANCE, owner->namespace_name, name,
			       owner->pod);
	if (keep_text(instance.uid, "uid of the instance", vm->instance_uid,
		      sizeof(vm->instance_uid), e) < 0)
		return -1;
	vm->ending = instance.deleting;
	return *instance.controller ? read_machine(ds, owner, instance.controller, vm, e) : 0;
}

/* Who asks may not read whose the pod is.  What the machine has by then is not given up. */
static int pass_over(struct datastore *ds, enum keeping keeping, bool adds,
		     struct ipam_vm_found *found, struct err *e)
{
	struct view view __cleanup(view_done) = {0};
	struct err why = *e;
	char key[KEY_TEXT];

	err_reset(e);
	if (key_of_handle(found->vm.handle, key, e) < 0 || read_keys(ds, &view, key, NULL, e) < 0)
		return -1;
	if (view_peek(&view, key))
		return err_set(e, ERR_DENIED, "%s %.64s has addresses, which no other pod may "
			       "take: " RIGHT ": %.200s", INSTANCE, found->vm.name,
			       why.text);
	if (adds && keeping == KEEPING_SAID) {
		*e = why;
		return -1;
	}
	found->pod = IPAM_VM_HIDDEN;
	found->why = why;
	return 0;
}

static int read_pod(const struct ipam_owner *owner, const struct record *pod,
		    struct ipam_vm_found *found, struct err *e)
{
	struct controlled launcher __cleanup(controlled_done) = {0};
	struct ipam_vm *vm = &found->vm;

	if (controlled_read(pod, INSTANCE, &launcher, e) < 0)
		return -1;
	found->pod = *launcher.controller ? IPAM_VM_KEEPS : IPAM_VM_NONE;
	if (found->pod == IPAM_VM_NONE)
		return 0;
	if (keep_text(launcher.controller, "name of the instance", vm->name, sizeof(vm->name),
		      e) < 0 ||
	    keep_text(launcher.migration, "uid of the migration", vm->migration_uid,
		      sizeof(vm->migration_uid), e) < 0)
		return -1;
	return ipam_vm_handle(owner->network, owner->namespace_name, vm->name, vm->handle, e);
}

static int read_whole(struct datastore *ds, const struct ipam_owner *owner,
		      const struct view *view, const char *key, bool adds,
		      struct ipam_vm_found *found, struct err *e)
{
	enum keeping keeping = read_keeping(view);

	if (read_pod(owner, view_peek(view, key), found, e) < 0)
		return -1;
	if (found->pod == IPAM_VM_NONE)
		return 0;
	if (keeping == KEEPING_NOT) {
		found->pod = IPAM_VM_FREE;
		return 0;
	}
	if (read_instance(ds, owner, found->vm.name, &found->vm, e) == 0)
		return 0;
	return e->forbidden ? pass_over(ds, keeping, adds, found, e) : -1;
}

bool ipam_vm_may_be_of(const struct ipam_owner *owner)
{
	return owner->pod && strncmp(owner->pod, LAUNCHER, strlen(LAUNCHER)) == 0;
}

int ipam_vm_of_pod(struct datastore *ds, const struct ipam_owner *owner, bool adds,
		   struct ipam_vm_found *ret, struct err *e)
{
	struct ipam_vm_found found = { .pod = IPAM_VM_NONE };
	struct view view __cleanup(view_done) = {0};
	char key[KEY_TEXT];

	if (ipam_vm_may_be_of(owner)) {
		if (key_in_namespace(KEY_PODS, owner->namespace_name, owner->pod, key, e) < 0 ||
		    read_keys(ds, &view, key, KEY_CONFIG, e) < 0)
			return -1;
		if (!view_peek(&view, key))
			found.pod = IPAM_VM_GONE;
		else if (read_whole(ds, owner, &view, key, adds, &found, e) < 0)
			return -1;
	}
	*ret = found;
	return 0;
}
