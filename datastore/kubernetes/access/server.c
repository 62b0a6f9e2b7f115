/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/access/server.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}", *text))
			return false;
	return true;
}

/* Of a host that ends at `end`, or with its port before it. */
static bool is_host(const char *host, const char *end)
{
	const char *p = host, *digits;
	long port;

	if (*p == '[') {
		p += 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
		if (p == host + 1 || *p++ != ']')
			return false;
	} else {
		while (p < end && (isalnum((unsigned char)*p) || strchr("-._", *p)))
			p++;
		if (p == host)
			return false;
	}
	if (p == end)
		return true;
	digits = p + 1;
	port = strtol(digits, NULL, 10);
	return *p == ':' && end - digits > 0 && end - digits <= 5 &&
		strspn(digits, "0123456789") == (size_t)(end - digits) && port > 0 && port < 65536;
}

static const char *what_is_wrong(const char *url)
{
	const char *host = strstr(url, "://"), *end;

	if (strlen(url) > SERVER_MAX)
		return "is too long";
	if (!is_printable(url))
		return "has a character that no URL has";
	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		return "does not begin with https://";
	host += 3;
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host)))
		return "names a user; say who in users";
	if (strpbrk(url, "?#"))
		return "has more behind its path";
	return is_host(host, end) ? NULL : "has no host, or a port that is none";
}

/* Calico's installer writes them around any host; a URL has them around IPv6 alone. */
static void drop_brackets(char *url)
{
	char *host = strstr(url, "://"), *end;

	if (!host || host[3] != '[')
		return;
	host += 3;
	end = host + strcspn(host, "]:/");
	if (*end != ']')
		return;
	memmove(end, end + 1, strlen(end));
	memmove(host, host + 1, strlen(host));
}

int server_read(const char *url, const char *name, char **ret, struct err *e)
{
	char *copy __cleanup(free_text) = strdup(url);
	const char *wrong;
	size_t len;

	if (!copy)
		return err_set(e, ERR_INTERNAL, "out of memory");
	drop_brackets(copy);
	wrong = what_is_wrong(copy);
	if (wrong)
		return err_set(e, ERR_CONFIG, "%s %s: it must be https://HOST:PORT", name, wrong);
	for (len = strlen(copy); copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	*ret = copy;
	copy = NULL;
	return 0;
}
