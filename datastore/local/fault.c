#include "datastore/local/fault.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGBUS, SIGSEGV, SIGFPE };

static sigjmp_buf way_out;

void fault_throw(void)
{
	siglongjmp(way_out, 1);
}

static void on_fault(int sig __unused_arg)
{
	fault_throw();
}

bool fault_guard(int (*work)(void *arg), void *arg, int *ret_rc)
{
	struct sigaction act = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	struct sigaction old[ARRAY_LEN(signals)];
	volatile bool whole = false;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &act, &old[i]);
	if (sigsetjmp(way_out, 0) == 0) {
		*ret_rc = work(arg);
		whole = true;
	}
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	return whole;
}
