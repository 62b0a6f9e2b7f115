/* What is drawn: addresses, blocks and the room between them, of the data as map.c tells it. */
const FREE = 0, USED = 1, BORROWED = 2, COOLING = 3, RESERVED = 4;
const STATES = ["free", "in use", "borrowed", "cooling down", "reserved"];
/* An entry: [ordinal, since] while it cools down, else all of these. */
const NODE = 1, HOLDER = 2, SINCE = 3, IFNAME = 4, HANDLE = 5;

let data = null, blocks = [], groups = [], order = [], problemsAt = new Map();
const filter = { pool: "", node: "", namespace: "" };

/* Addresses are BigInts. */
function parseAddress(text) {
	if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
		const parts = text.split(".").map(Number);
		return parts.every((p) => p < 256) ? { bits: 32, n: parts.reduce((n, p) => n * 256n + BigInt(p), 0n) } : null;
	}
	if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(":")) return null;
	const sides = text.split("::");
	if (sides.length > 2) return null;
	const [head, tail] = sides.map((s) => (s ? s.split(":") : []));
	const missing = 8 - head.length - (tail ? tail.length : 0);
	if (tail ? missing < 1 : missing !== 0) return null;
	const all = tail ? [...head, ...Array(missing).fill("0"), ...tail] : head;
	if (!all.every((p) => /^[0-9a-f]{1,4}$/i.test(p))) return null;
	return { bits: 128, n: all.reduce((n, p) => n * 65536n + BigInt(parseInt(p, 16)), 0n) };
}

function printAddress(n, bits) {
	const parts = [], width = bits === 32 ? 8n : 16n;
	for (let i = BigInt(bits) - width; i >= 0n; i -= width)
		parts.push(Number((n >> i) & ((1n << width) - 1n)));
	if (bits === 32) return parts.join(".");
	let best = -1, length = 1;
	for (let i = 0; i < 8; i++) {
		let j = i;
		while (j < 8 && !parts[j]) j++;
		if (j - i > length) { best = i; length = j - i; }
	}
	const hex = (list) => list.map((p) => p.toString(16)).join(":");
	return best < 0 ? hex(parts) : hex(parts.slice(0, best)) + "::" + hex(parts.slice(best + length));
}

function parseCidr(text) {
	const [address, len] = text.split("/"), { bits, n } = parseAddress(address);
	return { bits, base: n, len: Number(len), size: 1n << BigInt(bits - len) };
}

const columnsOf = (hostBits) => 2 ** Math.ceil(hostBits / 2);

function makeBlock([cidr, pool, owner, entries, reserved]) {
	const { bits, base, len } = parseCidr(cidr), size = 2 ** (bits - len);
	const where = new Int16Array(size).fill(-1), state = new Uint8Array(size);
	for (const [first, count] of reserved || []) state.fill(RESERVED, first, first + count);
	entries.forEach((e, i) => {
		where[e[0]] = i;
		state[e[0]] = e.length === 2 ? COOLING : e[NODE] && owner ? BORROWED : USED;
	});
	return { cidr, pool, owner, entries, where, state, base, bits, size, cols: columnsOf(bits - len) };
}

const isHeld = (entry) => entry !== undefined && entry.length > 2;
const entryAt = (b, ordinal) => b.entries[b.where[ordinal]];
/* The node that uses an address: 0 stands for the block's owner, "" is not known. */
const nodeOf = (b, entry) => (entry[NODE] === 0 ? b.owner : entry[NODE]) || null;
const namespaceOf = (entry) => {
	const slash = entry[HOLDER].indexOf("/");
	return slash > 0 ? entry[HOLDER].slice(0, slash) : "";
};

function holderNode(b, ordinal) {
	const entry = entryAt(b, ordinal);
	return isHeld(entry) ? nodeOf(b, entry) : null;
}

/* Whether the filters mean this address; a node's blocks are meant whole. */
function isMeant(b, entry) {
	if (filter.namespace && !(isHeld(entry) && namespaceOf(entry) === filter.namespace)) return false;
	if (!filter.node) return true;
	return isHeld(entry) ? nodeOf(b, entry) === filter.node : b.owner === filter.node;
}

