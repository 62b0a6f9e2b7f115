/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets objects and lists, all that is wanted in as few rounds as their pages are.
 *
 * A range of one key is a GET; many of one kind are a list, of which only these are shown, as
 * long as it has few enough pages.  A prefix is a list of each kind that may be under it, page
 * by page; a node's affinities are asked for by their labels, and beside them those that
 * have none, which are from before Calico labelled them; a node's pods by their field.  A list
 * that two ranges share is asked for once.  Of a page that no answer has room for
 * (HTTP_ANSWER_MAX) half as many objects are asked for, and so on from there.
 */
#ifndef DATASTORE_KUBERNETES_LISTING_H
#define DATASTORE_KUBERNETES_LISTING_H

#include "datastore/kubernetes/api.h"
#include "datastore/kubernetes/object.h"

#define LISTING_PAGE 500	/* objects at most */

/* Is shown each object, in the server's order.  The object's parts may be taken. */
typedef int object_visitor(struct object *o, void *arg, struct err *e);

/* How lists of several pages or kinds go together. */
enum listing_moment {
	LISTING_ANY,	/* each page as it is; a list goes on where its moment is forgotten */
	LISTING_ONE,	/* all of them of one moment, or ret_lost */
};

struct listing {
	struct api *api;
	object_visitor *visit;
	void *arg;
	enum listing_moment moment;
	const char *node;	/* of pods those that run on it alone are meant; NULL: all */
	bool lost;	/* the moment was forgotten: what was shown is no whole */
	struct api_call *beside;	/* go out with the first round, and have its outcome */
	size_t n_beside;
};

/* Of keys that no kind has, and objects that are not there, nothing is shown. */
int listing_run(struct listing *l, const struct range *ranges, size_t n, struct err *e);

#endif
