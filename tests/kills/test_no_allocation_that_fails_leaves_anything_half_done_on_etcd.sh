# SPDX-License-Identifier: Apache-2.0
# As on the local store, with the client of HTTP and with the mirror.
. "$SOURCE/tests/kills/kills.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"

want_etcd
start_etcd
short_of_memory "$etcd_url"
