# SPDX-License-Identifier: Apache-2.0
# Each key of the configuration stands in docs/OPENSTACK.md and in a test, each option of the command line in the
# man page and in --help.
set -eu
. "$SOURCE/tests/verdict.inc.sh"

keys=$(sed -n 's/^	OPTION("[A-Za-z]*", "\([a-z0-9_]*\)".*/\1/p' "$SOURCE/openstack/config/agent_config.c")
[ "$(echo "$keys" | wc -l)" -gt 25 ] || fail "the keys are not found in agent_config.c any more"
for key in $keys; do
	grep -q "^| .*\`$key\`" "$SOURCE/docs/OPENSTACK.md" || fail "docs/OPENSTACK.md has no $key"
	grep -qF "$key" "$SOURCE/tests/openstack/check_agent_config.c" || fail "no test has $key"
done

options=$("$BUILD/openstack/calico-dhcp-agent" --help | grep -o -- ' --[a-z-]*' | sort -u)
[ "$(echo "$options" | wc -l)" -ge 8 ] || fail "--help has fewer options than there are"
for option in $options; do
	grep -qF -- "$(echo "$option" | sed 's/-/\\-/g')" "$SOURCE/docs/calico-dhcp-agent.8" || fail "the man page has no $option"
done
