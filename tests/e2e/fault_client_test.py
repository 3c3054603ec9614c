"""Clients that leave, stall and dawdle: what workers and the gateway are
left with."""
import resource
import socket
import struct
import time

import pytest

import harness
from accounts import cpu_seconds, held, open_fds, resident_bytes
from books import FAST, STEADY, Cut, chat, completion, fault, state

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)


@pytest.fixture
def lone(fleet, front):
    """lone(options, **top): a gateway on one worker."""
    def make(options=None, **top):
        return front(fleet(1, **(options or FAST)), **{**ONE, **top})
    return make


def wait_aborts(g, n):
    """Long before its answer would have ended."""
    harness.wait_until(lambda: state(g.workers[0])["aborts"] == n, 5,
                       f"{n} aborts")
    harness.wait_until(lambda: not held(g.metrics()), 5, "gauges at 0")


def read_some(stream, mark=b"data: ", n=3):
    while stream.pending.count(mark) < n:
        stream.pending += stream.socket.recv(65536)


def reset(raw):
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
    raw.socket.close()


def close(raw):
    raw.socket.close()


def half_close(raw):
    raw.socket.shutdown(socket.SHUT_WR)


# --- leaving ----------------------------------------------------------

@pytest.mark.parametrize("leave", [close, reset, half_close])
def test_a_client_that_leaves_mid_stream_frees_its_worker(lone, leave):
    g = lone(STEADY)
    stream = g.raw(CHAT, chat("hello", stream=True, max_tokens=2000))
    read_some(stream)
    leave(stream)
    wait_aborts(g, 1)
    line, = g.lines(1)
    assert line["outcome"] == "client_gone"
    harness.settles(lambda: g.metrics().value("warmpath_requests_total",
                    outcome="client_gone"), 1)


@pytest.mark.parametrize("leave", [close, reset])
def test_a_client_that_leaves_during_prefill_frees_its_worker(lone, leave):
    g = lone()
    fault(g.workers[0], "slow", ms=20000)
    raw = g.raw(CHAT, chat("hello"))
    harness.wait_until(lambda: state(g.workers[0])["faults"] == 1, 5,
                       "the request's arrival")
    leave(raw)
    wait_aborts(g, 1)
    assert g.lines(1)[0]["outcome"] == "client_gone"


def test_a_client_that_leaves_the_queue_is_never_served(fleet, front):
    workers = fleet(1, **STEADY)
    limited = [{**w.config(), "max_inflight": 1} for w in workers]
    g = front(workers, model={"workers": limited}, **ONE)
    first = g.raw(CHAT, chat("hello", stream=True, ignore_eos=True,
                             max_tokens=60 * harness.SLOW))
    read_some(first)
    second = g.raw(CHAT, chat("me too"))
    harness.wait_until(
        lambda: g.metrics().value("warmpath_queued_requests") == 1, 5,
        "its queueing")
    second.socket.close()
    harness.wait_until(
        lambda: g.metrics().value("warmpath_queued_requests") == 0, 5,
        "its leaving")
    assert Cut(first.read_all()).events()[-1] == "[DONE]"
    assert g.post(CHAT, chat("and now")).status == 200
    assert state(workers[0])["received"] == 2
    assert sorted(x["outcome"] for x in g.lines(3)) == \
        ["client_gone", "ok", "ok"]


def test_a_client_that_leaves_while_its_worker_hangs_is_not_retried(
        fleet, front):
    g = front(fleet(2, **FAST), **ONE)
    for w in g.workers:
        fault(w, "hang", count=-1)
    raw = g.raw(CHAT, chat("hello"))
    harness.wait_until(
        lambda: sum(state(w)["received"] for w in g.workers) == 1, 5,
        "its arrival")
    raw.socket.close()
    harness.wait_until(
        lambda: sum(state(w)["aborts"] for w in g.workers) == 1, 5, "abort")
    time.sleep(0.1)  # for a second try, were there one
    assert sum(state(w)["received"] for w in g.workers) == 1


def test_many_clients_that_leave_leave_nothing(lone):
    g = lone(STEADY)
    streams = [g.raw(CHAT, chat(f"hello {i}", stream=True, max_tokens=2000))
               for i in range(40)]
    for s in streams[:20]:
        read_some(s)
    for i, s in enumerate(streams):
        (close, reset)[i % 2](s)
    harness.wait_until(
        lambda: state(g.workers[0])["aborts"] ==
        state(g.workers[0])["received"], 5, "aborts")
    assert {x["outcome"] for x in g.lines(40)} == {"client_gone"}


