/* SPDX-License-Identifier: Apache-2.0 */
/* The store: its folders, certificates, answer and clock. */
#include "ctl/doctor/doctor.h"
#include "base/cni/conflist.h"
#include "base/terminal/shell_word.h"

#include "ctl/doctor/certificate.h"
#include "ctl/cli/store.h"
#include "ctl/settings/calicoctl.h"
#include "datastore/fitness.h"
#include "ipam/cluster/information.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000LL
#define DAY_NS (24 * 3600 * SECOND_NS)
#define SOON_DAYS 30		/* a certificate that runs out is told so long before */
#define SKEW_S 5		/* GC and take-over compare times of several hosts */
#define SLOW_MS 500		/* STATUS has 900 */
#define TRY_MS 5000
#define MEND_DATA "kubectl config view --raw  # its ...-data are base64 of PEM; have it renewed"

static const char *mend_for_kubernetes(enum err_kind kind)
{
	if (kind == ERR_UNAVAILABLE || kind == ERR_DEADLINE)
		return "kubectl get --raw /readyz  # with the same kubeconfig; then start it, or "
		       "mend the setting";
	if (kind == ERR_DENIED)
		return "kubectl auth whoami  # with the same kubeconfig; then have its token or "
		       "certificate renewed, or give it the right";
	if (kind == ERR_REFUSED)
		return "kubectl get crd -o name | grep projectcalico.org  # then install those of "
		       "Calico's release, or mend calico_api_group";
	return NULL;
}

static const char *mend_for_etcd(enum err_kind kind)
{
	if (kind == ERR_UNAVAILABLE || kind == ERR_DEADLINE)
		return "etcdctl endpoint health  # with the same endpoints; then start it, or mend "
		       "the setting";
	if (kind == ERR_DENIED)
		return "etcdctl get --prefix --limit 1 /calico/  # with the same certificates, "
		       "user and password";
	if (kind == ERR_NO_SPACE)
		return "etcdctl alarm list  # then compact, defragment, and alarm disarm";
	if (kind == ERR_REFUSED)
		return "etcdctl endpoint status  # it runs; its log says more";
	return NULL;
}

/* What is named stands in the file, or in the environment. */
static const char *mend_settings(const struct store *s, char out[DOCTOR_MEND])
{
	if (s->found.path[0])
		return doctor_as_root(shell_command(out, DOCTOR_MEND, "${EDITOR:-vi} %s  # mend "
						    "the setting, or the file that is named",
						    s->found.path));
	return doctor_as_root("env | grep -E '^(CALICO_)?(DATASTORE|ETCD|K8S|KUBECONFIG|LOCAL)'  "
			      "# mend the setting, or the file that is named");
}

static const char *mend_for(const struct store *s, enum err_kind kind, char out[DOCTOR_MEND])
{
	enum datastore_type type = DATASTORE_LOCAL;
	struct err ignored = {0};
	const char *mend = NULL;

	settings_decide(&s->found.settings, &type, &ignored);
	if (type == DATASTORE_KUBERNETES)
		mend = mend_for_kubernetes(kind);
	else if (type == DATASTORE_ETCD)
		mend = mend_for_etcd(kind);
	return mend ? mend : mend_settings(s, out);
}

const char *doctor_mend_store(const char *config, char out[DOCTOR_MEND])
{
	struct store s __cleanup(store_close) = { 0 };
	struct err e = {0};

	if (store_open_unsaid(&s, config, OPEN_TO_LOOK, &e) < 0)
		return mend_for(&s, e.kind, out);
	datastore_set_deadline(s.ds, deadline_in_ms(TRY_MS));
	return ipam_reach(s.ds, &e) < 0 ? mend_for(&s, e.kind, out) : NULL;
}

static void say_validity(struct doctor *d, const char *setting, const char *path, const char *mend,
			 struct validity v)
{
	int64_t now = clock_now_ns(), days = (v.until_ns - now) / DAY_NS;
	char until[CLOCK_RFC3339_LEN];

