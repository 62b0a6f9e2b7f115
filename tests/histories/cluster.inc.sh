# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh and etcd.inc.sh: an etcd of three members, each with a
# network of its own, one link to its clients and one to the other members, so that it can
# be killed, paused, and cut off from either.
#
# Members are 1, 2 and 3; m1 is the network of the first, c1 and p1 are its links.

MEMBERS='1 2 3'
SWITCH=10.99.1.1

client_url() {
	echo "$scheme://10.99.1.1$1:2379"
}

peer_url() {
	echo "$scheme://10.99.2.1$1:2380"
}

# link MEMBER KIND NUMBER: KIND is c or p, NUMBER that of its network.
link() {
	ip link add "$2$1" type veth peer name "eth$3" netns "m$1"
	ip link set "$2$1" master "switch$3" up
	ip -n "m$1" addr add "10.99.$3.1$1/24" dev "eth$3"
	ip -n "m$1" link set "eth$3" up
}

make_networks() {
	ip link add switch1 type bridge
	ip link add switch2 type bridge
	ip addr add "$SWITCH/24" dev switch1
	ip link set switch1 up
	ip link set switch2 up
	for member in $MEMBERS; do
		ip netns add "m$member"
		ip -n "m$member" link set lo up
		link "$member" c 1
		link "$member" p 2
	done
}

# start_member MEMBER: as it was when it died, if it was there before.
start_member() {
	ip netns exec "m$1" etcd --name "m$1" --data-dir "$T/m$1" --log-level error \
		--listen-client-urls "$(client_url "$1")" --advertise-client-urls "$(client_url "$1")" \
		--listen-peer-urls "$(peer_url "$1")" --initial-advertise-peer-urls "$(peer_url "$1")" \
		--initial-cluster "m1=$(peer_url 1),m2=$(peer_url 2),m3=$(peer_url 3)" \
		--snapshot-count 500 --bcrypt-cost 4 $member_tls >>"$T/m$1.log" 2>&1 &
	eval "pid_$1=$!"
}

pid_of() {
	eval "echo \$pid_$1"
}

kill_member() {
	kill -KILL "$(pid_of "$1")"
	wait "$(pid_of "$1")" 2>/dev/null || true
}

pause_member() {
	kill -STOP "$(pid_of "$1")"
}

wake_member() {
	kill -CONT "$(pid_of "$1")"
}

start_members() {
	make_networks
	etcd_url=$(client_url 1),$(client_url 2),$(client_url 3)
	for member in $MEMBERS; do
		start_member "$member"
	done
	within 300 etcd_ctl endpoint health
}

start_plain_cluster() {
	scheme=http member_tls=
	start_members
}

# Clients are served that have a certificate of the authority and a password.  The certificate has no
# CommonName, with which etcd's gateway would refuse it.
start_cluster_with_tls_and_users() {
	scheme=https tls=$T/tls
	mkdir "$tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=test authority" -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
	sign server "/CN=etcd" "subjectAltName=IP:10.99.1.11,IP:10.99.1.12,IP:10.99.1.13,IP:10.99.2.11,IP:10.99.2.12,IP:10.99.2.13
extendedKeyUsage=serverAuth,clientAuth"
	sign client "/O=calico-ipam" "extendedKeyUsage=clientAuth"
	member_tls="--client-cert-auth --trusted-ca-file $tls/ca.crt --cert-file $tls/server.crt
		--key-file $tls/server.key --peer-client-cert-auth --peer-trusted-ca-file $tls/ca.crt
		--peer-cert-file $tls/server.crt --peer-key-file $tls/server.key"
	etcd_ctl_tls="--cacert $tls/ca.crt --cert $tls/client.crt --key $tls/client.key"
	start_members
	make_users
}

# ipam may read and write what is Calico's, and nothing else.
make_users() {
	for words in "user add root:rootpw" "user add ipam:ipampw" "role add calico" \
		"role grant-permission --prefix calico readwrite /calico/" "user grant-role root root" \
		"user grant-role ipam calico" "auth enable"; do
		etcd_ctl $words >/dev/null
	done
	etcd_ctl_tls="$etcd_ctl_tls --user ipam:ipampw"
	export ETCD_USERNAME=ipam ETCD_PASSWORD=ipampw
}
