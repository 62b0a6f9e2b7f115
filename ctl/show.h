/* `show --ip`: all that is known of one address. */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "ctl/store.h"

int show_address(struct call *call, struct store *store, const char *text, struct err *e);

#endif
