/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of Neutron's driver of any shape, a line each ("E <name> <value>" of an endpoint,
 * "S <id> <value>" of a subnet, "O" of one without a region), and all that is printed of
 * them for dnsmasq: no word of a record makes a line, an option or a path.
 */
#include "openstack/serve/files.h"
#include "tests/fuzz/fixture_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct serving serving = {
	.confs = "/confs", .domain = "d", .lease_s = 600, .config_file = "", .log_dir = "",
	.lease_max = 1 << 24, .mtu = 1500,
};

static void take(struct records *r, char *line)
{
	static const char *const kinds = "ESO";
	const char *prefix[] = { r->prefixes.endpoints, r->prefixes.subnets, OLD_SUBNETS };
	char *name = strchr(line, ' '), *value = name ? strchr(name + 1, ' ') : NULL, key[1024];
	const char *kind = strchr(kinds, *line);
	struct record record = { .key = key, .revision = 1 };
	struct err told, e = { 0 };
	enum records_change change;

	if (!name || !value || !*line || !kind)
		return;
	*value++ = 0;
	snprintf(key, sizeof(key), "%s%s", prefix[kind - kinds], name + 1);
	record.value = value;
	record.value_len = strlen(value);
	promise(records_take(r, &record, &change, &told, &e) == 0, "a record is taken or told");
	promise(!told.kind || strstr(told.text, r->prefixes.endpoints) == told.text ||
		strlen(key) > 400 || strstr(told.text, "/calico/") == told.text,
		"what is told names the key");
}

/* Only characters that cannot begin another option or another file. */
static void promise_words(const struct buf *text, const char *also)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "-_.:,/=[]* \t\n";

	promise(!text->failed, "what is printed is bounded");
	for (size_t i = 0; i < text->len; i++)
		promise(strchr(good, text->data[i]) || strchr(also,
			text->data[i]) || !text->data[i],
			"no character of a record is an option's");
	promise(!strstr(text->data, "/../"), "no path leads elsewhere");
}

static void print_all(const struct network *n)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 24);
	struct lease_past past = { "duid 00:01\nx\n1 2 fd00::1 h 00:01\n", NULL, NULL };

	print_host_file(n, &serving, &text);
	promise_words(&text, "");
	buf_reset(&text);
	print_addn_hosts(n, &serving, &text);
	promise_words(&text, "");
	buf_reset(&text);
	print_opts(n, &serving, &text);
	promise_words(&text, "");
	buf_reset(&text);
	print_arguments(n, &serving, &text);
	promise_words(&text, "");
	buf_reset(&text);
	print_leases(n, &serving, &past, 1000, &text);
	promise_words(&text, "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct records records __cleanup(records_done) = { 0 };
	struct networks networks __cleanup(networks_done) = NETWORKS;
	char *text __cleanup(input_textp) = input_text(data, size);
	struct taps none = { 0 };
	struct err e = { 0 };
	char *rest;

	prefixes_init(&records.prefixes, "", "h-1", &e);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take(&records, line);
	promise(networks_plan(&networks, &records, &none, &e) == 0,
		"what can be served is planned");
	for (size_t i = 0; i < networks.n; i++) {
		promise(networks.list[i].n_ports, "a network has a port");
		print_all(&networks.list[i]);
	}
	return 0;
}
