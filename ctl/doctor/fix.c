/* SPDX-License-Identifier: Apache-2.0 */
/* doctor --fix: kernel settings that hold after a reboot, too (sysctl.d(5)). */
#include "ctl/doctor/doctor.h"

#include "base/io.h"
#include "base/process/run.h"
#include "ctl/cli/confirm.h"
#include "ctl/doctor/sysctl_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSCTL_FILE "/etc/sysctl.d/90-calico-ipam.conf"
#define SYSCTL_FILE_MAX (1 << 16)	/* bytes */
#define SYSCTL_MS 10000
#define TITLE "# Written by calico-ipamctl doctor --fix.\n"
#define BEFORE "# before doctor --fix: "

void doctor_note_sysctl(struct doctor *d, const char *name, long is, long must_be)
{
	buf_printf(&d->settings, "%s = %ld\n", name, must_be);
	buf_printf(&d->undo, " %s=%ld", name, is);
}

/* "net.ipv4.ip_forward = 1": whether the same name is set among the new lines. */
static bool is_set_anew(const struct doctor *d, const char *line)
{
	size_t len = strcspn(line, " =\n");

	for (const char *at = d->settings.data; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, " ") == len && strncmp(at, line, len) == 0)
			return true;
	return false;
}

/* What an earlier call wrote, or somebody else, stays: as a comment where it is set anew. */
static int print_file(const struct doctor *d, struct buf *out, struct err *e)
{
	struct buf old __cleanup(buf_done) = BUF(SYSCTL_FILE_MAX);

	if (io_read_own_file(SYSCTL_FILE, &old, e) < 0) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		err_reset(e);
		buf_puts(out, TITLE);
	}
	for (const char *line = old.data; *line; line += strcspn(line, "\n"), line += *line == '\n')
		buf_printf(out, "%s%.*s\n", is_set_anew(d, line) ? BEFORE : "",
			   (int)strcspn(line, "\n"), line);
	buf_add(out, d->settings.data, d->settings.len);
	return 0;
}

static int apply(struct err *e)
{
	static char program[] = "sysctl", option[] = "-q", load[] = "-p", file[] = SYSCTL_FILE;
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const argv[] = { program, option, load, file, NULL }, *const envp[] = { path, NULL };
	struct buf out __cleanup(buf_done) = BUF(SYSCTL_FILE_MAX);
	struct buf aside __cleanup(buf_done) = BUF(SYSCTL_FILE_MAX);
	struct run r = { .argv = argv, .envp = envp, .out = &out, .aside = &aside };

	if (run_to_end(&r, deadline_in_ms(SYSCTL_MS), e) < 0)
		return err_wrap(e, SYSCTL_FILE " is written, but not in force until the next boot");
	if (r.status == 0)
		return 0;
	return err_set(e, ERR_IO, SYSCTL_FILE " is written, but not all of it is in force: sysctl "
		       "-p: %.*s",
		       (int)strcspn(aside.data, "\n"), aside.data);
}

static int write_and_apply(const struct doctor *d, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(SYSCTL_FILE_MAX);

	if (print_file(d, &text, e) < 0)
		return -1;
	if (text.failed)
		return err_set(e, ERR_LIMIT, SYSCTL_FILE " would be longer than %d bytes",
			       SYSCTL_FILE_MAX);
	umask(022);
	if (io_make_parent(SYSCTL_FILE, 0755, e) < 0 ||
	    io_replace_file(SYSCTL_FILE, text.data, text.len, 0644, e) < 0)
		return -1;
	return apply(e);
}

/* What the next boot makes of it otherwise. */
static void print_overriding(const char *overriding, struct buf *out)
{
	for (const char *line = overriding; *line; line += strcspn(line, "\n") + 1)
		printable_printf(out, "but %.*s, which is read later, is in force again at the "
				 "next boot: take it out there\n", (int)strcspn(line, "\n"),
				 line);
}

static void print_text(const struct doctor *d, const char *undo, bool dry, struct buf *out)
{
	buf_puts(out, dry ? "would be written to " SYSCTL_FILE " and put in force:\n"
			  : "written to " SYSCTL_FILE " and in force:\n");
	for (const char *line = d->settings.data; *line; line += strcspn(line, "\n") + 1)
		printable_printf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
	printable_printf(out, "to undo: %s\n", undo);
}

/* The lines from before come last: one may be a new one to the letter, and does not go with it. */
static void print_undo(const struct doctor *d, bool was_there, struct buf *out)
{
	buf_puts(out, was_there ? "sed -i" : "rm");
	for (const char *line = d->settings.data; was_there && *line;
	     line += strcspn(line, "\n") + 1)
		buf_printf(out, " -e '\\|^%.*s$|d'", (int)strcspn(line, "\n"), line);
	buf_puts(out, was_there ? " -e 's/^" BEFORE "//'" : "");
	buf_printf(out, " " SYSCTL_FILE " && sysctl -w%s", d->undo.data);
}

static void print_answer(const struct doctor *d, bool was_there, bool dry)
{
	struct buf text __cleanup(buf_done) = BUF(3 * DOCTOR_LIST_MAX);
	struct buf overriding __cleanup(buf_done) = BUF(DOCTOR_LIST_MAX);
	struct call *call = d->call;
	const char *undo;

	print_undo(d, was_there, &text);
	undo = text.data;
	sysctl_files_overriding(SYSCTL_FILE, d->settings.data, &overriding);
	if (overriding.len)
		call->status = STATUS_FOUND;
	if (call->json) {
		fields_print_json(FIELDS({ "file", cell_text(SYSCTL_FILE) },
					 { "settings", cell_text(d->settings.data) },
					 { "dryRun", cell_bool(dry) }, { "undo", cell_text(undo) },
					 { "overriding", overriding.len ?
					   cell_text(overriding.data) : cell_absent() }),
				  &call->out);
		return;
	}
	print_text(d, undo, dry, &call->out);
	print_overriding(overriding.data, &call->out);
}

static int fix(struct call *call, bool dry, void *arg, struct err *e)
{
	struct doctor *d = arg;
	bool was_there = access(SYSCTL_FILE, F_OK) == 0;

	if (!d->settings.len) {
		answer_print(call, FIELDS({ "file", cell_text(NULL) }),
			     "no kernel setting is wrong here; calico-ipamctl doctor tells the "
			     "rest\n");
		return CONFIRM_NOTHING;
	}
	if (!dry && write_and_apply(d, e) < 0)
		return -1;
	print_answer(d, was_there, dry);
	return CONFIRM_SOMETHING;
}

int doctor_fix(struct doctor *d, struct err *e)
{
	if (*d->root)
		return call_wrong_use(d->call, e, "--fix changes this host, and goes with no "
				      "--root");
	return confirm_and_do(d->call, "Write this file, and set these now?", fix, d, e);
}
