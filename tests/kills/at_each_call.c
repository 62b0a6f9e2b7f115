/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each system call of a verb or command is a point at which it is killed, before and
 * after the call, and at which the call fails, with each of five errors:
 *
 *	at_each_call PLUGIN CTL FOLDER local|URL EVERY
 *
 * With two more, built to fail (short_of_memory.c), it is each allocation that fails,
 * alone or with all that follow:
 *
 *	at_each_call PLUGIN CTL FOLDER local|URL EVERY SHORT_PLUGIN SHORT_CTL
 *
 * EVERY: only each so many-th point is tried, the same ones each time.  What must hold
 * afterwards, whatever became of it, is in judge() and what it calls.
 */
#include "tests/kills/point.h"
#include "tests/kills/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OTHER_IS_VALID \
	"\"cni.dev/valid-attachments\":[{\"containerID\":\"other\",\"ifname\":\"eth0\"}],"

struct trial {
	const struct scene *scene;
	const struct job *job;
	struct point point;
	char text[128];		/* what happened */
	struct outcome outcome;
	struct held held;	/* right afterwards */
	struct buf why;		/* something is wrong */
};

struct job {
	const char *name;
	const char *verb, *container;	/* of the plugin; else: */
	const char *args[8];		/* of calico-ipamctl; FOLDER stands for the folder */
	void (*begin)(const struct scene *s);	/* makes what it starts from, once */
	bool (*is_done)(struct trial *t);	/* its effect is there, all of it */
	void (*settle)(struct trial *t);	/* does it again, and looks at what there is */
	bool from_nothing;			/* the store is not there */
	bool cold;				/* the mirror is not there */
	bool enters;				/* the container's network namespace */
};

static struct view kept;	/* what each trial of the job starts from */
static struct held before;
static char prev_result[256];	/* what CHECK is asked about, a key with a comma */
static unsigned found, late_commits;
static const char *short_plugin, *short_ctl;	/* whose allocations fail */

static void wrong(struct trial *t, const char *fmt, ...) __printf_like(2, 3);
static void wrong(struct trial *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&t->why, fmt, args);
	buf_puts(&t->why, "; ");
	va_end(args);
}

/* Running */

static void fill_in(const struct scene *s, const struct job *j, const char *args[9],
		    char path[4096])
{
	int i = 0;

	for (; j->args[i]; i++) {
		args[i] = j->args[i];
		if (strncmp(args[i], "FOLDER", 6) == 0) {
			snprintf(path, 4096, "%s%s", s->folder, args[i] + 6);
			args[i] = path;
		}
	}
	args[i] = NULL;
}

/* What a verb is given beside the usual keys. */
static const char *more_for(const char *verb)
{
	return strcmp(verb, "GC") == 0 ? OTHER_IS_VALID :
	       strcmp(verb, "CHECK") == 0 ? prev_result : NULL;
}

static void run(const struct scene *s, const struct job *j, call_watcher *watch, void *arg,
		struct outcome *ret)
{
	const char *args[9];
	char path[4096];

	if (j->verb) {
		scene_plugin(s, j->verb, j->container, more_for(j->verb), watch, arg, ret);
		return;
	}
	fill_in(s, j, args, path);
	scene_ctl(s, args, watch, arg, ret);
}

static bool succeeded(const struct job *j, const struct outcome *o)
{
	return j->verb ? !o->signal && !o->status : scene_ctl_succeeded(j->args, o);
}

static void run_again(struct trial *t)
{
	struct outcome o __cleanup(outcome_done) = {0};

	run(t->scene, t->job, NULL, NULL, &o);
	if (!succeeded(t->job, &o))
		wrong(t, "again: status %d, %s%s", o.status, o.out.data, o.said.data);
}

static void plugin_again(struct trial *t, const char *verb, const char *container)
{
	struct outcome o __cleanup(outcome_done) = {0};

	scene_plugin(t->scene, verb, container, more_for(verb), NULL, NULL, &o);
	if (o.status || o.signal)
		wrong(t, "%s %s: status %d, %s%s", verb, container, o.status, o.out.data,
		      o.said.data);
}

/* What must hold */

static void look(struct trial *t, struct held *h)
{
	if (!scene_held(t->scene, h, &t->why))
		return;
	if (held_twice(h))
		wrong(t, "%s is held twice", held_twice(h));
	for (unsigned i = 0; i < before.n; i++)
		if (strcmp(before.list[i].container, "other") == 0 &&
		    !held_is(h, "other", before.list[i].address))
			wrong(t, "other lost %s", before.list[i].address);
}

