/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kills/trace.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 30
#define OUTPUT_MAX ((size_t)16 << 20)
#define BREAKPOINT 0xccul
#define CALL_STOP (SIGTRAP | 0x80)

static volatile pid_t running;
static volatile sig_atomic_t was_late;

void stop_test(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "FAILED: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static long trace(enum __ptrace_request request, pid_t pid, uint64_t address, uint64_t data)
{
	long result;

	errno = 0;
	result = ptrace(request, pid, (void *)(uintptr_t)address, (void *)(uintptr_t)data);
	if (errno && errno != ESRCH)
		stop_test("ptrace request %d: %s", (int)request, strerror(errno));
	return result;
}

void call_memory(const struct call *call, uint64_t address, void *out, size_t len)
{
	struct iovec here = { out, len }, there = { (void *)(uintptr_t)address, len };

	if (process_vm_readv(call->pid, &here, 1, &there, 1, 0) != (ssize_t)len)
		stop_test("cannot read %zu bytes of a traced process: %s", len, strerror(errno));
}

void call_text(const struct call *call, uint64_t address, char out[PATH_MAX])
{
	for (size_t i = 0; i < PATH_MAX - 1; i++) {
		call_memory(call, address + i, out + i, 1);
		if (!out[i])
			return;
	}
	stop_test("a path without end");
}

static void on_alarm(int signal __unused_arg)
{
	was_late = 1;
	if (running > 0)
		kill(running, SIGKILL);
}

/* Starting */

static int new_stream(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	int fd = memfd_create("stream", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		stop_test("no memory for a stream: %s", strerror(errno));
	return fd;
}

static void become(const struct program *p, const int streams[3])
{
	for (int i = 0; i < 3; i++)
		dup2(streams[i], i);
	/* An address sanitizer's leak check does not work in a traced process. */
	if (p->watch && ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(127);
	execve(p->argv[0], unconst(p->argv), unconst(p->env));
	_exit(127);
}

static pid_t start(const struct program *p, const int streams[3])
{
	struct itimerval limit = { .it_value.tv_sec = p->limit_s ? (long)p->limit_s : LIMIT_S };
	pid_t pid;

	fflush(NULL);
	was_late = 0;
	/* What a sanitizer has mapped takes longer to copy than a program to run. */
	pid = vfork();
	if (pid < 0)
		stop_test("vfork: %s", strerror(errno));
	if (pid == 0)
		become(p, streams);
	running = pid;
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm, .sa_flags = SA_RESTART },
		  NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
	return pid;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			stop_test("waitpid: %s", strerror(errno));
	return status;
}

static uint64_t entry_point(pid_t pid)
{
	char path[64];
	Elf64_auxv_t item = { .a_type = AT_NULL };
	int fd __cleanup(close_fd) = -1;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && read(fd, &item, sizeof(item)) == sizeof(item))
		if (item.a_type == AT_ENTRY)
			return item.a_un.a_val;
	stop_test("%s names no entry point", path);
}

/* From the stop after execve() to the entry point.  Returns the last status. */
static int go_to_entry(pid_t pid)
{
	uint64_t entry = entry_point(pid);
	uint64_t code = (uint64_t)trace(PTRACE_PEEKTEXT, pid, entry, 0);
	struct user_regs_struct regs = {0};
	int status;

	trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	trace(PTRACE_POKETEXT, pid, entry, (code & ~0xfful) | BREAKPOINT);
	trace(PTRACE_CONT, pid, 0, 0);
	status = wait_for(pid);
	if (!WIFSTOPPED(status))
		return status;
	trace(PTRACE_POKETEXT, pid, entry, code);
	trace(PTRACE_GETREGS, pid, 0, (uintptr_t)&regs);
	if (regs.rip != entry + 1)
		stop_test("stopped by signal %d before its entry point", WSTOPSIG(status));
	regs.rip = entry;
	trace(PTRACE_SETREGS, pid, 0, (uintptr_t)&regs);
	return status;
}

/* Watching */

static void look(struct call *c, enum moment moment)
{
	struct __ptrace_syscall_info info;

	trace(PTRACE_GET_SYSCALL_INFO, c->pid, sizeof(info), (uintptr_t)&info);
	if (moment == CALL_BEGINS) {
		c->number = (long)info.entry.nr;
		memcpy(c->args, info.entry.args, sizeof(c->args));
	} else {
		c->result = info.exit.rval;
	}
}

static void set_register(pid_t pid, size_t offset, long value)
{
	trace(PTRACE_POKEUSER, pid, offset, (uint64_t)value);
}

/* No call is done in place of one that must not be. */
static void leave_out(pid_t pid)
{
	set_register(pid, offsetof(struct user_regs_struct, orig_rax), -1);
}

/* One call, from the stop at its begin to its end.  Returns the last status. */
static int see_through(const struct program *p, struct call *c, struct outcome *o)
{
	int wish, status;

	look(c, CALL_BEGINS);
	wish = p->watch(c, CALL_BEGINS, p->arg);
	if (wish)
		leave_out(c->pid);
	if (wish != TRACE_KILL) {
		trace(PTRACE_SYSCALL, c->pid, 0, 0);
		status = wait_for(c->pid);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != CALL_STOP)
			return status;
		look(c, CALL_HAS_ENDED);
		if (!wish)
			wish = p->watch(c, CALL_HAS_ENDED, p->arg);
		if (wish > 0)
			set_register(c->pid, offsetof(struct user_regs_struct, rax), -wish);
	}
	c->index++;
	if (wish == TRACE_KILL) {
		o->killed = true;
		kill(c->pid, SIGKILL);
	}
	trace(PTRACE_SYSCALL, c->pid, 0, 0);
	return wait_for(c->pid);
}

