/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: one monotonic deadline a process, and the wall clock for records.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A moment on CLOCK_MONOTONIC.  A value, copied freely. */
struct deadline {
	int64_t at_ms;
};

struct deadline deadline_in_ms(int64_t ms);

/* Milliseconds left, never below 0. */
int64_t deadline_left_ms(struct deadline d);
bool deadline_passed(struct deadline d);

/* The earlier of d and `ms` from now. */
struct deadline deadline_within_ms(struct deadline d, int64_t ms);

/* Sleeps `ms`, or until the deadline if that comes first. */
void deadline_sleep_ms(struct deadline d, int64_t ms);

/* Microseconds on CLOCK_MONOTONIC, for how long something takes. */
int64_t clock_monotonic_us(void);

/* Nanoseconds since the Unix epoch, CLOCK_REALTIME. */
int64_t clock_now_ns(void);

/* RFC 3339, UTC, whole seconds, "Z": metav1.Time as Go writes it. */
#define CLOCK_RFC3339_LEN 32 /* bytes, NUL included */
void clock_rfc3339(int64_t ns, char out[CLOCK_RFC3339_LEN]);

/*
 * Reads RFC 3339 with any offset and fraction.  Returns 0, or -1 if malformed.  A
 * moment before 1677 or after 2262 becomes INT64_MIN or INT64_MAX.
 */
int clock_parse_rfc3339(const char *text, int64_t *ret_ns);

/*
 * Go's time.Time.String() in UTC, the form of an allocation's `timestamp`:
 * "2026-08-22 10:00:00.123456789 +0000 UTC", trailing zeros of the fraction cut.
 */
#define CLOCK_GO_LEN 64 /* bytes, NUL included */
void clock_go_string(int64_t ns, char out[CLOCK_GO_LEN]);
int clock_parse_go_string(const char *text, int64_t *ret_ns);

#endif
