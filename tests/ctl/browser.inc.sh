# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh and etcd.inc.sh: a headless Chromium, driven over WebDriver
# (https://www.w3.org/TR/webdriver2/) with curl.
#
# browse FILE, browse_to URL, type_into SELECTOR TEXT, click SELECTOR, click_at X Y, script JAVASCRIPT,
# text_of SELECTOR, screenshot FILE.  Answers go to $T/answer.

# To be set again after use_etcd, which sets one of its own.
browser_trap='stop_browser; stop_etcd; rm -rf "$T"'

want_browser() {
	for name in chromium chromedriver curl; do
		command -v "$name" >/dev/null || skip "no $name (Debian: chromium, chromium-driver, curl)"
	done
}

wire() {
	curl -sS --noproxy '*' --max-time 60 -X "$1" "$driver$2" -H 'Content-Type: application/json' ${3:+-d "$3"} >"$T/answer" || {
		cat "$T/driver.log" >&2
		fail "the browser's driver does not answer"
	}
	! grep -q '"error"' "$T/answer" || fail "the browser: $(cat "$T/answer")"
}

# The value of the last answer, a JSON string without escapes.
value_of() {
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$T/answer"
}

stop_browser() {
	[ -z "${session:-}" ] || curl -s --noproxy '*' --max-time 20 -X DELETE "$driver/session/$session" >/dev/null || true
	session=
	[ -z "${driver_pid:-}" ] || kill "$driver_pid" 2>/dev/null || true
	[ -z "${driver_pid:-}" ] || wait "$driver_pid" 2>/dev/null || true
	driver_pid=
}

start_browser() {
	want_browser
	trap "$browser_trap" EXIT
	free_port
	driver=http://127.0.0.1:$port
	chromedriver --port="$port" >"$T/driver.log" 2>&1 &
	driver_pid=$!
	tries=100
	until curl -s --noproxy '*' "$driver/status" | grep -q '"ready":true'; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || fail "chromedriver does not start: $(cat "$T/driver.log")"
		sleep 0.1
	done
	arguments='"--headless","--no-sandbox","--disable-gpu","--disable-dev-shm-usage","--disable-quic","--no-first-run",
		"--disable-background-networking","--disable-component-update","--disable-sync","--window-size=1280,900"'
	wire POST /session "{\"capabilities\":{\"alwaysMatch\":{\"browserName\":\"chrome\",\"goog:chromeOptions\":
		{\"binary\":\"/usr/bin/chromium\",\"args\":[$arguments,\"--user-data-dir=$T/profile\"]}}}}"
	session=$(value_of sessionId)
	[ -n "$session" ] || fail "no session: $(cat "$T/answer")"
}

browse() {
	browse_to "file://$1"
}

browse_to() {
	wire POST "/session/$session/url" "{\"url\":\"$1\"}"
}

element() {
	wire POST "/session/$session/element" "{\"using\":\"css selector\",\"value\":\"$1\"}"
	found=$(sed -n 's/.*"element-[^"]*":"\([^"]*\)".*/\1/p' "$T/answer")
}

type_into() {
	element "$1"
	wire POST "/session/$session/element/$found/value" "{\"text\":\"$2\"}"
}

click() {
	element "$1"
	wire POST "/session/$session/element/$found/click" '{}'
}

click_at() {
	wire POST "/session/$session/actions" "{\"actions\":[{\"type\":\"pointer\",\"id\":\"mouse\",\"parameters\":{\"pointerType\":\"mouse\"},
		\"actions\":[{\"type\":\"pointerMove\",\"duration\":0,\"x\":$1,\"y\":$2},{\"type\":\"pointerDown\",\"button\":0},
		{\"type\":\"pointerUp\",\"button\":0}]}]}"
}

script() {
	wire POST "/session/$session/execute/sync" "{\"script\":\"$1\",\"args\":[]}"
	sed -n 's/^{"value":"\{0,1\}\(.*[^"]\)"\{0,1\}}$/\1/p' "$T/answer"
}

text_of() {
	script "return document.querySelector('$1').textContent"
}

screenshot() {
	wire GET "/session/$session/screenshot"
	sed 's/^{"value":"\(.*\)"}$/\1/' "$T/answer" | base64 -d >"$1"
	[ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || fail "no screenshot"
}
