# SPDX-License-Identifier: Apache-2.0
# --watch: by the watch of etcd and of the local store; what has not changed is not shown twice.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"
. "$SOURCE/tests/ctl/watch.inc.sh"

over_each_store goes_on
