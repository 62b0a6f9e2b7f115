/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hundred containers at once on so many nodes, most of them killed at a system call that is
 * drawn by lot, the same each time:
 *
 *	many_at_once PLUGIN CTL FOLDER STORE ROUNDS NODES
 *
 * STORE is "local", etcd's URL, "URL FOLDER" with the certificates there, or a folder of two
 * kubeconfigs of a cluster that has nodes and pools: calico-kubeconfig, admin.kubeconfig.
 * On ten nodes they compete for the store; on one, whoever has the host's turn carries out
 * all who wait, and is killed with what it has taken.  In a round the ADDs are killed, ADDs
 * beside DELs, and the DELs of as many more.
 */
#include "tests/kills/scene.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTAINERS 200
#define CALLS 300	/* more than an ADD has, */
#define CALLS_TLS 1600	/* with TLS */

enum fate { SUCCEEDED, DIED, FAILED };

struct lot {
	unsigned index;		/* of the call */
	enum moment moment;
};

static unsigned nodes, deaths, late_commits;

static int die(const struct call *c, enum moment moment, void *arg)
{
	const struct lot *lot = arg;

	return c->index == lot->index && moment == lot->moment ? TRACE_KILL : TRACE_GO_ON;
}

static struct lot draw(const struct scene *s)
{
	unsigned calls = s->tls || s->kubeconfig ? CALLS_TLS : CALLS;
	struct lot lot = { (unsigned)rand() % calls, rand() % 2 ? CALL_BEGINS : CALL_HAS_ENDED };

	return lot;
}

static enum fate run(struct scene s, const char *verb, unsigned i, const struct lot *lot)
{
	struct outcome o __cleanup(outcome_done) = {0};
	char container[16], node[16];
	struct lot mine = lot ? *lot : (struct lot){0};

	snprintf(container, sizeof(container), "c%u", i);
	snprintf(node, sizeof(node), "node-%u", i % nodes);
	s.node = node;
	scene_plugin(&s, verb, container, NULL, lot ? die : NULL, &mine, &o);
	if (o.killed)
		return DIED;
	if (!o.status && !o.signal)
		return SUCCEEDED;
	fprintf(stderr, "%s %s: status %d, signal %d, %s%s\n", verb, container, o.status, o.signal,
		o.out.data, o.said.data);
	return FAILED;
}

/*
 * Everyone at once; a lot for each, or none.  The verb of those with odd numbers may be another.
 */
static void run_all(const struct scene *s, const char *even, const char *odd,
		    const struct lot *lots, enum fate ret[CONTAINERS])
{
	pid_t pids[CONTAINERS];
	int status = 0;

	fflush(NULL);
	for (unsigned i = 0; i < CONTAINERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit((int)run(*s, i % 2 ? odd : even, i, lots ? &lots[i] : NULL));
	}
	for (unsigned i = 0; i < CONTAINERS; i++) {
		if (pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || !WIFEXITED(status))
			stop_test("c%u could not be run", i);
		ret[i] = (enum fate)WEXITSTATUS(status);
		if (ret[i] == FAILED)
			stop_test("%s of c%u failed", i % 2 ? odd : even, i);
		deaths += ret[i] == DIED;
	}
}

/* Where each record is a write of its own, whoever dies between two leaves what can be mended. */
static void look(const struct scene *s, struct held *ret)
{
	struct buf why __cleanup(buf_done) = BUF(65536);

	if (s->kubeconfig)
		scene_ctl_must(s, CTL("check", "--mend", "--yes"));
	if (!scene_held(s, ret, &why) || !scene_is_clean(s, &why))
		stop_test("%s", why.data);
	if (held_twice(ret))
		stop_test("%s is held twice", held_twice(ret));
}

static bool is_remote(const struct scene *s)
{
	return s->endpoint || s->kubeconfig;
}

