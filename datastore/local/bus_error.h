/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work on a mapped file that may be damaged.
 *
 * LMDB trusts the bytes of its file: on a torn or overwritten one it follows wild
 * offsets, or reads past the end.  bus_error_guard() runs such work and turns what
 * would end the process (SIGBUS, SIGSEGV, SIGFPE, or bus_error_throw()) into a return.
 *
 * After a fault the work has stopped where it stood: what it had allocated or
 * locked stays so until the process ends, and must not be touched again.
 *
 * One guard at a time, one thread.  The handlers stay once they are in place (a
 * process looks into its store several times) and are out of the way off guard: a
 * signal then comes again, to whoever handled it before.
 */
#ifndef DATASTORE_LOCAL_BUS_ERROR_H
#define DATASTORE_LOCAL_BUS_ERROR_H

#include "base/attr.h"

#include <stdbool.h>

/* Runs work(arg).  True with its result in *ret_rc; false if it ran into a fault. */
bool __must_check bus_error_guard(int (*work)(void *arg), void *arg, int *ret_rc);

/* Ends the work that is under guard. */
void bus_error_throw(void) __attribute__((noreturn));

#endif
