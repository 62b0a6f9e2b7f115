/* The page as a whole, and what happens on it. */
function setTheme(name) {
	document.documentElement.dataset.theme = name;
	$("theme").textContent = name === "dark" ? "Light" : "Dark";
	readColours();
	legend();
	showPanel(panel);
	draw();
}

function theme() {
	return themeChosen || (wishes.matches ? "dark" : "light");
}

function fittingCell() {
	const n = blocks.length;
	return sizeChosen || (n > 3000 ? 3 : n > 300 ? 4 : n > 40 ? 7 : 14);
}

/* After the data or the filters are others. */
function showAll(chosen) {
	$("about").textContent = `${data.store}, ${data.made}`;
	cell = fittingCell();
	fillFilters();
	legend();
	countTabs();
	layOut();
	showPanel(panel);
	const hit = chosen ? find(chosen) : null;
	if (hit) choose(hit.b, hit.ordinal);
	else forgetSelected();
	search(searched);
	draw();
}

/* The same view of another drawing. */
function renew(read) {
	const chosen = chosenAddress(), found = $("found").textContent, before = at;
	load(read);
	spreadColours();
	showAll(chosen);
	if (before >= 0 && before < matches.length) {
		at = before;
		$("found").textContent = found;
	}
}

function zoom(step) {
	cell = Math.max(1, Math.min(24, cell + step));
	sizeChosen = cell;
	layOut();
	if (selected) select(selected.b, selected.ordinal);
	draw();
	keepState();
}

function follow() {
	const chosen = readState();
	group();
	document.documentElement.dataset.theme = theme();
	readColours();
	showAll(null);
	setTheme(theme());
	if (chosen) selectAddress(chosen);
}

function listen() {
	for (const name of ["pool", "node", "namespace"])
		$(name).addEventListener("change", () => setFilter({ [name]: $(name).value }));
	$("all").addEventListener("click", () => setFilter({ pool: "", node: "", namespace: "" }));
	$("by").addEventListener("change", () => { legend(); showPanel(panel); draw(); });
	$("theme").addEventListener("click", () => {
		themeChosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
		setTheme(themeChosen);
	});
	$("smaller").addEventListener("click", () => zoom(cell > 8 ? -4 : -1));
	$("larger").addEventListener("click", () => zoom(cell >= 8 ? 4 : 1));
	for (const name of PANELS) $("tab-" + name).addEventListener("click", () => showPanel(name));
	$("tabs").addEventListener("keydown", turnTabs);
	$("find").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
	$("search").addEventListener("input", endSearch);
	canvas.addEventListener("keydown", pressed);
	canvas.addEventListener("click", clicked);
	canvas.addEventListener("mousemove", pointed);
	canvas.addEventListener("mouseleave", () => { $("tip").style.display = "none"; });
	document.addEventListener("keydown", (event) => {
		if (event.key !== "/" || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
		event.preventDefault();
		$("search").focus();
	});
	view.addEventListener("scroll", draw);
	new ResizeObserver(() => { layOut(); drawNow(); }).observe(view);
	wishes.addEventListener("change", () => setTheme(theme()));
	window.addEventListener("hashchange", () => { if (location.hash.slice(1) !== kept) follow(); });
}

load(JSON.parse($("data").textContent));
$("data").remove();
spreadColours();
listen();
follow();
