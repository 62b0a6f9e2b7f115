/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/reply.h"

#include "base/json.h"
#include "base/utf8.h"
#include "plugin/route.h"

#include <stdio.h>
#include <string.h>

#define CODE_OTHER 999
#define ADDRESSES_TEXT_MAX 4096	/* bytes of a result without its routes */

_Static_assert(ROUTES_MAX * ROUTE_TEXT_MAX + ADDRESSES_TEXT_MAX <= REPLY_MAX,
	       "a result must not grow too large once its addresses are assigned");

/* Kinds that are not here are 999 without advice. */
static const struct {
	enum err_kind kind;
	int code;
	const char *advice;
} table[] = {
	{ ERR_VERSION, 1, NULL },
	{ ERR_UNSUPPORTED, 2, NULL },
	{ ERR_ENVIRONMENT, 4, "the runtime sets these variables; mend its call or the CNI "
			      "arguments given to it" },
	{ ERR_IO, 5, "see to the file or folder named: that it is there, of the right kind and "
		     "whole, that its permissions allow it, and that the disk is not full" },
	{ ERR_DECODE, 6, "mend the network configuration: it must be one JSON object with keys of "
			 "the right types" },
	{ ERR_CONFIG, 7, "mend the network configuration, or the environment variable or file, "
			 "where it is named" },
	{ ERR_OWN_NETNS, 8, "CNI_NETNS must be the container's namespace; CNI_NETNS_OVERRIDE=1 "
			    "turns this check off" },
	{ ERR_UNAVAILABLE, 11, "check that the datastore is running and its address is right, then "
			       "try again" },
	{ ERR_NO_SPACE, 11, "make room in the datastore: compact and defragment it, or raise its "
			    "quota" },
	{ ERR_REFUSED, 11, "the datastore runs and its words say what it refuses; see its log" },
	{ ERR_DEADLINE, 11, "try again later; the key \"timeout_ms\" gives more time" },
	{ ERR_NOT_READY, 50, "ADD could not be served now" },
	{ ERR_UNKNOWN_OUTCOME, CODE_OTHER, "DEL for this container releases whatever may have been "
					   "assigned" },
	{ ERR_DENIED, CODE_OTHER, "check the certificate files, user and password, and the "
				  "permissions in the datastore" },
	{ ERR_CORRUPT, CODE_OTHER, "mend or delete the record named in the datastore" },
	{ ERR_EXHAUSTED, CODE_OTHER, "release addresses that are no longer used, create another "
				     "IP pool, or change the setting or limit named" },
	{ ERR_POOL, CODE_OTHER, "create an IP pool that fits (calico-ipamctl pool create), mend "
				"the one named, or ask for what a pool has" },
	{ ERR_EXISTS, CODE_OTHER, "ask for another address, delete the container that holds this "
				  "one, or wait until it has cooled down" },
	{ ERR_INTERNAL, CODE_OTHER, "this is a defect of calico-ipam, or memory is lacking" },
};

int reply_code(enum err_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].kind == kind)
			return table[i].code;
	return CODE_OTHER;
}

static const char *advice_for(enum err_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].kind == kind)
			return table[i].advice;
	return NULL;
}

/* Texts may quote any byte of the input, or be cut within a character.  `out` fails with it. */
static struct cJSON *new_text(const char *text, struct buf *out)
{
	struct buf clean __cleanup(buf_done) = BUF(REPLY_MAX);
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	for (; *s; s += len ? len : 1) {
		len = utf8_len(s);
		if (len)
			buf_add(&clean, s, len);
		else
			buf_puts(&clean, "\xef\xbf\xbd");
	}
	out->failed |= clean.failed;
	return json_new_string(clean.data);
}

void reply_out_of_memory(enum cni_version version, struct buf *out)
{
	static char text[128];
	int n = snprintf(text, sizeof(text),
			 "{\n    \"cniVersion\": \"%s\",\n    \"code\": %d,\n"
			 "    \"msg\": \"out of memory\"\n}", cni_version_texts[version],
			 reply_code(ERR_INTERNAL));

	buf_borrow(out, text, (size_t)n);
}

void reply_error(enum cni_version version, const struct err *e, const char *details,
		 struct buf *out)
{
	struct cJSON *root __cleanup(json_freep) = json_new_object();
	size_t len;
	char msg[sizeof(e->text)];

	if (!details)
		details = advice_for(e->kind);
	memcpy(msg, e->text, sizeof(msg));
	for (len = strlen(msg); len && (msg[len - 1] == '\n' || msg[len - 1] == ' '); len--)
		msg[len - 1] = '\0';
	json_set(root, "cniVersion", json_new_string(cni_version_texts[version]));
	json_set(root, "code", json_new_i64(reply_code(e->kind)));
	json_set(root, "msg", new_text(msg, out));
	if (details)
		json_set(root, "details", new_text(details, out));
	json_print_indented(root, out);
	if (out->failed)
		reply_out_of_memory(version, out);
}

