# SPDX-License-Identifier: Apache-2.0
# The table of bench.sh --kubernetes; behind rows.awk.

function asked(what, label, bar, rounds_bar) {
	row(what, sprintf("%d in %d rounds, %d writes", f["requests." label], f["rounds." label], f["writes." label]),
		"<= " bar " in " rounds_bar, f["requests." label] <= bar && f["rounds." label] <= rounds_bar)
}

function peer_asked(what, label) {
	row(what, sprintf("%d requests, %d writes", f["requests." label], f["writes." label]), "", 1)
}

END {
	machine()
	printf "  %-46s %9s %9s %9s  %9s\n", "one call, dual stack, " f["apiserver"] " (ms)", "median", "least", "90 %", "peak"
	contestant("floor: bare TLS client, an ADD's requests", "kube-floor")
	contestant("ADD, warm", "kube")
	contestant("ADD, mirror off", "kube-cold")
	if ("us.kube-calico" in f)
		contestant("Calico's own plugin, ADD (" f["calico"] ")", "kube-calico")
	contestant("floor: bare TLS client, a DEL's requests", "kube-floor-del")
	contestant("DEL, warm", "kube-del")
	contestant("DEL, mirror off", "kube-cold-del")
	if ("us.kube-calico" in f)
		contestant("Calico's own plugin, DEL", "kube-calico-del")
	print ""
	printf "  %-66s %-26s %-12s\n", "what", "here", "bar"
	asked("requests of a warm ADD", "kube_add", 9, 3)
	asked("requests of a warm DEL", "kube_del", 9, 4)
	if ("us.kube-calico" in f) {
		peer_asked("  Calico's own plugin, ADD", "calico_add")
		peer_asked("  Calico's own plugin, DEL", "calico_del")
		against("warm ADD : Calico's own plugin", "kube", "kube-calico", 0.15)
		against("warm DEL : Calico's own plugin", "kube-del", "kube-calico-del", "")
	}
	against("warm ADD : floor", "kube", "kube-floor", 2)
	against("warm DEL : floor", "kube-del", "kube-floor-del", 2)
	row("bytes sent over TLS by an ADD, floor : ours", f["sent.kube_floor"] " : " f["sent.kube_add"], "", 1)
	memory("peak memory of an ADD", "kube", 8)
}
