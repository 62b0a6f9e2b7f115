#compdef calico-ipamctl
# SPDX-License-Identifier: Apache-2.0
# zsh completion for calico-ipamctl(8): the program itself knows what may come next.

_calico_ipamctl() {
	local -a found
	found=("${(@f)$("${words[1]}" completion -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
	found=("${(@)found:#}")
	if (( $#found )); then
		compadd -a found
	else
		_files
	fi
}

_calico_ipamctl "$@"
