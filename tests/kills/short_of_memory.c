/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked to a second copy of an executable, whose calls of malloc() and its kin come here
 * (tests/CMakeLists.txt).  Of its environment:
 *
 *	SHORT_OF_MEMORY=N	the N-th allocation fails, from 1 on
 *	SHORT_OF_MEMORY=N+	and all that follow
 *	SHORT_OF_MEMORY=N taken	of those since it took another's request last (plugin/crowd/queue.h)
 *	SHORT_OF_MEMORY=N of S	of those of S bytes
 *	ALLOCATIONS=FILE	their number goes there in the end, how many failed, and how many
 *				requests of others it has taken
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hooks {
	void *(*allocate)(size_t size);
	void (*release)(void *p);
};

void cJSON_InitHooks(struct hooks *hooks);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
int __real_rename(const char *old, const char *new);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_rename(const char *old, const char *new);

#define TAKEN ".taken"	/* what an entry of a queue is renamed to */

static unsigned long count, failing, failed, taken;
static bool all_that_follow, since_taken;
static size_t of_size;	/* 0: any */

static bool fails(size_t size)
{
	bool fail;

	if ((since_taken && !taken) || (of_size && size != of_size))
		return false;
	count++;
	fail = failing && (all_that_follow ? count >= failing : count == failing);
	failed += fail;
	return fail;
}

void *__wrap_malloc(size_t size)
{
	return fails(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails(n * size) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails(size) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fails(strlen(text) + 1) ? NULL : __real_strdup(text);
}

int __wrap_rename(const char *old, const char *new)
{
	int rc = __real_rename(old, new);
	size_t len = strlen(new);

	if (rc == 0 && len > strlen(TAKEN) && strcmp(new + len - strlen(TAKEN), TAKEN) == 0) {
		taken++;
		count = since_taken && !failed ? 0 : count;
	}
	return rc;
}

static void __attribute__((constructor)) begin(void)
{
	struct hooks hooks = { __wrap_malloc, free };
	const char *wish = getenv("SHORT_OF_MEMORY");
	char *end = NULL;

	cJSON_InitHooks(&hooks);
	if (!wish)
		return;
	failing = strtoul(wish, &end, 10);
	all_that_follow = *end == '+';
	since_taken = strstr(end, "taken");
	of_size = strncmp(end, " of ", 4) == 0 ? strtoul(end + 4, NULL, 10) : 0;
}

static void __attribute__((destructor)) finish(void)
{
	const char *path = getenv("ALLOCATIONS");
	FILE *file = path ? fopen(path, "we") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu %lu %lu\n", count, failed, taken);
	fclose(file);
}
