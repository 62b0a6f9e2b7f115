# SPDX-License-Identifier: Apache-2.0
# Sourced by the golden tests: plays the cases of a file against the built plugin and
# compares exit status and stdout byte for byte.
#
#	case NAME		begins a case
#	command ADD		CNI_COMMAND; `none` leaves it unset
#	env NAME=VALUE		one variable more, or in place of the usual one
#	unset NAME		leaves a usual variable out
#	run COMMAND		a shell command before the case
#	pool NAME OPTIONS	made before the case, where no pool is made by being asked for
#	local			a case of the local store alone
#	stdin TEXT		one line, without its line end; @BASE@ and @T@ are replaced
#	exit STATUS
#	| TEXT			a line of stdout; joined by line ends, no final one
#
# Usual are CNI_CONTAINERID=c1, CNI_IFNAME=eth0, CNI_NETNS (of another namespace) and
# CNI_PATH.  The cases of one file share one fresh store in $T, in their order.
# @BASE@ stands for the keys that keep a request within $T.  Where `place` is set, the store is another: what answers
# call "local store @T@/store" is called so, and `base` says where it is.
#
# What the TLS library says in its own words is left out: "OpenSSL" up to the quote.
#
# GOLDEN_RECORD=1 writes what was answered into the file, to be read before it is kept.

set -eu
: "${BUILD:?the build folder}" "${SOURCE:?the folder of the repository}"
PLUGIN=$BUILD/plugin/calico-ipam
if [ -z "${T:-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
fi
base="\"name\":\"net1\",\"nodename\":\"node-a\",\"local_path\":\"$T/store\",\"run_path\":\"$T/run\",\"ipam_lock_file\":\"$T/ipam.lock\""
failures=0

# Runs the case at hand with the variables given; leaves $T/stdout and $status.
answer() {
	status=0
	printf '%s' "$stdin" | env -i "PATH=$PATH" ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 "$@" \
		"$PLUGIN" >"$T/unmasked" 2>"$T/stderr" || status=$?
	sed 's/OpenSSL[^"]*"/OpenSSL"/' "$T/unmasked" >"$T/stdout"
}

# Compares, or records.
judge() {
	if [ -n "${GOLDEN_RECORD:-}" ]; then
		[ "$status" != 99 ] || cat "$T/stderr" >&2
		echo "exit $status"
		if [ -s "$T/stdout" ]; then
			{ cat "$T/stdout"; echo; } | sed -e 's/^/| /' -e "s|$T|@T@|g" -e 's/^| $/|/'
		fi
		echo
		return
	fi
	printf '%s' "$expected" >"$T/expected"
	if [ "$status" != "$want_status" ] || ! cmp -s "$T/expected" "$T/stdout"; then
		failures=$((failures + 1))
		echo "FAILED: $file: $name: exit $status, not $want_status"
		diff "$T/expected" "$T/stdout" || true
		cat "$T/stderr"
	fi
}

finish_case() {
	[ -n "$name" ] || return 0
	[ -z "$only_local" ] || [ -z "${place:-}" ] || return 0
	answer "$@"
	judge
	played=$((played + 1))
}

usual() {
	name=$1 stdin= expected= want_status=0 first=yes only_local=
}

replaced() {
	printf '%s\n' "$1" | sed -e "s|local store @T@/store|${place:-&}|" -e "s|@BASE@|$base|g" -e "s|@T@|$T|g"
}

expect_line() {
	line=$(replaced "${1#?}")
	line=${line# }
	if [ "$first" = yes ]; then
		expected=$line
	else
		expected="$expected
$line"
	fi
	first=no
}

# The lines that stay as they are when a file is recorded anew.
copy() {
	[ -z "${GOLDEN_RECORD:-}" ] || printf '%s\n' "$1"
}

play_cases() {
	set --
	name=
	while IFS= read -r text <&3; do
		word=${text%% *}
		rest=${text#* }
		case $word in
		case)
			finish_case "$@"
			copy "$text"
			usual "$rest"
			set -- CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_NETNS=/no/such/netns CNI_PATH=/opt/cni/bin
			continue
			;;
		command) [ "$rest" = none ] || set -- "$@" "CNI_COMMAND=$rest" ;;
		env) set -- "$@" "$(replaced "$rest")" ;;
		unset) set -- "$@" "$rest=" ;;
		run) eval "$rest" >/dev/null ;;
		pool) [ -z "${place:-}" ] || ctl pool create $rest >/dev/null ;;
		local) only_local=yes ;;
		stdin) stdin=$(replaced "$rest") ;;
		exit) want_status=$rest && continue ;;
		'|') expect_line "$text" && continue ;;
		'') continue ;;
		'#') ;;
		*) echo "FAILED: $file: no such word: $word" >&2 && exit 1 ;;
		esac
		copy "$text"
	done
	finish_case "$@"
}

# play FILE: exits with failure when a case differs, or when there was none.
play() {
	file=$1 played=0
	if [ -n "${GOLDEN_RECORD:-}" ]; then
		play_cases 3<"$SOURCE/$file" >"$T/recorded"
		cp "$T/recorded" "$SOURCE/$file"
		return
	fi
	play_cases 3<"$SOURCE/$file"
	echo "$played cases of $file, $failures failed"
	[ "$played" -gt 0 ] && [ "$failures" = 0 ] || exit 1
}
