/* SPDX-License-Identifier: Apache-2.0 */
/* sysctl.d(5), and the kernel's command line. */
#include "openstack/guest/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kernel_key_names[N_KERNEL_KEYS] = {
	[KERNEL_DISABLE_IPV6] = "disable_ipv6",
	[KERNEL_FORWARDING] = "forwarding",
	[KERNEL_ACCEPT_RA] = "accept_ra",
	[KERNEL_ADDR_GEN_MODE] = "addr_gen_mode",
	[KERNEL_USE_TEMPADDR] = "use_tempaddr",
};

static struct kernel_link *find(struct guest *g, const char *name)
{
	for (size_t i = 0; i < g->n_links; i++)
		if (strcmp(g->links[i].name, name) == 0)
			return &g->links[i];
	return NULL;
}

static struct kernel_link *link_of(struct guest *g, const char *name)
{
	struct kernel_link *link = find(g, name);

	if (link || g->n_links >= GUEST_LINKS_MAX || strlen(name) >= sizeof(link->name))
		return link;
	link = &g->links[g->n_links++];
	snprintf(link->name, sizeof(link->name), "%s", name);
	return link;
}

struct sysctl_file {
	struct guest *guest;
	const char *path;
};

static void set(const struct sysctl_file *f, const char *name, enum kernel_key key,
		const char *value)
{
	struct kernel_link *link = link_of(f->guest, name);

	if (!link)
		return;
	link->keys[key].set = true;
	link->keys[key].value = atoi(value);
	snprintf(link->keys[key].file, sizeof(link->keys[key].file), "%s", f->path);
}

/* net.ipv6.conf.LINK.KEY, or with slashes; "-": a failure is passed over. */
static void read_sysctl(const struct setting *s, void *arg)
{
	static const char prefix[] = "net.ipv6.conf.";
	char name[GUEST_NAME_MAX];
	char *key, *link;

	snprintf(name, sizeof(name), "%s", s->name + (*s->name == '-'));
	for (char *c = name; *c; c++)
		*c = *c == '/' ? '.' : *c;
	key = strrchr(name, '.');
	if (strncmp(name, prefix, strlen(prefix)) != 0 || !key)
		return;
	*key++ = '\0';
	link = name + strlen(prefix);
	for (unsigned i = 0; i < N_KERNEL_KEYS; i++)
		if (link < key && strcmp(key, kernel_key_names[i]) == 0)
			set(arg, link, i, s->value);
}

static void read_sysctl_file(const struct reading *r, const char *path, void *arg)
{
	struct sysctl_file f = { r->guest, path };

	(void)arg;
	reading_settings(r, path, read_sysctl, &f);
}

static void read_command_line(const struct reading *r, const char *path)
{
	struct buf text __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	char *rest = NULL;

	if (!reading_text(r, path, &text))
		return;
	for (char *line = strtok_r(text.data, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[strspn(line, " \t")] == '#' || !strstr(line, "ipv6.disable=1"))
			continue;
		r->guest->kernel_without_ipv6 = true;
		snprintf(r->guest->kernel_file, sizeof(r->guest->kernel_file), "%s", path);
	}
}

/* /etc/sysctl.conf is read as 99-sysctl.conf, where it is. */
void read_kernel(const struct reading *r)
{
	static const char *const folders[] = { "/etc/sysctl.d", "/usr/local/lib/sysctl.d",
					       "/usr/lib/sysctl.d" };

	if (!root_has(r->root, "/etc/sysctl.d/99-sysctl.conf"))
		read_sysctl_file(r, "/etc/sysctl.conf", NULL);
	reading_each(r, folders, ARRAY_LEN(folders), ".conf", read_sysctl_file, NULL);
	read_command_line(r, "/etc/default/grub");
	read_command_line(r, "/etc/kernel/cmdline");
}

/* What "all" says reaches each link of these; of the others it is read for no link. */
static bool reaches_all(enum kernel_key key)
{
	return key == KERNEL_DISABLE_IPV6 || key == KERNEL_FORWARDING ||
	       key == KERNEL_ADDR_GEN_MODE;
}

const struct kernel_link *guest_kernel(const struct guest *g, const char *name,
				       enum kernel_key key)
{
	const char *const names[] = { name, "all", "default" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct kernel_link *link = find(unconst(g), names[i]);

		if (link && link->keys[key].set && (i != 1 || reaches_all(key)))
			return link;
	}
	return NULL;
}

bool guest_forwards(const struct guest *g, const char *link)
{
	const struct kernel_link *found = guest_kernel(g, link, KERNEL_FORWARDING);

	return found && found->keys[KERNEL_FORWARDING].value > 0;
}

bool guest_goes_by_the_kernel(const struct guest *g)
{
	return g->manager == MANAGER_IFUPDOWN || g->manager == MANAGER_IFCFG;
}
