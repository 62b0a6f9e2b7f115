/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/settings/calicoctl.h"

#include "base/buf.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

#define HEAD "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nmetadata:\nspec:\n"
#define PASSWORD HEAD "  etcdEndpoints: a\n  etcdPassword: %s\n"

static struct settings s;
static struct err e;

static void setup(void)
{
	settings_init(&s);
	err_reset(&e);
}

static void teardown(void)
{
	settings_done(&s);
}

static int take_bytes(const char *text, size_t len)
{
	settings_done(&s);
	err_reset(&e);
	return calicoctl_take(&s, text, len, "cfg", &e);
}

static int take(const char *text)
{
	return take_bytes(text, strlen(text));
}

static void has(enum setting which, const char *value)
{
	ck_assert_str_eq(settings_get(&s, which), value);
}

/* The text is refused, with an error that begins so. */
static void refused(const char *text, const char *begin)
{
	ck_assert_msg(take(text) < 0, "taken: %s", text);
	ck_assert_msg(strncmp(e.text, begin, strlen(begin)) == 0, "%s: %s", begin, e.text);
}

START_TEST(what_calicoctl_documents_is_read)
{
	const char *text = HEAD
		"  datastoreType: \"etcdv3\"\n"
		"  etcdEndpoints: 'https://10.0.0.1:2379,https://10.0.0.2:2379'\n"
		"  etcdUsername: user # a comment\n"
		"  etcdPassword: \"p: \\\"w\\\"\"\n"
		"  etcdKeyFile: /etc/calico/key.pem\n"
		"  etcdCertFile: /etc/calico/cert.pem\n"
		"  etcdCACertFile: /etc/calico/ca.pem\n";

	ck_assert_msg(take(text) == 0, "%s", e.text);
	has(SET_DATASTORE_TYPE, "etcdv3");
	has(SET_ETCD_ENDPOINTS, "https://10.0.0.1:2379,https://10.0.0.2:2379");
	has(SET_ETCD_USERNAME, "user");
	has(SET_ETCD_PASSWORD, "p: \"w\"");
	has(SET_ETCD_KEY_FILE, "/etc/calico/key.pem");
	has(SET_ETCD_CERT_FILE, "/etc/calico/cert.pem");
	has(SET_ETCD_CA_CERT_FILE, "/etc/calico/ca.pem");
	ck_assert_int_eq(s.source[SET_ETCD_PASSWORD], SETTINGS_CONFIG);
	ck_assert_int_eq(take(HEAD "  datastoreType: etcdv3\n  etcdDiscoverySrv: here\n"), 0);
	has(SET_ETCD_DISCOVERY_SRV, "here");
}
END_TEST

START_TEST(json_is_read_too)
{
	const char *text = "{\"kind\": \"CalicoAPIConfig\",\n\t\"apiVersion\": "
		"\"projectcalico.org/v3\", \"metadata\": {}, \"spec\":\n\t{\"etcdEndpoints\": "
		"\"http:\\/\\/127.0.0.1:2379\", \"etcdUsername\": null, \"k8sClientQPS\": 5.5}}\n";

	ck_assert_msg(take(text) == 0, "%s", e.text);
	has(SET_DATASTORE_TYPE, "etcdv3");
	has(SET_ETCD_ENDPOINTS, "http://127.0.0.1:2379");
	has(SET_ETCD_USERNAME, "");
	ck_assert(calicoctl_is_config(text));
	ck_assert(calicoctl_is_config(HEAD));
	ck_assert(!calicoctl_is_config("\n {\"name\": \"net1\", \"plugins\": []}"));
}
END_TEST

START_TEST(a_text_that_yaml_takes_for_something_else_is_not_guessed)
{
	static const char *const others[] = { "0123", "0x1F", "1_000", "1e3", "1.50", ".5", "+7",
					      "yes", "Off", "True", "n", ".inf", "-.INF", "0o17",
					      "0b11", "-0", "1234567890123456789", "10", "true" };
	static const char *const texts[] = { "10.0.0.1", "1.2.3", "0x", "yes1", "2001-01-01", "e3",
					     "'0123'", "\"yes\"", "!!str 0123", "|-\n    0123" };
	char text[256];

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		snprintf(text, sizeof(text), PASSWORD, others[i]);
		refused(text, "cfg:6: put the value of etcdPassword in quotes");
		ck_assert_msg(strlen(others[i]) < 4 || !strstr(e.text, others[i]), "%s",
			      e.text);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		snprintf(text, sizeof(text), PASSWORD, texts[i]);
		ck_assert_msg(take(text) == 0, "%s: %s", texts[i], e.text);
		ck_assert_str_ne(settings_get(&s, SET_ETCD_PASSWORD), "");
	}
	ck_assert_int_eq(take(HEAD "  etcdEndpoints: a\n  etcdPassword: ~\n  etcdUsername:\n"), 0);
	has(SET_ETCD_PASSWORD, "");
}
END_TEST

