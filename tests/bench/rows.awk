# SPDX-License-Identifier: Apache-2.0
# What a table of the bench is made of, from its figures: before table.awk and kubernetes.awk.

{ f[$1] = $2 }

function ms(label) { return sprintf("%.2f ms", f["us." label] / 1000) }
function million(label) { return f["instructions." label] ? sprintf("%.2f M", f["instructions." label] / 1e6) : "" }
function mib(label) { return sprintf("%.2f MiB", f["kib." label] / 1024) }
function rule() { print "  " sprintf("%118s", "") }

# The table's head: what was measured, where, and how quiet it was there.
function machine() {
	printf "calico-ipam %s (%s), %s\n", f["commit"], f["linking"], f["date"]
	printf "%s, %s CPUs, Linux %s, etcd %s on loopback; %s, one fdatasync %.2f ms\n", f["cpu"], f["cpus"],
		f["kernel"], f["etcd"], f["disk_type"], f["disk_us"] / 1000
	printf "load average before %s, after %s; %d rounds in turn, %d containers hold addresses already\n\n",
		f["load.before"], f["load.after"], f["rounds"], f["held"]

}

# row WHAT VALUE BAR REACHED: a line with its bar.
function row(what, value, bar, reached) {
	printf "  %-66s %-26s %-12s %s\n", what, value, bar, bar == "" ? "" : reached ? "reached" : "MISSED"
}

function contestant(what, label) {
	printf "  %-46s %9.2f %9.2f %9.2f  %9s  %10s\n", what, f["us." label] / 1000, f["least_us." label] / 1000,
		f["p90_us." label] / 1000, f["kib." label] ? mib(label) : "", million(label)
}

function against(what, label, other, bar,    ratio) {
	ratio = f["us." label] / f["us." other]
	row(what, sprintf("%.2f (%s : %s)", ratio, ms(label), ms(other)), bar == "" ? "" : "<= " bar, ratio <= bar)
}

# more WHAT LABEL OTHER BAR: by how many milliseconds the one takes longer than the other.
function more(what, label, other, bar,    ms_more) {
	ms_more = (f["us." label] - f["us." other]) / 1000
	row(what, sprintf("%.2f ms (%s - %s)", ms_more, ms(label), ms(other)), "<= " bar " ms", ms_more <= bar)
}

# of_difference WHAT LABEL BASE OTHER OTHER_BASE BAR: label - base, as a part of other - other_base.
function of_difference(what, label, base, other, other_base, bar,    above, other_above) {
	above = f["us." label] - f["us." base]
	other_above = f["us." other] - f["us." other_base]
	row(what, sprintf("%.2f (%.2f ms : %.2f ms)", above / other_above, above / 1000, other_above / 1000),
		bar == "" ? "" : "<= " bar, bar == "" || above / other_above <= bar)
}

function count(what, label, bar) {
	row(what, f["requests." label] " requests, " f["sent." label] + f["received." label] " bytes", "<= " bar,
		f["requests." label] <= bar)
}

function fewer(what, label, other,    now, then) {
	now = f["sent." label] + f["received." label]
	then = f["sent." other] + f["received." other]
	row(what, sprintf("%.2f (%d : %d)", now / then, now, then), "<= 0.6", now <= 0.6 * then)
}

function memory(what, label, bar) {
	row(what, mib(label), "<= " bar " MiB", f["kib." label] <= bar * 1024)
}

function size(what, bytes, most) { row(what, sprintf("%.2f MB", bytes / 1e6), "<= " most " MB", bytes <= most * 1e6) }

function grown(what, label,    small, large, bytes) {
	small = label "_of_" first
	large = label "_of_" last
	bytes = (f["sent." large] + f["received." large]) / (f["sent." small] + f["received." small])
	row(what, sprintf("%d : %d requests, bytes x %.2f", f["requests." large], f["requests." small], bytes),
		"same, x 1.2", f["requests." large] == f["requests." small] && bytes <= 1.2)
}
