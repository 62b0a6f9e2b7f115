#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds what a real cluster is made of, for the tests of this folder:
#
#	sh tests/kubernetes/build.sh [FOLDER [PART...]]	into build/test-tools/kubernetes
#
#	server	kube-apiserver, kubectl
#	node	kubelet, containerd, its shim, ctr, crictl, runc
#	nerdctl	nerdctl
#	crio	CRI-O, its pinns, and copyimg, which puts an image into its storage
#	kubeadm	kubeadm, and what its pods run: kube-controller-manager, kube-scheduler, kube-proxy, etcd
#
# All parts, if none is given.  From the Go module proxy; what is built is kept.  Where Go is older
# than Kubernetes asks for, a newer one comes from the proxy too.  runc needs libseccomp-dev.
set -eu
kubernetes=v1.36.3 staging=v0.36.3
containerd=v2.3.7
runc=v1.4.4
cri=v1.37.0
nerdctl=v2.2.1
crio=v1.34.0
etcd=v3.6.8
toolchain=go1.26.8 minor=26

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$root/build/test-tools/kubernetes}
[ "$#" = 0 ] || shift
[ "$#" != 0 ] || set -- server node nerdctl crio kubeadm
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ -n "${HOME:-}" ] || export GOPATH="$root/build/go" GOCACHE="$root/build/go-cache"
export GOFLAGS=-mod=mod GOWORK=off GOTOOLCHAIN=local

stop() {
	echo "tests/kubernetes/build.sh: $*" >&2
	exit 1
}

# fetched MODULE@VERSION: the folder where it lies.
fetched() {
	fetched_folder=$(go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
	[ -d "$fetched_folder" ] || stop "$1 cannot be downloaded"
	echo "$fetched_folder"
}

# begin NAME: a module of our own, empty.
begin() {
	rm -rf "$folder/module"
	mkdir "$folder/module"
	cd "$folder/module"
	printf 'module cluster\n' >go.mod
}

# Modules lose the bit that lets a file be run.
want_go() {
	have=$(go env GOVERSION | sed 's/^go1\.//; s/[^0-9].*//')
	[ "$have" -lt "$minor" ] || return 0
	begin
	go=$(fetched "golang.org/toolchain@v0.0.1-$toolchain.$(go env GOOS)-$(go env GOARCH)")
	chmod -R u+w "$go" && chmod +x "$go"/bin/* "$go"/pkg/tool/*/*
	PATH=$go/bin:$PATH
	unset GOROOT
}

# take MODULE VERSION: a module that requires and replaces what that one's own go.mod does, since a module's
# replacements are not those of who requires it.  What lies in Kubernetes' repository under staging
# is published module by module, and so is what lies beside etcd's server in its.
take() {
	begin
	source=$(fetched "$1@$2")
	{
		printf 'module cluster\n\nrequire %s %s\n' "$1" "$2"
		sed -e '/^module /d' -e "s|=> ./staging/src/\(k8s.io/.*\)|=> \1 $staging|" \
			-e "s|^\(	k8s.io/[a-z-]*\) v0.0.0\$|\1 $staging|" -e '/=> \.\.\//d' "$source/go.mod"
	} >go.mod
	cp "$source/go.sum" go.sum
	chmod u+w go.sum
}

# build NAME PACKAGE [OPTIONS...]
build() {
	build_name=$1 build_package=$2
	shift 2
	nice -n 10 go build -trimpath -o "$folder/$build_name" "$@" "$build_package"
}

build_kubernetes() {
	take k8s.io/kubernetes $kubernetes
	for name in "$@"; do
		CGO_ENABLED=0 build "$name" "k8s.io/kubernetes/cmd/$name" \
			-ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes"
	done
}

build_containerd() {
	module=github.com/containerd/containerd/v2
	take $module $containerd
	for name in containerd containerd-shim-runc-v2 ctr; do
		CGO_ENABLED=0 build "$name" "$module/cmd/$name" -ldflags "-s -w -X $module/version.Version=$containerd"
	done
}

# Asks containerd for what kubelet would.
build_crictl() {
	module=sigs.k8s.io/cri-tools
	take $module $cri
	CGO_ENABLED=0 build crictl $module/cmd/crictl -ldflags "-s -w"
}

# Its C part enters the namespaces; kubelet asks for seccomp.
build_runc() {
	module=github.com/opencontainers/runc
	take $module $runc
	CGO_ENABLED=1 build runc $module -tags seccomp -ldflags "-s -w -X main.version=${runc#v}"
}

# Its helpers of tests need a module of its own that the proxy does not have.
build_nerdctl() {
	module=github.com/containerd/nerdctl/v2
	source=$(fetched $module@$nerdctl)
	rm -rf "$folder/module"
	cp -R "$source" "$folder/module"
	chmod -R u+w "$folder/module"
	cd "$folder/module"
	rm cmd/nerdctl/helpers/testing*.go
	mkdir -p mod/tigron
	printf 'module github.com/containerd/nerdctl/mod/tigron\n' >mod/tigron/go.mod
	CGO_ENABLED=0 build nerdctl ./cmd/nerdctl -ldflags "-s -w -X $module/pkg/version.Version=$nerdctl"
}

# copyimg is one of its tests' programs.
build_crio() {
	module=github.com/cri-o/cri-o
	take $module $crio
	for name in cmd/crio test/copyimg; do
		CGO_ENABLED=1 build "${name#*/}" "$module/$name" -ldflags "-s -w" \
			-tags "containers_image_ostree_stub containers_image_openpgp exclude_graphdriver_btrfs seccomp"
	done
	cc -std=c99 -Os -static -o "$folder/pinns" "$source"/pinns/src/*.c
}

# The version that this kubeadm wants: it passes what Debian's does not know.  Under a name of its own, since this
# folder comes first in the PATH of tests whose etcd is Debian's.
build_etcd() {
	module=go.etcd.io/etcd/server/v3
	take $module $etcd
	CGO_ENABLED=0 build etcd-of-kubeadm $module -ldflags "-s -w"
}

build_part() {
	case $1 in
	server) versions="$kubernetes" ;;
	node) versions="$kubernetes $containerd $runc $cri" ;;
	nerdctl) versions="$nerdctl" ;;
	crio) versions="$crio" ;;
	kubeadm) versions="$kubernetes $etcd" ;;
	*) stop "no part is called $1" ;;
	esac
	[ "$(cat "$folder/.built-$1" 2>/dev/null)" != "$versions" ] || return 0
	want_go
	echo "==> building the Kubernetes $1 ($versions) with $(go env GOVERSION)"
	case $1 in
	server) build_kubernetes kube-apiserver kubectl ;;
	node)
		build_kubernetes kubelet
		build_containerd
		build_crictl
		build_runc
		;;
	nerdctl) build_nerdctl ;;
	crio) build_crio ;;
	kubeadm)
		build_kubernetes kubeadm kube-controller-manager kube-scheduler kube-proxy
		build_etcd
		;;
	esac
	cd "$root"
	rm -rf "$folder/module"
	echo "$versions" >"$folder/.built-$1"
}

for part in "$@"; do
	build_part "$part"
done
