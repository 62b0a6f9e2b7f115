/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/agent.h"

#include "base/log.h"
#include "datastore/watch.h"
#include "openstack/agent/metrics.h"
#include "openstack/agent/signals.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_MS 1000
#define AWAY_MS 1000	/* from one try to reach the store at the start to the next */
#define PATIENCE_MS 1000	/* the first wait for a store that is slow; each next is longer */

void agent_done(struct agent *a)
{
	records_done(&a->records);
	links_done(&a->links);
	networks_done(&a->networks);
	served_done(&a->served);
	buf_done(&a->told);
	datastore_close(a->ds);
	settings_done(&a->settings);
	agent_config_done(&a->config);
}

int agent_init(struct agent *a, struct agent_config *config, struct err *e)
{
	*a = (struct agent){ .networks = NETWORKS, .told = BUF(1 << 20), .config = *config };
	*config = (struct agent_config){ 0 };
	a->serving = agent_config_serving(&a->config);
	settings_init(&a->settings);
	if (prefixes_init(&a->records.prefixes, a->config.openstack_region, a->config.host,
			  e) < 0 ||
	    agent_config_settings(&a->config, &a->settings, e) < 0 ||
	    links_open(&a->links, e) < 0)
		return -1;
	return datastore_open(&a->ds, &a->settings, OPEN_TO_LOOK,
			      deadline_in_ms(a->config.etcd_timeout * SECOND_MS), e);
}

static void soon(struct agent *a)
{
	if (!a->dirty)
		a->due = deadline_in_ms(AGENT_BATCH_MS);
	a->dirty = true;
}

static int take(const struct record *record, void *arg, struct err *e)
{
	struct agent *a = arg;
	enum records_change change;
	struct err told;

	if (records_take(&a->records, record, &change, &told, e) < 0)
		return -1;
	if (record->revision > a->revision)
		a->revision = record->revision;
	if (told.kind)
		log_warning("record is not served", LOG_TEXT("error", told.text));
	if (change == RECORDS_SAME)
		return 0;
	a->changes++;
	soon(a);
	return 0;
}

#define N_PREFIXES 3

static void list_prefixes(const struct agent *a, const char *out[N_PREFIXES])
{
	out[0] = a->records.prefixes.endpoints;
	out[1] = a->records.prefixes.subnets;
	out[2] = OLD_SUBNETS;
}

static int read_all(struct agent *a, struct view *view, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	const char *prefixes[N_PREFIXES];
	const struct record *record;
	int rc;

	list_prefixes(a, prefixes);
	for (size_t i = 0; i < N_PREFIXES; i++)
		wants_add(&wants, prefixes[i], RANGE_PREFIX);
	datastore_set_deadline(a->ds, deadline_in_ms(a->config.etcd_timeout * SECOND_MS));
	view_reset(view);
	signals_end_at_once(true);
	rc = datastore_read(a->ds, view, &wants, e);
	signals_end_at_once(false);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < N_PREFIXES; i++)
		for (size_t k = view_first(view, prefixes[i]);
		     (record = view_at(view, k, prefixes[i])); k++)
			if (take(record, a, e) < 0)
				return -1;
	return 0;
}

/* Each line that was not there last time. */
static void tell_unserved(struct agent *a)
{
	const struct buf *now = &a->networks.told;

	for (const char *at = now->data; *at;) {
		size_t len = strcspn(at, "\n");
		char *line = strndup(at, len);

		if (line && !strstr(a->told.data, line))
			log_warning("an address is not served", LOG_TEXT("reason", line));
		free(line);
		at += len + 1;
	}
	buf_reset(&a->told);
	buf_add(&a->told, now->data, now->len);
}

static unsigned device_mtu(const struct agent *a)
{
	return a->config.network_device_mtu ? (unsigned)a->config.network_device_mtu : NETWORK_MTU;
}

static int become(struct agent *a, struct err *e)
{
	a->dirty = false;
	if (networks_plan(&a->networks, &a->records, &a->links.taps, e) < 0)
		return -1;
	tell_unserved(a);
	if (served_become(&a->served, &a->networks, &a->serving, &a->links, device_mtu(a), e) < 0)
		return -1;
	if (served_retry_ms(&a->served) < 0)
		a->served_at_s = clock_now_ns() / 1000000000;
	metrics_write(a);
	return 0;
}

/* Until the store can be read: what is served goes on meanwhile, and nothing is taken from it. */
static int read_at_last(struct agent *a, struct view *view, int signals, enum heard *ret_heard,
			struct err *e)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };

	*ret_heard = HEARD_NOTHING;
	while (read_all(a, view, e) < 0) {
		if (e->kind == ERR_INTERNAL || e->kind == ERR_CONFIG)
			return -1;
		log_error("the store cannot be read; it is tried again",
			  LOG_TEXT("error", e->text));
		err_reset(e);
		if (poll(&p, 1, AWAY_MS) > 0 &&
		    (*ret_heard = signals_hear(signals)) != HEARD_NOTHING)
			return 0;
	}
	a->connected = true;
	return 0;
}

struct waiting {
	struct watch *watch;
	int signals;
	struct pollfd *list;
	size_t n, cap;
	int64_t patience_ms;	/* with the store */
	struct deadline ask;	/* when dnsmasqs are asked whether they hang */
};

#define FIXED_FDS 3

