#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds Calico's own plugin and command, for the tests of this folder and for the bench.
#
#	sh tests/interop/build.sh [FOLDER]	calico-ipam and calicoctl in there; build/test-tools/calico
#
# From the Go module proxy, with Go 1.23 or newer; a minute or two, and 1.2 GB of caches, at first.
# Calico's releases are no versions of a Go module; these are the pseudo-versions of v3.28.5.
set -eu
release=v3.28.5
calico=v1.11.0-cni-plugin.0.20250813170300-a0db560f0520
api=v0.0.0-20240708202104-e3f70b269c2c
module=github.com/projectcalico/calico

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$root/build/test-tools/calico}
[ "$(cat "$folder/.built" 2>/dev/null)" != "$release $calico $api" ] || exit 0
echo "==> building Calico $release with $(go env GOVERSION)"
mkdir -p "$folder/module"
folder=$(cd "$folder" && pwd)
[ -n "${HOME:-}" ] || export GOPATH="$root/build/go" GOCACHE="$root/build/go-cache"
export GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0
cd "$folder/module"

# What Calico's own go.mod requires and replaces, since a module's replacements are not those of who requires it.
printf 'module interop\n' >go.mod
source=$(go mod download -json "$module@$calico" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
[ -d "$source" ] || {
	echo "$module@$calico cannot be downloaded" >&2
	exit 1
}
{
	printf 'module interop\n\nrequire %s %s\n' "$module" "$calico"
	sed "1d; s|github.com/projectcalico/api => ./api|github.com/projectcalico/api => github.com/projectcalico/api $api|" \
		"$source/go.mod"
} >go.mod
cp "$source/go.sum" go.sum
chmod u+w go.sum
go build -trimpath -ldflags "-s -w -X main.VERSION=$release" -o ../calico-ipam "$module/cni-plugin/cmd/calico"
go build -trimpath -ldflags "-s -w -X $module/calicoctl/calicoctl/commands.VERSION=$release" -o ../calicoctl \
	"$module/calicoctl/calicoctl"
cd ..
rm -rf module
echo "$release $calico $api" >.built
