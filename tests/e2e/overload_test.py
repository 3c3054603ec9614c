"""Little memory, no descriptors: who is turned away then, what goes on, and
that it passes by itself."""
import json
import os
import resource
import select
import signal
import subprocess
import tempfile
import time

import pytest

import harness
from accounts import cpu_seconds, open_fds, resident_bytes
from books import FAST, STEADY, Cut, Front, chat, completion, config
from harness import SLOW

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)
MIB = 1 << 20


@pytest.fixture
def lone(fleet, front):
    """lone(options, **top): a gateway on one worker."""
    def make(options=None, **top):
        return front(fleet(1, **(options or FAST)), **{**ONE, **top})
    return make


def begin_stream(g, **more):
    """A stream whose first tokens have come."""
    s = g.raw(CHAT, chat("tell me", stream=True, **more))
    while s.pending.count(b"data: ") < 3:
        s.pending += s.socket.recv(65536)
    return s


def reload(g, **top):
    with open(g.config_path, encoding="utf-8") as f:
        settings = json.load(f)
    done = g.stderr().count("is in force")
    g.write_config({**settings, **top})
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: g.stderr().count("is in force") > done, 10,
                       "the reload")


def ask_over_http2(g, *more):
    """What curl makes of an answer before the request's end is its own."""
    g.sent += 1
    subprocess.run(
        ["curl", "-s", "-o", os.devnull, "--http2-prior-knowledge", *more,
         "http://%s:%d%s" % (*g.address, CHAT)], check=False)


# --- memory -----------------------------------------------------------

def squeeze(g, share):
    """Allows so much that what it uses now is this share of it."""
    used = resident_bytes(g.pid)
    reload(g, overload={"max_memory": int(used / share)})


def pressure(g):
    return g.metrics().value("warmpath_memory_pressure")


def ballast(g):
    """Most of a long body: next to it, what a connection takes is little."""
    raw = harness.Raw(g.address)
    g.sent += 1
    return raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                    b"Content-Length: 30000000\r\n\r\n" +
                    b" " * 29000000)


