# SPDX-License-Identifier: Apache-2.0
# What git says stands behind the project's version: nothing of a release, nothing without git or in
# somebody else's repository; and all executables say the same.
. "$SOURCE/tests/ctl/ctl.inc.sh"

command -v git >/dev/null || skip "no git"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x \
	GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x
repo=$T/repo

# build PATTERN: what is written for the repository, as a shell's pattern.
build() {
	cmake -DSOURCE="$repo" -DTAG=v1.2.3 -DOUT="$T/version.c" -P "$SOURCE/base/version.cmake"
	got=$(sed -n 's/^const char version_build\[\] = "\(.*\)";$/\1/p' "$T/version.c")
	case $got in
	$1) ;;
	*) fail "it is \"$got\", not $1" ;;
	esac
}

git() {
	command git -C "$repo" -c commit.gpgsign=false "$@" >/dev/null
}

mkdir "$repo"
build ''
git init -q
echo one >"$repo/file"
git add file
git commit -q -m one
build '+g[0-9a-f][0-9a-f][0-9a-f]*'
git tag v1.2.3
build ''
touch -d '2020-01-01' "$T/version.c"
build ''
[ "$(stat -c %Y "$T/version.c")" = "$(date -d 2020-01-01 +%s)" ] || fail "what is the same is written again"
echo two >"$repo/file"
build '+dirty'
git commit -q -a -m two
build '+1.g[0-9a-f]*'
echo three >"$repo/file"
build '+1.g*.dirty'
mkdir "$repo/within"
repo=$repo/within
build ''

exits 0 "$PLUGIN" --version
version=$(cat "$T/out")
exits 0 "$CTL" --version
is "$T/out" <<-END
calico-ipamctl $version
END
exits 0 "$BUILD/openstack/calico-dhcp-agent" --version
is "$T/out" <<-END
calico-dhcp-agent $version
END
exits 0 "$BUILD/deploy/calico-ipam-install" --version
is "$T/out" <<-END
$version
END
