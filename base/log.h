/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: stderr always, and a file where one is configured (docs/DATA-MODEL.md 7.3).
 *
 *	log_info("Releasing address using handleID", LOG_TEXT("HandleID", id));
 *
 *	2026-08-22 10:00:00.123 [INFO][4711] ipam/commands.c 88: Releasing address using \
 *	handleID HandleID="net1.4f2a"
 *
 * Local time; fields sorted by name; texts quoted as Go's strconv.Quote does, numbers
 * bare.  A line is one write(2) of at most LOG_LINE_MAX bytes, so lines of several
 * processes do not mix, and control characters never make a second line.
 *
 * Nothing that goes wrong here fails a request: a file that cannot be opened is said
 * once on stderr and left out; a stderr that nobody reads is given up.  Nothing is
 * ever written to stdout.  Callers keep secrets out.
 *
 * Rotation, after lumberjack's manner: a file that would pass max_size_mb is renamed to
 * "<name>-2026-08-22T10-00-00.000.<extension>" (UTC) and begun afresh; renamed ones
 * older than max_age_days or beyond the newest max_count are removed.  They are not
 * compressed; compressed ones that Calico left (.zst, .gz) age and count likewise.
 * Several processes may do this at once: no line is lost.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#define LOG_LINE_MAX 4096	/* bytes, newline included; PIPE_BUF on Linux */
#define LOG_FIELDS_MAX 16	/* fields in one line; more are left out */

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log_field {
	const char *name;
	const char *text;	/* NULL: the number */
	int64_t number;
};

static inline const char *log_text_or_empty(const char *text)
{
	return text ? text : "";
}

#define LOG_TEXT(name, text) { (name), log_text_or_empty(text), 0 }
#define LOG_NUMBER(name, number) { (name), NULL, (number) }

struct log_config {
	const char *level;	/* "debug", "info", "error" in any case; all else: info, and said */
	const char *file_path;	/* NULL or "": stderr only.  The folder is made if need be. */
	int64_t max_size_mb;	/* MiB; 0 or less: 100 */
	int64_t max_age_days;	/* 0 or less: 30 */
	int64_t max_count;	/* 0 or less: 10 */
};

/* Before the first call: stderr only, level info.  May be called again. */
void log_open(const struct log_config *config);
void log_close(void);

void log_write(enum log_level level, const char *source, int line, const char *message,
	       const struct log_field *fields);

#define log_at(level, message, ...)				\
	log_write((level), __FILE__, __LINE__, (message),	\
		  (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } })
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
