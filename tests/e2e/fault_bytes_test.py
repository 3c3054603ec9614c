"""Answers byte by byte: where they break, and what must not be believed."""
import json
import threading

import pytest

import harness
from books import Cut, assert_cut, chat
from scripted import Reset, Scripted

CHAT = "/v1/chat/completions"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
EVENTS = [b'data: {"choices":[{"delta":{"content":"one"}}]}\n\n',
          b'data: {"choices":[{"delta":{"content":"two"}}]}\r\n\r\n',
          b": a comment\n\n",
          b'event: x\ndata: {"choices":[]}\n\n',
          b"data: [DONE]\n\n"]


@pytest.fixture
def scripted(front):
    """A gateway on one scripted worker."""
    with Scripted() as worker:
        g = front([worker], threads=1, policy={"name": "round_robin"},
                  retries={"max_tries": 1}, probe={"parity_interval": "0s"})
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        g.worker_says = worker
        yield g


def chunked(pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)


def ask(g, **more):
    return Cut(g.raw(CHAT, chat("hello", stream=True), **more).read_all())


def error_of(event):
    return json.loads(event.split(b"data: ")[-1])["error"]


@pytest.mark.parametrize("how", ["chunked", "of a length"])
def test_a_stream_cut_at_any_byte_ends_in_one_clean_error(scripted, how):
    whole = b"".join(EVENTS)
    for at in range(1, len(whole)):
        head = HEAD + (b"Transfer-Encoding: chunked\r\n\r\n"
                       if how == "chunked" else
                       b"Content-Length: %d\r\n\r\n" % len(whole))
        body = whole[:at]
        scripted.worker_says.say(head + (chunked([body]) if how == "chunked"
                                         else body))
        answer = ask(scripted)
        assert answer.status == 200 and answer.whole is not True
        assert answer.body.startswith(body), at
        rest = answer.body[at:]
        # The error is an event of its own, whatever was cut.
        blank = rest[:len(rest) - len(rest.lstrip(b"\r\n"))]
        assert set(blank) <= set(b"\r\n")
        joined = (body + blank).replace(b"\r\n", b"\n") \
            .replace(b"\r", b"\n")
        assert joined.endswith(b"\n\n"), (at, joined[-9:])
        error = rest[len(blank):]
        assert error.startswith(b"data: ") and error.endswith(b"\n\n")
        assert error.count(b"\n\n") == 1
        assert error_of(error)["message"]
    outcomes = [x["outcome"] for x in scripted.lines(scripted.sent)]
    assert set(outcomes) == {"cut_visible"}


def test_a_stream_is_relayed_byte_for_byte_however_odd(scripted):
    odd = [b"", b"\n\n\n", b"data\n\n", b"data: {not json\n\ndata: [DO",
           b"\xff\xfe\x00 binary \r\r\n", b"data: [DONE]\n\ndata: more\n\n",
           b"x" * 300000]
    for body in odd:
        scripted.worker_says.say(
            HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = ask(scripted)
        assert (answer.status, answer.body) == (200, body)
        scripted.worker_says.say(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" +
            (chunked([body]) if body else b"") + b"0\r\n\r\n")
        answer = ask(scripted)
        assert (answer.status, answer.body) == (200, body)
        assert answer.whole
    assert {x["outcome"] for x in scripted.lines(2 * len(odd))} == {"ok"}


def test_an_answer_without_a_length_ends_with_its_connection(scripted):
    body = b"".join(EVENTS)
    scripted.worker_says.say(HEAD + b"Connection: close\r\n\r\n" + body)
    answer = ask(scripted)
    assert answer.whole and answer.body == body
    scripted.worker_says.say(
        HEAD + b"Connection: close\r\n\r\n" + body[:50], Reset)
    answer = ask(scripted)
    assert not answer.whole


def test_a_hundred_streams_reset_at_once_break_visibly(scripted):
    worker, go = scripted.worker_says, threading.Event()
    worker.always = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" +
                     chunked(EVENTS[:1]), lambda: go.wait(30), Reset)
    streams = [scripted.raw(CHAT, chat(f"{n}", stream=True))
               for n in range(100)]
    for s in streams:
        s.see(b"one")
    go.set()
    for s in streams:
        answer = Cut(s.read_all())
        assert answer.status == 200 and not answer.whole
        assert_cut(answer)
    lines = scripted.lines(100)
    assert {x["outcome"] for x in lines} == {"cut_visible"}
    worker.always = (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext",)
    harness.wait_until(
        lambda: scripted.fleet()[0]["health"] == "up", 5, "its health")
    assert ask(scripted).body == b"next"


SURPLUS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    b"x", b"\r\n",
]


@pytest.mark.parametrize("surplus", SURPLUS)
def test_bytes_behind_an_answer_are_nobodys_answer(scripted, surplus):
    worker = scripted.worker_says
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    worker.say(good + b"mine" + surplus, worker.KEEP)
    worker.say(good + b"next", worker.KEEP)
    assert ask(scripted).body == b"mine"
    assert ask(scripted).body == b"next"
    assert worker.connections == 2, "the first is not used again"


def test_a_connection_is_used_again_after_a_whole_answer(scripted):
    worker = scripted.worker_says
    for n in range(3):
        worker.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % n,
                   worker.KEEP)
    assert [ask(scripted).body for _ in range(3)] == [b"0", b"1", b"2"]
    assert worker.connections == 1


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 200,
    b"not http at all\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
    b"\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200000 + b"\r\n\r\n",
    b"",
], ids=[str(n) for n in range(9)])
def test_what_is_no_answer_is_a_502_in_our_words(scripted, answer):
    scripted.worker_says.say(answer)
    if answer == b"":  # a pooled connection may be tried once more
        scripted.worker_says.say(answer)
    got = ask(scripted)
    assert got.status == 502
    assert json.loads(got.body)["error"]["message"]
    assert scripted.lines(1)[-1]["outcome"] == "upstream_error"


def test_an_early_answer_is_passed_on_and_its_connection_dropped(scripted):
    """A worker that refuses a large body before it has read it."""
    worker = scripted.worker_says
    worker.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n"
               b"Connection: close\r\n\r\nno")
    answer = Cut(scripted.raw(CHAT, chat("x" * 3000000)).read_all())
    assert (answer.status, answer.body) == (413, b"no")


def test_a_1xx_before_the_answer_is_not_the_answer(scripted):
    scripted.worker_says.say(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    answer = ask(scripted)
    assert (answer.status, answer.body) == (200, b"ok")
