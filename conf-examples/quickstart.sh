#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job on the embedded local store, in a temporary folder:
#
#	sh conf-examples/quickstart.sh
#
# Installs what is needed to build (as root or by sudo), builds both executables in
# build/default, and then does what a container runtime does.  No server, no change
# to this machine's network or files.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

step() {
	echo
	echo "==> $*"
}

. tests/packages.inc.sh
install_packages gcc libc6-dev make cmake pkg-config libcjson-dev libcurl4-openssl-dev libssl-dev uuid-dev liblmdb-dev libyaml-dev libnl-3-dev libmicrohttpd-dev

step "Building the plugin and its command in build/default."
cmake --preset default >/dev/null
cmake --build build/default -j2 | tail -n 2
plugin=$root/build/default/plugin/calico-ipam
ctl=$root/build/default/ctl/calico-ipamctl

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP

step "The network is conf-examples/local-bridge.conflist, its store and lock moved to $folder."
sed -e "s|\"/var/lib/calico-ipam\",|\"$folder/store\",\n\t\t\t\"ipam_lock_file\": \"$folder/lock\",|" \
	conf-examples/local-bridge.conflist >"$folder/network.conflist"
cat "$folder/network.conflist"

# A runtime hands each plugin of the list its own entry, with the list's name and version.
awk '/^\t"plugins": \[$/ { getline; next } !/^\t\t}$/ && !/^\t\]$/' \
	"$folder/network.conflist" >"$folder/stdin.json"

# As a runtime starts the plugin: `runtime VERB CONTAINER`.  Its log goes to a file.
runtime() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_IFNAME=eth0 CNI_NETNS=/run/netns/$2 \
		CNI_PATH=$root/build/default/plugin "$plugin" <"$folder/stdin.json" 2>>"$folder/log" || {
		cat "$folder/log" >&2
		return 1
	}
}

held() {
	"$ctl" --config "$folder/network.conflist" show --addresses
}

step "ADD for the container 'first': one IPv4 and one IPv6 address, for the bridge to use."
runtime ADD first
echo

step "ADD for the container 'second': two other addresses."
runtime ADD second
echo

step "Who holds what, according to calico-ipamctl: the pools made from the conflist, and each address held."
held

step "DEL for both, and once more for 'second', as runtimes do: a repeated DEL is no error."
runtime DEL first
runtime DEL second
runtime DEL second

step "What is held now."
held | tee "$folder/end"
if grep -q ' assigned ' "$folder/end"; then
	echo "quickstart: addresses are still held" >&2
	exit 1
fi
echo
echo "Nothing is left: no address is held, and $folder goes with this script."
