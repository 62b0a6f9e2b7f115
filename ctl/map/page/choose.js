/* Choosing an address: by the mouse, the keys and the search; and what is told of it. */
let at = -1, searched = "";

function describe(b, ordinal) {
	const entry = entryAt(b, ordinal), state = b.state[ordinal];
	const address = printAddress(b.base + BigInt(ordinal), b.bits);
	const pool = b.pool < 0 ? "in no pool" : "of pool " + data.pools[b.pool].name;
	const owner = b.owner ? "belongs to " + b.owner : "belongs to nobody";
	const node = holderNode(b, ordinal);
	const held = isHeld(entry) ? " by " + (entry[HOLDER] || entry[HANDLE] || "an unnamed holder") + (node ? " on " + node : "") : "";
	const how = state === BORROWED ? "in use" + held + ", borrowed" : STATES[state] + held;
	return `${address}: ${how}. Block ${b.cidr} ${pool}, ${owner}.`;
}

function describeGap({ base, size, bits, blocks: n }) {
	const range = `${printAddress(base, bits)} to ${printAddress(base + size - 1n, bits)}`;
	return `${range}: in no block, so nobody holds them. ${rough(size)} addresses` +
		(n ? `, room for ${rough(n)} block${n === 1n ? "" : "s"}.` : ".");
}

/* Rows of a list of facts; what is empty is left out. */
function showFacts(facts) {
	const list = $("facts");
	list.replaceChildren();
	for (const [name, value, className] of facts) {
		if (!value) continue;
		const dt = document.createElement("dt"), dd = document.createElement("dd");
		dt.textContent = name;
		dd.textContent = value;
		dd.className = className || "";
		list.append(dt, dd);
	}
	$("details").hidden = false;
}

function problemsOf(b, address) {
	const list = [...(problemsAt.get(address) || []), ...(problemsAt.get(b.cidr) || [])];
	return list.flatMap(([kind, , text]) => [
		["Problem", `${data.problems.kinds[kind][0]}: ${text}`, "bad"], ["What mends it", data.problems.kinds[kind][2]]]);
}

function showDetails(b, ordinal) {
	const entry = entryAt(b, ordinal), held = isHeld(entry), state = b.state[ordinal];
	const address = printAddress(b.base + BigInt(ordinal), b.bits);
	showFacts([
		["Address", address],
		["State", state === BORROWED ? "in use, borrowed" : STATES[state]],
		["Owner", held && entry[HOLDER]],
		["Node", holderNode(b, ordinal)],
		["Interface", held && entry[IFNAME]],
		[state === COOLING ? "Released" : "Since", held ? moment(entry[SINCE]) : entry && moment(entry[1])],
		["Handle", held && entry[HANDLE]],
		["Block", `${b.cidr}, ${b.owner ? "of " + b.owner : "of nobody"}`],
		["Pool", b.pool < 0 ? "none" : data.pools[b.pool].name],
		...problemsOf(b, address),
	]);
}

function intoSight(y, height) {
	if (y < view.scrollTop + 10) view.scrollTop = y - HEAD;
	else if (y + height > view.scrollTop + view.clientHeight - 10) view.scrollTop = y + height - view.clientHeight + HEAD;
}

/* What has not changed is not said again. */
function say(text) {
	if ($("detail").textContent !== text) $("detail").textContent = text;
}

function choose(b, ordinal) {
	selected = { b, ordinal };
	say(describe(b, ordinal));
	showDetails(b, ordinal);
	draw();
	keepState();
}

function select(b, ordinal) {
	choose(b, ordinal);
	intoSight(b.y + Math.floor(ordinal / b.cols) * cell, cell);
}

const chosenAddress = () => selected && printAddress(selected.b.base + BigInt(selected.ordinal), selected.b.bits);

function forgetSelected() {
	selected = null;
	$("details").hidden = true;
}

/* An address that the filters hide is found by taking them off. */
function selectAddress(text) {
	let hit = find(text);
	if (!hit && findIn(blocks, text)) {
		setFilter({ pool: "", node: "", namespace: "" });
		hit = find(text);
	}
	if (hit) select(hit.b, hit.ordinal);
	else say(`${text}: in no block, so nobody holds it.`);
	return hit !== null;
}

function pick(x, y) {
	const row = rows[rowAt(y)];
	if (!row) return null;
	for (const b of row.tiles) {
		const column = Math.floor((x - b.x) / cell), line = Math.floor((y - b.y) / cell), ordinal = line * b.cols + column;
		if (column >= 0 && column < b.cols && line >= 0 && ordinal < b.size) return { b, ordinal };
	}
	return row.gaps.find((g) => x >= g.x && x < g.x + g.w && y < row.y + row.h - GAP) || null;
}

function pickEvent(event) {
	const box = canvas.getBoundingClientRect();
	return pick(event.clientX - box.left, event.clientY - box.top + view.scrollTop);
}

