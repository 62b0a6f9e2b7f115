/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The barest HTTP there is: a request's bytes out, an answer's bytes in, over one
 * connection to 127.0.0.1.  Ends the process with a word on stderr when that fails.
 */
#ifndef BENCH_EXCHANGE_H
#define BENCH_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_MAX (4 * 1024 * 1024)	/* bytes */

int exchange_connect(const char *port);

/* True of what begins a connection of HTTP/2. */
bool exchange_is_grpc(const char *request, size_t len);

/*
 * Sends the request, to etcd's gateway or, with all that begins its connection, by gRPC,
 * and reads the answer, which must say that the transaction succeeded.
 */
void exchange(int fd, const char *request, size_t len);

#endif
