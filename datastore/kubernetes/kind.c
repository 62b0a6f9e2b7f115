/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/kind.h"

#include "base/digest/sha256.h"

#include <openssl/evp.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define AFFINITY_HASH_DIGITS 11	/* of a long name's SHA-256 */
#define CIDR_NAME_LEN 64		/* bytes, NUL included; IPv6 has 43 at most */
#define VIRTUAL "/calico/ipam/v2/virtual/"

static const char *const groups[N_GROUPS] = { "crd.projectcalico.org/v1", "projectcalico.org/v3" };

static const struct {
	const char *root;	/* with which its keys begin */
	const char *tail[2];	/* for which the root alone is not enough */
	const char *name, *plural;
	bool alone;		/* the root is the key, its object "default" */
	bool marked;
} kinds[N_KINDS] = {
	[KIND_BLOCK] = { "/calico/ipam/v2/assignment/", { "ipv4/block/", "ipv6/block/" },
			 "IPAMBlock", "ipamblocks", .marked = true },
	[KIND_CONFIG] = { "/calico/ipam/v2/config", { "" }, "IPAMConfig", "ipamconfigs",
			  .alone = true },
	[KIND_HANDLE] = { "/calico/ipam/v2/handle/", { "" }, "IPAMHandle", "ipamhandles",
			  .marked = true },
	[KIND_AFFINITY] = { "/calico/ipam/v2/", { "host/", "virtual/" }, "BlockAffinity",
			    "blockaffinities", .marked = true },
	[KIND_CLUSTER] = { "/calico/resources/v3/projectcalico.org/clusterinformations/default",
			   { "" }, "ClusterInformation", "clusterinformations", .alone = true },
	[KIND_POOL] = { "/calico/resources/v3/projectcalico.org/ippools/", { "" }, "IPPool",
			"ippools", .alone = false },
	[KIND_RESERVATION] = { "/calico/resources/v3/projectcalico.org/ipreservations/", { "" },
			       "IPReservation", "ipreservations", .alone = false },
	[KIND_NAMESPACE] = { "/calico/resources/v3/projectcalico.org/namespaces/", { "" },
			     "Namespace", "namespaces", .alone = false },
	[KIND_NODE] = { "/calico/resources/v3/projectcalico.org/nodes/", { "" }, "Node", "nodes",
			.alone = false },
	[KIND_POD] = { "/calico/resources/v3/projectcalico.org/workloadendpoints/", { "" }, "Pod",
		       "pods", .alone = false },
	[KIND_NODE_BY_NAME] = { "/kubernetes/nodes/", { "" }, "Node", "nodes", .alone = false },
	[KIND_POD_BY_NAME] = { "/kubernetes/pods/", { "" }, "Pod", "pods", .alone = false },
	[KIND_VM_INSTANCE] = { "/kubernetes/virtualmachineinstances/", { "" },
			       "VirtualMachineInstance", "virtualmachineinstances",
			       .alone = false },
	[KIND_VM] = { "/kubernetes/virtualmachines/", { "" }, "VirtualMachine",
		      "virtualmachines", .alone = false },
};

const char *kind_name(enum kind kind, enum group group)
{
	if (kind == KIND_CONFIG && group == GROUP_V3)
		return "IPAMConfiguration";
	return kinds[kind].name;
}

const char *kind_plural(enum kind kind, enum group group)
{
	return kind == KIND_CONFIG && group == GROUP_V3 ? "ipamconfigurations"
							 : kinds[kind].plural;
}

const char *kind_api_version(enum kind kind, enum group group)
{
	if (kind == KIND_VM_INSTANCE || kind == KIND_VM)
		return KIND_VM_API_VERSION;
	return kind_is_core(kind) ? "v1" : groups[group];
}

void kind_path(enum kind kind, enum group group, struct buf *out)
{
	const char *version = kind_api_version(kind, group);

	buf_printf(out, "/%s/%s/%s", strchr(version, '/') ? "apis" : "api", version,
		   kind_is_by_name(kind) ? "namespaces" : kind_plural(kind, group));
}

bool kind_is_core(enum kind kind)
{
	return kind == KIND_NODE || kind == KIND_NODE_BY_NAME || kind == KIND_NAMESPACE ||
	       kind == KIND_POD || kind_is_by_name(kind);
}

bool kind_is_by_name(enum kind kind)
{
	return kind == KIND_POD_BY_NAME || kind == KIND_VM_INSTANCE || kind == KIND_VM;
}

