/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/fiber.h"

#include "base/attr.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define SWITCHES_ARE_TOLD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SWITCHES_ARE_TOLD 1
#endif
#endif

#ifdef SWITCHES_ARE_TOLD
#include <sanitizer/asan_interface.h>
#endif

#define STACK_BYTES (1 << 20) /* far more than any verb takes, with sanitizers too */

struct fiber {
	ucontext_t here, caller;
	char *stack; /* owned */
	void (*run)(void *arg);
	void *arg;
	bool ended;
	struct fiber *next; /* of those that are idle */
	/* What the address sanitizer wants to know. */
	const void *caller_stack;
	size_t caller_bytes;
};

static struct fiber *running;
static struct fiber *idle; /* kept for the next game: a stack costs more than a turn */

struct fiber *fiber_new(void)
{
	struct fiber *f = idle;

	if (f) {
		idle = f->next;
		return f;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		abort();
	f->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->stack == MAP_FAILED)
		abort();
	f->ended = true;
	return f;
}

void fiber_free(struct fiber *f)
{
	f->next = idle;
	idle = f;
}

/* What the last one that ended here has left behind. */
static void clean_stack(struct fiber *f __unused_arg)
{
#ifdef SWITCHES_ARE_TOLD
	ASAN_UNPOISON_MEMORY_REGION(f->stack, STACK_BYTES);
#endif
}

static void enter_fiber(struct fiber *f __unused_arg, void **ret_shadow __unused_arg)
{
#ifdef SWITCHES_ARE_TOLD
	__sanitizer_start_switch_fiber(ret_shadow, f->stack, STACK_BYTES);
#endif
}

static void have_entered(struct fiber *f __unused_arg, void *shadow __unused_arg)
{
#ifdef SWITCHES_ARE_TOLD
	__sanitizer_finish_switch_fiber(shadow, &f->caller_stack, &f->caller_bytes);
#endif
}

/* shadow NULL: the fiber ends and does not come back. */
static void leave_fiber(struct fiber *f __unused_arg, void **shadow __unused_arg)
{
#ifdef SWITCHES_ARE_TOLD
	__sanitizer_start_switch_fiber(shadow, f->caller_stack, f->caller_bytes);
#endif
}

static void have_left(void *shadow __unused_arg)
{
#ifdef SWITCHES_ARE_TOLD
	__sanitizer_finish_switch_fiber(shadow, NULL, NULL);
#endif
}

static void run_fiber(void)
{
	struct fiber *f = running;

	have_entered(f, NULL);
	f->run(f->arg);
	f->ended = true;
	leave_fiber(f, NULL);
	setcontext(&f->caller);
}

static void switch_to(struct fiber *f)
{
	struct fiber *outer = running;
	void *shadow = NULL;

	running = f;
	enter_fiber(f, &shadow);
	if (swapcontext(&f->caller, &f->here) < 0)
		abort();
	have_left(shadow);
	running = outer;
}

void fiber_start(struct fiber *f, void (*run)(void *arg), void *arg)
{
	f->run = run;
	f->arg = arg;
	f->ended = false;
	clean_stack(f);
	if (getcontext(&f->here) < 0)
		abort();
	f->here.uc_stack.ss_sp = f->stack;
	f->here.uc_stack.ss_size = STACK_BYTES;
	f->here.uc_link = NULL;
	makecontext(&f->here, run_fiber, 0);
	switch_to(f);
}

void fiber_resume(struct fiber *f)
{
	switch_to(f);
}

bool fiber_has_ended(const struct fiber *f)
{
	return f->ended;
}

void fiber_yield(void)
{
	struct fiber *f = running;
	void *shadow = NULL;

	leave_fiber(f, &shadow);
	if (swapcontext(&f->here, &f->caller) < 0)
		abort();
	have_entered(f, shadow);
}
