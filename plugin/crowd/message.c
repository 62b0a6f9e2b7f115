/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/crowd/message.h"

#include "base/fnv.h"
#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FORMAT 2
#define LONGEST_NS (660LL * 1000000000LL) /* no request has more time */
#define LATEST_NS (INT64_MAX / 2) /* in 2116: what is reckoned from it does not overflow */
#define HEAD_LEN 38 /* "calico-ipam ", length, checksum */

/* Frames: the head says what follows. */

static void print_head(const char *body, size_t len, char ret[HEAD_LEN + 1])
{
	snprintf(ret, HEAD_LEN + 1, "calico-ipam %08zx %016" PRIx64 "\n", len, fnv1a(body, len));
}

void message_frame(const char *text, size_t len, struct buf *out)
{
	char head[HEAD_LEN + 1];

	print_head(text, len, head);
	buf_add(out, head, HEAD_LEN);
	buf_add(out, text, len);
}

static void print_framed(const struct cJSON *tree, struct buf *out)
{
	struct buf text __cleanup(buf_done) = BUF(MESSAGE_MAX);

	json_print(tree, &text);
	out->failed |= json_lost() || text.failed;
	if (!out->failed)
		message_frame(text.data, text.len, out);
}

/* The bytes behind the head; 0: it is not whole. */
static size_t framed_len(const char *text, size_t len)
{
	char head[HEAD_LEN + 1] = "";
	size_t body;

	if (len < HEAD_LEN)
		return 0;
	memcpy(head, text, HEAD_LEN);
	if (sscanf(head, "calico-ipam %8zx", &body) != 1 || body > len - HEAD_LEN)
		return 0;
	print_head(text + HEAD_LEN, body, head);
	return memcmp(head, text, HEAD_LEN) == 0 ? body : 0;
}

static struct cJSON *read_framed(const char *text, size_t len, size_t *ret_len, struct err *e)
{
	size_t body = framed_len(text, len);

	if (!body) {
		err_set(e, ERR_DECODE, "not whole");
		return NULL;
	}
	*ret_len = HEAD_LEN + body;
	return json_parse(text + HEAD_LEN, body, e);
}

/* Values that both have. */

static bool is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 1;

	while (*s && (len = utf8_len(s)) > 0)
		s += len;
	return len > 0;
}

/* JSON would change what is no UTF-8: such a request waits without the queue. */
static struct cJSON *new_text(const char *text)
{
	if (!is_utf8(text))
		json_lose();
	return json_new_string(text);
}

static void set_text(struct cJSON *object, const char *name, const char *text)
{
	if (text)
		json_set(object, name, new_text(text));
}

static void set_address(struct cJSON *object, const char *name, struct addr a)
{
	char text[ADDR_TEXT];

	if (a.family == FAMILY_NONE)
		return;
	addr_print(a, text);
	set_text(object, name, text);
}

static int get_address(const struct cJSON *object, const char *name, struct addr *ret,
		       struct err *e)
{
	const char *text = json_string(json_field(object, name));

	if (!text || addr_parse(text, ret) == 0)
		return 0;
	return err_set(e, ERR_DECODE, "%s is no address", name);
}

/* Requests */

static void set_owner(struct cJSON *object, const struct ipam_owner *o)
{
	set_text(object, "network", o->network);
	set_text(object, "container", o->container);
	set_text(object, "ifname", o->ifname);
	set_text(object, "node", o->node);
	set_text(object, "namespace", o->namespace_name);
	set_text(object, "pod", o->pod);
	set_text(object, "boot", o->boot);
	set_text(object, "netns", o->netns);
}

static void get_owner(const struct cJSON *object, struct ipam_owner *ret)
{
	ret->network = json_string(json_field(object, "network"));
	ret->container = json_string(json_field(object, "container"));
	ret->ifname = json_string(json_field(object, "ifname"));
	ret->node = json_string(json_field(object, "node"));
	ret->namespace_name = json_string(json_field(object, "namespace"));
	ret->pod = json_string(json_field(object, "pod"));
	ret->boot = json_string(json_field(object, "boot"));
	ret->netns = json_string(json_field(object, "netns"));
}

static struct cJSON *family_object(const struct ipam_assign_request *r, enum family f)
{
	struct cJSON *object = json_new_object(), *pools = json_new_array();

