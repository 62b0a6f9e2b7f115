# SPDX-License-Identifier: Apache-2.0
# Each bug of tests/sim/planted is put into a copy of the files that it is in, the simulator is linked
# with that, and must find it within so many games of each kind.  Where a patch says which game finds it,
# that is played first; if it does not any more, it is sought.  Without a bug the simulator finds nothing in those
# games, nor in the first of all.  The table says in which game, and which check spoke.
#
# A game is the same each time: where all was found and nothing has been built since, the table is that of then.
#
# By hand: PLANTED_ONLY=name plants one, PLANTED_GAMES=n plays more, PLANTED_SOUGHT=1 believes no patch: what needs more
# games than that, as a_note_that_finds_nothing_is_forgotten does, then fails.
set -eu
. "$SOURCE/tests/verdict.inc.sh"

by_hand=${PLANTED_ONLY:-}${PLANTED_GAMES:-}${PLANTED_SOUGHT:-}
games=${PLANTED_GAMES:-3000}	# of each kind of store, where no patch names one; it may name a later game
sound=1000	# without a bug
at_once=25	# then those of the other kind, which may find sooner what is theirs
seconds=100	# for so many on a busy machine
folder=$BUILD/planted
planted=$SOURCE/tests/sim/planted
libraries=$(pkg-config --libs check libcjson libcurl libssl libcrypto yaml-0.1)

# play FOLDER FIRST HOW_MANY: what it says is in FOLDER/said.
play() {
	SIM_UNTOLD=1 SIM_SEED=$2 SIM_SEEDS=$3 CK_FORK=no timeout "$seconds" "$1/games" >"$1/said" 2>&1
}

# play_all FOLDER HOW_MANY: from the first on.
play_all() {
	from=1
	while [ "$from" -le "$2" ]; do
		play "$1" "$from" "$at_once" || return "$?"
		from=$((from + at_once))
	done
}

# game_of NAME: which finds it, as its patch says.
game_of() {
	[ -n "${PLANTED_SOUGHT:-}" ] || sed -n 's/^Game \([0-9]*\) finds it\.$/\1/p' "$planted/$1.patch"
}

# build FOLDER FILE...: the simulator, with these files of FOLDER in place of those of the same path.
build() (
	cd "$1" && shift
	[ $# = 0 ] || "${CC:-gcc}" -std=gnu11 -O1 -w -D_GNU_SOURCE -I"$SOURCE" -c "$@" || return 1
	"${CC:-gcc}" -o games.new "@$SOURCE/tests/sim/replaced.ld" $(find . -name '*.o') "$BUILD/tests/libsim_parts.a" $libraries -llmdb -lresolv &&
		mv games.new games
)

# is_built FOLDER [PATCH]: the simulator there is of this patch, as this script builds it, and of today's sources, which
# its library holds.
is_built() {
	for is_built_of in "$0" "$SOURCE/tests/sim/replaced.ld" "$BUILD/tests/libsim_parts.a" ${2:+"$2"}; do
		[ "$1/games" -nt "$is_built_of" ] || return 1
	done
}

# are_known NAME...: the table tells of those that there are.
are_known() {
	for are_known; do
		patch=$planted/$are_known.patch
		[ "$are_known" != none ] || patch=
		is_built "$folder/$are_known" $patch && [ "$folder/table" -nt "$folder/$are_known/games" ] || return 1
	done
}

# put_in NAME: that bug, into a copy of its files in FOLDER/NAME, and builds, unless that is done.
put_in() {
	! is_built "$folder/$1" "$planted/$1.patch" || return 0
	rm -rf "${folder:?}/$1"
	files=$(sed -n 's,^+++ b/,,p' "$planted/$1.patch")
	for file in $files; do
		mkdir -p "$folder/$1/$(dirname "$file")"
		cp "$SOURCE/$file" "$folder/$1/$file"
	done
	{ patch -s -d "$folder/$1" -p1 <"$planted/$1.patch" && build "$folder/$1" $files; } >"$folder/$1/said" 2>&1
}

# plant NAME: into FOLDER/NAME, and plays; FOLDER/NAME/verdict tells what came of it.
plant() {
	place=$folder/$1
	status=0
	if ! put_in "$1"; then
		verdict='the patch does not apply, or it does not compile'
	else
		game=$(game_of "$1")
		if [ -z "$game" ] || play "$place" "$game" 1; then
			play_all "$place" "$games" || status=$?
		else
			status=$?
		fi
		case $status in
		0) verdict="not found in $games games" ;;
		1) verdict=found ;;
		124) verdict="not found in $seconds s" ;;
		*) verdict="the simulator ended with status $status" ;;
		esac
	fi
	echo "$verdict" >"$place/verdict"
}

# words FILE: what the simulator said first that was wrong.
words() {
	sed -n 's/^[^:]*:[0-9]*:[FE]:[^:]*:[^:]*:[^:]*: //p' "$1" | head -n 1
}

# One bug, for xargs below.
if [ "${1:-}" = plant ]; then
	plant "$2"
	exit 0
fi

mkdir -p "$folder/none"
cmake --build "$BUILD" -j2 --target sim_parts >"$folder/log" 2>&1 || {
	tail -n 30 "$folder/log" >&2
	fail "the simulator does not build"
}
names=$(cd "$planted" && ls | sed -n "s/^\(${PLANTED_ONLY:-.*}\)\.patch\$/\1/p")
[ -n "$names" ] || fail "there is nothing to plant"
if [ -z "$by_hand" ] && are_known none $names; then
	cat "$folder/table"
	exit 0
fi
rm -f "$folder/table"
is_built "$folder/none" || build "$folder/none"
play_all "$folder/none" "$sound" &
control=$!

printf '%s\n' $names | xargs -P "$(nproc)" -n 1 sh "$0" plant
wait "$control" || fail "the simulator finds a fault without any: $(words "$folder/none/said")"

failed=
found_in=
: >"$folder/table.new"
for name in $names; do
	verdict=$(cat "$folder/$name/verdict")
	if [ "$verdict" = found ]; then
		said=$(words "$folder/$name/said")
		seed=$(echo "$said" | sed -n 's/^seed \([0-9]*\):.*/\1/p')
		found_in="$found_in ${seed:-}"
		printf '%-64s %6s  %.90s\n' "$name" "${seed:--}" "${said#seed *: }" >>"$folder/table.new"
	else
		failed="$failed
	$name: $verdict"
		tail -n 20 "$folder/$name/said" >&2
	fi
done
cat "$folder/table.new"
[ -z "$failed" ] || fail "of the planted bugs:$failed"

for game in $(printf '%s\n' $found_in | sort -nu); do
	[ "$game" -le "$sound" ] || play "$folder/none" "$game" 1 ||
		fail "the simulator finds a fault without any: $(words "$folder/none/said")"
done
[ -n "$by_hand" ] || mv "$folder/table.new" "$folder/table"
