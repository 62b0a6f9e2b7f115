/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which build this is, behind the project's version (CALICO_IPAM_VERSION): "+g<commit>" or,
 * where a tag of that version is below it, "+<commits since>.g<commit>", and ".dirty" where
 * files were changed; "" of the tag's own commit, and where it was built without git.  Written by
 * base/version.cmake at each build into the one file that depends on it, which only executables
 * are linked with.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

extern const char version_build[];

#endif
