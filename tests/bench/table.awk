# SPDX-License-Identifier: Apache-2.0
# The table, from the figures of bench.sh; behind rows.awk.

END {
	n = split(f["sizes"], size_list, " ")
	first = size_list[1]
	last = size_list[n]
	machine()
	printf "  %-46s %9s %9s %9s  %9s  %10s\n", "one call, dual stack (ms; callgrind)", "median", "least", "90 %",
		"peak", "instr."
	contestant("floor: bare socket, same bytes", "floor")
	contestant("floor of before: JSON with every old value", "floor-values")
	contestant("etcd ADD, warm", "etcd")
	contestant("etcd DEL, warm", "etcd-del")
	contestant("etcd ADD, mirror off", "cold")
	contestant("etcd DEL, mirror off", "cold-del")
	contestant("etcd ADD, warm, mutual TLS", "tls")
	contestant("etcd DEL, warm, mutual TLS", "tls-del")
	contestant("etcd ADD, the same without a kept session", "tls-whole")
	contestant("etcd DEL, the same without a kept session", "tls-whole-del")
	if ("us.before" in f) {
		contestant("etcd ADD, warm, by the older executable", "before")
		contestant("etcd ADD, warm, mutual TLS, by the older one", "before-tls")
		contestant("etcd DEL, warm, by the older executable", "before-del")
		contestant("etcd DEL, warm, mutual TLS, by the older one", "before-tls-del")
	}
	contestant("floor: LMDB, same bytes, synced", "lmdb")
	contestant("local ADD", "local")
	contestant("local DEL", "local-del")
	contestant("host-local ADD (Debian's; no sync)", "host-local")
	contestant("host-local DEL", "host-local-del")
	if ("us.host-local-new" in f)
		contestant("host-local ADD (built by Go here; no sync)", "host-local-new")
	if ("us.calico" in f) {
		contestant("Calico's own plugin, etcd ADD (" f["calico"] ")", "calico")
		contestant("Calico's own plugin, etcd DEL", "calico-del")
	}
	contestant("VERSION: the process's start alone", "version")
	print ""
	printf "  %-46s %9s %9s %9s\n", f["at_once"] " at once (ms)", "median", "least", "90 %"
	contestant("floor of before: in sequence on one connection", "floor-many")
	contestant("etcd ADD", "many")
	contestant("etcd DEL", "many-del")
	contestant("etcd ADD, mutual TLS", "tls-many")
	contestant("etcd DEL, mutual TLS", "tls-many-del")
	contestant("host-local ADD (Debian's)", "host-local-many")
	contestant("local ADD", "local-many")
	if ("us.calico-many" in f)
		contestant("Calico's own plugin, etcd ADD", "calico-many")
	print ""
	printf "  %-66s %-26s %-12s\n", "what", "here", "bar"
	count("requests of a warm ADD", "warm_add", 1)
	count("requests of a warm DEL", "warm_del", 1)
	count("requests of a cold ADD", "cold_add", 3)
	count("requests of a cold DEL", "cold_del", 3)
	count("requests of a host's first ADD, with its two claims", "first", 5)
	against("warm ADD : floor", "etcd", "floor", 1.5)
	more("warm ADD - floor", "etcd", "floor", 0.25)
	against("warm ADD : floor of before", "etcd", "floor-values", 0.93)
	fewer("bytes of a warm ADD : with every old value", "warm_add", "warm_add_values")
	fewer("bytes of a warm DEL : with every old value", "warm_del", "warm_del_values")
	fewer("bytes of an ADD, " f["more_held"] " held : with every old value", "more_add", "more_add_values")
	fewer("bytes of a DEL, " f["more_held"] " held : with every old value", "more_del", "more_del_values")
	against("warm ADD : host-local", "etcd", "host-local", 0.7)
	against(sprintf("local ADD : host-local, where a fdatasync takes %.2f ms", f["disk_us"] / 1000), "local", "host-local", 0.35)
	against("local ADD : LMDB floor", "local", "lmdb", "")
	memory("peak memory, plain HTTP", "etcd", 4)
	memory("peak memory, TLS", "tls", 8)
	memory("peak memory, local", "local", 2)
	against(f["at_once"] " ADDs at once : as many floor transactions in sequence", "many", "floor-many", 0.45)
	against(f["at_once"] " DELs at once : as many floor transactions in sequence", "many-del", "floor-many", 0.45)
	against(f["at_once"] " ADDs at once, mutual TLS : plain", "tls-many", "many", 1.6)
	row(f["at_once"] " at once: requests, and bytes sent (mean of ADD and DEL)", f["requests.many_once"] "; " f["sent.many_once"],
		"<= 15; 0.5 MB", f["requests.many_once"] <= 15 && f["sent.many_once"] <= 500000)
	against(f["at_once"] " ADDs at once, local : host-local", "local-many", "host-local-many", 0.13)
	row("  bytes sent each, in the mean, by both", f["sent.many_mean"] " : " f["sent.floor_mean"], "", 1)
	grown("warm ADD with " last " blocks : with " first, "warm_add")
	grown("cold ADD with " last " blocks : with " first, "cold_add")
	count("claims in pools of 1024 blocks, 90 % taken", "tight", 4)
	count("the same, 100 % taken: refused", "full", 6)
	row("  its reason: " substr(f["reason.full"], 1, 100), "", "", 1)
	row("  its peak memory", sprintf("%.1f MiB", f["tapped_kib.full"] / 1024), "<= 64 MiB", f["tapped_kib.full"] <= 65536)
	if ("us.calico" in f) {
		ratio = f["us.calico"] / f["us.etcd"]
		row("Calico's own plugin, same etcd : warm ADD", sprintf("%.1f (%s : %s)", ratio, ms("calico"), ms("etcd")), ">= 12", ratio >= 12)
		row("  its requests to etcd for an ADD, and a DEL", f["requests.calico"] " and " f["requests.calico-del"], "", 1)
	}
	against("mutual TLS ADD : plain", "tls", "etcd", "")
	of_difference("mutual TLS ADD - plain : the same without a kept session", "tls", "etcd", "tls-whole", "etcd", "")
	if ("us.before" in f) {
		of_difference("mutual TLS ADD - plain : the same of the older executable", "tls", "etcd", "before-tls", "before", 0.7)
		of_difference("mutual TLS DEL - plain : the same of the older executable", "tls-del", "etcd-del", "before-tls-del", "before-del", 0.7)
	}
	size("calico-ipam", f["size.plugin"], 4.8)
	size("calico-ipamctl", f["size.ctl"], 5.5)
	row("host-local (Debian's)", sprintf("%.2f MB", f["size.host-local"] / 1e6), "", 1)
}
