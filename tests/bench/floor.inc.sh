# SPDX-License-Identifier: Apache-2.0
# Sourced by bench.sh: the requests that the floors send.
#
# Each is what calico-ipam sent for a warm ADD, byte for byte but for this: the compares of the two
# blocks, and of the mirror's nonce, name copies of them, which stay as they were seen, and the puts
# name other keys of the same length. So the transaction succeeds each time, and etcd does all the
# work of a real one.
#
# `same` is the request of today. `values` and `mean` are as requests were before there was a nonce
# (datastore/nonce.h), with every old value in place of its revision.

floor_key=10000000

text_of() {
	printf %s "$1" | base64 -w 0
}

# These beginnings are 27 and 21 bytes long, so their base64 is the same whatever follows.
blocks=$(text_of /calico/ipam/v2/assignment/)
others=$(text_of /calico/ipam/v2/floor-done/)
nonces=$(text_of /calico/ipam/v2/mirro)
nonce_copies=$(text_of /calico/ipam/v2/seen-)
nonce_others=$(text_of /calico/ipam/v2/done-)

# list_values NAME: the store as it is, in values.NAME: keys and values as they travel.
list_values() {
	etcd_url=http://127.0.0.1:$port etcd_ctl get /calico/ --prefix -w json |
		jq -r '.kvs[] | .key + "\t" + .value' >"$work/values.$1"
}

# put_values NAME: the request of sent.NAME as it was before there was a nonce, in with_values.NAME;
# values.NAME has what it was planned from.
put_values() {
	sed '1,/^\r*$/d' "$work/sent.$1" | sed "s/{\"key\":\"$nonces[^}]*},//g
		s/,{\"request_put\":{\"key\":\"$nonces[^}]*}}//
		s/{\"request_range\":{\"key\":\"$nonces[^}]*}},\{0,1\}//" |
		awk -F '\t' 'NR == FNR { value[$1] = $2; next }
		{
			while (match($0, /"[^"]*","target":"MOD","mod_revision":"[0-9]*"/)) {
				split(substr($0, RSTART, RLENGTH), part, "\"")
				printf "%s\"%s\",\"target\":\"VALUE\",\"value\":\"%s\"", substr($0, 1, RSTART - 1),
					part[2], value[part[2]]
				$0 = substr($0, RSTART + RLENGTH)
			}
			printf "%s", $0
		}' "$work/values.$1" - >"$work/values.body"
	http "$work/values.body" >"$work/with_values.$1"
	note "sent.$1_values" "$(wc -c <"$work/with_values.$1")"
	note "received.$1_values" "$received"
}

# http FILE: the body in FILE as a request, with the headers that calico-ipam sends.
http() {
	sed '/^\r*$/q' "$work/sent.warm_add" | sed "s/^Content-Length:.*/Content-Length: $(wc -c <"$1")\r/"
	cat "$1"
}

# send FILE: sends it once, as it is; the answer goes to stdout.
send() {
	"$work/bin/floor" etcd "$port" "$1" 1 "$handle$floor_key" "$handle$floor_key"
}

# A copy's key, and its value: the one that is compared, or any.
list_copies() {
	grep -o "{\"key\":\"\($copies\|$nonce_copies\)[^\"]*\",[^}]*}" "$1" |
		sed 's/^{"key":\("[^"]*"\),.*"value":\("[^"]*"\)}/\1 \2/; s/^{"key":\("[^"]*"\),.*/\1 "eA=="/' |
		awk '!seen[$1]++ { print "{\"request_put\":{\"key\":" $1 ",\"value\":" $2 "}}" }'
}

# Puts the copies there, and has the compares name the revision that they get.
put_copies() {
	list_copies "$1" | paste -s -d , >"$work/floor.puts"
	printf '{"success":[%s]}' "$(cat "$work/floor.puts")" >"$work/floor.body"
	http "$work/floor.body" >"$work/floor.copies"
	copied=$(send "$work/floor.copies" | sed -n 's/.*"header":{[^}]*"revision":"\([0-9]*\)".*/\1/p' | head -n 1)
	[ -n "$copied" ] || stop "the floor's copies have no revision"
	sed -i "s/\(\"\($copies\|$nonce_copies\)[^\"]*\",\"target\":\"MOD\",\"mod_revision\":\"\)[0-9]*/\1$copied/g" "$1"
}

# make_floor NAME REQUEST: fits the request in the file, into floor.NAME, with copies of its own.
make_floor() {
	copies=$(text_of "/calico/ipam/v2/floor-$(printf %.4s "$1$1")/")
	sed '1,/^\r*$/d' "$work/$2" | sed 's/],"success":\[/\n&/' >"$work/floor.parts"
	sed -i "1s#\"$blocks#\"$copies#g; 2s#\"$blocks#\"$others#g
		1s#\"$nonces#\"$nonce_copies#g; 2s#\"$nonces#\"$nonce_others#" "$work/floor.parts"
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
	make_floor same sent.warm_add
	make_floor values with_values.warm_add
	for i in $(seq "$(mean_held)"); do
		tap_quietly ADD "8000$(printf %04d "$i")" mean
	done
	tap mean ADD 10000000 mean
	tap_quietly DEL 10000000 mean
	list_values mean
	put_values mean
	make_floor mean with_values.mean
}
