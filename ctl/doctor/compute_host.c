/* SPDX-License-Identifier: Apache-2.0 */
/* A compute host of OpenStack's: what has to run and to be there for its guests to be served. */
#include "ctl/doctor/doctor.h"

#include "base/io.h"
#include "base/process/run.h"
#include "base/terminal/shell_word.h"
#include "openstack/host/kinds.h"
#include "openstack/survey/own_host.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGENT "calico-ipam-dhcp-agent"
#define CALICOS_AGENT "calico-dhcp-agent"
#define COMM "calico-dhcp-age"	/* of both: the kernel keeps 15 characters */
#define WANTED "/etc/systemd/system/multi-user.target.wants/"
#define DNSMASQ_MS 5000
#define DNSMASQ_MINOR 80	/* of 2, the first that is as the agent needs it */
#define TAPS_TOLD 10
#define EDIT "${EDITOR:-vi} /etc/neutron/neutron.conf"

static bool is_there(const struct doctor *d, const char *path)
{
	char full[DOCTOR_PATH];

	doctor_path(d, path, full);
	return access(full, F_OK) == 0;
}

/* Who serves */

static bool is_agent(const struct doctor *d, const char *pid)
{
	struct buf text __cleanup(buf_done) = BUF(64);
	struct err ignored = { 0 };
	char path[DOCTOR_PATH], full[DOCTOR_PATH];

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	doctor_path(d, path, full);
	return io_read_file(full, &text, &ignored) == 0 &&
	       strncmp(text.data, COMM, strlen(COMM)) == 0;
}

/* Calico's is Python, so that its executable is Python's. */
static bool is_calicos(const struct doctor *d, const char *pid)
{
	char path[DOCTOR_PATH], full[DOCTOR_PATH], exe[DOCTOR_PATH] = "";

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	doctor_path(d, path, full);
	return readlink(full, exe, sizeof(exe) - 1) > 0 && strstr(exe, "python");
}

static void count_agents(const struct doctor *d, unsigned *ret_ours, unsigned *ret_calicos)
{
	char full[DOCTOR_PATH];
	DIR *folder __cleanup(close_folder) = NULL;
	const struct dirent *entry;

	doctor_path(d, "/proc", full);
	folder = opendir(full);
	*ret_ours = *ret_calicos = 0;
	while (folder && (entry = readdir(folder)))
		if (isdigit((unsigned char)*entry->d_name) && is_agent(d, entry->d_name))
			++*(is_calicos(d, entry->d_name) ? ret_calicos : ret_ours);
}

static void check_agent(struct doctor *d)
{
	unsigned ours, calicos;

	count_agents(d, &ours, &calicos);
	if (ours && calicos)
		doctor_say(d, HEALTH_FAIL, "agent", "systemctl disable --now " CALICOS_AGENT,
			   "Calico's runs beside ours, and both write the same files");
	else if (ours)
		doctor_say(d, HEALTH_OK, "agent", NULL, "runs");
	else if (calicos)
		doctor_say(d, HEALTH_OK, "agent", NULL, "Calico's runs, not ours");
	else
		doctor_say(d, HEALTH_FAIL, "agent", "systemctl start " AGENT,
			   "none runs: guests are told nothing");
}

static void check_unit(struct doctor *d)
{
	static const char *const folders[] = { "/etc/systemd/system/", "/usr/lib/systemd/system/",
					       "/lib/systemd/system/" };
	char path[DOCTOR_PATH];
	bool there = false, enabled = is_there(d, WANTED AGENT ".service");

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s" AGENT ".service", folders[i]);
		there |= is_there(d, path);
	}
	if (enabled && is_there(d, WANTED CALICOS_AGENT ".service"))
		doctor_say(d, HEALTH_FAIL, "unit", "systemctl disable " CALICOS_AGENT,
			   "Calico's is enabled too: which of them runs after a reboot is chance");
	else if (!there)
		doctor_say(d, HEALTH_WARN, "unit", "apt-get install ./calico-dhcp-agent.deb",
			   AGENT ".service is not installed");
	else if (!enabled)
		doctor_say(d, HEALTH_WARN, "unit", "systemctl enable " AGENT,
			   AGENT ".service is not enabled: no agent after a reboot");
	else
		doctor_say(d, HEALTH_OK, "unit", NULL, "enabled");
}

/* What it needs */

static int ask_version(struct buf *out)
{
	static char program[] = "dnsmasq", option[] = "--version";
	static char *const argv[] = { program, option, NULL };
	struct buf aside __cleanup(buf_done) = BUF(4096);
	struct run r = { .argv = argv, .envp = environ, .out = out, .aside = &aside };
	struct err ignored = { 0 };

	return run_to_end(&r, deadline_in_ms(DNSMASQ_MS), &ignored) < 0 || r.status ? -1 : 0;
}