bool kind_is_marked_deleted(enum kind kind)
{
	return kinds[kind].marked;
}

void kind_key(enum kind kind, const char *name, struct buf *out)
{
	buf_printf(out, "%s%s", kinds[kind].root, kinds[kind].alone ? "" : name);
}

/* True if one of them begins with the other. */
static bool meet(const char *root, const char *tail, const char *prefix)
{
	size_t root_len = strlen(root), len = strlen(prefix);

	if (strncmp(root, prefix, len < root_len ? len : root_len) != 0)
		return false;
	if (len <= root_len)
		return true;
	prefix += root_len;
	len -= root_len;
	return strncmp(tail, prefix, len < strlen(tail) ? len : strlen(tail)) == 0;
}

bool kind_is_under(enum kind kind, const char *prefix)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds[kind].tail) && kinds[kind].tail[i]; i++)
		if (meet(kinds[kind].root, kinds[kind].tail[i], prefix))
			return true;
	return false;
}

/* Behind root and tail, or NULL. */
static const char *behind(enum kind kind, const char *key)
{
	size_t root_len = strlen(kinds[kind].root);

	if (strncmp(key, kinds[kind].root, root_len) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds[kind].tail) && kinds[kind].tail[i]; i++) {
		const char *tail = kinds[kind].tail[i];

		if (strncmp(key + root_len, tail, strlen(tail)) == 0)
			return key + root_len + strlen(tail);
	}
	return NULL;
}

bool kind_is_alone_under(enum kind kind, const char *prefix)
{
	return behind(kind, prefix) != NULL;
}

int kind_affinity_key(const char *key, struct affinity_key *ret)
{
	struct affinity_key k = { .type = "host", .type_len = 4 };
	const char *rest = behind(KIND_AFFINITY, key), *end;

	if (!rest || !*rest)
		return -1;
	if (strncmp(key, VIRTUAL, strlen(VIRTUAL)) == 0)
		k = (struct affinity_key){ .type = "virtual", .type_len = 7 };
	k.node = rest;
	end = strchr(rest, '/');
	k.whole = end;
	k.node_len = end ? (size_t)(end - rest) : strlen(rest);
	if (end && (strncmp(end, "/ipv4/block/", 12) == 0 ||
		    strncmp(end, "/ipv6/block/", 12) == 0) && end[12])
		k.cidr = end + 12;
	*ret = k;
	return 0;
}

static int digest(const EVP_MD *md, const char *data, size_t len, unsigned char out[32])
{
	unsigned int n = 0;

	return EVP_Digest(data, len, out, &n, md, NULL) == 1 && n == 32 ? 0 : -1;
}

int kind_hostname_hash(const char *node, size_t len, char out[HOSTNAME_HASH_LEN])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char sum[32];
	unsigned bits = 0, n_bits = 0;
	char *p = out;

	if (digest(EVP_sha3_256(), node, len, sum) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(sum); i++) {
		bits = bits << 8 | sum[i];
		for (n_bits += 8; n_bits >= 5; n_bits -= 5)
			*p++ = digits[bits >> (n_bits - 5) & 31];
	}
	if (n_bits)
		*p++ = digits[bits << (5 - n_bits) & 31];
	*p = '\0';
	return 0;
}

/* '.', ':' and '/' of an address are no characters of a name. */
static void name_cidr(const char *cidr, char *out, size_t size)
{
	snprintf(out, size, "%s", cidr);
	for (char *p = out; *p; p++)
		if (strchr(".:/", *p))
			*p = '-';
}

static int long_affinity_name(const struct affinity_key *k, const char *cidr,
			      char out[OBJECT_NAME_MAX + 1])
{
	size_t most = OBJECT_NAME_MAX - 1 - strlen(cidr) - AFFINITY_HASH_DIGITS - 2;
	char whole[VIEW_KEY_MAX + OBJECT_NAME_MAX];
	unsigned char sum[32];
	int n, m;

	n = snprintf(whole, sizeof(whole), "%.*s+%s", (int)k->node_len, k->node, cidr);
	if (sha256(whole, (size_t)n, sum) < 0)
		return -1;
	if (most > k->node_len)
		most = k->node_len;
	m = snprintf(out, OBJECT_NAME_MAX + 1, "%.*s-%s-%02x%02x%02x%02x%02x%x", (int)most, k->node,
		     cidr, sum[0], sum[1], sum[2], sum[3], sum[4], sum[5] >> 4);
	return m > OBJECT_NAME_MAX ? -1 : 0;
}

