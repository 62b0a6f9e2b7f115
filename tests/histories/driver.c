/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes that start and stop containers, and an administrator, all at once:
 *
 *	PLUGIN=… LATE_PLUGIN=… CTL=… driver FOLDER LIMIT_MS SECONDS SEED
 *
 * In FOLDER are node-1.json and so on, the requests of each node without their attachments.
 * The history (history.h) is added to FOLDER/history, what was said on standard error to
 * FOLDER/node-1.log and so on.
 */
#include "tests/histories/driver.h"

#include "base/buf.h"
#include "tests/histories/call.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS 2	/* of a node */
#define HOLDS 6		/* containers of a worker */
#define PATH_LEN 256
#define LIST_LEN 160	/* of a container's addresses */
#define CODE_UNREACHABLE "\"code\": 11,"

struct container {
	char id[32];
	bool lives;	/* else it is to be deleted */
	char addresses[LIST_LEN];
};

struct worker {
	struct node *node;
	unsigned number, started, n;
	uint64_t row;
	struct container containers[HOLDS], dead;	/* the last that was deleted for certain */
};

/* Its runtime collects garbage while it starts and stops nothing. */
struct node {
	char name[16], request[PATH_LEN], log[PATH_LEN];
	pthread_rwlock_t quiet;
	struct worker workers[WORKERS];
};

struct driver driver;
static struct node nodes[NODES];
static int history;

bool time_is_up(void)
{
	return call_now_us() >= driver.until_us;
}

unsigned chance(uint64_t *row, unsigned n)
{
	uint64_t x = *row += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (unsigned)((x ^ (x >> 31)) % n);
}

void nap(uint64_t *row, unsigned ms)
{
	usleep(chance(row, ms) * 1000);
}

/* One write, which does not mix with another's. */
void tell(const char *fmt, ...)
{
	char line[1024];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(line) || write(history, line, (size_t)len) != len)
		abort();
}

/* A CHECK that could look says that something is not as it is to be, or that all is. */
static const char *result_of(const char *verb, const struct outcome *o)
{
	if (o->killed)
		return "killed";
	if (o->status == 0)
		return strstr(o->out, "Could not look") ? "error" : "ok";
	if (o->status != 1 || !strstr(o->out, "\"msg\""))
		return "crashed";
	if (strcmp(verb, "CHECK") == 0 && !strstr(o->out, CODE_UNREACHABLE))
		return "denied";
	return strstr(o->out, "may have gone through") || strstr(o->out, "outcome is unknown") ?
	       "unknown" : "error";
}

/* Of the answer to ADD, parted by commas. */
static void list_addresses(const char *answer, char list[LIST_LEN])
{
	static const char word[] = "\"address\": \"";
	size_t len = 0;

	list[0] = '\0';
	while ((answer = strstr(answer, word))) {
		answer += strlen(word);
		len += (size_t)snprintf(list + len, LIST_LEN - len, "%s%.*s", len ? "," : "",
					(int)strcspn(answer, "\""), answer);
		if (len >= LIST_LEN)
			abort();
	}
}

static void say_call(const struct node *node, const char *verb, const char *id,
		     const struct outcome *o, const char *list)
{
	long long limit_ms = driver.limit_ms + o->waited_ms;

	tell("call %lld %lld %s %s %s %s %lld %s\n", (long long)o->begin_us, (long long)o->end_us,
	     node->name, verb, id, result_of(verb, o), limit_ms, list);
}

/* What a CHECK that succeeds could not see stands in its log alone. */
static void read_log(const char *path, char out[CALL_OUT_MAX])
{
	FILE *f = fopen(path, "re");

	out[f ? fread(out, 1, CALL_OUT_MAX - 1, f) : 0] = '\0';
	if (f)
		fclose(f);
}