START_TEST(a_slip_is_no_other_store)
{
	refused(HEAD "  etcdEndpoint: http://a\n", "cfg:5: \"etcdEndpoint\" is not known in spec");
	refused(HEAD "  datastore: etcdv3\n", "cfg:5: \"datastore\" is not known in spec");
	refused(HEAD "etcdEndpoints: http://a\n", "cfg:5: \"etcdEndpoints\" is not known here");
	refused(HEAD "  etcdEndpoints: [http://a]\n",
		"cfg:5: etcdEndpoints must be a text, not a list: URLs separated by commas");
	refused(HEAD "  etcdPassword: {a: b}\n", "cfg:5: etcdPassword must be a text, not a map");
	refused(HEAD "  ETCDENDPOINTS: b\n", "cfg:5: \"ETCDENDPOINTS\" is not known in spec");
	refused(HEAD "  etcdEndpoints: a\n  etcdEndpoints: b\n",
		"cfg:6: \"etcdEndpoints\" is given twice");
	refused(HEAD "  etcdEndpoints: a\n  etcdCertFile: cert.pem\n",
		"cfg:6: etcdCertFile must be an absolute path");
	refused(HEAD "  - etcdEndpoints\n", "cfg:5: spec must be a map");
	refused("[a]", "cfg:1: is no CalicoAPIConfig");
	refused("", "cfg: apiVersion must be \"projectcalico.org/v3\", not \"\"");
	refused("apiVersion: v1\nkind: CalicoAPIConfig\n", "cfg: apiVersion must be");
	refused("apiVersion: projectcalico.org/v3\nkind: IPPool\n",
		"cfg: kind must be \"CalicoAPIConfig\", not \"IPPool\"");
}
END_TEST

START_TEST(keys_within_the_file_are_not_read_and_what_to_do_is_said)
{
	refused(HEAD "  etcdEndpoints: a\n  etcdKey: |\n    -----BEGIN\n    secret\n",
		"cfg:6: keys and certificates are not read from within a configuration; write "
		"that of etcdKey to a file, and name it with etcdKeyFile");
	ck_assert(!strstr(e.text, "secret"));
	refused(HEAD "  etcdCert: x\n", "cfg:5: keys and certificates");
	refused(HEAD "  etcdCACert: x\n", "cfg:5: keys and certificates");
	ck_assert_int_eq(take(HEAD "  etcdEndpoints: a\n  etcdCACert: \"\"\n"), 0);
}
END_TEST

START_TEST(the_type_is_etcd_or_kubernetes_and_without_endpoints_kubernetes)
{
	ck_assert_int_eq(take(HEAD "  datastoreType: kubernetes\n  etcdEndpoints: a\n"), 0);
	has(SET_DATASTORE_TYPE, "kubernetes");
	ck_assert_int_eq(take(HEAD "  kubeconfig: /root/.kube/config\n"), 0);
	has(SET_DATASTORE_TYPE, "kubernetes");
	has(SET_KUBECONFIG, "/root/.kube/config");
	refused(HEAD "  datastoreType: etcd\n",
		"cfg: datastoreType must be \"etcdv3\" or \"kubernetes\", not \"etcd\"");
	refused(HEAD "  datastoreType: local\n",
		"cfg: datastoreType must be \"etcdv3\" or \"kubernetes\", not \"local\"");
}
END_TEST

START_TEST(what_it_says_of_kubernetes_is_read)
{
	const char *text = HEAD "  kubeconfigInline: |\n    kind: Config\n"
		"  k8sCurrentContext: x\n  k8sAPIEndpoint: https://a\n  k8sKeyFile: /k\n"
		"  k8sCertFile: /c\n  k8sCAFile: /ca\n  k8sAPIToken: t\n  usePodCIDR: true\n"
		"  k8sInsecureSkipTLSVerify: true\n  calicoAPIGroup: projectcalico.org/v3\n"
		"  k8sClientQPS: 5\n  k8sDisableNodePoll: true\n";

	ck_assert_msg(take(text) == 0, "%s", e.text);
	has(SET_KUBECONFIG_INLINE, "kind: Config\n");
	has(SET_K8S_CURRENT_CONTEXT, "x");
	has(SET_K8S_API_ENDPOINT, "https://a");
	has(SET_K8S_KEY_FILE, "/k");
	has(SET_K8S_CERT_FILE, "/c");
	has(SET_K8S_CA_FILE, "/ca");
	has(SET_K8S_API_TOKEN, "t");
	has(SET_K8S_INSECURE, "true");
	has(SET_CALICO_API_GROUP, "projectcalico.org/v3");
	refused(HEAD "  k8sInsecureSkipTLSVerify: \"true\"\n",
		"cfg:5: k8sInsecureSkipTLSVerify must be true or false");
	refused(HEAD "  k8sApiEndpoint: a\n", "cfg:5: \"k8sApiEndpoint\" is not known in spec");
	refused(HEAD "  kubeConfig: a\n", "cfg:5: \"kubeConfig\" is not known in spec");
}
END_TEST

