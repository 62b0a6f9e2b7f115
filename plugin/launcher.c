/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/launcher.h"

#include "base/log.h"
#include "ipam/ipam.h"

#include <string.h>

static int take_name(struct identity *id)
{
	memcpy(id->handle, id->vm.handle, strlen(id->vm.handle) + 1);
	id->old_handle[0] = '\0';
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

int launcher_find(struct datastore *ds, enum command command, struct identity *id, struct err *e)
{
	enum ipam_vm_pod pod = IPAM_VM_NONE;

	if (!datastore_traits(ds)->pods)
		return 0;
	if (ipam_vm_of_pod(ds, &id->owner, &pod, &id->vm, e) < 0)
		return e->kind == ERR_NOT_FOUND ? err_wrap(e, "%s", datastore_traits(ds)->place)
						: -1;
	if (pod == IPAM_VM_KEEPS)
		return take_name(id);
	if (pod == IPAM_VM_FREE && command == COMMAND_ADD)
		return refuse_move(id, e);
	if (pod != IPAM_VM_GONE || command == COMMAND_DEL)
		return 0;
	return err_set(e, ERR_NOT_FOUND, "%s: failed to get VMI info: pods \"%s\" not found in "
		       "namespace %s", datastore_traits(ds)->place, id->owner.pod,
		       id->owner.namespace_name);
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

static int release(struct datastore *ds, const struct ipam_release_request *request,
		   struct ipam_release_answer *ret_answer, struct err *e)
{
	struct ipam_release_request whole = *request;

	if (leave(ds, request, e) < 0)
		return -1;
	ret_answer->handle_was_there = true;
	if (!request->owner.vm->ending)
		return 0;
	whole.unowned = true;
	return ipam_release(ds, &whole, ret_answer, e);
}

static int carry_out_alone(const struct turn *turn, struct datastore *ds,
			   const struct identity *id, struct crowd_member *mine, struct err *e)
{
	if (turn_await(turn, e) < 0)
		return -1;
	mine->add.owner = mine->del.owner = id->owner;
	mine->del.now_ns = clock_now_ns();
	mine->del.old_handle = NULL;
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
