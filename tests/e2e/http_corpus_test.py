"""Every message of the corpus through the gateway: what comes back, and what
arrives at the worker."""
import re

import pytest

import harness
import http_corpus
from books import unchunk
from scripted import Scripted

PROBE = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
OWN = {"host", "content-length", "transfer-encoding", "connection",
       "x-request-id"}
GOOD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Content-Length: 4\r\n\r\n")


@pytest.fixture
def worker():
    with Scripted() as scripted:
        yield scripted


@pytest.fixture
def strict(programs, worker):
    """A gateway with the corpus's limits on one worker that records."""
    config = harness.fleet_config(
        [worker], threads=1, policy={"name": "round_robin"},
        # Whose preface is no request of HTTP/1.
        http2={"enabled": False},
        retries={"max_tries": 1}, limits=http_corpus.LIMITS,
        probe={"parity_interval": "0s"}, log={"access": False})
    g = programs.gateway(config)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
    return g


def told(faults):
    return "\n".join(faults[:40]) + f"\n{len(faults)} faults"


def headers_of(lines):
    """(name in small letters, value) of each."""
    for line in lines:
        name, _, value = line.partition(b":")
        yield (name.decode("latin-1").lower(),
               value.strip(b" \t").decode("latin-1"))


# --- requests ---------------------------------------------------------

class Client:
    """One case's connection; `interim` counts the 100s that came."""

    def __init__(self, address):
        self.raw, self.interim = harness.Raw(address), 0

    def read(self, method):
        while True:
            head = self.raw.read_until(b"\r\n\r\n")
            status = int(head[9:12])
            headers = dict(headers_of(head.split(b"\r\n")[1:]))
            if status >= 200:
                break
            self.interim += 1
        size = 0 if method == "HEAD" else int(headers["content-length"])
        while len(self.raw.pending) < size:
            more = self.raw.socket.recv(65536)
            assert more, "cut"
            self.raw.pending += more
        self.raw.pending = self.raw.pending[size:]
        return status, headers


def check_answers(client, case):
    for verdict in case.verdicts:
        if verdict.kind == "wait":
            client.raw.socket.shutdown(1)
            assert client.raw.read_all() == b"", "answered too early"
            return
        status, headers = client.read(verdict.method)
        assert status == verdict.status, f"answered {status}"
        says = headers.get("connection") == "close"
        assert says == verdict.close, f"close: {says}"
    if case.verdicts[-1].close:
        assert client.raw.read_all() == b"", "something follows"
    else:
        client.raw.send(PROBE)
        assert client.read("GET")[0] == 200, "the next is lost"


def expected(case):
    """(path, body) of what must arrive."""
    return [(case.sent_path or v.path,
             case.body_of(v) if case.sent_body is None else case.sent_body)
            for v in case.verdicts
            if v.kind == "accept" and v.method == "POST" and v.status == 200]


def check_headers(found, case):
    sent = list(headers_of(case.bytes.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]))
    drops = {name.lower() for name in case.drops}
    assert drops <= {name for name, _ in sent}, "a drop that was not sent"
    assert [x for x in found if x[0] in drops] == [], "it arrived"
    rest = [x for x in found if x[0] not in OWN]
    if len(case.verdicts) == 1:
        wanted = [x for x in sent if x[0] not in OWN | drops]
        assert rest == wanted, f"{rest}, not {wanted}"


def check_arrival(request, wanted, worker, case):
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    found = list(headers_of(lines[1:]))
    path, wanted_body = wanted
    assert lines[0] == b"POST %s HTTP/1.1" % path.encode(), lines[0]
    assert body == wanted_body, f"{body} arrived"

    def all_of(name):
        return [value for key, value in found if key == name]
    assert all_of("host") == ["%s:%d" % worker.address]
    assert all_of("content-length") == [str(len(body))]
    ids = all_of("x-request-id")
    assert len(ids) == 1 and re.fullmatch("req-[0-9a-f]{16}", ids[0]), ids
    assert ids[0].encode() not in case.bytes
    assert not all_of("transfer-encoding") and not all_of("connection")
    check_headers(found, case)


def check_request(g, worker, case, n_parts):
    del worker.requests[:]
    client = Client(g.address)
    size = len(case.bytes) // n_parts + 1
    with client.raw:
        for at in range(0, len(case.bytes), size):
            client.raw.send(case.bytes[at:at + size])
        check_answers(client, case)
    wanted = expected(case)
    assert len(worker.requests) == len(wanted), \
        f"{len(worker.requests)} arrived, not {len(wanted)}"
    for request, one in zip(worker.requests, wanted):
        check_arrival(request, one, worker, case)
    waits = b"xpect: 100" in case.bytes and b"/1.1" in case.bytes
    assert client.interim == (waits and len(wanted)), \
        f"{client.interim} times 100"