static const char *run_plugin(struct node *node, const char *plugin, const char *verb,
			      const char *id, const char *request, int64_t kill_after_ms,
			      char list[LIST_LEN])
{
	char command[32], container[64], log[PATH_LEN];
	bool checks = strcmp(verb, "CHECK") == 0;
	const char *const argv[] = { plugin, NULL };
	const char *const variables[] = {
		command, container, "CNI_IFNAME=eth0", "CNI_NETNS=/run/netns/pod",
		"CNI_PATH=/opt/cni/bin", NULL,
	};
	struct outcome o;

	snprintf(command, sizeof(command), "CNI_COMMAND=%s", verb);
	snprintf(container, sizeof(container), "CNI_CONTAINERID=%s", id);
	snprintf(log, sizeof(log), "%.*s.log", (int)sizeof(log) - 8, request);
	if (checks)
		unlink(log);
	call_run(&(struct call){ .argv = argv, .variables = variables, .input = request,
				 .log = checks ? log : node->log, .limit_ms = driver.limit_ms,
				 .kill_after_ms = kill_after_ms }, &o);
	if (checks && o.status == 0)
		read_log(log, o.out);
	list[0] = '\0';
	if (o.status == 0 && strcmp(verb, "ADD") == 0)
		list_addresses(o.out, list);
	say_call(node, verb, id, &o, list);
	return result_of(verb, &o);
}

/* One in twenty is killed at some time. */
static const char *ask(struct worker *w, const char *verb, const char *id, char list[LIST_LEN])
{
	int64_t kill_after_ms = chance(&w->row, 20) ? 0 : 1 + chance(&w->row, 100);

	return run_plugin(w->node, driver.plugin, verb, id, w->node->request, kill_after_ms,
			  list);
}

static void drop(struct worker *w, struct container *c)
{
	*c = w->containers[--w->n];
}

/* A container whose ADD says that nothing was changed is deleted or not. */
static void start_one(struct worker *w)
{
	struct container *c = &w->containers[w->n++];
	const char *result;

	snprintf(c->id, sizeof(c->id), "%sw%uc%u", w->node->name, w->number, ++w->started);
	c->lives = false;
	result = ask(w, "ADD", c->id, c->addresses);
	c->lives = strcmp(result, "ok") == 0;
	if (strcmp(result, "error") == 0 && chance(&w->row, 2))
		drop(w, c);
}

static void stop(struct worker *w, struct container *c)
{
	char none[LIST_LEN];

	c->lives = false;
	if (strcmp(ask(w, "DEL", c->id, none), "ok") != 0)
		return;
	w->dead = *c;
	drop(w, c);
}

static void forget(struct worker *w, struct container *c)
{
	tell("gone %lld %s %s\n", (long long)call_now_us(), w->node->name, c->id);
	drop(w, c);
}

static void repeat(struct worker *w, struct container *c)
{
	char again[LIST_LEN];

	ask(w, "ADD", c->id, again);
}

/* The node's request with more keys. */
static void write_request(const struct node *node, const char *path, const struct buf *more)
{
	struct buf text __cleanup(buf_done) = BUF(65536);
	FILE *from = fopen(node->request, "r"), *to = fopen(path, "w");
	int c;

	if (!from || !to || more->failed)
		abort();
	while ((c = fgetc(from)) != EOF)
		buf_putc(&text, (char)c);
	fprintf(to, "%.*s%s}\n", (int)(strrchr(text.data, '}') - text.data), text.data, more->data);
	fclose(from);
	if (fclose(to) != 0)
		abort();
}

/* The living must be seen, and the dead not. */
static void look_at(struct worker *w, const struct container *c)
{
	struct buf more __cleanup(buf_done) = BUF(65536);
	char path[PATH_LEN], none[LIST_LEN];
	int first = (int)strcspn(c->addresses, ",");

	if (!c->addresses[0] || !c->addresses[first])
		return;
	buf_printf(&more, ", \"prevResult\": {\"cniVersion\": \"1.1.0\", \"ips\": ["
		   "{\"address\": \"%.*s\"}, {\"address\": \"%s\"}]}", first, c->addresses,
		   c->addresses + first + 1);
	snprintf(path, sizeof(path), "%s/check-%sw%u.json", driver.folder, w->node->name,
		 w->number);
	write_request(w->node, path, &more);
	run_plugin(w->node, driver.plugin, "CHECK", c->id, path, 0, none);
}

static struct container *any_that(struct worker *w, bool lives)
{
	unsigned first = chance(&w->row, HOLDS);