/* The middle of an address on the screen; it is scrolled into sight. */
function placeOf(text) {
	const hit = find(text);
	if (!hit) return null;
	const y = hit.b.y + Math.floor(hit.ordinal / hit.b.cols) * cell;
	intoSight(y, cell);
	const box = canvas.getBoundingClientRect();
	return {
		x: box.left + hit.b.x + (hit.ordinal % hit.b.cols) * cell + cell / 2,
		y: box.top + y - view.scrollTop + cell / 2,
	};
}

/* Searching: an address, or a part of a pod's or node's name or of a handle. */
function isFound(b, e, wanted) {
	const node = nodeOf(b, e);
	return e[HOLDER].toLowerCase().includes(wanted) || (node !== null && node.toLowerCase().includes(wanted)) ||
		e[HANDLE].toLowerCase().includes(wanted);
}

function search(text) {
	matches = [];
	marked = new Map();
	at = -1;
	const hit = find(text), wanted = text.toLowerCase();
	const add = (b, ordinal) => {
		matches.push({ b, ordinal });
		if (!marked.has(b)) marked.set(b, new Set());
		marked.get(b).add(ordinal);
	};
	if (hit) add(hit.b, hit.ordinal);
	else if (wanted)
		for (const b of order)
			for (const e of b.entries)
				if (isHeld(e) && isMeant(b, e) && isFound(b, e, wanted)) add(b, e[0]);
	$("found").textContent = !text ? "" : matches.length === 1 ? "1 match" : matches.length.toLocaleString("en") + " matches";
	if (text && !matches.length)
		say(parseAddress(text) ? `${text}: in no block, so nobody holds it.` : `Nothing is called ${text}.`);
	draw();
}

function submit() {
	const text = $("search").value.trim();
	if (text !== searched) {
		searched = text;
		search(text);
		keepState();
	}
	if (!matches.length) return;
	at = (at + 1) % matches.length;
	select(matches[at].b, matches[at].ordinal);
	if (matches.length > 1) $("found").textContent = `${(at + 1).toLocaleString("en")} of ${matches.length.toLocaleString("en")} matches`;
}

function endSearch() {
	if ($("search").value) return;
	searched = "";
	search("");
	keepState();
}

/* Keys */
function beside(b, ordinal, step) {
	const next = ordinal + step;
	if (next >= 0 && next < b.size) return [b, next];
	const other = order[b.index + Math.sign(step)];
	return other ? [other, step < 0 ? other.size - 1 : 0] : [b, ordinal];
}

function aboveOrBelow(b, ordinal, direction) {
	const next = ordinal + direction * b.cols;
	if (next >= 0 && next < b.size) return [b, next];
	const x = b.x + (ordinal % b.cols) * cell + cell / 2;
	for (let i = rowAt(b.y) + direction; i >= 0 && i < rows.length; i += direction) {
		for (const t of rows[i].tiles) {
			if (x < t.x || x >= t.x + t.cols * cell) continue;
			const column = Math.floor((x - t.x) / cell), lines = Math.ceil(t.size / t.cols);
			return [t, Math.min(t.size - 1, (direction > 0 ? 0 : lines - 1) * t.cols + column)];
		}
	}
	return [b, ordinal];
}

const MOVES = {
	ArrowRight: (b, ordinal) => beside(b, ordinal, 1),
	ArrowLeft: (b, ordinal) => beside(b, ordinal, -1),
	ArrowDown: (b, ordinal) => aboveOrBelow(b, ordinal, 1),
	ArrowUp: (b, ordinal) => aboveOrBelow(b, ordinal, -1),
	PageDown: (b) => [order[b.index + 1] || b, 0],
	PageUp: (b) => [order[b.index - 1] || b, 0],
	Home: () => [order[0], 0],
	End: () => [order[order.length - 1], order[order.length - 1].size - 1],
};

function pressed(event) {
	const move = Object.hasOwn(MOVES, event.key) ? MOVES[event.key] : null;
	if (!move) return;
	event.preventDefault();
	if (selected) select(...move(selected.b, selected.ordinal));
	else if (order.length) select(order[0], 0);
}

function clicked(event) {
	const hit = pickEvent(event);
	if (!hit) return;
	if (!hit.gap) {
		select(hit.b, hit.ordinal);
		return;
	}
	forgetSelected();
	say(describeGap(hit));
	draw();
}

function pointed(event) {
	const hit = pickEvent(event), tip = $("tip");
	tip.style.display = hit ? "block" : "none";
	if (!hit) return;
	tip.textContent = hit.gap ? describeGap(hit) : describe(hit.b, hit.ordinal);
	tip.style.left = Math.max(0, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
	tip.style.top = (event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 8 : event.clientY + 18) + "px";
}
