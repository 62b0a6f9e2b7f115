/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power is cut while the local store is made and used:
 *
 *	power_cut PLUGIN CTL FOLDER local EVERY
 *
 * Each history is recorded once (disk.h); then each state that a cut at any moment of it
 * may leave is looked at: what was told is there and nothing else but what was under way,
 * all of it or nothing; what was under way can be repeated; the next ADD works.
 *
 * In the last histories a process is killed at one of its calls, and the next one is told
 * that its own work is done; EVERY: only each so many-th call.
 *
 * The controls forget syncs, and must find faults.
 */
#include "tests/kills/disk.h"
#include "tests/kills/scene.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEPS_MAX 6
#define OTHER_IS_VALID \
	"\"cni.dev/valid-attachments\":[{\"containerID\":\"other\",\"ifname\":\"eth0\"}],"

/* One thing that somebody is told of. */
struct step {
	const char *verb, *container;	/* of the plugin; else: */
	const char *args[10];		/* of calico-ipamctl; FOLDER stands for the folder */
	bool gradual;			/* done in part, it is simply repeated */
	bool once;			/* done already, it says so when it is repeated */
};

struct history {
	const char *name;
	void (*begin)(const struct scene *s);
	struct step steps[STEPS_MAX];
	bool other_pools;	/* the next ADD's are not there any more */
};

struct look {
	const struct scene *scene;	/* of what is left */
	const struct history *history;
	struct held truth[STEPS_MAX + 1];	/* once so many steps were told */
	unsigned n;			/* steps */
	unsigned faults;
	bool first_is_enough, quiet;
};

/* Steps */

static void run(const struct scene *s, const struct step *step, call_watcher *watch, void *arg,
		struct outcome *ret)
{
	const char *args[ARRAY_LEN(step->args)] = { NULL };
	char path[PATH_MAX];

	if (step->verb) {
		scene_plugin(s, step->verb, step->container, strcmp(step->verb, "GC") == 0 ?
			     OTHER_IS_VALID : NULL, watch, arg, ret);
		return;
	}
	for (unsigned i = 0; step->args[i]; i++) {
		args[i] = step->args[i];
		if (strncmp(args[i], "FOLDER", 6) != 0)
			continue;
		snprintf(path, sizeof(path), "%s%s", s->folder, args[i] + 6);
		args[i] = path;
	}
	scene_ctl(s, args, watch, arg, ret);
}

static void record(const struct scene *s, struct disk *d, const struct step *step)
{
	struct outcome o __cleanup(outcome_done) = {0};

	disk_new_process(d);
	run(s, step, disk_watch, d, &o);
	if (o.status || o.signal)
		stop_test("status %d, signal %d: %s%s", o.status, o.signal, o.out.data,
			  o.said.data);
	disk_told(d);
}

/* Looking */

static bool same(const struct held *a, const struct held *b)
{
	for (unsigned i = 0; i < a->n; i++)
		if (!held_is(b, a->list[i].container, a->list[i].address))
			return false;
	return a->n == b->n;
}

static void look_at_what_is_held(struct look *l, unsigned told, struct buf *why)
{
	bool under_way = told < l->n;
	struct held h;

	if (!scene_held(l->scene, &h, why))
		return;
	if (held_twice(&h))
		buf_printf(why, "%s is held twice; ", held_twice(&h));
	if (!same(&h, &l->truth[told]) && !(under_way && (same(&h, &l->truth[told + 1]) ||
							   l->history->steps[told].gradual)))
		buf_printf(why, "%u addresses are held, not %u as was told; ", h.n,
			   l->truth[told].n);
}

static void repeat(struct look *l, unsigned told, struct buf *why)
{
	const struct step *step = &l->history->steps[told];
	struct outcome o __cleanup(outcome_done) = {0};

	run(l->scene, step, NULL, NULL, &o);
	if (step->once && strstr(o.said.data, "exist"))
		return;
	if (o.status || o.signal)
		buf_printf(why, "again: status %d, %s%s; ", o.status, o.out.data, o.said.data);
}

static void look_at_the_next(struct look *l, struct buf *why)
{
	struct outcome o __cleanup(outcome_done) = {0};
	struct held h;

	if (!l->history->other_pools)
		scene_plugin(l->scene, "ADD", "next", NULL, NULL, NULL, &o);
	if (o.status || o.signal)
		buf_printf(why, "next ADD: status %d, %s; ", o.status, o.out.data);
	if (!scene_held(l->scene, &h, why))
		return;
	if (held_twice(&h) || (!l->history->other_pools && held_by(&h, "next") != 2))
		buf_printf(why, "the next container holds %u addresses; ", held_by(&h, "next"));
	scene_is_clean(l->scene, why);
}

