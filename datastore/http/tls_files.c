/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/tls_files.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where distributions keep their roots; a static libcurl knows only its builder's. */
static const char *const system_roots[] = {
	"/etc/ssl/certs/ca-certificates.crt",			/* Debian, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",			/* Fedora, RHEL */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",	/* RHEL 7 and later */
	"/etc/ssl/ca-bundle.pem",				/* SUSE */
	"/etc/ssl/cert.pem",					/* Alpine's LibreSSL */
};

const char *tls_files_system_roots(void)
{
	for (size_t i = 0; i < ARRAY_LEN(system_roots); i++)
		if (access(system_roots[i], R_OK) == 0)
			return system_roots[i];
	return NULL;
}

static bool given(const char *text)
{
	return text && *text;
}

/* A file that PEM goes before is none. */
static const char *used(const char *file, const struct http_pem *pem)
{
	return given(file) && !pem->len ? file : NULL;
}

static int check_file(const char *name, const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	const char *why;
	char c;

	if (!path)
		return 0;
	why = io_open(path, O_RDONLY, 0, &fd);
	if (!why && read(fd, &c, 1) < 0)
		why = strerror(errno);
	return why ? err_set(e, ERR_IO, "%s: cannot read %s: %s", name, path, why) : 0;
}

static int check_pair(const struct http_tls *tls, struct err *e)
{
	bool cert = tls->cert.len || given(tls->cert_file);
	bool key = tls->key.len || given(tls->key_file);

	if (cert == key)
		return 0;
	return err_set(e, ERR_CONFIG, "KeyFile and CertFile must both be present: %s is given "
		       "without %s", cert ? tls->cert_name : tls->key_name,
		       cert ? tls->key_name : tls->cert_name);
}

int tls_files_check(const struct http_tls *tls, bool use_tls, struct err *e)
{
	if (check_pair(tls, e) < 0)
		return -1;
	if (!use_tls)
		return 0;
	if (check_file(tls->ca_name, used(tls->ca_file, &tls->ca), e) < 0 ||
	    check_file(tls->cert_name, used(tls->cert_file, &tls->cert), e) < 0)
		return -1;
	return check_file(tls->key_name, used(tls->key_file, &tls->key), e);
}

static int copy_text(const char **to, const char *from)
{
	*to = given(from) ? strdup(from) : NULL;
	return given(from) && !*to ? -1 : 0;
}

static int copy_pem(struct http_pem *to, const struct http_pem *from)
{
	char *copy = from->len ? malloc(from->len) : NULL;

	*to = (struct http_pem){ copy, copy ? from->len : 0 };
	if (!copy)
		return from->len ? -1 : 0;
	memcpy(copy, from->text, from->len);
	return 0;
}

int tls_files_copy(struct http_tls *to, const struct http_tls *from)
{
	int rc = 0;

	*to = *from;
	rc |= copy_text(&to->ca_file, used(from->ca_file, &from->ca));
	rc |= copy_text(&to->cert_file, used(from->cert_file, &from->cert));
	rc |= copy_text(&to->key_file, used(from->key_file, &from->key));
	rc |= copy_text(&to->server_name, from->server_name);
	rc |= copy_pem(&to->ca, &from->ca);
	rc |= copy_pem(&to->cert, &from->cert);
	rc |= copy_pem(&to->key, &from->key);
	return rc;
}

void tls_files_free(struct http_tls *tls)
{
	char *key = unconst(tls->key.text);

	if (key)
		explicit_bzero(key, tls->key.len);
	free(key);
	free(unconst(tls->cert.text));
	free(unconst(tls->ca.text));
	free(unconst(tls->server_name));
	free(unconst(tls->ca_file));
	free(unconst(tls->cert_file));
	free(unconst(tls->key_file));
}
