# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/run.sh and conf-examples/quickstart.sh.
#
# install_packages NAME...: installs those Debian packages that are missing.  Services
# that come with them (etcd, containerd) are not started.

missing_packages() {
	for name in "$@"; do
		dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || echo "$name"
	done
}

# Debian asks this file whether a service may start; a file that is there is respected.
forbid_services() {
	services_forbidden=
	[ ! -e /usr/sbin/policy-rc.d ] || return 0
	services_forbidden=yes
	printf '#!/bin/sh\nexit 101\n' | $as_root tee /usr/sbin/policy-rc.d >/dev/null
	$as_root chmod 755 /usr/sbin/policy-rc.d
	trap allow_services EXIT
	trap 'exit 1' INT TERM HUP
}

allow_services() {
	$as_root rm -f /usr/sbin/policy-rc.d
	trap - EXIT INT TERM HUP
}

install_packages() {
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
		echo "This is not Debian or a relative of it: install the equivalents of these packages yourself:" >&2
		echo "$*" | fmt >&2
		return 0
	fi
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" != 0 ]; then
		as_root=sudo
		command -v sudo >/dev/null || {
			echo "These packages are missing, and installing them needs root or sudo:" $missing >&2
			exit 1
		}
	fi
	echo "==> installing" $missing
	forbid_services
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >/dev/null
	[ -z "$services_forbidden" ] || allow_services
}
