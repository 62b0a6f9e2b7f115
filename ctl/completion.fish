# SPDX-License-Identifier: Apache-2.0
# fish completion for calico-ipamctl(8): the program itself knows what may come next.

function __calico_ipamctl
	set -l words (commandline -opc)
	command $words[1] completion -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c calico-ipamctl -f -a '(__calico_ipamctl)'
complete -c calico-ipamctl -l config -r -F
