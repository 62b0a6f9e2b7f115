# SPDX-License-Identifier: Apache-2.0
# conf-examples/prometheus: promtool accepts the rules and has each alert fire; a real Prometheus scrapes both services, and every
# query of rules and dashboard has an answer there, so that no name or label is one that nobody tells.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/serving.inc.sh"

for tool in promtool prometheus jq; do
	command -v $tool >/dev/null || skip "no $tool"
done
examples=$SOURCE/conf-examples/prometheus

promtool check rules "$examples/alerts.yaml" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
promtool test rules "$examples/alerts_test.yaml" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
promtool check config "$examples/prometheus.yaml" >"$T/out" 2>&1 || fail "$(cat "$T/out")"

# An alert without a case in which it fires is not tested; and the cases can fail.
sed -n 's/^ *- alert: //p' "$examples/alerts.yaml" | sort >"$T/alerts"
awk '$1 == "alertname:" { name = $2 } $1 == "exp_alerts:" { print name }' "$examples/alerts_test.yaml" | sort -u >"$T/fired"
cmp "$T/alerts" "$T/fired" || fail "these are not the alerts that fire: $(cat "$T/fired")"
mkdir "$T/broken"
sed 's/calico_ipam_up == 0/calico_ipam_up == 7/' "$examples/alerts.yaml" >"$T/broken/alerts.yaml"
cp "$examples/alerts_test.yaml" "$T/broken/"
! promtool test rules "$T/broken/alerts_test.yaml" >"$T/out" 2>&1 || fail "the cases hold of a rule that is broken"

# A node with a pool that is full, and both services.
own=$(hostname | tr A-Z a-z)
[ ! -s /var/lib/calico/nodename ] || own=$(cat /var/lib/calico/nodename)
use_local_store
plugin_uses "\"datastore_type\": \"local\", \"local_path\": \"$T/store\", \"run_path\": \"$T/run\","
sed -i "s/\"nodename\": \"node-1\"/\"nodename\": \"$own\"/" "$T/stdin.json"
exits 0 "$CTL" pool create full --cidr 10.86.0.0/31 --block-size 32
exits 0 "$CTL" pool create v6 --cidr fd86::/64
exits 0 "$CTL" pool create off --cidr 10.87.0.0/24 --disabled
plugin ADD c1 2>"$T/log"
plugin ADD c2 2>"$T/log"
listen
cluster=$server cluster_url=$url
listen --node-local
trap 'kill $cluster $server ${prometheus:-} 2>/dev/null || true; rm -rf "$T"' EXIT

mkdir "$T/prometheus"
host() {
	echo "$1" | sed 's|http://||; s|/metrics||'
}
sed -e "s/127.0.0.1:9475/$(host "$cluster_url")/; s/127.0.0.1:9476/$(host "$url")/; s/scrape_interval: .*/scrape_interval: 1s/" \
	-e 's/scrape_timeout: .*/scrape_timeout: 1s/' "$examples/prometheus.yaml" >"$T/prometheus/prometheus.yaml"
grep -v '^ *for: ' "$examples/alerts.yaml" | sed 's/^  - name: calico-ipam$/&\n    interval: 1s/' >"$T/prometheus/alerts.yaml"
free_port
api=http://127.0.0.1:$port
prometheus --config.file "$T/prometheus/prometheus.yaml" --storage.tsdb.path "$T/prometheus/data" \
	--web.listen-address "127.0.0.1:$port" --log.level warn >"$T/prometheus/log" 2>&1 &
prometheus=$!

# ask QUERY: how many samples answer it, into $T/answer.
ask() {
	curl -sf --max-time 10 --data-urlencode "query=$1" "$api/api/v1/query" >"$T/answer" || return 1
	jq -r '.data.result | length' "$T/answer"
}

tries=300
until [ "$(ask 'sum(up) == 2 and sum(count_over_time(calico_ipam_up[1m])) > 10' 2>/dev/null)" = 1 ]; do
	kill -0 "$prometheus" 2>/dev/null || fail "$(cat "$T/prometheus/log")"
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || fail "not scraped: $(curl -s "$api/api/v1/targets" | jq -r '.data.activeTargets[].lastError'; cat "$T/prometheus/log")"
	sleep 0.2
done

[ "$(ask 'calico_ipam_pool_size{pool="full"} == 2')" = 1 ] || fail "the pool's size is not there"
[ "$(ask "calico_ipam_pool_node_addresses{pool=\"full\",node=\"$own\"} == 2")" = 1 ] || fail "this node's share is not there"
[ "$(ask 'calico_ipam_plugin_requests_total{command="ADD",outcome="ok"} == 2')" = 1 ] || fail "the plugin's ADDs are not there"
[ "$(ask 'histogram_quantile(0.99, calico_ipam_plugin_duration_seconds_bucket{command="ADD"}) > 0')" = 1 ] || fail "no histogram"

# Each query of the dashboard has an answer, also of a pool that no node uses: a panel then shows nought, not that it has no data.
jq -r '.. | objects | .expr? // empty' "$examples/grafana.json" >"$T/queries"
[ "$(wc -l <"$T/queries")" -gt 30 ] || fail "the dashboard has no queries"
for pool in '.*' off; do
	while read -r query; do
		asked=$(echo "$query" | sed "s/\\\$__rate_interval/20s/g; s/\\\$pool/$pool/g; s/\\\$\\(job\\|node\\|instance\\)/.*/g")
		n=$(ask "$asked") || fail "Prometheus does not take $asked"
		case "$pool $query" in
		'off '*'enabled="true"'*) ;;
		*) [ "$n" -gt 0 ] || fail "nobody tells $asked" ;;
		esac
	done <"$T/queries"
done

# Each metric that is named is told.
{
	curl -s "$cluster_url"
	curl -s "$url"
} | sed -n 's/^\(calico_ipam_[a-z_]*\).*/\1/p' | sort -u >"$T/told"
grep -oh 'calico_ipam_[a-z_]*' "$examples/grafana.json" "$examples/alerts.yaml" | sort -u | comm -23 - "$T/told" >"$T/untold"
silent "$T/untold"

# The rules are sound there, and the full pool is told by its own labels; the disabled one by none.
curl -s "$api/api/v1/rules" | jq -r '.data.groups[].rules[] | select(.health == "err") | .name + ": " + .lastError' >"$T/unsound"
silent "$T/unsound"
[ "$(ask 'ALERTS{alertname="CalicoIPAMPoolFull",pool="full"}')" = 1 ] || fail "a full pool fires nothing"
[ "$(ask 'ALERTS{alertname="CalicoIPAMFamilyFull",family="4"}')" = 1 ] || fail "a family without addresses fires nothing"
[ "$(ask 'ALERTS{pool=~"off|v6"} or ALERTS{alertname="CalicoIPAMStoreAway"}')" = 0 ] || fail "fires for nothing: $(cat "$T/answer")"
end_server
