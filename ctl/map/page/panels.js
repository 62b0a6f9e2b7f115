/* The legend, the filters, and the panels beside the picture. */
const PANELS = ["pools", "nodes", "problems"], LEGEND_NODES = 14, ROWS = 2000;
let panel = "pools", sortedBy = "name", downwards = false;

function make(name, className, text) {
	const element = document.createElement(name);
	if (className) element.className = className;
	if (text !== undefined) element.textContent = text;
	return element;
}

function swatch(colour, className) {
	const element = make("span", "swatch " + (className || ""));
	element.style.setProperty("--c", colour);
	return element;
}

function button(text, act) {
	const element = make("button", "link", text);
	element.type = "button";
	element.addEventListener("click", act);
	return element;
}

/* Legend */
function legendItem(colour, className, text) {
	const item = make("span");
	item.setAttribute("role", "listitem");
	item.append(swatch(colour, className), text);
	$("key").append(item);
}

function legend() {
	$("key").replaceChildren();
	if (byNode()) {
		for (const [name] of data.nodes.slice(0, LEGEND_NODES)) legendItem(nodeColour(name), "", name);
		if (data.nodes.length > LEGEND_NODES) {
			const more = button(`and ${grouped(data.nodes.length - LEGEND_NODES)} more nodes`, () => showPanel("nodes"));
			$("key").append(more);
		}
		legendItem(colours.faint, "borrowed", "borrowed: another node than the frame's");
	} else {
		legendItem(colours[USED], "", STATES[USED]);
		legendItem(colours[BORROWED], "borrowed", STATES[BORROWED]);
	}
	legendItem(colours[COOLING], "cooling", STATES[COOLING]);
	legendItem(colours[RESERVED], "reserved", STATES[RESERVED]);
	legendItem(colours[FREE], "", byNode() ? "free (pale: its node's)" : STATES[FREE]);
	legendItem(colours.hatch, "gap", "in no block");
	if (data.problems && data.problems.count) legendItem(colours.bad, "problem", "problem");
}

/* Filters */
function fillSelect(select, all, names, chosen) {
	const options = [new Option(all, "")];
	for (const name of names) options.push(new Option(name, name));
	if (chosen && !names.includes(chosen)) options.push(new Option(`${chosen} (nothing)`, chosen));
	const words = (list) => Array.from(list, (o) => o.text).join("\n");
	if (words(options) !== words(select.options)) select.replaceChildren(...options);
	select.value = chosen;
}

function namespaces() {
	const names = new Set();
	for (const b of blocks) for (const e of b.entries) if (isHeld(e)) names.add(namespaceOf(e));
	names.delete("");
	return [...names].sort();
}

function fillFilters() {
	fillSelect($("pool"), "all", data.pools.map((p) => p.name), filter.pool);
	fillSelect($("node"), "all", data.nodes.map(([name]) => name), filter.node);
	fillSelect($("namespace"), "all", namespaces(), filter.namespace);
	$("all").hidden = !filter.pool && !filter.node && !filter.namespace;
}

/* What is chosen stays chosen where it is still in sight. */
function setFilter(wanted) {
	const chosen = chosenAddress();
	Object.assign(filter, wanted);
	group();
	showAll(chosen);
	if (selected) select(selected.b, selected.ordinal);
	keepState();
}

/* Pools */
function usageBar(pool) {
	const bar = make("div", "bar");
	for (const [state, n] of [[USED, pool.inUse], [COOLING, pool.cooling], [RESERVED, pool.reserved]]) {
		if (n === "0") continue;
		const piece = make("div");
		piece.style.width = share(n, pool.size) + "%";
		piece.style.background = `var(${VARIABLES[state]})`;
		bar.append(piece);
	}
	return bar;
}

/* The pool from end to end: a column is as full as its blocks cover it. */
function drawStrip(strip, pool, list) {
	const { base, size } = parseCidr(pool.cidr), brush = strip.getContext("2d"), width = strip.width = 374, height = strip.height = 18;
	const placeOf = (n) => Number(((n - base) * BigInt(width * 1000)) / size) / 1000;
	brush.fillStyle = colours.hatching;
	brush.fillRect(0, 0, width, height);
	for (const b of list) {
		const from = placeOf(b.base), to = placeOf(b.base + BigInt(b.size));
		brush.fillStyle = byNode() && b.owner ? nodeColour(b.owner) : colours[USED];
		brush.fillRect(from, 0, Math.max(1, to - from), height);
	}
	strip.onclick = (event) => {
		const x = (event.offsetX * width) / strip.clientWidth;
		const nearest = list.reduce((best, b) => (!best || Math.abs(placeOf(b.base) - x) < Math.abs(placeOf(best.base) - x) ? b : best), null);
		if (nearest) selectAddress(printAddress(nearest.base, nearest.bits));
	};
}