	clock_rfc3339(now < v.from_ns ? v.from_ns : v.until_ns, until);
	if (now < v.from_ns)
		doctor_say(d, HEALTH_FAIL, setting, mend, "%s is not valid before %s", path,
			   until);
	else if (now > v.until_ns)
		doctor_say(d, HEALTH_FAIL, setting, mend, "%s expired at %s", path, until);
	else if (days < SOON_DAYS)
		doctor_say(d, HEALTH_WARN, setting, mend, "%s expires in %" PRId64 " days, at %s",
			   path, days, until);
	else
		doctor_say(d, HEALTH_OK, setting, NULL, "%s is good until %s", path, until);
}

static void check_certificate(struct doctor *d, const char *setting, const char *path)
{
	struct validity v;
	struct err e = {0};
	char full[DOCTOR_PATH], mend[DOCTOR_MEND];

	if (!*path)
		return;
	doctor_path(d, path, full);
	shell_command(mend, sizeof(mend), "openssl x509 -noout -subject -issuer -dates -in %s  "
		 "# then have it renewed", full);
	if (certificate_read(full, &v, &e) < 0)
		doctor_say(d, HEALTH_FAIL, setting, mend, "%s", e.text);
	else
		say_validity(d, setting, path, mend, v);
}

/* What the store finds itself. */

static void tell(enum fitness fitness, const char *what, const char *mend, const char *text,
		 void *arg)
{
	static const enum health healths[] = {
		[FITNESS_GOOD] = HEALTH_OK,
		[FITNESS_DOUBTFUL] = HEALTH_WARN,
		[FITNESS_BAD] = HEALTH_FAIL,
	};

	doctor_say(arg, healths[fitness], what, mend, "%s", text);
}

static void tell_certificate(const char *name, const char *file, const char *pem, void *arg)
{
	struct validity v;
	struct err e = {0};

	if (file)
		check_certificate(arg, name, file);
	else if (certificate_read_text(pem, name, &v, &e) < 0)
		doctor_say(arg, HEALTH_FAIL, name, MEND_DATA, "%s", e.text);
	else
		say_validity(arg, name, "what the kubeconfig holds", MEND_DATA, v);
}

/* What could not be asked for is no news where the store does not answer anyhow. */
static void ask_for_fitness(struct doctor *d, const struct store *s, bool answers)
{
	const struct fitness_teller teller = { tell, tell_certificate, d };
	char mend[DOCTOR_MEND];
	struct err e = {0};

	if (datastore_tell_fitness(s->ds, &teller, &e) < 0 && answers)
		doctor_say(d, HEALTH_WARN, "datastore", mend_for(s, e.kind, mend), "%s",
			   e.text);
}

static void check_clock(struct doctor *d, struct datastore *ds, int64_t asked_ns)
{
	int64_t theirs = datastore_server_time_s(ds), ours = asked_ns / SECOND_NS, skew;

	if (!theirs)
		return;
	skew = theirs - ours;
	if (skew > SKEW_S || skew < -SKEW_S)
		doctor_say(d, HEALTH_FAIL, "clock", "timedatectl set-ntp true",
			   "this host's clock is %" PRId64 " s %s the store's",
			   skew < 0 ? -skew : skew, skew < 0 ? "ahead of" : "behind");
	else
		doctor_say(d, HEALTH_OK, "clock", NULL, "within %d s of the store's", SKEW_S);
}

