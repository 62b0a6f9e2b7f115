# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: the request that the floor sends.
#
# It is what calico-ipam sent for a warm ADD, byte for byte but for this: the compares of the two
# blocks name copies of them, which stay as they were seen, and the puts name other keys of the same
# length. So the transaction succeeds each time, and etcd does all the work of a real one.

floor_key=10000000

text_of() {
	printf %s "$1" | base64 -w 0
}

# The key's beginning is 27 bytes long, so its base64 is the same whatever follows.
blocks=$(text_of /calico/ipam/v2/assignment/)
copies=$(text_of /calico/ipam/v2/floor-seen/)
others=$(text_of /calico/ipam/v2/floor-done/)

# http FILE: the body in FILE as a request, with the headers that calico-ipam sends.
http() {
	sed '/^\r*$/q' "$work/sent.warm_add" | sed "s/^Content-Length:.*/Content-Length: $(wc -c <"$1")\r/"
	cat "$1"
}

# send FILE: sends it once, as it is; the answer goes to stdout.
send() {
	"$work/bin/floor" etcd "$port" "$1" 1 "$handle$floor_key" "$handle$floor_key"
}

# Puts the copies of the blocks there.
put_copies() {
	grep -o "{\"key\":\"$copies[^\"]*\",\"target\":\"VALUE\",\"value\":\"[^\"]*\"}" "$1" |
		sed 's/^{"key":\("[^"]*"\),.*,"value":\("[^"]*"\)}/{"request_put":{"key":\1,"value":\2}}/' |
		paste -s -d , >"$work/floor.puts"
	printf '{"success":[%s]}' "$(cat "$work/floor.puts")" >"$work/floor.body"
	http "$work/floor.body" >"$work/floor.copies"
	send "$work/floor.copies" >/dev/null
}

# make_floor NAME SENT: fits the request that was kept in sent.SENT, into floor.NAME.
make_floor() {
	sed '1,/^\r*$/d' "$work/sent.$2" | sed 's/],"success":\[/\n&/' >"$work/floor.parts"
	sed -i "1s#\"$blocks#\"$copies#g; 2s#\"$blocks#\"$others#g" "$work/floor.parts"
	put_copies "$work/floor.parts"
	tr -d '\n' <"$work/floor.parts" >"$work/floor.body"
	http "$work/floor.body" >"$work/floor.$1"
	note "sent.floor_$1" "$(wc -c <"$work/floor.$1")"
}

# Many at once fill their blocks while they run: their requests grow. The floor's are all as long as
# the mean: as that of a container that comes when so many are there already.
mean_held() {
	echo $((at_once <= 64 ? at_once / 2 : (64 * 63 + (at_once - 64) * (at_once - 65)) / 2 / at_once))
}

make_floors() {
	make_floor one warm_add
	for i in $(seq "$(mean_held)"); do
		tap_quietly ADD "8000$(printf %04d "$i")" mean
	done
	tap mean ADD 10000000 mean
	make_floor mean mean
}
