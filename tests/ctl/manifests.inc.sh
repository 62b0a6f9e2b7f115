# SPDX-License-Identifier: Apache-2.0
# Sourced after ctl.inc.sh, or after sandbox.inc.sh and typed.inc.sh.

# goes_round: what get shows of each kind, in YAML and in JSON, is unchanged when it is applied.
goes_round() {
	for kind in ippool ipreservation node ipamconfiguration; do
		for form in yaml json; do
			exits 0 "$CTL" get $kind -o $form
			cp "$T/out" "$T/shown.$form"
			exits 0 "$CTL" get $kind -o name
			sed 's/$/ unchanged/' "$T/out" >"$T/all_unchanged"
			exits 0 "$CTL" apply -f "$T/shown.$form"
			is "$T/out" <"$T/all_unchanged"
			exits 0 "$CTL" diff -f "$T/shown.$form"
			silent "$T/out"
			silent "$T/err"
		done
	done
}
