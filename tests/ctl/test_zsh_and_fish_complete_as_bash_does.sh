# SPDX-License-Identifier: Apache-2.0
# Both ask the program itself; zsh's part is run as zsh runs it, with its own variables set.
. "$SOURCE/tests/ctl/ctl.inc.sh"

command -v zsh >/dev/null && command -v fish >/dev/null || skip "no zsh, or no fish"
PATH=$BUILD/ctl:$PATH

# in_zsh WORD...: what zsh is offered at the end of these words, one a line.
in_zsh() {
	zsh -fc '
	compadd() { print -l -- "${found[@]}" }
	_files() { print "files" }
	words=(calico-ipamctl "$@") CURRENT=$(($# + 1)) PREFIX=${words[-1]}
	source "$SOURCE/ctl/completion.zsh"' zsh "$@" >"$T/out"
}

in_fish() {
	SHELL_LINE=$1 HOME="$T" fish --no-config -c 'source $SOURCE/ctl/completion.fish; complete -C "$SHELL_LINE"' | cut -f 1 >"$T/out"
}
export SOURCE

in_zsh pool cr
is "$T/out" <<-END
create
END
in_fish "calico-ipamctl pool cr"
is "$T/out" <<-END
create
END
in_zsh pool create --ci
is "$T/out" <<-END
--cidr
END
in_fish "calico-ipamctl pool create --ci"
is "$T/out" <<-END
--cidr
END
in_zsh ''
says "$T/out" doctor
in_fish "calico-ipamctl "
says "$T/out" doctor
in_zsh show --output js
says "$T/out" json
in_fish "calico-ipamctl show --output js"
says "$T/out" json

say_files() {
	touch "$T/10-net.conflist"
	for words in --config -c export import map 'apply -f' 'check --report'; do
		in_zsh $words "$T/10"
		says "$T/out" files
		in_fish "calico-ipamctl $words $T/10"
		says "$T/out" "$T/10-net.conflist"
	done
}
say_files
