/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a record that go into file names, tags and names of hosts.
 *
 * dnsmasq's files know no quoting: a comma, a blank or a line end within a word would be
 * read as another option, and "..", or a slash, as another folder.  So words are checked
 * as they are read, and never again.
 */
#ifndef OPENSTACK_RECORD_WORD_H
#define OPENSTACK_RECORD_WORD_H

#include <stdbool.h>
#include <stddef.h>

#define WORD_TEXT 65	/* bytes of an id, NUL included; a UUID has 37 */
#define LABEL_MAX 63	/* bytes of a part of a host's name (RFC 1035 2.3.4) */
#define NAME_TEXT 256	/* of a host's name, NUL included (RFC 1035 2.3.4, and its last dot) */

/* Letters, digits, '-', '_' and '.', not ".", "..", nor "" (ids of Neutron are UUIDs). */
bool word_is_good(const char *text, size_t room);

/* Parts of 1 to LABEL_MAX bytes between dots, and maybe a last dot; true of "". */
bool word_has_labels(const char *text);

/* Copies a good one, else leaves out as it is and returns false. */
bool word_copy(const char *text, char *out, size_t room);

#endif