static int watch(const struct program *p, pid_t pid, struct outcome *o)
{
	struct call call = { .pid = pid };
	int status = wait_for(pid);

	if (WIFSTOPPED(status))
		status = go_to_entry(pid);
	if (WIFSTOPPED(status)) {
		trace(PTRACE_SYSCALL, pid, 0, 0);
		status = wait_for(pid);
	}
	while (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == CALL_STOP) {
			status = see_through(p, &call, o);
			continue;
		}
		trace(PTRACE_SYSCALL, pid, 0, (uint64_t)WSTOPSIG(status));
		status = wait_for(pid);
	}
	o->calls = call.index;
	return status;
}

/* Ending */

static void read_stream(int fd, struct buf *out)
{
	char piece[16384];
	ssize_t n;
	off_t at = 0;

	for (; (n = pread(fd, piece, sizeof(piece), at)) > 0; at += n)
		buf_add(out, piece, (size_t)n);
}

void program_run(const struct program *p, struct outcome *ret)
{
	int in __cleanup(close_fd) = new_stream(p->input);
	int out __cleanup(close_fd) = new_stream(NULL);
	int said __cleanup(close_fd) = new_stream(NULL);
	const int streams[3] = { in, out, said };
	pid_t pid = start(p, streams);
	int status;

	*ret = (struct outcome){0};
	buf_init(&ret->out, OUTPUT_MAX);
	buf_init(&ret->said, OUTPUT_MAX);
	status = p->watch ? watch(p, pid, ret) : wait_for(pid);
	running = 0;
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	ret->late = was_late;
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (ret->status == 127)
		stop_test("%s cannot be run", p->argv[0]);
	read_stream(out, &ret->out);
	read_stream(said, &ret->said);
}

void outcome_done(struct outcome *o)
{
	buf_done(&o->out);
	buf_done(&o->said);
}

#define NAMED(call) { SYS_##call, #call }

static const struct {
	long number;
	const char *name;
} names[] = {
	NAMED(read), NAMED(write), NAMED(open), NAMED(close), NAMED(stat), NAMED(fstat),
	NAMED(lstat), NAMED(poll), NAMED(lseek), NAMED(mmap), NAMED(mprotect), NAMED(munmap),
	NAMED(brk), NAMED(rt_sigaction), NAMED(rt_sigprocmask), NAMED(ioctl), NAMED(pread64),
	NAMED(pwrite64), NAMED(readv), NAMED(writev), NAMED(access), NAMED(pipe), NAMED(madvise),
	NAMED(getpid), NAMED(socket), NAMED(connect), NAMED(sendto), NAMED(recvfrom),
	NAMED(sendmsg), NAMED(recvmsg), NAMED(shutdown), NAMED(bind), NAMED(getsockname),
	NAMED(getpeername), NAMED(socketpair), NAMED(setsockopt), NAMED(getsockopt), NAMED(uname),
	NAMED(fcntl), NAMED(flock), NAMED(fsync), NAMED(fdatasync), NAMED(ftruncate),
	NAMED(getdents64), NAMED(getcwd), NAMED(rename), NAMED(mkdir), NAMED(rmdir),
	NAMED(unlink), NAMED(readlink), NAMED(fchmod), NAMED(umask), NAMED(getuid),
	NAMED(geteuid), NAMED(getppid), NAMED(gettid), NAMED(fstatfs), NAMED(statfs),
	NAMED(arch_prctl), NAMED(set_tid_address), NAMED(futex), NAMED(exit_group),
	NAMED(openat), NAMED(newfstatat), NAMED(unlinkat), NAMED(faccessat), NAMED(faccessat2),
	NAMED(set_robust_list), NAMED(get_robust_list), NAMED(pipe2), NAMED(getrandom),
	NAMED(clock_gettime), NAMED(clock_nanosleep), NAMED(nanosleep), NAMED(setitimer),
	NAMED(pwritev), NAMED(preadv), NAMED(renameat), NAMED(mremap), NAMED(eventfd2),
	NAMED(statx), NAMED(prlimit64), NAMED(rseq), NAMED(sysinfo), NAMED(membarrier),
	NAMED(setns),
};

const char *call_name(long number)
{
	static char text[24];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(text, sizeof(text), "system call %ld", number);
	return text;
}
