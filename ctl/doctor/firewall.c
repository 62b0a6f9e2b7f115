/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host's firewall does to the packets that it passes on for containers, as iptables and
 * nft tell it: the policy of FORWARD, which Docker sets to DROP, and whether anything translates
 * addresses.  Neither is changed, and where neither tool is there nothing is said.
 */
#include "ctl/doctor/doctor.h"

#include "base/process/run.h"
#include "base/terminal/shell_word.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RULES_MAX (16 << 20)	/* bytes */
#define RULES_MS 5000		/* of waiting for a tool, which may wait for others */
#define TOOLS_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

struct firewall {
	bool has_iptables, has_nft;	/* they are there, and answered */
	struct buf forward[N_FAMILIES], nat[N_FAMILIES];	/* iptables -S, owned */
	struct buf ruleset;		/* nft list ruleset, owned */
};

static void firewall_done(struct firewall *w)
{
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		buf_done(&w->forward[f]);
		buf_done(&w->nat[f]);
	}
	buf_done(&w->ruleset);
}

static bool find_tool(const char *name, char ret[DOCTOR_PATH])
{
	static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(ret, DOCTOR_PATH, "%s/%s", folders[i], name);
		if (access(ret, X_OK) == 0)
			return true;
	}
	return false;
}

/* The words are the tool's; false: it is not there, or did not answer. */
static bool ask_tool(const char *name, const char *const words[], struct buf *out)
{
	static char tools_path[] = TOOLS_PATH;
	static char *const environment[] = { tools_path, NULL };
	struct buf aside __cleanup(buf_done) = BUF(4096);
	char path[DOCTOR_PATH];
	char *argv[8] = { path };
	struct run r = { .argv = argv, .envp = environment, .out = out, .aside = &aside };
	struct err ignored = {0};

	for (size_t i = 0; words[i] && i + 2 < ARRAY_LEN(argv); i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	return find_tool(name, path) &&
	       run_to_end(&r, deadline_in_ms(RULES_MS), &ignored) == 0 && r.status == 0;
}

static const char *iptables_of(enum family family)
{
	return family == FAMILY_4 ? "iptables" : "ip6tables";
}

static void read_firewall(struct firewall *w)
{
	static const char *const forward[] = { "-w", "1", "-S", "FORWARD", NULL };
	static const char *const nat[] = { "-w", "1", "-t", "nat", "-S", NULL };
	static const char *const ruleset[] = { "list", "ruleset", NULL };

	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		buf_init(&w->forward[f], RULES_MAX);
		buf_init(&w->nat[f], RULES_MAX);
		w->has_iptables |= ask_tool(iptables_of(f), forward, &w->forward[f]);
		ask_tool(iptables_of(f), nat, &w->nat[f]);
	}
	buf_init(&w->ruleset, RULES_MAX);
	w->has_nft = ask_tool("nft", ruleset, &w->ruleset);
}

/* By a rule of its own, or by the chains of a plugin that knows each container. */
static bool lets_through(const struct network *n, const char *rules)
{
	char accepts[64];

	snprintf(accepts, sizeof(accepts), "-i %s -j ACCEPT", *n->bridge ? n->bridge : "veth+");
	return n->filters || strstr(rules, accepts) || strstr(rules, "-j CNI-FORWARD") ||
	       strstr(rules, "-j cali-FORWARD");
}

static void check_forward(struct doctor *d, const struct network *n, const struct firewall *w,
			  enum family family)
{
	const char *device = *n->bridge ? n->bridge : "veth+", *tool = iptables_of(family);
	char mend[DOCTOR_MEND];

	if (!w->forward[family].len || !strstr(w->forward[family].data, "-P FORWARD DROP") ||
	    lets_through(n, w->forward[family].data))
		return;
	shell_command(mend, sizeof(mend), "%s -I FORWARD -i %s -j ACCEPT && %s -I FORWARD -o %s -j "
		      "ACCEPT", tool, device, tool, device);
	doctor_say(d, HEALTH_WARN, "FORWARD", mend, "%s: by %s the policy of FORWARD is DROP, and "
		   "no rule lets the packets of %s pass; the plugin \"firewall\" in the list "
		   "would make them",
		   n->path, tool, device);
}

/* "chain NAME {": the last one before this place. */
static size_t chain_of(const char *rules, const char *at, const char **ret)
{
	while (at > rules && strncmp(at, "chain ", strlen("chain ")) != 0)
		at--;
	*ret = at + strlen("chain ");
	return strcspn(*ret, " {\n");
}

/* What iptables made there too, under its own name, is in its rules. */
static void check_nft(struct doctor *d, const struct firewall *w)
{
	const char *at = w->ruleset.data, *chain;

	while (w->has_nft && (at = strstr(at, "hook forward"))) {
		size_t line = strcspn(at, "\n"), name = chain_of(w->ruleset.data, at, &chain);

		if (memmem(at, line, "policy drop", strlen("policy drop")) &&
		    strncmp(chain, "FORWARD", strlen("FORWARD")) != 0)
			doctor_say(d, HEALTH_WARN, "FORWARD", "nft -a list ruleset  # then add a "
				   "rule that accepts what containers send", "the policy of "
				   "nftables' chain %.*s is drop: without a rule that accepts "
				   "them the containers' packets do not pass", (int)name, chain);
		at += line;
	}
}

static bool translates(const struct firewall *w, enum family family)
{
	const char *rules = w->nat[family].data;

	return strstr(rules, "-j MASQUERADE") || strstr(rules, "-j SNAT") ||
	       strstr(w->ruleset.data, "masquerade") || strstr(w->ruleset.data, "snat to");
}

static void check_tools(struct doctor *d, const struct network *n, const struct firewall *w)
{
	if (w->has_iptables || w->has_nft || geteuid())
		return;
	if (n->masquerades || n->maps_ports)
		doctor_say(d, HEALTH_FAIL, "NAT", "apt-get install iptables", "%s: %s needs "
			   "iptables or nft, and neither answers", n->path,
			   n->masquerades ? "ipMasq" : "portmap");
}

/* Between the nodes of a cluster addresses are routed, and need no translation. */
static void check_nat(struct doctor *d, const struct network *n, const struct firewall *w,
		      enum family family)
{
	char mend[DOCTOR_MEND];

	if (n->masquerades || !n->leads_out || !n->local || translates(w, family))
		return;
	shell_command(mend, sizeof(mend), "${EDITOR:-vi} %s  # \"ipMasq\": true beside \"type\"",
		      n->path);
	doctor_say(d, HEALTH_WARN, "NAT", mend, "%s: nothing translates the containers' IPv%u "
		   "addresses: other hosts answer only if they have a route to them", n->path,
		   family_number(family));
}

static void check_network(struct doctor *d, const struct network *n, const struct firewall *w)
{
	if (!n->ours || !n->routed)
		return;
	check_tools(d, n, w);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++) {
		if (!n->wanted[f] || !w->has_iptables)
			continue;
		check_forward(d, n, w, f);
		check_nat(d, n, w, f);
	}
}

void doctor_firewall(struct doctor *d)
{
	struct firewall w __cleanup(firewall_done) = {0};

	if (*d->root || !d->networks)
		return;
	read_firewall(&w);
	for (size_t i = 0; i < d->n; i++)
		check_network(d, &d->list[i], &w);
	check_nft(d, &w);
}
