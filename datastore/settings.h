/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the store is, as the user says it: from the CNI configuration and from the
 * environment, by the precedence of docs/DATA-MODEL.md 7.2:
 *
 *	CALICO_<NAME> in the environment	beats
 *	<name> in the configuration		beats
 *	<NAME> in the environment
 *
 * A variable that is set but empty counts as set, so CALICO_ETCD_ENDPOINTS= hides
 * the configuration's endpoints.  An empty value in the configuration counts as not
 * given.  The order in which the sources are read does not matter.
 *
 * | name                | environment                        | configuration |
 * |---------------------|------------------------------------|---------------|
 * | datastore_type      | [CALICO_]DATASTORE_TYPE            | yes           |
 * | etcd_endpoints      | [CALICO_]ETCD_ENDPOINTS            | yes           |
 * | etcd_discovery_srv  | [CALICO_]ETCD_DISCOVERY_SRV        | yes           |
 * | etcd_key_file       | [CALICO_]ETCD_KEY_FILE             | yes           |
 * | etcd_cert_file      | [CALICO_]ETCD_CERT_FILE            | yes           |
 * | etcd_ca_cert_file   | [CALICO_]ETCD_CA_CERT_FILE         | yes           |
 * | etcd_username       | [CALICO_]ETCD_USERNAME             | no            |
 * | etcd_password       | [CALICO_]ETCD_PASSWORD             | no            |
 * | etcd_protocol       | [CALICO_]ETCD_PROTOCOL             | yes           |
 * | tls_min_version     | TLS_MIN_VERSION                    | no            |
 * | tls_cipher_suites   | TLS_CIPHER_SUITES                  | no            |
 * | local_path          | CALICO_LOCAL_PATH                  | yes           |
 * | run_path            | CALICO_RUN_PATH                    | yes           |
 * | mirror              | CALICO_MIRROR                      | yes           |
 * | tls_sessions        | CALICO_TLS_SESSIONS                | yes           |
 *
 * The last four and etcd_protocol are not Calico's; the four are words that other programs use
 * too.  Of Kubernetes, "kubernetes.x" being the key x within the object "kubernetes":
 *
 * | name                         | environment         | configuration            |
 * |------------------------------|---------------------|--------------------------|
 * | kubeconfig                   | [CALICO_]KUBECONFIG | kubernetes.kubeconfig    |
 * | kubeconfig_inline            | no                  | no; calicoctl's file     |
 * | k8s_current_context          | [CALICO_]<NAME>     | no                       |
 * | k8s_api_endpoint             | [CALICO_]<NAME>     | kubernetes.k8s_api_root, |
 * |                              |                     | else policy.k8s_api_root |
 * | k8s_key_file                 | [CALICO_]<NAME>     | policy.k8s_client_key    |
 * | k8s_cert_file                | [CALICO_]<NAME>     | policy.k8s_client_certificate    |
 * | k8s_ca_file                  | [CALICO_]<NAME>     | policy.k8s_certificate_authority |
 * | k8s_insecure_skip_tls_verify | [CALICO_]<NAME>     | no                       |
 * | k8sapitoken                  | CALICO_K8SAPITOKEN  | policy.k8s_auth_token    |
 * | calico_api_group             | [CALICO_]<NAME>     | yes                      |
 *
 * What is found with them is datastore/kubernetes/access/'s to say.
 *
 * Which store: datastore_type if it is given, else etcdv3 if endpoints or a
 * discovery domain are given, else kubernetes if anything speaks of it, else local, but
 * that only if nothing speaks of etcd either: a misspelt key must not give each node a
 * store of its own.
 */
#ifndef DATASTORE_SETTINGS_H
#define DATASTORE_SETTINGS_H

#include "base/err.h"

#include <stdbool.h>

struct cJSON;

#define SETTINGS_VALUE_MAX 8192	/* bytes of one value */
#define SETTINGS_KUBECONFIG_MAX (1 << 20)	/* of kubeconfig_inline */
#define SETTINGS_LOCAL_PATH "/var/lib/calico-ipam"	/* unless local_path says otherwise */
#define SETTINGS_PROTOCOL_GRPC "grpc"	/* values of etcd_protocol; none: as it is found */
#define SETTINGS_PROTOCOL_JSON "json"
#define SETTINGS_RUN_PATH "/run/calico-ipam"	/* unless run_path does */

