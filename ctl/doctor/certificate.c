/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/certificate.h"

#include "base/b64.h"
#include "base/io.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char begin_line[] = "-----BEGIN CERTIFICATE-----",
		  end_line[] = "-----END CERTIFICATE-----";

enum tag {
	TAG_INTEGER = 0x02,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0,
};

struct der {
	const unsigned char *at;
	size_t left;	/* bytes */
};

/* The next element: *ret_tag, and its content.  DER lengths only. */
static int der_take(struct der *from, unsigned *ret_tag, struct der *ret)
{
	size_t len, n = 0;

	if (from->left < 2)
		return -1;
	*ret_tag = from->at[0];
	len = from->at[1];
	if (len & 0x80) {
		n = len & 0x7f;
		if (n > 4 || from->left < 2 + n)
			return -1;
		len = 0;
		for (size_t i = 0; i < n; i++)
			len = len << 8 | from->at[2 + i];
	}
	if (from->left - 2 - n < len)
		return -1;
	*ret = (struct der){ from->at + 2 + n, len };
	from->at += 2 + n + len;
	from->left -= 2 + n + len;
	return 0;
}

static int der_expect(struct der *from, unsigned tag, struct der *ret)
{
	unsigned got;

	return der_take(from, &got, ret) < 0 || got != tag ? -1 : 0;
}

/* "YYMMDDHHMMSSZ" with years from 1950, or "YYYYMMDDHHMMSSZ" (RFC 5280, 4.1.2.5). */
static int take_time(struct der *from, int64_t *ret_ns)
{
	char text[20] = "", full[24];
	unsigned tag;
	struct der d;
	struct tm tm = {0};
	const char *end;

	if (der_take(from, &tag, &d) < 0 || d.left >= sizeof(text) ||
	    (tag != TAG_UTC_TIME && tag != TAG_GENERALIZED_TIME))
		return -1;
	memcpy(text, d.at, d.left);
	snprintf(full, sizeof(full), "%s%s",
		 tag == TAG_GENERALIZED_TIME ? "" : text[0] < '5' ? "20" : "19", text);
	end = strptime(full, "%Y%m%d%H%M%SZ", &tm);
	if (!end || *end)
		return -1;
	if (__builtin_mul_overflow((int64_t)timegm(&tm), (int64_t)1000000000, ret_ns))
		*ret_ns = INT64_MAX;
	return 0;
}

/* Certificate > tbsCertificate > [version] serial algorithm issuer validity. */
static int read_der(const struct buf *bytes, struct validity *ret)
{
	struct der all = { (const unsigned char *)bytes->data, bytes->len }, cert, tbs, d;
	unsigned tag;

	if (der_expect(&all, TAG_SEQUENCE, &cert) < 0 ||
	    der_expect(&cert, TAG_SEQUENCE, &tbs) < 0 ||
	    der_take(&tbs, &tag, &d) < 0)
		return -1;
	if (tag == TAG_VERSION && der_take(&tbs, &tag, &d) < 0)
		return -1;
	if (tag != TAG_INTEGER || der_expect(&tbs, TAG_SEQUENCE, &d) < 0 ||
	    der_expect(&tbs, TAG_SEQUENCE, &d) < 0 || der_expect(&tbs, TAG_SEQUENCE, &d) < 0)
		return -1;
	return take_time(&d, &ret->from_ns) < 0 || take_time(&d, &ret->until_ns) < 0 ? -1 : 0;
}

/* One certificate's text between its lines. */
static int read_pem(const char *text, size_t len, struct validity *ret)
{
	struct buf packed __cleanup(buf_done) = BUF(CERTIFICATE_FILE_MAX);
	struct buf bytes __cleanup(buf_done) = BUF(CERTIFICATE_FILE_MAX);

	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)text[i]))
			buf_putc(&packed, text[i]);
	if (b64_decode(&bytes, packed.data, packed.len) < 0)
		return -1;
	return read_der(&bytes, ret);
}

int certificate_read_text(const char *text, const char *what, struct validity *ret,
			  struct err *e)
{
	struct validity first = { 0, INT64_MAX }, one;
	unsigned n = 0;

	while ((text = strstr(text, begin_line))) {
		const char *end = strstr(text += sizeof(begin_line) - 1, end_line);

		n++;
		if (!end || read_pem(text, (size_t)(end - text), &one) < 0)
			return err_set(e, ERR_DECODE, "%s: certificate %u is none (RFC 5280)", what,
				       n);
		if (n == 1 || one.until_ns < first.until_ns)
			first = one;
		text = end;
	}
	if (!n)
		return err_set(e, ERR_DECODE, "%s: no certificate is in it", what);
	*ret = first;
	return 0;
}

int certificate_read(const char *path, struct validity *ret, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(CERTIFICATE_FILE_MAX);

	if (io_read_file(path, &text, e) < 0)
		return -1;
	return certificate_read_text(text.data, path, ret, e);
}
