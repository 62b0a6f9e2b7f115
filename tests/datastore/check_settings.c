/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/json.h"
#include "datastore/settings.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct settings settings;
static enum datastore_type type;
static struct err e;

static void setup(void)
{
	clearenv();
	settings_init(&settings);
	err_reset(&e);
}

static void teardown(void)
{
	settings_done(&settings);
}

static int take(const char *json)
{
	struct cJSON *conf __cleanup(json_freep) = json_parse(json, strlen(json), &e);

	ck_assert_msg(conf != NULL, "%s", e.text);
	return settings_from_config(&settings, conf, &e);
}

static int take_all(const char *json)
{
	if (take(json) < 0 || settings_from_environment(&settings, &e) < 0)
		return -1;
	return settings_decide(&settings, &type, &e);
}

static void expect_config_error(const char *json, const char *word)
{
	ck_assert_int_eq(take_all(json), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, word) != NULL, "\"%s\" does not name %s", e.text, word);
}

START_TEST(local_is_the_default_when_nothing_speaks_of_a_cluster)
{
	ck_assert_int_eq(take_all("{\"name\":\"n\",\"local_path\":\"/tmp/x\",\"kubernetes\":null}"),
			 0);
	ck_assert_int_eq(type, DATASTORE_LOCAL);
	ck_assert_str_eq(settings_get(&settings, SET_LOCAL_PATH), "/tmp/x");
}
END_TEST

/* Unknown ones, and one that is known said again and again. */
START_TEST(tens_of_thousands_of_keys_are_soon_read)
{
	struct buf text __cleanup(buf_done) = BUF(8 << 20);
	clock_t begun = clock();

	for (int i = 0; i < 40000; i++)
		buf_printf(&text, "%s\"key_%d\":1,\"local_path\":\"/%d\"", i ? "," : "{", i, i);
	buf_puts(&text, ",\"ipam\":{\"x\":1");
	for (int i = 0; i < 40000; i++)
		buf_printf(&text, ",\"local_path\":null");
	buf_puts(&text, "}}");
	ck_assert_msg(take(text.data) == 0, "%s", e.text);
	ck_assert_str_eq(settings_get(&settings, SET_LOCAL_PATH), "/39999");
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}
END_TEST

START_TEST(endpoints_imply_etcd_and_beat_kubernetes)
{
	setenv("KUBECONFIG", "/root/.kube/config", 1);
	ck_assert_int_eq(take_all("{\"ETCD_Endpoints\":\"http://127.0.0.1:2379\","
				  "\"policy\":{\"type\":\"k8s\"}}"), 0);
	ck_assert_int_eq(type, DATASTORE_ETCD);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_ENDPOINTS), "http://127.0.0.1:2379");
}
END_TEST

START_TEST(a_discovery_domain_implies_etcd)
{
	ck_assert_int_eq(take_all("{\"etcd_discovery_srv\":\"example.org\"}"), 0);
	ck_assert_int_eq(type, DATASTORE_ETCD);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_DISCOVERY_SRV), "example.org");
}
END_TEST

START_TEST(configuration_beats_the_plain_variable)
{
	setenv("ETCD_ENDPOINTS", "http://plain", 1);
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"http://stdin\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_ENDPOINTS), "http://stdin");
}
END_TEST

START_TEST(the_prefixed_variable_beats_configuration_in_either_order)
{
	setenv("CALICO_ETCD_ENDPOINTS", "http://prefixed", 1);
	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"http://stdin\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_ENDPOINTS), "http://prefixed");
}
END_TEST

START_TEST(a_plain_variable_is_used_when_nothing_else_is_given)
{
	setenv("ETCD_ENDPOINTS", "http://plain", 1);
	setenv("ETCD_USERNAME", "u", 1);
	setenv("CALICO_ETCD_PASSWORD", "p", 1);
	setenv("TLS_MIN_VERSION", "1.3", 1);
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_ENDPOINTS), "http://plain");
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_USERNAME), "u");
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_PASSWORD), "p");
	ck_assert_str_eq(settings_get(&settings, SET_TLS_MIN_VERSION), "1.3");
}
END_TEST

START_TEST(a_variable_set_but_empty_counts_as_set)
{
	setenv("CALICO_ETCD_CA_CERT_FILE", "", 1);
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"http://a\","
				  "\"etcd_ca_cert_file\":\"/ca\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_ETCD_CA_CERT_FILE), "");
}
END_TEST

