/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever opens the local store while nobody else has it open is stopped at one of its
 * system calls, a second comes and goes as far as it can, and the first is killed; at each
 * call in turn:
 *
 *	first_opener PLUGIN CTL FOLDER
 *
 * Afterwards all that was told before is there, and what the second was told.
 */
#include "tests/kills/scene.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 1000
#define OLD 3			/* containers from before; with DELs, of both parities */
#define PATIENCE 2000		/* looks at the second, a millisecond each */
#define ASLEEP 3		/* looks in a row */

struct trial {
	const struct scene *scene;
	unsigned index;		/* of the call at which the first dies */
	char at[32];		/* its name */
	pid_t second;		/* who runs it; 0: not yet */
	unsigned waited;	/* it was seen to sleep */
};

static void nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* Of whom that process runs, or 0. */
static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &child) != 1)
		child = 0;
	if (f)
		fclose(f);
	return child;
}

static bool sleeps(pid_t pid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	if (f)
		fclose(f);
	return state == 'S';
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/* Until it waits for the first, or has no need to. */
static bool wait_for_second(pid_t pid)
{
	unsigned asleep = 0;

	for (unsigned i = 0; i < PATIENCE && asleep < ASLEEP && !has_ended(pid); i++) {
		pid_t program = child_of(pid);

		asleep = program && sleeps(program) ? asleep + 1 : 0;
		nap();
	}
	return asleep == ASLEEP;
}

static struct scene on_other_node(const struct scene *s)
{
	struct scene other = *s;

	other.node = "node-2";
	return other;
}

static pid_t start_second(const struct scene *s)
{
	struct scene other = on_other_node(s);
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		stop_test("cannot fork");
	if (pid == 0) {
		scene_must(&other, "ADD", "second", NULL);
		_exit(0);
	}
	return pid;
}

static int die_when_second_waits(const struct call *c, enum moment moment, void *arg)
{
	struct trial *t = arg;

	if (c->index != t->index || moment != CALL_BEGINS)
		return TRACE_GO_ON;
	snprintf(t->at, sizeof(t->at), "%s", call_name(c->number));
	t->second = start_second(t->scene);
	t->waited = wait_for_second(t->second);
	return TRACE_KILL;
}

static void expect_told(const struct trial *t)
{
	struct buf why __cleanup(buf_done) = BUF(65536);
	struct held h;

	if (!scene_held(t->scene, &h, &why) || !scene_is_clean(t->scene, &why))
		stop_test("killed before call %u, %s: %s", t->index, t->at, why.data);
	for (unsigned i = 0; i < OLD; i++) {
		char container[16];

		snprintf(container, sizeof(container), "old-%u", i);
		if (held_by(&h, container) != 2)
			stop_test("killed before call %u, %s: %s, told long before, holds %u",
				  t->index, t->at, container, held_by(&h, container));
	}
	if (held_by(&h, "second") != 2)
		stop_test("killed before call %u, %s: the second holds %u addresses", t->index,
			  t->at, held_by(&h, "second"));
}

/* And no note of the killed, which each later request would read: one more with each trial. */
static void clean_up(const struct scene *s)
{
	struct scene other = on_other_node(s);

	scene_must(s, "DEL", "first", NULL);
	scene_must(&other, "DEL", "second", NULL);
	scene_lose_mirror(s);
}

/* False where the first has no such call. */
static bool try_at(struct trial *t)
{
	struct outcome o __cleanup(outcome_done) = {0};
	int status = 0;

	scene_plugin(t->scene, "ADD", "first", NULL, die_when_second_waits, t, &o);
	if (!t->second)
		return false;
	if (waitpid(t->second, &status, 0) < 0 || status)
		stop_test("killed before call %u, %s: the second failed", t->index, t->at);
	expect_told(t);
	clean_up(t->scene);
	return true;
}

int main(int argc, char **argv)
{
	struct scene s = { .node = "node-1" };
	unsigned waited = 0, i = 0;

	if (argc != 4)
		stop_test("first_opener PLUGIN CTL FOLDER");
	s.plugin = argv[1];
	s.ctl = argv[2];
	s.folder = argv[3];
	for (; i < OLD; i++) {
		char container[16];

		snprintf(container, sizeof(container), "old-%u", i);
		scene_must(&s, "ADD", container, NULL);
	}
	for (i = 0; i < CALLS_MAX; i++) {
		struct trial t = { .scene = &s, .index = i };

		if (!try_at(&t))
			break;
		waited += t.waited;
	}
	printf("# the first was killed at %u calls, the second waited for it at %u\n", i, waited);
	if (i < 50 || !waited)
		stop_test("too few calls were met");
	return 0;
}
