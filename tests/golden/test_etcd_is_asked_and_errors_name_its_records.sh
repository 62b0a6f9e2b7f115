# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/sandbox.inc.sh"
. "$SOURCE/tests/etcd.inc.sh"
want_etcd
. "$SOURCE/tests/golden/golden.inc.sh"
start_etcd
play tests/golden/etcd.golden
