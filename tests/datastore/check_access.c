/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"
#include "base/buf.h"
#include "base/io.h"
#include "datastore/kubernetes/access/access.h"
#include "datastore/kubernetes/access/in_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"

/* What kubeadm writes, but for the data. */
#define CLUSTER "clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n%s  name: kubernetes\n"
#define CONTEXT "contexts:\n- context:\n    cluster: kubernetes\n    user: admin\n" \
	"  name: admin@k\ncurrent-context: admin@k\n"
#define USER "users:\n- name: admin\n  user:\n%s"
#define HEAD "apiVersion: v1\nkind: Config\npreferences: {}\n"

static struct settings settings;
static struct access found;
static struct err e;
static char folder[] = "/tmp/check_access.XXXXXX";
static char file[100];		/* "<folder>/config" */

static void setup(void)
{
	clearenv();
	setenv("PATH", "/usr/bin:/bin", 1);
	settings_init(&settings);
	err_reset(&e);
	memset(&found, 0, sizeof(found));
	strcpy(folder, "/tmp/check_access.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/config", folder);
}

static void teardown(void)
{
	char command[100];

	access_done(&found);
	settings_done(&settings);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void set(const char *name, const char *value)
{
	ck_assert_msg(settings_set(&settings, name, value, SETTINGS_CONFIG, &e) == 0, "%s",
		      e.text);
}

static const char *write_file(const char *name, const char *text, mode_t mode)
{
	static char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static int look(void)
{
	access_done(&found);
	err_reset(&e);
	return access_find(&found, &settings, deadline_in_ms(20000), &e);
}

/* Of one kubeconfig with this within its cluster and its user. */
static int look_with(const char *cluster, const char *user)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);

	buf_printf(&text, HEAD CLUSTER, cluster);
	buf_printf(&text, CONTEXT USER, *user ? user : "    {}\n");
	write_file("config", text.data, 0600);
	set("kubeconfig", file);
	return look();
}

static void finds(int rc)
{
	ck_assert_msg(rc == 0, "%s", e.text);
}

static void refuses(int rc, enum err_kind kind, const char *words)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_msg(strstr(e.text, words) != NULL, "\"%s\" is not in: %s", words, e.text);
	ck_assert_msg(e.kind == kind, "kind %d: %s", e.kind, e.text);
	ck_assert_ptr_null(found.server);
}

static const char *data_of(const char *text)
{
	static struct buf out = BUF(1 << 12);

	buf_reset(&out);
	b64_encode(&out, text, strlen(text));
	return out.data;
}

static const char *line(const char *key, const char *value)
{
	static char lines[4][1024];
	static unsigned at;
	char *out = lines[at++ % 4];

	snprintf(out, 1024, "    %s: %s\n", key, value);
	return out;
}

START_TEST(what_kubeadm_writes_is_read)
{
	char user[1024];

	snprintf(user, sizeof(user), "%s%s", line("client-certificate-data", data_of(PEM "cert")),
		 line("client-key-data", data_of(PEM "key")));
	finds(look_with(line("certificate-authority-data", data_of(PEM)), user));
	ck_assert_str_eq(found.server, "https://10.0.0.1:6443");
	ck_assert_ptr_null(found.server_name);
	ck_assert(!found.insecure);
	ck_assert_str_eq(found.ca.text, PEM);
	ck_assert_int_eq(found.ca.len, strlen(PEM));
	ck_assert_str_eq(found.certificate.text, PEM "cert");
	ck_assert_str_eq(found.key.text, PEM "key");
	ck_assert_ptr_null(found.ca.file);
	ck_assert_ptr_null(found.authorization);
	ck_assert_ptr_nonnull(strstr(found.where, "/config, context admin@k"));
	ck_assert_ptr_nonnull(strstr(found.ca.name, "certificate-authority-data in /tmp/"));
	ck_assert_ptr_nonnull(strstr(found.identity, "client-certificate-data in /tmp/"));
}
END_TEST

/* It writes brackets around any host. */
static const struct {
	const char *host, *server;
} installed[] = {
	{ "[fd00::1]", "https://[fd00::1]:443" },
	{ "[10.96.0.1]", "https://10.96.0.1:443" },
	{ "[::ffff:10.96.0.1]", "https://[::ffff:10.96.0.1]:443" },
	{ "[api.example.net]", "https://api.example.net:443" },
};

/* As install-cni writes it, which is all of it in one file with a token. */
START_TEST(what_calicos_installer_writes_is_read)
{
	const char *text = "# Kubeconfig file for Calico CNI plugin. Installed by calico/node.\n"
		"apiVersion: v1\nkind: Config\nclusters:\n- name: local\n  cluster:\n"
		"    server: https://%s:443\n    certificate-authority-data: \"%s\"\n"
		"users:\n- name: calico\n  user:\n    token: ey.J-h_b=\n"
		"contexts:\n- name: calico-context\n  context:\n    cluster: local\n"
		"    user: calico\ncurrent-context: calico-context";
	struct buf whole __cleanup(buf_done) = BUF(4096);

	buf_printf(&whole, text, installed[_i].host, data_of(PEM));
	set("kubeconfig", write_file("config", whole.data, 0600));
	finds(look());
	ck_assert_str_eq(found.server, installed[_i].server);
	ck_assert_str_eq(found.authorization, "Bearer ey.J-h_b=");
	ck_assert_str_eq(found.identity, "token of user \"calico\"");
}
END_TEST

