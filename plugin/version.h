/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of the CNI specification that are spoken, oldest first, so that they
 * can be compared by index.
 */
#ifndef PLUGIN_VERSION_H
#define PLUGIN_VERSION_H

enum cni_version {
	CNI_UNKNOWN = -1,
	CNI_0_1_0,	/* also: no cniVersion given */
	CNI_0_2_0,
	CNI_0_3_0,
	CNI_0_3_1,
	CNI_0_4_0,
	CNI_1_0_0,
	CNI_1_1_0,
	N_CNI_VERSIONS
};

extern const char *const cni_version_texts[N_CNI_VERSIONS];

/* NULL and "" are 0.1.0. */
enum cni_version cni_version_of(const char *text);

#endif
