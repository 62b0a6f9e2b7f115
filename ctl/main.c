/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calico-ipamctl: looks after the pools, nodes and addresses of calico-ipam.
 * Exit status: enum status in command.h.
 */
#include "base/io.h"
#include "base/process/mark.h"
#include "base/process/relro.h"
#include "base/process/standard.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/command.h"
#include "ctl/cli/help.h"
#include "ctl/cli/options.h"
#include "ctl/cli/status.h"
#include "ctl/cli/yaml.h"

#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX (256 << 20)	/* bytes */

MARK_EXECUTABLE("calico-ipamctl");

static const struct command *const commands[] = {
	&pool_create_command,
	&pool_list_command,
	&pool_update_command,
	&pool_enable_command,
	&pool_disable_command,
	&pool_split_command,
	&pool_delete_command,
	&node_create_command,
	&node_list_command,
	&node_label_command,
	&node_delete_command,
	&reservation_create_command,
	&reservation_list_command,
	&reservation_delete_command,
	&get_command,
	&apply_command,
	&create_command,
	&replace_command,
	&delete_command,
	&diff_command,
	&affinity_list_command,
	&affinity_release_command,
	&config_get_command,
	&config_set_command,
	&show_command,
	&check_command,
	&release_command,
	&reclaim_command,
	&history_command,
	&export_command,
	&import_command,
	&doctor_command,
	&map_command,
	&metrics_command,
	&openstack_check_command,
	&openstack_guest_command,
	&upgrade_from_host_local_command,
	&ipam_show_command,
	&ipam_check_command,
	&ipam_release_command,
	&ipam_configure_command,
	&ipam_split_command,
	&label_command,
	&datastore_migrate_command,
	&completion_command,
	&version_command,
	NULL,
};

static int complain(const struct call *call, const struct err *e)
{
	struct buf help __cleanup(buf_done) = BUF(4096);

	aside("calico-ipamctl: %s\n", e->text);
	if (call->wrong_use) {
		help_pointer(call, &help);
		aside("Try: %s\n", help.data);
	}
	return call->wrong_use ? STATUS_WRONG_USE : status_of_kind(e->kind);
}

static int print(struct call *call, struct err *e)
{
	if (call->out.failed)
		return err_set(e, ERR_LIMIT, "out of memory, or an output of more than %d bytes",
			       OUTPUT_MAX);
	return io_write_fd(STDOUT_FILENO, call->out.data, call->out.len, "the output", e);
}

static int answer(int argc, char **argv, struct call *call, struct err *e)
{
	if (options_read(argc, argv, call, e) < 0)
		return -1;
	if (call->help)
		help_print(call, &call->out);
	else if (call->command->run(call, e) < 0)
		return -1;
	if (call->yaml && !call->help && yaml_from_json(&call->out, e) < 0)
		return -1;
	return print(call, e);
}

int main(int argc, char **argv)
{
	struct call call = { .commands = commands };
	struct err e = { 0 };
	int status;

	relro_protect();
	standard_open();
	call.umask = umask(077);
	buf_init(&call.out, OUTPUT_MAX);
	status = answer(argc, argv, &call, &e) < 0 ? complain(&call, &e) : (int)call.status;
	buf_done(&call.out);
	return status;
}