START_TEST(json_is_a_kubeconfig_too)
{
	set("kubeconfig", write_file("config", "{\"apiVersion\": \"v1\", \"clusters\": [{"
		"\"name\": \"c\", \"cluster\": {\"server\": \"https:\\/\\/a\", "
		"\"insecure-skip-tls-verify\": true}}],"
		"\n\t\"contexts\": [{\"name\": \"x\", \"context\": {\"cluster\": \"c\"}}],"
		"\"current-context\": \"x\"}", 0600));
	finds(look());
	ck_assert_str_eq(found.server, "https://a");
	ck_assert(found.insecure);
	ck_assert_str_eq(found.identity, "nobody");
}
END_TEST

START_TEST(files_are_relative_to_the_folder_of_their_kubeconfig)
{
	char path[200];

	finds(look_with("    certificate-authority: pki/ca.crt\n    tls-server-name: kubernetes\n",
			"    client-certificate: /c.pem\n    client-key: ./k.pem\n"));
	snprintf(path, sizeof(path), "%s/pki/ca.crt", folder);
	ck_assert_str_eq(found.ca.file, path);
	ck_assert_str_eq(found.certificate.file, "/c.pem");
	snprintf(path, sizeof(path), "%s/./k.pem", folder);
	ck_assert_str_eq(found.key.file, path);
	ck_assert_str_eq(found.server_name, "kubernetes");
	ck_assert_ptr_nonnull(strstr(found.ca.name, "certificate-authority /tmp/"));
}
END_TEST

START_TEST(data_beats_a_file)
{
	char cluster[1024];

	snprintf(cluster, sizeof(cluster), "    certificate-authority: /ca\n%s",
		 line("certificate-authority-data", data_of(PEM)));
	finds(look_with(cluster, ""));
	ck_assert_str_eq(found.ca.text, PEM);
	ck_assert_ptr_null(found.ca.file);
}
END_TEST

START_TEST(folded_data_are_read_and_spoilt_ones_are_named_and_not_shown)
{
	finds(look_with("    certificate-authority-data: |\n      LS0tLS1CRUdJTiBY\n"
			"      LS0tLS0K\n", ""));
	ck_assert_str_eq(found.ca.text, "-----BEGIN X-----\n");
	refuses(look_with("    certificate-authority-data: c2VjcmV0\n", ""), ERR_CONFIG,
		"certificate-authority-data of \"kubernetes\" is no PEM");
	ck_assert_ptr_null(strstr(e.text, "secret"));
	refuses(look_with("", "    client-certificate-data: secret!\n"), ERR_CONFIG,
		"client-certificate-data of \"admin\" is no base64");
	ck_assert_ptr_null(strstr(e.text, "secret"));
	ck_assert_ptr_nonnull(strstr(e.text, "/config, context admin@k"));
}
END_TEST

START_TEST(a_token_file_is_read_anew_and_beats_a_token_unless_it_cannot_be_read)
{
	const char *both = "    tokenFile: token\n    token: inline\n";

	write_file("token", " \tfirst\n", 0600);
	finds(look_with("", both));
	ck_assert_str_eq(found.authorization, "Bearer first");
	ck_assert_ptr_nonnull(strstr(found.identity, "token file /tmp/"));
	write_file("token", "second", 0600);
	finds(look());
	ck_assert_str_eq(found.authorization, "Bearer second");
	write_file("token", "\n", 0600);
	finds(look());
	ck_assert_str_eq(found.authorization, "Bearer inline");
	finds(look_with("", "    tokenFile: missing\n    token: inline\n"));
	ck_assert_str_eq(found.authorization, "Bearer inline");
	refuses(look_with("", "    tokenFile: token\n"), ERR_CONFIG, "/token is empty");
	refuses(look_with("", "    tokenFile: missing\n"), ERR_IO, "/missing");
}
END_TEST

START_TEST(a_token_cannot_end_its_header)
{
	refuses(look_with("", "    token: \"secret\\nX: y\"\n"), ERR_CONFIG,
		"token of user \"admin\" has a character that no token has");
	ck_assert_ptr_null(strstr(e.text, "secret"));
	write_file("token", "a b", 0600);
	refuses(look_with("", "    tokenFile: token\n"), ERR_CONFIG, "/token has a character");
}
END_TEST