static void whole_or_not_at_all(struct trial *t, const struct held *h, const char *container)
{
	unsigned n = held_by(h, container);

	if (n != 0 && n != 2)
		wrong(t, "%s holds %u addresses", container, n);
}

static void next_add_works(struct trial *t)
{
	struct held h;

	plugin_again(t, "ADD", "next");
	look(t, &h);
	if (held_by(&h, "next") != 2)
		wrong(t, "next holds %u addresses", held_by(&h, "next"));
	if (scene_half_written(t->scene))
		wrong(t, "%s is left", scene_half_written(t->scene));
	scene_is_clean(t->scene, &t->why);
}

/* A commit that was on its way when its sender was killed may come after DEL: GC mends. */
static void released(struct trial *t)
{
	struct held h;

	look(t, &h);
	if (held_by(&h, "c1") && t->outcome.killed && t->scene->endpoint) {
		late_commits++;
		scene_age(t->scene);
		plugin_again(t, "GC", "");
		look(t, &h);
	}
	if (h.n != 2)
		wrong(t, "%u addresses are held, not 2", h.n);
}

static void settle_by_del(struct trial *t)
{
	whole_or_not_at_all(t, &t->held, "c1");
	plugin_again(t, "DEL", "c1");
	plugin_again(t, "DEL", "c1");
	if (t->job->from_nothing)
		plugin_again(t, "ADD", "other");
	released(t);
	next_add_works(t);
}

static void settle_by_gc(struct trial *t)
{
	/* It goes on after an error, block by block. */
	if (!short_plugin) {
		whole_or_not_at_all(t, &t->held, "c1");
		whole_or_not_at_all(t, &t->held, "c2");
	}
	run_again(t);
	released(t);
	next_add_works(t);
}

static void is_wholly_there(struct trial *t, const struct view *wanted)
{
	struct view now __cleanup(view_done) = {0};

	scene_read(t->scene, &now);
	if (!view_equals(&now, wanted))
		wrong(t, "the store is not as it was wanted");
}

static bool has_pool(const struct view *v, const char *name)
{
	char key[256];

	snprintf(key, sizeof(key), "/calico/resources/v3/projectcalico.org/ippools/%s", name);
	return view_peek(v, key);
}

static bool is_split(struct trial *t)
{
	struct view now __cleanup(view_done) = {0};
	bool old, first, second;

	scene_read(t->scene, &now);
	old = has_pool(&now, "four");
	first = has_pool(&now, "four-0");
	second = has_pool(&now, "four-1");
	if (old == first || first != second)
		wrong(t, "half a split");
	return !old;
}

static void settle_by_split(struct trial *t)
{
	struct held h;

	if (!is_split(t))
		run_again(t);
	if (!is_split(t))
		wrong(t, "is not split");
	look(t, &h);
	if (h.n != before.n)
		wrong(t, "%u addresses are held, not %u", h.n, before.n);
	scene_is_clean(t->scene, &t->why);
}

static bool holds_two(struct trial *t)
{
	struct told told;

	outcome_addresses(&t->outcome, &told);
	for (unsigned i = 0; i < told.n; i++)
		if (!held_is(&t->held, t->job->container, told.address[i]))
			wrong(t, "%s was given and is not held", told.address[i]);
	return told.n == 2 && held_by(&t->held, t->job->container) == 2;
}

static bool holds_nothing(struct trial *t)
{
	return !held_by(&t->held, "c1");
}

/* It looks, and what it found holds for the moment that it looked. */
static bool is_looked_at(struct trial *t)
{
	return held_by(&t->held, "c1") == 2;
}

static void settle_by_check(struct trial *t)
{
	is_wholly_there(t, &kept);
	run_again(t);
	settle_by_del(t);
}

static bool stale_are_gone(struct trial *t)
{
	return t->held.n == 2;
}

static struct view archived;

static bool is_imported(struct trial *t)
{
	struct view now __cleanup(view_done) = {0};

	scene_read(t->scene, &now);
	return view_equals(&now, &archived);
}

static void settle_by_import(struct trial *t)
{
	run_again(t);
	is_wholly_there(t, &archived);
	scene_is_clean(t->scene, &t->why);
}

static bool is_mended(struct trial *t)
{
	return scene_is_clean(t->scene, &t->why);
}

