/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/since.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_NS 1000000000LL

bool since_of(const struct attribute *attribute, char out[SINCE_TEXT])
{
	bool released = attribute_is_released(attribute);
	const char *text = released ? attribute_released_at(attribute)
				    : attribute_secondary(attribute, "timestamp");
	int64_t ns = 0;

	if (!text)
		return false;
	if ((released ? clock_parse_rfc3339 : clock_parse_go_string)(text, &ns) < 0)
		snprintf(out, SINCE_TEXT, "%.*s", SINCE_TEXT - 1, text);
	else
		clock_rfc3339(ns, out);
	return true;
}

/* "3m12s"; without the smaller unit where that is 0. */
static void print_two(int64_t large, char unit, int64_t small, char small_unit,
		      char out[AGE_TEXT])
{
	if (small)
		snprintf(out, AGE_TEXT, "%" PRId64 "%c%" PRId64 "%c", large, unit, small,
			 small_unit);
	else
		snprintf(out, AGE_TEXT, "%" PRId64 "%c", large, unit);
}

/* The steps are those of HumanDuration() in k8s.io/apimachinery. */
void age_of(const char *since, int64_t now_ns, char out[AGE_TEXT])
{
	int64_t ns, s, m, h, d;

	out[0] = '\0';
	if (!since || clock_parse_rfc3339(since, &ns) < 0)
		return;
	s = now_ns / SECOND_NS - ns / SECOND_NS;
	m = s / 60;
	h = m / 60;
	d = h / 24;
	if (s < -1)
		snprintf(out, AGE_TEXT, "<invalid>");
	else if (s < 120)
		snprintf(out, AGE_TEXT, "%" PRId64 "s", s < 0 ? 0 : s);
	else if (m < 10)
		print_two(m, 'm', s % 60, 's', out);
	else if (m < 180)
		snprintf(out, AGE_TEXT, "%" PRId64 "m", m);
	else if (h < 8)
		print_two(h, 'h', m % 60, 'm', out);
	else if (h < 48)
		snprintf(out, AGE_TEXT, "%" PRId64 "h", h);
	else if (d < 8)
		print_two(d, 'd', h % 24, 'h', out);
	else if (d < 2 * 365)
		snprintf(out, AGE_TEXT, "%" PRId64 "d", d);
	else if (d < 8 * 365)
		print_two(d / 365, 'y', d % 365, 'd', out);
	else
		snprintf(out, AGE_TEXT, "%" PRId64 "y", d / 365);
}
