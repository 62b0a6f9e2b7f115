/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/manifest/named.h"

#include "base/list.h"
#include "ctl/manifest/kinds.h"
#include "ctl/cli/meant.h"

#include <stdlib.h>
#include <string.h>

void names_done(struct names *names)
{
	free(names->list);
	manifests_done(&names->manifests);
	*names = (struct names){ 0 };
}

static int add(struct names *names, const struct kind *kind, const char *name, struct err *e)
{
	if (list_room(&names->list, names->n, &names->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	names->kind = !names->n || names->kind == kind ? kind : NULL;
	names->list[names->n++] = (struct named){ kind, name };
	return 0;
}

/* "ippool" or "ippool/pool-4"; *ret_name is NULL for the former. */
static int read_kind(struct call *call, const char *word, const struct kind **ret,
		     const char **ret_name, struct err *e)
{
	size_t len = strcspn(word, "/");

	*ret = kind_of(word, len);
	if (!*ret) {
		call->wrong_use = true;
		return kind_unknown(word, e);
	}
	*ret_name = word[len] ? word + len + 1 : NULL;
	return 0;
}

static int read_words(struct call *call, struct names *names, struct err *e)
{
	const struct kind *kind = NULL, *other = NULL;
	const char *name = NULL;

	if (read_kind(call, call->name, &kind, &name, e) < 0)
		return -1;
	if (!call->n_words || name)
		if (add(names, kind, name, e) < 0)
			return -1;
	for (unsigned i = 0; i < call->n_words; i++) {
		if (!name) {
			if (add(names, kind, call->words[i], e) < 0)
				return -1;
			continue;
		}
		if (read_kind(call, call->words[i], &other, &name, e) < 0)
			return -1;
		if (!name)
			return call_wrong_use(call, e, "\"%.60s\" must be KIND/NAME, as the others "
					      "are", call->words[i]);
		if (add(names, other, name, e) < 0)
			return -1;
	}
	return 0;
}

static int read_manifests(struct call *call, struct names *names, struct err *e)
{
	if (manifests_read(call, &names->manifests, e) < 0)
		return -1;
	for (size_t i = 0; i < names->manifests.n; i++)
		if (add(names, names->manifests.list[i].kind, names->manifests.list[i].name, e) < 0)
			return -1;
	return 0;
}

int names_read(struct call *call, struct names *ret, struct err *e)
{
	bool files = call_option(call, "filename", 0);

	*ret = (struct names){ 0 };
	if (store_refuse_context(call, e) < 0)
		return -1;
	if (files && call->name)
		return call_wrong_use(call, e, "a kind and --filename exclude each other");
	if (!files && !call->name)
		return call_wrong_use(call, e, "what to %s is not given: a kind, such as ippool, "
				      "or --filename", call->command->noun);
	if ((files ? read_manifests : read_words)(call, ret, e) == 0)
		return 0;
	names_done(ret);
	return -1;
}

int named_meant(struct store *store, const struct named *named, struct err *e)
{
	if (named->kind == &pool_kind)
		return meant_pool(store, named->name, e);
	if (named->kind == &node_kind)
		return meant_node(store, named->name, e);
	if (named->kind == &reservation_kind)
		return meant_reservation(store, named->name, e);
	return -1;
}
