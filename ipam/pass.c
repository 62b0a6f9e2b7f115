/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pass.h"

#include <stdlib.h>
#include <string.h>

struct pass {
	pass_visit *visit;
	void *arg;
	struct err *e;
	char *last;	/* owned: the key seen last */
	bool again;	/* the keys began anew */
	bool failed;	/* *e says why */
};

static void pass_done(struct pass *p)
{
	free(p->last);
}

static bool look(const struct record *record, void *arg)
{
	struct pass *p = arg;

	if (p->again || p->failed)
		return false;
	if (p->last && strcmp(record->key, p->last) <= 0) {
		p->again = true;
		return false;
	}
	free(p->last);
	p->last = strdup(record->key);
	if (!p->last)
		err_set(p->e, ERR_INTERNAL, "out of memory");
	p->failed = !p->last || p->visit(record, p->arg, p->e) < 0;
	return false;
}

int pass_over(struct datastore *ds, const char *prefix, pass_visit *visit, void *arg,
	      bool *ret_again, struct err *e)
{
	struct pass pass __cleanup(pass_done) = { .visit = visit, .arg = arg, .e = e };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	struct err of_store = { 0 };

	wants_add_passing(&wants, prefix, look, &pass);
	if (datastore_read(ds, &view, &wants, &of_store) < 0) {
		if (!pass.failed)
			*e = of_store;
		return -1;
	}
	if (pass.failed)
		return -1;
	*ret_again = pass.again;
	return 0;
}

int pass_gives_up(struct err *e)
{
	return err_set(e, ERR_CONFLICT, "the store compacts its history faster than it can be "
		       "read; try again");
}
