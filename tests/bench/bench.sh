#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What calico-ipam costs: requests, bytes, time, memory and instructions, beside the least that the
# same work can cost and beside other plugins, all measured in one run.
#
#	sh tests/bench/bench.sh				about five minutes; the table goes to stdout
#	sh tests/bench/bench.sh --svg docs/bench.svg --table docs/bench.txt	what the documentation shows
#	sh tests/bench/bench.sh --small			half a minute: only what is exact means anything
#	sh tests/bench/bench.sh --kubernetes		two minutes: on an API server alone, which
#							tests/kubernetes/build.sh builds; needs jq
#
#	--plugin PATH	the executable; default build/release/plugin/calico-ipam, built if need be;
#			calico-ipamctl is taken from beside it (../ctl) or from --ctl PATH
#	--before PATH	an older executable, to be measured beside it: of TLS, what its requests take more than plain ones
#	--rounds N	runs of each contestant, in turn; default 60, of which the medians are told
#	--held N	containers that hold addresses on a node before anything is timed; default 10
#	--work FOLDER	stores and results, on the disk that is to be measured; default build/bench-run
#	--table PATH	the table, beside stdout
#	--figures PATH	all figures as "name<tab>value"
#	--svg PATH	the picture: latency of an ADD by store and peer; cost against cluster size
#	--port N	first of six ports on 127.0.0.1; default 24790
#
# It installs what it lacks (etcd, host-local, valgrind, …; that needs root or sudo), starts two etcds
# of its own on loopback, and ends them. How each figure is measured: docs/BENCH.md.
set -eu
export LC_ALL=C

SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
here=$SOURCE/tests/bench
plugin='' before='' ctl='' table=/dev/null svg='' figures_copy='' work=$SOURCE/build/bench-run port=24790
rounds=60 many_rounds=30 crowd_rounds=30 sizes='10 100 1000 5000 20000' at_once=100 held=10 more_held=60 calico_rounds=5 small= sheet=table

usage() {
	sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
	exit "$1"
}

while [ $# -gt 0 ]; do
	case $1 in
	--small) small=yes rounds=3 many_rounds=2 crowd_rounds=1 sizes='10 200' at_once=10 calico_rounds=1 ;;
	--kubernetes) sheet=kubernetes ;;
	--plugin) plugin=$2; shift ;;
	--before) before=$(realpath "$2"); shift ;;
	--ctl) ctl=$2; shift ;;
	--rounds) rounds=$2; shift ;;
	--held) held=$2; shift ;;
	--work) work=$2; shift ;;
	--figures) figures_copy=$2; shift ;;
	--table) table=$2; shift ;;
	--svg) svg=$2; shift ;;
	--port) port=$2; shift ;;
	-h | --help) usage 0 ;;
	*) usage 1 >&2 ;;
	esac
	shift
done

say() {
	echo "bench: $*" >&2
}

stop() {
	say "$*"
	exit 1
}

. "$SOURCE/tests/packages.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
. "$here/prepare.inc.sh"
. "$here/measure.inc.sh"
. "$here/floor.inc.sh"

measure_all() {
	start_servers
	write_requests
	count_calicos_requests
	count_requests
	count_with_more_held
	make_floors
	time_contestants
	time_many_at_once
	measure_cluster_sizes
	measure_tight_pools
	count_instructions
}

install_packages gcc libc6-dev liblmdb-dev etcd-server etcd-client openssl valgrind containernetworking-plugins curl jq >&2
[ -z "$svg" ] || svg=$(realpath "$svg")
find_plugin
rm -rf "$work"
mkdir -p "$work"
work=$(realpath "$work")
figures=$work/figures
build_tools
# The mirror and the host lock are in memory on a real host, in /run.
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap end_servers EXIT
trap 'exit 1' INT TERM HUP

note plugin "$plugin"
note rounds "$rounds"
note at_once "$at_once"
note held "$held"
note more_held "$more_held"
describe_machine before
if [ "$sheet" = kubernetes ]; then
	. "$here/kubernetes.inc.sh"
	measure_kubernetes
else
	measure_all
fi
describe_machine after
[ -z "$figures_copy" ] || cp "$figures" "$figures_copy"
awk -F '\t' -f "$here/rows.awk" -f "$here/$sheet.awk" "$figures" | sed 's/ *$//' | tee "$table"
[ -z "$svg" ] || {
	awk -F '\t' -f "$here/picture.awk" "$figures" >"$svg"
	say "picture: $svg"
}
