/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/served.h"

#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "openstack/agent/ending.h"
#include "openstack/agent/folder.h"
#include "openstack/agent/holder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTLED_MAX (4 * FOLDER_FILE_MAX)

static void network_done(struct served_network *n)
{
	if (n->asked_pid)
		close(n->asked);
	dnsmasq_done(&n->dnsmasq);
	buf_done(&n->arguments);
	buf_done(&n->settled);
	free(n->own);
}

void served_done(struct served *s)
{
	for (size_t i = 0; i < s->n; i++)
		network_done(&s->list[i]);
	free(s->list);
	*s = (struct served){ 0 };
}

static int compare_id(const void *key, const void *element)
{
	const struct served_network *n = element;

	return strcmp(key, n->id);
}

/* The network, made where it is not known; NULL: out of memory.  `id` is a good word. */
static struct served_network *entry(struct served *s, const char *id)
{
	size_t at = list_place(s->list, s->n, id, compare_id);
	struct served_network new = { .dnsmasq = DNSMASQ_NONE,
				      .arguments = BUF(DNSMASQ_ARGUMENTS_MAX),
				      .settled = BUF(SETTLED_MAX) };

	if (at < s->n && strcmp(s->list[at].id, id) == 0)
		return &s->list[at];
	if (!word_copy(id, new.id, sizeof(new.id)) || list_room(&s->list, s->n, &s->cap) < 0)
		return NULL;
	memmove(s->list + at + 1, s->list + at, (s->n++ - at) * sizeof(*s->list));
	s->list[at] = new;
	return &s->list[at];
}

struct finding {
	struct served *served;
	const char *confs;
};

/* Of two of one network, or of one whose arguments say so, it is who wrote the pid file. */
static int take_over(struct dnsmasq *d, const char *network, const struct buf *arguments,
		     void *arg)
{
	struct finding *f = arg;
	struct served_network *n = entry(f->served, network);

	if (!n)
		return -1;
	if (n->dnsmasq.pid == d->pid)	/* of an earlier run */
		return 0;
	if (dnsmasq_noted(f->confs, network) != d->pid) {
		log_warning("a dnsmasq that is not that of the network's pid file is ended",
			    LOG_TEXT("network", network), LOG_NUMBER("pid", d->pid));
		dnsmasq_end(d, false);
		if (!dnsmasq_has_ended(d, SERVED_END_MS))
			dnsmasq_end(d, true);
		return 0;
	}
	n->dnsmasq = *d;
	*d = (struct dnsmasq)DNSMASQ_NONE;
	n->behind = true;
	buf_reset(&n->arguments);
	buf_add(&n->arguments, arguments->data, arguments->len);
	log_info("dnsmasq taken over", LOG_TEXT("network", network),
		 LOG_NUMBER("pid", n->dnsmasq.pid));
	return 0;
}

static bool is_network_id(const char *name)
{
	return strlen(name) == 36 && word_is_good(name, WORD_TEXT);
}

static int find_folders(struct served *s, const struct serving *serving, struct err *e)
{
	DIR *folder __cleanup(close_folder) = opendir(serving->confs);
	struct dirent *d;

	while (folder && (d = readdir(folder)))
		if (is_network_id(d->d_name) && !entry(s, d->d_name))
			return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

int served_find(struct served *s, const struct serving *serving, struct err *e)
{
	struct finding f = { s, serving->confs };

	return find_folders(s, serving, e) < 0 ? -1 :
	       dnsmasq_list(serving->confs, take_over, &f, e);
}

static void failed(struct served *s, struct served_network *n, const struct err *why)
{
	s->counts.failures++;
	n->wait_ms = n->broken ? n->wait_ms * 2 : SERVED_RETRY_MS;
	n->wait_ms = n->wait_ms < SERVED_RETRY_MAX_MS ? n->wait_ms : SERVED_RETRY_MAX_MS;
	n->broken = true;
	n->retry = deadline_in_ms(n->wait_ms);
	log_error("network is not served as it should be; it is tried again",
		  LOG_TEXT("network", n->id), LOG_TEXT("error", why->text));
}

/* What served_become() was called with. */
struct task {
	struct served *served;
	const struct networks *all;
	const struct serving *serving;
	struct links *links;
	unsigned device_mtu;
};

/* False where it is not gone yet, or something of it could not be removed. */
static bool leave(const struct task *t, struct served_network *n)
{
	char device[IFNAMSIZ];
	struct err why = { 0 };
	int gone = ending_go_on(t->served, n, t->serving->confs, &why);

	if (!gone)
		return false;
	network_device(n->id, device);
	if (gone < 0 || links_delete_device(t->links, device, &why) < 0 ||
	    folder_remove(t->serving->confs, n->id, &why) < 0) {
		failed(t->served, n, &why);
		return false;
	}
	log_info("network is served no more", LOG_TEXT("network", n->id));
	return true;
}

static void leave_unwanted(const struct task *t)
{
	struct served *s = t->served;
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct served_network *n = &s->list[i];

		if (n->wanted || (n->broken && !deadline_passed(n->retry)) || !leave(t, n)) {
			s->list[kept++] = *n;
			continue;
		}
		network_done(n);
	}
	s->n = kept;
}

