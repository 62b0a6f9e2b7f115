/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/install/keep.h"

#include "base/clock.h"
#include "base/log.h"
#include "deploy/install/command.h"
#include "deploy/install/slot.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define WATCHED (IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_ATTRIB)
#define NAME "calico-ipam"
#define AGAIN_MS 5000	/* until what failed is tried again, the first time */
#define LOOK_MS 60000	/* until the name is looked at, though nobody said anything */

struct keep {
	const struct node *node;
	struct slot slot;
	char from[PATH_MAX];	/* our executable */
	int signals, changes;	/* owned descriptors */
	int again_ms;		/* until what cannot be written is tried again */
	bool installed;		/* ours had the name once */
	struct stat left;	/* the name, as it was left */
	char said[sizeof(((struct err *)NULL)->text)];	/* the last trouble */
};

static void keep_done(struct keep *k)
{
	close_fd(&k->signals);
	close_fd(&k->changes);
}

static int open_signals(struct keep *k, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (k->signals >= 0)
		return 0;
	return err_set(e, ERR_IO, "cannot wait for signals: %s", strerror(errno));
}

static int open_changes(struct keep *k, struct err *e)
{
	k->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (k->changes >= 0 &&
	    inotify_add_watch(k->changes, k->node->bin_dir, WATCHED | IN_ONLYDIR) >= 0)
		return 0;
	return err_set(e, ERR_IO, "cannot watch folder %s: %s", k->node->bin_dir, strerror(errno));
}

static int begin(struct keep *k, struct err *e)
{
	if (snprintf(k->from, sizeof(k->from), "%s/" NAME, k->node->from) >=
	    (int)sizeof(k->from))
		return err_set(e, ERR_LIMIT, "%s: path longer than %d bytes", k->node->from,
			       PATH_MAX);
	if (slot_init(&k->slot, k->node->bin_dir, e) < 0)
		return -1;
	return open_signals(k, e) < 0 ? -1 : open_changes(k, e);
}

/* The same again and again is told once. */
static void tell_trouble(struct keep *k, const struct err *e)
{
	if (strcmp(k->said, e->text) == 0)
		return;
	snprintf(k->said, sizeof(k->said), "%s", e->text);
	log_error(k->installed ? "calico-ipam could not be put back, trying again" :
		  "calico-ipam is not installed yet, trying again", LOG_TEXT("error", e->text));
}

static bool is_as_it_was_left(const struct keep *k)
{
	struct stat st;

	return lstat(k->slot.name, &st) == 0 && st.st_dev == k->left.st_dev &&
	       st.st_ino == k->left.st_ino && st.st_size == k->left.st_size &&
	       st.st_ctim.tv_sec == k->left.st_ctim.tv_sec &&
	       st.st_ctim.tv_nsec == k->left.st_ctim.tv_nsec;
}

static void tell_change(struct keep *k, enum slot_change change)
{
	const char *verb = k->installed ? "calico-ipam was written over, and is put back" :
			   change == SLOT_AS_IT_WAS ? "calico-ipam was installed already" :
						      "calico-ipam is installed";

	if (change == SLOT_THEIRS_KEPT)
		log_info(verb, LOG_TEXT("path", k->slot.name), LOG_TEXT("kept", k->slot.kept));
	else if (change != SLOT_AS_IT_WAS || !k->installed)
		log_info(verb, LOG_TEXT("path", k->slot.name));
}

static int put(struct keep *k, struct err *e)
{
	enum slot_change change;

	if (slot_put(&k->slot, k->from, &change, e) < 0)
		return -1;
	tell_change(k, change);
	if (lstat(k->slot.name, &k->left) < 0)
		memset(&k->left, 0, sizeof(k->left));
	k->installed = true;
	k->said[0] = '\0';
	return 0;
}

/* What cannot be written now costs a copy at each try: less and less often. */
static int later(struct keep *k)
{
	int ms = k->again_ms;

	k->again_ms = ms * 2 < LOOK_MS ? ms * 2 : LOOK_MS;
	return ms;
}

/* Returns for how long nothing need be done. */
static int look(struct keep *k)
{
	struct err e = { 0 };

	if (k->installed && is_as_it_was_left(k))
		return LOOK_MS;
	if (!k->installed && ready_is(k->node, k->from, &e) < 0) {
		tell_trouble(k, &e);
		return AGAIN_MS;
	}
	if (put(k, &e) < 0) {
		tell_trouble(k, &e);
		return later(k);
	}
	k->again_ms = AGAIN_MS;
	command_put(k->node);
	return LOOK_MS;
}

/* 1: the name was touched, or may have been.  Other files are nothing to us, and some are ours. */
static int read_events(const struct keep *k, const char *at, const char *end, struct err *e)
{
	int touched = 0;

	while (at < end) {
		const struct inotify_event *event = (const void *)at;

		if (event->mask & IN_IGNORED)
			return err_set(e, ERR_IO, "folder %s is gone", k->node->bin_dir);
		if (!event->len || strcmp(event->name, NAME) == 0)
			touched = 1;
		at += sizeof(*event) + event->len;
	}
	return touched;
}

static int read_changes(const struct keep *k, struct err *e)
{
	char events[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	int touched = 0, rc;
	ssize_t n;

	while ((n = read(k->changes, events, sizeof(events))) > 0) {
		rc = read_events(k, events, events + n, e);
		if (rc < 0)
			return -1;
		touched |= rc;
	}
	return touched;
}

enum change { CHANGE_NONE, CHANGE_NAME, CHANGE_END };

/* Until somebody touches the name, or the time has come.  -1: nothing can be waited for. */
static int wait_for_change(const struct keep *k, int ms, struct err *e)
{
	struct deadline until = deadline_in_ms(ms);
	struct pollfd polled[2] = { { .fd = k->signals, .events = POLLIN },
				    { .fd = k->changes, .events = POLLIN } };
	int rc = 0;

	while (rc == 0 && !deadline_passed(until)) {
		if (poll(polled, 2, (int)deadline_left_ms(until)) < 0 && errno != EINTR)
			return err_set(e, ERR_IO, "cannot wait: %s", strerror(errno));
		if (polled[0].revents)
			return CHANGE_END;
		rc = read_changes(k, e);
	}
	return rc < 0 ? -1 : rc ? CHANGE_NAME : CHANGE_NONE;
}

static int give_back(struct keep *k, struct err *e)
{
	static const char *const words[] = {
		[SLOT_AS_IT_WAS] = "another's calico-ipam is in its place already",
		[SLOT_THEIRS_NOW] = "the calico-ipam that was replaced is in its place again",
		[SLOT_NONE_KEPT] = "no other calico-ipam was kept: ours stays where it is",
	};
	enum slot_change change;

	if (slot_give_back(&k->slot, &change, e) < 0)
		return -1;
	if (change != SLOT_NONE_KEPT)
		command_remove(k->node);
	log_info(words[change], LOG_TEXT("path", k->slot.name));
	return 0;
}

int keep_run(const struct node *n, struct err *e)
{
	struct keep k __cleanup(keep_done) = { .node = n, .signals = -1, .changes = -1,
						    .again_ms = AGAIN_MS };
	int rc;

	if (begin(&k, e) < 0)
		return -1;
	do {
		rc = wait_for_change(&k, look(&k), e);
	} while (rc == CHANGE_NONE || rc == CHANGE_NAME);
	return rc < 0 ? -1 : give_back(&k, e);
}
