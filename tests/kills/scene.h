/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where it happens: a store of any kind, the two executables, and a folder for all
 * their files.  Nothing of the machine's own is used.
 */
#ifndef TESTS_KILLS_SCENE_H
#define TESTS_KILLS_SCENE_H

#include "datastore/view.h"
#include "tests/kills/trace.h"

#include <stdbool.h>

#define HELD_MAX 1024
#define NETWORK "net"
#define NETNS "/run/netns/pod"	/* of all containers; kills.inc.sh makes it */

struct scene {
	const char *plugin, *ctl;	/* the executables */
	const char *folder;		/* there, and empty at first */
	const char *endpoint;		/* of etcd; NULL: the local store in folder/store */
	const char *tls;		/* its ca.crt, and our client.crt and client.key; or NULL */
	/* Of the plugin and of calico-ipamctl, for an API server in etcd's place; or NULL. */
	const char *kubeconfig, *admin_kubeconfig;
	bool mirror;			/* of etcd */
	const char *node;		/* the plugin's; NULL: node-1 */
	unsigned patience_s;		/* of the plugin; 0: 20 */
	const char *also[2];		/* two more of the environment, NAME=VALUE; or NULL */
};

/* The addresses of an ADD's answer. */
struct told {
	unsigned n;	/* of them are 2 at most here */
	char address[2][64];
};

/* Who holds which address, as `calico-ipamctl show` has it. */
struct held {
	unsigned n;
	struct { char container[64], address[64]; } list[HELD_MAX];
};

/* Runs the plugin for a container; extra: more keys of the configuration, with a comma. */
void scene_plugin(const struct scene *s, const char *verb, const char *container,
		  const char *extra, call_watcher *watch, void *arg, struct outcome *ret);
/* Runs calico-ipamctl; the list of arguments ends in NULL. */
void scene_ctl(const struct scene *s, const char *const *args, call_watcher *watch, void *arg,
	       struct outcome *ret);
#define CTL(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A check also where nothing tells which addresses are leaked, as once they are a minute old. */
bool scene_ctl_succeeded(const char *const *args, const struct outcome *o);

/* The same, unwatched; the test ends unless it succeeds. */
void scene_must(const struct scene *s, const char *verb, const char *container,
		const char *extra);
void scene_ctl_must(const struct scene *s, const char *const *args);

/* Stdout is one error of the specification, with a code and a text. */
bool outcome_is_an_error(const struct outcome *o);
/* Without their prefix lengths. */
void outcome_addresses(const struct outcome *o, struct told *ret);

/* False, with what was said, if show fails. */
bool scene_held(const struct scene *s, struct held *ret, struct buf *why);
unsigned held_by(const struct held *h, const char *container);
bool held_is(const struct held *h, const char *container, const char *address);
/* An address of h that is held twice, or NULL. */
const char *held_twice(const struct held *h);

/* False, with what was said, unless `calico-ipamctl check` finds nothing. */
bool scene_is_clean(const struct scene *s, struct buf *why);

/* All records of the store. */
void scene_read(const struct scene *s, struct view *ret);
/* The same, and the store brought back to them; the mirror with it. */
void scene_keep(const struct scene *s, struct view *ret);
void scene_restore(const struct scene *s, const struct view *kept);
/* The local store is gone; in etcd's there is nothing.  An API server's is left as it is. */
void scene_empty(const struct scene *s);
/* Makes every allocation one of many years ago: GC leaves young ones alone. */
void scene_age(const struct scene *s);
/* Both have the same keys and values, but for what only mirrors write (datastore/nonce.h). */
bool view_equals(const struct view *a, const struct view *b);
/* The mirror's files are gone. */
void scene_lose_mirror(const struct scene *s);
/* What is in the folder of the mirror and looks half written; or NULL. */
const char *scene_half_written(const struct scene *s);

#endif