START_TEST(words_that_others_use_too_need_the_prefix_in_the_environment)
{
	setenv("LOCAL_PATH", "/other/store", 1);
	setenv("RUN_PATH", "other/run", 1);
	setenv("MIRROR", "http://mirror.example.org", 1);
	setenv("TLS_SESSIONS", "off", 1);
	ck_assert_msg(take_all("{}") == 0, "%s", e.text);
	ck_assert_ptr_null(settings.value[SET_LOCAL_PATH]);
	ck_assert_ptr_null(settings.value[SET_RUN_PATH]);
	ck_assert(settings_want_mirror(&settings));
	ck_assert_str_eq(settings_session_path(&settings), SETTINGS_RUN_PATH);
	setenv("CALICO_LOCAL_PATH", "/own/store", 1);
	setenv("CALICO_RUN_PATH", "/own/run", 1);
	setenv("CALICO_MIRROR", "off", 1);
	setenv("CALICO_TLS_SESSIONS", "on", 1);
	ck_assert_msg(take_all("{}") == 0, "%s", e.text);
	ck_assert_str_eq(settings_get(&settings, SET_LOCAL_PATH), "/own/store");
	ck_assert_str_eq(settings_get(&settings, SET_RUN_PATH), "/own/run");
	ck_assert(!settings_want_mirror(&settings));
	ck_assert_str_eq(settings_session_path(&settings), "/own/run");
	setenv("CALICO_TLS_SESSIONS", "off", 1);
	ck_assert_msg(take_all("{}") == 0, "%s", e.text);
	ck_assert_ptr_null(settings_session_path(&settings));
}
END_TEST

START_TEST(tls_variables_have_no_prefixed_form)
{
	setenv("CALICO_TLS_MIN_VERSION", "1.3", 1);
	ck_assert_int_eq(take_all("{}"), 0);
	ck_assert_ptr_null(settings.value[SET_TLS_MIN_VERSION]);
}
END_TEST

START_TEST(an_explicit_type_beats_what_is_implied)
{
	setenv("CALICO_DATASTORE_TYPE", "local", 1);
	setenv("ETCD_ENDPOINTS", "http://plain", 1);
	ck_assert_int_eq(take_all("{\"datastore_type\":\"etcdv3\"}"), 0);
	ck_assert_int_eq(type, DATASTORE_LOCAL);
}
END_TEST

/* What the store is, without an endpoint of etcd, by anything that speaks of Kubernetes. */
static const char *const of_kubernetes[] = {
	"{\"datastore_type\":\"kubernetes\"}",
	"{\"datastore_type\":\"kubernetes\",\"etcd_endpoints\":\"http://a\"}",
	"{\"kubernetes\":{\"kubeconfig\":\"/k\"}}",
	"{\"Kubernetes\":{}}",
	"{\"policy\":{\"type\":\"k8s\"}}",
	"{\"calico_api_group\":\"projectcalico.org/v3\"}",
	"{\"policy\":{\"type\":\"k8s\"},\"etcd_scheme\":\"https\"}",
};

START_TEST(a_word_about_kubernetes_implies_kubernetes)
{
	ck_assert_msg(take_all(of_kubernetes[_i]) == 0, "%s", e.text);
	ck_assert_int_eq(type, DATASTORE_KUBERNETES);
}
END_TEST

START_TEST(kubernetes_variables_imply_kubernetes)
{
	static const char *const names[] = { "KUBECONFIG", "CALICO_KUBECONFIG", "K8S_API_ENDPOINT",
					     "CALICO_K8SAPITOKEN", "CALICO_API_GROUP",
					     "CALICO_CALICO_API_GROUP", "K8S_CLIENT_QPS" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		teardown();
		setup();
		setenv(names[i], "/x", 1);
		ck_assert_msg(take_all("{}") == 0, "%s: %s", names[i], e.text);
		ck_assert_int_eq(type, DATASTORE_KUBERNETES);
		ck_assert_str_eq(settings.speaks_of_kubernetes, names[i]);
	}
}
END_TEST

