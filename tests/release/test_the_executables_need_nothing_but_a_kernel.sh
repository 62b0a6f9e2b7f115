# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/release/release.inc.sh"

say "static, stripped, small"
for executable in "$PLUGIN" "$CTL"; do
	readelf -lW "$executable" >"$T/headers"
	refused "$T/interpreter" grep INTERP "$T/headers"
	readelf -SW "$executable" >"$T/sections"
	refused "$T/symbols" grep symtab "$T/sections"
done
bytes=$(stat -c %s "$PLUGIN")
[ "$bytes" -le 4800000 ] || fail "calico-ipam has $bytes bytes"
bytes=$(stat -c %s "$CTL")
[ "$bytes" -le 5500000 ] || fail "calico-ipamctl has $bytes bytes"

say "without a word of where they were built, so that they are the same everywhere"
for folder in "$SOURCE" "$(readlink -f "$SOURCE/build/static")"; do
	for executable in "$PLUGIN" "$CTL" "$BUILD/openstack/calico-dhcp-agent" "$BUILD/deploy/calico-ipam-install"; do
		refused "$T/words" grep -a -o -F "$folder/" "$executable"
	done
done

say "alone in its root: versions, and the local store"
env -i PATH="$PATH" CNI_COMMAND=VERSION chroot "$ROOT" /calico-ipam </dev/null >"$T/answer"
answers '"1\.1\.0"'
env -i PATH="$PATH" chroot "$ROOT" /calico-ipamctl version >"$T/answer"
local_store='"datastore_type":"local","ipam":{"type":"calico-ipam","assign_ipv6":"true",
	"ipv4_pools":["10.80.0.0/16"],"ipv6_pools":["fd80::/64"]}'
call ADD c1 "$local_store"
answers '"10\.80\.'
answers '"fd80::'
call ADD c2 "$local_store"
call CHECK c2 "$local_store,\"prevResult\":$(cat "$T/answer")"
call DEL c1 "$local_store"
env -i PATH="$PATH" CALICO_DATASTORE_TYPE=local chroot "$ROOT" /calico-ipamctl show >"$T/answer"
answers '10\.80\.0\.0/16  *65536  *1 '

say "its store is a dynamic build's too, in turn"
developed() {
	CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH=$ROOT/var/lib/calico-ipam "$DEVELOPED/ctl/calico-ipamctl" "$@"
}
developed pool create by-hand --cidr 10.81.0.0/16 >"$T/answer"
developed show >"$T/answer"
answers '10\.80\.0\.0/16  *65536  *1 '
env -i PATH="$PATH" CALICO_DATASTORE_TYPE=local chroot "$ROOT" /calico-ipamctl pool list >"$T/answer"
answers 'by-hand'

say "without a store that anybody names it looks for one, and reads YAML"
mkdir -p "$ROOT/etc/calico"
printf 'apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n  datastoreType: etcd\n' >"$ROOT/etc/calico/calicoctl.cfg"
refused "$T/answer" env -i PATH="$PATH" chroot "$ROOT" /calico-ipamctl show
answers '/etc/calico/calicoctl.cfg: datastoreType must be "etcdv3" or "kubernetes"'