static void settle_by_mend(struct trial *t)
{
	struct held h;

	run_again(t);
	scene_is_clean(t->scene, &t->why);
	look(t, &h);
	if (h.n != before.n)
		wrong(t, "%u addresses are held, not %u", h.n, before.n);
	next_add_works(t);
}

/* Where the jobs start from */

static void begin_cluster(const struct scene *s)
{
	scene_empty(s);
	if (s->endpoint) {
		scene_ctl_must(s, CTL("node", "create", "node-1"));
		scene_ctl_must(s, CTL("pool", "create", "four", "--cidr", "10.9.0.0/24"));
		scene_ctl_must(s, CTL("pool", "create", "six", "--cidr", "fd09::/120"));
	}
	scene_must(s, "ADD", "other", NULL);
}

static void begin_with_one(const struct scene *s)
{
	begin_cluster(s);
	scene_must(s, "ADD", "c1", NULL);
}

static void begin_to_check(const struct scene *s)
{
	struct buf why __cleanup(buf_done) = BUF(4096);
	struct buf ips __cleanup(buf_done) = BUF(sizeof(prev_result));
	struct held h;

	begin_with_one(s);
	if (!scene_held(s, &h, &why) || held_by(&h, "c1") != 2)
		stop_test("c1 does not hold two addresses: %s", why.data);
	for (unsigned i = 0; i < h.n; i++)
		if (strcmp(h.list[i].container, "c1") == 0)
			buf_printf(&ips, "%s{\"address\":\"%s/%u\"}", ips.len ? "," : "",
				   h.list[i].address, strchr(h.list[i].address, ':') ? 122 : 26);
	snprintf(prev_result, sizeof(prev_result), "\"prevResult\":{\"cniVersion\":\"1.1.0\","
		 "\"ips\":[%s]},", ips.data);
}

static void begin_with_two(const struct scene *s)
{
	begin_with_one(s);
	scene_must(s, "ADD", "c2", NULL);
	scene_age(s);
}

/* A pool by its name, on either store. */
static void begin_to_split(const struct scene *s)
{
	scene_empty(s);
	scene_ctl_must(s, CTL("node", "create", "node-1"));
	scene_ctl_must(s, CTL("pool", "create", "four", "--cidr", "10.9.0.0/24"));
	scene_ctl_must(s, CTL("pool", "create", "six", "--cidr", "fd09::/120"));
	scene_must(s, "ADD", "other", NULL);
}

static void begin_to_import(const struct scene *s)
{
	char path[4096];

	begin_with_two(s);
	snprintf(path, sizeof(path), "%s/archive", s->folder);
	scene_ctl_must(s, CTL("export", path));
	scene_keep(s, &archived);
	scene_empty(s);
}

/* Each handle counts wrong, and each affinity is gone. */
static void begin_to_mend(const struct scene *s)
{
	struct view v __cleanup(view_done) = {0};
	struct view faulty __cleanup(view_done) = {0};

	begin_with_one(s);
	scene_keep(s, &v);
	for (size_t i = 0; i < v.n_records; i++) {
		const struct record *r = &v.records[i];
		char *one = strstr(unconst(r->value), "\":1");

		if (strstr(r->key, "/ipam/v2/host/"))
			continue;
		if (strstr(r->key, "/handle/") && one)
			one[2] = '7';
		view_put(&faulty, r->key, r->value, r->value_len, r->revision);
	}
	scene_restore(s, &faulty);
}

static const struct job jobs[] = {
	{ .name = "ADD", .verb = "ADD", .container = "c1", .begin = begin_cluster,
	  .is_done = holds_two, .settle = settle_by_del, .enters = true },
	{ .name = "ADD-cold", .verb = "ADD", .container = "c1", .begin = begin_cluster,
	  .is_done = holds_two, .settle = settle_by_del, .cold = true,
	  .enters = true },
	{ .name = "ADD-first", .verb = "ADD", .container = "c1", .begin = begin_cluster,
	  .is_done = holds_two, .settle = settle_by_del, .from_nothing = true,
	  .enters = true },
	{ .name = "CHECK", .verb = "CHECK", .container = "c1", .begin = begin_to_check,
	  .is_done = is_looked_at, .settle = settle_by_check },
	{ .name = "DEL", .verb = "DEL", .container = "c1", .begin = begin_with_one,
	  .is_done = holds_nothing, .settle = settle_by_del },
	{ .name = "GC", .verb = "GC", .container = "", .begin = begin_with_two,
	  .is_done = stale_are_gone, .settle = settle_by_gc },
	{ .name = "split", .args = { "pool", "split", "four", "--into", "25", "--yes" },
	  .begin = begin_to_split, .is_done = is_split, .settle = settle_by_split },
	{ .name = "import", .args = { "import", "FOLDER/archive" }, .begin = begin_to_import,
	  .is_done = is_imported, .settle = settle_by_import, .from_nothing = true },
	{ .name = "mend", .args = { "check", "--mend", "--yes" },
	  .begin = begin_to_mend, .is_done = is_mended, .settle = settle_by_mend },
};