/* Each of whose ADD was told holds both; who died, both or none, or one where each is a write. */
static void expect_adds(const struct scene *s, const enum fate fates[CONTAINERS], unsigned step)
{
	struct held h;

	look(s, &h);
	for (unsigned i = 0; i < CONTAINERS; i += step) {
		char container[16];
		unsigned n;

		snprintf(container, sizeof(container), "c%u", i);
		n = held_by(&h, container);
		if (n != 2 && ((n == 1 && !s->kubeconfig) || n > 2 || fates[i] == SUCCEEDED))
			stop_test("%s holds %u addresses", container, n);
	}
}

/* What was on its way to etcd when its sender was killed, GC finds. */
static void collect(struct scene s)
{
	char node[16];

	scene_age(&s);
	s.node = node;
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "node-%u", i);
		scene_must(&s, "GC", "", "\"cni.dev/valid-attachments\":[],");
	}
}

static void expect_nothing(const struct scene *s)
{
	struct held h;

	look(s, &h);
	if (!h.n)
		return;
	if (!is_remote(s))
		stop_test("%s still holds %s", h.list[0].container, h.list[0].address);
	late_commits += h.n / 2;
	collect(*s);
	look(s, &h);
	if (h.n)
		stop_test("%s still holds %s", h.list[0].container, h.list[0].address);
}

static void run_with_lots(const struct scene *s, const char *even, const char *odd,
			  enum fate ret[CONTAINERS])
{
	struct lot lots[CONTAINERS];

	for (unsigned i = 0; i < CONTAINERS; i++)
		lots[i] = draw(s);
	run_all(s, even, odd, lots, ret);
}

static void play(const struct scene *s)
{
	enum fate fates[CONTAINERS];

	run_with_lots(s, "ADD", "ADD", fates);
	expect_adds(s, fates, 1);
	run_with_lots(s, "ADD", "DEL", fates);
	expect_adds(s, fates, 2);
	run_all(s, "DEL", "DEL", NULL, fates);
	expect_nothing(s);
	run_all(s, "ADD", "ADD", NULL, fates);
	expect_adds(s, fates, 1);
	run_with_lots(s, "DEL", "DEL", fates);
	run_all(s, "DEL", "DEL", NULL, fates);
	expect_nothing(s);
}

static void begin(const struct scene *s)
{
	char node[16];

	scene_empty(s);
	if (!s->endpoint)
		return;
	scene_ctl_must(s, CTL("pool", "create", "four", "--cidr", "10.9.0.0/24"));
	scene_ctl_must(s, CTL("pool", "create", "six", "--cidr", "fd09::/120"));
	for (unsigned i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "node-%u", i);
		scene_ctl_must(s, CTL("node", "create", node));
	}
}

static void set_store(struct scene *s, char *store)
{
	static char plugin[PATH_MAX], admin[PATH_MAX];
	char *folder = strchr(store, ' ');

	if (strcmp(store, "local") == 0)
		return;
	if (*store != '/') {
		if (folder)
			*folder++ = '\0';
		s->endpoint = store;
		s->tls = folder;
		return;
	}
	snprintf(plugin, sizeof(plugin), "%s/calico-kubeconfig", store);
	snprintf(admin, sizeof(admin), "%s/admin.kubeconfig", store);
	s->kubeconfig = plugin;
	s->admin_kubeconfig = admin;
}

int main(int argc, char **argv)
{
	struct scene s = { .mirror = true, .patience_s = 60 };
	int rounds = argc == 7 ? atoi(argv[5]) : 0;

	nodes = argc == 7 ? (unsigned)atoi(argv[6]) : 0;
	if (rounds < 1 || !nodes)
		stop_test("many_at_once PLUGIN CTL FOLDER STORE ROUNDS NODES");
	s.plugin = argv[1];
	s.ctl = argv[2];
	s.folder = argv[3];
	set_store(&s, argv[4]);
	srand(1);
	begin(&s);
	for (int i = 0; i < rounds; i++)
		play(&s);
	printf("# %d rounds, %u were killed, %u commits came after their sender's death and DEL\n",
	       rounds, deaths, late_commits);
	if (deaths < (unsigned)rounds * CONTAINERS / 2)
		stop_test("too few were killed");
	return 0;
}
