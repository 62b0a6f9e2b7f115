/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/findings.h"

#include "base/json.h"

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

static bool is_said(const struct doctor *d, const struct cJSON *item)
{
	for (const struct cJSON *i = json_first(d->list); i; i = json_next(i))
		if (json_equal(i, item))
			return true;
	return false;
}

static void add_row(struct doctor *d, enum health health, const char *what, const char *mend,
		    const char *text)
{
	table_paint(&d->table, healths[health].colour);
	table_add(&d->table, healths[health].name);
	table_add(&d->table, what);
	table_add(&d->table, text);
	table_add(&d->table, mend ? mend : "");
}

void doctor_say(struct doctor *d, enum health health, const char *what, const char *mend,
		const char *fmt, ...)
{
	struct cJSON *item = json_new_object();
	char text[DOCTOR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_set(item, "health", json_new_string(healths[health].name));
	json_set(item, "what", json_new_string(what));
	json_set(item, "text", json_new_string(text));
	if (mend)
		json_set(item, "mend", json_new_string(mend));
	if (is_said(d, item)) {
		json_free(item);
		return;
	}
	d->problems += health == HEALTH_FAIL;
	add_row(d, health, what, mend, text);
	json_append(d->list, item);
}

const char *doctor_as_root(const char *mend)
{
	return geteuid() ? "sudo calico-ipamctl doctor  # with the same options" : mend;
}

static void say_denied(struct doctor *d, const char *what, const char *full, int why)
{
	char mend[2 * DOCTOR_PATH];

	if (why == EROFS)
		snprintf(mend, sizeof(mend), "mount -o remount,rw $(findmnt -no TARGET -T %s)",
			 full);
	else
		snprintf(mend, sizeof(mend), "chmod u+rwx %s", full);
	doctor_say(d, HEALTH_FAIL, what, why == EROFS ? mend : doctor_as_root(mend),
		   "%s cannot be written: %s", full, strerror(why));
}

void doctor_folder(struct doctor *d, const char *what, const char *path)
{
	char full[DOCTOR_PATH], mend[4 * DOCTOR_PATH];
	struct stat st = { 0 };
	char *slash;

	doctor_path(d, path, full);
	while (stat(full, &st) < 0 && (slash = strrchr(full, '/')))
		slash[slash == full] = '\0';
	if (!S_ISDIR(st.st_mode)) {
		snprintf(mend, sizeof(mend), "mv %s %s.old && mkdir -p %s", full, full, path);
		doctor_say(d, HEALTH_FAIL, what, mend, "%s is no folder", full);
	} else if (access(full, W_OK | X_OK) < 0) {
		say_denied(d, what, full, errno);
	} else {
		doctor_say(d, HEALTH_OK, what, NULL, "%s can be written", path);
	}
}
