/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is constant once a program has started, and cannot be written from then on.
 *
 * Tables of pointers are constant but for the moment in which addresses are put into
 * them (PT_GNU_RELRO).  A dynamic linker makes them so before main(); in a static
 * executable of musl nobody does, though the file says that it is wanted.
 */
#ifndef BASE_PROCESS_RELRO_H
#define BASE_PROCESS_RELRO_H

/*
 * The first that main() does.  Where it is done already nothing changes, and where the
 * kernel refuses the program goes on without: a request matters more.
 */
void relro_protect(void);

#endif