	for (unsigned i = 0; i < w->n; i++)
		if (w->containers[(first + i) % w->n].lives == lives)
			return &w->containers[(first + i) % w->n];
	return NULL;
}

static void act(struct worker *w)
{
	struct container *living = any_that(w, true), *dying = any_that(w, false);
	unsigned dice = chance(&w->row, 100);

	pthread_rwlock_rdlock(&w->node->quiet);
	if (living && dice < 6)
		repeat(w, living);
	else if (living && dice < 9)
		forget(w, living);
	else if (dice < 20)
		look_at(w, living && dice < 15 ? living : &w->dead);
	else if (dying && dice < 50)
		stop(w, dying);
	else if (w->n < HOLDS && (dice < 75 || !living))
		start_one(w);
	else if (living)
		stop(w, living);
	pthread_rwlock_unlock(&w->node->quiet);
}

static void list_living(const struct node *node, struct buf *more)
{
	const char *comma = "";

	buf_puts(more, ", \"cni.dev/valid-attachments\": [");
	for (unsigned w = 0; w < WORKERS; w++)
		for (unsigned i = 0; i < node->workers[w].n; i++) {
			if (!node->workers[w].containers[i].lives)
				continue;
			buf_printf(more, "%s{\"containerID\": \"%s\", \"ifname\": \"eth0\"}", comma,
				   node->workers[w].containers[i].id);
			comma = ", ";
		}
	buf_putc(more, ']');
}

static void collect_garbage(struct node *node)
{
	struct buf more __cleanup(buf_done) = BUF(65536);
	char path[PATH_LEN], none[LIST_LEN];

	snprintf(path, sizeof(path), "%s/gc-%s.json", driver.folder, node->name);
	pthread_rwlock_wrlock(&node->quiet);
	list_living(node, &more);
	write_request(node, path, &more);
	run_plugin(node, driver.late_plugin, "GC", "-", path, 0, none);
	pthread_rwlock_unlock(&node->quiet);
}

static void *work(void *worker)
{
	struct worker *w = worker;

	while (!time_is_up()) {
		act(w);
		if (w->number == 1 && chance(&w->row, 20) == 0)
			collect_garbage(w->node);
		nap(&w->row, 60);
	}
	return NULL;
}

static void init_node(struct node *node, unsigned number)
{
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&node->quiet, &attributes);
	snprintf(node->name, sizeof(node->name), "n%u", number);
	snprintf(node->request, sizeof(node->request), "%s/node-%u.json", driver.folder, number);
	snprintf(node->log, sizeof(node->log), "%s/node-%u.log", driver.folder, number);
	for (unsigned i = 0; i < WORKERS; i++)
		node->workers[i] = (struct worker){ .node = node, .number = i + 1,
						    .row = driver.seed * 1000 + number * 10 + i };
}

static void work_all(void)
{
	pthread_t workers[NODES * WORKERS], administrator;

	for (unsigned i = 0; i < NODES; i++)
		init_node(&nodes[i], i + 1);
	for (unsigned i = 0; i < NODES * WORKERS; i++)
		pthread_create(&workers[i], NULL, work, &nodes[i / WORKERS].workers[i % WORKERS]);
	pthread_create(&administrator, NULL, administrate, NULL);
	for (unsigned i = 0; i < NODES * WORKERS; i++)
		pthread_join(workers[i], NULL);
	pthread_join(administrator, NULL);
}

int main(int argc, char **argv)
{
	char path[PATH_LEN];

	if (argc != 5)
		return fprintf(stderr, "usage: driver FOLDER LIMIT_MS SECONDS SEED\n"), 2;
	driver = (struct driver){ .folder = argv[1], .plugin = getenv("PLUGIN"),
				  .late_plugin = getenv("LATE_PLUGIN"), .ctl = getenv("CTL"),
				  .limit_ms = atoll(argv[2]), .seed = strtoull(argv[4], NULL, 10),
				  .until_us = call_now_us() + atoll(argv[3]) * 1000000 };
	snprintf(path, sizeof(path), "%s/history", driver.folder);
	history = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (history < 0)
		return perror(path), 1;
	work_all();
	return 0;
}
