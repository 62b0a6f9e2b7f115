# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: the measurements.

# A container's identifier has 64 digits, as those of containerd.
zeros=00000000000000000000000000000000000000000000000000000000
handle=/calico/ipam/v2/handle/bench.$zeros

# environment VERB CONTAINER (eight digits, or one of many at once)
environment() {
	case $2 in
	%r%i) id=${zeros%0}$2 ;;
	*) id=$zeros$2 ;;
	esac
	echo "CNI_COMMAND=$1 CNI_CONTAINERID=$id CNI_IFNAME=eth0 CNI_NETNS=/run/netns/bench CNI_PATH=/opt/cni/bin"
}

# ask VERB CONTAINER REQUEST [WRAPPER...]: one call of the plugin, which must succeed.
ask() {
	ask_verb=$1 ask_container=$2 ask_request=$3
	shift 3
	env -i PATH="$PATH" $(environment "$ask_verb" "$ask_container") "$@" "${ask_program:-$plugin}" \
		<"$work/request.$ask_request" >"$work/answer" 2>>"$work/errors" || {
		cat "$work/answer" >&2
		tail -n 1 "$work/errors" >&2
		stop "$ask_verb of request.$ask_request failed"
	}
}

# hold REQUEST: as many containers as a node has on a usual day. No other node has those: their numbers begin with
# 9001, 9002 and so on; with 9000, those whose requests are counted.
holders=1
hold() {
	for i in $(seq "$held"); do
		ask ADD "9$(printf %03d%04d "$holders" "$i")" "$1"
	done
	holders=$((holders + 1))
}

# tap NAME VERB CONTAINER REQUEST: notes what passed between the plugin and etcd.
tap() {
	ask "$2" "$3" "$4" "$work/bin/wiretap" $((port + 4)) "$port" "$work/sent.$1" 3>"$work/tapped"
	note_tapped "$1"
}

note_tapped() {
	read -r connections http_requests sent received peak <"$work/tapped"
	note "connections.$1" "$connections"
	note "requests.$1" "$http_requests"
	note "sent.$1" "$sent"
	note "received.$1" "$received"
	note "tapped_kib.$1" "$peak"
}

# On a node of its own, with so many.
count_with_more_held() {
	for i in $(seq "$more_held"); do
		tap_quietly ADD "9100$(printf %04d "$i")" tapped_more
	done
	tap_both more tapped_more
}

# tap_both NAME REQUEST: an ADD and its DEL; and what they had sent with every old value.
tap_both() {
	tap "$1_add" ADD 10000000 "$2"
	tap "$1_del" DEL 10000000 "$2"
	record "$1_add" ADD 10000000 "$2"
	record "$1_del" DEL 10000000 "$2"
}

count_requests() {
	say "counting requests"
	tap first ADD 90000001 tapped
	for i in $(seq 2 "$held"); do
		tap_quietly ADD "9000$(printf %04d "$i")" tapped
	done
	tap_both warm tapped
	rm -rf "$run/run-tapped"
	tap cold_add ADD 10000000 tapped
	rm -rf "$run/run-tapped"
	tap cold_del DEL 10000000 tapped
}

# grpc_calls: how many calls etcd has answered, of all methods.
grpc_calls() {
	curl -s "http://127.0.0.1:$port/metrics" |
		awk '/^grpc_server_handled_total.*(Range|Txn|Put|DeleteRange)"/ { n += $2 } END { print n + 0 }'
}

# Before ours are counted: it writes the default configuration, which ours then compare.
count_calicos_requests() {
	[ -n "$calico" ] || return 0
	ask_program=$calico
	ask ADD 10000003 calico
	ask DEL 10000003 calico
	calls=$(grpc_calls)
	ask ADD 10000003 calico
	note requests.calico $(($(grpc_calls) - calls))
	calls=$(grpc_calls)
	ask DEL 10000003 calico
	note requests.calico-del $(($(grpc_calls) - calls))
	ask_program=
}

tap_quietly() {
	ask "$1" "$2" "$3" "$work/bin/wiretap" $((port + 4)) "$port" - 3>/dev/null
}