START_TEST(a_password_is_basic_and_does_not_go_with_a_token)
{
	finds(look_with("", "    username: Aladdin\n    password: open sesame\n"));
	ck_assert_str_eq(found.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	ck_assert_str_eq(found.identity, "username \"Aladdin\"");
	refuses(look_with("", "    username: u\n    token: t\n"), ERR_CONFIG,
		"there are both token of user \"admin\" and a username or password");
}
END_TEST

START_TEST(a_certificate_needs_its_key)
{
	refuses(look_with("", "    client-certificate: c\n"), ERR_CONFIG, "client-key-data");
	finds(look_with("", "    client-key: k\n"));
	ck_assert(!access_pem_given(&found.key));
}
END_TEST

#define LONG "abcdefghijklmnopqrst"

static const struct {
	const char *cluster, *user, *key;
} refused[] = {
	{ "    proxy-url: http://p\n", "", "\"proxy-url\" of cluster \"kubernetes\"" },
	{ "    certificate_authority: x\n", "", "\"certificate_authority\" of cluster" },
	{ "    server.x: y\n", "", "\"server.x\" of cluster" },
	{ "    " LONG LONG LONG LONG LONG LONG LONG ": y\n", "", "\"" LONG LONG LONG "abc\" of" },
	{ "", "    auth-provider: {name: gcp, config: {a: b}}\n", "\"auth-provider\" of user" },
	{ "", "    as: root\n", "\"as\" of user \"admin\"" },
	{ "", "    as-groups: [a]\n", "\"as-groups\" of user" },
	{ "", "    exec: {command: a, colour: b}\n", "\"exec.colour\" of user" },
};

START_TEST(a_key_that_is_not_done_is_named_with_its_line)
{
	char where[130];

	snprintf(where, sizeof(where), "%s:%d: \"", file, *refused[_i].cluster ? 7 : 17);
	refuses(look_with(refused[_i].cluster, refused[_i].user), ERR_CONFIG, refused[_i].key);
	ck_assert_msg(strstr(e.text, where) != NULL, "%s: %s", where, e.text);
}
END_TEST

START_TEST(what_others_use_does_no_harm)
{
	finds(look_with("    disable-compression: true\n    extensions:\n    - name: minikube\n"
			"      extension: {a.b: [1, {c: d}]}\n",
			"    token: t\n- name: other\n  user:\n    auth-provider: {name: gcp}\n"));
	ck_assert_str_eq(found.authorization, "Bearer t");
}
END_TEST

static const struct {
	const char *text, *words;
} broken[] = {
	{ "kind: Config\nc", ":3: invalid YAML" },
	{ "- a\n", ":1: is no kubeconfig, which is a map" },
	{ "clusters: {a: b}\n", ":1: clusters must be a list of maps" },
	{ "clusters: [a]\n", ":1: clusters must be a list of maps" },
	{ "users:\n- name: 7\n", ":2: the value of name must be a text; put it in quotes" },
	{ "users:\n- user: a\n", ":2: user must be a map" },
	{ "users:\n- user: {token: 0123}\n", ":2: the value of token must be a text; put it in" },
	{ "users:\n- user: {token: [a]}\n", ":2: token must be a text" },
	{ "users:\n- user: {exec: a}\n", ":2: exec must be a map" },
	{ "users:\n- user: {exec: {args: a}}\n", ":2: exec.args must be a list" },
	{ "users:\n- user: {exec: {args: [a, 1]}}\n", ":2: the value of exec.args[] must be" },
	{ "clusters:\n- cluster: {insecure-skip-tls-verify: \"true\"}\n",
	  ":2: insecure-skip-tls-verify must be true or false, without quotes" },
	{ "kind: CalicoAPIConfig\n", ":1: kind must be \"Config\"" },
	{ "apiVersion: v2\n", ":1: apiVersion must be \"v1\"" },
	{ "x: &a [1]\ny: *a\n", ":1: anchors and aliases" },
};

START_TEST(a_broken_kubeconfig_is_told_with_its_line)
{
	set("kubeconfig", write_file("config", broken[_i].text, 0600));
	refuses(look(), ERR_DECODE, broken[_i].words);
	ck_assert(strncmp(e.text, file, strlen(file)) == 0);
}
END_TEST

START_TEST(an_unknown_key_of_the_whole_is_named)
{
	set("kubeconfig", write_file("config", "current_context: a\n", 0600));
	refuses(look(), ERR_CONFIG, "\"current_context\" is not known in a kubeconfig");
}
END_TEST

START_TEST(what_the_context_names_must_be_there)
{
	set("kubeconfig", write_file("config", "contexts:\n- name: x\n  context: {cluster: c}\n"
				     "- name: two\n  context: {user: u}\n- name: z\n"
				     "clusters:\n- name: d\n  cluster: {}\n", 0600));
	refuses(look(), ERR_CONFIG, "has no current-context");
	set("k8s_current_context", "w");
	refuses(look(), ERR_CONFIG, "there is no context \"w\" in /tmp/");
	set("k8s_current_context", "x");
	refuses(look(), ERR_CONFIG, "there is no cluster \"c\" in /tmp/");
	set("k8s_current_context", "two");
	refuses(look(), ERR_CONFIG, "there is no user \"u\" in /tmp/");
	set("k8s_current_context", "z");
	refuses(look(), ERR_CONFIG, "context \"z\" has no cluster");
}
END_TEST

START_TEST(a_kubeconfig_alone_must_be_there)
{
	set("kubeconfig", "/nowhere/config");
	refuses(look(), ERR_CONFIG, "kubeconfig /nowhere/config is not there");
}
END_TEST

/* client-go's merging: entries whole, from the first file that has one of the name. */
START_TEST(of_a_list_the_first_file_wins_name_by_name)
{
	struct buf list __cleanup(buf_done) = BUF(1000);

	mkdir(write_file("x", "", 0600), 0700);
	buf_printf(&list, "/nowhere::%s:",
		   write_file("a", "users:\n- name: u\n  user: {token: a}\n"
			      "clusters:\n- name: c\n  cluster: {server: https://a}\n", 0600));
	buf_printf(&list, "%s:",
		   write_file("b", "current-context: x\ncontexts:\n- name: x\n"
			      "  context: {cluster: c, user: u}\n"
			      "- name: two\n  context: {cluster: c2, user: u}\n"
			      "users:\n- name: u\n  user: {token: b, as: root}\n", 0600));
	buf_printf(&list, "%s",
		   write_file("c", "current-context: two\nclusters:\n"
			      "- name: c\n  cluster: {server: https://c, tls-server-name: c}\n"
			      "- name: c2\n  cluster: {server: https://c2}\n", 0600));
	set("kubeconfig", list.data);
	finds(look());
	ck_assert_str_eq(found.server, "https://a");
	ck_assert_ptr_null(found.server_name);
	ck_assert_str_eq(found.authorization, "Bearer a");
	ck_assert_ptr_nonnull(strstr(found.where, "/b, context x"));
	set("k8s_current_context", "two");
	finds(look());
	ck_assert_str_eq(found.server, "https://c2");
	ck_assert_str_eq(found.authorization, "Bearer a");
}
END_TEST

START_TEST(two_of_a_name_in_one_file_are_refused)
{
	refuses(look_with("", "    token: a\n- name: admin\n  user: {token: b}\n"), ERR_CONFIG,
		"there are two users of the name \"admin\"");
}
END_TEST

START_TEST(without_a_kubeconfig_that_of_the_home_is_read_if_it_is_there)
{
	char path[200];

	setenv("HOME", folder, 1);
	refuses(look(), ERR_CONFIG, "nothing says where the API server is");
	snprintf(path, sizeof(path), "%s/.kube", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_file(".kube/config", "clusters:\n- name: c\n  cluster: {server: https://home}\n"
		   "contexts:\n- name: x\n  context: {cluster: c}\ncurrent-context: x\n", 0600);
	finds(look());
	ck_assert_str_eq(found.server, "https://home");
	set("k8s_api_endpoint", "https://e");
	finds(look());
	ck_assert_str_eq(found.server, "https://e");
	ck_assert_str_eq(found.where, "kubernetes.k8s_api_root");
}
END_TEST

START_TEST(settings_go_over_the_kubeconfig)
{
	set("k8s_api_endpoint", "https://over/");
	set("k8s_ca_file", "/over/ca");
	set("k8s_cert_file", "/over/cert");
	set("k8s_key_file", "/over/key");
	set("k8sapitoken", "over");
	finds(look_with("    insecure-skip-tls-verify: true\n    tls-server-name: x\n",
			"    token: under\n    client-certificate: under\n"
			"    client-key: under\n"));
	ck_assert_str_eq(found.server, "https://over");
	ck_assert_ptr_null(found.server_name);
	ck_assert(!found.insecure);
	ck_assert_str_eq(found.ca.file, "/over/ca");
	ck_assert_str_eq(found.certificate.file, "/over/cert");
	ck_assert_str_eq(found.key.file, "/over/key");
	ck_assert_str_eq(found.authorization, "Bearer over");
	ck_assert_str_eq(found.identity, "k8sAPIToken");
	ck_assert_str_eq(found.ca.name, "k8sCAFile /over/ca");
}
END_TEST

START_TEST(insecure_by_a_setting_drops_the_authority)
{
	const char *ca = line("certificate-authority-data", data_of(PEM));
	char both[1024];

	snprintf(both, sizeof(both), "%s    insecure-skip-tls-verify: true\n", ca);
	refuses(look_with(both, ""), ERR_CONFIG, "remove one of the two");
	set("k8s_insecure_skip_tls_verify", "True");
	finds(look_with(ca, ""));
	ck_assert(found.insecure);
	ck_assert(!access_pem_given(&found.ca));
	set("k8s_insecure_skip_tls_verify", "f");
	finds(look_with(ca, ""));
	ck_assert(!found.insecure);
	ck_assert(access_pem_given(&found.ca));
	set("k8s_insecure_skip_tls_verify", "yes");
	refuses(look(), ERR_CONFIG, "K8S_INSECURE_SKIP_TLS_VERIFY must be");
}
END_TEST

START_TEST(the_root_in_policy_is_cut_before_its_api)
{
	ck_assert_int_eq(settings_set(&settings, "k8s_api_endpoint", "https://p:6443/api/v1/",
				      SETTINGS_POLICY, &e), 0);
	ck_assert_int_eq(settings_set(&settings, "k8sapitoken", "t", SETTINGS_POLICY, &e), 0);
	finds(look());
	ck_assert_str_eq(found.server, "https://p:6443");
	ck_assert_str_eq(found.where, "policy.k8s_api_root");
	ck_assert_str_eq(found.identity, "policy.k8s_auth_token");
	set("k8s_api_endpoint", "https://r/k8s/clusters/c-1/api/");
	finds(look());
	ck_assert_str_eq(found.server, "https://r/k8s/clusters/c-1/api");
}
END_TEST

START_TEST(what_policy_says_does_not_go_over_a_kubeconfig_that_is_named)
{
	static const struct {
		const char *name, *value;
	} policy[] = { { "k8s_api_endpoint", "https://p/api/" }, { "k8sapitoken", "stale" },
		       { "k8s_ca_file", "/nowhere" }, { "k8s_cert_file", "/nowhere" },
		       { "k8s_key_file", "/nowhere" } };

	for (size_t i = 0; i < ARRAY_LEN(policy); i++)
		ck_assert_int_eq(settings_set(&settings, policy[i].name, policy[i].value,
					      SETTINGS_POLICY, &e), 0);
	finds(look_with("", line("token", "fresh")));
	ck_assert_str_eq(found.server, "https://10.0.0.1:6443");
	ck_assert_str_eq(found.authorization, "Bearer fresh");
}
END_TEST

START_TEST(a_server_of_a_setting_may_have_brackets_too)
{
	set("k8s_api_endpoint", "https://[10.96.0.1]:6443/api/");
	finds(look());
	ck_assert_str_eq(found.server, "https://10.96.0.1:6443/api");
	set("k8s_api_endpoint", "https://[10.96.0.1]");
	finds(look());
	ck_assert_str_eq(found.server, "https://10.96.0.1");
}
END_TEST

START_TEST(a_kubeconfig_within_calicoctls_file_is_all_there_is)
{
	set("kubeconfig_inline", "clusters:\n- name: c\n  cluster: {server: https://i}\n"
	    "contexts:\n- name: x\n  context: {cluster: c}\ncurrent-context: x\n");
	set("kubeconfig", "/nowhere");
	set("k8s_api_endpoint", "https://over");
	set("k8sapitoken", "over");
	set("k8s_insecure_skip_tls_verify", "true");
	finds(look());
	ck_assert_str_eq(found.server, "https://i");
	ck_assert_ptr_null(found.authorization);
	ck_assert(!found.insecure);
	ck_assert_str_eq(found.where, "kubeconfig kubeconfigInline, context x");
}
END_TEST

static const struct {
	const char *url, *words;
} servers[] = {
	{ "10.0.0.1:6443", "does not begin with https://" },
	{ "ftp://a", "does not begin with https://" },
	{ "https://", "has no host" },
	{ "https:///a", "has no host" },
	{ "https://a:", "has no host, or a port" },
	{ "https://a:0", "has no host, or a port" },
	{ "https://a:65536", "has no host, or a port" },
	{ "https://a:1x", "has no host, or a port" },
	{ "https://fd00::1", "has no host, or a port" },
	{ "https://[fd00::1", "has no host" },
	{ "https://[]:1", "has no host" },
	{ "https://[10.96.0.1:1", "has no host" },
	{ "https://[10.96.0.1/]:1", "has no host" },
	{ "https://user:secret@a", "names a user" },
	{ "https://a/b?c", "has more behind its path" },
	{ "https://a b", "has a character" },
	{ "https://a\xc3\xa4", "has a character" },
};

START_TEST(a_server_that_is_no_url_is_told_why)
{
	char server[100];

	set("k8s_api_endpoint", servers[_i].url);
	refuses(look(), ERR_CONFIG, servers[_i].words);
	ck_assert_ptr_null(strstr(e.text, "secret"));
	snprintf(server, sizeof(server), "kubernetes.k8s_api_root %s", servers[_i].words);
	ck_assert_ptr_nonnull(strstr(e.text, server));
}
END_TEST

START_TEST(nothing_secret_goes_to_a_server_without_tls)
{
	set("k8s_api_endpoint", "http://127.0.0.1:8080");
	finds(look_with("", "    token: t\n    client-certificate: c\n    client-key: k\n"));
	ck_assert_str_eq(found.server, "http://127.0.0.1:8080");
	ck_assert_ptr_null(found.authorization);
	ck_assert(!access_pem_given(&found.certificate));
}
END_TEST

START_TEST(a_pod_has_an_account_of_its_own)
{
	struct in_cluster pod;
	char path[200];

	ck_assert(!in_cluster_find(folder, &pod));
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	ck_assert(!in_cluster_find(folder, &pod));
	strcpy(path, write_file("token", "t", 0600));
	ck_assert(in_cluster_find(folder, &pod));
	ck_assert_str_eq(pod.server, "https://[fd00::1]:443");
	ck_assert_str_eq(pod.token_file, path);
	ck_assert_str_eq(pod.ca_file, "");
	setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
	strcpy(path, write_file("ca.crt", PEM, 0600));
	ck_assert(in_cluster_find(folder, &pod));
	ck_assert_str_eq(pod.server, "https://10.96.0.1:443");
	ck_assert_str_eq(pod.ca_file, path);
	setenv("KUBERNETES_SERVICE_HOST", "[fd00::1]", 1);
	ck_assert(in_cluster_find(folder, &pod));
	ck_assert_str_eq(pod.server, "https://[fd00::1]:443");
	unsetenv("KUBERNETES_SERVICE_PORT");
	ck_assert(!in_cluster_find(folder, &pod));
}
END_TEST

/* An exec plugin of this script, and `more` beside it. */
static int ask(const char *script, const char *cluster, const char *more)
{
	char user[2000];

	write_file("plugin", script, 0700);
	snprintf(user, sizeof(user), "    exec:\n      command: ./plugin\n"
		 "      apiVersion: client.authentication.k8s.io/v1\n"
		 "      interactiveMode: Never\n%s", more);
	return look_with(cluster, user);
}

#define ANSWER "{\"kind\": \"ExecCredential\", \"apiVersion\": " \
	"\"client.authentication.k8s.io/v1\", \"status\": "

START_TEST(an_exec_plugin_gives_a_token)
{
	finds(ask("#!/bin/sh\ncat <<.\n" ANSWER "{\"token\": \"$A-$1-$2-$KEPT\", "
		  "\"expirationTimestamp\": \"2030-01-01T00:00:00Z\"}}\n.\n", "",
		  "      args:\n      - one\n      - \"2\"\n      env:\n"
		  "      - {name: A, value: a}\n"
		  "      - name: KEPT\n"));
	ck_assert_str_eq(found.authorization, "Bearer a-one-2-");
	ck_assert_str_eq(found.identity, "exec plugin ./plugin");
}
END_TEST

START_TEST(an_exec_plugin_gives_a_certificate)
{
	finds(ask("#!/bin/sh\ncat <<.\n" ANSWER "{\"clientCertificateData\": \"-----BEGIN\\nc\", "
		  "\"clientKeyData\": \"k\"}}\n.\n", "", ""));
	ck_assert_str_eq(found.certificate.text, "-----BEGIN\nc");
	ck_assert_str_eq(found.key.text, "k");
	ck_assert_ptr_null(found.authorization);
}
END_TEST

static size_t count_asked(void)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 10);
	struct err ignored = {0};
	char path[200];

	snprintf(path, sizeof(path), "%s/asked", folder);
	io_read_file(path, &text, &ignored);
	return text.len;
}

