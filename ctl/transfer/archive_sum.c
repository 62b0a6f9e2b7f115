/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/transfer/archive_sum.h"

#include "base/b64.h"
#include "base/json.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

void archive_sum_init(struct archive_sum *s)
{
	*s = (struct archive_sum){ .sha256 = EVP_MD_CTX_new(), .line = BUF(ARCHIVE_RECORD_MAX),
				   .name = BUF(ARCHIVE_RECORD_MAX) };
	archive_sum_reset(s);
}

void archive_sum_reset(struct archive_sum *s)
{
	if (s->sha256)
		EVP_DigestInit_ex(s->sha256, EVP_sha256(), NULL);
	memset(s->uuid, 0, sizeof(s->uuid));
	s->any = false;
}

void archive_sum_done(struct archive_sum *s)
{
	EVP_MD_CTX_free(s->sha256);
	s->sha256 = NULL;
	buf_done(&s->line);
	buf_done(&s->name);
}

/* True if the JSON text at `from` reads back as these bytes. */
static bool reads_back(const struct buf *out, size_t from, const void *data, size_t len)
{
	struct err ignored = { 0 };
	struct cJSON *item = json_parse(out->data + from, out->len - from, &ignored);
	const char *text = json_string(item);
	bool same = text && strlen(text) == len && memcmp(text, data, len) == 0;

	json_free(item);
	return same;
}

/* "<name>":"text" or "<name>64":"base64"; `data` is followed by a NUL. */
static void add_bytes(struct buf *out, const char *name, const char *data, size_t len)
{
	struct cJSON *item = json_new_string(data);
	size_t start = out->len, from;

	buf_printf(out, "\"%s\":", name);
	from = out->len;
	json_print(item, out);
	json_free(item);
	if (out->failed || reads_back(out, from, data, len))
		return;
	out->len = start;
	buf_printf(out, "\"%s64\":\"", name);
	b64_encode(out, data, len);
	buf_putc(out, '"');
}

static void write_line(struct archive_sum *s, const struct record *record)
{
	buf_reset(&s->line);
	buf_putc(&s->line, '{');
	add_bytes(&s->line, "key", record->key, strlen(record->key));
	buf_putc(&s->line, ',');
	add_bytes(&s->line, "value", record->value, record->value_len);
	buf_putc(&s->line, '}');
}

/* Lines are joined by commas; the last one's end is added when the sum is printed. */
static int add_line(struct archive_sum *s)
{
	return s->sha256 && EVP_DigestUpdate(s->sha256, ",\n", s->any ? 2 : 0) &&
	       EVP_DigestUpdate(s->sha256, s->line.data, s->line.len) ? 0 : -1;
}

static void add_name(struct archive_sum *s)
{
	uuid_t next;

	uuid_generate_sha1(next, s->uuid, s->name.data, s->name.len);
	memcpy(s->uuid, next, sizeof(s->uuid));
}

int archive_sum_add(struct archive_sum *s, const struct record *record, struct err *e)
{
	write_line(s, record);
	buf_reset(&s->name);
	buf_add(&s->name, record->key, strlen(record->key) + 1);
	buf_add(&s->name, record->value, record->value_len);
	if (s->line.failed || s->name.failed || json_lost())
		return err_set(e, ERR_LIMIT, "the record at key %s is larger than %d bytes, or "
			       "memory is lacking", record->key, ARCHIVE_RECORD_MAX);
	if (add_line(s) < 0)
		return err_set(e, ERR_INTERNAL, "SHA-256 fails");
	add_name(s);
	s->any = true;
	return 0;
}

static int print_sha256(const struct archive_sum *s, char out[ARCHIVE_SUM_TEXT])
{
	EVP_MD_CTX *ended = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool done = s->sha256 && ended && EVP_MD_CTX_copy_ex(ended, s->sha256) &&
		    EVP_DigestUpdate(ended, "\n", s->any ? 1 : 0) &&
		    EVP_DigestFinal_ex(ended, digest, &len);

	EVP_MD_CTX_free(ended);
	if (!done)
		return -1;
	out += sprintf(out, "sha256:");
	for (unsigned i = 0; i < len; i++)
		out += sprintf(out, "%02x", digest[i]);
	return 0;
}

int archive_sum_print(const struct archive_sum *s, enum archive_sum_kind kind,
		      char out[ARCHIVE_SUM_TEXT], struct err *e)
{
	if (kind == SUM_UUID5) {
		memcpy(out, "uuid5:", 6);
		uuid_unparse_lower(s->uuid, out + 6);
		return 0;
	}
	return print_sha256(s, out) < 0 ? err_set(e, ERR_INTERNAL, "SHA-256 fails") : 0;
}
