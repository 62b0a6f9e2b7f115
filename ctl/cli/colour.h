/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours: only on a terminal, and never with NO_COLOR set to anything
 * (https://no-color.org) or a TERM of "dumb".
 */
#ifndef CTL_CLI_COLOUR_H
#define CTL_CLI_COLOUR_H

#include <stdbool.h>

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_DIM, COLOUR_BOLD };

/* True if standard output wants colours. */
bool colours_wanted(void);

/* The sequence that begins the colour; COLOUR_NONE: that ends it. */
const char *colour_text(enum colour colour);

#endif
