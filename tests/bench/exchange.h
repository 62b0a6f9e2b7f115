/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The barest HTTP there is: a request's bytes out, an answer's bytes in, over one
 * connection to 127.0.0.1.  Ends the process with a word on stderr when that fails.
 */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

#include <stddef.h>

#define ANSWER_MAX (4 * 1024 * 1024)	/* bytes */

int exchange_connect(const char *port);

/*
 * Sends the request to etcd's gateway and reads the answer, which must say that the
 * transaction succeeded and stays until the next call.
 */
const char *exchange(int fd, const char *request, size_t len);

#endif
