#!/bin/sh
# Unpacks Debian's Prometheus into build/prometheus, for the tests that ask
# one. It is not installed: that would start a service. Where it cannot be
# had, those tests say that they did not run.
# usage: tools/prometheus.sh
set -eu

to=build/prometheus
[ ! -x "$to/usr/bin/promtool" ] || exit 0
command -v promtool >/dev/null && command -v prometheus >/dev/null && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || exit 0

mkdir -p build
room=$(mktemp -d build/prometheus.XXXXXX)
trap 'rm -rf "$room"' EXIT
fetch() (cd "$room" && timeout 60 apt-get download -qq prometheus 2>&1)
as_root=
[ "$(id -u)" -eq 0 ] || as_root='sudo -n'

said=$(fetch) ||
	said=$($as_root timeout 60 apt-get update -qq 2>&1 && fetch) || {
	echo "prometheus: not to be had, its tests will not run: $said"
	exit 0
}
dpkg -x "$room"/prometheus_*.deb "$room/tree"
# Another may have been faster; it has the same.
mv -T "$room/tree" "$to" 2>/dev/null || [ -x "$to/usr/bin/promtool" ]
