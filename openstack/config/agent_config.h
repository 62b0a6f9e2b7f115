/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's configuration: the keys of Neutron's DHCP agent and of Calico's, under their
 * names and with their defaults, so that one file serves both.
 *
 * Each is a row of the table in agent_config.c.  Keys that are in no row are somebody
 * else's: they are passed over, as oslo.config does.  `$other_key`, `${other_key}`, or
 * `$section.other_key`, in a value stands for that key's value, "$$" and "\\$" for "$", and
 * so does a '$' before what is no name.  Of a key that comes again, in the same
 * file or a later one, the last counts.
 */
#ifndef OPENSTACK_CONFIG_AGENT_CONFIG_H
#define OPENSTACK_CONFIG_AGENT_CONFIG_H

#include "base/err.h"
#include "datastore/settings.h"
#include "openstack/serve/files.h"

#include <stdbool.h>
#include <stdint.h>

struct agent_config {
	/* [DEFAULT]; texts are owned, "" where nothing is given */
	char *host, *state_path, *dhcp_confs;
	char *log_file, *log_dir;
	bool debug;
	char *dns_domain;
	int64_t dhcp_lease_duration, dhcp_renewal_time, dhcp_rebinding_time;	/* s */
	char *dnsmasq_config_file, *dnsmasq_base_log_dir;
	char *dnsmasq_servers_text;
	const char *dnsmasq_dns_servers[DNSMASQ_SERVERS_MAX];	/* in the text above */
	size_t n_dns_servers;
	bool dnsmasq_local_resolv, dhcp_broadcast_reply, dnsmasq_enable_addr6_list;
	bool force_metadata;
	int64_t dnsmasq_lease_max;
	int64_t network_device_mtu;	/* bytes, of the ns- devices; 0: 1500 */
	char *metrics_file;	/* ours: a textfile for node_exporter */
	/* [calico] */
	char *etcd_host, *etcd_key_file, *etcd_cert_file, *etcd_ca_cert_file;
	char *etcd_username, *etcd_password;
	char *etcd_scheme;	/* ours; "": https where a key or certificate is named, else http */
	char *etcd_endpoints;	/* ours: several, instead of host and port */
	int64_t etcd_port, etcd_timeout;	/* etcd_timeout: s */
	char *openstack_region;
};

#define NETWORK_MTU 1500	/* bytes; Neutron's DEFAULT_NETWORK_MTU: no record says another */

void agent_config_done(struct agent_config *c);	/* also for __cleanup */

/*
 * Reads the files one after the other, each of which must be there.  ERR_CONFIG names file,
 * line and key.  `host_name` is this machine's, where no file names one.
 */
int agent_config_read(struct agent_config *ret, const char *const *files, size_t n,
		      const char *host_name, struct err *e);

/* What is said of dnsmasq; borrows from the configuration. */
struct serving agent_config_serving(const struct agent_config *c);

/* Where the store is. */
int agent_config_settings(const struct agent_config *c, struct settings *ret, struct err *e);

#endif