#define COUNTING "#!/bin/sh\nprintf . >>\"${0%/*}/asked\"\ncat <<.\n" ANSWER

START_TEST(what_an_exec_plugin_said_beforehand_is_not_asked_for_again)
{
	finds(ask(COUNTING "{\"token\": \"t\"}}\n.\n", "", ""));
	finds(look());
	ck_assert_uint_eq(count_asked(), 2);
	finds(access_prepare(&settings, deadline_in_ms(5000), &e));
	ck_assert_uint_eq(count_asked(), 3);
	finds(look());
	finds(look());
	ck_assert_uint_eq(count_asked(), 3);
	ck_assert_str_eq(found.authorization, "Bearer t");
}
END_TEST

START_TEST(a_certificate_that_was_asked_for_beforehand_comes_with_its_key)
{
	finds(ask(COUNTING "{\"clientCertificateData\": \"c\", \"clientKeyData\": \"k\"}}\n.\n",
		  "", ""));
	finds(access_prepare(&settings, deadline_in_ms(5000), &e));
	finds(look());
	ck_assert_uint_eq(count_asked(), 2);
	ck_assert_str_eq(found.certificate.text, "c");
	ck_assert_str_eq(found.key.text, "k");
}
END_TEST

START_TEST(only_an_exec_plugin_is_looked_for_beforehand)
{
	set("kubeconfig", write_file("config", "no kubeconfig: [", 0600));
	finds(access_prepare(&settings, deadline_in_ms(5000), &e));
	set("kubeconfig", write_file("other", "exec, and no kubeconfig: [", 0600));
	ck_assert_int_eq(access_prepare(&settings, deadline_in_ms(5000), &e), -1);
}
END_TEST

