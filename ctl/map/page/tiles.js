/* The picture: rows of tiles, of which those in sight are drawn. */
const $ = (id) => document.getElementById(id);
const HEAD = 30, GAP = 6, LEFT = 10;
const canvas = $("map"), view = $("view"), pen = canvas.getContext("2d");
const FONT = "system-ui, 'DejaVu Sans', sans-serif";
let cell = 14, rows = [], selected = null, matches = [], marked = new Map();

const byNode = () => $("by").value === "node";

/* Room grows with its size, but is never as wide as it would be. */
function gapWidth(gap) {
	const bits = gap.blocks.toString(2).length - 1;
	return Math.max(9, Math.min(cell >= 7 ? 110 : 40, Math.round(6 + bits * (cell >= 7 ? 7 : 1.5))));
}

function tilesOf(g) {
	if (!g.gaps.length) return g.blocks;
	const before = new Map(g.gaps.map((gap) => [gap.before, gap]));
	const tiles = g.blocks.flatMap((b) => (before.has(b) ? [before.get(b), b] : [b]));
	if (before.has(null)) tiles.push(before.get(null));
	return tiles;
}

/* Where everything is, in pixels of the whole picture. */
function layOut() {
	const width = view.clientWidth - LEFT;
	let y = 0;
	rows = [];
	for (const g of groups) {
		rows.push({ y, h: HEAD, group: g, tiles: [], gaps: [] });
		g.y = y;
		y += HEAD;
		let row = null, x = LEFT;
		for (const t of tilesOf(g)) {
			t.w = t.gap ? gapWidth(t) : t.cols * cell;
			if (!row || x + t.w + GAP > width) {
				if (row) y += row.h;
				row = { y, h: 0, tiles: [], gaps: [] };
				rows.push(row);
				x = LEFT;
			}
			t.x = x;
			t.y = y;
			row.h = Math.max(row.h, (t.gap ? Math.max(12, cell) : (t.size / t.cols) * cell) + GAP);
			(t.gap ? row.gaps : row.tiles).push(t);
			x += t.w + GAP;
		}
		y += (row ? row.h : 0) + 6;
	}
	$("space").style.height = Math.max(0, y - view.clientHeight) + "px";
	$("nothing").hidden = groups.some((g) => g.blocks.length || g.gaps.length);
	$("nothing").textContent = data.pools.length ? "No block is meant by these filters." : "There is no pool yet.";
}

function rowAt(y) {
	let low = 0, high = rows.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (rows[middle].y <= y) low = middle;
		else high = middle - 1;
	}
	return low;
}

function cellColour(b, ordinal) {
	const state = b.state[ordinal];
	return byNode() && (state === USED || state === BORROWED) ? nodeColour(holderNode(b, ordinal)) : colours[state];
}

/* Besides by its colour a state is told by its form, where there is room for one. */
function drawForm(state, left, upper, side) {
	if (state === COOLING) {
		pen.fillStyle = colours[FREE];
		pen.fillRect(left + 3, upper + 3, side - 6, side - 6);
	} else if (state === BORROWED) {
		pen.fillStyle = colours.page;
		pen.beginPath();
		pen.moveTo(left + side, upper);
		pen.lineTo(left + side / 2, upper);
		pen.lineTo(left + side, upper + side / 2);
		pen.fill();
	} else if (state === RESERVED) {
		pen.strokeStyle = colours.page;
		pen.lineWidth = 1.5;
		pen.beginPath();
		pen.moveTo(left + 1, upper + side - 1);
		pen.lineTo(left + side - 1, upper + 1);
		pen.stroke();
	}
}

function drawFree(b, y, gap, h) {
	pen.fillStyle = byNode() && b.owner ? nodeColour(b.owner) : colours.tile;
	pen.fillRect(b.x - 2, y - 2, b.w + 4 - gap, h + 4 - gap);
	pen.fillStyle = gap ? colours.page : colours[FREE];
	pen.fillRect(b.x, y, b.w - gap, h - gap);
	if (!gap && byNode() && b.owner) {
		pen.globalAlpha = 0.25;
		pen.fillStyle = nodeColour(b.owner);
		pen.fillRect(b.x, y, b.w, h);
		pen.globalAlpha = 1;
	}
}

/* What others than those looked for are drawn with. */
function strength(b, ordinal, ordinals) {
	const looked = !matches.length || (ordinals !== undefined && ordinals.has(ordinal));
	return looked && isMeant(b, entryAt(b, ordinal)) ? 1 : 0.22;
}

