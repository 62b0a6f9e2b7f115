/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/auditing.h"

#include "base/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void audit_finding_done(struct audit_finding *f)
{
	free(f->key);
	free(f->text);
	free(f->handle);
	free(f->owner);
	free(f->node);
	free(f->blocks);
	free(f->named);
	free(f->uid);
}

char *auditing_copy(struct auditing *a, const char *text)
{
	char *c = text ? strdup(text) : NULL;

	a->failed |= text && !c;
	return c;
}

static struct audit_finding *add_finding(struct auditing *a, enum problem_kind kind)
{
	struct audit *audit = &a->audit;

	audit->counts[kind]++;
	if (audit->n == AUDIT_FINDINGS_MAX)
		return NULL;
	if (list_room(&audit->list, audit->n, &audit->cap) < 0) {
		a->failed = true;
		return NULL;
	}
	audit->list[audit->n] = (struct audit_finding){ .kind = kind };
	return &audit->list[audit->n++];
}

struct audit_finding *auditing_find_record(struct auditing *a, enum problem_kind kind,
					   const char *key, const char *text)
{
	struct audit_finding *f = add_finding(a, kind);

	if (!f)
		return NULL;
	f->key = auditing_copy(a, key);
	f->text = auditing_copy(a, text);
	return f;
}

struct audit_finding *auditing_find_address(struct auditing *a, enum problem_kind kind,
					    struct addr addr, const char *fmt, ...)
{
	struct audit_finding *f = add_finding(a, kind);
	char text[512];
	va_list ap;

	if (!f)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->text = auditing_copy(a, text);
	f->addr = addr;
	return f;
}

void auditing_progress(const struct auditing *a, const char *what, uint64_t n, uint64_t total)
{
	if (a->options->progress)
		a->options->progress(what, n, total, a->options->progress_arg);
}
