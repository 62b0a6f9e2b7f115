/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/upgrade/tunnel.h"

#include "ipam/assign/assign.h"
#include "ipam/record/keys.h"
#include "ipam/record/node.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

static int read_noted(const struct record *record, const char *node, struct node_tunnel *ret,
		      struct err *e)
{
	if (!record)
		return err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%.253s); kubelet "
			       "registers it", node);
	return node_read_tunnel(record, ret, e);
}

static int look(struct datastore *ds, const char *node, struct node_tunnel *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT];

	if (key_of_noted_node(node, key, e) < 0)
		return -1;
	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	return read_noted(view_peek(&view, key), node, ret, e);
}

static int note(struct plan *p, const char *key, const struct note_tunnel_request *request,
		struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	const struct record *record = view_look_at(p->view, key);
	struct node_tunnel tunnel;

	if (read_noted(record, request->node, &tunnel, e) < 0)
		return -1;
	if (tunnel.noted)
		return 0;
	if (node_note_tunnel(record, request->address, &text, e) < 0)
		return -1;
	changes_put(&p->changes, key, text.data, text.len);
	return 0;
}

int plan_note_tunnel(struct plan *p, const struct note_tunnel_request *request, struct err *e)
{
	char key[KEY_TEXT];

	if (key_of_noted_node(request->node, key, e) < 0 ||
	    (plan_knows(p, key) && note(p, key, request, e) < 0))
		return -1;
	plan_conclude(p);
	return 0;
}

static int note_tunnel(struct datastore *ds, const struct note_tunnel_request *request,
		       struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_note_tunnel(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}

int ipam_keep_tunnel(struct datastore *ds, const char *node, int64_t now_ns,
		     struct tunnel_answer *ret_answer, struct err *e)
{
	struct ipam_assign_request r = { .owner = { .node = node },
					 .wanted = { [FAMILY_4] = true },
					 .prefix = IPAM_PREFIX_HOST, .now_ns = now_ns };
	struct tunnel_answer answer = { .state = TUNNEL_KEPT };
	struct ipam_assign_answer ignored;
	struct node_tunnel tunnel;

	if (look(ds, node, &tunnel, e) < 0)
		return -1;
	answer.address = r.exact[FAMILY_4] = tunnel.first;
	if (tunnel.noted) {
		answer.state = TUNNEL_NOTED_ALREADY;
	} else if (!tunnel.first.family) {
		answer.state = TUNNEL_NONE;
	} else if (ipam_assign(ds, &r, &ignored, e) < 0) {
		if (e->kind != ERR_EXISTS)
			return -1;
		err_reset(e);
		answer.state = TUNNEL_TAKEN;
	} else if (note_tunnel(ds, &(struct note_tunnel_request){ node, tunnel.first }, e) < 0) {
		return -1;
	}
	*ret_answer = answer;
	return 0;
}
