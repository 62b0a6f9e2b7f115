/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics/exposition.h"

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

void metric_begin(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* With the three escapes of the format, which is UTF-8: else none of the page is taken. */
static void put_value(struct buf *out, const char *value)
{
	const unsigned char *c = (const unsigned char *)value;

	for (size_t len; *c; c += len ? len : 1) {
		len = utf8_len(c);
		if (!len)
			buf_puts(out, REPLACEMENT);
		else if (*c == '\n')
			buf_puts(out, "\\n");
		else if (*c == '"' || *c == '\\')
			buf_printf(out, "\\%c", *c);
		else
			buf_add(out, c, len);
	}
}

void metric_put_text(struct buf *out, const char *name, const struct metric_label *labels,
		     const char *number)
{
	const char *before = "{";

	buf_puts(out, name);
	for (const struct metric_label *l = labels; l->name; l++, before = ",") {
		buf_printf(out, "%s%s=\"", before, l->name);
		put_value(out, l->value);
		buf_putc(out, '"');
	}
	buf_puts(out, labels->name ? "} " : " ");
	buf_puts(out, number);
	buf_putc(out, '\n');
}

void metric_put(struct buf *out, const char *name, const struct metric_label *labels, uint64_t n)
{
	struct buf number __cleanup(buf_done) = BUF(32);

	buf_number(&number, n);
	metric_put_text(out, name, labels, number.data);
}

void metric_one(struct buf *out, const char *name, const char *type, const char *help,
		uint64_t n)
{
	metric_begin(out, name, type, help);
	metric_put(out, name, NO_LABELS, n);
}
