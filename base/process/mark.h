/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mark in this project's executables, an ELF note, by which an installer tells them,
 * of whichever version, from those of the same name that are somebody else's.
 *
 *	MARK_EXECUTABLE("calico-ipam");		in a main.c, outside of its functions
 *
 * `readelf -n` shows it.  What it looks like never changes.
 */
#ifndef BASE_PROCESS_MARK_H
#define BASE_PROCESS_MARK_H

#include "base/attr.h"

#include <stdint.h>

#define MARK_OWNER "calico-ipam in C"
#define MARK_OWNER_SIZE 20	/* bytes, padded to four with NULs */
#define MARK_NAME_SIZE 24
#define MARK_TYPE 1

/* As it lies in the file: fields and padding of an ELF note. */
struct mark {
	uint32_t owner_size, name_size, type;
	char owner[MARK_OWNER_SIZE];
	char name[MARK_NAME_SIZE];
};

#define MARK_OF(executable) \
	{ sizeof(MARK_OWNER), MARK_NAME_SIZE, MARK_TYPE, MARK_OWNER, executable }

#define MARK_EXECUTABLE(executable)						\
	__attribute__((section(".note.calico-ipam"), used, aligned(4)))	\
	static const struct mark executable_mark = MARK_OF(executable)

#endif
