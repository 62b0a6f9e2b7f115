/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kubeconfig, and a second one behind it, which a line "%" parts.  Files that it names are
 * not read and plugins not run.
 */
#include "datastore/kubernetes/access/kubeconfig.h"
#include "datastore/kubernetes/access/pem.h"
#include "datastore/kubernetes/access/server.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

static void check_server(const struct kubeconfig_entry *entry)
{
	char *url __cleanup(free_text) = NULL;
	struct err e = { 0 };

	if (!entry->value[KC_SERVER] ||
	    server_read(entry->value[KC_SERVER], "server", &url, &e) < 0)
		return;
	promise(strncmp(url, "http", 4) == 0 && url[strlen(url) - 1] != '/', "an URL");
	for (const char *p = url; *p; p++)
		promise(*p > ' ' && *p <= '~', "an URL is visible");
}

static void check_pem(const struct kubeconfig_entry *entry)
{
	static const enum kubeconfig_field of[][2] = { { KC_CA, KC_CA_DATA },
						       { KC_CERT, KC_CERT_DATA },
						       { KC_KEY, KC_KEY_DATA } };

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct access_pem pem = { 0 };
		struct err e = { 0 };

		if (pem_take(&pem, entry, of[i][0], of[i][1], &e) == 0)
			promise(!pem.text || (strlen(pem.text) == pem.len &&
					      strstr(pem.text, "-----BEGIN ")), "PEM is a text");
		else
			promise(!pem.text && !pem.file, "who fails leaves it as it was");
		pem_done(&pem);
	}
}

static void check_entry(const struct kubeconfig *k, enum kubeconfig_kind kind,
			const struct kubeconfig_entry *entry)
{
	const struct kubeconfig_entry *found = NULL;
	struct err e = { 0 };

	for (unsigned i = 0; i < KC_FIELDS; i++)
		promise(!entry->value[i] || *entry->value[i], "what is empty is not given");
	for (size_t i = 0; i < entry->n_args; i++)
		promise(entry->args[i] != NULL, "each argument is there");
	if (!entry->name)
		return;
	if (kubeconfig_find(k, kind, entry->name, &found, &e) < 0)
		promise(*e.text, "who fails says why");
	else
		promise(found && strcmp(found->name, entry->name) == 0 && !*found->refused,
			"each is found by its name");
	check_server(entry);
	check_pem(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct kubeconfig k __cleanup(kubeconfig_done) = { 0 };
	char *second = strstr(text, "\n%\n");
	size_t first = second ? (size_t)(second - text) + 1 : size;
	struct err e = { 0 };

	if (kubeconfig_add(&k, text, first, "file", &e) < 0 ||
	    (second && kubeconfig_add(&k, second + 3, size - first - 2, "other", &e) < 0))
		promise(strncmp(e.text, "file:", 5) == 0 || strncmp(e.text, "other:", 6) == 0,
			"who fails names the file");
	for (unsigned kind = 0; kind < KUBECONFIG_KINDS; kind++)
		for (size_t i = 0; i < k.of[kind].n; i++)
			check_entry(&k, (enum kubeconfig_kind)kind, &k.of[kind].list[i]);
	return 0;
}
