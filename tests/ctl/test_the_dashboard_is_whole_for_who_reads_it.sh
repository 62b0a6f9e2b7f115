# SPDX-License-Identifier: Apache-2.0
# conf-examples/prometheus/grafana.json, panel by panel, as who looks at it needs it; what it asks is another test's.
. "$SOURCE/tests/ctl/ctl.inc.sh"

command -v jq >/dev/null || skip "no jq (Debian: jq)"
dashboard=$SOURCE/conf-examples/prometheus/grafana.json

# each SENTENCE FILTER: the panels that the filter leaves over break the rule.
each() {
	jq -r "[.panels[] | select(.type != \"row\")] | .[] | select($2) | .title" "${3:-$dashboard}" >"$T/found"
	[ ! -s "$T/found" ] || fail "$1: not so of $(paste -s -d , "$T/found")"
}

whole() {
	each "a panel has a title, and says what it shows" '((.title // "") == "") or ((.description // "") == "")' "$1"
	each "a panel has a unit" '(.fieldConfig.defaults.unit // "") == ""' "$1"
	each "a legend is shown because the file says so" '.type == "timeseries" and .options.legend.showLegend != true' "$1"
	each "what a number or a table shows is told now, not some hours ago" \
		'(.type == "stat" or .type == "table") and any(.targets[]; .instant != true)' "$1"
	each "of several clusters one can be chosen" \
		'any(.targets[]; [.expr | scan("calico_ipam_[a-z_]+(.{9})")] | any(.[0] != "{job=~\"$j"))' "$1"
	each "a rate is taken over four scrapes at least" \
		"any(.targets[]; (.expr | contains(\"__rate_interval\")) and .interval != \"$scraped\")" "$1"
}

# Grafana takes a data source to be scraped each 15 s where nobody says otherwise: over a minute, of which this has one scrape.
scraped=$(sed -n 's/^ *scrape_interval: //p' "$SOURCE/conf-examples/prometheus/prometheus.yaml" | sort -u)
[ "$scraped" = 1m ] || fail "scraped each: $scraped"
whole "$dashboard"

# The rules can fail.
for broken in '.description = ""' '.title = ""' '.fieldConfig.defaults.unit = ""' '.targets[].instant = false' \
	'.targets[].interval = "15s"' '.options.legend = {}' '.targets[].expr |= sub("job=~"; "pool=~")'; do
	jq "(.panels[] | select(.type != \"row\")) |= ($broken)" "$dashboard" >"$T/broken.json"
	! (whole "$T/broken.json") >/dev/null 2>&1 || fail "the rules hold of a dashboard with $broken"
done

jq -r '.panels[].id' "$dashboard" | sort | uniq -d >"$T/twice"
silent "$T/twice"
jq -r '[.panels[] | .gridPos + {title}] as $p | $p[] as $a | $p[] | select($a.title < .title and $a.x < .x + .w and .x < $a.x + $a.w
	and $a.y < .y + .h and .y < $a.y + $a.h) | $a.title + " lies over " + .title' "$dashboard" >"$T/over"
silent "$T/over"

# A variable that is asked with is one that can be chosen, and the other way round.
jq -r '.. | strings | scan("\\$\\{?([a-z]+)")[0]' "$dashboard" | sort -u >"$T/used"
jq -r '.templating.list[].name' "$dashboard" | sort | cmp - "$T/used" || fail "these variables are used: $(cat "$T/used")"
