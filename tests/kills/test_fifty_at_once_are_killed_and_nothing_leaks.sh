# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
kills many_at_once local "$rounds"
rm -rf "$T/many_at_once"
start_etcd
kills many_at_once "$etcd_url" "$rounds"
