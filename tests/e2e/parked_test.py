"""Connections that rest: they cost little, and are there when they are
needed."""
import json
import signal

import harness
from books import FAST, chat

CHAT = "/v1/chat/completions"
MANY = 700
# Spans of 64 KiB; that many take five while they talk.
RESTING_BYTES = 3 * 64 << 10


def ask(g, raw, text="hello"):
    body = json.dumps(chat(text)).encode()
    raw.send(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s"
             % (CHAT.encode(), len(body), body))
    g.sent += 1
    return raw


def rest(g, n):
    harness.settles(lambda: g.metrics().value("warmpath_resting_connections"),
                    n, 15)


def held(g):
    return g.metrics().value("warmpath_memory_bytes", owner="connections")


def test_who_has_rested_is_served_as_before(fleet, front):
    g = front(fleet(1, **FAST), threads=1)
    clients = [harness.Raw(g.address) for _ in range(MANY)]
    for raw in clients:
        assert ask(g, raw).read_answer().status == 200
    rest(g, MANY)
    assert g.metrics().value("warmpath_open_connections") == MANY
    harness.wait_until(lambda: held(g) <= RESTING_BYTES, 5, "less memory")
    # One leaves, one asks twice at once, one piece by piece, many once.
    clients.pop().socket.close()
    harness.settles(lambda: g.metrics().value("warmpath_open_connections"),
                    MANY - 1)
    ask(g, clients[0])
    for raw in clients[:MANY // 2]:
        assert ask(g, raw).read_answer().status == 200
    assert clients[0].read_answer().status == 200
    for piece in (b"GE", b"T /health HTTP/1.1\r\nHo", b"st: a\r\n\r\n"):
        clients[1].send(piece)
    g.sent += 1
    assert clients[1].read_answer().status == 200
    # A drain ends them all, but who has just asked is answered.
    g.signal(signal.SIGSTOP)
    last = ask(g, clients[-1])
    g.signal(signal.SIGTERM)
    g.signal(signal.SIGCONT)
    assert last.read_answer().status == 200
    for raw in clients:
        assert raw.is_closed()
        raw.socket.close()
    assert g.wait() == 0


def test_who_has_rested_for_too_long_is_let_go(fleet, front):
    # Long enough to be seen at rest before.
    idle_s = 5 if harness.SLOW == 1 else 10
    g = front(fleet(1, **FAST), threads=1, timeouts={"idle": f"{idle_s}s"})
    clients = [ask(g, harness.Raw(g.address)) for _ in range(3)]
    for raw in clients:
        assert raw.read_answer().status == 200
    rest(g, 3)
    for raw in clients:
        assert raw.is_closed(15)
        raw.socket.close()
