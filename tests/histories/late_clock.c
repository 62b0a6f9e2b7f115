/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin that GC is asked of lives two minutes later, so that what was assigned within
 * the last minute is not left alone: linked with --wrap=clock_now_ns.
 */
#include <stdint.h>

#define LATER_NS (120 * 1000000000LL)

int64_t __real_clock_now_ns(void);
int64_t __wrap_clock_now_ns(void);

int64_t __wrap_clock_now_ns(void)
{
	return __real_clock_now_ns() + LATER_NS;
}
