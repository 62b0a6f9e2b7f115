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

static int check_file(const char *name, const char *path, struct err *e)
{
	int fd __cleanup(close_fd) = -1;
	const char *why;
	char c;

	if (!given(path))
		return 0;
	why = io_open(path, O_RDONLY, 0, &fd);
	if (!why && read(fd, &c, 1) < 0)
		why = strerror(errno);
	return why ? err_set(e, ERR_IO, "%s: cannot read %s: %s", name, path, why) : 0;
}

static int check_pair(const struct http_tls *tls, struct err *e)
{
	if (given(tls->cert_file) == given(tls->key_file))
		return 0;
	return err_set(e, ERR_CONFIG, "KeyFile and CertFile must both be present: %s is given "
		       "without %s",
		       given(tls->cert_file) ? tls->cert_name : tls->key_name,
		       given(tls->cert_file) ? tls->key_name : tls->cert_name);
}

int tls_files_check(const struct http_tls *tls, bool use_tls, struct err *e)
{
	if (check_pair(tls, e) < 0)
		return -1;
	if (!use_tls)
		return 0;
	if (check_file(tls->ca_name, tls->ca_file, e) < 0 ||
	    check_file(tls->cert_name, tls->cert_file, e) < 0)
		return -1;
	return check_file(tls->key_name, tls->key_file, e);
}

static const char *copy_given(const char *text)
{
	return given(text) ? strdup(text) : NULL;
}

int tls_files_copy(struct http_tls *to, const struct http_tls *from)
{
	*to = *from;
	to->ca_file = copy_given(from->ca_file);
	to->cert_file = copy_given(from->cert_file);
	to->key_file = copy_given(from->key_file);
	return !to->ca_file != !given(from->ca_file) ||
		!to->cert_file != !given(from->cert_file) ||
		!to->key_file != !given(from->key_file) ? -1 : 0;
}

void tls_files_free(struct http_tls *tls)
{
	free(unconst(tls->ca_file));
	free(unconst(tls->cert_file));
	free(unconst(tls->key_file));
}
