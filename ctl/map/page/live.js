/* Of a page that is served: what it shows is kept as the store is. */
const LOOK_MS = 1000, HIDDEN_MS = 10000, SILENT_MS = 30000;
let heardAt = Date.now();

function tell(words, dead) {
	const live = $("live");
	live.hidden = false;
	live.classList.toggle("dead", dead);
	if (live.textContent !== words) live.textContent = words;
}

async function ask(path) {
	const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(SILENT_MS) });
	if (!answer.ok) throw new Error(answer.statusText);
	return answer.json();
}

async function look() {
	let pause = document.hidden ? HIDDEN_MS : LOOK_MS;
	try {
		const state = await ask("state");
		if (state.made !== data.made) {
			const began = Date.now();
			renew(await ask("drawing"));
			pause = Math.max(pause, 2 * (Date.now() - began));
		}
		heardAt = Date.now();
		if (state.why) tell(`The store cannot be read: ${state.why}. What is shown was read ${lasting(state.ageMs)} ago.`, true);
		else tell("live", false);
	} catch {
		tell(`calico-ipamctl does not answer. What is shown is of ${lasting(Date.now() - heardAt)} ago.`, true);
	}
	setTimeout(look, pause);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) draw(); });
look();
