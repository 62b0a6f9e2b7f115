# SPDX-License-Identifier: Apache-2.0
# The installer is killed before and after its system calls, while it takes the name, takes it again
# from a newer one of Calico's or from an older one of ours, and gives it back. Each time
# somebody has the name, whole, Calico's newest is not lost, and the next run makes all good.
#
#	KILLED_EVERY=1		at each of its calls, and not only each 17th
[ -n "${SANDBOX:-}" ] || [ -z "${KILLED_EVERY:-}" ] || export SANDBOX_SECONDS=36000
. "$SOURCE/tests/deploy/deploy.inc.sh"

every=${KILLED_EVERY:-17}
network
ours 0
cp -p "$FROM/calico-ipam" "$T/older"
ours 1
rm "$FROM/calico-ipamctl"

theirs_at() {
	theirs "$1" "$BIN/$2"
	chmod 755 "$BIN/$2"
}

# What it starts from; the newest of theirs is in $newest.
first() {
	newest=1
	theirs_at 1 calico-ipam
}
again() {
	newest=2
	theirs_at 2 calico-ipam
	theirs_at 1 calico-ipam.replaced
}
upgraded() {
	newest=1
	cp -p "$T/older" "$BIN/calico-ipam"
	theirs_at 1 calico-ipam.replaced
}
overtaken() {
	again
	cp -p "$T/older" "$BIN/calico-ipam.next"
}
ended() {
	newest=1
	cp -p "$FROM/calico-ipam" "$BIN/calico-ipam"
	theirs_at 1 calico-ipam.replaced
}

has_the_name() {
	is_ours >/dev/null 2>&1 || cmp -s "$BIN/calico-ipam" "$T/older" || is_theirs $newest
}

newest_is_there() {
	for name in calico-ipam calico-ipam.replaced calico-ipam.next; do
		[ ! -e "$BIN/$name" ] || cmp -s "$BIN/$name" "$FROM/calico-ipam" || cmp -s "$BIN/$name" "$T/older" ||
			! is_theirs $newest $name || return 0
	done
	return 1
}

keeps_newest() {
	is_ours && is_theirs $newest calico-ipam.replaced
}

# killed put|back STATE CALL before|after: which call it was is in $where.
killed() {
	rm -rf "$BIN"
	mkdir "$BIN"
	$2
	where=$("$BUILD/tests/killed_installer" "$1" "$3" "$4" "$INSTALL" $FOLDERS run) || fail "$where"
	has_the_name || fail "$2, killed $4 call $3, $where: who has the name is not whole"
	newest_is_there || fail "$2, killed $4 call $3, $where: Calico's is lost"
	: >"$T/log"
	start_installer
	within 100 is_said installed
	keeps_newest || fail "$2, killed $4 call $3, $where: the next run does not make it good"
	stop_installer
	is_theirs $newest || fail "$2, killed $4 call $3, $where: Calico's does not have its name again"
	has calico-ipam
}

# all put|back STATE
all() {
	killed "$1" "$2" 1000000 before
	calls=${where#- of } met=0
	[ "$calls" -gt 10 ] || fail "$2: it makes $calls calls"
	for point in $(seq 0 "$every" $((2 * calls - 1))); do
		moment=before
		[ $((point % 2)) = 0 ] || moment=after
		killed "$1" "$2" $((point / 2)) $moment
		case $where in -*) ;; *) met=$((met + 1)) ;; esac
	done
	say "$2: killed at $met points of $calls calls"
	[ "$met" -ge $((2 * calls / every * 3 / 4)) ] || fail "$2: only $met points were met"
}

all put first
all put again
all put upgraded
all put overtaken
all back ended
