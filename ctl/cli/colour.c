/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colours_wanted(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
}

const char *colour_text(enum colour colour)
{
	static const char *const texts[] = {
		[COLOUR_NONE] = "\033[0m", [COLOUR_RED] = "\033[31m", [COLOUR_GREEN] = "\033[32m",
		[COLOUR_YELLOW] = "\033[33m", [COLOUR_DIM] = "\033[2m", [COLOUR_BOLD] = "\033[1m",
	};

	return texts[colour];
}
