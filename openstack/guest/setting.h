/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of "name = value", as systemd's units, NetworkManager's files, sysctl.d, os-release and
 * ifcfg files have them, with or without [sections].
 */
#ifndef OPENSTACK_GUEST_SETTING_H
#define OPENSTACK_GUEST_SETTING_H

#include <stdbool.h>

struct setting {
	const char *section;	/* "" above the first */
	const char *name, *value;	/* without blanks around, the value without quotes */
};

typedef void setting_visitor(const struct setting *s, void *arg);

/* Shows each setting of the text, which is cut to pieces; what is none is passed over. */
void settings_read(char *text, setting_visitor *visit, void *arg);

/* yes, true, on, 1, in any case. */
bool setting_is_yes(const char *value);
/* no, false, off, 0. */
bool setting_is_no(const char *value);

#endif
