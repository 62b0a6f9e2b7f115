# SPDX-License-Identifier: Apache-2.0
# Sourced after node.inc.sh: this sandbox as a machine on which a page's commands make a cluster by
# kubeadm.  What it lacks of such a machine is stood in for here, and nothing else:
#
#	registries	are not reached: images are made of programs that are built, and imported
#	systemd		is a `systemctl` that starts containerd and kubelet as their units do
#	control groups	are nobody's but ours, and may be of version 1, which kubelet refuses unless it is told
#	swap, modules, packages	are the machine's, and left alone; so is its limit of connections

NODE_ADDRESSES=192.0.2.7,2001:db8::7
stand_ins=$T/stand-ins
page=docs/CLUSTER.md

want_kubeadm() {
	want_node
	want_kubernetes kubeadm kube-controller-manager kube-scheduler kube-proxy etcd-of-kubeadm
	command -v xtables-nft-multi >/dev/null || skip "no xtables-nft-multi (Debian: iptables)"
	[ -x /usr/lib/cni/ptp ] || skip "no /usr/lib/cni/ptp (Debian: containernetworking-plugins)"
}

# This machine's name is known, and nobody is asked for others.
make_names() {
	echo "${NODE_ADDRESSES%,*} $(hostname)" >>/etc/hosts
	: >/etc/resolv.conf
}

# Folders that pods and clients write to, and one that is the lower half of overlays.
make_rooms() {
	writable_copy usr/libexec
	mkdir -p /var/lib/containerd
	mount -t tmpfs sandbox /var/lib/containerd
	export KUBECACHEDIR="$T/cache"
}

# stand_in NAME: a program of that name, from standard input, before all others.
stand_in() {
	mkdir -p "$stand_ins"
	{
		echo '#!/bin/sh'
		cat
	} >"$stand_ins/$1"
	chmod +x "$stand_ins/$1"
}

stand_in_for_systemd() {
	stand_in systemctl <<-END
	started() {
		"\$@" >>"$T/\$1.log" 2>&1 &
		echo \$! >"/run/\$1.started"
	}
	stopped() {
		process=\$(cat "/run/\$1.started" 2>/dev/null) || return 0
		kill "\$process"
		while grep -qs . "/proc/\$process/cmdline"; do sleep 0.1; done
	}
	case "\$*" in
	'restart containerd')
		stopped containerd
		sed -i -e 's/SystemdCgroup = true/SystemdCgroup = false/' \\
			-e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml
		started containerd
		until ctr version; do sleep 0.1; done >/dev/null 2>&1
		;;
	'stop kubelet')
		stopped kubelet
		;;
	'start kubelet' | 'restart kubelet')
		stopped kubelet
		. /var/lib/kubelet/kubeadm-flags.env
		. /etc/default/kubelet
		started kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \\
			--kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml \\
			\$KUBELET_KUBEADM_ARGS \$KUBELET_EXTRA_ARGS
		;;
	'is-active containerd' | 'is-active kubelet')
		echo active
		;;
	esac
	END
}

# It waits a minute for its API server; a machine that is busy may need another, and then it goes on.
stand_in_for_kubeadm() {
	stand_in kubeadm <<-END
	run() {
		"$KUBE_TOOLS/kubeadm" "\$@" --ignore-preflight-errors SystemVerification --patches "$T/patches"
	}
	[ "\$1" = init ] || {
		run "\$@"
		exit
	}
	run "\$@" --skip-phases addon/coredns || {
		[ -e /var/lib/kubelet/config.yaml ] && echo 'once more' &&
			run "\$@" --skip-phases preflight,certs,kubeconfig,etcd,control-plane,kubelet-start,addon/coredns
	}
	END
}

# install_ours: as our package would, but onto the PATH of this script alone.
install_ours() {
	rm -rf /etc/cni /opt/cni
	mkdir -p /opt/cni/bin
	cp "$PLUGIN" /opt/cni/bin/
	ln -s "$CTL" "$stand_ins/calico-ipamctl"
}

