# SPDX-License-Identifier: Apache-2.0
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"

free_port
start=$(date +%s)
exits 5 env CALICO_ETCD_ENDPOINTS="http://127.0.0.1:$port" CALICO_RUN_PATH="$T/run" timeout 100 "$CTL" show
says "$T/err" "127.0.0.1:$port"
silent "$T/out"
[ $(($(date +%s) - start)) -le 65 ] || fail "it took longer than a call's 60 seconds"
