/* SPDX-License-Identifier: Apache-2.0 */
/* Until when a certificate is good.  certificate.c is the only file that knows OpenSSL's X.509. */
#ifndef CTL_DOCTOR_CERTIFICATE_H
#define CTL_DOCTOR_CERTIFICATE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define CERTIFICATE_FILE_MAX (4 << 20)	/* bytes */

struct validity {
	int64_t from_ns, until_ns;	/* since 1970 */
};

/*
 * The certificate in the PEM file (RFC 7468) that runs out first, read as RFC 5280, 4.1
 * says.  ERR_NOT_FOUND, ERR_IO, or ERR_DECODE if one of them is none.
 */
int certificate_read(const char *path, struct validity *ret, struct err *e);

/* The same of PEM text; `what` names it in the error. */
int certificate_read_text(const char *text, const char *what, struct validity *ret,
			  struct err *e);

#endif
