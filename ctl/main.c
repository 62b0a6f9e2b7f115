/*
 * calico-ipamctl: looks after the pools, nodes and addresses of calico-ipam.
 * Exit status: 0 done, 1 failed, 2 wrong use.
 */
#include "base/io.h"
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/options.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX (256 << 20)	/* bytes */
#define EXIT_FAILED 1
#define EXIT_WRONG_USE 2

const struct command *const commands[] = {
	&pool_create_command,
	&pool_list_command,
	&pool_delete_command,
	&node_create_command,
	&node_list_command,
	&show_command,
	&version_command,
	NULL,
};

static int complain(const struct call *call, const struct err *e)
{
	struct buf text __cleanup(buf_done);

	buf_init(&text, 4096);
	buf_printf(&text, "calico-ipamctl: %s\n", e->text);
	if (call->wrong_use) {
		buf_puts(&text, "Try: ");
		help_pointer(call, &text);
		buf_putc(&text, '\n');
	}
	fputs(text.data, stderr);
	return call->wrong_use ? EXIT_WRONG_USE : EXIT_FAILED;
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
	return print(call, e);
}

int main(int argc, char **argv)
{
	struct call call = { 0 };
	struct err e = { 0 };
	int status = 0;

	umask(077);
	buf_init(&call.out, OUTPUT_MAX);
	if (answer(argc, argv, &call, &e) < 0)
		status = complain(&call, &e);
	buf_done(&call.out);
	return status;
}
