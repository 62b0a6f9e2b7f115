/* What is shown stands behind the # of the address line, so that a link shows the same. */
const wishes = matchMedia("(prefers-color-scheme: dark)");
let themeChosen = "", sizeChosen = 0, stateTimer = 0, kept = "";

function stateText() {
	const state = new URLSearchParams();
	const keep = (name, value) => { if (value) state.set(name, value); };
	for (const name of ["pool", "node", "namespace"]) keep(name, filter[name]);
	keep("by", byNode() ? "" : "state");
	keep("size", sizeChosen ? String(sizeChosen) : "");
	keep("theme", themeChosen);
	keep("panel", panel === "pools" ? "" : panel);
	keep("find", searched);
	keep("at", chosenAddress());
	return state.toString();
}

/* A moment later: browsers refuse what changes too often. */
function keepState() {
	clearTimeout(stateTimer);
	stateTimer = setTimeout(() => {
		kept = stateText();
		history.replaceState(null, "", kept ? "#" + kept : location.pathname + location.search);
	}, 150);
}

function readState() {
	const state = new URLSearchParams(location.hash.slice(1)), size = Number(state.get("size"));
	for (const name of ["pool", "node", "namespace"]) filter[name] = state.get(name) || "";
	$("by").value = state.get("by") === "state" ? "state" : "node";
	sizeChosen = size >= 1 && size <= 24 ? Math.round(size) : 0;
	themeChosen = ["dark", "light"].includes(state.get("theme")) ? state.get("theme") : "";
	panel = state.get("panel") || "pools";
	searched = state.get("find") || "";
	$("search").value = searched;
	return state.get("at");
}
