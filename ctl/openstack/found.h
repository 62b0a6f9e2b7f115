/* SPDX-License-Identifier: Apache-2.0 */
/* How findings of openstack/survey/finding.h are told: each once, then what mends each kind. */
#ifndef CTL_OPENSTACK_FOUND_H
#define CTL_OPENSTACK_FOUND_H

#include "ctl/cli/rows.h"
#include "openstack/survey/finding.h"

/* Those that are no notes. */
size_t found_faults(const struct findings *f);

/* Into rows of the form that the call asks for. */
void found_rows(const struct findings *f, const struct call *call, struct rows *ret);

/* The table and the remedies, nothing where nothing was found.  Findings are sorted. */
void found_print(const struct findings *f, struct rows *rows, struct buf *out);

/* "no problem", "3 problems". */
void found_print_sum(const struct findings *f, struct buf *out);

#endif