static bool look(const char *folder __unused_arg, unsigned told, void *arg)
{
	struct look *l = arg;
	struct buf why __cleanup(buf_done) = BUF(65536);

	look_at_what_is_held(l, told, &why);
	if (!why.len && told < l->n)
		repeat(l, told, &why);
	if (!why.len)
		look_at_the_next(l, &why);
	if (!why.len)
		return true;
	if (!l->quiet)
		printf("FAILED: %s, after %u steps: %s\n", l->history->name, told, why.data);
	l->faults++;
	return !l->first_is_enough;
}

/* Histories */

static void begin_with_nothing(const struct scene *s)
{
	scene_empty(s);
}

static void begin_with_three(const struct scene *s)
{
	scene_empty(s);
	scene_must(s, "ADD", "other", NULL);
	scene_must(s, "ADD", "c1", NULL);
	scene_must(s, "ADD", "c2", NULL);
	scene_age(s);
}

static void begin_with_pools(const struct scene *s)
{
	scene_empty(s);
	scene_ctl_must(s, CTL("pool", "create", "four", "--cidr", "10.9.0.0/24"));
	scene_ctl_must(s, CTL("pool", "create", "six", "--cidr", "fd09::/120"));
}

static void begin_with_pools_in_use(const struct scene *s)
{
	begin_with_pools(s);
	scene_must(s, "ADD", "other", NULL);
}

static void begin_with_an_archive(const struct scene *s)
{
	char path[PATH_MAX];

	begin_with_three(s);
	snprintf(path, sizeof(path), "%s/archive", s->folder);
	scene_ctl_must(s, CTL("export", path));
	scene_empty(s);
}

static void begin_with_host_local(const struct scene *s)
{
	static const char *const names[] = { "10.9.0.7", "10.9.0.8", "fd09::7" };
	char path[PATH_MAX];

	begin_with_pools(s);
	snprintf(path, sizeof(path), "%s/reserved", s->folder);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		stop_test("cannot make %s", path);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/reserved/%s", s->folder, names[i]);
		file = fopen(path, "we");
		if (!file || fputs("c9\r\neth0", file) < 0 || fclose(file) != 0)
			stop_test("cannot write %s", path);
	}
}

#define ADD(id) { .verb = "ADD", .container = id }
#define DEL(id) { .verb = "DEL", .container = id }

static const struct history histories[] = {
	{
		.name = "a store is made and used", .begin = begin_with_nothing,
		.steps = { ADD("c1"), ADD("c2"), DEL("c1"), ADD("c3"), DEL("c2") },
	},
	{
		.name = "GC", .begin = begin_with_three,
		.steps = { { .verb = "GC", .container = "" }, ADD("c4") },
	},
	{
		.name = "pools are made", .begin = begin_with_nothing,
		.steps = {
			{ .args = { "pool", "create", "four", "--cidr", "10.9.0.0/24" },
			  .once = true },
			{ .args = { "pool", "create", "six", "--cidr", "fd09::/120" },
			  .once = true },
		},
	},
	{
		.name = "a pool is split", .begin = begin_with_pools_in_use, .other_pools = true,
		.steps = { { .args = { "pool", "split", "four", "--into", "25", "--yes" },
			     .once = true } },
	},
	{
		.name = "import", .begin = begin_with_an_archive,
		.steps = { { .args = { "import", "FOLDER/archive" }, .gradual = true }, DEL("c1") },
	},
	{
		.name = "upgrade from host-local", .begin = begin_with_host_local,
		.steps = {
			{ .args = { "upgrade-from-host-local", NETWORK, "--dir", "FOLDER/reserved",
				    "--node", "node-1" }, .gradual = true },
			DEL("c9"),
		},
	},
};

static bool is_step(const struct step *step)
{
	return step->verb || step->args[0];
}

static void note_truth(const struct scene *s, struct look *l, unsigned told)
{
	struct buf why __cleanup(buf_done) = BUF(4096);

	if (!scene_held(s, &l->truth[told], &why))
		stop_test("%s", why.data);
}

/* The disk of the history, recorded; the truth in l. */
static struct disk *play(const struct scene *s, const struct history *h, struct look *l,
			 unsigned *ret_from)
{
	struct disk *d;

	h->begin(s);
	d = disk_new(s->folder);
	*ret_from = disk_done(d);
	note_truth(s, l, 0);
	for (l->n = 0; l->n < STEPS_MAX && is_step(&h->steps[l->n]); l->n++) {
		record(s, d, &h->steps[l->n]);
		note_truth(s, l, l->n + 1);
	}
	return d;
}

