/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that Calico's driver in Neutron writes (docs/DATA-MODEL.md 17).
 *
 *	/calico/dhcp/v2/<region>/subnet/<id>		of a region
 *	/calico/dhcp/v1/subnet/<id>			of drivers that knew no regions
 *	/calico/resources/v3/projectcalico.org/workloadendpoints/<namespace>/
 *		<host>-openstack-<device id>-<port id>	each part with '-' doubled
 *
 * A device id is free text: it may hold blanks, and slashes too.
 */
#ifndef OPENSTACK_RECORD_NAMES_H
#define OPENSTACK_RECORD_NAMES_H

#include "base/err.h"
#include "openstack/record/word.h"

#include <stdbool.h>

#define OLD_SUBNETS "/calico/dhcp/v1/subnet/"
#define REGION_MAX 46	/* characters, as the driver has it */
#define PREFIX_TEXT 480	/* bytes, NUL included */

/* Of all regions and hosts; of the second and third what follows begins with "/" or "-region-". */
#define ALL_SUBNETS "/calico/dhcp/"
#define ALL_ENDPOINTS "/calico/resources/v3/projectcalico.org/workloadendpoints/openstack"
#define ALL_MIGRATIONS "/calico/resources/v3/projectcalico.org/livemigrations/openstack"
/*
 * What Felix says of itself and of its endpoints, and of a compaction the driver:
 *	/calico/felix/v2/<region>/host/<host>/status
 *	/calico/felix/v2/<region>/host/<host>/workload/openstack/<device>/endpoint/<port id>
 */
#define ALL_FELIX "/calico/felix/v2/"

struct prefixes {
	char subnets[PREFIX_TEXT];
	char endpoints[PREFIX_TEXT];	/* of this host */
};

/*
 * `region` is "" where there is none.  ERR_CONFIG names openstack_region, or host, where
 * it cannot be one.
 */
int prefixes_init(struct prefixes *p, const char *region, const char *host, struct err *e);

/*
 * The port's id: the last of the name's four parts.  `name` is what follows prefixes.endpoints
 * in a key.  False where the name is of another form.
 */
bool endpoint_name_port(const char *name, char out[WORD_TEXT]);

/* What a key below one of the prefixes of all says; region "" where there is none. */
struct key_words {
	char region[REGION_MAX + 1];
	char host[NAME_TEXT];	/* of an endpoint, a migration and Felix; else "" */
	const char *rest;	/* in the key: an id; an endpoint's name; what Felix says it of */
};

/* False where the key is of another form. */
bool subnet_key_read(const char *key, struct key_words *ret, bool *ret_old);
bool endpoint_key_read(const char *key, const char *prefix, struct key_words *ret);
bool felix_key_read(const char *key, struct key_words *ret);

#endif
