# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh and etcd.inc.sh by the tests that write records past all
# rules, as a defect or another program would.
#
# put KEY VALUE, drop KEY, value KEY, keys PREFIX: the record, in the store in use.
# over_each_store FUNCTION: once over the local store, once over a real etcd.

if [ -x "$BUILD/tests/store_edit" ]; then
	STORE_EDIT=$BUILD/tests/store_edit
else
	fail "no store_edit in $BUILD/tests"
fi

put() {
	if [ -n "${etcd_pid:-}" ]; then
		ETCDCTL_API=3 etcdctl --endpoints "$CALICO_ETCD_ENDPOINTS" put -- "$1" "$2" >/dev/null
	else
		"$STORE_EDIT" put "$1" "$2"
	fi
}

drop() {
	if [ -n "${etcd_pid:-}" ]; then
		ETCDCTL_API=3 etcdctl --endpoints "$CALICO_ETCD_ENDPOINTS" del -- "$1" >/dev/null
	else
		"$STORE_EDIT" del "$1"
	fi
}

value() {
	"$STORE_EDIT" get "$1"
}

keys() {
	"$STORE_EDIT" keys "$1"
}

over_each_store() {
	use_local_store
	"$1"
	rm -rf "$T/store"
	unset CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH
	use_etcd
	"$1"
}
