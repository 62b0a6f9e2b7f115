/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/serve/name.h"

#include <string.h>

static void print_made_up(struct addr a, struct buf *out)
{
	char text[ADDR_TEXT];

	addr_print(a, text);
	buf_puts(out, "host-");
	for (const char *c = text; *c; c++)
		buf_putc(out, *c == '.' || *c == ':' ? '-' : *c);
}

void print_name(const struct vm_endpoint *p, struct addr a, const struct serving *s,
		struct buf *out)
{
	if (*p->fqdn) {
		buf_puts(out, p->fqdn);
		return;
	}
	print_made_up(a, out);
	if (*s->domain)
		buf_printf(out, ".%s", s->domain);
}

void print_short_name(const struct vm_endpoint *p, struct addr a, struct buf *out)
{
	if (*p->fqdn)
		buf_add(out, p->fqdn, strcspn(p->fqdn, "."));
	else
		print_made_up(a, out);
}
