/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that cannot be reached: it listens, and its queue is full, so that nobody gets a
 * connection, nor an answer.
 */
#ifndef TESTS_DATASTORE_FIXTURE_HOLE_H
#define TESTS_DATASTORE_FIXTURE_HOLE_H

struct hole {
	int fd[3];
	char url[48];
};

void hole_dig(struct hole *h);
void hole_fill(struct hole *h);

#endif