static bool ask_store(struct doctor *d, struct store *s)
{
	struct err e = {0};
	int64_t started = clock_now_ns(), ms;
	char mend[DOCTOR_MEND];

	datastore_set_deadline(s->ds, deadline_in_ms(TRY_MS));
	if (ipam_reach(s->ds, &e) < 0) {
		doctor_say(d, HEALTH_FAIL, "datastore", mend_for(s, e.kind, mend), "%s",
			   e.text);
		return false;
	}
	ms = (clock_now_ns() - started) / 1000000;
	if (ms >= SLOW_MS)
		doctor_say(d, HEALTH_WARN, "datastore", "etcdctl check perf",
			   "the %s took %" PRId64 " ms to answer", datastore_traits(s->ds)->place,
			   ms);
	else
		doctor_say(d, HEALTH_OK, "datastore", NULL, datastore_traits(s->ds)->absent ?
			   "the %s is not there yet; the first to write makes it" :
			   "the %s answers", datastore_traits(s->ds)->place);
	check_clock(d, s->ds, clock_now_ns());
	return true;
}

static void check_folders(struct doctor *d, const struct store *s)
{
	const char *local = settings_get(&s->found.settings, SET_LOCAL_PATH);

	doctor_folder(d, "state folder", settings_run_path(&s->found.settings));
	if (!s->ds || datastore_traits(s->ds)->one_node)
		doctor_folder(d, "store's folder", *local ? local : SETTINGS_LOCAL_PATH);
}

/* False for settings that were looked at already. */
static bool note_store(struct doctor *d, const struct settings *s)
{
	struct buf text __cleanup(buf_done) = BUF(DOCTOR_LIST_MAX);

	for (unsigned i = 0; i < N_SETTINGS; i++)
		buf_printf(&text, "\x1e%s", settings_get(s, i));
	buf_puts(&text, "\n");
	if (strstr(d->stores.data, text.data))
		return false;
	buf_puts(&d->stores, text.data);
	return true;
}

static void look_at(struct doctor *d, const char *config)
{
	struct store s __cleanup(store_close) = { 0 };
	struct err e = {0};
	int rc = store_open_unsaid(&s, config, OPEN_TO_LOOK, &e);
	char mend[DOCTOR_MEND];
	bool answers;

	if (s.found.nowhere) {
		doctor_say(d, HEALTH_WARN, "datastore", "export CALICO_ETCD_ENDPOINTS=URL  # or "
			   "give --config FILE; CALICO_DATASTORE_TYPE=local is a store of this "
			   "machine alone", "no store is named by the environment, " CALICOCTL_FILE
			   " or a network");
		return;
	}
	if (!note_store(d, &s.found.settings))
		return;
	if (rc < 0)
		doctor_say(d, HEALTH_FAIL, "datastore", mend_for(&s, e.kind, mend), "%s",
			   e.text);
	check_folders(d, &s);
	check_certificate(d, "etcd_ca_cert_file",
			  settings_get(&s.found.settings, SET_ETCD_CA_CERT_FILE));
	check_certificate(d, "etcd_cert_file",
			  settings_get(&s.found.settings, SET_ETCD_CERT_FILE));
	if (!s.ds)
		return;
	answers = ask_store(d, &s);
	ask_for_fitness(d, &s, answers);
	if (answers)
		doctor_pools(d, &s);
}

/* What networks elsewhere have is of no concern to commands without --config. */
static void look_where_commands_do(struct doctor *d)
{
	struct found f __cleanup(found_done) = { 0 };
	struct err e = {0};

	if (*d->root || strcmp(d->conf_dir, CONFLIST_FOLDER) != 0)
		return;
	if (found_init(&f, NULL, &e) < 0)
		doctor_say(d, HEALTH_WARN, "datastore", "calico-ipamctl --config FILE show",
			   "commands without --config fail: %s", e.text);
	else if (strcmp(f.path, CALICOCTL_FILE) == 0)
		look_at(d, f.path);
}

void doctor_store(struct doctor *d)
{
	char *save = NULL;

	if (d->call->config || !d->configs.len) {
		look_at(d, d->call->config);
		return;
	}
	for (char *path = strtok_r(d->configs.data, "\n", &save); path;
	     path = strtok_r(NULL, "\n", &save))
		look_at(d, path);
	look_where_commands_do(d);
}