START_TEST(the_environment_beats_the_file)
{
	const char *text = HEAD "  datastoreType: kubernetes\n";

	ck_assert(settings_set(&s, "datastore_type", "local", SETTINGS_CALICO_ENVIRONMENT,
			       &e) == 0);
	ck_assert_int_eq(calicoctl_take(&s, text, strlen(text), "cfg", &e), 0);
	has(SET_DATASTORE_TYPE, "local");
	settings_done(&s);
	ck_assert(settings_set(&s, "datastore_type", "kubernetes", SETTINGS_CALICO_ENVIRONMENT,
			       &e) == 0);
	text = HEAD "  etcdEndpoints: a\n";
	ck_assert_msg(calicoctl_take(&s, text, strlen(text), "cfg", &e) == 0,
		      "the file is blamed: %s", e.text);
}
END_TEST

START_TEST(bad_yaml_is_told_with_its_line)
{
	refused(HEAD "  etcdEndpoints: \"a\n", "cfg:6: invalid YAML: ");
	refused(HEAD "  a: b\n c: d\n", "cfg:6: invalid YAML: ");
	refused(HEAD "\tetcdEndpoints: a\n", "cfg:5: invalid YAML: ");
	refused("a: b\nc: \xff\xfe\n", "cfg:2: invalid YAML: ");
	refused("a: b\na: c\n", "cfg:2: \"a\" is given twice");
	refused("a: b\n---\nc: d\n", "cfg:2: a second document begins");
	refused("a: &x b\n", "cfg:1: anchors and aliases");
	refused("a: &x [b]\n", "cfg:1: anchors and aliases");
	refused("a: &x {b: c}\n", "cfg:1: anchors and aliases");
	refused("a: b\nc: *x\n", "cfg:2: anchors and aliases");
	refused("a:\n  <<: {b: c}\n", "cfg:2: merges");
	refused("a: !!binary YQ==\n", "cfg:1: tags");
	refused("a: !x [b]\n", "cfg:1: tags");
	refused("a: \"b\\0c\"\n", "cfg:1: a NUL");
	refused("? [a]\n: b\n", "cfg:1: a name must be a text");
	ck_assert_int_lt(take_bytes("a: b\0c\n", 7), 0);
}
END_TEST

START_TEST(depth_and_number_and_size_have_limits)
{
	struct buf text __cleanup(buf_done) = BUF(2 << 20);

	buf_puts(&text, "a: ");
	for (unsigned i = 0; i < 100000; i++)
		buf_putc(&text, '[');
	ck_assert_int_lt(take(text.data), 0);
	ck_assert_str_eq(e.text, "cfg:1: more than 16 maps and lists are within each other");
	refused("a: [[[[[[[[[[[[[[[b]]]]]]]]]]]]]]]", "cfg: apiVersion");
	refused("a: [[[[[[[[[[[[[[[[b]]]]]]]]]]]]]]]]", "cfg:1: more than 16");
	buf_reset(&text);
	buf_puts(&text, "a:\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_puts(&text, "- a\n");
	ck_assert_int_lt(take(text.data), 0);
	ck_assert_str_eq(e.text, "cfg:1999: more than 2000 names and values");
	buf_reset(&text);
	for (unsigned i = 0; i <= 1 << 20; i++)
		buf_putc(&text, ' ');
	ck_assert_int_lt(take(text.data), 0);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *all = suite_create("calicoctl's configuration");
	TCase *t = tcase_create("calicoctl");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_calicoctl_documents_is_read);
	tcase_add_test(t, json_is_read_too);
	tcase_add_test(t, a_text_that_yaml_takes_for_something_else_is_not_guessed);
	tcase_add_test(t, a_slip_is_no_other_store);
	tcase_add_test(t, keys_within_the_file_are_not_read_and_what_to_do_is_said);
	tcase_add_test(t, the_type_is_etcd_or_kubernetes_and_without_endpoints_kubernetes);
	tcase_add_test(t, what_it_says_of_kubernetes_is_read);
	tcase_add_test(t, the_environment_beats_the_file);
	tcase_add_test(t, bad_yaml_is_told_with_its_line);
	tcase_add_test(t, depth_and_number_and_size_have_limits);
	suite_add_tcase(all, t);
	return all;
}
