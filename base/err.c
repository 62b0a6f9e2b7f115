/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CUT "…"	/* what is left out */

/* A text that fills its room was cut, maybe within a UTF-8 character, which then goes. */
static void drop_half_character(char *text, size_t size)
{
	size_t len = strlen(text), start = len;
	unsigned char lead;

	if (len + 1 < size)
		return;
	while (start && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (!start)
		return;
	lead = (unsigned char)text[start - 1];
	if (len - start < (size_t)(lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0))
		text[start - 1] = '\0';
}

/* Commands that are suggested begin so, and end where a sentence goes on. */
static void drop_half_command(char *text)
{
	static const char *const programs[] = { "calico-ipamctl", "calicoctl", "kubectl",
						"etcdctl" };
	char *last = NULL;

	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		for (char *at = text; (at = strstr(at, programs[i])); at++)
			last = at > last ? at : last;
	if (last && !strstr(last, "; ") && !strstr(last, ", ") && !strchr(last, ')'))
		*last = '\0';
}

int (err_set)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(text))
		drop_half_command(text);
	drop_half_character(text, sizeof(text));
	e->kind = kind;
	e->may_stand = false;
	e->forbidden = false;
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int (err_wrap)(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	size_t len = strlen(e->text), room;
	va_list ap;
	int more;

	if (len + strlen(CUT ": ") >= sizeof(text))
		return -1;
	room = sizeof(text) - len - strlen(": ");
	va_start(ap, fmt);
	more = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	if (more >= (int)room) {
		room -= strlen(CUT);
		text[room - 1] = '\0';
		drop_half_character(text, room);
		strcat(text, CUT);
	}
	strcat(text, ": ");
	strcat(text, e->text);
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int (err_add)(struct err *e, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len > 0 && strlen(e->text) + (size_t)len < sizeof(e->text))
		strcat(e->text, text);
	return -1;
}

void err_reset(struct err *e)
{
	e->kind = ERR_NONE;
	e->may_stand = false;
	e->forbidden = false;
	e->text[0] = '\0';
}
