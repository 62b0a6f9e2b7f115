/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked to a second copy of an executable, whose calls of malloc() and its kin come here
 * (tests/CMakeLists.txt).  Of its environment:
 *
 *	SHORT_OF_MEMORY=N	the N-th allocation fails, from 1 on
 *	SHORT_OF_MEMORY=N+	and all that follow
 *	ALLOCATIONS=FILE	their number goes there in the end
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
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static unsigned long count, failing;
static bool all_that_follow;

static bool fails(void)
{
	count++;
	return failing && (all_that_follow ? count >= failing : count == failing);
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
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
}

static void __attribute__((destructor)) finish(void)
{
	const char *path = getenv("ALLOCATIONS");
	FILE *file = path ? fopen(path, "we") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu\n", count);
	fclose(file);
}