static int start(const struct task *t, struct served_network *n, const struct network *wanted,
		 const struct buf *arguments, struct err *e)
{
	if (dnsmasq_start(&n->dnsmasq, arguments, t->serving->confs, n->id, e) < 0)
		return -1;
	t->served->counts.starts++;
	n->behind = false;
	n->rested = deadline_in_ms(SERVED_REST_MS);
	n->young = deadline_in_ms(SERVED_YOUNG_MS);
	buf_reset(&n->arguments);
	buf_add(&n->arguments, arguments->data, arguments->len);
	log_info("dnsmasq started", LOG_TEXT("network", n->id),
		 LOG_NUMBER("pid", n->dnsmasq.pid),
		 LOG_NUMBER("ports", (int64_t)wanted->n_ports));
	return 0;
}

static bool same(const struct buf *a, const struct buf *b)
{
	return !a->failed && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void reload(struct served *s, struct served_network *n)
{
	dnsmasq_reload(&n->dnsmasq);
	n->behind = false;
	n->told = deadline_in_ms(SERVED_RELOAD_MS);
	s->counts.reloads++;
	log_info("dnsmasq reads its files again", LOG_TEXT("network", n->id));
}

/*
 * A dnsmasq gives leases until it has ended: what it held is read then.  Ports that come in a
 * row would keep it from answering any of them: so it is let alone for a while.  0 also where
 * n is late.
 */
static int end_for_leases(const struct task *t, struct served_network *n,
			  const struct network *wanted, struct folder_past *past, struct err *e)
{
	n->late = n->dnsmasq.pid && !deadline_passed(n->rested);
	n->again = n->rested;
	if (n->late)
		return 0;
	if (ending_go_on(t->served, n, t->serving->confs, e) < 0)
		return -1;
	if (n->late)
		return 0;
	return folder_read_past(wanted, t->serving, past, e) < 0 ? -1 :
	       folder_write_leases(wanted, t->serving, past, e);
}

/* Whoever is killed in here, or after, finds the same to do again. */
static int write_files(const struct task *t, struct served_network *n,
		       const struct network *wanted, const struct buf *arguments, struct err *e)
{
	struct folder_past past __cleanup(folder_past_done) = FOLDER_PAST;

	if (folder_read_past(wanted, t->serving, &past, e) < 0)
		return -1;
	if ((!n->dnsmasq.pid || !same(&n->arguments, arguments) ||
	     !folder_leases_are_good(wanted, &past)) &&
	    end_for_leases(t, n, wanted, &past, e) < 0)
		return -1;
	if (n->late)
		return 0;
	if (folder_note_taps(wanted, t->serving, &past, e) < 0 ||
	    folder_write(wanted, t->serving, &n->behind, NULL, e) < 0)
		return -1;
	return n->dnsmasq.pid && n->behind && t->served->reloads_kill ?
	       end_for_leases(t, n, wanted, &past, e) : 0;
}

/* 0 also where n is late. */
static int make_way(const struct task *t, struct served_network *n, const struct network *wanted,
		    struct err *e)
{
	n->late = false;
	if (n->ending && ending_go_on(t->served, n, t->serving->confs, e) < 0)
		return -1;
	return n->late || holder_gives_way(t->served, n, wanted, t->all, e) >= 0 ? 0 : -1;
}

static int serve(const struct task *t, struct served_network *n, const struct network *wanted,
		 struct err *e)
{
	struct buf arguments __cleanup(buf_done) = BUF(DNSMASQ_ARGUMENTS_MAX);

	n->at = subnet_own_address(wanted->subnets[0]);
	print_arguments(wanted, t->serving, &arguments);
	if (arguments.failed)
		return err_set(e, ERR_LIMIT, "more ports than one dnsmasq can be told of");
	if (make_way(t, n, wanted, e) < 0)
		return -1;
	if (n->late)
		return 0;
	if (links_make_device(t->links, wanted, t->device_mtu, e) < 0 ||
	    holder_note(n, wanted, e) < 0 || write_files(t, n, wanted, &arguments, e) < 0)
		return -1;
	if (n->late)
		return 0;
	if (!n->dnsmasq.pid)
		return start(t, n, wanted, &arguments, e);
	if (n->behind)
		reload(t->served, n);
	return 0;
}

static void print_all(const struct task *t, const struct network *wanted, struct buf *out)
{
	print_arguments(wanted, t->serving, out);
	folder_print(wanted, t->serving, out);
}

/* It is as it was made, and of that nothing has gone. */
static bool is_settled(const struct task *t, const struct served_network *n,
		       const struct network *wanted, const struct buf *all)
{
	const struct tap *device = taps_find(&t->links->devices, wanted->device);

	return n->dnsmasq.pid && !n->behind && !n->ending && !n->broken && device &&
	       device->index == n->device_index && same(&n->settled, all);
}

/* One that was told to read its files may have given a lease before: it is looked at again. */
static void settle(struct served_network *n, const struct network *wanted, const struct buf *all)
{
	buf_reset(&n->settled);
	if (n->late || !deadline_passed(n->told))
		return;
	buf_add(&n->settled, all->data, all->len);
	n->device_index = if_nametoindex(wanted->device);
}

static void serve_or_tell(const struct task *t, struct served_network *n,
			  const struct network *wanted)
{
	struct buf all __cleanup(buf_done) = BUF(SETTLED_MAX);
	struct err why = { 0 };

	if (n->broken && !deadline_passed(n->retry))
		return;
	print_all(t, wanted, &all);
	if (is_settled(t, n, wanted, &all)) {
		n->late = false;
		return;
	}
	if (serve(t, n, wanted, &why) < 0) {
		failed(t->served, n, &why);
		return;
	}
	n->broken = false;
	settle(n, wanted, &all);
}

int served_become(struct served *s, const struct networks *wanted, const struct serving *serving,
		  struct links *links, unsigned device_mtu, struct err *e)
{
	const struct task t = { s, wanted, serving, links, device_mtu };
	bool mended = folder_mend_common(serving);

	for (size_t i = 0; i < s->n; i++)
		s->list[i].wanted = networks_find(wanted, s->list[i].id);
	for (size_t i = 0; i < wanted->n; i++) {
		struct served_network *n = entry(s, wanted->list[i].id);

		if (!n)
			return err_set(e, ERR_INTERNAL, "out of memory");
		n->wanted = true;
	}
	leave_unwanted(&t);
	for (size_t i = 0; i < wanted->n; i++) {
		struct served_network *n = entry(s, wanted->list[i].id);

		if (!n)
			return err_set(e, ERR_INTERNAL, "out of memory");
		n->behind |= mended;
		serve_or_tell(&t, n, &wanted->list[i]);
	}
	return 0;
}

/* One that ends again and again is not started again and again without a pause. */
static void note_end(struct served *s, struct served_network *n)
{
	struct err why = { 0 };

	s->counts.ended++;
	if (!deadline_passed(n->told)) {
		if (!s->reloads_kill)
			log_warning("dnsmasq dies of reading its files again; it is started anew "
				    "instead from now on");
		s->reloads_kill = true;
	} else if (!deadline_passed(n->young)) {
		err_set(&why, ERR_IO, "dnsmasq ended soon after its start");
		failed(s, n, &why);
	}
}

bool served_ended(struct served *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		struct dnsmasq *d = &s->list[i].dnsmasq;

		if (!d->pid || !dnsmasq_has_ended(d, 0))
			continue;
		any = true;
		s->list[i].late = false;
		if (s->list[i].ending) {
			ending_note(s, &s->list[i]);
			continue;
		}
		log_warning("dnsmasq has ended; it is started again",
			    LOG_TEXT("network", s->list[i].id), LOG_NUMBER("pid", d->pid));
		dnsmasq_done(d);
		note_end(s, &s->list[i]);
	}
	return any;
}

