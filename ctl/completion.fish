# SPDX-License-Identifier: Apache-2.0
# fish completion for calico-ipamctl(8): the program itself knows what may come next; where it names nothing, a file may.

function __calico_ipamctl
	set -l words (commandline -opc)
	set -l found (command $words[1] completion -- $words[2..-1] (commandline -ct) 2>/dev/null)
	if set -q found[1]
		printf '%s\n' $found
	else
		__fish_complete_path (commandline -ct)
	end
end
complete -c calico-ipamctl -f -a '(__calico_ipamctl)'
complete -c calico-ipamctl -l config -r -F
