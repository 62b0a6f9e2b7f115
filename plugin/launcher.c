/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/launcher.h"

#include "base/log.h"
#include "ipam/ipam.h"

#include <string.h>

static int take_name(struct identity *id)
{
	memcpy(id->handle, id->vm.handle, strlen(id->vm.handle) + 1);
	id->owner.vm = &id->vm;
	log_info("Detected KubeVirt virt-launcher pod, using VM-based handle ID",
		 LOG_TEXT("HandleID", id->handle), LOG_TEXT("vmiName", id->vm.name),
		 LOG_TEXT("vmiUID", id->vm.instance_uid),
		 LOG_TEXT("migration", id->vm.migration_uid));
	return 0;
}

static int refuse_move(const struct identity *id, struct err *e)
{
	if (!*id->vm.migration_uid)
		return 0;
	return err_set(e, ERR_CONFIG, "live migration target pod is not allowed when "
		       "KubeVirtVMAddressPersistence is disabled; enable it: calico-ipamctl config "
		       "set kubeVirtVMAddressPersistence=Enabled");
}

static int refuse_gone(const struct datastore *ds, const struct identity *id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "%s: failed to get VMI info: pods \"%s\" not found in "
		       "namespace %s", datastore_traits(ds)->place, id->owner.pod,
		       id->owner.namespace_name);
}

static void warn_of_rights(const struct ipam_vm_found *found)
{
	log_warning("No right to read the virtual machine of this pod, which is served as a "
		    "container like others: its addresses are not kept. Give the plugin's account "
		    "get on virtualmachineinstances and virtualmachines of kubevirt.io, or set "
		    "kubeVirtVMAddressPersistence=Disabled",
		    LOG_TEXT("vmiName", found->vm.name), LOG_TEXT("error", found->why.text));
}

int launcher_find(struct datastore *ds, enum command command, struct identity *id, struct err *e)
{
	struct ipam_vm_found found;

	if (!datastore_traits(ds)->pods)
		return 0;
	if (ipam_vm_of_pod(ds, &id->owner, command == COMMAND_ADD, &found, e) < 0)
		return e->kind == ERR_NOT_FOUND ? err_wrap(e, "%s", datastore_traits(ds)->place)
						: -1;
	id->vm = found.vm;
	switch (found.pod) {
	case IPAM_VM_KEEPS:
		return take_name(id);
	case IPAM_VM_FREE:
		return command == COMMAND_ADD ? refuse_move(id, e) : 0;
	case IPAM_VM_GONE:
		return command == COMMAND_DEL ? 0 : refuse_gone(ds, id, e);
	case IPAM_VM_HIDDEN:
		warn_of_rights(&found);
		return 0;
	case IPAM_VM_NONE:
		break;
	}
	return 0;
}

static int leave(struct datastore *ds, const struct ipam_release_request *request, struct err *e)
{
	const struct vm_leave_request of_pod = { .owner = &request->owner,
						 .now_ns = request->now_ns };
	struct vm_leave_answer answer = {0};

	if (ipam_vm_leave(ds, &of_pod, &answer, e) < 0)
		return -1;
	log_info("Cleared owner attributes of this pod", LOG_NUMBER("Addresses", answer.left),
		 LOG_TEXT("HandleID", request->owner.vm->handle));
	return 0;
}

/* As the container that it is too: by another Calico, or before addresses were kept. */
static int release_own(struct datastore *ds, const struct ipam_release_request *request,
		       struct ipam_release_answer *ret_answer, struct err *e)
{
	struct ipam_release_request own = *request;

	own.owner.vm = NULL;
	return ipam_release(ds, &own, ret_answer, e);
}

static int release(struct datastore *ds, const struct ipam_release_request *request,
		   struct ipam_release_answer *ret_answer, struct err *e)
{
	struct ipam_release_answer own = {0}, of_machine = {0};
	struct ipam_release_request whole = *request;

	if (release_own(ds, request, &own, e) < 0 || leave(ds, request, e) < 0)
		return -1;
	whole.unowned = true;
	whole.old_handle = NULL;
	if (request->owner.vm->ending && ipam_release(ds, &whole, &of_machine, e) < 0)
		return -1;
	ret_answer->released = own.released + of_machine.released;
	ret_answer->handle_was_there = true;
	return 0;
}

static int carry_out_alone(const struct turn *turn, struct datastore *ds,
			   const struct identity *id, struct crowd_member *mine, struct err *e)
{
	bool held;

	if (turn_await(turn, &held, e) < 0)
		return -1;
	mine->add.owner = mine->del.owner = id->owner;
	mine->del.now_ns = clock_now_ns();
	return mine->verb == CROWD_ADD ? ipam_add(ds, &mine->add, &mine->added, e)
				       : release(ds, &mine->del, &mine->released, e);
}

int launcher_carry_out(const struct turn *turn, struct identity *id, struct crowd_member *mine,
		       struct err *e)
{
	struct datastore *ds __cleanup(datastore_closep) = NULL;
	bool adds = mine->verb == CROWD_ADD;

	if (!ipam_vm_may_be_of(&id->owner))
		return turn_carry_out(turn, mine, e);
	if (turn_open_store(turn, adds, &ds, e) < 0 ||
	    launcher_find(ds, adds ? COMMAND_ADD : COMMAND_DEL, id, e) < 0)
		return -1;
	if (id->owner.vm)
		return carry_out_alone(turn, ds, id, mine, e);
	return turn_carry_out_in(turn, &ds, mine, e);
}