static void has_info(const char *words)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	char path[200];

	snprintf(path, sizeof(path), "%s/info", folder);
	ck_assert_int_eq(io_read_file(path, &text, &e), 0);
	ck_assert_msg(strstr(text.data, words) != NULL, "%s is not in %s", words, text.data);
}

START_TEST(an_exec_plugin_is_told_of_the_cluster_only_if_it_wants_to_know)
{
	const char *script = "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" >\"${0%plugin}info\"\n"
		"cat <<.\n" ANSWER "{\"token\": \"t\"}}\n.\n";
	char info[1000];

	setenv("KUBERNETES_EXEC_INFO", "old", 1);
	finds(ask(script, line("certificate-authority-data", data_of(PEM)), ""));
	has_info("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
		 "\"spec\":{\"interactive\":false}}\n");
	finds(ask(script, "    certificate-authority: ca\n    tls-server-name: x\n", ""));
	write_file("ca", PEM, 0600);
	finds(ask(script, "    certificate-authority: ca\n    tls-server-name: x\n",
		  "      provideClusterInfo: true\n"));
	snprintf(info, sizeof(info), "\"spec\":{\"cluster\":{\"server\":\"https://10.0.0.1:6443\","
		 "\"tls-server-name\":\"x\",\"certificate-authority-data\":\"%s\"},", data_of(PEM));
	has_info(info);
}
END_TEST

