/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/findings.h"
#include "base/terminal/shell_word.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	enum colour colour;
} healths[] = {
	[HEALTH_OK] = { "OK", COLOUR_GREEN },
	[HEALTH_WARN] = { "WARN", COLOUR_YELLOW },
	[HEALTH_FAIL] = { "FAIL", COLOUR_RED },
};

void doctor_path(const struct doctor *d, const char *path, char out[DOCTOR_PATH])
{
	snprintf(out, DOCTOR_PATH, "%s%s", d->root, path);
}

static bool is_said(struct doctor *d, enum health health, const char *what, const char *mend,
		    const char *text)
{
	struct buf finding __cleanup(buf_done) = BUF(DOCTOR_LIST_MAX);

	buf_printf(&finding, "%c%d%c%s%c%s%c%s%c", 0, health, 0, what, 0, text, 0,
		   mend ? mend : "", 0);
	if (memmem(d->said.data, d->said.len, finding.data, finding.len))
		return true;
	buf_add(&d->said, finding.data, finding.len);
	return false;
}

void doctor_say(struct doctor *d, enum health health, const char *what, const char *mend,
		const char *fmt, ...)
{
	char text[DOCTOR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (is_said(d, health, what, mend, text))
		return;
	d->problems += health == HEALTH_FAIL;
	rows_add(&d->rows, cell_painted(healths[health].colour, cell_text(healths[health].name)),
		 cell_text(what), cell_text(text), cell_text_if_any(mend));
}

const char *doctor_as_root(const char *mend)
{
	return geteuid() ? "sudo calico-ipamctl doctor  # with the same options" : mend;
}

static void say_denied(struct doctor *d, const char *what, const char *full, int why)
{
	char mend[DOCTOR_MEND];

	if (why == EROFS)
		shell_command(mend, sizeof(mend), "mount -o remount,rw $(findmnt -no TARGET -T %s)",
			 full);
	else
		shell_command(mend, sizeof(mend), "chmod u+rwx %s", full);
	doctor_say(d, HEALTH_FAIL, what, why == EROFS ? mend : doctor_as_root(mend),
		   "%s cannot be written: %s", full, strerror(why));
}

void doctor_folder(struct doctor *d, const char *what, const char *path)
{
	char full[DOCTOR_PATH], mend[DOCTOR_MEND];
	struct stat st = { 0 };
	char *slash;

	doctor_path(d, path, full);
	while (stat(full, &st) < 0 && (slash = strrchr(full, '/')))
		slash[slash == full] = '\0';
	if (!S_ISDIR(st.st_mode)) {
		shell_command(mend, sizeof(mend), "mv %s %s.old && mkdir -p %s", full, full, path);
		doctor_say(d, HEALTH_FAIL, what, mend, "%s is no folder", full);
	} else if (access(full, W_OK | X_OK) < 0) {
		say_denied(d, what, full, errno);
	} else {
		doctor_say(d, HEALTH_OK, what, NULL, "%s can be written", path);
	}
}