	json_set(object, "wanted", json_new_bool(r->wanted[f]));
	set_address(object, "exact", r->exact[f]);
	set_address(object, "gateway", r->gateway.address[f]);
	for (unsigned i = 0; i < r->n_pools[f]; i++)
		json_append(pools, new_text(r->pools[f][i]));
	json_set(object, "pools", pools);
	return object;
}

static int get_pools(const struct cJSON *object, const char *ret[IPAM_POOLS_MAX], unsigned *ret_n,
		     struct err *e)
{
	struct cJSON *pools = json_field(object, "pools");

	for (struct cJSON *i = json_first(pools); i; i = json_next(i)) {
		if (*ret_n == IPAM_POOLS_MAX || !json_string(i))
			return err_set(e, ERR_DECODE, "pools are no list of at most %d names",
				       IPAM_POOLS_MAX);
		ret[(*ret_n)++] = json_string(i);
	}
	return 0;
}

static const char *const family_names[N_FAMILIES] = { [FAMILY_4] = "v4", [FAMILY_6] = "v6" };

static int get_family(const struct cJSON *add, struct ipam_assign_request *r, enum family f,
		      struct err *e)
{
	const struct cJSON *object = json_field(add, family_names[f]);

	r->wanted[f] = json_true(json_field(object, "wanted"));
	if (get_address(object, "exact", &r->exact[f], e) < 0 ||
	    get_address(object, "gateway", &r->gateway.address[f], e) < 0)
		return -1;
	return get_pools(object, r->pools[f], &r->n_pools[f], e);
}

static struct cJSON *add_object(const struct ipam_assign_request *r)
{
	struct cJSON *add = json_new_object(), *uids = json_new_array();

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		json_set(add, family_names[f], family_object(r, f));
	json_set(add, "prefix", json_new_u64(r->prefix));
	json_set(add, "gateway", json_new_bool(r->gateway.wanted));
	json_set(add, "first", json_new_bool(r->gateway.first));
	json_set(add, "maxBlocks", json_new_u64(r->max_blocks));
	for (unsigned i = 0; i < IPAM_UIDS; i++)
		json_append(uids, json_new_string(r->uids[i]));
	json_set(add, "uids", uids);
	return add;
}

static int get_uids(const struct cJSON *add, char ret[IPAM_UIDS][37], struct err *e)
{
	struct cJSON *uid = json_first(json_field(add, "uids"));

	for (unsigned i = 0; i < IPAM_UIDS; i++, uid = json_next(uid)) {
		const char *text = json_string(uid);

		if (!text || strlen(text) != 36 || strspn(text, "0123456789abcdef-") != 36)
			return err_set(e, ERR_DECODE, "uids are not %d UUIDs", IPAM_UIDS);
		memcpy(ret[i], text, 37);
	}
	return 0;
}

static int get_add(const struct cJSON *add, struct ipam_assign_request *r, struct err *e)
{
	uint64_t prefix = 0, max_blocks = 0;

	if (json_get_u64(add, "prefix", &prefix, e) < 0 ||
	    json_get_u64(add, "maxBlocks", &max_blocks, e) < 0 || get_uids(add, r->uids, e) < 0)
		return -1;
	if (prefix > IPAM_PREFIX_HOST || max_blocks > UINT32_MAX)
		return err_set(e, ERR_DECODE, "prefix or maxBlocks is out of range");
	r->prefix = (enum ipam_prefix)prefix;
	r->max_blocks = (unsigned)max_blocks;
	r->gateway.wanted = json_true(json_field(add, "gateway"));
	r->gateway.first = json_true(json_field(add, "first"));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (get_family(add, r, f, e) < 0)
			return -1;
	return 0;
}

void message_print_request(const struct crowd_member *m, const char *crowd, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();
	bool add = m->verb == CROWD_ADD;

	json_set(tree, "format", json_new_u64(FORMAT));
	set_text(tree, "crowd", crowd);
	set_owner(tree, add ? &m->add.owner : &m->del.owner);
	json_set(tree, "now", json_new_i64(add ? m->add.now_ns : m->del.now_ns));
	if (add)
		json_set(tree, "add", add_object(&m->add));
	else
		set_text(tree, "oldHandle", m->del.old_handle);
	print_framed(tree, out);
}

static int check_owner(const struct ipam_owner *o, struct err *e)
{
	if (o->network && o->container && o->ifname && o->node && o->namespace_name)
		return 0;
	return err_set(e, ERR_DECODE, "does not say whose it is");
}

