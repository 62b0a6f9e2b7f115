/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/record/vm_endpoint.h"

#include "base/json.h"
#include "openstack/record/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK_ID "openstack.projectcalico.org/network-id"
#define FQDN "openstack.projectcalico.org/fqdn"

void vm_endpoint_done(struct vm_endpoint *p)
{
	free(p->addresses);
	*p = (struct vm_endpoint){ 0 };
}

static void complain(struct vm_endpoint *p, const char *what)
{
	if (!p->complaint)
		p->complaint = what;
}

/* The kernel's rule (dev_valid_name), and that of words; Nova's and Calico's begin so. */
static int read_tap(struct vm_endpoint *p, const char *text, struct err *e)
{
	if (!word_copy(text, p->tap, sizeof(p->tap)) || strncmp(text, "tap", 3) != 0)
		return err_set(e, ERR_CORRUPT, "spec.interfaceName \"%.40s\" is not the name of a "
			       "tap", text);
	return 0;
}

static int read_mac(struct vm_endpoint *p, const char *text, struct err *e)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			n = 0;
	if (n != MAC_TEXT - 1)
		return err_set(e, ERR_CORRUPT, "spec.mac \"%.40s\" is not a MAC address", text);
	for (size_t i = 0; i < MAC_TEXT; i++)
		p->mac[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

/* What stands before the first slash, so also of "10.99.0.0/24/32". */
static bool read_address(const struct cJSON *item, struct addr *ret)
{
	const char *text = json_string(item);
	char address[ADDR_TEXT];
	size_t len = text ? strcspn(text, "/") : 0;

	if (!len || len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = 0;
	return addr_parse(address, ret) == 0;
}

static int compare_items(const void *a, const void *b)
{
	const struct addr *x = a, *y = b;

	return addr_compare(*x, *y);
}

struct addresses {
	struct addr *list;	/* owned */
	size_t n;
};

static void addresses_done(struct addresses *a)
{
	free(a->list);
}

/* All that can be read. */
static int read_list(struct vm_endpoint *p, const struct cJSON *spec, const char *field,
		     struct addresses *ret, struct err *e)
{
	struct cJSON *list = NULL;
	size_t n;

	if (json_get_array(spec, field, &list, e) < 0)
		return err_wrap(e, "spec");
	n = json_count(list);
	if (n > ENDPOINT_NETWORKS_MAX)
		return err_set(e, ERR_CORRUPT, "spec.%s has more than %d entries", field,
			       ENDPOINT_NETWORKS_MAX);
	ret->list = calloc(n + 1, sizeof(*ret->list));
	if (!ret->list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (struct cJSON *i = json_first(list); i; i = json_next(i)) {
		if (read_address(i, &ret->list[ret->n]))
			ret->n++;
		else
			complain(p, "an entry of spec.ipNetworks or spec.allowedIps is not an "
				    "address and is left out");
	}
	return 0;
}

static size_t count(const struct addresses *sorted, struct addr a)
{
	const struct addr *hit = sorted->n ? bsearch(&a, sorted->list, sorted->n, sizeof(a),
						     compare_items) : NULL;
	size_t n = 0;

	while (hit && hit > sorted->list && addr_equal(hit[-1], a))
		hit--;
	for (; hit && hit < sorted->list + sorted->n && addr_equal(*hit, a); hit++)
		n++;
	return n;
}

static bool has(const struct vm_endpoint *p, struct addr a)
{
	for (size_t i = 0; i < p->n_addresses; i++)
		if (addr_equal(p->addresses[i], a))
			return true;
	return false;
}

static int keep_own(struct vm_endpoint *p, const struct addresses *all,
		    const struct addresses *pairs, struct err *e)
{
	struct addresses sorted __cleanup(addresses_done) = { 0 };

	p->addresses = calloc(all->n < ENDPOINT_ADDRESSES_MAX ? all->n + 1 : ENDPOINT_ADDRESSES_MAX,
			      sizeof(*p->addresses));
	sorted.list = calloc(all->n + 1, sizeof(*sorted.list));
	if (!p->addresses || !sorted.list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	memcpy(sorted.list, all->list, all->n * sizeof(*sorted.list));
	sorted.n = all->n;
	qsort(sorted.list, sorted.n, sizeof(*sorted.list), compare_items);
	qsort(pairs->list, pairs->n, sizeof(*pairs->list), compare_items);
	for (size_t i = 0; i < all->n; i++) {
		if (count(&sorted, all->list[i]) <= count(pairs, all->list[i]) ||
		    has(p, all->list[i]))
			continue;
		if (p->n_addresses == ENDPOINT_ADDRESSES_MAX) {
			complain(p, "spec.ipNetworks: more addresses than a port can have");
			break;
		}
		p->addresses[p->n_addresses++] = all->list[i];
	}
	return 0;
}

static int read_addresses(struct vm_endpoint *p, const struct cJSON *spec, struct err *e)
{
	struct addresses all __cleanup(addresses_done) = { 0 };
	struct addresses pairs __cleanup(addresses_done) = { 0 };

	if (read_list(p, spec, "ipNetworks", &all, e) < 0 ||
	    read_list(p, spec, "allowedIps", &pairs, e) < 0)
		return -1;
	return keep_own(p, &all, &pairs, e);
}

/* In a host file these are something else: an address, a lease's length, a word of dnsmasq's. */
static bool means_something_else(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	struct addr a;

	return addr_parse(name, &a) == 0 || strcmp(name, "ignore") == 0 ||
	       strcmp(name, "infinite") == 0 || !name[digits] ||
	       (digits && strchr("wdhmsWDHMS", name[digits]) && !name[digits + 1]);
}

/* As dnsmasq takes it: of another it leaves out the whole line, and the guest has no address. */
static bool is_host_name(const char *text)
{
	return isalnum((unsigned char)*text) && !means_something_else(text) &&
	       word_has_labels(text);
}

static int read_annotations(struct vm_endpoint *p, const struct cJSON *o, struct err *e)
{
	struct cJSON *metadata = NULL, *annotations = NULL;
	const char *network, *fqdn;

	if (json_get_object(o, "metadata", &metadata, e) < 0 ||
	    json_get_object(metadata, "annotations", &annotations, e) < 0)
		return -1;
	network = json_string(json_entry(annotations, NETWORK_ID));
	fqdn = json_string(json_entry(annotations, FQDN));
	if (network && *network && !word_copy(network, p->network, sizeof(p->network)))
		return err_set(e, ERR_CORRUPT, "annotation " NETWORK_ID " is not the id of a "
			       "network");
	if (fqdn && *fqdn &&
	    (!is_host_name(fqdn) || !word_copy(fqdn, p->fqdn, sizeof(p->fqdn))))
		complain(p, "annotation " FQDN " is not the name of a host and is not used");
	return 0;
}

/* As Calico's agent has it: without one of these it counts as deleted. */
static bool is_absent(const struct cJSON *spec)
{
	return !*json_field_text(spec, "interfaceName") || !*json_field_text(spec, "mac") ||
	       !json_count(json_field(spec, "ipNetworks"));
}

static int read_object(struct vm_endpoint *p, bool *ret_absent, const struct cJSON *o,
		       struct err *e)
{
	struct cJSON *spec = NULL;

	if (json_get_object(o, "spec", &spec, e) < 0)
		return -1;
	if (json_type(o) != JSON_OBJECT || !spec)
		return err_set(e, ERR_CORRUPT, "has no spec");
	*ret_absent = is_absent(spec);
	if (*ret_absent)
		return 0;
	if (read_tap(p, json_field_text(spec, "interfaceName"), e) < 0 ||
	    read_mac(p, json_field_text(spec, "mac"), e) < 0)
		return -1;
	return read_annotations(p, o, e) < 0 ? -1 : read_addresses(p, spec, e);
}

int vm_endpoint_read(struct vm_endpoint *ret, enum vm_endpoint_state *ret_state, const char *name,
		     const char *value, size_t len, struct err *e)
{
	struct vm_endpoint p __cleanup(vm_endpoint_done) = { 0 };
	struct cJSON *o __cleanup(json_freep) = NULL;
	bool absent = false;

	if (!endpoint_name_port(name, p.port))
		return err_set(e, ERR_CORRUPT, "the name is not <host>-openstack-<device>-<port>");
	o = json_parse(value, len, e);
	if (!o || read_object(&p, &absent, o, e) < 0) {
		if (e->kind == ERR_DECODE)
			e->kind = ERR_CORRUPT;
		return -1;
	}
	*ret_state = absent ? ENDPOINT_ABSENT : ENDPOINT_SERVED;
	if (absent)
		return 0;
	*ret = p;
	p = (struct vm_endpoint){ 0 };
	return 0;
}
