/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL

int64_t clock_monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

struct deadline deadline_in_ms(int64_t ms)
{
	int64_t now = monotonic_ms();

	return (struct deadline){ ms > INT64_MAX - now ? INT64_MAX : now + ms };
}

int64_t deadline_left_ms(struct deadline d)
{
	int64_t left = d.at_ms - monotonic_ms();

	return left > 0 ? left : 0;
}

bool deadline_passed(struct deadline d)
{
	return deadline_left_ms(d) == 0;
}

struct deadline deadline_within_ms(struct deadline d, int64_t ms)
{
	struct deadline sooner = deadline_in_ms(ms);

	return sooner.at_ms < d.at_ms ? sooner : d;
}

void deadline_sleep_ms(struct deadline d, int64_t ms)
{
	int64_t until = deadline_within_ms(d, ms).at_ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };

	if (until < 0)
		return;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

int64_t clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void split_ns(int64_t ns, struct tm *tm, long *frac)
{
	time_t s = (time_t)(ns / NS_PER_S);

	*frac = (long)(ns % NS_PER_S);
	if (*frac < 0) {
		*frac += NS_PER_S;
		s--;
	}
	gmtime_r(&s, tm);
}

void clock_rfc3339(int64_t ns, char out[CLOCK_RFC3339_LEN])
{
	struct tm tm;
	long frac;

	split_ns(ns, &tm, &frac);
	strftime(out, CLOCK_RFC3339_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Reads exactly n digits; moves *p behind them. */
static bool read_digits(const char **p, int n, int *ret)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return true;
}

static bool read_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool is_date(const struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= days[tm->tm_mon] + (leap && tm->tm_mon == 1);
}

/* "" or ".<digits>", in nanoseconds. */
static bool read_fraction(const char **p, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S / 10, ns = 0;
	int digit;

	if (read_char(p, '.')) {
		if (!read_digits(p, 1, &digit))
			return false;
		do {
			ns += digit * unit;
			unit /= 10;
		} while (read_digits(p, 1, &digit));
	}
	*ret_ns = ns;
	return true;
}

/* A moment as read, which may lie beyond what nanoseconds since 1970 can hold. */
struct moment {
	int64_t s;
	int64_t ns;	/* 0 to 999999999 */
};

/* Reads "<date><sep><time>[.fraction]"; returns what follows, or NULL. */
static const char *parse_date_time(const char *text, char sep, struct moment *ret)
{
	struct tm tm = {0};

	if (!read_digits(&text, 4, &tm.tm_year) || !read_char(&text, '-') ||
	    !read_digits(&text, 2, &tm.tm_mon) ||
	    !read_char(&text, '-') || !read_digits(&text, 2, &tm.tm_mday) ||
	    !read_char(&text, sep) ||
	    !read_digits(&text, 2, &tm.tm_hour) || !read_char(&text, ':') ||
	    !read_digits(&text, 2, &tm.tm_min) ||
	    !read_char(&text, ':') || !read_digits(&text, 2, &tm.tm_sec) ||
	    !read_fraction(&text, &ret->ns))
		return NULL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (!is_date(&tm) || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return NULL;
	ret->s = timegm(&tm);
	return text;
}

/* "Z" or "+hh:mm", and nothing after it. */
static bool parse_offset(const char *text, int64_t *ret_s)
{
	int hours = 0, minutes = 0, sign = *text == '-' ? -1 : 1;

	if (!read_char(&text, 'Z')) {
		if (!read_char(&text, '+') && !read_char(&text, '-'))
			return false;
		if (!read_digits(&text, 2, &hours) || !read_char(&text, ':') ||
		    !read_digits(&text, 2, &minutes) ||
		    hours > 23 || minutes > 59)
			return false;
	}
	*ret_s = sign * (hours * 3600 + minutes * 60);
	return !*text;
}

static int64_t to_ns(struct moment m)
{
	int64_t ns;

	if (__builtin_mul_overflow(m.s, NS_PER_S, &ns) || __builtin_add_overflow(ns, m.ns, &ns))
		return m.s < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

int clock_parse_rfc3339(const char *text, int64_t *ret_ns)
{
	struct moment m;
	int64_t offset;

	text = parse_date_time(text, 'T', &m);
	if (!text || !parse_offset(text, &offset))
		return -1;
	m.s -= offset;
	*ret_ns = to_ns(m);
	return 0;
}

void clock_go_string(int64_t ns, char out[CLOCK_GO_LEN])
{
	char day[24], fraction[16] = "";
	struct tm tm;
	long frac;

	split_ns(ns, &tm, &frac);
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	if (frac) {
		size_t n = (size_t)snprintf(fraction, sizeof(fraction), ".%09ld", frac);

		while (fraction[n - 1] == '0')
			fraction[--n] = '\0';
	}
	snprintf(out, CLOCK_GO_LEN, "%s%s +0000 UTC", day, fraction);
}

int clock_parse_go_string(const char *text, int64_t *ret_ns)
{
	static const char utc[] = " +0000 UTC";
	struct moment m;

	text = parse_date_time(text, ' ', &m);
	if (!text || strncmp(text, utc, sizeof(utc) - 1) != 0)
		return -1;
	text += sizeof(utc) - 1;
	/* Go adds the reading of its monotonic clock to a time that it has just taken. */
	if (*text && strncmp(text, " m=", 3) != 0)
		return -1;
	*ret_ns = to_ns(m);
	return 0;
}
