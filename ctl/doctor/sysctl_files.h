/* SPDX-License-Identifier: Apache-2.0 */
/* What else sets kernel settings at boot (sysctl.d(5)). */
#ifndef CTL_DOCTOR_SYSCTL_FILES_H
#define CTL_DOCTOR_SYSCTL_FILES_H

#include "base/buf.h"

/*
 * Of settings, "net.ipv4.ip_forward = 1" a line, those that a file behind `file` gives another
 * value, a line each: "net.ipv4.ip_forward = 0 in /etc/sysctl.d/99-host.conf".  Behind it in
 * their order are those whose names are greater, whatever their folder, and, where systemd does
 * not run, /etc/sysctl.conf.
 */
void sysctl_files_overriding(const char *file, const char *settings, struct buf *out);

#endif
