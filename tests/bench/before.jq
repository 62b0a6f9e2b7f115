# SPDX-License-Identifier: Apache-2.0
# Makes of a request to the gateway what it was before there was a nonce (datastore/nonce.h):
# every old value is compared, with the gaps about a prefix's records, and what was planned from
# is read in the failure branch. Nor was it told then where a container is.
#
#	jq -c -f before.jq --slurpfile values FILE	the store as it was: keys and values as they travel

def of_nonce: (.request_put // .).key | @base64d | startswith("/calico/ipam/v2/mirror/");

def untold: @base64d | gsub("\"(boot|netns)\":\"[^\"]*\","; "") | @base64;

def begins_with($prefixes): @base64d | . as $key | any($prefixes[]; . as $p | $key | startswith($p));

# Of a prefix, among all compares.
def gaps($all):
	(.key | @base64d) as $prefix
	| [$all[] | select(.range_end | not).key | select(begins_with([$prefix]))] as $records
	| [.key, ($records[] | @base64d + "\u0000" | @base64)] as $from
	| [$records[], .range_end] as $to
	| range($from | length)
	| { key: $from[.], range_end: $to[.], target: "CREATE" };

def with_value: if .target == "MOD" then { key, target: "VALUE", value: ($values[0][.key] | untold) } else . end;

def ranges:
	[.[] | select(.range_end).key | @base64d] as $prefixes
	| map(select(.range_end or (.key | begins_with($prefixes) | not)))
	| map({ request_range: (if .range_end then { key, range_end } else { key } end) })
	| unique;

.compare |= map(select(of_nonce | not))
| .success |= map(select(.request_put == null or (of_nonce | not)))
| .success |= map(if .request_put then .request_put.value |= untold else . end)
| .failure = (.compare | ranges)
| .compare |= (. as $all | map(if .range_end then gaps($all) else with_value end))
