# SPDX-License-Identifier: Apache-2.0
# A command that writes a pool tells where it meets what Neutron gives away
# (ctl/openstack/overlapping.h); of manifests, ctl/manifest/write.c does for ctl/manifest/pool.c.
. "$SOURCE/tests/lint.inc.sh"

silent_writers() {
	grep -lE '\bipam_(create_pools?|update_pool|split_pool)\(|\bchanges_put\(' "$@" | xargs -r grep -L 'overlapping_tell(' || true
}

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
printf 'ipam_update_pool(ds, &r, &answer, e);\n' | tee "$proof/bad.c" >"$proof/good.c"
printf 'overlapping_tell(ds, &names);\n' >>"$proof/good.c"
[ "$(silent_writers "$proof/bad.c" "$proof/good.c")" = "$proof/bad.c" ] || {
	echo "the lint does not see who writes pools" >&2
	exit 1
}

grep -q 'overlapping_tell(' ctl/manifest/write.c || echo ctl/manifest/write.c | none_of "who writes pools and does not tell"
silent_writers $(sources '*.c' | grep '^ctl/' | grep -v '^ctl/manifest/pool\.c$') |
	none_of "who writes pools and does not tell where they meet Neutron's"