static int get_request(const struct cJSON *tree, const char *crowd, struct crowd_member *ret,
		       struct err *e)
{
	const struct cJSON *add = json_field(tree, "add");
	struct ipam_owner owner = {0};
	int64_t now_ns = 0;
	uint64_t format = 0;

	if (json_get_u64(tree, "format", &format, e) < 0 ||
	    json_get_i64(tree, "now", &now_ns, e) < 0)
		return -1;
	if (format != FORMAT || strcmp(json_field_text(tree, "crowd"), crowd) != 0)
		return err_set(e, ERR_DECODE, "of another crowd");
	if (now_ns < 0 || now_ns > LATEST_NS)
		return err_set(e, ERR_DECODE, "of a time that no clock tells");
	get_owner(tree, &owner);
	if (check_owner(&owner, e) < 0)
		return -1;
	*ret = (struct crowd_member){ .verb = add ? CROWD_ADD : CROWD_DEL };
	ret->add.owner = ret->del.owner = owner;
	ret->add.now_ns = ret->del.now_ns = now_ns;
	ret->del.old_handle = json_string(json_field(tree, "oldHandle"));
	return add ? get_add(add, &ret->add, e) : 0;
}

int message_read_request(const char *text, size_t len, const char *crowd, struct cJSON **ret_tree,
			 struct crowd_member *ret, size_t *ret_len, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = read_framed(text, len, ret_len, e);

	if (!tree || get_request(tree, crowd, ret, e) < 0)
		return -1;
	*ret_tree = tree;
	tree = NULL;
	return 0;
}

/* Notes */

void message_print_note(const struct crowd_member *m, int64_t ends_ns, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();
	bool add = m->verb == CROWD_ADD;

	json_set(tree, "format", json_new_u64(FORMAT));
	set_owner(tree, add ? &m->add.owner : &m->del.owner);
	json_set(tree, add ? "added" : "deleted",
		 json_new_i64(add ? m->add.now_ns : m->del.now_ns));
	json_set(tree, "ends", json_new_i64(ends_ns));
	if (!add)
		set_text(tree, "oldHandle", m->del.old_handle);
	print_framed(tree, out);
}

static int get_note(const struct cJSON *tree, struct ipam_release_request *ret,
		    int64_t *ret_ends_ns, struct err *e)
{
	uint64_t format = 0;
	int64_t made_ns;

	*ret = (struct ipam_release_request){0};
	if (json_get_u64(tree, "format", &format, e) < 0 ||
	    json_get_i64(tree, "added", &ret->assigned_ns, e) < 0 ||
	    json_get_i64(tree, "deleted", &ret->before_ns, e) < 0 ||
	    json_get_i64(tree, "ends", ret_ends_ns, e) < 0)
		return -1;
	if (format != FORMAT || ret->assigned_ns < 0 || ret->before_ns < 0 ||
	    !ret->assigned_ns == !ret->before_ns)
		return err_set(e, ERR_DECODE, "is of neither an ADD nor a DEL");
	made_ns = ret->assigned_ns ? ret->assigned_ns : ret->before_ns;
	if (made_ns > LATEST_NS || *ret_ends_ns < made_ns || *ret_ends_ns - made_ns > LONGEST_NS)
		return err_set(e, ERR_DECODE, "has no deadline that a request may have");
	get_owner(tree, &ret->owner);
	ret->old_handle = json_string(json_field(tree, "oldHandle"));
	return check_owner(&ret->owner, e);
}

int message_read_note(const char *text, size_t len, struct cJSON **ret_tree,
		      struct ipam_release_request *ret, int64_t *ret_ends_ns, struct err *e)
{
	size_t used;
	struct cJSON *tree __cleanup(json_freep) = read_framed(text, len, &used, e);

	if (!tree || get_note(tree, ret, ret_ends_ns, e) < 0)
		return -1;
	*ret_tree = tree;
	tree = NULL;
	return 0;
}

/* Answers: of one text is as good as another that can be read, where one of them was cut. */

static void set_words(struct cJSON *object, const char *name, const char *text)
{
	json_set(object, name, json_new_string(text));
}

static struct cJSON *address_object(const struct ipam_assign_answer *a, enum family f)
{
	struct cJSON *object = json_new_object();

