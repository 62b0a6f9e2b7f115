/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real etcd of one member, on free loopback ports, its data in a folder of its
 * own under /tmp that also has room for the test's files.  It dies with the test.
 */
#ifndef TESTS_DATASTORE_FIXTURE_MEMBER_H
#define TESTS_DATASTORE_FIXTURE_MEMBER_H

#include <stdbool.h>
#include <sys/types.h>

struct member {
	pid_t pid;
	char folder[64];
	char url[48];		/* of its clients */
	char peer[48], health[48];
	bool tls;
};

/* Makes the folder; then files can be put there, before it starts. */
void member_init(struct member *m);
/* With `tls`: server.crt, server.key and ca.crt in the folder, client certificates wanted. */
void member_start(struct member *m, bool tls);
/* Ends it as a crash does; and starts it again, with its data and at its place. */
void member_kill(struct member *m);
void member_start_again(struct member *m);
/* Ends it and removes the folder. */
void member_stop(struct member *m);

/* "<folder>/<name>", in one of a few static buffers. */
const char *member_file(const struct member *m, const char *name);

/* A loopback port that nobody listens on. */
int free_port(void);

/* Starts a program, its output to nowhere; run() waits and returns its exit status. */
pid_t start_program(const char *const *argv);
int run_program(const char *const *argv);
void stop_program(pid_t pid);

/* Make <name>.crt and <name>.key in the folder; a certificate is for 127.0.0.1. */
void make_ca(const struct member *m, const char *ca);
void make_certificate(const struct member *m, const char *ca, const char *name, bool expired);
/* The same, for another host: "DNS:name". */
void make_certificate_of(const struct member *m, const char *ca, const char *name,
			 const char *host);
/* The same, without a CommonName in it. */
void make_nameless_certificate(const struct member *m, const char *ca, const char *name);

#endif
