"""Workers that DNS tells of, and what becomes of them when it does not."""
import signal

import pytest

import harness
from books import FAST, chat
from dns_server import A, NXDOMAIN, SERVFAIL, SRV, DnsServer

CHAT = "/v1/chat/completions"
NAME = "vllm.test"
QUICK = dict(policy={"name": "round_robin"}, slow_start={"time": "0s"})


@pytest.fixture
def dns():
    with DnsServer() as dns:
        yield dns


def shows(g, *workers):
    wanted = sorted(w.url for w in workers)
    harness.wait_until(lambda: sorted(w["url"] for w in g.fleet()) == wanted,
                       10, f"the workers {wanted}")


def found(g):
    return g.admin_get("/discovery").json()["models"][0]


def fails(g, part):
    harness.wait_until(lambda: part in (found(g)["failure"] or ""), 10, part)


def recovers(g):
    harness.wait_until(lambda: found(g)["failure"] is None, 10, "recovery")


def ready(front, conf):
    g = front([], {"discover": conf}, **QUICK)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10,
                       "readiness")
    return g


def at(w, target):
    """An SRV record."""
    return 0, w.address[1], target


def test_records_come_and_go_and_no_failure_changes_anything(fleet, front,
                                                             dns):
    a, b, c = fleet(3, **FAST)
    dns.zone = {(NAME, SRV): [at(b, "b.test"), at(a, "a.test")],
                ("a.test", A): ["127.0.0.1"], ("b.test", A): ["127.0.0.1"]}
    g = ready(front, dns.conf(NAME, type="srv"))
    shows(g, a, b)
    assert found(g)["source"] == "dns"
    dns.zone[(NAME, SRV)] = [at(b, "b.test"), (1, 1, "a.test")]
    shows(g, b)
    for code, why in ((NXDOMAIN, "there is no name"), (SERVFAIL, "could"),
                      ([], "names no worker")):
        dns.zone[(NAME, SRV)] = code
        fails(g, why)
        shows(g, b)
        assert g.post(CHAT, chat("hello")).status == 200
        dns.zone[(NAME, SRV)] = [at(b, "b.test")]
        recovers(g)
    dns.garbage = b"\xc0\x0c"
    fails(g, "malformed")
    dns.garbage = None
    recovers(g)
    # What does not fit into a datagram is asked for again.
    dns.cut = True
    dns.zone[(NAME, SRV)] = [at(c, "a.test")]
    shows(g, c)
    assert (NAME, SRV, "tcp") in dns.asked
    assert g.post(CHAT, chat("hello")).status == 200


def test_addresses_have_the_port_that_is_written(fleet, front, dns):
    w, = fleet(1, **FAST)
    dns.zone[(NAME, A)] = ["127.0.0.1"]
    g = ready(front, {**dns.conf(NAME + ".", port=w.address[1]),
                      "worker": {"max_inflight": 3}})
    shows(g, w)
    assert g.fleet()[0]["max_inflight"] == 3
    dns.zone[(NAME, A)] = ["127.0.0.1", "127.0.0.2"]
    harness.wait_until(lambda: len(g.fleet()) == 2, 10, "another worker")
    dns.zone[(NAME, A)] = ["127.0.0.1"]
    shows(g, w)


def test_a_time_to_live_is_heeded(fleet, front, dns):
    w, = fleet(1, **FAST)
    dns.ttl = 3600
    dns.zone[(NAME, A)] = ["127.0.0.1"]
    g = ready(front, dns.conf(NAME, port=w.address[1], max_ttl="1h"))
    for _ in range(3):
        assert g.post(CHAT, chat("hello")).status == 200
    assert dns.asked == [(NAME, A, "udp")]


def test_silence_is_a_failure_and_not_the_gateways(fleet, front, dns):
    w, = fleet(1, **FAST)
    dns.silent = True
    g = front([w], {"discover": dns.conf(NAME, port=1)}, **QUICK)
    fails(g, "in time")
    assert g.post(CHAT, chat("hello")).status == 200


def test_a_server_that_says_nothing_over_tcp_is_not_waited_for(fleet, front,
                                                               dns):
    """As behind a firewall that knows of UDP alone."""
    w, = fleet(1, **FAST)
    dns.zone[(NAME, A)] = ["127.0.0.1"]
    dns.cut = dns.held = True
    g = front([], {"discover": dns.conf(NAME, port=w.address[1])}, **QUICK)
    fails(g, "in time")
    dns.held = False
    recovers(g)
    shows(g, w)
    asked = len(dns.holding)
    dns.held = True
    harness.wait_until(lambda: len(dns.holding) > asked, 10, "a question")
    g.signal(signal.SIGTERM)
    assert g.wait() == 0
