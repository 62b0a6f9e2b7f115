/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutator that knows where values stand in JSON: half of the time it puts another
 * shape in the place of one, so that not all that is tried is refused as no JSON.
 */
#include "tests/fuzz/fixture_input.h"

#include <string.h>

static const char *const shapes[] = {
	"null", "true", "0", "1", "-1", "4096", "1.5", "18446744073709551616", "\"\"", "\"x\"",
	"\"10.0.0.0/26\"", "\"fd00::/122\"", "\"host:node-a\"", "\"net.c1\"", "\"all()\"", "[]",
	"[null]", "[1,1,1]", "[[]]", "[{}]", "[\"10.0.0.1\",\"10.0.0.1\"]", "{}", "{\"\":null}",
	"{\"0\":1,\"0\":2}", "{\"10.0.0.0/26\":1,\"10.0.0.0/26\":2}", "0,0", "\"\\u0000\"",
};

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

/* Where the value that begins at `at` ends. */
static size_t end_of_value(const uint8_t *data, size_t size, size_t at)
{
	unsigned depth = 0;
	bool in_text = false;

	for (; at < size; at++) {
		if (in_text) {
			at += data[at] == '\\';
			in_text = at >= size || data[at] != '"';
		} else if (data[at] == '"') {
			in_text = true;
		} else if (data[at] == '{' || data[at] == '[') {
			depth++;
		} else if (data[at] == '\n') {
			return at;
		} else if (data[at] == '}' || data[at] == ']' || data[at] == ',') {
			if (!depth)
				return at;
			depth -= data[at] != ',';
		}
	}
	return size;
}

/* The byte behind the n-th place where a value, or another name, can begin. */
static size_t nth_place(const uint8_t *data, size_t size, unsigned n)
{
	size_t found = 0;

	for (size_t i = 0; i < size; i++) {
		if (!strchr(":[,{ ", data[i]) || !data[i])
			continue;
		found = i + 1;
		if (!n--)
			return found;
	}
	return found;
}

static size_t put(uint8_t *data, size_t size, size_t max, size_t at, size_t end,
		  const void *value, size_t len)
{
	if (size - (end - at) + len > max)
		return 0;
	memmove(data + at + len, data + end, size - end);
	memcpy(data + at, value, len);
	return size - (end - at) + len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t at = nth_place(data, size, next(&seed) % 256), end = end_of_value(data, size, at);
	const char *shape = shapes[next(&seed) % ARRAY_LEN(shapes)];
	size_t from = nth_place(data, size, next(&seed) % 256);
	size_t other = end_of_value(data, size, from) - from, made = 0;
	uint8_t copy[512];

	if (other > sizeof(copy))
		other = sizeof(copy);
	memcpy(copy, data + from, other);
	switch (next(&seed) % 4) {
	case 0:
		made = put(data, size, max, at, end, shape, strlen(shape));
		break;
	case 1:	/* another value of the same input */
		made = put(data, size, max, at, end, copy, other);
		break;
	default:
		break;
	}
	return made ? made : LLVMFuzzerMutate(data, size, max);
}