void reply_version(const char *cni_version, struct buf *out)
{
	struct cJSON *root __cleanup(json_freep) = json_new_object();
	struct cJSON *list = json_new_array();

	if (!cni_version || !*cni_version)
		cni_version = cni_version_texts[N_CNI_VERSIONS - 1];
	json_set(root, "cniVersion", new_text(cni_version, out));
	for (int i = 0; i < N_CNI_VERSIONS; i++)
		json_append(list, json_new_string(cni_version_texts[i]));
	json_set(root, "supportedVersions", list);
	json_print(root, out);
	buf_putc(out, '\n');
}

static void print_address(const struct ipam_address *a, char out[CIDR_TEXT])
{
	cidr_print((struct cidr){ a->addr, a->prefix_len }, out);
}

static void set_gateway(struct cJSON *ip, const struct ipam_address *a)
{
	char text[ADDR_TEXT];

	if (a->gateway.family == FAMILY_NONE)
		return;
	addr_print(a->gateway, text);
	json_set(ip, "gateway", json_new_string(text));
}

static struct cJSON *new_own_route(const struct ipam_address *a)
{
	struct cJSON *route = json_new_object();
	char text[CIDR_TEXT];

	print_address(a, text);
	json_set(route, "dst", json_new_string(text));
	return route;
}

/* The routes of one family, or of both: FAMILY_NONE.  Empty: NULL. */
static struct cJSON *new_routes(const struct ipam_assign_answer *answer, bool calico,
				const struct cJSON *routes, enum family family)
{
	struct cJSON *list;
	struct cidr dst;

	if (answer->no_routes)
		return NULL;
	list = json_new_array();
	for (enum family f = FAMILY_4; calico && f < N_FAMILIES; f++) {
		const struct ipam_address *a = &answer->address[f];

		if (answer->has[f] && (family == FAMILY_NONE || a->addr.family == family))
			json_append(list, new_own_route(a));
	}
	for (const struct cJSON *r = calico ? NULL : json_first(routes); r; r = json_next(r)) {
		if (family == FAMILY_NONE ||
		    (cidr_parse(json_string(json_field(r, "dst")), &dst) == 0 &&
		     dst.base.family == family))
			json_append(list, route_copy(r));
	}
	if (json_count(list))
		return list;
	json_free(list);
	return NULL;
}

static void set_unless_empty(struct cJSON *object, const char *name, struct cJSON *list)
{
	if (list)
		json_set(object, name, list);
}

/* From 0.3.0 on: a list of addresses; up to 0.4.0 each tells its family. */
static struct cJSON *new_ips(enum cni_version version, const struct ipam_assign_answer *answer)
{
	struct cJSON *list = json_new_array();
	char text[CIDR_TEXT];

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		struct cJSON *ip;

		if (!answer->has[f])
			continue;
		ip = json_new_object();
		if (version < CNI_1_0_0)
			json_set(ip, "version", json_new_string(f == FAMILY_4 ? "4" : "6"));
		print_address(&answer->address[f], text);
		json_set(ip, "address", json_new_string(text));
		set_gateway(ip, &answer->address[f]);
		json_append(list, ip);
	}
	if (json_count(list))
		return list;
	json_free(list);
	return NULL;
}

/* 0.1.0 and 0.2.0: one object a family. */
static void set_families(struct cJSON *root, const struct ipam_assign_answer *answer, bool calico,
			 const struct cJSON *routes)
{
	char text[CIDR_TEXT];

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		struct cJSON *ip;

		if (!answer->has[f])
			continue;
		ip = json_new_object();
		print_address(&answer->address[f], text);
		json_set(ip, "ip", json_new_string(text));
		set_gateway(ip, &answer->address[f]);
		set_unless_empty(ip, "routes",
				 new_routes(answer, calico, routes,
					    answer->address[f].addr.family));
		json_set(root, f == FAMILY_4 ? "ip4" : "ip6", ip);
	}
}

int reply_result(enum cni_version version, const struct ipam_assign_answer *answer, bool calico,
		 const struct cJSON *routes, struct buf *out, struct err *e)
{
	struct cJSON *root __cleanup(json_freep) = json_new_object();

	if (version < CNI_0_3_0 && !answer->has[FAMILY_4] && !answer->has[FAMILY_6])
		return err_set(e, ERR_CONFIG,
			       "cannot convert: no valid IP addresses: cniVersion %s has no result "
			       "without an address", cni_version_texts[version]);
	json_set(root, "cniVersion", json_new_string(cni_version_texts[version]));
	if (version < CNI_0_3_0) {
		set_families(root, answer, calico, routes);
	} else {
		set_unless_empty(root, "ips", new_ips(version, answer));
		set_unless_empty(root, "routes", new_routes(answer, calico, routes, FAMILY_NONE));
	}
	if (version < CNI_1_0_0)
		json_set(root, "dns", json_new_object());
	json_print_indented(root, out);
	return out->failed ? err_set(e, ERR_INTERNAL, "out of memory while writing the result") : 0;
}
