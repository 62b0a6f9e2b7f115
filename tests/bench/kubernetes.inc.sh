# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh for --kubernetes: a real API server, whom it is asked by, and what for.
#
# The floor sends what calico-ipam sent, as the server's audit log has it, in the same rounds: a
# round is what is read, with what is sent before that is answered, or what is written of one kind. Then the server is started anew without that log.

TOOLS=${TOOLS:-$SOURCE/build/test-tools}
KUBE=$work/kube
kube_etcd=http://127.0.0.1:$port
kube_port=$((port + 4))
kube_gogc=100
. "$SOURCE/tests/kubernetes/server.inc.sh"
kube_url=https://127.0.0.1:$kube_port
kube_id=${zeros}10000000

start_kube() {
	kube_run_apiserver "$@"
	kube_await_apiserver || {
		tail -n 5 "$KUBE/kube-apiserver.log" >&2
		stop "the API server does not become ready"
	}
}

stop_kube() {
	kill -KILL "$kube_apiserver"
	wait "$kube_apiserver" || true
}

kube_ctl() {
	CALICO_DATASTORE_TYPE=kubernetes CALICO_KUBECONFIG=$KUBE/admin.kubeconfig "$ctl" "$@" >/dev/null
}

# The nodes' names are as long as each other, for the floor.
make_cluster() {
	kube_install_crds v1 || stop "Calico's kinds cannot be installed"
	kube_make_account || stop "the plugin's account cannot be made"
	printf '%s\n' "$kube_token" >"$KUBE/token"
	for node in warm cold peer tape; do
		echo "{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"metadata\": {\"name\": \"kube-$node\"}}" |
			kubectl create --validate=false -f - >/dev/null || stop "no node can be made"
	done
	kube_ctl pool create a-4 --cidr 10.0.0.0/16
	kube_ctl pool create a-6 --cidr fd00::/108
}

# kube_store KUBECONFIG
kube_store() {
	echo "\"datastore_type\": \"kubernetes\", \"kubernetes\": { \"kubeconfig\": \"$KUBE/$1\" }"
}

write_kube_requests() {
	kube=$(kube_store calico-kubeconfig)
	request kube kube-warm "$kube"
	request kube-cold kube-cold "$kube, \"mirror\": \"off\""
	request kube-tape kube-tape "$kube"
	request kube-calico kube-peer "$(kube_store plain-kubeconfig), \"log_level\": \"error\", \"log_file_path\": \"$work/calico.log\""
}

# taped NAME VERB REQUEST: what the call asks of the server, one request a line: $work/rounds.NAME.
taped() {
	: >"$KUBE/audit.log"
	ask "$2" 10000000 "$3"
	# The log is written as each ends.
	jq -r -s 'sort_by(.requestReceivedTimestamp) | reduce .[] as $r ({ round: null, end: "", lines: [] };
		{ get: "GET", list: "GET", create: "POST", update: "PUT", delete: "DELETE" }[$r.verb] as $method |
		($method + if $method == "GET" then "" else $r.objectRef.resource end) as $round |
		if $round == .round or (.round == "GET" and $r.requestReceivedTimestamp < .end) then
			.end = ([.end, $r.stageTimestamp] | max)
		else
			.lines += if .round then [""] else [] end | .round = $round | .end = $r.stageTimestamp
		end |
		.lines += [[$method, $r.requestURI] + if $r.requestObject then [$r.requestObject | tojson] else [] end | join("\t")]) |
		.lines[]' "$KUBE/audit.log" >"$work/rounds.$1"
	note "requests.$1" "$(grep -c . "$work/rounds.$1")"
	note "rounds.$1" "$(($(grep -c '^$' "$work/rounds.$1") + 1))"
	note "writes.$1" "$(grep -cv '^GET\|^$' "$work/rounds.$1")"
}

tape_calls() {
	say "what is asked of an API server"
	for name in kube-tape ${calico:+kube-calico}; do
		[ "$name" = kube-tape ] || ask_program=$calico
		hold "$name"
		ask ADD 10000000 "$name"
		ask DEL 10000000 "$name"
		taped "${name#kube-}_add" ADD "$name"
		taped "${name#kube-}_del" DEL "$name"
	done
	ask_program=
	sed -i 's/\.tape_/.kube_/' "$figures"
	mv "$work/rounds.tape_add" "$work/rounds.kube_add"
	mv "$work/rounds.tape_del" "$work/rounds.kube_del"
}

# kube_floor VERB-IN-SMALL CONTAINER
kube_floor() {
	echo "$work/bin/floor_kubernetes $kube_url $KUBE/tls/ca.crt $KUBE/token $work/rounds.kube_$1 $kube_id $zeros$2"
}

# How many bytes they send, of TLS and all.
tap_kube() {
	"$work/bin/wiretap" $((port + 5)) "$kube_port" - $(kube_floor add 10000000 | sed "s/:$kube_port /:$((port + 5)) /") 3>"$work/tapped"
	note sent.kube_floor "$(cut -d ' ' -f 3 "$work/tapped")"
	$(kube_floor del 10000000)
	sed "s/:$kube_port\$/:$((port + 5))/" "$KUBE/calico-kubeconfig" >"$KUBE/tapped-kubeconfig"
	sed "s/calico-kubeconfig/tapped-kubeconfig/" "$work/request.kube" >"$work/request.kube-tapped"
	# The first fills the mirror of that server.
	for name in kube_first kube_add; do
		ask ADD 10000000 kube-tapped "$work/bin/wiretap" $((port + 5)) "$kube_port" - 3>"$work/tapped"
		sent=$(cut -d ' ' -f 3 "$work/tapped")
		note "sent.$name" "$sent"
		ask DEL 10000000 kube-tapped "$work/bin/wiretap" $((port + 5)) "$kube_port" - 3>/dev/null
	done
}

time_kube() {
	say "timing on an API server, $rounds rounds in turn"
	{
		echo "- 1 /dev/null $(kube_floor add 6%r0)"
		echo "- 1 /dev/null $(kube_floor del 6%r0)"
		echo "kube-floor 1 /dev/null $(kube_floor add 7%r0)"
		echo "kube-floor-del 1 /dev/null $(kube_floor del 7%r0)"
		add_and_del kube kube "$plugin"
		add_and_del kube-cold kube-cold "$plugin"
		[ -z "$calico" ] || add_and_del kube-calico kube-calico "$calico"
	} | run_plan kube "$rounds"
}

measure_kubernetes() {
	kube_is_built || stop "no kube-apiserver in $KUBE_TOOLS: sh tests/kubernetes/build.sh"
	mkdir -p "$KUBE"
	say "starting an API server"
	start_one plain http "$port" $((port + 1))
	kube_make_certificates
	kube_write_admin
	start_kube $(kube_audit)
	note apiserver "$("$KUBE_TOOLS/kube-apiserver" --version)"
	make_cluster
	write_kube_requests
	tape_calls
	stop_kube
	start_kube
	hold kube
	hold kube-cold
	tap_kube
	time_kube
}