/* Judging */

/* Nobody knows in whose network it would do it. */
static void expect_nothing_done(struct trial *t)
{
	if (!t->outcome.status || !strstr(t->outcome.out.data, "cannot come back"))
		wrong(t, "status %d, and stdout is \"%s\"", t->outcome.status, t->outcome.out.data);
	if (t->job->from_nothing && t->held.n)
		wrong(t, "%u addresses are held", t->held.n);
	if (!t->job->from_nothing)
		is_wholly_there(t, &kept);
}

static void judge_outcome(struct trial *t)
{
	struct outcome *o = &t->outcome;

	if (o->late)
		wrong(t, "it does not end");
	if (o->killed)
		return;
	if (o->signal) {
		wrong(t, "signal %d", o->signal);
		return;
	}
	if (succeeded(t->job, o) && !t->job->is_done(t))
		wrong(t, "status 0, and it is not done");
	if (t->point.comes_back && t->point.way >= POINT_FAILS)
		expect_nothing_done(t);
	if (o->status && t->job->verb && !point_writes_to(&t->point, 1) &&
	    !outcome_is_an_error(o))
		wrong(t, "status %d, and stdout is \"%s\"", o->status, o->out.data);
	if (o->status && !t->job->verb && !o->said.len && !o->out.len &&
	    !point_writes_to(&t->point, 2))
		wrong(t, "status %d without a word", o->status);
}

static void judge(struct trial *t)
{
	if (scene_held(t->scene, &t->held, &t->why))
		judge_outcome(t);
	t->job->settle(t);
	if (!t->why.len)
		return;
	found++;
	printf("FAILED: %s, %s: %s\n", t->job->name, t->text, t->why.data);
}

/* To what the job starts from. */
static void go_back(const struct scene *s, const struct job *j)
{
	if (j->from_nothing)
		scene_empty(s);
	else
		scene_restore(s, &kept);
	if (j->cold)
		scene_lose_mirror(s);
}

/* Returns whether there was such a call. */
static bool try_point(const struct scene *s, const struct job *j, struct point point)
{
	struct trial t = { .scene = s, .job = j, .point = point, .why = BUF(4096) };

	go_back(s, j);
	run(s, j, point_watch, &t.point, &t.outcome);
	point_tell(&t.point, t.text, sizeof(t.text));
	if (t.point.met)
		judge(&t);
	outcome_done(&t.outcome);
	buf_done(&t.why);
	return t.point.met;
}

static int never(const struct call *c __unused_arg, enum moment m __unused_arg,
		 void *arg __unused_arg)
{
	return TRACE_GO_ON;
}

static unsigned count_calls(const struct scene *s, const struct job *j)
{
	struct outcome o __cleanup(outcome_done) = {0};

	if (j->from_nothing)
		scene_empty(s);
	run(s, j, never, NULL, &o);
	if (!succeeded(j, &o))
		stop_test("%s: status %d, %s%s", j->name, o.status, o.out.data, o.said.data);
	return o.calls;
}

/* Runs the job with executables whose n-th allocation fails.  Returns how many there were. */
static unsigned long run_short(const struct scene *s, const struct job *j, unsigned long n,
			       bool all_that_follow, struct outcome *ret)
{
	struct scene poor = *s;
	char wish[64], path[4096], file[4096 + 16];
	unsigned long count = 0;
	FILE *told;

	snprintf(path, sizeof(path), "%s/allocations", s->folder);
	snprintf(file, sizeof(file), "ALLOCATIONS=%s", path);
	snprintf(wish, sizeof(wish), "SHORT_OF_MEMORY=%lu%s", n, all_that_follow ? "+" : "");
	poor.plugin = short_plugin;
	poor.ctl = short_ctl;
	poor.also[0] = wish;
	poor.also[1] = file;
	go_back(s, j);
	unlink(path);
	run(&poor, j, NULL, NULL, ret);
	told = fopen(path, "re");
	if (told && fscanf(told, "%lu", &count) != 1)
		count = 0;
	if (told)
		fclose(told);
	return count;
}