make_stand_ins() {
	for name in swapoff modprobe apt-get; do
		echo "echo 'left alone: $name' \"\$@\"" | stand_in "$name"
	done
	stand_in_for_systemd
	stand_in_for_kubeadm
	mkdir -p "$T/patches"
	cat >"$T/patches/kubeletconfiguration.yaml" <<-END
	failCgroupV1: false
	failSwapOn: false
	cgroupsPerQOS: false
	enforceNodeAllocatable: []
	localStorageCapacityIsolation: false
	evictionHard: {imagefs.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, memory.available: 1Mi}
	END
	PATH=$stand_ins:$PATH
	export PATH
}

make_machine() {
	make_rooms
	make_names
	make_node_interface
	ip route add default via 2001:db8::1 dev uplink
	make_stand_ins
	install_ours
}

# with_libraries FOLDER PROGRAM: puts it there, with what it is linked to.
with_libraries() {
	for file in "$2" $(ldd "$2" | grep -o '/[^ ]*'); do
		mkdir -p "$1$(dirname "$file")"
		cp -L "$file" "$1$(dirname "$file")"
	done
}

# image_of PROGRAM NAME[:TAG] [FOLDER]: a layer of a program that is built, over what is in a folder.
image_of() {
	image_root=${3:-$T/root-of-$2}
	mkdir -p "$image_root/usr/local/bin"
	cp "$KUBE_TOOLS/$1" "$image_root/usr/local/bin/${1%-of-kubeadm}"
	pack_image "$2" "$image_root" "{}" | ctr -n k8s.io images import - >/dev/null || fail "image $2"
	rm -r "$image_root"
}

# kube-proxy writes rules by iptables.
make_root_of_proxy() {
	with_libraries "$T/proxy" "$(command -v xtables-nft-multi)"
	mkdir -p "$T/proxy/usr/sbin"
	for family in ip ip6; do
		for verb in "" -save -restore; do
			ln -s xtables-nft-multi "$T/proxy/usr/sbin/${family}tables$verb"
		done
	done
	for folder in /usr/lib/*/xtables; do
		mkdir -p "$T/proxy$folder"
		cp "$folder"/*.so "$T/proxy$folder/"
	done
}

# What `kubeadm config images list` names, but coredns: all of it or, on a node that joins, what runs there.
import_images() {
	for IMAGE in $("$KUBE_TOOLS/kubeadm" config images list --kubernetes-version "$(kubelet --version | cut -d ' ' -f 2)"); do
		name=${IMAGE##*/}
		name=${name%:*}
		case " ${*:-$name} " in
		*" $name "*) import_image ;;
		esac
	done
}

import_image() {
	case $name in
	coredns) ;;
	pause)
		make_image
		ctr -n k8s.io images import "$T/image.tar" >/dev/null
		;;
	etcd) image_of etcd-of-kubeadm "$IMAGE" ;;
	kube-proxy)
		make_root_of_proxy
		image_of "$name" "$IMAGE" "$T/proxy"
		;;
	*) image_of "$name" "$IMAGE" ;;
	esac
}

# Of section 1, typed by nobody who could stop: the doctor finds something; addresses are this node's.
type_section_of_each_node() {
	type_section $page 1. 's/^calico-ipamctl doctor\t/calico-ipamctl doctor || [ $? = 6 ] /
		s/192\.0\.2\.7,2001:db8::7/'$NODE_ADDRESSES/
	said "the host does not pass on its containers' IPv6 packets" 'net.ipv6.conf.all.forwarding = 1'
}

# It is none of a network namespace's to set.
leave_the_limit_of_connections() {
	kubectl get configmap -n kube-system kube-proxy -o yaml | sed 's/maxPerCore: null/maxPerCore: 0/' |
		kubectl replace -f - >/dev/null && kubectl rollout restart -n kube-system daemonset/kube-proxy >/dev/null ||
		fail "kube-proxy's configuration"
}

# pod_addresses NAME: of each family one, or this fails; to standard output.
pod_addresses() {
	addresses=$(kubectl get pod "$1" -o 'jsonpath={.status.podIPs[*].ip}')
	case $addresses in
	10.87.*' fd87:'*) echo "$addresses" ;;
	*) fail "pod $1 has not one address of each family: $addresses" ;;
	esac
}

# What a sandbox does not end by itself: control groups.  All nodes are processes of this one.
end_services() {
	kill -KILL $(pgrep -x 'kubelet|containerd') 2>/dev/null || true
	kubelet_process= containerd_process=
	end_node
}