enum setting {
	SET_DATASTORE_TYPE,
	SET_ETCD_ENDPOINTS,
	SET_ETCD_DISCOVERY_SRV,
	SET_ETCD_KEY_FILE,
	SET_ETCD_CERT_FILE,
	SET_ETCD_CA_CERT_FILE,
	SET_ETCD_USERNAME,
	SET_ETCD_PASSWORD,
	SET_ETCD_PROTOCOL,
	SET_TLS_MIN_VERSION,
	SET_TLS_CIPHER_SUITES,
	SET_LOCAL_PATH,
	SET_RUN_PATH,
	SET_MIRROR,
	SET_TLS_SESSIONS,
	SET_KUBECONFIG,	/* this and those behind it speak of Kubernetes */
	SET_KUBECONFIG_INLINE,
	SET_K8S_CURRENT_CONTEXT,
	SET_K8S_API_ENDPOINT,
	SET_K8S_KEY_FILE,
	SET_K8S_CERT_FILE,
	SET_K8S_CA_FILE,
	SET_K8S_INSECURE,
	SET_K8S_API_TOKEN,
	SET_CALICO_API_GROUP,
	N_SETTINGS
};

/* Ascending in strength. */
enum settings_source {
	SETTINGS_ABSENT,
	SETTINGS_ENVIRONMENT,		/* NAME */
	SETTINGS_POLICY,		/* a name within the configuration's "policy" */
	SETTINGS_CONFIG,		/* name in the configuration */
	SETTINGS_CALICO_ENVIRONMENT,	/* CALICO_NAME */
};

struct settings {
	char *value[N_SETTINGS];	/* owned */
	enum settings_source source[N_SETTINGS];
	/* The first such key or variable, for messages; "" if none. */
	char speaks_of_etcd[64];
	char speaks_of_kubernetes[64];
};

void settings_init(struct settings *s);
void settings_done(struct settings *s); /* also for __cleanup; wipes secrets */

/* "" when it is not given. */
const char *settings_get(const struct settings *s, enum setting which);

/*
 * Sets one value by its name in the table, unless a stronger source has set it.
 * ERR_CONFIG for a name that is not in the table, ERR_LIMIT.
 */
int settings_set(struct settings *s, const char *name, const char *value,
		 enum settings_source source, struct err *e);

/*
 * Takes the keys of the tables from a JSON object, also from within its `kubernetes` and
 * `policy`, where others are passed over.  Key case is ignored, the last duplicate wins;
 * null and "" are "not given".  Other keys are passed over, but for those that begin with
 * "etcd" or "datastore": etcd_authority and etcd_scheme are known to have no effect,
 * any other is ERR_CONFIG, as is what the table has for the environment alone; and
 * such keys, `kubernetes` and local_path within `ipam`.  A value that is no string is
 * ERR_DECODE.
 */
int settings_from_config(struct settings *s, const struct cJSON *conf, struct err *e);

/* Takes the variables of the tables from the environment. */
int settings_from_environment(struct settings *s, struct err *e);

enum datastore_type { DATASTORE_LOCAL, DATASTORE_ETCD, DATASTORE_KUBERNETES };

/*
 * Decides which store is meant, and whether what is said of it can be.  ERR_CONFIG says
 * which key to set, or which path is not absolute.  datastore_open() asks it first.
 */
int settings_decide(const struct settings *s, enum datastore_type *ret_type, struct err *e);

/*
 * Whether what was taken so far names a store, or speaks of etcd; a word about Kubernetes
 * alone does not, for administrators have KUBECONFIG for other ends.
 */
bool settings_name_a_store(const struct settings *s);

/* The folder of what is kept from one request to the next. */
const char *settings_run_path(const struct settings *s);

/* False where the user has turned it off. */
bool settings_want_mirror(const struct settings *s);

/* Where TLS sessions are kept, or NULL where the user wants none kept. */
const char *settings_session_path(const struct settings *s);

#endif