	set_address(object, "address", a->address[f].addr);
	json_set(object, "length", json_new_u64(a->address[f].prefix_len));
	set_address(object, "gateway", a->address[f].gateway);
	json_set(object, "held", json_new_bool(a->held_already[f]));
	set_words(object, "pool", a->pool[f]);
	return object;
}

static void set_assigned(struct cJSON *tree, const struct ipam_assign_answer *a)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		if (a->has[f])
			json_set(tree, family_names[f], address_object(a, f));
	json_set(tree, "unreadable", json_new_u64(a->unreadable_reservations));
	set_words(tree, "unreadableText", a->unreadable_reservation.text);
}

void message_print_answer(const struct crowd_member *m, int64_t asked_ns, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();

	json_set(tree, "format", json_new_u64(FORMAT));
	json_set(tree, "now", json_new_i64(asked_ns));
	if (m->failed) {
		json_set(tree, "kind", json_new_u64(m->error.kind));
		set_words(tree, "error", m->error.text);
		json_set(tree, "mayStand", json_new_bool(m->error.may_stand));
	} else if (m->verb == CROWD_ADD) {
		set_assigned(tree, &m->added);
	} else {
		json_set(tree, "released", json_new_u64(m->released.released));
		json_set(tree, "wasThere", json_new_bool(m->released.handle_was_there));
	}
	print_framed(tree, out);
}

static int get_assigned_address(const struct cJSON *object, struct ipam_assign_answer *a,
				enum family f, struct err *e)
{
	struct ipam_address *address = &a->address[f];
	uint64_t len = 0;

	if (get_address(object, "address", &address->addr, e) < 0 ||
	    get_address(object, "gateway", &address->gateway, e) < 0 ||
	    json_get_u64(object, "length", &len, e) < 0)
		return -1;
	if (address->addr.family != f || len > family_bits(f))
		return err_set(e, ERR_DECODE, "%s is of another family", family_names[f]);
	address->prefix_len = (unsigned)len;
	a->has[f] = true;
	a->held_already[f] = json_true(json_field(object, "held"));
	snprintf(a->pool[f], sizeof(a->pool[f]), "%s", json_field_text(object, "pool"));
	return 0;
}

static int get_assigned(const struct cJSON *tree, struct ipam_assign_answer *a, struct err *e)
{
	uint64_t unreadable = 0;

	if (json_get_u64(tree, "unreadable", &unreadable, e) < 0)
		return -1;
	a->unreadable_reservations = (unsigned)unreadable;
	snprintf(a->unreadable_reservation.text, sizeof(a->unreadable_reservation.text), "%s",
		 json_field_text(tree, "unreadableText"));
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		const struct cJSON *object = json_field(tree, family_names[f]);

		if (object && get_assigned_address(object, a, f, e) < 0)
			return -1;
	}
	return 0;
}

static int get_answer(const struct cJSON *tree, struct crowd_member *m, struct err *e)
{
	uint64_t format = 0, kind = 0, released = 0;
	int64_t now_ns = 0;

	if (json_get_u64(tree, "format", &format, e) < 0 ||
	    json_get_i64(tree, "now", &now_ns, e) < 0 ||
	    json_get_u64(tree, "kind", &kind, e) < 0 ||
	    json_get_u64(tree, "released", &released, e) < 0)
		return -1;
	if (format != FORMAT || kind >= ERR_KINDS ||
	    now_ns != (m->verb == CROWD_ADD ? m->add.now_ns : m->del.now_ns))
		return err_set(e, ERR_DECODE, "another's answer");
	m->failed = kind != ERR_NONE;
	m->error.kind = (enum err_kind)kind;
	m->error.may_stand = json_true(json_field(tree, "mayStand"));
	snprintf(m->error.text, sizeof(m->error.text), "%s", json_field_text(tree, "error"));
	m->released.released = (unsigned)released;
	m->released.handle_was_there = json_true(json_field(tree, "wasThere"));
	return m->failed || m->verb == CROWD_DEL ? 0 : get_assigned(tree, &m->added, e);
}

int message_read_answer(const char *text, size_t len, struct crowd_member *m, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct crowd_member answered = *m;
	size_t used;

	tree = read_framed(text, len, &used, e);
	if (!tree || get_answer(tree, &answered, e) < 0)
		return -1;
	*m = answered;
	return 0;
}