function jumpTo(g) {
	if (!groups.includes(g)) return;
	view.scrollTop = g.y;
	canvas.focus({ preventScroll: true });
	if (g.blocks.length) select(g.blocks[0], 0);
	else draw();
}

function numbersOf(pool, n) {
	const numbers = [["in use", pool.inUse], ["cooling", pool.cooling], ["reserved", pool.reserved], ["free", pool.free]]
		.filter(([name, value]) => value !== "0" || name === "in use" || name === "free")
		.map(([name, value]) => `${rough(value)} ${name}`);
	return [...numbers, `${grouped(n)} block${n === 1 ? "" : "s"} of /${pool.blockLen}`].join(", ");
}

function poolCard(g) {
	const card = make("div", "one"), head = make("div", "head"), { pool } = g;
	card.append(head);
	if (!pool) {
		head.append(button("in no pool", () => jumpTo(g)));
		card.append(make("div", "faint", `${grouped(g.all.length)} block${g.all.length === 1 ? "" : "s"} that no pool holds`));
		return card;
	}
	head.append(button(pool.name, () => jumpTo(g)), make("span", "faint", pool.cidr));
	if (pool.disabled) head.append(make("span", "note", "disabled"));
	head.append(make("span", "percent", percent(pool.inUse, pool.size)));
	card.append(usageBar(pool), make("div", "faint", numbersOf(pool, g.all.length)));
	const strip = make("canvas", "strip"), ends = make("div", "ends"), { base, size, bits } = parseCidr(pool.cidr);
	strip.setAttribute("role", "img");
	strip.setAttribute("aria-label", "Where in the pool its blocks lie");
	drawStrip(strip, pool, g.all);
	ends.append(make("span", "", printAddress(base, bits)), make("span", "", printAddress(base + size - 1n, bits)));
	card.append(strip, ends);
	return card;
}

/* Nodes */
const NODE_COLUMNS = [
	["Node", "name", (n) => n.name], ["Blocks", "blocks", (n) => n.blocks], ["In use", "inUse", (n) => n.inUse],
	["Borrowed", "borrowed", (n) => n.borrowed], ["Use", "use", (n) => n.use],
];

/* Of its own blocks' addresses, how many anybody uses. */
function nodesUse() {
	const sums = new Map();
	for (const b of blocks) {
		if (!b.owner) continue;
		const sum = sums.get(b.owner) || { held: 0, size: 0 };
		sum.held += b.entries.filter(isHeld).length;
		sum.size += b.size;
		sums.set(b.owner, sum);
	}
	return sums;
}

function nodeRow(body, n) {
	const row = body.insertRow(), name = row.insertCell();
	row.className = n.name === filter.node ? "chosen" : "";
	const choose = button(n.name, () => setFilter({ node: n.name === filter.node ? "" : n.name }));
	choose.prepend(swatch(nodeColour(n.name)));
	name.append(choose);
	if (!n.known) name.append(" ", make("span", "note", "no node object"));
	for (const value of [n.blocks, n.inUse, n.borrowed]) {
		const td = row.insertCell();
		td.className = "n";
		td.textContent = grouped(value);
	}
	const use = row.insertCell(), bar = make("div", "bar"), piece = make("div");
	use.className = "use";
	if (!n.size) return;
	piece.style.width = (100 * n.held) / n.size + "%";
	piece.style.background = nodeColour(n.name);
	bar.append(piece);
	use.append(make("div", "n", percent(n.held, n.size)), bar);
}

function sortedNodes() {
	const sums = nodesUse(), value = NODE_COLUMNS.find(([, name]) => name === sortedBy)[2];
	const list = data.nodes.map(([name, known, blocks, inUse, borrowed]) => {
		const { held, size } = sums.get(name) || { held: 0, size: 0 };
		return { name, known, blocks, inUse, borrowed, held, size, use: size ? held / size : -1 };
	});
	list.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
	return downwards ? list.reverse() : list;
}