# --- dawdling ---------------------------------------------------------

# Tokens are made far faster than they are taken.
ENDLESS = dict(block_size=16, profile="fast", speed=1000,
               num_gpu_blocks=60000)
FLOOD = 60000  # tokens


def flood(g, **more):
    return g.raw("/v1/completions", completion(
        [1, 2, 3], stream=True, max_tokens=FLOOD, ignore_eos=True),
        receive_bytes=4096, timeout=20, **more)


def test_a_client_that_does_not_read_is_not_buffered_for(lone):
    g = lone(ENDLESS, limits={"stream_buffer": "64KiB"},
             timeouts={"write_stall": "2s"})
    g.post("/v1/completions", completion([1, 2, 3]))
    before = resident_bytes(g.pid)
    stalled = [flood(g) for _ in range(3)]
    # What the worker has said by then is many times what may be kept.
    harness.wait_until(lambda: made_tokens(g) >= 3 * FLOOD * 0.9, 30,
                       "the flood")
    grown = resident_bytes(g.pid) - before
    # It gave up on them, and a reading client is still served.
    harness.wait_until(lambda: not held(g.metrics()), 10, "write stalls")
    lines = g.lines(4)[1:]
    assert {x["outcome"] for x in lines} == {"client_gone"}
    for line in lines:
        assert 2 <= line["duration_s"]
    if harness.SLOW == 1:  # a sanitizer keeps what is freed
        assert grown < 8 * 1024 * 1024
    for s in stalled:
        rest = s.read_all()
        assert b"[DONE]" not in rest and not rest.endswith(b"0\r\n\r\n")
    assert g.post("/v1/completions", completion([4, 5])).status == 200


def made_tokens(g):
    return g.workers[0].metrics().value("vllm:generation_tokens_total")


def test_a_slow_client_gets_every_byte(lone):
    # The simulated worker is silent itself while it makes so many tokens.
    silent_s = 2.5 if harness.SLOW == 1 else 8
    g = lone(ENDLESS, limits={"stream_buffer": "16KiB"},
             timeouts={"write_stall": f"{20 * harness.SLOW}s",
                       "between_bytes": f"{int(silent_s * 1000)}ms"})
    n = 30000  # more than the kernel keeps of it
    raw = g.raw("/v1/completions", completion(
        [1, 2, 3], stream=True, max_tokens=n, ignore_eos=True),
        receive_bytes=4096, timeout=20)
    # Longer than the worker may be silent: it is we who do not read it.
    time.sleep(silent_s + 1)
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    data = b""
    while more := raw.socket.recv(1 << 18):
        data += more
    answer = Cut(data)
    assert answer.whole
    events = answer.events()
    assert events[-1] == "[DONE]" and len(events) == n + 1
    assert g.lines(1)[0]["outcome"] == "ok"


def test_a_request_that_dawdles_in_is_told_so(lone):
    g = lone(timeouts={"header": "200ms", "body": "200ms"})
    for head, rest in ((b"POST /v1/completions HT", b""),
                       (b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                        b"Content-Length: 10\r\n\r\n", b"{")):
        g.sent += 1
        with harness.Raw(g.address) as raw:
            raw.send(head + rest)
            assert raw.read_answer().status == 408
            assert raw.is_closed()
    assert state(g.workers[0])["received"] == 0


def test_a_connection_that_says_nothing_is_closed_without_a_word(lone):
    g = lone(timeouts={"idle": "200ms"})
    with harness.Raw(g.address) as raw:
        assert raw.is_closed()
        assert raw.pending == b""


# --- too many ---------------------------------------------------------

def test_without_descriptors_it_waits_instead_of_spinning(lone):
    g = lone(STEADY)
    stream = g.raw(CHAT, chat("hello", stream=True, max_tokens=100))
    read_some(stream)
    limit = open_fds(g.pid) + 8
    resource.prlimit(g.pid, resource.RLIMIT_NOFILE, (limit, limit))
    crowd = [harness.Raw(g.address) for _ in range(30)]
    harness.wait_until(lambda: "pausing" in g.stderr(), 5, "a word of it")
    before = cpu_seconds(g.pid)
    time.sleep(1)
    assert cpu_seconds(g.pid) - before < 0.2 * harness.SLOW
    for raw in crowd:
        raw.socket.close()
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    assert g.post(CHAT, chat("and now")).status == 200
    # A word for each handful of the crowd that was let in, not for each
    # connection or each look.
    assert g.stderr().count("pausing") <= 8