/* Of two of a name each shell takes another. */
START_TEST(a_variable_of_an_exec_plugin_stands_once)
{
	setenv("KUBERNETES_EXEC_INFO", "old", 1);
	setenv("A", "old", 1);
	finds(ask("#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ | "
		  "grep -cE '^(A|KUBERNETES_EXEC_INFO)=' >\"${0%plugin}info\"\n"
		  "cat <<.\n" ANSWER "{\"token\": \"$A\"}}\n.\n", "",
		  "      env: [{name: A, value: new}]\n"));
	ck_assert_str_eq(found.authorization, "Bearer new");
	has_info("2\n");
}
END_TEST

START_TEST(what_an_exec_plugin_says_of_its_failure_is_told)
{
	refuses(ask("#!/bin/sh\necho 'no such\n\033account' >&2\nexit 3\n", "", ""),
		ERR_UNAVAILABLE, "exec plugin ./plugin: exited with 3: no such  account");
	refuses(ask("#!/bin/sh\nkill -9 $$\n", "", ""), ERR_UNAVAILABLE, "ended by signal 9");
	refuses(ask("#!/nowhere/sh\n", "", ""), ERR_CONFIG, "it is not there; install it");
	ck_assert_ptr_nonnull(strstr(e.text, "/config, context admin@k: exec plugin"));
}
END_TEST

