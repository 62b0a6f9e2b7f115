# SPDX-License-Identifier: Apache-2.0
# calico-ipam-metrics.service: systemd finds no fault with it, what it starts serves loopback, and its comments name options that are there.
. "$SOURCE/tests/ctl/ctl.inc.sh"

unit=$SOURCE/ctl/metrics/calico-ipam-metrics.service
if command -v systemd-analyze >/dev/null; then
	mkdir "$T/unit"
	sed "s,^ExecStart=[^ ]*,ExecStart=$CTL," "$unit" >"$T/unit/calico-ipam-metrics.service"
	systemd-analyze verify --man=no "$T/unit/calico-ipam-metrics.service" >"$T/verdict" 2>&1 || true
	! grep -F calico-ipam-metrics "$T/verdict" >&2 || fail "systemd finds fault with the unit"
fi
! grep -Eq '^(Private|Protect|ReadWritePaths)' "$unit" || fail "a mount namespace of its own"

METRICS_OPTIONS=$(sed -n 's/^Environment="METRICS_OPTIONS=\(.*\)"$/\1/p' "$unit")
[ "$METRICS_OPTIONS" = "--listen 9475" ] || fail "it listens elsewhere by default: $METRICS_OPTIONS"
[ "$(sed -n 's/^ExecStart=//p' "$unit")" = "calico-ipamctl metrics \$METRICS_OPTIONS" ] || fail "it starts something else"
for option in $(grep -oE -e '--[a-z-]+' "$unit" | sort -u); do
	"$CTL" metrics --help | grep -qF -e "$option" || fail "metrics has no $option"
done
grep -q '127.0.0.1:9475' "$SOURCE/conf-examples/prometheus/prometheus.yaml" || fail "the example scrapes another port"