function sortBy(name) {
	downwards = name === sortedBy ? !downwards : name !== "name";
	sortedBy = name;
	showPanel("nodes");
}

function nodesPanel(section) {
	const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody(), list = sortedNodes();
	NODE_COLUMNS.forEach(([title, name], i) => {
		const th = make("th", i && i < 4 ? "n" : ""), sort = make("button", "", title);
		sort.type = "button";
		sort.addEventListener("click", () => sortBy(name));
		if (name === sortedBy) th.setAttribute("aria-sort", downwards ? "descending" : "ascending");
		th.append(sort);
		head.append(th);
	});
	list.slice(0, ROWS).forEach((n) => nodeRow(body, n));
	section.append(table);
	if (list.length > ROWS) section.append(make("p", "faint", `${grouped(list.length - ROWS)} more are not listed.`));
	if (!list.length) section.append(make("p", "faint", "No node is known, and none uses an address."));
}

/* Problems */
function problemRow([, key, text, where]) {
	const row = make("div", "fault"), hit = where && findIn(blocks, where.split("/")[0]);
	const name = key.replace("/calico/ipam/v2/", "");
	row.append(hit ? button(name, () => selectAddress(where.split("/")[0])) : make("span", "", name), `: ${text}`);
	return row;
}

function problemsPanel(section) {
	const { problems } = data;
	if (!problems) {
		section.append(make("p", "faint", "Not looked for: the map was drawn with --no-check."));
		return;
	}
	if (!problems.count) section.append(make("p", "", "check finds no problem."));
	if (!problems.leaks)
		section.append(make("p", "faint", "Of some addresses it is not known here whether they are leaked; calico-ipamctl check tells of which."));
	problems.kinds.forEach(([name, count, remedy], i) => {
		const list = problems.list.filter(([kind]) => kind === i), kind = make("div", "one"), head = make("div", "head");
		head.append(make("strong", "", name), make("span", "percent bad", grouped(count)));
		kind.append(head, make("div", "remedy", `What mends it: ${remedy}.`), ...list.map(problemRow));
		if (list.length < count)
			kind.append(make("p", "faint", `${grouped(count - list.length)} more; calico-ipamctl check lists them.`));
		section.append(kind);
	});
}

function poolsPanel(section) {
	const shown = new Map(groups.map((g) => [g.pool, g])), stray = blocks.filter((b) => b.pool < 0);
	data.pools.forEach((pool, i) => {
		const g = shown.get(pool) || { pool, blocks: [], all: blocks.filter((b) => b.pool === i) };
		section.append(poolCard(g));
	});
	if (stray.length) section.append(poolCard(shown.get(null) || { pool: null, all: stray, blocks: [] }));
	if (!data.pools.length) section.append(make("p", "faint", "There is no pool yet: calico-ipamctl pool create."));
}

const FILL = { pools: poolsPanel, nodes: nodesPanel, problems: problemsPanel };

/* Where it was scrolled to it stays, and on which button the keys are. */
function refill(section) {
	const scrolled = section.scrollTop, focused = Array.from(section.querySelectorAll("button")).indexOf(document.activeElement);
	section.replaceChildren();
	FILL[panel](section);
	section.scrollTop = scrolled;
	if (focused >= 0) section.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
}

function showPanel(name) {
	panel = PANELS.includes(name) ? name : "pools";
	for (const one of PANELS) {
		const section = $(one), tab = $("tab-" + one);
		section.hidden = one !== panel;
		tab.setAttribute("aria-selected", String(one === panel));
		tab.tabIndex = one === panel ? 0 : -1;
	}
	refill($(panel));
	keepState();
}

function countTabs() {
	const n = data.problems ? data.problems.count : 0;
	$("tab-pools").textContent = `Pools ${grouped(data.pools.length)}`;
	$("tab-nodes").textContent = `Nodes ${grouped(data.nodes.length)}`;
	$("tab-problems").replaceChildren("Problems ", make("span", n ? "bad" : "", data.problems ? grouped(n) : ""));
}

function turnTabs(event) {
	const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
	if (!step) return;
	showPanel(PANELS[(PANELS.indexOf(panel) + step + PANELS.length) % PANELS.length]);
	$("tab-" + panel).focus();
}
