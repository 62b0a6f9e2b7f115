# SPDX-License-Identifier: Apache-2.0
# run.sh says last what tests left out, of which ctest itself says nothing.
. "$SOURCE/tests/lint.inc.sh"
. "$SOURCE/tests/left_out.inc.sh"

proof=$(mktemp -d)
trap 'rm -rf "$proof"' EXIT
cat >"$proof/CTestTestfile.cmake" <<-'END'
	add_test(kubernetes.pods sh -c "echo 'SKIPPED: !!! LEFT OUT: pods. kubelet cannot run here' >&2; exit 77")
	set_tests_properties(kubernetes.pods PROPERTIES SKIP_RETURN_CODE 77)
	add_test(cni.links sh -c "echo 'LEFT OUT: the ipvlan half' >&2")
	add_test(base.whole echo "nothing was SKIPPED: it is whole")
END
ctest --test-dir "$proof" --output-on-failure >"$proof/said" 2>&1 || {
	cat "$proof/said" >&2
	exit 1
}
! grep 'kubelet cannot run here\|ipvlan' "$proof/said" || {
	echo "ctest says it itself: tests/left_out.inc.sh is needed no more" >&2
	exit 1
}
tell_left_out "$proof/Testing/Temporary/LastTest.log" >"$proof/told"
diff - "$proof/told" <<-'END' || exit 1
	cni.links: LEFT OUT: the ipvlan half
	kubernetes.pods: SKIPPED: !!! LEFT OUT: pods. kubelet cannot run here
END

# What says so in another way would not be told.
grep -rnE '(echo|fprintf).*(SKIPPED|LEFT OUT)' tests --include='*.sh' --include='*.[ch]' | grep -v '^tests/lint/' |
	grep -vE '"(SKIPPED|LEFT OUT|!!! LEFT OUT): ' | none_of "words that run.sh does not tell at its end"
awk '/^ctest / { ran = NR } /tell_left_out .*LastTest\.log/ { told = NR } END { exit !(ran && told > ran) }' tests/run.sh || {
	echo "tests/run.sh does not tell at its end what was left out" >&2
	exit 1
}
