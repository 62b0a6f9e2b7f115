/* SPDX-License-Identifier: Apache-2.0 */
#include "datastore/kubernetes/selector.h"

#include "datastore/kubernetes/api.h"

#include <string.h>

int selector_of_affinities(const struct affinity_key *k, struct buf *out, struct err *e)
{
	char hash[HOSTNAME_HASH_LEN];

	if (kind_hostname_hash(k->node, k->node_len, hash) < 0)
		return err_set(e, ERR_INTERNAL, "SHA3-256 cannot be had");
	buf_printf(out, "&labelSelector=projectcalico.org%%2Fhostname-hash%%3D%s", hash);
	return 0;
}

int selector_of_pods(const char *node, struct buf *out, struct err *e)
{
	/* What a selector itself is made of. */
	if (!node || strpbrk(node, ",=\\"))
		return 0;
	buf_puts(out, "&fieldSelector=spec.nodeName%3D");
	api_add_escaped(out, node);
	return out->failed ? err_set(e, ERR_LIMIT, "node name %.64s is too long", node) : 0;
}