static int affinity_name(const char *key, char out[OBJECT_NAME_MAX + 1])
{
	char cidr[CIDR_NAME_LEN];
	struct affinity_key k = {0};

	if (kind_affinity_key(key, &k) < 0 || !k.cidr || strlen(k.cidr) >= sizeof(cidr))
		return -1;
	name_cidr(k.cidr, cidr, sizeof(cidr));
	if (k.node_len + 1 + strlen(cidr) >= OBJECT_NAME_MAX)
		return long_affinity_name(&k, cidr, out);
	memcpy(out, k.node, k.node_len);
	snprintf(out + k.node_len, CIDR_NAME_LEN + 1, "-%s", cidr);
	return 0;
}

/* What stands in a path as it is, and is one step of it. */
static bool is_path_step(const char *name)
{
	static const char as_they_are[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789-._~:@";

	return *name && !name[strspn(name, as_they_are)] && name[strspn(name, ".")];
}

/* "NAMESPACE/PLURAL/NAME", of a key that ends in namespace and name. */
static int steps_of(enum kind kind, const char *rest, char out[OBJECT_STEPS_MAX + 1])
{
	char namespace[OBJECT_NAME_MAX + 1];
	size_t len = strcspn(rest, "/");
	const char *name = rest + len + (rest[len] == '/');

	if (len > OBJECT_NAME_MAX || strlen(name) > OBJECT_NAME_MAX)
		return -1;
	memcpy(namespace, rest, len);
	namespace[len] = '\0';
	if (!is_path_step(namespace) || !is_path_step(name))
		return -1;
	snprintf(out, OBJECT_STEPS_MAX + 1, "%s/%s/%s", namespace, kinds[kind].plural, name);
	return 0;
}

static bool is_label(const char *text, size_t len)
{
	return len && text[0] != '-' && text[len - 1] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

/* A lower-case DNS subdomain, as Kubernetes wants of a name. */
static bool is_object_name(const char *name)
{
	if (strlen(name) > OBJECT_NAME_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(name, ".");

		if (!is_label(name, len))
			return false;
		if (!name[len])
			return true;
		name += len + 1;
	}
}

/*
 * The id, or its hash where no object can be called so: one that is too long, or has a '_', as
 * a long machine's has (docs/DATA-MODEL.md 13).  Whose the object is says its spec.
 */
static int handle_name(const char *id, char out[OBJECT_STEPS_MAX + 1])
{
	size_t len = strlen(id);
	unsigned char sum[32];
	char lower[VIEW_KEY_MAX];

	if (len >= sizeof(lower))
		return -1;
	for (size_t i = 0; i <= len; i++)
		lower[i] = (char)tolower((unsigned char)id[i]);
	if (!is_path_step(lower))
		return -1;
	if (is_object_name(lower)) {
		strcpy(out, lower);
		return 0;
	}
	if (sha256(id, len, sum) < 0)
		return -1;
	strcpy(out, "handle-");
	for (size_t i = 0; i < sizeof(sum); i++)
		sprintf(out + strlen(out), "%02x", sum[i]);
	return 0;
}

static int name_of(enum kind kind, const char *key, const char *rest,
		   char out[OBJECT_STEPS_MAX + 1])
{
	if (kind_is_by_name(kind))
		return steps_of(kind, rest, out);
	if (kinds[kind].alone) {
		strcpy(out, "default");
		return *rest ? -1 : 0;
	}
	if (kind == KIND_AFFINITY)
		return affinity_name(key, out);
	if (kind == KIND_POD)
		return -1;
	if (kind == KIND_HANDLE)
		return handle_name(rest, out);
	if (!*rest || strlen(rest) > OBJECT_NAME_MAX || strchr(rest, '/'))
		return -1;
	if (kind == KIND_BLOCK)
		name_cidr(rest, out, OBJECT_NAME_MAX + 1);
	else
		strcpy(out, rest);
	return 0;
}

int kind_of_key(const char *key, struct object_id *ret)
{
	for (enum kind kind = 0; kind < N_KINDS; kind++) {
		const char *rest = behind(kind, key);

		if (!rest)
			continue;
		ret->kind = kind;
		if (name_of(kind, key, rest, ret->name) < 0)
			return -1;
		return kind_is_by_name(kind) || is_path_step(ret->name) ? 0 : -1;
	}
	return -1;
}
