# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: the requests that the floors send.
#
# Each is what calico-ipam sent for a warm ADD, byte for byte but for this: the compares of the two
# blocks, and of the mirror's nonce, name copies of them, which stay as they were seen, and the puts
# name other keys of the same length. So the transaction succeeds each time, and etcd does all the
# work of a real one.
#
# `same` is the request of today, by gRPC. `values` and `mean` are as requests were before there was
# a nonce (datastore/nonce.h), through the gateway and with every old value: before.jq makes them.

floor_key=10000000

text_of() {
	printf %s "$1" | base64 -w 0
}

# These beginnings are 27 bytes long, so their base64 is the same whatever follows.
blocks=$(text_of /calico/ipam/v2/assignment/)
others=$(text_of /calico/ipam/v2/floor-done/)

# record NAME VERB CONTAINER REQUEST: what is sent through the gateway, in recorded.NAME; and the store that it is
# planned from, keys and values as they travel, in values.NAME.
record() {
	etcd_url=http://127.0.0.1:$port etcd_ctl get /calico/ --prefix -w json |
		jq -c '[.kvs[] | { (.key): .value }] | add' >"$work/values.$1"
	ask "$2" "$3" "$4" CALICO_ETCD_PROTOCOL=json \
		"$work/bin/wiretap" $((port + 4)) "$port" "$work/recorded.$1" 3>"$work/tapped"
	read -r connections http_requests sent received peak <"$work/tapped"
	note "received.$1_values" "$received"
	put_values "$1"
}

# put_values NAME: what was recorded as it was before there was a nonce, in with_values.NAME.
put_values() {
	sed '1,/^\r*$/d' "$work/recorded.$1" |
		jq -c -f "$here/before.jq" --slurpfile values "$work/values.$1" | tr -d '\n' >"$work/values.body"
	http "$work/values.body" "$work/recorded.$1" >"$work/with_values.$1"
	note "sent.$1_values" "$(wc -c <"$work/with_values.$1")"
}

# http FILE RECORDED: the body in FILE as a request, with the headers of the one that was recorded.
http() {
	sed '/^\r*$/q' "$2" | sed "s/^Content-Length:.*/Content-Length: $(wc -c <"$1")\r/"
	cat "$1"
}

# Puts the copies there, with the values that are compared.
put_copies() {
	grep -o "{\"key\":\"$copies[^}]*}" "$1" |
		sed 's/^{"key":\("[^"]*"\),.*"value":\("[^"]*"\)}/{"request_put":{"key":\1,"value":\2}}/' |
		paste -s -d , >"$work/floor.puts"
	printf '{"success":[%s]}' "$(cat "$work/floor.puts")" >"$work/floor.body"
	http "$work/floor.body" "$2" >"$work/floor.copies"
	"$work/bin/floor" etcd "$port" "$work/floor.copies" 1 "$handle$floor_key" "$handle$floor_key"
}

# make_floor_of_before NAME REQUEST: fits the request in the file, into floor.NAME, with copies of its own.
make_floor_of_before() {
	copies=$(text_of "/calico/ipam/v2/floor-$(printf %.4s "$1")/")
	sed '1,/^\r*$/d' "$2" | sed 's/],"success":\[/\n&/' >"$work/floor.parts"
	sed -i "1s#\"$blocks#\"$copies#g; 2s#\"$blocks#\"$others#g" "$work/floor.parts"
	put_copies "$work/floor.parts" "$2"
	tr -d '\n' <"$work/floor.parts" >"$work/floor.body"
	http "$work/floor.body" "$2" >"$work/floor.$1"
	note "sent.floor_$1" "$(wc -c <"$work/floor.$1")"
}

make_floor() {
	cp "$work/sent.warm_add" "$work/floor.same"
	"$work/bin/copies" "$work/floor.same" | awk '!seen[$2]++' >"$work/floor.puts"
	{ echo; cat "$work/floor.puts"; echo; echo; } | etcd_url=http://127.0.0.1:$port etcd_ctl txn >/dev/null
	note sent.floor_same "$(wc -c <"$work/floor.same")"
}

# Many at once fill their blocks while they run: their requests grow. The floor's are all as long as
# the mean: as that of a container that comes when so many are there already.
mean_held() {
	echo $((at_once <= 64 ? at_once / 2 : (64 * 63 + (at_once - 64) * (at_once - 65)) / 2 / at_once))
}

make_floors() {
	make_floor
	make_floor_of_before values "$work/with_values.warm_add"
	for i in $(seq "$(mean_held)"); do
		tap_quietly ADD "8000$(printf %04d "$i")" mean
	done
	record mean ADD 10000000 mean
	make_floor_of_before mean "$work/with_values.mean"
}
