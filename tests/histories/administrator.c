/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/histories/call.h"
#include "tests/histories/driver.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_MS 60000	/* of calico-ipamctl, for a call */
#define STATUS_MAX 6	/* of those that its manual tells of any command, */
#define NOT_JUDGED 7	/* and of a check that could not tell which addresses are leaked */
#define WORDS_MAX 12

/* Where pools come and go; the pools that stay are elsewhere. */
static const struct spot {
	const char *name4, *cidr4, *name6, *cidr6;
} spots[] = {
	{ "x4", "10.91.0.0/26", "x6", "fd91::/122" },
	{ "y4", "10.92.0.0/26", "y6", "fd92::/122" },
};

static uint64_t row;

static const char *result_of(const char *command, const struct outcome *o)
{
	if (o->status == 0 || (o->status == NOT_JUDGED && strcmp(command, "check") == 0))
		return "ok";
	return o->status > STATUS_MAX || o->status == 2 ? "crashed" : "error";
}

static void command_of(const char *const *words)
{
	const char *argv[WORDS_MAX + 2] = { driver.ctl };
	char log[256];
	struct outcome o;

	if (time_is_up())
		return;
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[i + 1] = words[i];
	snprintf(log, sizeof(log), "%s/administrator.log", driver.folder);
	call_run(&(struct call){ .argv = argv, .input = "/dev/null", .log = log,
				 .limit_ms = LIMIT_MS }, &o);
	tell("call %lld %lld administrator %s-%s - %s %lld\n", (long long)o.begin_us,
	     (long long)o.end_us, words[0], words[1],
	     result_of(words[0], &o), (long long)(LIMIT_MS + o.waited_ms));
	nap(&row, 100);
}

#define COMMAND(...) command_of((const char *const[WORDS_MAX + 1]){ __VA_ARGS__ })

static const char *half(const char *pool, unsigned which)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s-%u", pool, which);
	return name;
}

static void begin_pool(const char *name, const char *cidr, const char *block_size)
{
	COMMAND("pool", "create", name, "--cidr", cidr, "--block-size", block_size);
}

/* One half is taken from under its addresses, the other when it is empty, or not at all. */
static void end_pool(const char *name)
{
	COMMAND("pool", "disable", half(name, 0));
	COMMAND("pool", "delete", half(name, 0), "--yes");
	nap(&row, 500);
	COMMAND("pool", "enable", half(name, 0));
	COMMAND("pool", "delete", half(name, 0), "--force", "--yes");
	COMMAND("pool", "delete", half(name, 1), "--yes");
	COMMAND("pool", "delete", name, "--yes");
	if (chance(&row, 3))
		COMMAND("pool", "delete", half(name, 1), "--force", "--yes");
}

static void look_around(void)
{
	char node[16];

	snprintf(node, sizeof(node), "n%u", 1 + chance(&row, NODES));
	COMMAND("check", "--mend", "--yes");
	if (chance(&row, 2))
		COMMAND("affinity", "release", "--node", node, "--yes");
	COMMAND("show", "--blocks");
}

static void play(const struct spot *s)
{
	begin_pool(s->name4, s->cidr4, "29");
	begin_pool(s->name6, s->cidr6, "125");
	nap(&row, 800);
	COMMAND("pool", "split", s->name4, "--into", "27", "--yes");
	COMMAND("pool", "split", s->name6, "--into", "123", "--yes");
	nap(&row, 800);
	look_around();
	end_pool(s->name4);
	end_pool(s->name6);
}

void *administrate(void *unused __unused_arg)
{
	row = driver.seed;
	while (!time_is_up())
		play(&spots[chance(&row, ARRAY_LEN(spots))]);
	return NULL;
}
