# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
start_etcd
kills at_each_call "$etcd_url" "$every"
