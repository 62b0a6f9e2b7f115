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
	echo "{\"handle_id\":\"net1.$1\",\"secondary\":{\"ifname\":\"eth0\",\"namespace\":\"${3:-web}\",\"node\":\"$2\",\"pod\":\"pod-$1\",\"timestamp\":\"2026-08-22 10:00:00 +0000 UTC\"}}"
}

fill() {
	exits 0 "$CTL" pool create v4 --cidr 10.86.0.0/24 --block-size 28
	exits 0 "$CTL" pool create v6 --cidr fd86::/64
	exits 0 "$CTL" reservation create r --cidr 10.86.0.8/30
	put "$block4/10.86.0.0-28" "{\"cidr\":\"10.86.0.0/28\",\"affinity\":\"host:node-1\",\"allocations\":[null,0,1,2,null,3,null,null,null,null,null,null,null,null,null,null],\"unallocated\":[0,4,6,7,8,9,10,11,12,13,14,15],\"attributes\":[$(entry c1 node-1),$(entry c2 node-2),{\"releasedAt\":\"2099-08-22T10:00:00Z\"},{\"handle_id\":\"net1.</script><b>\"}],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
	nulls=$(printf ',null%.0s' $(seq 63))
	ordinals=$(seq -s , 1 63)
	put "$block6/fd86::-122" "{\"cidr\":\"fd86::/122\",\"affinity\":\"host:node-2\",\"allocations\":[0$nulls],\"unallocated\":[$ordinals],\"attributes\":[$(entry c6 node-2 db)],\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{},\"deleted\":false}"
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

# facts WORDS: what is told beside the picture of the address that is chosen.
facts() {
	script "return Array.from(document.getElementById('facts').children).map((e) => e.textContent).join('|')" >"$T/facts"
	says "$T/facts" "$1"
}

details() {
	choose 10.86.0.1
	facts 'Address|10.86.0.1|State|in use|Owner|web/pod-c1|Node|node-1|Interface|eth0|Since|2026-08-22T10:00:00Z, '
	facts '|Handle|net1.c1|Block|10.86.0.0/28, of node-1|Pool|v4'
	choose 10.86.0.3
	facts 'State|cooling down|Released|2099-08-22T10:00:00Z'
	choose 192.0.2.0
	facts '|Problem|block-in-no-pool: lies in no pool|What mends it|create a pool that holds it'
}

# What no block holds is drawn between those that are, and said when it is clicked.
room_between_blocks() {
	room=$(script "return groups[0].gaps.map((g) => printAddress(g.base, g.bits) + '+' + g.size + '=' + g.blocks).join(' ')")
	[ "$room" = '10.86.0.16+240=15' ] || fail "room in v4: $room"
	room=$(script "return groups[1].gaps.map((g) => String(g.size)).join(' ')")
	[ "$room" = 18446744073709551552 ] || fail "room in v6: $room"
	place=$(script "var g = groups[0].gaps[0], r = canvas.getBoundingClientRect(); return Math.round(r.left + g.x + 5) + ' ' + Math.round(r.top + g.y - view.scrollTop + 5)")
	click_at ${place% *} ${place#* }
	tells '10.86.0.16 to 10.86.0.255: in no block, so nobody holds them. 240 addresses, room for 15 blocks.'
}

# chooses SELECT VALUE BLOCKS: after this filter these blocks are drawn.
chooses() {
	script "var s = document.getElementById('$1'); s.value = '$2'; s.dispatchEvent(new Event('change')); return ''"
	drawn=$(script "return order.map((b) => b.cidr).join(' ')")
	[ "$drawn" = "$3" ] || fail "$1 $2 draws: $drawn"
}

filters() {
	chooses pool v6 'fd86::/122'
	chooses pool '' '10.86.0.0/28 fd86::/122 192.0.2.0/30 192.0.2.8/29'
	chooses node node-2 '10.86.0.0/28 fd86::/122'
	chooses namespace db 'fd86::/122'
	click '#all'
	chooses namespace web '10.86.0.0/28 192.0.2.0/30'
	click '#all'
}

panels() {
	text_of '#pools' >"$T/panel"
	says "$T/panel" '1.2 %'
	says "$T/panel" '3 in use, 1 cooling, 4 reserved, 248 free, 1 block of /28'
	click '#tab-nodes'
	script "return Array.from(document.querySelectorAll('#nodes tbody tr')).map((r) => Array.from(r.cells).map((c) => c.textContent).join(' ')).join('|')" >"$T/panel"
	says "$T/panel" 'node-1 no node object 1 1 0 19 %'
	click '#tab-problems'
	text_of '#problems' >"$T/panel"
	says "$T/panel" 'handle-missing'
	says "$T/panel" 'What mends it: calico-ipamctl check --mend.'
	says "$T/panel" 'What mends it: create a pool that holds it'
	script "Array.from(document.querySelectorAll('#problems .fault button')).pop().click(); return ''"
	tells '192.0.2.8: free. Block 192.0.2.8/29 in no pool'
	type_into '#tab-problems' '\uE014'
	[ "$(script "return document.activeElement.id + ' ' + document.getElementById('pools').hidden")" = 'tab-pools false' ] ||
		fail "an arrow key does not turn the panels"
}

# What is shown stands in the address line, and is shown again from there.
links() {
	browse "$T/map.html#node=node-2&by=state&panel=nodes&theme=dark&at=10.86.0.2&find=pod-c"
	tells '10.86.0.2: in use by web/pod-c2'
	shown=$(script "return [order.length, document.getElementById('node').value, document.getElementById('nodes').hidden, document.documentElement.dataset.theme, matches.length].join(' ')")
	[ "$shown" = '2 node-2 false dark 2' ] || fail "the link shows: $shown"
	type_into '#map' '\uE010'
	click '#tab-pools'
	click '#theme'
	sleep 0.5
	[ "$(script 'return location.hash')" = '#node=node-2&by=state&theme=light&find=pod-c&at=fd86%3A%3A3f' ] ||
		fail "the address line: $(script 'return location.hash')"
	browse "$T/map.html#at=192.0.2.0&pool=v4"
	tells '192.0.2.0: in use by web/pod-stray'
	[ "$(script 'return filter.pool')" = '' ] || fail "what a filter hides is not found"
}

# Only the page's own script runs in it, whatever gets into the page.
runs_nothing_else() {
	ran=$(script "var s = document.createElement('script'); s.textContent = 'window.strange = 1'; document.body.append(s); return String(window.strange)")
	[ "$ran" = undefined ] || fail "a script that was put into the page runs"
	[ "$(script "return document.querySelectorAll('b, img').length + ''")" = 0 ] || fail "a stored text became an element"
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
	looks_for fd86::0 '1 match' 'fd86::: in use by db/pod-c6 on node-2'
	looks_for node-2 '1 of 2 matches' '10.86.0.2:'
	click '#next'
	tells fd86:::
	looks_for 10.99.0.1 '0 matches' '10.99.0.1: in no block'
	looks_for nobody '0 matches' 'Nothing is called nobody.'
}

without_check() {
	exits 0 "$CTL" map --no-check "$T/quick.html"
	browse "$T/quick.html#panel=problems"
	text_of '#problems' >"$T/panel"
	says "$T/panel" 'Not looked for'
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
	details
	whole_tiles
	room_between_blocks
	keys_move
	searches
	filters
	panels
	links
	runs_nothing_else
	screenshot "$pictures/map_small.png"
	without_check
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
	near=$(script "return order.slice(1).filter((b, i) => b.owner !== order[i].owner && distance(colourOf.get(b.owner), colourOf.get(order[i].owner)) < 40).length + ''")
	[ "$near" = 0 ] || fail "$near neighbours have colours alike"
	screenshot "$pictures/map_large_found.png"
	script "document.getElementById('search').value = ''; searched = ''; search(''); return ''"
	script "document.getElementById('by').value = 'node'; legend(); setTheme('dark'); drawNow(); return ''"
	screenshot "$pictures/map_large_dark.png"
}

start_browser
over_each_store page
large
