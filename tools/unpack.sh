#!/bin/sh
# Unpacks a package of Debian's into build/PACKAGE, for the tests that want
# its programs. It is not installed: that would start a service, or be asked
# of people who only want to build. Where it cannot be had, those tests say
# that they did not run.
# usage: tools/unpack.sh PACKAGE PROGRAM...
set -eu

package=$1 to=build/$1
shift
[ ! -d "$to" ] || exit 0
missing=
for program; do
	command -v "$program" >/dev/null || missing=yes
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || exit 0

mkdir -p build
room=$(mktemp -d "$to.XXXXXX")
trap 'rm -rf "$room"' EXIT
fetch() (cd "$room" && timeout 60 apt-get download -qq "$package" 2>&1)
as_root=
[ "$(id -u)" -eq 0 ] || as_root='sudo -n'

said=$(fetch) ||
	said=$($as_root timeout 60 apt-get update -qq 2>&1 && fetch) || {
	echo "$package: not to be had, its tests will not run: $said"
	exit 0
}
dpkg -x "$room/$package"_*.deb "$room/tree"
# Another may have been faster; it has the same.
mv -T "$room/tree" "$to" 2>/dev/null || [ -d "$to" ]
