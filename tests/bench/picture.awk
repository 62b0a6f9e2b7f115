# SPDX-License-Identifier: Apache-2.0
# The picture: latency of an ADD by store and peer, and cost against cluster size, as SVG.

{ f[$1] = $2 }

function text(x, y, words, anchor, size, extra) {
	gsub(/&/, "\\&amp;", words)
	gsub(/</, "\\&lt;", words)
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" %s>%s</text>\n", x, y, anchor, size, extra,
		words
}

function rect(x, y, w, h, colour) {
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, y, w, h, colour
}

function line_to(x1, y1, x2, y2, colour, width) {
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%s\"/>\n", x1, y1, x2, y2,
		colour, width
}

# bar WORDS LABEL COLOUR: one contestant, with its median and the span up to the 90th percentile.
function bar(words, label, colour,    ms, w, p90) {
	if (!(("us." label) in f))
		return
	ms = f["us." label] / 1000
	p90 = f["p90_us." label] / 1000
	w = ms * scale
	text(250, y + 14, words, "end", 13, "fill=\"#222\"")
	rect(260, y, w, 18, colour)
	line_to(260 + w, y + 9, 260 + (p90 < widest ? p90 : widest) * scale, y + 9, "#222", 1.5)
	text(268 + (p90 > ms ? (p90 < widest ? p90 : widest) * scale : w), y + 14, sprintf("%.2f ms", ms), "start", 13,
		"fill=\"#222\"")
	y += 26
}

function bars(    i, n, names) {
	n = split("etcd etcd-del tls local local-del cold host-local host-local-new floor lmdb", names, " ")
	widest = 1
	for (i = 1; i <= n; i++)
		if (f["us." names[i]] / 1000 > widest)
			widest = f["us." names[i]] / 1000
	widest *= 1.1
	scale = 420 / widest
	text(20, 30, "One call with both address families: median, and a line up to the 90th percentile", "start", 16,
		"font-weight=\"bold\" fill=\"#222\"")
	y = 50
	bar("calico-ipam, local store", "local", ours)
	bar("calico-ipam, etcd", "etcd", ours)
	bar("calico-ipam, etcd, mirror off", "cold", ours)
	bar("calico-ipam, etcd, mutual TLS", "tls", ours)
	bar("host-local (Debian's; no sync)", "host-local", theirs)
	bar("host-local (new; no sync)", "host-local-new", theirs)
	bar("floor: the bytes into LMDB, synced", "lmdb", least)
	bar("floor: the bytes to etcd, bare socket", "floor", least)
}

function log10(v) { return log(v) / log(10) }
function at_x(size) { return 260 + (log10(size) - log10(first)) / (log10(last) - log10(first)) * 420 }
function at_y(value, most) { return bottom - value / most * height }

function curve(prefix, most, divisor, colour, words,    i, points, v) {
	points = ""
	for (i = 1; i <= n_sizes; i++) {
		if (prefix ~ /^us/)
			v = f[prefix "_add_of_" size[i]] / divisor
		else
			v = (f["sent." prefix "_add_of_" size[i]] + f["received." prefix "_add_of_" size[i]]) / divisor
		points = points sprintf("%.1f,%.1f ", at_x(size[i]), at_y(v, most))
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", at_x(size[i]), at_y(v, most), colour
	}
	printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", points, colour
	text(at_x(last) + 8, at_y(v, most) + 4, words, "start", 12, "fill=\"" colour "\"")
}

function frame(title, most, unit,    i) {
	text(20, bottom - height - 18, title, "start", 16, "font-weight=\"bold\" fill=\"#222\"")
	line_to(260, bottom, 680, bottom, "#222", 1)
	for (i = 0; i <= 4; i++) {
		line_to(260, at_y(i, 4), 680, at_y(i, 4), "#ddd", 1)
		text(252, at_y(i, 4) + 4, sprintf("%.3g %s", most * i / 4, unit), "end", 12, "fill=\"#222\"")
	}
	for (i = 1; i <= n_sizes; i++)
		text(at_x(size[i]), bottom + 18, size[i], "middle", 12, "fill=\"#222\"")
	text(470, bottom + 36, "blocks in the cluster", "middle", 12, "fill=\"#222\"")
}

# A round number above all values of the curves.
function ceiling(value,    unit) {
	for (unit = 1; unit * 10 < value; unit *= 10)
		;
	return unit * 2 * int(value / unit / 2 + 1)
}

END {
	ours = "#1f6f8b"
	theirs = "#c98a2b"
	least = "#999999"
	n_sizes = split(f["sizes"], size, " ")
	first = size[1]
	last = size[n_sizes]
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 760\" font-family=\"sans-serif\">\n"
	rect(0, 0, 820, 760, "#ffffff")
	bars()
	height = 140
	bottom = 480
	most_ms = most_kb = 0
	for (i = 1; i <= n_sizes; i++) {
		if (f["us.cold_add_of_" size[i]] / 1000 > most_ms)
			most_ms = f["us.cold_add_of_" size[i]] / 1000
		kb = (f["sent.cold_add_of_" size[i]] + f["received.cold_add_of_" size[i]]) / 1000
		if (kb > most_kb)
			most_kb = kb
	}
	frame("Time of an ADD on etcd against the size of the cluster", ceiling(most_ms), "ms")
	curve("us.warm", ceiling(most_ms), 1000, ours, "1 request")
	curve("us.cold", ceiling(most_ms), 1000, theirs, "mirror off: " f["requests.cold_add_of_" last])
	bottom = 700
	frame("Bytes on the wire of an ADD, both ways", ceiling(most_kb), "kB")
	curve("warm", ceiling(most_kb), 1000, ours, "mirror")
	curve("cold", ceiling(most_kb), 1000, theirs, "no mirror")
	text(20, 752, sprintf("%s, %s CPUs, etcd %s on loopback, %s with %.2f ms a fdatasync; %s rounds in turn; %s",
		f["cpu"], f["cpus"], f["etcd"], f["disk_type"], f["disk_us"] / 1000, f["rounds"], f["date"]), "start", 11,
		"fill=\"#666\"")
	print "</svg>"
}