# line LABEL COUNT REQUEST VERB CONTAINER PROGRAM: a line of stopwatch's plan.
line() {
	echo "$1 $2 $work/request.$3 $(environment "$4" "$5") $6"
}

# add_and_del LABEL REQUEST PROGRAM
add_and_del() {
	line "$1" 1 "$2" ADD "%r00" "$3"
	line "$1-del" 1 "$2" DEL "%r00" "$3"
}

# run_plan NAME ROUNDS: the plan on stdin; notes median, least, 90th percentile and memory.
run_plan() {
	cat >"$work/plan.$1"
	"$work/bin/stopwatch" "$2" "$work/plan.$1" "$work/errors" >"$work/times.$1" || {
		tail -n 3 "$work/errors" >&2
		stop "a contestant of $work/plan.$1 failed"
	}
	while IFS='	' read -r label n median least ninetieth kib; do
		note "us.$label" "$median"
		note "least_us.$label" "$least"
		note "p90_us.$label" "$ninetieth"
		note "kib.$label" "$kib"
		note "n.$label" "$n"
	done <"$work/times.$1"
}

time_contestants() {
	say "timing one after the other, $rounds rounds in turn"
	for name in etcd cold local tls tls-whole; do
		hold "$name"
	done
	for peer in $peers ${calico:+calico=$calico} ${before:+before=$before before-tls=$before}; do
		ask_program=${peer#*=}
		hold "${peer%%=*}"
	done
	ask_program=
	{
		# The first to ask etcd after a pause would pay for that: it is not told.
		floor_line="1 /dev/null $work/bin/floor etcd $port $work/floor.same 1 $handle$floor_key"
		echo "- $floor_line ${handle}6%r0"
		echo "floor $floor_line ${handle}7%r0"
		echo "floor-values 1 /dev/null $work/bin/floor etcd $port $work/floor.values 1" \
			"$handle$floor_key ${handle}5%r0"
		add_and_del etcd etcd "$plugin"
		add_and_del cold cold "$plugin"
		# Nor is this, which finds nothing: that etcd has had a longer pause.
		line - 1 tls-whole DEL "%r09" "$plugin"
		add_and_del tls tls "$plugin"
		add_and_del tls-whole tls-whole "$plugin"
		for name in ${before:+before before-tls}; do
			add_and_del "$name" "$name" "$before"
		done
		for peer in $peers; do
			add_and_del "${peer%%=*}" "${peer%%=*}" "${peer#*=}"
		done
		add_and_del local local "$plugin"
		echo "lmdb 1 /dev/null $work/bin/floor lmdb $work/lmdb $work/floor.values 1 $handle$floor_key ${handle}7%r0"
		echo "version 1 $work/request.local CNI_COMMAND=VERSION $plugin"
	} | run_plan one "$rounds"
	# By itself: a program of 47 MB leaves the processor's caches cold for whoever is next.
	[ -z "$calico" ] || add_and_del calico calico "$calico" | run_plan calico $((calico_rounds * 4))
}

time_many_at_once() {
	say "timing $at_once at once"
	{
		line many "$at_once" tapped_many ADD "%r%i" "$plugin"
		line - "$at_once" tapped_many DEL "%r%i" "$plugin"
	} >"$work/plan.tapped"
	"$work/bin/wiretap" $((port + 4)) "$port" - "$work/bin/stopwatch" 1 "$work/plan.tapped" "$work/errors" \
		>/dev/null 3>"$work/tapped"
	note_tapped many
	# Two rounds of ADD and DEL.
	note sent.many_mean $((sent / at_once / 4))
	note sent.many_once $((sent / 4))
	note requests.many_once $((http_requests / 4))
	{
		echo "floor-many 1 /dev/null $work/bin/floor etcd $port $work/floor.mean $at_once" \
			"$handle$floor_key ${handle%00}f%r%n"
		line many "$at_once" many ADD "%r%i" "$plugin"
		line many-del "$at_once" many DEL "%r%i" "$plugin"
		line tls-many "$at_once" tls_many ADD "%r%i" "$plugin"
		line tls-many-del "$at_once" tls_many DEL "%r%i" "$plugin"
		line host-local-many "$at_once" host-local ADD "%r%i" "$host_local"
		line - "$at_once" host-local DEL "%r%i" "$host_local"
		line local-many "$at_once" local ADD "%r%i" "$plugin"
		line - "$at_once" local DEL "%r%i" "$plugin"
	} | run_plan many "$many_rounds"
	[ -z "$calico" ] || {
		line calico-many "$at_once" calico ADD "%r%i" "$calico"
		line - "$at_once" calico DEL "%r%i" "$calico"
	} | run_plan calico_many "$calico_rounds"
}

# Half the blocks are of IPv4, half of IPv6.
measure_cluster_sizes() {
	there=0
	note sizes "$sizes"
	for size in $sizes; do
		say "a cluster of $size blocks"
		"$work/bin/crowd" "$port" 10.64.0.0 $((there / 2)) $(((size - there) / 2)) 8 0 >/dev/null
		"$work/bin/crowd" "$port" fd00:1:: $((there / 2)) $(((size - there) / 2)) 8 0 >/dev/null
		there=$size
		ask ADD 10000001 tapped "$work/bin/wiretap" $((port + 4)) "$port" - 3>/dev/null
		ask DEL 10000001 tapped "$work/bin/wiretap" $((port + 4)) "$port" - 3>/dev/null
		tap "warm_add_of_$size" ADD 10000002 tapped
		tap_quietly DEL 10000002 tapped
		rm -rf "$run/run-tapped"
		tap "cold_add_of_$size" ADD 10000002 tapped
		tap_quietly DEL 10000002 tapped
		{
			add_and_del "warm_add_of_$size" etcd "$plugin"
			add_and_del "cold_add_of_$size" cold "$plugin"
		} | run_plan "$size" "$crowd_rounds"
	done
}

# Two pools of 1024 blocks; what is taken of them is full.
measure_tight_pools() {
	say "pools of 1024 blocks, 90 % and 100 % taken"
	"$work/bin/crowd" "$port" 172.16.0.0 0 1024 64 10 >/dev/null
	"$work/bin/crowd" "$port" fd01:: 0 1024 64 10 >/dev/null
	tap tight ADD 20000001 tight
	"$work/bin/crowd" "$port" 172.16.0.0 0 1024 64 0 >/dev/null
	"$work/bin/crowd" "$port" fd01:: 0 1024 64 0 >/dev/null
	if env -i PATH="$PATH" $(environment ADD 20000002) "$work/bin/wiretap" $((port + 4)) "$port" "$work/sent.full" \
		"$plugin" <"$work/request.full" >"$work/answer.full" 2>>"$work/errors" 3>"$work/tapped"; then
		stop "an address was given from full pools"
	fi
	note_tapped full
	note reason.full "$(sed -n 's/.*"msg": *"\(.*\)",*$/\1/p' "$work/answer.full" | head -n 1)"
}

# instructions LABEL ENVIRONMENT COMMAND...: its standard input is the command's.
instructions() {
	label=$1 variables=$2
	shift 2
	env -i PATH="$PATH" $variables valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.$label" "$@" \
		>"$work/answer" 2>"$work/callgrind.log" || {
		cat "$work/answer" "$work/callgrind.log" >&2
		stop "$label failed under callgrind"
	}
	note "instructions.$label" "$(sed -n 's/.*Collected : //p' "$work/callgrind.log" | awk '{ print $1 }')"
}

count_instructions() {
	say "counting instructions"
	for name in etcd cold tls tls-whole local; do
		ask ADD 30000000 "$name"
		ask DEL 30000000 "$name"
		instructions "$name" "$(environment ADD 30000001)" "$plugin" <"$work/request.$name"
		instructions "$name-del" "$(environment DEL 30000001)" "$plugin" <"$work/request.$name"
	done
	set -- "$work/floor.same" 1 "$handle$floor_key" "${handle}39999999"
	instructions floor "" "$work/bin/floor" etcd "$port" "$@" </dev/null
	shift
	instructions lmdb "" "$work/bin/floor" lmdb "$work/lmdb" "$work/floor.values" "$@" </dev/null
	instructions version CNI_COMMAND=VERSION "$plugin" <"$work/request.local"
}
