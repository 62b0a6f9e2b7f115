# SPDX-License-Identifier: Apache-2.0
# Sourced after cluster.inc.sh: what befalls its members, one after the other, by a row of
# numbers that HISTORY_SEED begins.  Most befall one of the three; some two, or all.

# chance N: the next number of the row, below N, into $dice.
chance() {
	row=$(((row * 1103515245 + 12345) % 2147483648))
	dice=$((row / 65536 % $1))
}

# A number of seconds between these tenths, into $span.
choose_span() {
	chance $(($2 - $1))
	span=$(((dice + $1) / 10)).$(((dice + $1) % 10))
}

# The one whom it befalls, and the others.
choose_victims() {
	chance 3
	set -- 1 2 3 1 2
	shift "$dice"
	one=$1 two="$1 $2" all="$1 $2 $3"
}

# Microseconds of the driver's clock.
clock() {
	awk '{ printf "%.0f", $1 * 1000000 }' /proc/uptime
}

each() {
	each_does=$1
	shift
	for member in "$@"; do
		"$each_does" "$member"
	done
}

# links COMMAND: `cut c 1 2` takes the links to clients of members 1 and 2 down.
set_links() {
	set_links_way=$1 set_links_kind=$2
	shift 2
	for member in "$@"; do
		ip link set "$set_links_kind$member" "$set_links_way"
	done
}

# befall WHAT BEGIN_COMMAND END_COMMAND MEMBERS TENTHS TENTHS
befall() {
	choose_span "$5" "$6"
	befell_at=$(clock)
	eval "$2 $4"
	sleep "$span"
	eval "$3 $4"
	echo "fault $befell_at $(clock) $1" >>"$T/history"
}

both_links_down() {
	set_links down c "$@"
	set_links down p "$@"
}

both_links_up() {
	set_links up c "$@"
	set_links up p "$@"
}

next_fault() {
	choose_victims
	chance 16
	case $dice in
	0 | 1 | 2 | 3) befall killed "each kill_member" "each start_member" "$one" 2 25 ;;
	4 | 5 | 6) befall paused "each pause_member" "each wake_member" "$one" 2 25 ;;
	7 | 8) befall cut-off both_links_down both_links_up "$one" 3 25 ;;
	9) befall cut-off-from-clients "set_links down c" "set_links up c" "$one" 3 25 ;;
	10 | 11) befall cut-off-from-members "set_links down p" "set_links up p" "$one" 3 25 ;;
	12) befall two-paused "each pause_member" "each wake_member" "$two" 10 30 ;;
	13) befall two-killed "each kill_member" "each start_member" "$two" 10 30 ;;
	14) befall two-cut-off-from-members "set_links down p" "set_links up p" "$two" 10 30 ;;
	15) befall all-killed "each kill_member" "each start_member" "$all" 5 25 ;;
	esac
	choose_span 3 12
	sleep "$span"
}
