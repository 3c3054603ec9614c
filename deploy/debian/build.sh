#!/bin/sh
# Debian packages of a build that is there.
# usage: build.sh BUILD    writes BUILD/deb/*.deb; GATEWAY: another gateway
set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
version=$(cat "$source/VERSION")
tree=$build/deb/warmpath-$version

# The same programs give the same packages.
: "${SOURCE_DATE_EPOCH:=$(git -C "$source" log -1 --format=%ct 2>/dev/null ||
	date +%s)}"
export SOURCE_DATE_EPOCH

rm -rf "$build/deb"
mkdir -p "$tree"
cp -r "$source/deploy/debian" "$tree/debian"
cat > "$tree/debian/changelog" <<END
warmpath ($version) unstable; urgency=medium

  * See UPGRADING.md for what changes between versions.

 -- warmpath maintainers <maintainers@warmpath.io>  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
END
cd "$tree"
SOURCE=$source BUILD=$build dpkg-buildpackage -b -us -uc -nc -d \
	> "$build/deb/log" 2>&1 || { cat "$build/deb/log" >&2; exit 1; }
ls "$build"/deb/*.deb
rm -rf "$tree"
