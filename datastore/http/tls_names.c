/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/http/tls_names.h"

#include <string.h>

int tls_version_from_text(const char *text, enum tls_version *ret, struct err *e)
{
	if (!text || !*text || strcmp(text, "1.2") == 0 || strcmp(text, "VersionTLS12") == 0)
		*ret = TLS_VERSION_1_2;
	else if (strcmp(text, "1.3") == 0 || strcmp(text, "VersionTLS13") == 0)
		*ret = TLS_VERSION_1_3;
	else
		return err_set(e, ERR_CONFIG, "TLS_MIN_VERSION \"%.40s\" is not supported; use "
			       "\"1.2\" or \"1.3\"", text);
	return 0;
}

/* Go's crypto/tls CipherSuites(), and those older ones that OpenSSL still builds. */
static const struct {
	const char *iana, *openssl;	/* openssl NULL: a suite of TLS 1.3, the same name */
} suites[] = {
	{ "TLS_AES_128_GCM_SHA256", NULL },
	{ "TLS_AES_256_GCM_SHA384", NULL },
	{ "TLS_CHACHA20_POLY1305_SHA256", NULL },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA" },
	{ "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256" },
	{ "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384" },
	{ "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256" },
	{ "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA" },
	{ "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA" },
};

static void add_name(struct buf *list, const char *name)
{
	if (list->len)
		buf_putc(list, ':');
	buf_puts(list, name);
}

static int add_suite(const char *name, size_t len, struct buf *tls12, struct buf *tls13)
{
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		if (strlen(suites[i].iana) != len || strncmp(suites[i].iana, name, len) != 0)
			continue;
		if (suites[i].openssl)
			add_name(tls12, suites[i].openssl);
		else
			add_name(tls13, suites[i].iana);
		return 0;
	}
	return -1;
}

int tls_ciphers_from_text(const char *text, struct buf *tls12, struct buf *tls13, struct err *e)
{
	if (!text || !*text)
		return 0;
	for (;;) {
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, ", ");
		if (add_suite(text, len, tls12, tls13) < 0)
			return err_set(e, ERR_CONFIG,
				       "TLS_CIPHER_SUITES: \"%.*s\" is not a known cipher suite",
				       len < 80 ? (int)len : 80, text);
		text += len;
		text += strspn(text, " ");
		if (!*text)
			return 0;
		if (*text++ != ',')
			return err_set(e, ERR_CONFIG,
				       "TLS_CIPHER_SUITES: names are separated by commas");
	}
}