START_TEST(what_is_within_kubernetes_and_policy_is_taken)
{
	ck_assert_msg(take_all("{\"Kubernetes\":{\"KubeConfig\":\"/k\",\"node_name\":1},"
			       "\"policy\":{\"type\":\"k8s\","
			       "\"k8s_api_root\":\"https://p/api/v1/\","
			       "\"k8s_auth_token\":\"secret\","
			       "\"k8s_client_certificate\":\"/c\",\"k8s_client_key\":\"/y\","
			       "\"k8s_certificate_authority\":\"/a\"}}") == 0,
		      "%s", e.text);
	ck_assert_str_eq(settings_get(&settings, SET_KUBECONFIG), "/k");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_ENDPOINT), "https://p/api/v1/");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_TOKEN), "secret");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_CERT_FILE), "/c");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_KEY_FILE), "/y");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_CA_FILE), "/a");
	ck_assert_int_eq(settings.source[SET_K8S_API_ENDPOINT], SETTINGS_POLICY);
}
END_TEST

START_TEST(the_root_within_kubernetes_beats_that_of_policy_in_either_order)
{
	ck_assert_int_eq(take("{\"kubernetes\":{\"k8s_api_root\":\"https://k\"},"
			      "\"policy\":{\"k8s_api_root\":\"https://p\"}}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_ENDPOINT), "https://k");
	teardown();
	setup();
	ck_assert_int_eq(take("{\"policy\":{\"k8s_api_root\":\"https://p\"},"
			      "\"kubernetes\":{\"k8s_api_root\":\"https://k\"}}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_ENDPOINT), "https://k");
}
END_TEST

START_TEST(within_kubernetes_too_a_prefixed_variable_beats_and_a_plain_one_does_not)
{
	setenv("KUBECONFIG", "/plain", 1);
	setenv("K8S_API_ENDPOINT", "https://plain", 1);
	setenv("K8S_KEY_FILE", "/plain.key", 1);
	setenv("CALICO_K8S_API_ENDPOINT", "https://prefixed", 1);
	setenv("CALICO_K8S_CA_FILE", "/prefixed", 1);
	ck_assert_msg(take_all("{\"kubernetes\":{\"kubeconfig\":\"/k\","
			       "\"k8s_api_root\":\"https://k\"},"
			       "\"policy\":{\"k8s_client_key\":\"/y\","
			       "\"k8s_certificate_authority\":\"/a\"}}") == 0, "%s", e.text);
	ck_assert_str_eq(settings_get(&settings, SET_KUBECONFIG), "/k");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_KEY_FILE), "/y");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_ENDPOINT), "https://prefixed");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_CA_FILE), "/prefixed");
}
END_TEST