/* With all that it has started, and within the deadline of the request. */
START_TEST(an_exec_plugin_that_hangs_is_killed_at_the_end_of_its_time)
{
	struct buf pid __cleanup(buf_done) = BUF(100);
	struct deadline begun = deadline_in_ms(10000);
	char path[200];
	int tries = 0;

	ask("#!/bin/sh\nexit 1\n", "", "");
	write_file("plugin", "#!/bin/sh\necho waiting >&2\nsleep 60 &\n"
		   "echo $! >\"${0%plugin}pid\"\nwait\n", 0700);
	err_reset(&e);
	ck_assert_int_eq(access_find(&found, &settings, deadline_in_ms(1000), &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, "killed at the end of its time; it says: waiting"));
	ck_assert(!deadline_passed(begun));
	snprintf(path, sizeof(path), "%s/pid", folder);
	ck_assert_int_eq(io_read_file(path, &pid, &e), 0);
	/* Whoever takes in orphans may need a moment. */
	snprintf(path, sizeof(path), "! grep -qs '^State:.[^Z]' /proc/%d/status", atoi(pid.data));
	while (system(path) != 0 && tries++ < 50)
		usleep(100000);
	ck_assert_int_lt(tries, 50);
}
END_TEST

START_TEST(an_exec_plugin_that_says_no_more_and_stays_is_killed_at_the_end_of_its_time)
{
	struct deadline begun = deadline_in_ms(10000);

	ask("#!/bin/sh\nexit 1\n", "", "");
	write_file("plugin", "#!/bin/sh\necho x\nexec >&- 2>&-\nexec sleep 20\n", 0700);
	err_reset(&e);
	ck_assert_int_eq(access_find(&found, &settings, deadline_in_ms(1000), &e), -1);
	ck_assert_int_eq(e.kind, ERR_DEADLINE);
	ck_assert_ptr_nonnull(strstr(e.text, "killed at the end of its time"));
	ck_assert(!deadline_passed(begun));
}
END_TEST

static const struct {
	const char *answer, *words;
} answers[] = {
	{ "", "is no ExecCredential" },
	{ "{", "invalid YAML" },
	{ "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\","
	  "\"status\":{\"token\":\"secret\"}}",
	  "is no ExecCredential of client.authentication.k8s.io/v1" },
	{ ANSWER "null}", "has neither a token nor a certificate" },
	{ ANSWER "{\"token\":\"\"}}", "has neither a token nor a certificate" },
	{ ANSWER "{\"token\":{\"secret\":1}}}", "has neither a token nor a certificate" },
	{ ANSWER "{\"clientKeyData\":\"secret\"}}", "a certificate or a key, not both" },
};

START_TEST(an_answer_of_an_exec_plugin_that_is_none_is_refused_and_not_shown)
{
	char script[1000];

	snprintf(script, sizeof(script), "#!/bin/sh\ncat <<.\n%s\n.\n", answers[_i].answer);
	refuses(ask(script, "", ""), ERR_DECODE, answers[_i].words);
	ck_assert_ptr_null(strstr(e.text, "secret"));
	refuses(ask("#!/bin/sh\nhead -c 300000 /dev/zero\n", "", ""), ERR_LIMIT, "says more than");
}
END_TEST

static const struct {
	const char *exec, *words;
} plugins[] = {
	{ "{apiVersion: client.authentication.k8s.io/v1}", "exec.command is missing" },
	{ "{command: a}", "exec.apiVersion must be" },
	{ "{command: a, apiVersion: client.authentication.k8s.io/v1alpha1}", "not \"client" },
	{ "{command: a, apiVersion: client.authentication.k8s.io/v1}",
	  "exec.interactiveMode must be Never or IfAvailable" },
	{ "{command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
	  "here is nobody to be asked" },
	{ "{command: a, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: a}]}",
	  "a variable of exec.env has no name" },
	{ "{command: no-such-plugin, apiVersion: client.authentication.k8s.io/v1beta1}",
	  "exec plugin no-such-plugin: it is not there" },
};

