"""Workers that a DNS server of the trade tells of, dnsmasq: whatever becomes
of its records, or of itself, whoever asks the gateway is answered."""
import contextlib
import os
import socket
import subprocess
import tempfile
import threading

import pytest

import harness
from books import FAST, chat

DNSMASQ = harness.program_of("dnsmasq-base", "dnsmasq")
NAME, SERVICE = "vllm.test", "_vllm._tcp.test"


def runs():
    """A package that is only unpacked may lack libraries."""
    return DNSMASQ and subprocess.run(
        [DNSMASQ, "--version"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(
    not runs(), reason="NOT RUN: there is no dnsmasq that runs; "
    "tools/unpack.sh fetches it, unless it cannot be had")


class Dnsmasq(harness.Program):
    """It knows `hosts`, (name, address) of each, which hold for no time at
    all (--local-ttl), and the records that `options` make."""

    def __init__(self, hosts, options=(), port=None):
        self.port = port or harness.free_ports(1)
        self.folder = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.hosts_path = os.path.join(self.folder.name, "hosts")
        self.write(hosts)
        super().__init__(
            [DNSMASQ, "--no-daemon", "--conf-file=/dev/null", "--no-resolv",
             "--no-hosts", f"--addn-hosts={self.hosts_path}",
             "--local=/test/", "--local-ttl=0", f"--port={self.port}",
             "--listen-address=127.0.0.1", "--bind-interfaces", *options],
            announce=False)
        try:
            harness.wait_until(self.answers, 20, "dnsmasq's readiness")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.told()}") from None

    def answers(self):
        assert self.process.poll() is None, "dnsmasq has ended"
        socket.create_connection(("127.0.0.1", self.port)).close()
        return True

    def write(self, hosts):
        with open(self.hosts_path + ".new", "w", encoding="ascii") as f:
            f.writelines(f"{address} {name}\n" for name, address in hosts)
        os.replace(self.hosts_path + ".new", self.hosts_path)

    def now(self, *hosts):
        self.write(hosts)
        self.signal(1)

    def conf(self, name, **more):
        # A dot at the end: not a name of this machine's own domain.
        return {"dns": {"name": name + ".", "min_ttl": "100ms",
                        "max_ttl": "200ms", **more,
                        "servers": [f"127.0.0.1:{self.port}"]},
                "settle": "0s"}


@pytest.fixture
def answered(front):
    """answered(discover): a gateway that is asked one request after another
    as long as the test runs; each must be answered."""
    with contextlib.ExitStack() as ended:
        def start(discover):
            g = front([], {"discover": discover},
                      policy={"name": "round_robin"},
                      slow_start={"time": "0s"})
            harness.wait_until(
                lambda: g.admin_get("/readyz").status == 200, 10, "readiness")
            asked = Asked(g)
            ended.callback(asked.end)
            return asked
        yield start


class Asked:
    def __init__(self, g):
        self.g, self.answers = g, []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        while not self.stopping.is_set():
            self.answers.append(self.g.post("/v1/chat/completions",
                                            chat("on and on")))

    def end(self):
        self.stopping.set()
        self.thread.join()
        lost = [a for a in self.answers if a.status != 200]
        assert self.answers and not lost, lost

    def discovery(self):
        return self.g.admin_get("/discovery").json()["models"][0]

    def has(self, *urls, failure=None):
        """Waits until these are the workers, and why they may be old. Some
        requests are then answered by them."""
        def found():
            why = self.discovery()["failure"]
            return sorted(w["url"] for w in self.g.fleet()) == sorted(urls) \
                and (failure in (why or "") if failure else why is None)
        harness.wait_until(found, 10, f"{urls}, {failure}")
        n = len(self.answers) + 4
        harness.wait_until(lambda: len(self.answers) >= n, 10, "answers")


def test_addresses_change_vanish_and_return(programs, answered):
    port = harness.free_ports(1)
    a, b, c = (programs.start(harness.Worker, f"worker-{i}", port=port,
                              host=f"127.0.0.{i}", **FAST).url
               for i in (2, 3, 4))
    at = {url: (NAME, url.split("//")[1].split(":")[0]) for url in (a, b, c)}
    dns = programs.start(Dnsmasq, [at[a]])
    asked = answered(dns.conf(NAME, port=port))
    asked.has(a)
    dns.now(at[b], at[a])
    asked.has(a, b)
    dns.now(at[c])
    asked.has(c)
    dns.now()
    asked.has(c, failure="there is no name")
    dns.now(at[a], at[b])
    asked.has(a, b)
    dns.kill()
    asked.has(a, b, failure="no server has answered")
    programs.start(Dnsmasq, [at[c]], port=dns.port)
    asked.has(c)


def ipv6():
    with contextlib.suppress(OSError), \
            socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def test_services_and_both_families(programs, fleet, answered):
    """Those behind another name, and by IPv6 where there is that."""
    a, b = fleet(2, **FAST)
    c = programs.start(harness.Worker, "worker-2", **FAST, events=False,
                       host="::1" if ipv6() else "127.0.0.1")

    def service(name, w, priority=0):
        return f"--srv-host={SERVICE},{name}.test,{w.address[1]},{priority}"

    def start(*services, port=None):
        return programs.start(
            Dnsmasq, [("a.test", "127.0.0.1"), ("c.test", c.address[0])],
            ["--cname=b.test,a.test", *services], port)

    dns = start(service("a", a), service("b", b))
    asked = answered(dns.conf(SERVICE, type="srv"))
    asked.has(a.url, b.url)
    for services, workers in (
            ([service("c", c)], [c]),
            ([service("b", b, 1), service("a", a)], [a]),
            ([service("b", b), service("c", c)], [b, c])):
        dns.stop()
        dns = start(*services, port=dns.port)
        asked.has(*(w.url for w in workers))


@pytest.mark.skipif(not ipv6(), reason="NOT RUN: no IPv6 on loopback")
def test_addresses_of_ipv6(programs, fleet, answered):
    w = programs.start(harness.Worker, host="::1", events=False, **FAST)
    dns = programs.start(Dnsmasq, [(NAME, "::1"), (NAME, "127.0.0.1")])
    asked = answered(dns.conf(NAME, type="aaaa", port=w.address[1]))
    asked.has(w.url)
    dns.now((NAME, "127.0.0.1"))  # a name still, but none of this family
    asked.has(w.url, failure="names no worker")
