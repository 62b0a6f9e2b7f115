#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An OCI image of the static release, made without a daemon and without root:
#
#	sh deploy/image.sh [BUILD [ARCHIVE]]
#
# BUILD is build/release, unless told otherwise; ARCHIVE, an OCI layout in a tar, is then
# BUILD/calico-ipam-VERSION-ARCHITECTURE.oci.tar, and its name is printed.  A node takes it by
# `ctr -n k8s.io images import ARCHIVE`, a registry by `skopeo copy oci-archive:ARCHIVE docker://…`.
#
#	IMAGE=localhost/calico-ipam:VERSION	its name, which deploy/calico-ipam.yaml has too
#	SOURCE_DATE_EPOCH=SECONDS		the time of all that is in it; else the last commit's
#
# The same executables, name and time make the same bytes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/release}

stop() {
	echo "deploy/image.sh: $*" >&2
	exit 1
}

for executable in plugin/calico-ipam ctl/calico-ipamctl deploy/calico-ipam-install; do
	[ -x "$build/$executable" ] || stop "no $build/$executable (cmake --preset release && cmake --build --preset release)"
	! LC_ALL=C grep -q 'ld-linux\|ld-musl' "$build/$executable" || stop "$build/$executable is not static, and the image has no libraries"
done
# Without the build behind it, which is no part of an image's name.
version=$("$build/plugin/calico-ipam" --version)
version=${version%%+*}
case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64) architecture=arm64 ;;
*) architecture=$(uname -m) ;;
esac
image=${IMAGE:-localhost/calico-ipam:$version}
archive=${2:-$build/calico-ipam-$version-$architecture.oci.tar}
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 0)}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
blobs=$work/oci/blobs/sha256
mkdir -p "$work/layer" "$blobs"

# pack FOLDER NAME...: a tar that depends on nothing but what is in it and on the time.
pack() {
	pack_folder=$1
	shift
	tar -C "$pack_folder" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime="@$epoch" -cf - "$@"
}

digest() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# blob FILE TYPE: moves it to where its digest says, and prints how it is named elsewhere.
blob() {
	blob_digest=$(digest "$1")
	printf '"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s' "$2" "$blob_digest" "$(stat -c %s "$1")"
	mv "$1" "$blobs/$blob_digest"
}

annotations="\"org.opencontainers.image.title\":\"calico-ipam\",\
\"org.opencontainers.image.description\":\"Calico-compatible IPAM plugin for CNI, and what installs it on a node\",\
\"org.opencontainers.image.version\":\"$version\",\
\"org.opencontainers.image.licenses\":\"Apache-2.0\",\
\"org.opencontainers.image.created\":\"$created\""

cp "$build/plugin/calico-ipam" "$build/ctl/calico-ipamctl" "$build/deploy/calico-ipam-install" "$root/LICENSE" \
	"$root/deploy/licences/THIRD-PARTY.md" "$root/deploy/licences/LGPL-2.1" "$work/layer/"
pack "$work/layer" LGPL-2.1 LICENSE THIRD-PARTY.md calico-ipam calico-ipam-install calico-ipamctl >"$work/layer.tar"
layer_digest=$(digest "$work/layer.tar")
gzip -n -9 "$work/layer.tar"
layer=$(blob "$work/layer.tar.gz" layer.v1.tar+gzip)

cat >"$work/config" <<END
{"created":"$created","architecture":"$architecture","os":"linux","config":{"User":"0:0","Entrypoint":["/calico-ipam-install"],"Cmd":["run"],"Labels":{$annotations}},"rootfs":{"type":"layers","diff_ids":["sha256:$layer_digest"]},"history":[{"created":"$created","created_by":"deploy/image.sh"}]}
END
config=$(blob "$work/config" config.v1+json)

cat >"$work/manifest" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{$config},"layers":[{$layer}],"annotations":{$annotations}}
END
manifest=$(blob "$work/manifest" manifest.v1+json)

cat >"$work/oci/index.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{$manifest,"platform":{"architecture":"$architecture","os":"linux"},"annotations":{"io.containerd.image.name":"$image","org.opencontainers.image.ref.name":"${image##*:}"}}]}
END
echo '{"imageLayoutVersion":"1.0.0"}' >"$work/oci/oci-layout"

pack "$work/oci" oci-layout index.json blobs >"$work/archive"
mv "$work/archive" "$archive"
echo "$archive"
