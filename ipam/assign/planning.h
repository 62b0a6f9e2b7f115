/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What automatic and exact assignment share: one planning run of ADD.
 */
#ifndef IPAM_ASSIGN_PLANNING_H
#define IPAM_ASSIGN_PLANNING_H

#include "ipam/assign/assign.h"
#include "ipam/assign/choose_pools.h"
#include "ipam/request/draft.h"
#include "ipam/assign/gateway.h"
#include "ipam/record/host.h"

struct assign {
	struct draft draft;
	const struct ipam_assign_request *request;
	struct ipam_assign_answer answer;
	char handle_id[IPAM_HANDLE_MAX + 1];
	char handle_key[KEY_TEXT];
	char owner[HOST_TEXT];
	struct handle handle; /* owned */
	unsigned gone; /* blocks of the handle that are not there */
	struct secondary secondary; /* of what is assigned */
	char now[CLOCK_GO_LEN]; /* in it */
	struct candidates candidates; /* owned */
	struct reserved reserved; /* owned */
	struct gateways gateways; /* owned */
};

void assign_done(struct assign *a); /* for __cleanup */

/* Gives an ordinal of an open block to the owner and fills the family's answer. */
int assign_take(struct assign *a, const struct pool *p, struct draft_block *b, unsigned ordinal,
		struct err *e);
/*
 * With a gateway in each block, an ordinal 1 that somebody holds keeps the block from
 * being a link: ERR_EXISTS names the holder.
 */
bool assign_gateway_is_held(const struct assign *a, const struct block *b);
int assign_check_gateway(const struct assign *a, const struct draft_block *b, struct err *e);
/* Fills the family's answer for an address of a pool; p NULL: no pool holds it any more. */
int assign_answer(struct assign *a, const struct pool *p, struct cidr block, struct addr address,
		  struct err *e);

/* One family, automatically: 9.2 to 9.7. */
int assign_automatic(struct assign *a, enum family family, struct err *e);
/* One exact address: section 10. */
int assign_exact(struct assign *a, enum family family, struct err *e);

/* What a scan of all blocks keeps in memory: not the values of full ones, nor of others' pools. */
record_filter scan_keeps;

#endif
