#!/bin/sh
# Installs what is missing of the Debian packages that a job needs.
# usage: tools/deps.sh [test|bench|parity|fuzz|deb|image|pictures]
set -eu

build="gcc make pkg-config libc6-dev libevent-dev libjansson-dev libssl-dev
	libnghttp2-dev libfyaml-dev libyaml-dev libzmq3-dev libxxhash-dev zlib1g-dev libc-ares-dev
	node-llhttp python3"
tests="libcmocka-dev clang-format-14 python3-pytest python3-zmq
	python3-msgpack python3-jinja2 python3-h2 curl git openssl iproute2 nftables
	libfaketime slowhttptest groff-base debhelper lintian
	python3-yaml binutils"
bench="libmsgpack-dev haproxy nginx-light linux-perf valgrind iproute2
	python3-zmq python3-msgpack python3-pip nghttp2-client openssl"
deb="debhelper"
image="buildah debootstrap python3-pytest"
parity="python3-pip"
fuzz="clang-14 libclang-rt-14-dev"
pictures="$tests chromium chromium-driver python3-pil"

case "${1:-}" in
'') want="$build" ;;
test) want="$build $tests" ;;
bench) want="$build $bench" ;;
parity) want="$build $parity" ;;
deb) want="$build $deb" ;;
image) want="$build $image" ;;
fuzz) want="$build $fuzz" ;;
pictures) want="$build $pictures" ;;
*) echo "deps: unknown job '$1'; one of test, bench, parity, fuzz, deb, image, pictures" >&2; exit 2 ;;
esac

missing=
for package in $want; do
	state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
	case "$state" in
	*'ok installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null || {
		echo "deps: not root and no sudo; install by hand:$missing" >&2
		exit 1
	}
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
