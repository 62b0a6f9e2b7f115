# SPDX-License-Identifier: Apache-2.0
# The image is an OCI layout, each of its blobs what it is named for, with the release's executables
# and no more; and made again, at another time and elsewhere, it has the same bytes.
. "$SOURCE/tests/release/release.inc.sh"

export SOURCE_DATE_EPOCH=1700000000
sh "$SOURCE/deploy/image.sh" "$BUILD" "$T/image.tar" >"$T/said"
[ "$(cat "$T/said")" = "$T/image.tar" ] || fail "it says $(cat "$T/said")"
mkdir "$T/oci" "$T/layer"
tar -C "$T/oci" -xf "$T/image.tar"

# value KEY FILE: of the first such key; the JSON is of our own making.
value() {
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1
}

say "each blob is what it is named for, and as long as is said"
for file in "$T"/oci/blobs/sha256/*; do
	[ "$(sha256sum "$file" | cut -d ' ' -f 1)" = "${file##*/}" ] || fail "$file has another digest"
	grep -rqF "\"digest\":\"sha256:${file##*/}\",\"size\":$(stat -c %s "$file")" "$T/oci" || fail "nobody names $file, with its size"
done
[ "$(ls "$T/oci/blobs/sha256" | wc -l)" = 3 ] || fail "there are other blobs than a manifest, a configuration and a layer"
manifest=$T/oci/blobs/sha256/$(sed 's/.*image.manifest.v1+json","digest":"sha256:\([0-9a-f]*\)".*/\1/' "$T/oci/index.json")
config=$T/oci/blobs/sha256/$(sed 's/.*image.config.v1+json","digest":"sha256:\([0-9a-f]*\)".*/\1/' "$manifest")
layer=$T/oci/blobs/sha256/$(sed 's/.*layer.v1.tar+gzip","digest":"sha256:\([0-9a-f]*\)".*/\1/' "$manifest")
[ "sha256:$(gzip -dc "$layer" | sha256sum | cut -d ' ' -f 1)" = "$(sed 's/.*"diff_ids":\["\([^"]*\)".*/\1/' "$config")" ] ||
	fail "the layer's own digest is another"
[ "$(value created "$config")" = 2023-11-14T22:13:20Z ] || fail "it is of $(value created "$config")"
full=$("$PLUGIN" --version)
version=${full%%+*}
[ "$(value io.containerd.image.name "$T/oci/index.json")" = "localhost/calico-ipam:$version" ] || fail "it is called $(value io.containerd.image.name "$T/oci/index.json")"
[ "$(value org.opencontainers.image.version "$manifest")" = "$version" ] || fail "the manifest has another version"
grep -q "image: localhost/calico-ipam:$version\$" "$SOURCE/deploy/calico-ipam.yaml" || fail "deploy/calico-ipam.yaml has another version than $version"

say "the layer has the executables, root's and of that time, and the licences"
TZ=UTC tar -tzvf "$layer" | awk '{ print $1, $2, $4, $6 }' >"$T/listed"
cat >"$T/wanted" <<-'END'
-rw-r--r-- 0/0 2023-11-14 LGPL-2.1
-rw-r--r-- 0/0 2023-11-14 LICENSE
-rw-r--r-- 0/0 2023-11-14 THIRD-PARTY.md
-rwxr-xr-x 0/0 2023-11-14 calico-ipam
-rwxr-xr-x 0/0 2023-11-14 calico-ipam-install
-rwxr-xr-x 0/0 2023-11-14 calico-ipamctl
END
diff "$T/wanted" "$T/listed" || fail "the layer has other files"
tar -C "$T/layer" -xzf "$layer"
cmp "$T/layer/calico-ipam" "$PLUGIN" && cmp "$T/layer/calico-ipamctl" "$CTL" && cmp "$T/layer/calico-ipam-install" "$BUILD/deploy/calico-ipam-install" ||
	fail "the layer has other executables"
[ "$(env -i PATH="$PATH" chroot "$T/layer" /calico-ipam-install --version)" = "$full" ] || fail "the installer does not run alone in a root"

say "made again, elsewhere"
mkdir -p "$T/copy/plugin" "$T/copy/ctl" "$T/copy/deploy"
cp "$PLUGIN" "$T/copy/plugin/" && cp "$CTL" "$T/copy/ctl/" && cp "$BUILD/deploy/calico-ipam-install" "$T/copy/deploy/"
chmod 700 "$T/copy/plugin/calico-ipam"
(cd / && umask 077 && TZ=Asia/Tokyo sh "$SOURCE/deploy/image.sh" "$T/copy" "$T/again.tar" >"$T/said")
cmp "$T/image.tar" "$T/again.tar" || fail "it has other bytes"
IMAGE=registry.test/net/calico-ipam:7 sh "$SOURCE/deploy/image.sh" "$T/copy" "$T/named.tar" >"$T/said"
tar -xOf "$T/named.tar" index.json | grep -q '"io.containerd.image.name":"registry.test/net/calico-ipam:7","org.opencontainers.image.ref.name":"7"' ||
	fail "it does not take a name"
say "$(($(stat -c %s "$T/image.tar") / 1024)) KiB"

say "what is not static, or not there, makes none"
cp "$DEVELOPED/ctl/calico-ipamctl" "$T/copy/ctl/"
refused "$T/said" sh "$SOURCE/deploy/image.sh" "$T/copy" "$T/none.tar"
grep -q "calico-ipamctl is not static" "$T/said" || fail "it says $(cat "$T/said")"
rm "$T/copy/ctl/calico-ipamctl"
refused "$T/said" sh "$SOURCE/deploy/image.sh" "$T/copy" "$T/none.tar"
grep -q "no $T/copy/ctl/calico-ipamctl" "$T/said" || fail "it says $(cat "$T/said")"
[ ! -e "$T/none.tar" ] || fail "there is an image all the same"