START_TEST(the_variable_of_the_group_begins_with_calico_and_so_does_its_prefixed_form)
{
	setenv("CALICO_API_GROUP", "plain", 1);
	ck_assert_int_eq(take_all("{\"calico_api_group\":\"projectcalico.org/v3\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_CALICO_API_GROUP), "projectcalico.org/v3");
	setenv("CALICO_CALICO_API_GROUP", "prefixed", 1);
	ck_assert_int_eq(settings_from_environment(&settings, &e), 0);
	ck_assert_str_eq(settings_get(&settings, SET_CALICO_API_GROUP), "prefixed");
}
END_TEST

/* As Calico has it; K8S_API_TOKEN it exports for itself and never reads. */
START_TEST(of_tokens_only_the_prefixed_variable_is_read)
{
	setenv("K8S_API_TOKEN", "secret", 1);
	setenv("CALICO_K8S_API_TOKEN", "secret", 1);
	setenv("K8SAPITOKEN", "secret", 1);
	setenv("CALICO_KUBECONFIG_INLINE", "secret", 1);
	ck_assert_int_eq(take_all("{}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_TOKEN), "");
	ck_assert_str_eq(settings_get(&settings, SET_KUBECONFIG_INLINE), "");
	setenv("CALICO_K8SAPITOKEN", "secret", 1);
	ck_assert_int_eq(take_all("{\"policy\":{\"k8s_auth_token\":\"p\"}}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_TOKEN), "secret");
}
END_TEST

/* Another plugin's, as multus has one. */
START_TEST(the_same_names_outside_of_kubernetes_are_passed_over)
{
	ck_assert_int_eq(take_all("{\"kubeconfig\":\"/k\",\"k8s_api_endpoint\":1}"), 0);
	ck_assert_int_eq(type, DATASTORE_LOCAL);
	ck_assert_str_eq(settings_get(&settings, SET_KUBECONFIG), "");
}
END_TEST

START_TEST(what_is_within_kubernetes_is_named_when_it_has_the_wrong_type)
{
	ck_assert_int_eq(take("{\"kubernetes\":{\"kubeconfig\":[\"/k\"]}}"), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, "\"kubernetes.kubeconfig\" must be a string"));
	err_reset(&e);
	ck_assert_int_eq(take("{\"policy\":\"k8s\"}"), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "\"policy\" must be an object"));
	err_reset(&e);
	ck_assert_int_eq(take("{\"kubernetes\":{\"kubeconfig\":null,\"k8s_api_root\":\"\"}}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_KUBECONFIG), "");
	ck_assert_str_eq(settings_get(&settings, SET_K8S_API_ENDPOINT), "");
}
END_TEST

START_TEST(each_file_of_a_list_of_kubeconfigs_is_an_absolute_path)
{
	expect_config_error("{\"kubernetes\":{\"kubeconfig\":\"/a::b/c:/d\"}}",
			    "kubeconfig must be an absolute path, not \"b/c:/d\"");
	ck_assert_int_eq(take_all("{\"kubernetes\":{\"kubeconfig\":\":/a::/d:\"}}"), 0);
	expect_config_error("{\"policy\":{\"k8s_client_key\":\"k.pem\"}}",
			    "k8s_key_file must be an absolute path, not \"k.pem\"");
}
END_TEST

START_TEST(a_word_about_etcd_without_an_endpoint_is_never_local)
{
	setenv("ETCD_ENDPOINT", "http://misspelt", 1);
	expect_config_error("{}", "ETCD_ENDPOINT");
}
END_TEST

START_TEST(etcd_keys_without_effect_still_forbid_the_default)
{
	expect_config_error("{\"etcd_authority\":\"127.0.0.1:2379\"}", "etcd_authority");
}
END_TEST

START_TEST(an_unknown_etcd_key_is_an_error_that_names_it)
{
	expect_config_error("{\"etcd_endpoint\":\"http://a\"}", "\"etcd_endpoint\"");
	expect_config_error("{\"etcdEndpoints\":\"http://a\"}", "\"etcdEndpoints\"");
}
END_TEST

START_TEST(an_unknown_key_about_the_datastore_is_an_error_that_names_it)
{
	expect_config_error("{\"datastoreType\":\"etcdv3\"}", "\"datastoreType\"");
	teardown();
	setup();
	ck_assert_int_eq(take_all("{\"Datastore_Type\":\"local\",\"datastores\":null}"), 0);
}
END_TEST

static const char *const misplaced[] = {
	"{\"ipam\":{\"datastore_type\":\"etcdv3\",\"etcd_endpoints\":\"http://a\"}}",
	"{\"ipam\":{\"etcd_endpoints\":\"http://a\"}}",
	"{\"ipam\":{\"Etcd_Anything\":\"http://a\"}}",
	"{\"ipam\":{\"datastoreType\":\"etcdv3\"}}",
	"{\"ipam\":{\"kubernetes\":{\"kubeconfig\":\"/x\"}}}",
	"{\"ipam\":{\"local_path\":\"/x\"}}",
	"{\"datastore_type\":\"local\",\"ipam\":{\"etcd_endpoints\":\"http://a\"}}",
};

START_TEST(a_key_about_the_store_within_ipam_is_an_error)
{
	expect_config_error(misplaced[_i], "stands within \"ipam\"; move it beside");
}
END_TEST

START_TEST(other_keys_within_ipam_are_passed_over)
{
	ck_assert_int_eq(take_all("{\"ipam\":{\"type\":\"calico-ipam\",\"subnet\":\"usePodCidr\","
				  "\"assign_ipv4\":\"true\",\"ipv4_pools\":[\"a\"],\"colour\":1,"
				  "\"etcd_endpoints\":null}}"), 0);
	ck_assert_int_eq(type, DATASTORE_LOCAL);
}
END_TEST

START_TEST(user_and_password_belong_in_the_environment)
{
	expect_config_error("{\"etcd_password\":\"secret\"}", "ETCD_PASSWORD");
	ck_assert_ptr_null(strstr(e.text, "secret"));
}
END_TEST

START_TEST(what_only_the_environment_may_say_is_refused_in_the_configuration)
{
	expect_config_error("{\"tls_min_version\":\"1.3\"}", "TLS_MIN_VERSION");
	expect_config_error("{\"TLS_Cipher_Suites\":\"TLS_AES_128_GCM_SHA256\"}",
			    "environment variable TLS_CIPHER_SUITES");
}
END_TEST

static const char *const hidden[] = {
	"{\"datastore_type\":\"etcdv3\",\"etcd_endpoints\":\"http://a\"}",
	"{\"etcd_endpoints\":\"http://a\"}",
	"{}",
};

START_TEST(an_empty_variable_that_hides_the_endpoints_is_named)
{
	setenv("CALICO_ETCD_ENDPOINTS", "", 1);
	expect_config_error(hidden[_i], "CALICO_ETCD_ENDPOINTS is set but empty");
	teardown();
	setup();
	setenv("CALICO_ETCD_DISCOVERY_SRV", "", 1);
	expect_config_error("{\"etcd_discovery_srv\":\"example.org\"}",
			    "CALICO_ETCD_DISCOVERY_SRV is set but empty");
	teardown();
	setup();
	setenv("CALICO_ETCD_ENDPOINTS", "", 1);
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"http://a\",\"datastore_type\":\"local\"}"),
			 0);
}
END_TEST

START_TEST(etcd_needs_an_endpoint)
{
	expect_config_error("{\"datastore_type\":\"etcdv3\"}", "etcd_endpoints");
}
END_TEST

START_TEST(an_unknown_type_is_an_error_that_names_it)
{
	expect_config_error("{\"datastore_type\":\"etcd\"}", "unknown datastore type: etcd;");
}
END_TEST

START_TEST(a_value_that_is_no_string_is_a_decode_error)
{
	ck_assert_int_eq(take("{\"etcd_endpoints\":[\"http://a\"]}"), -1);
	ck_assert_int_eq(e.kind, ERR_DECODE);
	ck_assert_ptr_nonnull(strstr(e.text, "etcd_endpoints"));
}
END_TEST

START_TEST(the_last_duplicate_wins)
{
	ck_assert_int_eq(take_all("{\"local_path\":\"/a\",\"Local_Path\":\"/b\"}"), 0);
	ck_assert_str_eq(settings_get(&settings, SET_LOCAL_PATH), "/b");
}
END_TEST

START_TEST(a_value_longer_than_the_limit_is_refused)
{
	char *value = calloc(1, SETTINGS_VALUE_MAX + 2);

	memset(value, 'a', SETTINGS_VALUE_MAX + 1);
	ck_assert_int_eq(settings_set(&settings, "local_path", value, SETTINGS_CONFIG, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
	free(value);
}
END_TEST

START_TEST(a_path_that_depends_on_the_working_directory_is_refused)
{
	expect_config_error("{\"local_path\":\"ipam/store\"}",
			    "local_path must be an absolute path, not \"ipam/store\"");
	teardown();
	setup();
	setenv("CALICO_RUN_PATH", "./run", 1);
	expect_config_error("{}", "run_path must be an absolute path, not \"./run\"");
	teardown();
	setup();
	setenv("CALICO_LOCAL_PATH", "", 1);
	ck_assert_int_eq(take_all("{\"run_path\":\"/run/x\"}"), 0);
}
END_TEST

static const char *const files[] = { "etcd_ca_cert_file", "etcd_cert_file", "etcd_key_file" };

START_TEST(a_file_of_etcds_that_depends_on_the_working_directory_is_refused)
{
	char json[200], word[100];

	snprintf(json, sizeof(json), "{\"etcd_endpoints\":\"a:1\",\"%s\":\"tls/x.pem\"}",
		 files[_i]);
	snprintf(word, sizeof(word), "%s must be an absolute path, not \"tls/x.pem\"", files[_i]);
	expect_config_error(json, word);
	teardown();
	setup();
	snprintf(json, sizeof(json), "{\"etcd_endpoints\":\"a:1\",\"%s\":\"/tls/x.pem\"}",
		 files[_i]);
	ck_assert_int_eq(take_all(json), 0);
}
END_TEST

/* etcd itself is set by variables of these names. */
START_TEST(a_file_of_etcds_does_not_concern_the_local_store)
{
	setenv("ETCD_CERT_FILE", "server.crt", 1);
	ck_assert_int_eq(take_all("{\"datastore_type\":\"local\"}"), 0);
}
END_TEST

START_TEST(a_protocol_that_etcd_does_not_speak_is_refused_by_its_name)
{
	expect_config_error("{\"etcd_endpoints\":\"a:1\",\"etcd_protocol\":\"http\"}",
			    "etcd_protocol must be \"grpc\" or \"json\", not \"http\"");
	teardown();
	setup();
	ck_assert_int_eq(take_all("{\"etcd_endpoints\":\"a:1\",\"etcd_protocol\":\"grpc\"}"), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("settings");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, local_is_the_default_when_nothing_speaks_of_a_cluster);
	tcase_add_test(t, tens_of_thousands_of_keys_are_soon_read);
	tcase_add_test(t, endpoints_imply_etcd_and_beat_kubernetes);
	tcase_add_test(t, a_discovery_domain_implies_etcd);
	tcase_add_test(t, configuration_beats_the_plain_variable);
	tcase_add_test(t, the_prefixed_variable_beats_configuration_in_either_order);
	tcase_add_test(t, a_plain_variable_is_used_when_nothing_else_is_given);
	tcase_add_test(t, a_variable_set_but_empty_counts_as_set);
	tcase_add_test(t, words_that_others_use_too_need_the_prefix_in_the_environment);
	tcase_add_test(t, tls_variables_have_no_prefixed_form);
	tcase_add_test(t, an_explicit_type_beats_what_is_implied);
	tcase_add_loop_test(t, a_word_about_kubernetes_implies_kubernetes, 0,
			    ARRAY_LEN(of_kubernetes));
	tcase_add_test(t, kubernetes_variables_imply_kubernetes);
	tcase_add_test(t, what_is_within_kubernetes_and_policy_is_taken);
	tcase_add_test(t, the_root_within_kubernetes_beats_that_of_policy_in_either_order);
	tcase_add_test(t, within_kubernetes_too_a_prefixed_variable_beats_and_a_plain_one_does_not);
	tcase_add_test(t,
		       the_variable_of_the_group_begins_with_calico_and_so_does_its_prefixed_form);
	tcase_add_test(t, of_tokens_only_the_prefixed_variable_is_read);
	tcase_add_test(t, the_same_names_outside_of_kubernetes_are_passed_over);
	tcase_add_test(t, what_is_within_kubernetes_is_named_when_it_has_the_wrong_type);
	tcase_add_test(t, each_file_of_a_list_of_kubeconfigs_is_an_absolute_path);
	tcase_add_test(t, a_word_about_etcd_without_an_endpoint_is_never_local);
	tcase_add_test(t, etcd_keys_without_effect_still_forbid_the_default);
	tcase_add_test(t, an_unknown_etcd_key_is_an_error_that_names_it);
	tcase_add_test(t, an_unknown_key_about_the_datastore_is_an_error_that_names_it);
	tcase_add_loop_test(t, a_key_about_the_store_within_ipam_is_an_error,
			    0, ARRAY_LEN(misplaced));
	tcase_add_test(t, other_keys_within_ipam_are_passed_over);
	tcase_add_test(t, user_and_password_belong_in_the_environment);
	tcase_add_test(t, what_only_the_environment_may_say_is_refused_in_the_configuration);
	tcase_add_loop_test(t, an_empty_variable_that_hides_the_endpoints_is_named, 0,
			    ARRAY_LEN(hidden));
	tcase_add_test(t, etcd_needs_an_endpoint);
	tcase_add_test(t, an_unknown_type_is_an_error_that_names_it);
	tcase_add_test(t, a_value_that_is_no_string_is_a_decode_error);
	tcase_add_test(t, the_last_duplicate_wins);
	tcase_add_test(t, a_value_longer_than_the_limit_is_refused);
	tcase_add_test(t, a_path_that_depends_on_the_working_directory_is_refused);
	tcase_add_loop_test(t, a_file_of_etcds_that_depends_on_the_working_directory_is_refused,
			    0, ARRAY_LEN(files));
	tcase_add_test(t, a_file_of_etcds_does_not_concern_the_local_store);
	tcase_add_test(t, a_protocol_that_etcd_does_not_speak_is_refused_by_its_name);
	suite_add_tcase(s, t);
	return s;
}
