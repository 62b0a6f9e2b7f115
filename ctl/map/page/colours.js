/* Colours: of states, and of nodes so that those whose blocks lie side by side differ. */
const VARIABLES = ["--free", "--used", "--borrowed", "--cooling", "--reserved"];
/* The first are the furthest from each other. */
const HUES = [212, 28, 145, 330, 268, 48, 186, 2, 88, 300, 235, 115];
const SHADES = { light: [[78, 43], [60, 70]], dark: [[80, 62], [50, 40]] };
const N_COLOURS = HUES.length * 2, NEAR = 6, ENOUGH = 50;

let colours = {};
const colourOf = new Map();	/* a node's, kept while the page lives */

function distance(a, b) {
	const turn = Math.abs(HUES[a % HUES.length] - HUES[b % HUES.length]);
	return Math.min(turn, 360 - turn) + (a < HUES.length === b < HUES.length ? 0 : 20);
}

/* Of the colours used least, the first that is far enough from those of the neighbours. */
function chooseColour(neighbours, used) {
	const least = Math.min(...used);
	let best = -1, most = -1;
	for (let c = 0; c < N_COLOURS; c++) {
		if (used[c] !== least) continue;
		const nearest = Math.min(ENOUGH, ...neighbours.map((n) => distance(n, c)));
		if (nearest > most) { best = c; most = nearest; }
	}
	return best;
}

function nodesAsDrawn() {
	const names = blocks.map((b) => b.owner).filter(Boolean);
	for (const [name] of data.nodes) names.push(name);
	for (const b of blocks)
		for (const e of b.entries) if (isHeld(e) && typeof e[NODE] === "string" && e[NODE]) names.push(e[NODE]);
	return names;
}

function spreadColours() {
	const used = Array(N_COLOURS).fill(0), near = [];
	for (const c of colourOf.values()) used[c]++;
	for (const name of nodesAsDrawn()) {
		if (!colourOf.has(name)) {
			colourOf.set(name, chooseColour(near, used));
			used[colourOf.get(name)]++;
		}
		const c = colourOf.get(name);
		if (near[near.length - 1] !== c) near.push(c);
		if (near.length > NEAR) near.shift();
	}
}

function nodeColour(name) {
	const c = colourOf.get(name);
	return c === undefined ? colours.faint : colours.nodes[c];
}

function readColours() {
	const style = getComputedStyle(document.documentElement), theme = document.documentElement.dataset.theme;
	colours = { nodes: [] };
	VARIABLES.forEach((v, i) => { colours[i] = style.getPropertyValue(v).trim(); });
	for (const name of ["text", "faint", "tile", "mark", "page", "hatch", "bad", "accent"])
		colours[name] = style.getPropertyValue("--" + name).trim();
	for (let c = 0; c < N_COLOURS; c++) {
		const [saturation, light] = SHADES[theme][c < HUES.length ? 0 : 1];
		colours.nodes.push(`hsl(${HUES[c % HUES.length]} ${saturation}% ${light}%)`);
	}
	colours.hatching = hatching();
}

/* For room that is in no block. */
function hatching() {
	const square = document.createElement("canvas"), brush = square.getContext("2d");
	square.width = square.height = 6;
	brush.strokeStyle = colours.hatch;
	brush.lineWidth = 1.5;
	for (const x of [-6, 0, 6]) {
		brush.beginPath();
		brush.moveTo(x, 6);
		brush.lineTo(x + 6, 0);
		brush.stroke();
	}
	return pen.createPattern(square, "repeat");
}