static void expect_no_fault(const struct look *l, const char *name, unsigned states)
{
	printf("# %-32s %5u states, %u with a fault\n", name, states, l->faults);
	fflush(stdout);
}

/* Killed at a call, and another comes after. */
struct killing {
	struct disk *disk;
	unsigned index;
	bool done;
};

static int record_and_kill(const struct call *c, enum moment moment, void *arg)
{
	struct killing *k = arg;

	disk_watch(c, moment, k->disk);
	k->done |= c->index == k->index;
	return c->index == k->index && moment == CALL_HAS_ENDED ? TRACE_KILL : TRACE_GO_ON;
}

static const struct history killed_first = {
	.name = "whoever makes it is killed", .begin = begin_with_nothing,
	.steps = { ADD("c1"), ADD("c2") },
};

static const struct history killed_later = {
	.name = "whoever writes is killed", .begin = begin_with_three,
	.steps = { DEL("c1"), ADD("c4") },
};

/* Returns whether there was such a call. */
static bool cut_after_a_kill(const struct scene *s, const struct history *h, unsigned index,
			     struct look *l, unsigned *states)
{
	struct killing k = { .index = index };
	struct outcome o __cleanup(outcome_done) = {0};

	h->begin(s);
	k.disk = disk_new(s->folder);
	run(s, &h->steps[0], record_and_kill, &k, &o);
	disk_told(k.disk);	/* only so that the count of steps is right: it says nothing */
	record(s, k.disk, &h->steps[1]);
	l->n = 2;
	note_truth(s, l, 2);
	*states += disk_cuts(k.disk, disk_done(k.disk), NO_SYNC_FORGOTTEN, l->scene->folder, look,
			     l);
	disk_free(k.disk);
	return k.done;
}

static unsigned cut_after_kills(const struct scene *s, const struct scene *left,
				const struct history *h, unsigned every)
{
	struct look l = { .scene = left, .history = h };
	unsigned states = 0, index = 0;

	while (cut_after_a_kill(s, h, index, &l, &states))
		index += every;
	expect_no_fault(&l, h->name, states);
	if (index < 50)
		stop_test("too few calls");
	return l.faults;
}

/* Returns the faults of the history, or of a control whether there was one. */
static unsigned cut(const struct scene *s, const struct scene *left, const struct history *h,
		    enum forgotten forgotten)
{
	struct look l = { .scene = left, .history = h, .first_is_enough = forgotten,
			  .quiet = forgotten };
	unsigned states, from;
	struct disk *d = play(s, h, &l, &from);

	states = disk_cuts(d, from, forgotten, left->folder, look, &l);
	disk_free(d);
	if (!forgotten)
		expect_no_fault(&l, h->name, states);
	return l.faults;
}

static void expect_a_fault(const struct scene *s, const struct scene *left,
			   enum forgotten forgotten, const char *what)
{
	if (!cut(s, left, &histories[0], forgotten))
		stop_test("without %s nothing was found: the test sees nothing", what);
	printf("# without %s: a fault is found\n", what);
}

static void make_folder(const char *above, const char *name, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%s", above, name);
	if (mkdir(out, 0700) < 0)
		stop_test("cannot make %s", out);
}

int main(int argc, char **argv)
{
	char used[PATH_MAX], found[PATH_MAX];
	struct scene s, left;
	unsigned faults = 0;

	if (argc != 6 || atoi(argv[5]) < 1)
		stop_test("power_cut PLUGIN CTL FOLDER local EVERY");
	make_folder(argv[3], "used", used);
	make_folder(argv[3], "found", found);
	s = (struct scene){ .plugin = argv[1], .ctl = argv[2], .folder = used };
	left = s;
	left.folder = found;
	for (size_t i = 0; i < ARRAY_LEN(histories); i++)
		faults += cut(&s, &left, &histories[i], NO_SYNC_FORGOTTEN);
	faults += cut_after_kills(&s, &left, &killed_first, (unsigned)atoi(argv[5]));
	faults += cut_after_kills(&s, &left, &killed_later, (unsigned)atoi(argv[5]));
	expect_a_fault(&s, &left, ALL_SYNCS, "syncs");
	expect_a_fault(&s, &left, SYNCS_OF_FILES, "the syncs of files");
	expect_a_fault(&s, &left, SYNCS_OF_FOLDERS, "the syncs of folders");
	return faults ? 1 : 0;
}
