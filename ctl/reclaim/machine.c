/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/reclaim/machine.h"

#include "base/machine/place.h"
#include "ctl/reclaim/processes.h"

#include <string.h>
#include <sys/stat.h>

#define TRIES 3 /* where mounts come and go */
#define FIRST_PID_SPACE 0xeffffffcU /* PROC_PID_INIT_INO: the inode is the kernel's own */

void machine_done(struct machine_view *v)
{
	containers_done(&v->containers);
	live_done(&v->live);
}

static bool is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Where nothing is noted: all processes are seen from here, and the mounts of the first one. */
static bool is_host(void)
{
	struct stat space;

	return stat("/proc/self/ns/pid", &space) == 0 && space.st_ino == FIRST_PID_SPACE &&
	       is_same_file("/proc/self/ns/mnt", "/proc/1/ns/mnt");
}

static int find_place(struct machine_view *v, struct err *e)
{
	enum place place = PLACE_NOT_NOTED;

	if (*v->machine.boot && place_find(v->run_path, v->machine.boot, &place, e) < 0)
		return -1;
	v->judge.here = place == PLACE_HERE || (place == PLACE_NOT_NOTED && is_host());
	return 0;
}

/* The paths that CNI_NETNS named, as far as the cache tells. */
static int add_cached(struct live *l, const struct containers *cache, struct err *e)
{
	for (size_t i = 0; i < cache->n; i++)
		if (cache->list[i].netns && live_add_path(l, cache->list[i].netns, e) < 0)
			return -1;
	return 0;
}

static int read_once(struct live *ret, const struct containers *cache, struct err *e)
{
	struct live l __cleanup(live_done) = {0};

	if (live_begin(&l, e) < 0 || processes_add(&l, e) < 0 || add_cached(&l, cache, e) < 0)
		return -1;
	live_end(&l);
	*ret = l;
	l = (struct live){0};
	return 0;
}

/* A mount that is missed each time is there, and covered by another. */
static int read_live(struct machine_view *v, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		live_done(&v->live);
		if (read_once(&v->live, &v->containers, e) < 0)
			return -1;
		if (!*v->live.missed)
			return 0;
	}
	return err_set(e, ERR_IO, "%.300s: the network namespace that is mounted here is covered "
		       "by another mount, so that it cannot be told", v->live.missed);
}

int machine_look(struct machine_view *v, struct err *e)
{
	struct containers_place where = { .node = v->node, .cache = v->cache,
					  .wanted = v->cache != NULL };

	machine_done(v);
	machine_read(&(struct machine_files){0}, &v->machine);
	v->judge.boot = v->machine.boot;
	v->judge.machine = v->machine.id;
	if (find_place(v, e) < 0 || containers_read(&v->containers, &where, e) < 0)
		return -1;
	return read_live(v, e);
}

/* An empty cache is no evidence: it may have been emptied. */
static enum judge_cache ask_cache(const struct machine_view *v, const struct attribute *attribute)
{
	enum audit_life life = v->containers.n ? containers_tell(attribute, &v->containers).life
					       : LIFE_UNKNOWN;

	if (life == LIFE_UNKNOWN)
		return CACHE_UNKNOWN;
	return life == LIFE_ALIVE ? CACHE_NAMES_IT : CACHE_DOES_NOT;
}

/* A cookie is not missed where one of those that live is not known. */
static bool is_there(const struct live *l, const struct netns *netns)
{
	if (netns->cookie)
		return l->no_cookies || live_has_cookie(l, netns->cookie);
	return netns->inode && live_has_inode(l, netns->inode);
}

enum verdict machine_judge(const struct reclaim_case *c, void *arg)
{
	const struct machine_view *v = arg;
	struct whereabouts w;
	struct sight s;

	whereabouts_read(c->attribute, &w);
	s = (struct sight){ .address_in_use = live_has_address(&v->live, c->addr),
			    .namespace_there = is_there(&v->live, &w.netns),
			    .cache = ask_cache(v, c->attribute) };
	return judge_allocation(&v->judge, &w, &s);
}