static int fill(const struct agent *a, struct waiting *w, struct err *e)
{
	size_t want = FIXED_FDS + a->served.n;

	if (want > w->cap) {
		struct pollfd *list = reallocarray(w->list, want, sizeof(*list));

		if (!list)
			return err_set(e, ERR_INTERNAL, "out of memory");
		w->list = list;
		w->cap = want;
	}
	w->list[0] = (struct pollfd){ .fd = w->signals, .events = POLLIN };
	w->list[1] = (struct pollfd){ .fd = watch_fd(w->watch), .events = POLLIN };
	w->list[2] = (struct pollfd){ .fd = links_fd(&a->links), .events = POLLIN };
	for (size_t i = 0; i < a->served.n; i++)
		w->list[FIXED_FDS + i] = (struct pollfd){ .fd = a->served.list[i].dnsmasq.fd,
							  .events = POLLIN };
	w->n = want;
	return 0;
}

static int timeout_ms(const struct agent *a, const struct waiting *w)
{
	int64_t least = deadline_left_ms(w->ask), retry = served_retry_ms(&a->served);

	if (retry >= 0 && retry < least)
		least = retry;
	if (a->dirty && deadline_left_ms(a->due) < least)
		least = deadline_left_ms(a->due);
	return (int)least;
}

static void note_connected(struct agent *a, bool now, const struct err *why)
{
	if (a->connected == now)
		return;
	a->connected = now;
	if (now)
		log_info("the store answers again",
			 LOG_TEXT("store", datastore_traits(a->ds)->place));
	else
		log_error("the store cannot be watched; it is tried again, and all that is served "
			  "goes on", LOG_TEXT("error", why->text));
	metrics_write(a);
}

/* While it waits for the store nothing else is dealt with: so it waits long only for a slow one. */
static void take_watch(struct agent *a, struct waiting *w)
{
	struct err why = { 0 };
	int rc;

	datastore_set_deadline(a->ds, deadline_in_ms(w->patience_ms));
	signals_end_at_once(true);
	rc = watch_take(w->watch, take, a, &why);
	signals_end_at_once(false);
	w->patience_ms = rc < 0 ? 2 * w->patience_ms : PATIENCE_MS;
	if (w->patience_ms > a->config.etcd_timeout * SECOND_MS)
		w->patience_ms = a->config.etcd_timeout * SECOND_MS;
	if (rc < 0 || watch_stands(w->watch))
		note_connected(a, rc == 0, &why);
}

static int take_links(struct agent *a, struct err *e)
{
	bool changed;

	if (links_take(&a->links, &changed, e) < 0)
		return -1;
	if (changed)
		soon(a);
	return 0;
}

static int turn(struct agent *a, struct waiting *w, enum heard *ret_heard, struct err *e)
{
	if (fill(a, w, e) < 0)
		return -1;
	if (poll(w->list, w->n, timeout_ms(a, w)) < 0 && errno != EINTR)
		return err_set(e, ERR_INTERNAL, "poll: %s", strerror(errno));
	*ret_heard = signals_hear(w->signals);
	take_watch(a, w);
	if (take_links(a, e) < 0)
		return -1;
	if (served_ended(&a->served) || served_retry_ms(&a->served) == 0)
		soon(a);
	if (deadline_passed(w->ask)) {
		w->ask = deadline_in_ms(SERVED_HUNG_MS);
		if (served_hung(&a->served))
			soon(a);
	}
	return a->dirty && deadline_passed(a->due) ? become(a, e) : 0;
}

static int follow(struct agent *a, struct waiting *w, struct err *e)
{
	enum heard heard = HEARD_NOTHING;

	w->ask = deadline_in_ms(SERVED_HUNG_MS);
	while (heard == HEARD_NOTHING)
		if (turn(a, w, &heard, e) < 0)
			return -1;
	return heard == HEARD_ANEW;
}

static int serve(struct agent *a, int signals, struct err *e)
{
	const char *prefixes[N_PREFIXES];
	struct view view __cleanup(view_done) = { 0 };
	struct waiting w = { .signals = signals, .patience_ms = PATIENCE_MS };
	enum heard heard;
	int rc;

	if (read_at_last(a, &view, signals, &heard, e) < 0)
		return -1;
	if (heard != HEARD_NOTHING)
		return heard == HEARD_ANEW;
	list_prefixes(a, prefixes);
	if (become(a, e) < 0 ||
	    datastore_watch(a->ds, &view, prefixes, N_PREFIXES, &w.watch, e) < 0)
		return -1;
	view_done(&view);
	view_init(&view);
	rc = follow(a, &w, e);
	watch_close(w.watch);
	free(w.list);
	return rc;
}

int agent_run(struct agent *a, struct err *e)
{
	int signals __cleanup(close_fd) = signals_open(e);

	records_forget(&a->records);	/* of an earlier run */
	if (signals < 0 || served_find(&a->served, &a->serving, e) < 0)
		return -1;
	log_info("agent has started", LOG_TEXT("host", a->config.host),
		 LOG_TEXT("store", datastore_traits(a->ds)->place));
	return serve(a, signals, e);
}

int agent_once(struct agent *a, struct buf *out, struct err *e)
{
	struct view view __cleanup(view_done) = { 0 };

	if (read_all(a, &view, e) < 0 ||
	    networks_plan(&a->networks, &a->records, &a->links.taps, e) < 0)
		return -1;
	buf_add(out, a->networks.told.data, a->networks.told.len);
	return served_write(&a->networks, &a->serving, out, e);
}
