"""What is left when all is over: no memory, no descriptor, no load."""
import json
import os
import shutil
import subprocess
import time

import pytest

import harness
from accounts import held, open_fds, outcomes, resident_bytes
from books import FAST, chat, completion, config, fault

CHAT = "/v1/chat/completions"
VALGRIND = ["valgrind", "--quiet", "--leak-check=full",
            "--show-leak-kinds=definite,indirect,possible",
            "--errors-for-leak-kinds=definite,indirect,possible",
            "--error-exitcode=99", "--num-callers=30",
            "--track-fds=no"]


class UnderValgrind(harness.Gateway):
    """The gateway in valgrind, which takes some thirty times as long."""

    def __init__(self, settings):
        self.config_dir = harness.tempfile.TemporaryDirectory(
            prefix="warmpath-e2e-")
        self.config_path = os.path.join(self.config_dir.name, "warmpath.yaml")
        self.write_config(settings)
        harness.Program.__init__(
            self, [*VALGRIND, harness.binary("warmpath"), "--config",
                   self.config_path])


def every_kind(g, workers):
    """A few requests of each kind, faults among them."""
    text = "The garden wall was built by four neighbours. " * 20
    statuses = [
        g.get("/v1/models").status, g.get("/v1/models/none").status,
        g.get("/health").status, g.post("/sleep", {}).status,
        g.post(CHAT, chat(text)).status, g.post(CHAT, chat(text)).status,
        g.post(CHAT, chat("x", model="nobody")).status,
        g.post(CHAT, b"{").status,
        g.post("/v1/completions", completion(text)).status,
        g.post("/v1/completions", completion(list(range(200)))).status,
        g.post("/v1/completions", completion(["a", "b"])).status,
        g.post("/v1/embeddings", {"model": "demo", "input": "a"}).status,
        g.post(CHAT, chat("x", max_tokens=10 ** 9)).status,
    ]
    with g.stream(CHAT, chat(text, stream=True)) as s:
        assert list(s)[-1] == "[DONE]"
    fault(workers[0], "status", status=503, count=2)
    fault(workers[1], "reset", count=1)
    statuses += [g.post(CHAT, chat(f"{n}")).status for n in range(3)]
    for w in workers:
        fault(w, "clear")
        fault(w, "cut_midstream", after=2)
    with g.stream(CHAT, chat("cut", stream=True, max_tokens=9)) as s:
        assert "error" in json.loads(list(read_cut(s))[-1])
    with g.stream(CHAT, chat("left", stream=True, max_tokens=5000)) as s:
        next(iter(s))
    with harness.Raw(g.address) as raw:
        raw.send(b"nonsense\r\n\r\n")
        assert raw.read_answer().status == 400
    for path in ("/metrics", "/workers", "/config", "/readyz", "/"):
        statuses.append(g.admin_get(path).status)
    harness.request(g.admin, "POST", "/explain", chat(text))
    g.signal(harness.signal.SIGHUP)
    return statuses


def read_cut(stream):
    try:
        yield from stream
    except harness.http.client.IncompleteRead:
        pass


@pytest.mark.skipif(bool(os.environ.get("SAN")),
                    reason="SKIP: valgrind and sanitizers exclude each other")
@pytest.mark.skipif(not shutil.which("valgrind"),
                    reason="SKIP: valgrind is not there")
def test_a_drained_gateway_leaves_no_memory_and_made_no_error(programs):
    workers = programs.fleet(2, **FAST)
    g = programs.start(UnderValgrind, config(
        workers, {"tokenizer": "models/demo"}, threads=2, helpers=1,
        timeouts={"drain": "20s"}))
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 60)
    statuses = every_kind(g, workers)
    assert statuses.count(200) >= 10, statuses
    harness.wait_until(lambda: not held(g.metrics()), 20, "rest")
    g.signal(harness.signal.SIGTERM)
    assert g.wait(60) == 0, g.told()
    assert "==" not in g.stderr(), g.told()


def busy_clients(g, n):
    """n connections at a time, most of which ask; each ends as it likes."""
    raws = []
    for i in range(n):
        raw = harness.Raw(g.address)
        raws.append(raw)
        if i % 5 == 4:
            continue
        body = json.dumps(chat(f"hello {i}", stream=i % 2 == 0,
                               max_tokens=20)).encode()
        raw.send(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
                 b"Content-Type: application/json\r\n\r\n%s"
                 % (CHAT.encode(), len(body), body))
    return raws


def test_300_connections_leave_no_descriptor_and_no_load(fleet, gateway):
    workers = fleet(3, **FAST)
    g = gateway(config(workers, {"tokenizer": "models/demo"},
                       timeouts={"pool_idle": "500ms"}))
    harness.wait_until(lambda: all(
        w["health"] == "up" and w["trust"] == "exact"
        for w in g.admin_get("/workers").json()["workers"]), 20, "readiness")
    g.post(CHAT, chat("hello"))
    harness.wait_until(
        lambda: g.metrics().value("warmpath_open_connections") == 0)
    # Probes' connections come and go: the fewest that are seen count.
    before = fewest_fds(g)
    raws = busy_clients(g, 300)
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_open_connections") == 300, 10, "300 connections")
    for i, raw in enumerate(raws):
        if i % 3 == 0 and i % 5 != 4:
            raw.read_until(b"HTTP/1.1 200")
        raw.socket.close()
    harness.wait_until(
        lambda: g.metrics().value("warmpath_open_connections") == 0 and
        not held(g.metrics()), 10, "rest")
    ended = outcomes(g.metrics())
    assert sum(ended.values()) == 241, ended
    assert set(ended) <= {"ok", "client_gone"}
    harness.wait_until(lambda: open_fds(g.pid) <= before, 10,
                       f"{before} descriptors again")
    for w in g.admin_get("/workers").json()["workers"]:
        assert w["inflight"] == w["inflight_tokens"] == 0


def fewest_fds(g):
    end = time.monotonic() + 1.2 * harness.SLOW
    least = open_fds(g.pid)
    while time.monotonic() < end:
        least = min(least, open_fds(g.pid))
        time.sleep(0.01)
    return least


@pytest.mark.skipif(bool(os.environ.get("SAN")),
                    reason="SKIP: a sanitizer keeps what is freed")
def test_memory_does_not_grow_with_requests(backend, gateway):
    """A leak of 50 bytes a request would show."""
    g = gateway({"listen": ["127.0.0.1:0"], "admin": "127.0.0.1:0",
                 "threads": 1, "log": {"level": "error", "access": False},
                 "models": [{"name": "demo", "workers": [
                     {"url": "http://" + backend}]}]})
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
    load(g, 20000)
    before = resident_bytes(g.pid)
    load(g, 40000)
    assert resident_bytes(g.pid) - before < 2000 * 1000


@pytest.fixture
def backend():
    """Answers at once, a hundred times as fast as the simulated engine."""
    with subprocess.Popen([harness.binary("warmpath-bench"), "backend"],
                          stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())["listen"]
        process.terminate()


def load(g, n):
    done = subprocess.run(
        [harness.binary("warmpath-bench"), "load", "--target",
         "%s:%d" % g.address, "--connections", "16", "--units", str(n),
         "--ms", "60000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