function blockIsMeant(b) {
	if (!filter.node && !filter.namespace) return true;
	return (!filter.namespace && b.owner === filter.node) || b.entries.some((e) => isMeant(b, e));
}

/* What of the pool is in no block, between those that are in the order of their addresses. */
function gapsOf(pool, list) {
	const { bits, base, size } = parseCidr(pool.cidr), gaps = [], unit = BigInt(bits - pool.blockLen);
	let at = base;
	const add = (end, before) => {
		if (end <= at) return;
		gaps.push({ gap: true, bits, base: at, size: end - at, blocks: (end - at) >> unit, before });
	};
	for (const b of list) {
		add(b.base, b);
		if (b.base + BigInt(b.size) > at) at = b.base + BigInt(b.size);
	}
	add(base + size, null);
	return gaps;
}

function makeGroup(pool, list) {
	const meant = list.filter(blockIsMeant), whole = meant.length === list.length && !filter.node && !filter.namespace;
	return { pool, all: list, blocks: meant, gaps: pool && whole ? gapsOf(pool, list) : [] };
}

/* The groups are those of the filters; order is that of the keys and the drawing. */
function group() {
	const lists = data.pools.map(() => []), stray = [];
	for (const b of blocks) (b.pool < 0 ? stray : lists[b.pool]).push(b);
	groups = data.pools.map((pool, i) => makeGroup(pool, lists[i]))
		.filter((g) => !filter.pool || g.pool.name === filter.pool);
	if (stray.length && !filter.pool) groups.push(makeGroup(null, stray));
	if (filter.node || filter.namespace) groups = groups.filter((g) => g.blocks.length);
	order = groups.flatMap((g) => g.blocks);
	order.forEach((b, i) => { b.index = i; });
}

function noteProblems() {
	problemsAt = new Map();
	for (const p of data.problems ? data.problems.list : []) {
		const where = p[3];
		if (!where) continue;
		if (!problemsAt.has(where)) problemsAt.set(where, []);
		problemsAt.get(where).push(p);
	}
}

function findIn(list, text) {
	const address = parseAddress(text);
	if (!address) return null;
	for (const b of list)
		if (b.bits === address.bits && address.n >= b.base && address.n < b.base + BigInt(b.size))
			return { b, ordinal: Number(address.n - b.base) };
	return null;
}

const find = (text) => findIn(order, text);

/* Blocks come in the order of their keys, which is that of texts. */
function load(read) {
	data = read;
	blocks = data.blocks.map(makeBlock).sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
	data.blocks = null;
	noteProblems();
	for (const b of blocks) b.bad = problemsAt.has(b.cidr);
	for (const where of problemsAt.keys()) {
		const hit = findIn(blocks, where);
		if (hit) (hit.b.badOrdinals ||= new Set()).add(hit.ordinal);
	}
	group();
}

/* Words for numbers and moments. */
function grouped(digits) {
	return String(digits).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/* Of what nobody counts any more the power of ten is enough. */
function rough(n) {
	const digits = String(n);
	if (digits.length <= 9) return grouped(digits);
	const power = String(digits.length - 1).replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
	return `${digits[0]}.${digits[1]} × 10${power}`;
}

/* Share of the whole in percent, without losing an IPv6 pool's size. */
function share(part, whole) {
	const n = BigInt(whole);
	return n ? Number((BigInt(part) * 100000n) / n) / 1000 : 0;
}

function percent(part, whole) {
	const p = share(part, whole);
	return (p === 0 && BigInt(part) > 0n ? "< 0.001" : p >= 10 ? p.toFixed(0) : p >= 0.1 || p === 0 ? p.toFixed(1) : p.toFixed(3)) + " %";
}

function lasting(ms) {
	const s = Math.max(0, Math.round(ms / 1000));
	for (const [name, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
		const n = Math.floor(s / length);
		if (n) return `${n} ${name}${n === 1 ? "" : "s"}`;
	}
	return `${s} second${s === 1 ? "" : "s"}`;
}

/* Seconds of the epoch, or a text that is no moment, as stored. */
function moment(since) {
	if (typeof since !== "number") return since;
	const then = new Date(since * 1000), ago = Date.now() - then;
	return then.toISOString().replace(".000Z", "Z") + (ago >= 0 ? `, ${lasting(ago)} ago` : "");
}
