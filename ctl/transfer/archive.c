/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/transfer/archive.h"
#include "base/b64.h"
#include "base/io.h"
#include "base/json.h"
#include "ipam/record/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD "{\"version\":2,\"records\":["

void archive_write_begin(struct archive_writer *w, FILE *file, const char *path)
{
	*w = (struct archive_writer){ .file = file, .path = path };
	archive_sum_init(&w->sum);
}

void archive_writer_done(struct archive_writer *w)
{
	archive_sum_done(&w->sum);
}

static int write_text(struct archive_writer *w, const char *text, size_t len, struct err *e)
{
	if (fwrite(text, 1, len, w->file) != len)
		return err_set(e, ERR_IO, "%s: %s", w->path, strerror(errno));
	return 0;
}

int archive_write(struct archive_writer *w, const struct record *record, struct err *e)
{
	const char *before = w->n ? ",\n" : HEAD "\n";

	if (archive_sum_add(&w->sum, record, e) < 0 ||
	    write_text(w, before, strlen(before), e) < 0 ||
	    write_text(w, w->sum.line.data, w->sum.line.len, e) < 0)
		return -1;
	w->n++;
	return 0;
}

int archive_write_end(struct archive_writer *w, struct err *e)
{
	char sum[ARCHIVE_SUM_TEXT];

	if (archive_sum_print(&w->sum, SUM_SHA256, sum, e) < 0)
		return -1;
	if (fprintf(w->file, "%s\n],\"count\":%" PRIu64 ",\"sum\":\"%s\"}\n", w->n ? "" : HEAD,
		    w->n, sum) < 0 || fflush(w->file) != 0)
		return err_set(e, ERR_IO, "%s: %s", w->path, strerror(errno));
	return 0;
}

/* It is read more than once; and a FIFO that nobody writes to would be waited for. */
static int refuse_special(const char *path, struct err *e)
{
	const char *special = NULL;
	struct stat st;

	if (stat(path, &st) == 0)
		special = io_special(st.st_mode);
	return special ? err_set(e, ERR_IO, "%s %s: the file is read more than once, so write it "
				 "to one first", path, special) : 0;
}

int archive_read_open(struct archive_reader *r, const char *path, struct err *e)
{
	*r = (struct archive_reader){ 0 };
	buf_init(&r->key, VIEW_KEY_MAX);
	buf_init(&r->value, ARCHIVE_RECORD_MAX);
	archive_sum_init(&r->sum);
	if (refuse_special(path, e) < 0)
		return -1;
	return json_file_open(&r->file, path, ARCHIVE_RECORD_MAX, e);
}

void archive_reader_done(struct archive_reader *r)
{
	json_file_done(&r->file);
	buf_done(&r->key);
	buf_done(&r->value);
	archive_sum_done(&r->sum);
}

int archive_rewind(struct archive_reader *r, struct err *e)
{
	if (json_file_rewind(&r->file, e) < 0)
		return -1;
	archive_sum_reset(&r->sum);
	buf_reset(&r->key);
	r->n = 0;
	r->begun = r->ended = false;
	*r->sum_said = '\0';
	return 0;
}

static int bad(struct archive_reader *r, struct err *e, const char *what)
{
	return json_file_bad(&r->file, what, e);
}

static int check_head(struct archive_reader *r, const char *name, const struct cJSON *value,
		      struct err *e)
{
	uint64_t version;

	if (strcmp(name, "version") == 0 &&
	    (json_u64(value, &version) < 0 || version < 1 || version > 2))
		return bad(r, e, "its version is neither 1 nor 2");
	if (strcmp(name, "sum") == 0 && json_string(value)) {
		snprintf(r->sum_said, sizeof(r->sum_said), "%s", json_string(value));
		r->sum_kind = strncmp(r->sum_said, "uuid5:", 6) == 0 ? SUM_UUID5 : SUM_SHA256;
	}
	return 0;
}