START_TEST(an_exec_plugin_that_cannot_be_asked_is_told_why)
{
	refuses(look_with("", line("exec", plugins[_i].exec)), ERR_CONFIG, plugins[_i].words);
}
END_TEST

START_TEST(an_exec_plugin_is_not_asked_where_there_are_credentials)
{
	const char *exec = line("exec", "{command: /nowhere, apiVersion: x}");
	char user[1000];

	snprintf(user, sizeof(user), "    token: t\n%s", exec);
	finds(look_with("", user));
	snprintf(user, sizeof(user), "    client-certificate: c\n    client-key: k\n%s", exec);
	finds(look_with("", user));
	set("k8s_api_endpoint", "http://a");
	finds(look_with("", exec));
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, what_kubeadm_writes_is_read);
	tcase_add_loop_test(t, what_calicos_installer_writes_is_read, 0, ARRAY_LEN(installed));
	tcase_add_test(t, json_is_a_kubeconfig_too);
	tcase_add_test(t, files_are_relative_to_the_folder_of_their_kubeconfig);
	tcase_add_test(t, data_beats_a_file);
	tcase_add_test(t, folded_data_are_read_and_spoilt_ones_are_named_and_not_shown);
	tcase_add_test(t, a_token_file_is_read_anew_and_beats_a_token_unless_it_cannot_be_read);
	tcase_add_test(t, a_token_cannot_end_its_header);
	tcase_add_test(t, a_password_is_basic_and_does_not_go_with_a_token);
	tcase_add_test(t, a_certificate_needs_its_key);
	tcase_add_loop_test(t, a_key_that_is_not_done_is_named_with_its_line, 0,
			    ARRAY_LEN(refused));
	tcase_add_test(t, what_others_use_does_no_harm);
	tcase_add_loop_test(t, a_broken_kubeconfig_is_told_with_its_line, 0, ARRAY_LEN(broken));
	tcase_add_test(t, an_unknown_key_of_the_whole_is_named);
	tcase_add_test(t, what_the_context_names_must_be_there);
	tcase_add_test(t, a_kubeconfig_alone_must_be_there);
	tcase_add_test(t, of_a_list_the_first_file_wins_name_by_name);
	tcase_add_test(t, two_of_a_name_in_one_file_are_refused);
	tcase_add_test(t, without_a_kubeconfig_that_of_the_home_is_read_if_it_is_there);
	tcase_add_test(t, settings_go_over_the_kubeconfig);
	tcase_add_test(t, insecure_by_a_setting_drops_the_authority);
	tcase_add_test(t, the_root_in_policy_is_cut_before_its_api);
	tcase_add_test(t, what_policy_says_does_not_go_over_a_kubeconfig_that_is_named);
	tcase_add_test(t, a_server_of_a_setting_may_have_brackets_too);
	tcase_add_test(t, a_kubeconfig_within_calicoctls_file_is_all_there_is);
	tcase_add_loop_test(t, a_server_that_is_no_url_is_told_why, 0, ARRAY_LEN(servers));
	tcase_add_test(t, nothing_secret_goes_to_a_server_without_tls);
	tcase_add_test(t, a_pod_has_an_account_of_its_own);
}

static void add_plugins(TCase *t)
{
	tcase_add_test(t, an_exec_plugin_gives_a_token);
	tcase_add_test(t, an_exec_plugin_gives_a_certificate);
	tcase_add_test(t, what_an_exec_plugin_said_beforehand_is_not_asked_for_again);
	tcase_add_test(t, a_certificate_that_was_asked_for_beforehand_comes_with_its_key);
	tcase_add_test(t, only_an_exec_plugin_is_looked_for_beforehand);
	tcase_add_test(t, an_exec_plugin_is_told_of_the_cluster_only_if_it_wants_to_know);
	tcase_add_test(t, a_variable_of_an_exec_plugin_stands_once);
	tcase_add_test(t, what_an_exec_plugin_says_of_its_failure_is_told);
	tcase_add_test(t, an_exec_plugin_that_hangs_is_killed_at_the_end_of_its_time);
	tcase_add_test(t,
		       an_exec_plugin_that_says_no_more_and_stays_is_killed_at_the_end_of_its_time);
	tcase_add_loop_test(t, an_answer_of_an_exec_plugin_that_is_none_is_refused_and_not_shown,
			    0, ARRAY_LEN(answers));
	tcase_add_loop_test(t, an_exec_plugin_that_cannot_be_asked_is_told_why, 0,
			    ARRAY_LEN(plugins));
	tcase_add_test(t, an_exec_plugin_is_not_asked_where_there_are_credentials);
}

Suite *suite(void)
{
	Suite *s = suite_create("access");
	TCase *t = tcase_create("access");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	add_tests(t);
	add_plugins(t);
	suite_add_tcase(s, t);
	return s;
}
