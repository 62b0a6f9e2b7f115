/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/terminal/printable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define S_PER_DAY 86400LL
#define STDERR_PATIENCE_MS 100
#define STAMP_LEN 23	/* 2026-08-22T10-00-00.000 */
#define BACKUPS_MAX 4096	/* renamed files looked at */
#define NAME_TRIES 1000

static struct {
	enum log_level level;
	char path[PATH_MAX];
	int fd;
	bool stderr_dead;
	int64_t max_bytes, max_age_s, max_count;
} sink = { .level = LOG_LEVEL_INFO, .fd = -1 };

static const char *const level_names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };

/* Go's strconv.Quote, without the quotes unless `quoted`. */
static void add_text(struct buf *out, const char *text, bool quoted)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len;

	if (quoted)
		buf_putc(out, '"');
	for (; *s; s += len) {
		for (len = 0; s[len] >= ' ' && s[len] < 0x7f && s[len] != '"' && s[len] != '\\'; )
			len++;
		if (len) {
			buf_add(out, s, len);
			continue;
		}
		len = printable_len(s);
		if (quoted && (*s == '"' || *s == '\\'))
			buf_putc(out, '\\');
		if (len)
			buf_add(out, s, len);
		else
			len = printable_escape(s, out);
	}
	if (quoted)
		buf_putc(out, '"');
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct log_field *)a)->name, ((const struct log_field *)b)->name);
}