/* One field of the outermost object.  1: it is "records", whose '[' has been read. */
static int read_field(struct archive_reader *r, int c, struct err *e)
{
	struct cJSON *name __cleanup(json_freep) = json_file_name(&r->file, c, e);
	struct cJSON *value __cleanup(json_freep) = NULL;

	if (!name)
		return bad(r, e, "it is no export of calico-ipamctl");
	c = json_file_token(&r->file);
	if (c == '[' && strcmp(json_string(name), "records") == 0)
		return 1;
	value = json_file_value(&r->file, c, e);
	return value ? check_head(r, json_string(name), value, e) : -1;
}

/* From where a field may begin up to the records. */
static int read_head(struct archive_reader *r, struct err *e)
{
	int rc = 0;

	r->begun = true;
	if (json_file_token(&r->file) != '{')
		return bad(r, e, "it is no export of calico-ipamctl");
	while ((rc = read_field(r, json_file_token(&r->file), e)) == 0)
		if (json_file_token(&r->file) != ',')
			return bad(r, e, "it has no records");
	return rc < 0 ? -1 : 0;
}

/* Behind the records: the sum must be there, and right. */
static int read_tail(struct archive_reader *r, struct err *e)
{
	char sum[ARCHIVE_SUM_TEXT];
	int c, rc;

	r->ended = true;
	while ((rc = json_file_next(&r->file, '}', false, &c, e)) > 0) {
		rc = read_field(r, c, e);
		if (rc)
			return rc < 0 ? -1 : bad(r, e, "it has two lists of records");
	}
	if (rc < 0 || json_file_token(&r->file) != EOF)
		return bad(r, e, "the end of the file is not as it should be");
	if (!*r->sum_said)
		return bad(r, e, "it has no sum");
	if (archive_sum_print(&r->sum, r->sum_kind, sum, e) < 0)
		return -1;
	if (strcmp(sum, r->sum_said) != 0)
		return err_set(e, ERR_DECODE, "%s: its records have sum %s, and it says %s: it has "
			       "been changed", r->file.path, sum, r->sum_said);
	return 0;
}

/* "<name>" as text or "<name>64" as base64 into out. */
static int take_bytes(const struct cJSON *item, const char *name, const char *name64,
		      struct buf *out)
{
	const char *text = json_string(json_entry(item, name));
	const char *coded = json_string(json_entry(item, name64));

	buf_reset(out);
	if (text)
		buf_puts(out, text);
	else if (!coded || b64_decode(out, coded, strlen(coded)) < 0)
		return -1;
	return out->failed ? -1 : 0;
}

static int check_key(struct archive_reader *r, const char *before, struct err *e)
{
	if (memchr(r->key.data, 0, r->key.len) ||
	    strncmp(r->key.data, KEY_ROOT, strlen(KEY_ROOT)) != 0)
		return bad(r, e, "the next key is not under " KEY_ROOT);
	if (*before && strcmp(before, r->key.data) >= 0)
		return bad(r, e, "the keys are not in ascending order");
	return 0;
}

static int take_record(struct archive_reader *r, const struct cJSON *item, struct err *e)
{
	char before[VIEW_KEY_MAX + 1] = "";

	if (r->n)
		memcpy(before, r->key.data, r->key.len + 1);
	if (take_bytes(item, "key", "key64", &r->key) < 0 ||
	    take_bytes(item, "value", "value64", &r->value) < 0)
		return bad(r, e, "the next record has no key and value");
	if (check_key(r, before, e) < 0)
		return -1;
	r->record = (struct record){ .key = r->key.data, .value = r->value.data,
				     .value_len = r->value.len };
	r->n++;
	return archive_sum_add(&r->sum, &r->record, e) < 0 ? -1 : 1;
}

int archive_read(struct archive_reader *r, struct err *e)
{
	struct cJSON *item __cleanup(json_freep) = NULL;
	int c, rc;

	if (r->ended)
		return 0;
	if (!r->begun && read_head(r, e) < 0)
		return -1;
	rc = json_file_next(&r->file, ']', !r->n, &c, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return read_tail(r, e);
	item = json_file_value(&r->file, c, e);
	return item ? take_record(r, item, e) : -1;
}
