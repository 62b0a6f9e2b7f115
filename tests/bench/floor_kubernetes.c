/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a call can cost on an API server: a process that sends the same requests in
 * the same rounds over one TLS connection, and does nothing else.
 *
 *	floor_kubernetes URL CA TOKEN ROUNDS ID NEW-ID
 *
 * CA and TOKEN are files.  ROUNDS is a file of one request a line, METHOD, PATH and BODY
 * parted by tabs, with an empty line between rounds: what calico-ipam sent (see
 * kubernetes.inc.sh).  Requests of a round go out together, over HTTP/2.  ID becomes NEW-ID, of
 * the same length, wherever it stands; in a body the resourceVersion and the uid become what
 * the server last answered of that path, so that each write is taken.  An answer that is not
 * 2xx, or 404 to a GET, ends it with status 1.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1024 * 1024)	/* bytes */
#define REQUESTS_MAX 64
#define URL_LEN 1024
#define TEXT_LEN 64	/* of a resourceVersion or uid, quotes included */

struct request {
	char *method, *path, *body;	/* within the file */
	unsigned round;
	CURL *curl;
	char *answer;
	size_t answer_len;
	char sent[FILE_MAX / 4];	/* the body as it goes out */
};

static char script[FILE_MAX + 1], token[FILE_MAX + 1];
static struct request requests[REQUESTS_MAX];
static unsigned n_requests;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "floor_kubernetes: %s: %s\n", what, why);
	exit(1);
}

static void read_file(const char *path, char out[FILE_MAX + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, FILE_MAX);

	if (n <= 0)
		die(path, strerror(errno));
	close(fd);
	out[n] = '\0';
}

static void replace(char *text, const char *old, const char *new)
{
	if (strlen(old) != strlen(new))
		die(new, "not as long as what it is to replace");
	for (; (text = strstr(text, old)); text += strlen(new))
		memcpy(text, new, strlen(new));
}

static void read_rounds(void)
{
	char *rest = script, *line;
	unsigned round = 0;

	while ((line = strsep(&rest, "\n")) && rest) {
		struct request *r = &requests[n_requests];

		if (!*line) {
			round++;
			continue;
		}
		if (++n_requests == REQUESTS_MAX)
			die(line, "too many requests");
		r->round = round;
		r->method = strsep(&line, "\t");
		r->path = strsep(&line, "\t");
		r->body = line;
		if (!r->path)
			die(r->method, "not a request");
	}
}

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	r->answer = realloc(r->answer, r->answer_len + n + 1);
	if (!r->answer)
		die(r->path, "out of memory");
	memcpy(r->answer + r->answer_len, data, size * n);
	r->answer_len += n;
	r->answer[r->answer_len] = '\0';
	return n;
}

/* The value behind the name, with its quotes, as this path's last answer has it; or NULL. */
static const char *last_said(const struct request *of, const char *name, char out[TEXT_LEN])
{
	for (const struct request *r = of; r-- > requests;) {
		const char *at = r->answer && strcmp(r->path, of->path) == 0
				 ? strstr(r->answer, name) : NULL;

		if (!at)
			continue;
		at += strlen(name);
		snprintf(out, TEXT_LEN, "%.*s\"", (int)strcspn(at + 1, "\"") + 1, at);
		return out;
	}
	return NULL;
}

static void renew(struct request *r, const char *name)
{
	char *at = strstr(r->sent, name), *end, said[TEXT_LEN];
	size_t len;

	if (!at || !last_said(r, name, said))
		return;
	at += strlen(name);
	end = strchr(at + 1, '"') + 1;
	len = strlen(said);
	memmove(at + len, end, strlen(end) + 1);
	memcpy(at, said, len);
}

static void prepare(struct request *r, const char *url, const char *ca, struct curl_slist *of_read,
		    struct curl_slist *of_write)
{
	char whole[URL_LEN];

	snprintf(whole, sizeof(whole), "%s%s", url, r->path);
	r->curl = curl_easy_init();
	curl_easy_setopt(r->curl, CURLOPT_URL, whole);
	curl_easy_setopt(r->curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(r->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(r->curl, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(r->curl, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->body ? of_write : of_read);
	curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
	if (!r->body)
		return;
	snprintf(r->sent, sizeof(r->sent), "%s", r->body);
	renew(r, "\"resourceVersion\":");
	renew(r, "\"uid\":");
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, r->sent);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(r->sent));
}

static void check(const struct request *r)
{
	long status = 0;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 != 2 && !(status == 404 && !r->body))
		die(r->path, r->answer ? r->answer : "no answer");
}

/* All of one round at once; returns the first request behind it. */
static unsigned run_round(CURLM *multi, unsigned first, const char *url, const char *ca,
			  struct curl_slist *of_read, struct curl_slist *of_write)
{
	unsigned end = first;
	int running = 1;

	for (; end < n_requests && requests[end].round == requests[first].round; end++) {
		prepare(&requests[end], url, ca, of_read, of_write);
		curl_multi_add_handle(multi, requests[end].curl);
	}
	while (curl_multi_perform(multi, &running) == CURLM_OK && running)
		curl_multi_poll(multi, NULL, 0, 10000, NULL);
	for (unsigned i = first; i < end; i++) {
		check(&requests[i]);
		curl_multi_remove_handle(multi, requests[i].curl);
	}
	return end;
}

int main(int argc, char **argv)
{
	char authorization[8192];
	struct curl_slist *of_read, *of_write;
	CURLM *multi;

	if (argc != 7)
		die("usage", "floor_kubernetes URL CA TOKEN ROUNDS ID NEW-ID");
	read_file(argv[4], script);
	read_file(argv[3], token);
	replace(script, argv[5], argv[6]);
	read_rounds();
	snprintf(authorization, sizeof(authorization), "Authorization: Bearer %.*s",
		 (int)strcspn(token, "\n"), token);
	of_read = curl_slist_append(curl_slist_append(NULL, "Accept: application/json"),
				    authorization);
	of_write = curl_slist_append(curl_slist_append(curl_slist_append(NULL,
		"Content-Type: application/json"), "Accept: application/json"), authorization);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
	for (unsigned i = 0; i < n_requests;)
		i = run_round(multi, i, argv[1], argv[2], of_read, of_write);
	return 0;
}
