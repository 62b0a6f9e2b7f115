/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of one configuration each share.  See facts.h. */
#ifndef OPENSTACK_GUEST_READING_H
#define OPENSTACK_GUEST_READING_H

#include "openstack/guest/facts.h"
#include "openstack/guest/setting.h"

struct reading {
	const struct root *root;
	struct guest *guest;
	struct findings *findings;
	bool own_too;
};

/*
 * The file's text, or false: it is not there, is one of ours that is passed over, or cannot be
 * read, which is told.
 */
bool reading_text(const struct reading *r, const char *path, struct buf *out);
/* False also of an empty file, which says nothing, nor that it applies to all. */
bool reading_settings(const struct reading *r, const char *path, setting_visitor *visit,
		      void *arg);
bool reading_has(const struct reading *r, const char *path);

/* Shows each file of the folders by its path, in the order of names; of a name, the first. */
typedef void reading_visitor(const struct reading *r, const char *path, void *arg);
void reading_each(const struct reading *r, const char *const *folders, size_t n,
		  const char *suffix, reading_visitor *visit, void *arg);

/*
 * A new profile, zeroed but for its file and rank; NULL: out of memory, which is noted, or
 * GUEST_PROFILES_MAX are there, which is told.
 */
struct guest_profile *reading_profile(const struct reading *r, const char *file,
				      const char *rank);

/* The readers. */
void read_networkd(const struct reading *r);
void read_netplan(const struct reading *r);	/* and who its renderer is */
void read_network_manager(const struct reading *r);
void read_ifcfg(const struct reading *r);
void read_interfaces(const struct reading *r);
void read_kernel(const struct reading *r);
void read_client(const struct reading *r);
void read_cloud_init(const struct reading *r);

#endif
