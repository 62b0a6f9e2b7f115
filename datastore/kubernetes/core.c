/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/core.h"

#include "base/json.h"
#include "datastore/kubernetes/kind.h"

#include <string.h>

#define ADDRESSES_MAX 4096	/* bytes of an annotation */
#define POD_IP "cni.projectcalico.org/podIP"
#define POD_IPS "cni.projectcalico.org/podIPs"

/* In the order in which Calico writes a node's spec. */
static const struct {
	const char *annotation, *in, *name;
} tunnels[] = {
	{ "projectcalico.org/IPv4IPIPTunnelAddr", "bgp", "ipv4IPIPTunnelAddr" },
	{ "projectcalico.org/IPv4VXLANTunnelAddr", NULL, "ipv4VXLANTunnelAddr" },
	{ "projectcalico.org/IPv6VXLANTunnelAddr", NULL, "ipv6VXLANTunnelAddr" },
	{ "projectcalico.org/IPv4WireguardInterfaceAddr", "wireguard", "interfaceIPv4Address" },
	{ "projectcalico.org/IPv6WireguardInterfaceAddr", "wireguard", "interfaceIPv6Address" },
};

/* NULL: it is not there, or no text. */
static const char *annotation(const struct cJSON *object, const char *name)
{
	const struct cJSON *metadata = json_field(object, "metadata");

	return json_string(json_entry(json_field(metadata, "annotations"), name));
}

struct cJSON *core_node_spec(const struct cJSON *node)
{
	struct cJSON *spec = json_new_object(), *in;

	for (size_t i = 0; i < ARRAY_LEN(tunnels); i++) {
		const char *text = annotation(node, tunnels[i].annotation);

		if (!text || !*text)
			continue;
		if (tunnels[i].in && !json_field(spec, tunnels[i].in))
			json_set(spec, tunnels[i].in, json_new_object());
		in = tunnels[i].in ? json_field(spec, tunnels[i].in) : spec;
		json_set(in, tunnels[i].name, json_new_string(text));
	}
	return spec;
}

struct cJSON *core_noted_record(const struct cJSON *node)
{
	const struct cJSON *cidrs = json_field(json_field(node, "spec"), "podCIDRs");
	struct cJSON *record = json_new_object(), *status = json_new_object();

	json_set(record, "spec", core_node_spec(node));
	json_set(record, "status", status);
	if (cidrs)
		json_set(status, "podCIDRs", json_copy(cidrs));
	return record;
}

void core_note(const struct cJSON *record, struct cJSON *node)
{
	const struct cJSON *spec = json_field(record, "spec");
	struct cJSON *metadata = json_field(node, "metadata"), *annotations;

	if (json_type(json_field(metadata, "annotations")) != JSON_OBJECT)
		json_set(metadata, "annotations", json_new_object());
	annotations = json_field(metadata, "annotations");
	for (size_t i = 0; i < ARRAY_LEN(tunnels); i++) {
		const struct cJSON *in = tunnels[i].in ? json_field(spec, tunnels[i].in) : spec;
		const char *text = json_field_text(in, tunnels[i].name);

		if (*text)
			json_set_entry(annotations, tunnels[i].annotation, json_new_string(text));
		else
			json_remove_entry(annotations, tunnels[i].annotation);
	}
}

/* Calico's main plugin takes the address out of the annotation when the pod has lost it. */
static bool has_lost_its_address(const struct cJSON *pod)
{
	const char *ip = annotation(pod, POD_IP);

	return json_field(json_field(pod, "metadata"), "deletionTimestamp") && ip && !*ip;
}

static bool has_finished(const struct cJSON *pod)
{
	const char *phase = json_field_text(json_field(pod, "status"), "phase");

	return strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0 ||
	       has_lost_its_address(pod);
}

/* A part of an endpoint's name. */
static void add_part(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_puts(out, *text == '-' ? "--" : (const char[]){ *text, '\0' });
}

static void print_name(const struct cJSON *pod, struct buf *out)
{
	add_part(out, json_field_text(json_field(pod, "spec"), "nodeName"));
	buf_puts(out, "-k8s-");
	add_part(out, json_field_text(json_field(pod, "metadata"), "name"));
	buf_puts(out, "-eth0");
}

static void print_key(const struct cJSON *pod, const struct buf *name, struct buf *out)
{
	kind_key(KIND_POD, json_field_text(json_field(pod, "metadata"), "namespace"), out);
	buf_printf(out, "/%s", name->data);
}