function drawTile(b, top) {
	const y = b.y - top, gap = cell > 3 ? 1 : 0, side = cell - gap, h = (b.size / b.cols) * cell;
	const ordinals = matches.length ? marked.get(b) : undefined;
	const all = !matches.length && !filter.node && !filter.namespace;
	drawFree(b, y, gap, h);
	for (let i = 0; i < b.size; i++) {
		const left = b.x + (i % b.cols) * cell, upper = y + Math.floor(i / b.cols) * cell, state = b.state[i];
		if (state === FREE && !gap) continue;
		if (state === FREE) {
			const own = byNode() && b.owner;
			pen.globalAlpha = own ? 0.22 : 1;
			pen.fillStyle = own ? nodeColour(b.owner) : colours[FREE];
			pen.fillRect(left, upper, side, side);
			continue;
		}
		pen.globalAlpha = all ? 1 : strength(b, i, ordinals);
		pen.fillStyle = cellColour(b, i);
		pen.fillRect(left, upper, side, side);
		if (side >= 9) drawForm(state, left, upper, side);
	}
	pen.globalAlpha = 1;
	drawProblems(b, y, side, h);
}

function drawProblems(b, y, side, h) {
	pen.strokeStyle = colours.bad;
	pen.lineWidth = 2;
	if (b.bad) {
		pen.setLineDash([5, 3]);
		pen.strokeRect(b.x - 3, y - 3, b.w + 6, h + 6);
		pen.setLineDash([]);
	}
	for (const i of b.badOrdinals || []) {
		const left = b.x + (i % b.cols) * cell, upper = y + Math.floor(i / b.cols) * cell, out = side < 6 ? 2 : 0;
		pen.strokeRect(left + 0.5 - out, upper + 0.5 - out, side - 1 + 2 * out, side - 1 + 2 * out);
	}
}

function drawGap(gap, row, top) {
	const y = gap.y - top, h = row.h - GAP;
	pen.fillStyle = colours.hatching;
	pen.fillRect(gap.x, y, gap.w, h);
	pen.strokeStyle = colours.hatch;
	pen.lineWidth = 1;
	pen.strokeRect(gap.x + 0.5, y + 0.5, gap.w - 1, h - 1);
	if (h < 14) return;
	pen.font = `11px ${FONT}`;
	const words = gap.blocks > 0n ? [rough(gap.blocks), gap.blocks === 1n ? "block" : "blocks", "free"] : [rough(gap.size), "free"];
	if (Math.max(...words.map((w) => pen.measureText(w).width)) > gap.w - 6) return;
	const lines = h >= 13 * words.length + 4 ? words : [words[0]];
	pen.fillStyle = colours.page;
	const width = Math.max(...lines.map((w) => pen.measureText(w).width)) + 6, upper = y + (h - 13 * lines.length) / 2;
	pen.fillRect(gap.x + (gap.w - width) / 2, upper - 1, width, 13 * lines.length + 3);
	pen.fillStyle = colours.faint;
	pen.textAlign = "center";
	lines.forEach((w, i) => pen.fillText(w, gap.x + gap.w / 2, upper + 11 + 13 * i));
	pen.textAlign = "left";
}

function drawHead(row, top) {
	const { pool, blocks: list, all } = row.group;
	pen.fillStyle = colours.text;
	pen.font = `600 13px ${FONT}`;
	const name = pool ? `${pool.name}  ${pool.cidr}${pool.disabled ? "  (disabled)" : ""}` : "In no pool";
	pen.fillText(name, LEFT, row.y - top + 20);
	pen.fillStyle = colours.faint;
	const start = LEFT + pen.measureText(name).width + 12, some = list.length < all.length ? ` of ${grouped(all.length)}` : "";
	pen.font = `13px ${FONT}`;
	const use = pool && !some ? `, ${percent(pool.inUse, pool.size)} of the pool in use` : "";
	pen.fillText(`${grouped(list.length)}${some} block${all.length === 1 ? "" : "s"}${use}`, start, row.y - top + 20);
}

let waiting = false;
function draw() {
	if (waiting) return;
	waiting = true;
	requestAnimationFrame(() => { waiting = false; drawNow(); });
}

function fitCanvas(width, height) {
	const ratio = window.devicePixelRatio || 1;
	if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
		canvas.style.width = width + "px";
		canvas.style.height = height + "px";
	}
	pen.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function drawNow() {
	const width = view.clientWidth, height = view.clientHeight, top = view.scrollTop;
	fitCanvas(width, height);
	pen.fillStyle = colours.page;
	pen.fillRect(0, 0, width, height);
	for (let i = rowAt(top); i < rows.length && rows[i].y < top + height; i++) {
		if (rows[i].group) drawHead(rows[i], top);
		for (const gap of rows[i].gaps) drawGap(gap, rows[i], top);
		for (const b of rows[i].tiles) drawTile(b, top);
	}
	if (selected) drawSelected(selected, top);
}

function drawSelected({ b, ordinal }, top) {
	const left = b.x + (ordinal % b.cols) * cell, upper = b.y - top + Math.floor(ordinal / b.cols) * cell;
	for (const [colour, width, out] of [[colours.page, 6, 3], [colours.mark, 3, 3]]) {
		pen.strokeStyle = colour;
		pen.lineWidth = width;
		pen.strokeRect(left - out, upper - out, cell + 2 * out - 1, cell + 2 * out - 1);
	}
}
