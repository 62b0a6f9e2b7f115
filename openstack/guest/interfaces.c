/* SPDX-License-Identifier: Apache-2.0 */
/* interfaces(5), of ifupdown. */
#include "openstack/guest/reading.h"

#include "openstack/guest/own.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define SOURCE_DEPTH_MAX 8	/* files that source each other */
#define SOURCED_MAX 1000	/* files and lines that source them, in all */
#define BLANKS " \t\r"

struct stanza {
	const char *file;
	unsigned depth;
	size_t profile;		/* index of the one being read + 1; 0: none */
	bool inet6;
};

static void read_file(const struct reading *r, const char *path, unsigned depth);

static struct guest_profile *profile_of(const struct reading *r, const char *file,
					const char *name)
{
	struct guest_profile *p;

	for (size_t i = 0; i < r->guest->n; i++)
		if (strcmp(r->guest->profiles[i].match, name) == 0)
			return &r->guest->profiles[i];
	p = reading_profile(r, file, name);
	if (p)
		snprintf(p->match, sizeof(p->match), "%s", name);
	return p;
}

static void begin_stanza(const struct reading *r, struct stanza *s, const char *name,
			 const char *family, const char *method)
{
	struct guest_profile *p;

	s->profile = 0;
	if (strcmp(name, "lo") == 0)
		return;
	p = profile_of(r, s->file, name);
	if (!p)
		return;
	s->profile = (size_t)(p - r->guest->profiles) + 1;
	s->inet6 = strcmp(family, "inet6") == 0;
	if (!s->inet6) {
		p->inet4 = true;
		p->dhcp4 = p->dhcp4 || strcmp(method, "dhcp") == 0;
		return;
	}
	p->inet6 = true;
	p->dhcp6 = p->dhcp6 || strcmp(method, "dhcp") == 0;
	p->accepts_ra = strcmp(method, "dhcp") == 0 || strcmp(method, "auto") == 0;
	snprintf(p->file, sizeof(p->file), "%s", s->file);
}

static void read_option(struct guest_profile *p, const char *name, const char *value)
{
	if (strcmp(name, "accept_ra") == 0) {
		p->accepts_ra = strcmp(value, "0") != 0;
		p->forwards_too = strcmp(value, "2") == 0;
	} else if (strcmp(name, "privext") == 0) {
		p->temporary = strcmp(value, "0") != 0;
	}
}

struct sourcing {
	const char *pattern;	/* NULL: plain names */
	unsigned depth;
};

/* Files that source each other may ask for more than anybody can read. */
static bool is_too_much(const struct reading *r, const char *path)
{
	size_t n = ++r->guest->n_sourced;

	if (n == SOURCED_MAX)
		findings_add(r->findings, FINDING_GUEST_UNREADABLE, path, "more than %d times "
			     "files are sourced: what comes from here on was passed over",
			     SOURCED_MAX);
	return n >= SOURCED_MAX;
}

/* source-directory takes no others, so that an editor's copies are none. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";

	return !name[strspn(name, plain)];
}

static void read_sourced(const struct reading *r, const char *path, void *arg)
{
	const struct sourcing *s = arg;

	if ((s->pattern ? fnmatch(s->pattern, path, FNM_PATHNAME) == 0
			: is_plain(strrchr(path, '/') + 1)) && !is_too_much(r, path))
		read_file(r, path, s->depth);
}

static bool reads(const struct sourcing *s, enum own_file own)
{
	return s->pattern && fnmatch(s->pattern, own_files[own].path, FNM_PATHNAME) == 0;
}

static void note_sourced(struct guest *g, const struct sourcing *s, const char *folder)
{
	bool is_ours = !s->pattern && strcmp(folder, "/etc/network/interfaces.d") == 0;

	g->sources_own = g->sources_own || is_ours || reads(s, OWN_INTERFACES);
	g->sources_cfg = g->sources_cfg || reads(s, OWN_INTERFACES_CFG);
}

/* Where it is relative, it is to /etc/network. */
static void source(const struct reading *r, const char *from, bool is_folder, unsigned depth)
{
	char at[ROOT_PATH_MAX], folder[ROOT_PATH_MAX];
	const struct sourcing s = { is_folder ? NULL : at, depth + 1 };
	const char *list = folder;
	char *slash;

	snprintf(at, sizeof(at), "%s%s", *from == '/' ? "" : "/etc/network/", from);
	memcpy(folder, at, sizeof(folder));
	slash = strrchr(folder, '/');
	if (!is_folder || slash[1] == '\0')
		*slash = '\0';
	note_sourced(r->guest, &s, folder);
	if (depth < SOURCE_DEPTH_MAX && !is_too_much(r, from))
		reading_each(r, &list, 1, "", read_sourced, unconst(&s));
}

static void read_line(const struct reading *r, struct stanza *s, char *line)
{
	char *rest = NULL, *words[4] = { 0 };
	size_t n = 0;

	for (char *w = strtok_r(line, BLANKS, &rest); w && n < ARRAY_LEN(words);
	     w = strtok_r(NULL, BLANKS, &rest))
		words[n++] = w;
	if (n < 2 || *words[0] == '#')
		return;
	if (strcmp(words[0], "iface") == 0)
		begin_stanza(r, s, words[1], words[2] ? words[2] : "", words[3] ? words[3] : "");
	else if (strcmp(words[0], "source") == 0)
		source(r, words[1], false, s->depth);
	else if (strcmp(words[0], "source-directory") == 0)
		source(r, words[1], true, s->depth);
	else if (s->profile && s->inet6)
		read_option(&r->guest->profiles[s->profile - 1], words[0], words[1]);
}

/* A line that ends in a backslash goes on in the next. */
static void join_lines(char *text)
{
	for (char *at = text; (at = strstr(at, "\\\n")); at += 2)
		at[0] = at[1] = ' ';
}

static void read_file(const struct reading *r, const char *path, unsigned depth)
{
	struct buf text __cleanup(buf_done) = BUF(ROOT_FILE_MAX);
	struct stanza s = { .file = path, .depth = depth };
	char *next;

	if (!reading_text(r, path, &text))
		return;
	join_lines(text.data);
	for (char *line = text.data; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		read_line(r, &s, line);
	}
}

void read_interfaces(const struct reading *r)
{
	read_file(r, "/etc/network/interfaces", 0);
}
