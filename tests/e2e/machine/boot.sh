#!/bin/bash
# A private copy of this machine, booted: systemd as process 1 over an overlay
# of / that is thrown away, with a network, processes and control groups of
# its own. Runs one command in it as root, then ends.
# usage: boot.sh WORK TREE COMMAND...
#   WORK  an empty folder; what the command prints is WORK/output
#   TREE  the project, to be seen at the same place, read-only
set -euo pipefail
work=$1 tree=$2
shift 2

if [ "${BOOT_INSIDE:-}" != yes ]; then
	name=warmpath-test-$$
	for at in /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ -e "$at/cgroup.procs" ] && break
	done
	mkdir "$at/$name"
	# What is left of it is empty: its processes are gone.
	trap 'find "$at/$name" -depth -type d -exec rmdir {} + || true' EXIT
	(
		echo $BASHPID > "$at/$name/cgroup.procs"
		BOOT_INSIDE=yes exec unshare --mount --pid --net --cgroup --ipc \
			--uts --fork --kill-child "$0" "$work" "$tree" "$@"
	)
	exit
fi

root=$work/root
mount --make-rprivate /
mkdir "$root" "$work/layer"
mount -t tmpfs tmpfs "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay overlay "$root" -o \
	"lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
# The unified hierarchy alone: with the old one, systemd in a container does
# not wait for a process that another has put in its place.
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/$tree" "$root/machine"
mount --bind "$work" "$root/machine"
mount --bind "$tree" "$root/$tree"
mount -o remount,bind,ro "$root/$tree"
# Nothing of the boot goes to the real console.
: > "$work/console"
mount --bind "$work/console" "$root/dev/console"
ip link set lo up

cat > "$root/etc/systemd/system/test.target" <<'END'
[Unit]
Requires=test.service
After=test.service
END
{
	printf '[Unit]\nDefaultDependencies=no\nAfter=sysinit.target\n'
	printf '[Service]\nType=oneshot\nTimeoutStartSec=240\n'
	printf 'StandardOutput=file:/machine/output\n'
	printf 'StandardError=file:/machine/output\n'
	printf 'Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1\n'
	printf 'WorkingDirectory=%s\nExecStart=%s\n' "$tree" "$*"
	printf 'ExecStopPost=/bin/systemctl exit\n'
} > "$root/etc/systemd/system/test.service"
# Not chroot: under it the kernel lets no service have users of its own.
mkdir "$root/old"
cd "$root"
pivot_root . old
umount --lazy /old
exec /usr/bin/env -i container=other \
	PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --unit=test.target --log-target=console \
	--show-status=0
