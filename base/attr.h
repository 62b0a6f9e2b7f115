/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiler attributes and scope cleanup, in one spelling.
 *
 * __cleanup(fn) runs fn(&variable) when the variable leaves its scope, on every
 * path.  A resource that must outlive its scope is moved out with a plain
 * assignment of NULL (or the type's empty value) to the variable.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stdint.h>

#define __cleanup(fn) __attribute__((cleanup(fn)))
#define __printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define __must_check __attribute__((warn_unused_result))
#define __unused_arg __attribute__((unused))

/*
 * For an interface that takes no const and writes nothing: free() of what its owner lets
 * nobody write to, the arguments of execve(), the keys of LMDB.
 */
static inline void *unconst(const void *p)
{
	return (void *)(uintptr_t)p;
}

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* For `char *p __cleanup(free_text)`: frees what p points at. */
void free_text(char **p);

/* For `int fd __cleanup(close_fd)`: closes it unless it is negative. */
void close_fd(int *fd);

#endif
