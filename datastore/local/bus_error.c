/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/local/bus_error.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGBUS, SIGSEGV, SIGFPE };

static sigjmp_buf way_out;
static struct sigaction before[ARRAY_LEN(signals)];
static bool installed;
static volatile sig_atomic_t on_guard;

void bus_error_throw(void)
{
	siglongjmp(way_out, 1);
}

/* Off guard, whoever handled the signal before meets it at its second coming. */
static void on_fault(int sig)
{
	if (on_guard)
		bus_error_throw();
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (signals[i] == sig)
			sigaction(sig, &before[i], NULL);
}

static void install(void)
{
	struct sigaction act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &act, &before[i]);
	installed = true;
}

bool bus_error_guard(int (*work)(void *arg), void *arg, int *ret_rc)
{
	volatile bool whole = false;

	if (!installed)
		install();
	on_guard = true;
	if (sigsetjmp(way_out, 0) == 0) {
		*ret_rc = work(arg);
		whole = true;
	}
	on_guard = false;
	return whole;
}