int64_t served_retry_ms(const struct served *s)
{
	int64_t soonest = -1;

	for (size_t i = 0; i < s->n; i++) {
		const struct served_network *n = &s->list[i];
		int64_t left = deadline_left_ms(n->broken ? n->retry : n->again);

		if ((n->broken || n->late) && (soonest < 0 || left < soonest))
			soonest = left;
	}
	return soonest;
}

static int tell_unwanted(const struct networks *wanted, const struct serving *serving,
			 struct buf *out, struct err *e)
{
	struct served found __cleanup(served_done) = { 0 };

	if (find_folders(&found, serving, e) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		if (!networks_find(wanted, found.list[i].id))
			buf_printf(out, "network %s: is served no more\n", found.list[i].id);
	return 0;
}

/* As the agent would find it, which comes next: a past by which a lease must go is not lost. */
static int write_network(const struct network *wanted, const struct serving *serving,
			 struct buf *out, struct err *e)
{
	struct folder_past past __cleanup(folder_past_done) = FOLDER_PAST;
	bool changed = false, runs;

	if (folder_read_past(wanted, serving, &past, e) < 0)
		return -1;
	if (!folder_leases_are_good(wanted, &past)) {
		if (dnsmasq_runs(serving->confs, wanted->id, &runs, e) < 0)
			return -1;
		if (runs)
			return folder_write_but_host(wanted, serving, out, e);
		if (folder_write_leases(wanted, serving, &past, e) < 0)
			return -1;
	}
	return folder_write(wanted, serving, &changed, out, e);
}

int served_write(const struct networks *wanted, const struct serving *serving, struct buf *out,
		 struct err *e)
{
	if (tell_unwanted(wanted, serving, out, e) < 0)
		return -1;
	if (folder_mend_common(serving))
		buf_printf(out, "%s: its mode\n", serving->confs);
	for (size_t i = 0; i < wanted->n; i++)
		if (write_network(&wanted->list[i], serving, out, e) < 0)
			return -1;
	return 0;
}
