# SPDX-License-Identifier: Apache-2.0
# bash completion for calico-ipamctl(8): the program itself knows what may come next.

_calico_ipamctl() {
	local IFS=$'\n'
	COMPREPLY=($("${COMP_WORDS[0]}" completion -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _calico_ipamctl calico-ipamctl