static bool try_allocation(const struct scene *s, const struct job *j, unsigned long n, bool all)
{
	struct trial t = { .scene = s, .job = j, .why = BUF(4096) };
	bool met = run_short(s, j, n, all, &t.outcome) >= n || t.outcome.signal;

	snprintf(t.text, sizeof(t.text), "allocation %lu%s fails", n,
		 all ? " and all that follow" : "");
	if (met)
		judge(&t);
	outcome_done(&t.outcome);
	buf_done(&t.why);
	return met;
}

static void try_allocations(const struct scene *s, const struct job *j, unsigned every)
{
	struct outcome o __cleanup(outcome_done) = {0};
	unsigned tried = 0, before_found = found;
	unsigned long n, count = run_short(s, j, 0, false, &o);

	if (!succeeded(j, &o) || count < 10)
		stop_test("%s: status %d, %lu allocations, %s", j->name, o.status, count,
			  o.said.data);
	for (n = 1; n <= count; n++)
		for (unsigned all = 0; all < 2; all++)
			if ((2 * n + all) % every == 0)
				tried += try_allocation(s, j, n, all);
	printf("# %-10s %4lu allocations, %5u points, %u with a fault\n", j->name, count, tried,
	       found - before_found);
	fflush(stdout);
}

/* All of them, however few points are tried else: there and back. */
static unsigned try_namespace(const struct scene *s, const struct job *j)
{
	for (unsigned p = 0; p < 2 * POINT_WAYS; p++)
		if (!try_point(s, j, (struct point){ .row = CALLS_OF_SETNS, .index = p / POINT_WAYS,
						     .way = p % POINT_WAYS }))
			stop_test("%s: the container's network namespace is not entered", j->name);
	return 2 * POINT_WAYS;
}

static unsigned try_calls(const struct scene *s, const struct job *j, unsigned calls,
			  unsigned every)
{
	unsigned tried = 0;

	/* A few more than were counted: a longer way may have been taken. */
	for (unsigned p = 0; p < (calls + 20) * POINT_WAYS; p += every)
		tried += try_point(s, j, (struct point){ .index = p / POINT_WAYS,
							 .way = p % POINT_WAYS });
	if (tried < calls * POINT_WAYS / every / 2)
		stop_test("%s: too few points were met", j->name);
	return tried;
}

static void try_job(const struct scene *s, const struct job *j, unsigned every)
{
	unsigned tried, before_found = found, calls;
	struct buf why __cleanup(buf_done) = BUF(4096);

	j->begin(s);
	scene_keep(s, &kept);
	if (!scene_held(s, &before, &why))
		stop_test("%s", why.data);
	if (j->from_nothing)
		before.n = 0;
	if (short_ctl) {
		try_allocations(s, j, every);
		return;
	}
	calls = count_calls(s, j);
	tried = try_calls(s, j, calls, every) + (j->enters ? try_namespace(s, j) : 0);
	printf("# %-10s %4u calls, %5u points, %u with a fault\n", j->name, calls, tried,
	       found - before_found);
	fflush(stdout);
}

static bool is_wanted(const struct scene *s, const struct job *j)
{
	const char *only = getenv("KILLS_JOB");

	if (only && strcmp(only, j->name) != 0)
		return false;
	return s->endpoint ? !j->verb || !j->from_nothing : !j->cold;
}

int main(int argc, char **argv)
{
	struct scene s = { .mirror = true };

	if (argc < 6 || atoi(argv[5]) < 1)
		stop_test("at_each_call PLUGIN CTL FOLDER local|URL EVERY "
			  "[SHORT_PLUGIN SHORT_CTL]");
	if (argc == 8) {
		short_plugin = argv[6];
		short_ctl = argv[7];
	}
	s.plugin = argv[1];
	s.ctl = argv[2];
	s.folder = argv[3];
	s.endpoint = strcmp(argv[4], "local") == 0 ? NULL : argv[4];
	view_init(&kept);
	view_init(&archived);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		if (is_wanted(&s, &jobs[i]))
			try_job(&s, &jobs[i], (unsigned)atoi(argv[5]));
	printf("# %u commits came after their sender's death and DEL, and GC found them\n",
	       late_commits);
	view_done(&kept);
	view_done(&archived);
	return found ? 1 : 0;
}
