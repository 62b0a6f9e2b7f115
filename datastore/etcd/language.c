/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/etcd/language.h"

#include "datastore/settings.h"

#include <string.h>

#define LOSSES 2	/* in a row that may be no chance */

void language_init(struct language *l, const char *told, bool met_json)
{
	*l = (struct language){ .first = met_json, .json = met_json };
	if (!*told)
		return;
	l->source = LANGUAGE_TOLD;
	l->json = strcmp(told, SETTINGS_PROTOCOL_JSON) == 0;
}

bool language_begin(struct language *l)
{
	bool before = l->json;

	if (l->source == LANGUAGE_UNDERSTOOD && l->json && deadline_passed(l->until)) {
		l->source = LANGUAGE_GUESSED;
		l->first = false;
	}
	if (l->source == LANGUAGE_GUESSED)
		l->json = l->first;
	l->turned = false;
	return l->json != before;
}

bool language_turn(struct language *l)
{
	if (!l->turns)
		return false;
	l->json = !l->json;
	l->turns = false;
	l->turned = true;
	return true;
}

bool language_met_stranger(struct language *l)
{
	if (l->source != LANGUAGE_GUESSED || l->turned)
		return false;
	l->turns = true;
	return true;
}

bool language_met_loss(struct language *l, bool tls)
{
	return ++l->losses >= LOSSES && !tls && language_met_stranger(l);
}

void language_was_understood(struct language *l)
{
	l->losses = 0;
	l->turns = false;
	if (l->source != LANGUAGE_GUESSED)
		return;
	l->source = LANGUAGE_UNDERSTOOD;
	l->until = deadline_in_ms(LANGUAGE_JSON_S * 1000);
}
