/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what containers send fits through the device that leads to other hosts. */
#include "ctl/doctor/doctor.h"

#include "base/io.h"
#include "base/terminal/shell_word.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROC_FILE_MAX (16 << 20)	/* bytes */
#define VETH_MTU 1500	/* that bridge and ptp make where nobody says another */

/* The device of the first IPv4 default route, in /proc/net/route: device, destination 0. */
static bool find_uplink(struct doctor *d, char device[32])
{
	struct buf text __cleanup(buf_done) = BUF(PROC_FILE_MAX);
	char full[DOCTOR_PATH];
	struct err ignored = {0};
	unsigned to, mask;

	doctor_path(d, "/proc/net/route", full);
	if (io_read_file(full, &text, &ignored) < 0)
		return false;
	for (const char *line = text.data; *line; line += line[strcspn(line, "\n")] == '\n') {
		if (sscanf(line, "%31s %x %*x %*x %*x %*x %*x %x", device, &to, &mask) == 3 &&
		    !to && !mask)
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

/* Asked of the kernel, for /sys may be of another network namespace than this process. */
static int64_t mtu_of(const char *device)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -1;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%.15s", device);
	if (fd >= 0) {
		rc = ioctl(fd, SIOCGIFMTU, &r);
		close(fd);
	}
	return rc < 0 ? 0 : r.ifr_mtu;
}

static void check_network(struct doctor *d, const struct network *n, const char *uplink,
			  int64_t mtu)
{
	int64_t theirs = n->mtu ? n->mtu : VETH_MTU;
	char edit[DOCTOR_MEND / 2], mend[DOCTOR_MEND];

	if (!n->ours || !n->routed || !n->leads_out || theirs <= mtu)
		return;
	shell_command(edit, sizeof(edit), "${EDITOR:-vi} %s", n->path);
	snprintf(mend, sizeof(mend), "%s  # \"mtu\": %" PRId64 " beside \"type\"", edit, mtu);
	doctor_say(d, HEALTH_WARN, "MTU", mend, "%s: its containers send packets of up to %" PRId64
		   " bytes, and %s, which leads to other hosts, takes %" PRId64 ": what is longer "
		   "is cut up or lost", n->path, theirs, uplink, mtu);
}

void doctor_mtu(struct doctor *d)
{
	char uplink[32];
	int64_t mtu;

	if (*d->root || !find_uplink(d, uplink) || !(mtu = mtu_of(uplink)))
		return;
	for (size_t i = 0; i < d->n; i++)
		check_network(d, &d->list[i], uplink, mtu);
}
