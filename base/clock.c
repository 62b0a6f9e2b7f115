#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct deadline deadline_in_ms(int64_t ms)
{
	return (struct deadline){ monotonic_ms() + ms };
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
	int64_t left = deadline_left_ms(d);
	struct timespec ts;

	if (ms > left)
		ms = left;
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = (ms % 1000) * 1000000;
	nanosleep(&ts, NULL);
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

/* Reads "<date><sep><time>[.fraction]"; returns what follows, or NULL. */
static const char *parse_date_time(const char *text, char sep, int64_t *ret_ns)
{
	struct tm tm = {0};
	int64_t frac = 0, unit = NS_PER_S / 10;
	int used = 0;
	char c = 0;

	if (sscanf(text, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &c,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 7 || !used)
		return NULL;
	if (c != sep || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return NULL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	text += used;
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			frac += (*text - '0') * unit;
	}
	*ret_ns = (int64_t)timegm(&tm) * NS_PER_S + frac;
	return text;
}

int clock_parse_rfc3339(const char *text, int64_t *ret_ns)
{
	int hours, minutes, used = 0;
	int64_t ns;
	char sign;

	text = parse_date_time(text, 'T', &ns);
	if (!text)
		return -1;
	if (strcmp(text, "Z") != 0) {
		if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || text[used])
			return -1;
		if (sign != '+' && sign != '-')
			return -1;
		ns -= (sign == '+' ? 1 : -1) * (hours * 3600LL + minutes * 60LL) * NS_PER_S;
	}
	*ret_ns = ns;
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
	int64_t ns;

	text = parse_date_time(text, ' ', &ns);
	if (!text || strncmp(text, " +0000 UTC", 10) != 0)
		return -1;
	*ret_ns = ns;
	return 0;
}