static void add_fields(struct buf *out, const struct log_field *fields)
{
	struct log_field sorted[LOG_FIELDS_MAX];
	size_t n = 0;

	while (n < LOG_FIELDS_MAX && fields[n].name) {
		sorted[n] = fields[n];
		n++;
	}
	qsort(sorted, n, sizeof(sorted[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		buf_putc(out, ' ');
		buf_puts(out, sorted[i].name);
		buf_putc(out, '=');
		if (sorted[i].text)
			add_text(out, sorted[i].text, true);
		else
			buf_printf(out, "%lld", (long long)sorted[i].number);
	}
}

/* At least so many digits.  Formatting them takes as long as all else of a line. */
static void add_digits(struct buf *out, long n, int width, char behind)
{
	for (long least = 10; --width > 0; least *= 10)
		if (n < least)
			buf_putc(out, '0');
	buf_number(out, (uint64_t)n);
	buf_putc(out, behind);
}

static void add_head(struct buf *out, enum log_level level, const char *source, int line)
{
	const char *slash = strrchr(source, '/');
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	add_digits(out, tm.tm_year + 1900, 4, '-');
	add_digits(out, tm.tm_mon + 1, 2, '-');
	add_digits(out, tm.tm_mday, 2, ' ');
	add_digits(out, tm.tm_hour, 2, ':');
	add_digits(out, tm.tm_min, 2, ':');
	add_digits(out, tm.tm_sec, 2, '.');
	add_digits(out, ts.tv_nsec / 1000000, 3, ' ');
	buf_printf(out, "[%s][%ld] ipam/%s %d: ", level_names[level], (long)getpid(),
		   slash ? slash + 1 : source, line);
}

static void to_stderr(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (sink.stderr_dead)
		return;
	if (poll(&p, 1, STDERR_PATIENCE_MS) != 1 || !(p.revents & POLLOUT) ||
	    write(STDERR_FILENO, line, len) < 0)
		sink.stderr_dead = true;
}

static void drop_file(void)
{
	if (sink.fd >= 0)
		close(sink.fd);
	sink.fd = -1;
}

/* By whatever name, /dev/stdout among them: lines there would be within the answer. */
static bool is_stdout(int fd)
{
	struct stat file, out;

	return fstat(fd, &file) == 0 && fstat(STDOUT_FILENO, &out) == 0 && !S_ISCHR(file.st_mode) &&
	       file.st_dev == out.st_dev && file.st_ino == out.st_ino;
}

static int open_file(void)
{
	sink.fd = open(sink.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		       0644);
	if (sink.fd >= 0 && is_stdout(sink.fd)) {
		drop_file();
		errno = EINVAL;
	}
	return sink.fd < 0 ? -1 : 0;
}

/* Where the path's last name begins, and where its extension does. */
static void split_name(const char **ret_name, const char **ret_extension)
{
	const char *slash = strrchr(sink.path, '/'), *dot;

	*ret_name = slash ? slash + 1 : sink.path;
	dot = strrchr(*ret_name, '.');
	*ret_extension = dot ? dot : *ret_name + strlen(*ret_name);
}

/* Reads the stamp of a renamed file's name, if it is one of this log. */
static int backup_time(const char *name, int64_t *ret_s)
{
	const char *own, *extension, *rest;
	struct tm tm = {0};
	size_t stem;

	split_name(&own, &extension);
	stem = (size_t)(extension - own);
	if (strncmp(name, own, stem) != 0 || name[stem] != '-' ||
	    strlen(name) < stem + 1 + STAMP_LEN)
		return -1;
	rest = strptime(name + stem + 1, "%Y-%m-%dT%H-%M-%S", &tm);
	if (rest != name + stem + 1 + STAMP_LEN - 4 || *rest != '.')
		return -1;
	rest += 4;
	if (strncmp(rest, extension, strlen(extension)) != 0)
		return -1;
	rest += strlen(extension);
	if (*rest && strcmp(rest, ".zst") != 0 && strcmp(rest, ".gz") != 0)
		return -1;
	*ret_s = timegm(&tm);
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	return -strcmp(*(char *const *)a, *(char *const *)b);
}

static DIR *open_folder(void)
{
	char folder[PATH_MAX];
	const char *name, *extension;

	split_name(&name, &extension);
	snprintf(folder, sizeof(folder), "%.*s", (int)(name - sink.path), sink.path);
	return opendir(folder[0] ? folder : ".");
}

static void remove_old(void)
{
	DIR *dir = open_folder();
	char *names[BACKUPS_MAX];
	struct dirent *entry;
	size_t n = 0;
	int64_t at;

	while (dir && n < BACKUPS_MAX && (entry = readdir(dir)))
		if (backup_time(entry->d_name, &at) == 0 && (names[n] = strdup(entry->d_name)))
			n++;
	qsort(names, n, sizeof(names[0]), newest_first);
	for (size_t i = 0; i < n; i++) {
		if ((int64_t)i >= sink.max_count ||
		    (backup_time(names[i], &at) == 0 && at < time(NULL) - sink.max_age_s))
			unlinkat(dirfd(dir), names[i], 0);
		free(names[i]);
	}
	if (dir)
		closedir(dir);
}

/* A millisecond whose name is taken is passed over, so that nothing is replaced. */
static int rename_file(void)
{
	int64_t ns = clock_now_ns();
	const char *name, *extension;
	char to[PATH_MAX + 64], stamp[32];
	struct tm tm;

	split_name(&name, &extension);
	for (int i = 0; i < NAME_TRIES; i++, ns += 1000000) {
		time_t s = (time_t)(ns / NS_PER_S);

		gmtime_r(&s, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%S", &tm);
		snprintf(to, sizeof(to), "%.*s-%s.%03d%s", (int)(extension - sink.path), sink.path,
			 stamp, (int)(ns % NS_PER_S / 1000000), extension);
		if (renameat2(AT_FDCWD, sink.path, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static bool path_is_ours(const struct stat *open_one)
{
	struct stat st;

	return stat(sink.path, &st) == 0 && st.st_ino == open_one->st_ino &&
	       st.st_dev == open_one->st_dev;
}

/*
 * Before a line: follows a rotation that another process did, or does one.  The lock
 * is only tried: whoever does not get it writes on, into a file that keeps its lines.
 */
static void rotate_if_full(size_t len)
{
	struct stat st;

	if (fstat(sink.fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size + (int64_t)len <= sink.max_bytes)
		return;
	if (flock(sink.fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (path_is_ours(&st) && rename_file() < 0) {
		flock(sink.fd, LOCK_UN);
		return;
	}
	drop_file();
	if (open_file() == 0)
		remove_old();
}

static void to_file(const char *line, size_t len)
{
	if (sink.fd < 0)
		return;
	rotate_if_full(len);
	if (sink.fd >= 0 && write(sink.fd, line, len) < 0 && errno != EAGAIN && errno != EINTR)
		drop_file();
}

void log_write(enum log_level level, const char *source, int line, const char *message,
	       const struct log_field *fields)
{
	struct buf out __cleanup(buf_done) = BUF(LOG_LINE_MAX * 8);
	int saved_errno = errno;

	if (level < sink.level)
		return;
	add_head(&out, level, source, line);
	add_text(&out, message, false);
	add_fields(&out, fields);
	if (out.len > LOG_LINE_MAX - 1)
		out.len = LOG_LINE_MAX - 1;
	out.failed = false;
	buf_putc(&out, '\n');
	to_stderr(out.data, out.len);
	to_file(out.data, out.len);
	errno = saved_errno;
}

static enum log_level level_of(const char *text)
{
	if (text && strcasecmp(text, "debug") == 0)
		return LOG_LEVEL_DEBUG;
	if (text && strcasecmp(text, "error") == 0)
		return LOG_LEVEL_ERROR;
	return LOG_LEVEL_INFO;
}

static int64_t positive_or(int64_t n, int64_t otherwise, int64_t most)
{
	return n <= 0 ? otherwise : n > most ? most : n;
}

/* docs/DATA-MODEL.md 7.3: all else is info.  Whoever set it learns that. */
static bool is_level(const char *text)
{
	return !text || !text[0] || strcasecmp(text, "info") == 0 ||
	       level_of(text) != LOG_LEVEL_INFO;
}

static void open_log_file(const struct log_config *config)
{
	struct err e = {0};

	if (!config->file_path || !config->file_path[0])
		return;
	if (strlen(config->file_path) >= sizeof(sink.path)) {
		err_set(&e, ERR_LIMIT, "path longer than %d bytes", PATH_MAX - 1);
	} else {
		strcpy(sink.path, config->file_path);
		if (io_make_parent(sink.path, 0755, &e) == 0 && open_file() < 0)
			err_set(&e, ERR_IO, "%s", strerror(errno));
	}
	if (e.kind)
		log_warning("Cannot write the log file, going on without it",
			    LOG_TEXT("error", e.text), LOG_TEXT("path", config->file_path));
	else
		remove_old();
}

void log_open(const struct log_config *config)
{
	log_close();
	sink.level = level_of(config->level);
	sink.max_bytes = positive_or(config->max_size_mb, 100, INT32_MAX) << 20;
	sink.max_age_s = positive_or(config->max_age_days, 30, INT32_MAX) * S_PER_DAY;
	sink.max_count = positive_or(config->max_count, 10, INT32_MAX);
	open_log_file(config);
	if (!is_level(config->level))
		log_warning("log_level is not debug, info or error: taken as info",
			    LOG_TEXT("log_level", config->level));
}

void log_close(void)
{
	drop_file();
	sink.level = LOG_LEVEL_INFO;
	sink.stderr_dead = false;
}
