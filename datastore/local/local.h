/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store of one machine: an LMDB file in a folder.
 *
 * Several processes may use it at once, on a local file system.  A commit is on
 * the disk when it returns; a process or machine that dies leaves the last commit
 * whole.  Only a process that writes takes a lock, by `lock` in the folder, so
 * that its deadline holds; readers wait for nobody.
 *
 * A value stands behind 8 bytes, little-endian, of the revision of its last
 * write.  The revision is of the store: 1 when made, one more with each commit.
 *
 * Where no store is and the purpose does not make one, all is absent.
 */
#ifndef DATASTORE_LOCAL_LOCAL_H
#define DATASTORE_LOCAL_LOCAL_H

#include <stddef.h>

#define LOCAL_VALUE_MAX ((size_t)8 << 20)	/* bytes of one value */
#define LOCAL_READERS_MAX 1024			/* processes at once */

#endif
