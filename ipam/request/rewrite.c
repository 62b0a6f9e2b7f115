/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/rewrite.h"

int rewrite_open(struct plan *p, const char *key, const struct rewrite *of,
		 const struct record **ret, struct err *e)
{
	*ret = NULL;
	if (!plan_knows(p, key))
		return 0;
	*ret = view_look_at(p->view, key);
	if (!*ret)
		return err_set(e, ERR_NOT_FOUND, "resource does not exist: %s(%s)", of->kind,
			       of->name);
	return 0;
}

int rewrite_record(struct plan *p, const struct record *record, const struct rewrite *of,
		   const struct buf *text, bool changed, bool *ret_changed, struct err *e)
{
	if (((changed || !p->uncertain) &&
	     resource_check_revision(of->terms, record, of->kind, of->name, e) < 0) ||
	    resource_show(of->terms, record, text, e) < 0)
		return -1;
	if (changed)
		changes_put(&p->changes, record->key, text->data, text->len);
	*ret_changed = changed || p->uncertain;
	return 0;
}
