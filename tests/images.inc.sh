# SPDX-License-Identifier: Apache-2.0
# Sourced after sandbox.inc.sh: images made without a daemon, as ctr, nerdctl and podman load them.

# digest FILE: as an image's manifest names it.
digest() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# pack_image NAME FOLDER CONFIG: to standard output, of one layer: what is in FOLDER; CONFIG is JSON.
pack_image() {
	mkdir -p "$T/image"
	tar -C "$2" -cf "$T/image/layer.tar" .
	cat >"$T/image/config.json" <<-END
	{ "architecture": "$(dpkg --print-architecture)", "os": "linux", "config": $3,
	  "rootfs": { "type": "layers", "diff_ids": ["sha256:$(digest "$T/image/layer.tar")"] } }
	END
	echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$1\"], \"Layers\": [\"layer.tar\"]}]" >"$T/image/manifest.json"
	tar -C "$T/image" -cf - manifest.json config.json layer.tar
}