void core_pod_key(const struct cJSON *pod, struct buf *out)
{
	const struct cJSON *spec = json_field(pod, "spec"), *metadata = json_field(pod, "metadata");
	struct buf name __cleanup(buf_done) = BUF(VIEW_KEY_MAX);
	struct buf key __cleanup(buf_done) = BUF(VIEW_KEY_MAX);

	if (json_true(json_field(spec, "hostNetwork")) || !*json_field_text(spec, "nodeName") ||
	    !*json_field_text(metadata, "namespace") || has_finished(pod))
		return;
	print_name(pod, &name);
	print_key(pod, &name, &key);
	if (name.full || key.full) {
		/* Of names that are too long together the uid is what tells it apart. */
		buf_reset(&name);
		buf_puts(&name, json_field_text(metadata, "uid"));
		buf_reset(&key);
		print_key(pod, &name, &key);
	}
	if (!key.failed)
		buf_puts(out, key.data);
}

static void add_address(struct cJSON *list, const char *text)
{
	struct buf network __cleanup(buf_done) = BUF(ADDRESSES_MAX);

	buf_printf(&network, "%s%s", text,
		   strchr(text, '/') ? "" : strchr(text, ':') ? "/128" : "/32");
	json_append(list, json_new_string(network.data));
}

static void add_annotated(struct cJSON *list, const char *text)
{
	struct buf one __cleanup(buf_done) = BUF(ADDRESSES_MAX);

	for (; *text; text += strspn(text, ", ")) {
		size_t len = strcspn(text, ", ");

		buf_reset(&one);
		buf_printf(&one, "%.*s", (int)len, text);
		if (one.len)
			add_address(list, one.data);
		text += len;
	}
}

/* What kubelet tells; until then what Calico's main plugin has noted. */
static struct cJSON *addresses(const struct cJSON *pod)
{
	const struct cJSON *status = json_field(pod, "status");
	const char *one = json_field_text(status, "podIP"), *noted = annotation(pod, POD_IPS);
	struct cJSON *list = json_new_array(), *i = json_first(json_field(status, "podIPs"));

	for (; i; i = json_next(i))
		if (*json_field_text(i, "ip"))
			add_address(list, json_field_text(i, "ip"));
	if (json_first(list))
		return list;
	if (!noted || !*noted)
		noted = annotation(pod, POD_IP);
	if (*one)
		add_address(list, one);
	else if (noted)
		add_annotated(list, noted);
	return list;
}

static struct cJSON *endpoint_metadata(const struct cJSON *pod)
{
	static const char *const copied[] = { "namespace", "uid", "creationTimestamp" };
	const struct cJSON *metadata = json_field(pod, "metadata");
	struct buf name __cleanup(buf_done) = BUF(4 * OBJECT_NAME_MAX + 16);
	struct cJSON *record = json_new_object();

	print_name(pod, &name);
	json_set(record, "name", json_new_string(name.data));
	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		if (json_field(metadata, copied[i]))
			json_set(record, copied[i], json_copy(json_field(metadata, copied[i])));
	return record;
}

struct cJSON *core_pod_record(const struct cJSON *pod)
{
	const char *name = json_field_text(json_field(pod, "metadata"), "name"),
		   *node = json_field_text(json_field(pod, "spec"), "nodeName");
	struct cJSON *record = json_new_object(), *spec = json_new_object();

	json_set(record, "kind", json_new_string("WorkloadEndpoint"));
	json_set(record, "apiVersion", json_new_string("projectcalico.org/v3"));
	json_set(record, "metadata", endpoint_metadata(pod));
	json_set(record, "spec", spec);
	json_set(spec, "orchestrator", json_new_string("k8s"));
	json_set(spec, "node", json_new_string(node));
	json_set(spec, "pod", json_new_string(name));
	json_set(spec, "endpoint", json_new_string("eth0"));
	json_set(spec, "ipNetworks", addresses(pod));
	return record;
}

void core_key_by_name(enum kind kind, const struct cJSON *object, struct buf *out)
{
	const struct cJSON *metadata = json_field(object, "metadata");

	kind_key(kind, json_field_text(metadata, "namespace"), out);
	buf_printf(out, "/%s", json_field_text(metadata, "name"));
}

struct cJSON *core_record_by_name(const struct cJSON *object)
{
	static const char *const copied[] = { "name", "namespace", "uid", "deletionTimestamp",
					      "labels", "ownerReferences" };
	const struct cJSON *metadata = json_field(object, "metadata");
	struct cJSON *record = json_new_object(), *own = json_new_object();

	json_set(record, "metadata", own);
	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		if (json_field(metadata, copied[i]))
			json_set(own, copied[i], json_copy(json_field(metadata, copied[i])));
	return record;
}