static void check_dnsmasq(struct doctor *d)
{
	struct buf text __cleanup(buf_done) = BUF(16384);
	unsigned major, minor;

	if (ask_version(&text) < 0 ||
	    sscanf(text.data, "Dnsmasq version %u.%u", &major, &minor) != 2) {
		doctor_say(d, HEALTH_FAIL, "dnsmasq", "apt-get install dnsmasq-base",
			   "it is not there, or does not say its version");
		return;
	}
	if (major < 2 || (major == 2 && minor < DNSMASQ_MINOR))
		doctor_say(d, HEALTH_FAIL, "dnsmasq", "apt-get install dnsmasq-base",
			   "it is %u.%u, and must be 2.%d or newer", major, minor, DNSMASQ_MINOR);
	else if (strstr(text.data, "no-IPv6") || strstr(text.data, "no-DHCPv6"))
		doctor_say(d, HEALTH_FAIL, "dnsmasq", "apt-get install dnsmasq-base",
			   "it is built without IPv6");
	else
		doctor_say(d, HEALTH_OK, "dnsmasq", NULL, "%u.%u", major, minor);
}

static void check_kinds(struct doctor *d)
{
	struct err why = { 0 };
	char kind[IFNAMSIZ];

	if (kinds_first(kind, &why) < 0)
		doctor_say(d, HEALTH_FAIL, "device kinds",
			   why.kind == ERR_UNSUPPORTED ? "modprobe dummy" : doctor_as_root(NULL),
			   "%s", why.text);
	else
		doctor_say(d, HEALTH_OK, "device kinds", NULL, "networks' devices are of kind %s",
			   kind);
}

/* Its ports */

static void check_proxy_arp(struct doctor *d, const char *tap)
{
	char name[64], mend[DOCTOR_MEND];

	snprintf(name, sizeof(name), "net/ipv4/conf/%s/proxy_arp", tap);
	shell_command(mend, sizeof(mend), "sysctl -w net/ipv4/conf/%s/proxy_arp=1", tap);
	if (doctor_sysctl(d, name) != 1)
		doctor_say(d, HEALTH_FAIL, "proxy ARP", mend, "is off on %s: its guest's gateway "
			   "does not answer. Felix turns it on: does calico-felix run?", tap);
}

static bool has_ipv4(const struct vm_endpoint *p)
{
	for (size_t i = 0; i < p->n_addresses; i++)
		if (p->addresses[i].family == FAMILY_4)
			return true;
	return false;
}

static void check_port(struct doctor *d, const struct vm_endpoint *p, unsigned *absent)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s", p->tap);
	if (is_there(d, path)) {
		if (has_ipv4(p))
			check_proxy_arp(d, p->tap);
		return;
	}
	if (++*absent <= TAPS_TOLD)
		doctor_say(d, HEALTH_WARN, "tap", "calico-ipamctl openstack check",
			   "%s of port %s is not here: its VM does not run, or the record is stale",
			   p->tap, p->port);
}

static void check_ports(struct doctor *d, const struct survey *s, const char *host)
{
	unsigned n = 0, absent = 0;

	for (size_t i = 0; i < s->n_ports; i++) {
		if (strcmp(s->ports[i].host, host) != 0)
			continue;
		n++;
		check_port(d, &s->ports[i].endpoint, &absent);
	}
	if (absent > TAPS_TOLD)
		doctor_say(d, HEALTH_WARN, "tap", "calico-ipamctl openstack check",
			   "%u more are not here", absent - TAPS_TOLD);
	if (n)
		doctor_say(d, HEALTH_OK, "ports", NULL, "%u of host %s, %u with their tap", n, host,
			   n - absent);
	else
		doctor_say(d, HEALTH_WARN, "ports", NULL, "etcd has none of host %s: is that the "
			   "name that Nova has for it?", host);
}

/* No fault: an agent that loses its watch then reads all anew. */
static void tell_compaction(struct doctor *d, const struct own_host *host)
{
	if (host->revision && host->survey.compacted > host->revision)
		doctor_say(d, HEALTH_OK, "compaction", NULL, "etcd's is noted at revision %" PRIu64
			   ", and the last write that the agent has seen is %" PRIu64
			   ": if it loses its watch it reads all anew", host->survey.compacted,
			   host->revision);
}

void doctor_compute_host(struct doctor *d)
{
	struct own_host host __cleanup(own_host_done) = { 0 };
	struct err why = { 0 };
	bool configured;
	int rc;

	check_agent(d);
	check_unit(d);
	check_dnsmasq(d);
	check_kinds(d);
	rc = own_host_read(call_option(d->call, "agent-config", 0), &host, &configured, &why);
	if (!configured) {
		doctor_say(d, HEALTH_FAIL, "agent's configuration", EDIT, "%s", why.text);
		return;
	}
	doctor_say(d, HEALTH_OK, "agent's configuration", NULL, "host %s", host.name);
	if (rc < 0)
		doctor_say(d, HEALTH_FAIL, "etcd", EDIT "  # [calico] etcd_host", "%s", why.text);
	else
		check_ports(d, &host.survey, host.name);
	tell_compaction(d, &host);
}
