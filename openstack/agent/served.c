/* SPDX-License-Identifier: Apache-2.0 */
#include "openstack/agent/served.h"

#include "base/io.h"
#include "base/list.h"
#include "base/log.h"
#include "openstack/agent/folder.h"

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void network_done(struct served_network *n)
{
	dnsmasq_done(&n->dnsmasq);
	buf_done(&n->arguments);
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
				      .arguments = BUF(DNSMASQ_ARGUMENTS_MAX) };

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
		dnsmasq_stop(d);
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

static void stop(struct served *s, struct served_network *n)
{
	if (!n->dnsmasq.pid)
		return;
	dnsmasq_stop(&n->dnsmasq);
	s->counts.stops++;
	n->answered = false;
	n->misses = 0;
}

/* False where something of it could not be removed. */
static bool leave(struct served *s, struct served_network *n, const struct serving *serving,
		  struct links *links)
{
	char device[IFNAMSIZ];
	struct err why = { 0 };

	stop(s, n);
	network_device(n->id, device);
	if (links_delete_device(links, device, &why) < 0 ||
	    folder_remove(serving->confs, n->id, &why) < 0) {
		failed(s, n, &why);
		return false;
	}
	log_info("network is served no more", LOG_TEXT("network", n->id));
	return true;
}

static void leave_unwanted(struct served *s, const struct serving *serving, struct links *links)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct served_network *n = &s->list[i];

		if (n->wanted || (n->broken && !deadline_passed(n->retry)) ||
		    !leave(s, n, serving, links)) {
			s->list[kept++] = *n;
			continue;
		}
		network_done(n);
	}
	s->n = kept;
}

struct strays {
	struct served *served;
	const char *network;
};

static int stop_stray(struct dnsmasq *d, const char *network, const struct buf *arguments
		      __unused_arg, void *arg)
{
	struct strays *strays = arg;

	if (strcmp(network, strays->network) != 0)
		return 0;
	log_warning("a second dnsmasq of the network is ended", LOG_TEXT("network", network),
		    LOG_NUMBER("pid", d->pid));
	dnsmasq_stop(d);
	strays->served->counts.stops++;
	return 0;
}

/* Also one that an agent had just started as it was killed, and that was not held since. */
static int stop_all(struct served *s, struct served_network *n, const struct serving *serving,
		    struct err *e)
{
	struct strays strays = { s, n->id };

	stop(s, n);
	return dnsmasq_list(serving->confs, stop_stray, &strays, e);
}

static int start(struct served *s, struct served_network *n, const struct network *wanted,
		 const struct serving *serving, const struct buf *arguments, struct err *e)
{
	if (dnsmasq_start(&n->dnsmasq, arguments, serving->confs, n->id, e) < 0)
		return -1;
	s->counts.starts++;
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
 * row would keep it from answering any of them: so it is let alone for a while.
 */
static int end_for_leases(struct served *s, struct served_network *n, const struct network *wanted,
			  const struct serving *serving, struct folder_past *past, struct err *e)
{
	n->late = n->dnsmasq.pid && !deadline_passed(n->rested);
	if (n->late)
		return 0;
	if (stop_all(s, n, serving, e) < 0 || folder_read_past(wanted, serving, past, e) < 0)
		return -1;
	return folder_write_leases(wanted, serving, past, e);
}

/* Whoever is killed in here, or after, finds the same to do again. */
static int write_files(struct served *s, struct served_network *n, const struct network *wanted,
		       const struct serving *serving, const struct buf *arguments, struct err *e)
{
	struct folder_past past __cleanup(folder_past_done) = FOLDER_PAST;

	if (folder_read_past(wanted, serving, &past, e) < 0)
		return -1;
	if ((!n->dnsmasq.pid || !same(&n->arguments, arguments) ||
	     !folder_leases_are_good(wanted, &past)) &&
	    end_for_leases(s, n, wanted, serving, &past, e) < 0)
		return -1;
	if (n->late)
		return 0;
	if (folder_note_taps(wanted, serving, &past, e) < 0 ||
	    folder_write(wanted, serving, &n->behind, NULL, e) < 0)
		return -1;
	return n->dnsmasq.pid && n->behind && s->reloads_kill ?
	       end_for_leases(s, n, wanted, serving, &past, e) : 0;
}

static int serve(struct served *s, struct served_network *n, const struct network *wanted,
		 const struct serving *serving, struct links *links, unsigned device_mtu,
		 struct err *e)
{
	struct buf arguments __cleanup(buf_done) = BUF(DNSMASQ_ARGUMENTS_MAX);

	n->at = subnet_own_address(wanted->subnets[0]);
	print_arguments(wanted, serving, &arguments);
	if (arguments.failed)
		return err_set(e, ERR_LIMIT, "more ports than one dnsmasq can be told of");
	n->late = false;
	if (links_make_device(links, wanted, device_mtu, e) < 0 ||
	    write_files(s, n, wanted, serving, &arguments, e) < 0)
		return -1;
	if (n->late)
		return 0;
	if (!n->dnsmasq.pid)
		return start(s, n, wanted, serving, &arguments, e);
	if (n->behind)
		reload(s, n);
	return 0;
}

static void serve_or_tell(struct served *s, struct served_network *n, const struct network *wanted,
			  const struct serving *serving, struct links *links, unsigned device_mtu)
{
	struct err why = { 0 };

	if (n->broken && !deadline_passed(n->retry))
		return;
	if (serve(s, n, wanted, serving, links, device_mtu, &why) < 0)
		failed(s, n, &why);
	else
		n->broken = false;
}

int served_become(struct served *s, const struct networks *wanted, const struct serving *serving,
		  struct links *links, unsigned device_mtu, struct err *e)
{
	for (size_t i = 0; i < s->n; i++)
		s->list[i].wanted = networks_find(wanted, s->list[i].id);
	for (size_t i = 0; i < wanted->n; i++) {
		struct served_network *n = entry(s, wanted->list[i].id);

		if (!n)
			return err_set(e, ERR_INTERNAL, "out of memory");
		n->wanted = true;
	}
	leave_unwanted(s, serving, links);
	for (size_t i = 0; i < wanted->n; i++) {
		struct served_network *n = entry(s, wanted->list[i].id);

		if (!n)
			return err_set(e, ERR_INTERNAL, "out of memory");
		serve_or_tell(s, n, &wanted->list[i], serving, links, device_mtu);
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
		struct pollfd p = { .fd = d->fd, .events = POLLIN };

		if (!d->pid || poll(&p, 1, 0) <= 0)
			continue;
		log_warning("dnsmasq has ended; it is started again",
			    LOG_TEXT("network", s->list[i].id), LOG_NUMBER("pid", d->pid));
		dnsmasq_done(d);
		s->list[i].late = false;
		note_end(s, &s->list[i]);
		any = true;
	}
	return any;
}

int64_t served_retry_ms(const struct served *s)
{
	int64_t soonest = -1;

	for (size_t i = 0; i < s->n; i++) {
		const struct served_network *n = &s->list[i];
		int64_t left = deadline_left_ms(n->broken ? n->retry : n->rested);

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

int served_write(const struct networks *wanted, const struct serving *serving, struct buf *out,
		 struct err *e)
{
	bool changed = false;

	if (tell_unwanted(wanted, serving, out, e) < 0)
		return -1;
	for (size_t i = 0; i < wanted->n; i++)
		if (folder_write(&wanted->list[i], serving, &changed, out, e) < 0)
			return -1;
	return 0;
}