@pytest.mark.parametrize("n_parts", [1, 5])
def test_every_request_is_answered_and_sent_on_as_written(
        strict, worker, n_parts):
    worker.always = (GOOD + b"good", worker.KEEP)
    faults, n = [], 0
    for file in http_corpus.files("request"):
        for case in file.cases:
            n += 1
            try:
                check_request(strict, worker, case, n_parts)
            except (AssertionError, OSError) as error:
                faults.append(f"{case}: {error}")
    assert not faults, told(faults)
    assert n >= 400
    harness.settles(
        lambda: strict.metrics().value("warmpath_active_requests"), 0)


# --- answers ----------------------------------------------------------

class Told:
    """What a client was told; `whole` is what its framing says."""

    def __init__(self, data):
        head, mark, body = data.partition(b"\r\n\r\n")
        assert mark, f"no head: {data!r}"
        lines = head.split(b"\r\n")
        self.status, self.names = int(lines[0][9:12]), []
        headers = dict(headers_of(lines[1:]))
        self.names = list(headers)
        self.body, self.whole = body, True
        if headers.get("transfer-encoding") == "chunked":
            self.body, self.whole = unchunk(body)
        elif self.status not in (204, 304):
            self.whole = len(body) == int(headers["content-length"])
        assert not (self.status == 204 and "content-length" in headers), \
            "a length on a 204"


def ask(g):
    with harness.Raw(g.address) as raw:
        raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        return Told(raw.read_all())


def check_answer(g, worker, case, pieces):
    verdict, = case.verdicts
    parts = pieces if case.closes else (*pieces, worker.KEEP)
    worker.say(*parts)
    if verdict.kind == "nothing":
        worker.say(*parts)  # a pooled connection may be tried once more
    answer, before = ask(g), worker.connections
    if verdict.kind == "accept":
        assert answer.status == verdict.status, f"told {answer.status}"
        assert answer.whole, "told that it is cut"
        assert answer.body == case.body_of(verdict), f"told {answer.body!r}"
    else:
        assert answer.status == 502 or not answer.whole, \
            f"told {answer.status}, and that it is whole"
    del worker.script[:]
    worker.say(GOOD + b"next", worker.KEEP)
    assert ask(g).body == b"next", "the next is not its own"
    fresh = worker.connections - before
    again = verdict.kind == "accept" and not verdict.close
    assert fresh == (not again), f"{fresh} new connections for the next"


def test_every_answer_is_told_as_written(strict, worker):
    worker.say(GOOD + b"next", worker.KEEP)
    assert ask(strict).body == b"next"
    faults, n = [], 0
    for file in http_corpus.files("answer"):
        for case in file.cases:
            if case.to_head:
                continue  # no HEAD goes to a worker
            n += 1
            try:
                check_answer(strict, worker, case, (case.bytes,))
            except (AssertionError, OSError) as error:
                faults.append(f"{case}: {error}")
    assert not faults, told(faults)
    assert n >= 100
    harness.settles(
        lambda: strict.metrics().value("warmpath_active_requests"), 0)


def trickles(case):
    """What lies behind an answer is another test's, when it comes late."""
    verdict, = case.verdicts
    surplus = verdict.kind == "accept" and verdict.close and not case.closes
    return not surplus and not case.to_head and 1 < len(case.bytes) < 500


def test_every_answer_that_trickles_is_told_as_written(strict, worker):
    worker.say(GOOD + b"next", worker.KEEP)
    assert ask(strict).body == b"next"
    faults = []
    for file in http_corpus.files("answer"):
        for case in filter(trickles, file.cases):
            pieces = [case.bytes[i:i + 1]
                      for i in range(len(case.bytes))]
            try:
                check_answer(strict, worker, case, pieces)
            except (AssertionError, OSError) as error:
                faults.append(f"{case}: {error}")
    assert not faults, told(faults)


def test_a_clients_own_id_is_only_logged_if_it_is_safe(front, worker):
    worker.always = (GOOD + b"good", worker.KEEP)
    g = front([worker], threads=1, policy={"name": "round_robin"})
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
    ids = {"abc-1.2_3": True, "a" * 128: True, "a" * 129: False, "a b": False,
           "___prefill_addr_1": False, 'a"': False, "": False}
    for n, (one, safe) in enumerate(ids.items(), 1):
        answer = g.post("/v1/completions", {}, headers={"X-Request-Id": one})
        line = g.lines(n)[-1]
        assert line.get("client_request_id") == (one if safe else None)
        assert answer.headers["x-request-id"] == line["request_id"] != one
        assert one == "" or one.encode() not in worker.requests[-1]


def test_what_an_idle_connection_says_is_no_answer(strict, worker):
    worker.say(GOOD + b"mine", worker.KEEP)
    assert ask(strict).body == b"mine"
    peer, = worker.peers
    peer.sendall(GOOD + b"evil")
    # It is dropped: the worker sees its end.
    harness.wait_until(lambda: not worker.peers, 5, "its end")
    worker.say(GOOD + b"next", worker.KEEP)
    assert ask(strict).body == b"next"
