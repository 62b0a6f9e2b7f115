/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/certificate.h"

#include "base/io.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void x509_freep(X509 **certificate)
{
	X509_free(*certificate);
}

static int read_time(const ASN1_TIME *time, int64_t *ret_ns)
{
	struct tm tm = {0};

	if (!ASN1_TIME_to_tm(time, &tm))
		return -1;
	if (__builtin_mul_overflow((int64_t)timegm(&tm), (int64_t)1000000000, ret_ns))
		*ret_ns = INT64_MAX;
	return 0;
}

static int read_validity(const X509 *certificate, struct validity *ret)
{
	return read_time(X509_get0_notBefore(certificate), &ret->from_ns) < 0 ||
	       read_time(X509_get0_notAfter(certificate), &ret->until_ns) < 0 ? -1 : 0;
}

/* The next certificate of the text: 1, 0 if there is none more, -1 if it cannot be read. */
static int read_next(BIO *text, struct validity *ret)
{
	/* An encrypted one is not read: without a password, OpenSSL asks on the terminal. */
	char no_password[] = "";
	X509 *certificate __cleanup(x509_freep) =
		PEM_read_bio_X509(text, NULL, NULL, no_password);
	unsigned long why = ERR_peek_last_error();

	ERR_clear_error();
	if (certificate)
		return read_validity(certificate, ret) < 0 ? -1 : 1;
	return ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE ?
		       0 : -1;
}

int certificate_read_text(const char *text, const char *what, struct validity *ret,
			  struct err *e)
{
	BIO *bio __cleanup(bio_freep) = BIO_new_mem_buf(text, -1);
	struct validity first = { 0, INT64_MAX }, one;
	unsigned n = 0;
	int rc;

	if (!bio)
		return err_set(e, ERR_INTERNAL, "%s: memory is lacking", what);
	while ((rc = read_next(bio, &one)) > 0)
		if (n++ == 0 || one.until_ns < first.until_ns)
			first = one;
	if (rc < 0)
		return err_set(e, ERR_DECODE, "%s: certificate %u is none (RFC 5280)", what, n + 1);
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