def test_under_pressure_bodies_are_refused_and_streams_go_on(lone):
    g = lone(STEADY)
    held = [ballast(g), ballast(g)]
    harness.wait_until(
        lambda: resident_bytes(g.pid) > g.opening.resident + 55 * MIB, 10,
        "the ballast")
    stream = begin_stream(g, max_tokens=60)
    squeeze(g, 0.915)
    harness.wait_until(lambda: pressure(g) == 1, 5, "pressure")
    with harness.Raw(g.address) as raw:
        g.sent += 1
        raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Content-Length: 20000000\r\n\r\n{")  # the rest unsent
        answer = raw.read_answer()
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["connection"] == "close"
        assert answer.json()["error"]["code"] == "overloaded"
    ask_over_http2(g, "-d", json.dumps(chat("hello")))
    ask_over_http2(g)  # has no body
    assert g.get("/v1/models").status == 200
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    for raw in held:
        raw.socket.close()
    squeeze(g, 0.3)
    harness.wait_until(lambda: pressure(g) == 0, 5, "its end")
    assert g.post(CHAT, chat("and now")).status == 200
    shed = [x for x in g.lines(g.sent) if x["outcome"] == "shed"]
    assert [x["why"] for x in shed] == ["memory"] * 2
    assert [x.get("protocol") for x in shed] == [None, "h2"]
    harness.settles(lambda: g.metrics().value("warmpath_shed_total",
                    reason="memory"), 2)


def test_at_the_brink_idle_clients_go_and_nobody_is_let_in(lone):
    g = lone(STEADY)
    # Still there when what is used has been looked at: once a second.
    stream = begin_stream(g, max_tokens=150 if SLOW == 1 else 300,
                          ignore_eos=True)
    idle = harness.Raw(g.address).send(
        b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
    g.sent += 1
    assert idle.read_answer().status == 200
    squeeze(g, 0.99)
    assert idle.is_closed()
    assert pressure(g) == 2
    # In the backlog, where it costs nothing here.
    waiting = harness.Raw(g.address).send(
        b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
    assert not waiting.is_closed(within=0.3 / SLOW) and not waiting.pending
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    # With nobody left to wait for, it is answered all the same.
    g.sent += 1
    assert waiting.read_answer().status == 200
    waiting.socket.close()
    harness.settles(
        lambda: g.stderr().count("memory pressure is critical"), 1)


@pytest.mark.skipif(SLOW > 1, reason="SKIP: a sanitizer keeps what is freed")
def test_bodies_beyond_the_bound_are_shed_and_memory_stays(fleet, front):
    """Clients that send much of long bodies, and never their ends."""
    g = front(fleet(1, **FAST), **ONE)
    reload(g, overload={"max_memory": resident_bytes(g.pid) + 40 * MIB})
    raws = []

    def is_shed():
        raw = harness.Raw(g.address)
        g.sent += 1
        raws.append(raw)
        raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Content-Length: 30000000\r\n\r\n")
        time.sleep(0.15)  # for a look at what is used
        ready, _, _ = select.select([raw.socket], [], [], 0)
        if not ready and pressure(g) < 2:
            raw.send(b" " * (1500 << 10))
        return ready or pressure(g) == 2
    harness.wait_until(is_shed, 20, "a refusal")
    # Where the machine was slow to look, nobody is let in by now.
    assert pressure(g) == 2 or raws[-1].read_answer().status == 503
    held = g.metrics().value("warmpath_memory_bytes", owner="bodies")
    assert held > 20 * MIB
    assert resident_bytes(g.pid) < g.opening.resident + 60 * MIB
    for raw in raws:
        raw.socket.close()
    harness.wait_until(lambda: pressure(g) == 0, 10, "its end")
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_memory_bytes", owner="bodies") == 0, 5, "nothing held")
    assert g.post(CHAT, chat("and now")).status == 200


# --- descriptors ------------------------------------------------------

class Few(Front):
    """A gateway that may open 64 descriptors, from its start on."""

    def __init__(self, workers, **top):
        self.workers, self.sent = workers, 0
        self.settings = config(workers, **top)
        self.config_dir = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.config_path = os.path.join(self.config_dir.name, "c.yaml")
        self.write_config(self.settings)
        harness.Program.__init__(self, [
            "prlimit", "--nofile=64:64", harness.binary("warmpath"),
            "--config", self.config_path])


def test_it_lets_in_whom_it_has_descriptors_for(programs, fleet):
    g = programs.start(Few, fleet(1, **STEADY), threads=1)
    room = int(g.metrics().value("warmpath_max_connections"))
    assert 1 <= room < 32
    g.says("raise the limit on open files")
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10)
    stream = begin_stream(g, max_tokens=100)
    crowd = [harness.Raw(g.address) for _ in range(60)]
    answers = [raw.read_answer() for raw in crowd[room:]]
    assert {a.status for a in answers} == {503}
    assert {a.headers["retry-after"] for a in answers} == {"1"}
    before = cpu_seconds(g.pid)
    time.sleep(0.5)
    assert cpu_seconds(g.pid) - before < 0.1 * SLOW
    assert open_fds(g.pid) <= 64
    for raw in crowd:
        raw.socket.close()
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    assert g.post(CHAT, chat("and now")).status == 200
    assert g.metrics().value("warmpath_shed_total",
                             reason="descriptors") > 60 - room


def test_when_the_last_descriptor_is_gone_it_says_so_and_recovers(lone):
    """The limit falls while it runs, below what it had counted on."""
    g = lone(STEADY)
    stream = begin_stream(g, max_tokens=80)
    limit = open_fds(g.pid) + 2
    resource.prlimit(g.pid, resource.RLIMIT_NOFILE, (limit, 20000))
    crowd = [harness.Raw(g.address) for _ in range(40)]
    # Some are in and silent; all others are told.
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_shed_total", reason="descriptors") >= 36, 10, "words")
    assert crowd[-1].read_answer().status == 503
    for raw in crowd:
        raw.socket.close()
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    harness.wait_until(
        lambda: g.metrics().value("warmpath_open_connections") == 0, 5)
    assert g.post(CHAT, chat("and now")).status == 200


def test_a_worker_that_cannot_be_reached_for_want_of_one_is_not_to_blame(
        lone):
    g = lone()
    with harness.Raw(g.address) as raw:
        raw.send(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        g.sent += 1
        assert raw.read_answer().status == 200
        resource.prlimit(g.pid, resource.RLIMIT_NOFILE, (3, 20000))
        body = json.dumps(chat("hello")).encode()
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        g.sent += 1
        answer = raw.read_answer()
        assert answer.status == 503 and answer.headers["retry-after"]
        resource.prlimit(g.pid, resource.RLIMIT_NOFILE, (20000, 20000))
    line = g.lines(2)[1]
    assert (line["outcome"], line["why"]) == ("shed", "descriptors")
    assert "trying another" not in g.stderr()
    assert g.post(CHAT, chat("and now")).status == 200
