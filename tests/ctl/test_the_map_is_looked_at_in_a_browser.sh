# SPDX-License-Identifier: Apache-2.0
# A click, a search and the keys in Chromium, over the local store and over etcd; and a
# store of 65,536 addresses.  SCREENSHOTS names a folder for the pictures, to be looked at.
. "$SOURCE/tests/ctl/ctl.inc.sh"
. "$SOURCE/tests/ctl/etcd.inc.sh"
. "$SOURCE/tests/ctl/stores.inc.sh"
. "$SOURCE/tests/ctl/browser.inc.sh"

pictures=${SCREENSHOTS:-$T}
block4=/calico/ipam/v2/assignment/ipv4/block
block6=/calico/ipam/v2/assignment/ipv6/block

entry() {
	echo "{\"handle_id\":\"net1.$1\",\"secondary\":{\"namespace\":\"web\",\"node\":\"$2\",\"pod\":\"pod-$1\"}}"
}

fill() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	exits 0 "$CTL" reservation create r --cidr 10.86.0.8/30
	put "$block4/10.86.0.0-28" "{\"cidr\":\"10.86.0.0/28\",\"affinity\":\"host:node-1\",\"allocations\":[null,0,1,2,null,3,null,null,null,null,null,null,null,null,null,null],\"unallocated\":[0,4,6,7,8,9,10,11,12,13,14,15],\"attributes\":[$(entry c1 node-1),$(entry c2 node-2),{\"releasedAt\":\"2099-08-22T10:00:00Z\"},{\"handle_id\":\"net1.</script><b>\"}],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	nulls=$(printf ',null%.0s' $(seq 63))
	ordinals=$(seq -s , 1 63)
	put "$block6/fd86::-122" "{\"cidr\":\"fd86::/122\",\"affinity\":\"host:node-2\",\"allocations\":[0$nulls],\"unallocated\":[$ordinals],\"attributes\":[$(entry c6 node-2)],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	put "$block4/192.0.2.8-29" "{\"cidr\":\"192.0.2.8/29\",\"affinity\":null,\"allocations\":[null,null,null,null,null,null,null,null],\"unallocated\":[0,1,2,3,4,5,6,7],\"attributes\":[],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	put "$block4/192.0.2.0-30" "{\"cidr\":\"192.0.2.0/30\",\"affinity\":null,\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":[$(entry stray node-9)],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
}

# tells WORDS: the line that is read out holds them.
tells() {
	text_of '#detail' >"$T/detail"
	says "$T/detail" "$1"
}

choose() {
	place=$(script "var p = placeOf('$1'); return Math.round(p.x) + ' ' + Math.round(p.y)")
	click_at ${place% *} ${place#* }
}

clicks() {
	choose 10.86.0.1
	tells '10.86.0.1: in use by web/pod-c1 on node-1. Block 10.86.0.0/28 of pool v4, belongs to node-1.'
	[ "$(script "return getComputedStyle(document.getElementById('tip')).display")" = block ] || fail "nothing is told on pointing"
	script "return document.getElementById('tip').textContent" >"$T/tip"
	says "$T/tip" web/pod-c1
	choose 10.86.0.2
	tells '10.86.0.2: in use by web/pod-c2 on node-2, borrowed. Block'
	choose 10.86.0.3
	tells '10.86.0.3: cooling down. Block'
	choose 10.86.0.5
	tells '10.86.0.5: in use by net1.\u003C/script>\u003Cb>. Block'
	choose 10.86.0.9
	tells '10.86.0.9: reserved. Block'
	choose fd86::3f
	tells 'fd86::3f: free. Block fd86::/122 of pool v6, belongs to node-2.'
	choose 192.0.2.0
	tells '192.0.2.0: in use by web/pod-stray on node-9. Block 192.0.2.0/30 in no pool, belongs to nobody.'
}

# A tile is squares and nothing else: what is left over would look like one more.
whole_tiles() {
	odd=$(script "return order.filter((b) => b.size % b.cols).map((b) => b.cidr).join(' ')")
	[ -z "$odd" ] || fail "tiles with a gap: $odd"
}

keys_move() {
	choose 10.86.0.1
	type_into '#map' '\uE014'
	tells 10.86.0.2:
	type_into '#map' '\uE015'
	tells 10.86.0.6:
	type_into '#map' '\uE013\uE012'
	tells 10.86.0.1:
	type_into '#map' '\uE00F'
	tells fd86:::
	type_into '#map' '\uE010'
	tells 192.0.2.15:
	type_into '#map' '\uE011\uE012'
	tells 10.86.0.0:
}

# looks_for TEXT MATCHES WORDS
looks_for() {
	script "document.getElementById('search').value = ''; return ''"
	type_into '#search' "$1\\uE007"
	[ "$(text_of '#found')" = "$2" ] || fail "$1: $(text_of '#found'), not $2"
	tells "$3"
}

searches() {
	looks_for POD-c2 '1 match' '10.86.0.2: in use by web/pod-c2'
	looks_for fd86::0 '1 match' 'fd86::: in use by web/pod-c6 on node-2'
	looks_for node-2 '1 of 2 matches' '10.86.0.2:'
	click '#next'
	tells fd86:::
	looks_for 10.99.0.1 '0 matches' '10.99.0.1: in no block'
	looks_for nobody '0 matches' 'Nothing is called nobody.'
}

page() {
	umask 022
	trap "$browser_trap" EXIT
	fill
	exits 0 "$CTL" map "$T/map.html"
	is "$T/out" <<-END
	$T/map.html: 2 pools, 4 blocks, 5 addresses in use
	END
	[ "$(stat -c %a "$T/map.html")" = 644 ] || fail "the umask is 022, and the mode is $(stat -c %a "$T/map.html")"
	(umask 027 && exits 0 "$CTL" map "$T/mine.html")
	[ "$(stat -c %a "$T/mine.html")" = 640 ] || fail "the umask is 027, and the mode is $(stat -c %a "$T/mine.html")"
	"$CTL" map >"$T/printed"
	[ "$(sed 's/"made":"[^"]*"//' "$T/printed" | cksum)" = "$(sed 's/"made":"[^"]*"//' "$T/map.html" | cksum)" ] ||
		fail "what is printed is not the page"
	! grep -qE '(src|href)="?(https?:)?//|url\(|@import|fetch\(|XMLHttp' "$T/map.html" || fail "the page asks for more than itself"
	browse "$T/map.html"
	clicks
	whole_tiles
	keys_move
	searches
	screenshot "$pictures/map_small.png"
	[ "$(script "setTheme('dark'); return getComputedStyle(document.body).backgroundColor")" = 'rgb(13, 17, 23)' ] ||
		fail "the dark page is not dark"
	click '#theme'
	[ "$(script "return getComputedStyle(document.body).backgroundColor")" = 'rgb(255, 255, 255)' ] ||
		fail "the light page is not light"
}

large() {
	CALICO_DATASTORE_TYPE=local CALICO_LOCAL_PATH=$T/large
	CALICO_ETCD_ENDPOINTS=
	export CALICO_DATASTORE_TYPE CALICO_LOCAL_PATH CALICO_ETCD_ENDPOINTS
	"$STORE_EDIT" load 1024 60
	exits 0 "$CTL" map "$T/large.html"
	says "$T/out" '1024 blocks, 61440 addresses in use'
	browse "$T/large.html"
	looks_for pod-1023-59 '1 match' '10.0.255.251: in use by default/pod-1023-59 on node-00102.'
	looks_for node-00007 '1 of 600 matches' '10.0.17.128:'
	milliseconds=$(script "var t = performance.now(); for (var i = 0; i < 5; i++) drawNow(); return Math.round((performance.now() - t) / 5)")
	echo "# one picture of 65,536 addresses takes $milliseconds ms"
	[ "$milliseconds" -lt 1000 ] || fail "drawing is slow"
	screenshot "$pictures/map_large_found.png"
	script "document.getElementById('search').value = ''; searched = ''; search(''); return ''"
	script "document.getElementById('by').value = 'node'; colourKey(); setTheme('dark'); drawNow(); return ''"
	screenshot "$pictures/map_large_dark.png"
}

start_browser
over_each_store page
large
