/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real etcd on free loopback ports, its data in a folder of its own under /tmp.
 * It dies with the test program.  Failing to start it fails the test.
 */
#ifndef TESTS_CONTRACT_FIXTURE_ETCD_H
#define TESTS_CONTRACT_FIXTURE_ETCD_H

void etcd_start(void);
void etcd_stop(void);

/* "http://127.0.0.1:<port>", while it runs. */
const char *etcd_endpoint(void);

#endif
