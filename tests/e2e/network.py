"""A network of a test's own, in which links fail.

The thread enters a namespace that has nothing but a loopback; what it starts
is in it as well. That takes root, and nft, ip, tc and ss; where something is
missing the test says so and is skipped."""
import contextlib
import ctypes
import os
import shutil
import subprocess

import pytest

import harness

NEW_NETWORK = 0x40000000
TOOLS = ("ip", "nft", "tc", "ss", "nsenter")
libc = ctypes.CDLL(None, use_errno=True)


def enter(descriptor):
    if libc.setns(descriptor, NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(*command, text=None):
    """What the kernel does not have, the test cannot use."""
    done = subprocess.run(command, input=text, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"SKIP: {' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """The namespace; entered."""

    def __init__(self):
        missing = [tool for tool in TOOLS if not shutil.which(tool)]
        if missing:
            pytest.skip(f"SKIP: {', '.join(missing)} not there")
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if libc.unshare(NEW_NETWORK) != 0:
            os.close(self.home)
            pytest.skip("SKIP: no network of its own: "
                        + os.strerror(ctypes.get_errno()))
        self.here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.keeper = None
        run("ip", "link", "set", "lo", "up")

    def leave(self):
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
        enter(self.home)
        os.close(self.here)
        os.close(self.home)

    def drop(self, *ports, when=""):
        """Packets from and to these ports are lost; `when`, as nft has
        it."""
        ports = ", ".join(str(p) for p in ports)
        run("nft", "-f", "-", text=f"""table inet faults {{
            chain out {{
                type filter hook output priority 0; policy accept;
                tcp dport {{ {ports} }} {when} drop
                tcp sport {{ {ports} }} {when} drop
            }}
        }}""")

    def heal(self):
        run("nft", "delete", "table", "inet", "faults")

    def kill_connections(self, which):
        run("ss", "-K", "-t", "state", "established", which)

    # --- a neighbour ------------------------------------------------

    def add_neighbour(self, ours, theirs):
        """A second namespace, behind a link that can be slowed."""
        self.keeper = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        inside = f"/proc/{self.keeper.pid}/ns/net"
        harness.wait_until(lambda: os.readlink(inside) !=
                           os.readlink("/proc/thread-self/ns/net"))
        there = ("nsenter", "-t", str(self.keeper.pid), "-n")
        run("ip", "link", "add", "near", "type", "veth", "peer", "name",
            "far")
        run("ip", "link", "set", "far", "netns", str(self.keeper.pid))
        run("ip", "address", "add", ours + "/24", "dev", "near")
        run("ip", "link", "set", "near", "up")
        run(*there, "ip", "address", "add", theirs + "/24", "dev", "far")
        run(*there, "ip", "link", "set", "far", "up")

    def slow_down(self, rate):
        run("tc", "qdisc", "add", "dev", "near", "root", "tbf", "rate",
            rate, "burst", "32kbit", "latency", "400ms")

    def speed_up(self):
        run("tc", "qdisc", "delete", "dev", "near", "root")

    @contextlib.contextmanager
    def at_neighbours(self):
        """Sockets that are made meanwhile are there."""
        there = os.open(f"/proc/{self.keeper.pid}/ns/net", os.O_RDONLY)
        try:
            enter(there)
            yield
        finally:
            enter(self.here)
            os.close(there)
