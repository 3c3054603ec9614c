"""HTTP/2 towards clients: what they are told, stream by stream."""
import json
import signal
import socket
import ssl
import subprocess
import time

import pytest

h2 = pytest.importorskip("h2", reason="SKIP: python3-h2 is not there")

import harness  # noqa: E402 (may be skipped)
import http2  # noqa: E402
import tenants  # noqa: E402
from accounts import held  # noqa: E402
from books import (FAST, STEADY, chat, completion, fault, said,  # noqa: E402
                   state)
from certificates import Authority  # noqa: E402
from scripted import Scripted  # noqa: E402

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)


@pytest.fixture
def lone(fleet, front):
    """lone(options, **top): a gateway on one worker."""
    def make(options=None, **top):
        return front(fleet(1, **(options or FAST)), **{**ONE, **top})
    return make


@pytest.fixture
def connect():
    """connect(gateway): a client; it is closed at the end."""
    made = []

    def make(g, *arguments, **more):
        made.append(http2.Client(g, *arguments, **more))
        return made[-1]
    yield make
    for client in made:
        client.close()


def curl(g, path, *arguments):
    g.sent += 1
    ran = subprocess.run(
        ["curl", "-sS", "-m", "20", "--http2-prior-knowledge",
         "-w", "\n%{http_version} %{http_code}", *arguments,
         "http://%s:%d%s" % (*g.address, path)], capture_output=True,
        text=True, check=True)
    return ran.stdout.rpartition("\n")[::2]


def resets(g, by):
    return g.metrics().value("warmpath_http2_resets_total", by=by)


def goaways(g, reason):
    return g.metrics().value("warmpath_http2_goaways_total", reason=reason)


# --- answers ----------------------------------------------------------

def test_curl_is_served(lone):
    g = lone()
    body, told = curl(g, CHAT, "-H", "content-type: application/json",
                      "-d", json.dumps(chat("hello")))
    assert told == "2 200" and json.loads(body)["choices"]
    body, told = curl(g, CHAT, "-N", "-d",
                      json.dumps(chat("hello", stream=True)))
    assert told == "2 200" and body.rstrip().endswith("data: [DONE]")
    assert curl(g, "/v1/models", "-I")[1] == "2 200"
    assert curl(g, "/nowhere")[1] == "2 404"
    assert [line["outcome"] for line in g.lines(4)] == \
        ["ok", "ok", "ok", "client_error"]
    assert {line["protocol"] for line in g.lines(4)} == {"h2"}


def test_an_answer_is_what_http_1_has_of_it(lone, connect):
    g = lone()
    client = connect(g)
    for path, method in (("/v1/models", "GET"), ("/health", "HEAD"),
                         ("/v1/models/none", "GET"), (CHAT, "DELETE")):
        s = client.answer(client.get(path, method=method))
        other = harness.request(g.address, method, path)
        g.sent += 1
        assert (s.status, s.data) == (other.status, other.body)
        own = {k for k in other.headers if k != "connection"}
        assert set(s.headers) == own


def test_streams_come_event_by_event(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    s = client.answer(client.post(CHAT, chat("hi", stream=True,
                                             max_tokens=50)))
    assert s.ended and s.events()[-1] == "[DONE]"
    assert len(s.pieces) >= 3  # 20 ms lie between two
    assert "transfer-encoding" not in s.headers
    assert "content-length" not in s.headers


def test_a_hundred_streams_go_at_a_time(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    ids = [client.post(CHAT, chat(f"number {n}", stream=True, max_tokens=5))
           for n in range(100)]
    answers = [client.answer(i) for i in ids]
    assert all(s.status == 200 and s.events()[-1] == "[DONE]"
               for s in answers)
    assert len({s.headers["x-request-id"] for s in answers}) == 100
    harness.settles(lambda: g.metrics().value("warmpath_connections_total",
                    protocol="h2"), 1)


def test_one_connection_serves_one_request_after_the_other(lone, connect):
    g = lone()
    client = connect(g)
    for n in range(30):
        s = client.answer(client.post(CHAT, chat(f"number {n}")))
        assert s.status == 200 and s.json()["choices"]


def test_a_body_may_come_in_any_pieces(lone, connect):
    g = lone()
    client = connect(g)
    body = json.dumps(chat("hello " * 300)).encode()
    stream = client.fields(client.head("POST", CHAT), end=False)
    for at in range(0, len(body), 97):
        client.data(stream, body[at:at + 97])
    client.data(stream, b"", end=True)
    assert client.answer(stream).status == 200


def test_a_large_body_passes_the_windows(lone, connect):
    g = lone()
    client = connect(g)
    stream = client.post("/v1/completions",
                         completion("word " * 400000, max_tokens=1))
    assert client.answer(stream).status in (200, 400)
    assert g.lines(1)[0]["bytes_in"] > 2000000


def test_the_preface_may_come_in_any_pieces(lone):
    g = lone()
    for cut in (1, 2, 3, 14, 23):
        with harness.Raw(g.address) as raw:
            raw.send(http2.PREFACE[:cut])
            time.sleep(0.01)
            raw.send(http2.PREFACE[cut:] + http2.frame(http2.SETTINGS))
            assert raw.socket.recv(9)[3] == http2.SETTINGS
    with harness.Raw(g.address) as raw:
        raw.send("PR")
        time.sleep(0.01)
        raw.send("OPFIND / HTTP/1.1\r\nHost: a\r\n\r\n")
        g.sent += 1
        assert raw.read_until(b"\r\n").startswith(b"HTTP/1.1 ")


def test_a_client_that_waits_for_100_gets_it(lone, connect):
    g = lone()
    client = connect(g)
    stream = client.fields(
        client.head("POST", CHAT, [("expect", "100-continue")]), end=False)
    s = client.streams[stream]
    client.until(lambda: s.interim, "the interim answer")
    assert s.interim == ["100"]
    client.data(stream, json.dumps(chat("hello")).encode(), end=True)
    assert client.answer(stream).status == 200


# --- what the worker is told ------------------------------------------

def test_the_worker_sees_a_request_of_http_1(front, connect):
    with Scripted() as worker:
        worker.always = [b"HTTP/1.1 200 OK\r\nX-Own: 1\r\n"
                         b"X-SMG-Worker: 1\r\nContent-Length: 2\r\n"
                         b"Connection: close\r\nKeep-Alive: 5\r\n\r\n{}"]
        g = front([worker], **ONE)
        client = connect(g)
        body = json.dumps(completion("x")).encode()
        stream = client.fields(client.head(
            "POST", "/v1/completions?a=b", [
                ("cookie", "a=1"), ("x-own", "2"), ("cookie", "b=2"),
                ("te", "trailers"), ("x-dp-rank", "3"),
                ("x-smg-target", "4"), ("accept-encoding", "gzip")]),
            end=False)
        client.h2.send_data(stream, body)
        client.h2.send_headers(stream, [("x-sum", "1")], end_stream=True)
        client.flush()
        s = client.answer(stream)
        assert s.status == 200 and s.data == b"{}"
        assert s.headers["x-own"] == "1"
        assert not {"connection", "keep-alive", "x-smg-worker"} & \
            set(s.headers)
        head, _, sent = worker.requests[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /v1/completions HTTP/1.1"
        headers = harness.lowered(x.split(": ", 1) for x in lines[1:])
        assert headers["cookie"] == "a=1; b=2"
        assert headers["x-own"] == "2"
        assert headers["content-length"] == str(len(body))
        assert not {"te", "x-dp-rank", "x-smg-target", "x-sum",
                    "accept-encoding", "transfer-encoding"} & set(headers)
        assert sent == body


# --- refusals ---------------------------------------------------------

HEAD = [(":method", "GET"), (":scheme", "http"), (":authority", "a"),
        (":path", "/v1/models")]
MALFORMED = {
    "no method": HEAD[1:],
    "no scheme": HEAD[:1] + HEAD[2:],
    "no path": HEAD[:3],
    "empty path": HEAD[:3] + [(":path", "")],
    "path with a blank": HEAD[:3] + [(":path", "/ HTTP/1.1")],
    "path with a line": HEAD[:3] + [(":path", "/\r\nx: y")],
    "no path at all": HEAD[:3] + [(":path", "v1/models")],
    "path twice": HEAD + [(":path", "/")],
    "a pseudo-header of answers": HEAD + [(":status", "200")],
    "a pseudo-header of nobody": HEAD + [(":who", "me")],
    "a pseudo-header behind": HEAD[:3] + [("a", "b"), HEAD[3]],
    "upper case": HEAD + [("X-Own", "1")],
    "a line in a value": HEAD + [("x", "1\r\ny: 2")],
    "a null in a value": HEAD + [("x", "1\0")],
    "a line in a name": HEAD + [("x\r\ny", "1")],
    "a blank at the end": HEAD + [("x", "1 ")],
    "connection": HEAD + [("connection", "close")],
    "transfer-encoding": HEAD + [("transfer-encoding", "chunked")],
    "upgrade": HEAD + [("upgrade", "h2c")],
    "te": HEAD + [("te", "gzip")],
    "another host": HEAD + [("host", "b")],
    "no host": HEAD[:2] + HEAD[3:],
    "a user in the host": HEAD[:2] + [(":authority", "u@a")] + HEAD[3:],
    "a length without a body": HEAD + [("content-length", "3")],
    "a length that is none": HEAD + [("content-length", "x")],
}


@pytest.fixture(scope="module")
def shared():
    """One gateway for those that only ask."""
    import accounts
    import books
    programs = harness.Programs()
    workers = programs.fleet(1, **FAST)
    g = programs.start(books.Front, workers, **ONE)
    yield g
    accounts.balance(g)
    faults = programs.stop()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_request_is_refused_and_no_other(shared, connect, what):
    client = connect(shared)
    s = client.answer(client.fields(MALFORMED[what]))
    assert s.status == 400
    assert s.json()["error"]["message"]
    client.until(lambda: s.reset is not None, "the reset")
    assert s.reset == http2.PROTOCOL_ERROR
    assert client.answer(client.get("/v1/models")).status == 200


@pytest.mark.parametrize("fields,status", [
    (HEAD[:3] + [(":path", "/" + "a" * 9000)], 414),
    (HEAD + [("x", "a" * 20000)], 431),
    (HEAD + [(f"x-{n}", "a" * 15000) for n in range(6)], 431),
    (HEAD + [(f"x-{n}", "") for n in range(120)], 431),
    ([(":method", "CONNECT"), (":authority", "a:1")], 501),
    ([(":method", "TRACE")] + HEAD[1:], 501),
    (HEAD + [("expect", "tea")], 417),
])
def test_limits_are_those_of_http_1(shared, connect, fields, status):
    client = connect(shared)
    client.h2.max_outbound_frame_size = 16384
    assert client.answer(client.fields(fields)).status == status
    assert client.answer(client.get("/v1/models")).status == 200


def test_a_body_over_the_limit_is_not_waited_for(lone, connect):
    g = lone(limits={"max_body": "64KiB"})
    client = connect(g)
    stated = client.fields(client.head(
        "POST", CHAT, [("content-length", "70000")]), end=False)
    s = client.answer(stated)
    assert s.status == 413
    client.until(lambda: s.reset is not None, "the reset")
    assert s.reset == http2.NO_ERROR
    stream = client.fields(client.head("POST", CHAT), end=False)
    client.h2.send_data(stream, b"x" * 16000)
    for _ in range(4):
        client.h2.send_data(stream, b"x" * 16000)
    client.flush()
    assert client.answer(stream).status == 413
    assert client.answer(client.get("/v1/models")).status == 200


@pytest.mark.parametrize("how", [
    ["-H", "Content-Length: 20000000"], ["-H", "Transfer-Encoding: chunked"]])
def test_who_still_sends_sees_the_answer(lone, tmp_path, how):
    """Also one that takes a reset for a failure, whatever came before."""
    g = lone(limits={"max_body": "64KiB"})
    large = tmp_path / "large"
    large.write_bytes(b"x" * 20000000)
    body, told = curl(g, CHAT, *how, "-X", "POST", "-T", str(large))
    assert told == "2 413" and "too large" in json.loads(body)["error"][
        "message"]


@pytest.mark.parametrize("length", [3, 500])
def test_a_body_must_have_its_length(shared, connect, length):
    client = connect(shared)
    stream = client.fields(client.head(
        "POST", CHAT, [("content-length", str(length))]), end=False)
    client.h2.send_data(stream, b"{}" * 20, end_stream=True)
    client.flush()
    s = client.answer(stream)
    assert s.status == 400 and "content-length" in s.data.decode()


@pytest.mark.parametrize("trailers", [
    [(":path", "/")], [("X-Sum", "1")], [("connection", "close")]])
def test_malformed_trailers_are_refused(shared, connect, trailers):
    client = connect(shared)
    stream = client.fields(client.head("POST", CHAT), end=False)
    client.h2.send_data(stream, b"{}")
    block = client.h2.encoder.encode(trailers)
    client.flush()
    client.raw(http2.frame(http2.HEADERS,
                           http2.END_STREAM | http2.END_HEADERS, stream,
                           block))
    assert client.answer(stream).status == 400


def test_it_can_be_switched_off(lone):
    g = lone(http2={"enabled": False})
    with harness.Raw(g.address) as raw:
        raw.send(http2.PREFACE)
        g.sent += 1
        assert raw.read_until(b"\r\n").startswith(b"HTTP/1.1 ")


# --- leaving, stalling, dawdling --------------------------------------

def test_a_cancelled_stream_frees_its_worker_and_no_other(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    stays = client.post(CHAT, chat("stay", stream=True, max_tokens=50))
    goes = client.post(CHAT, chat("go", stream=True, max_tokens=5000))
    client.until(lambda: client.streams[goes].data.count(b"data:") > 3,
                 "some events")
    client.cancel(goes)
    harness.wait_until(lambda: state(g.workers[0])["aborts"] == 1, 5,
                       "the abort")
    assert client.answer(stays).events()[-1] == "[DONE]"
    assert [line["outcome"] for line in g.lines(2)] == ["client_gone", "ok"]
    harness.settles(lambda: resets(g, "client"), 1)


def test_a_stream_is_cancelled_before_its_answer(lone, connect):
    g = lone()
    fault(g.workers[0], "slow", ms=20000)
    client = connect(g)
    stream = client.post(CHAT, chat("hello"))
    harness.wait_until(lambda: state(g.workers[0])["faults"] == 1, 5,
                       "the request's arrival")
    client.cancel(stream)
    harness.wait_until(lambda: not held(g.metrics()).get(
        "warmpath_worker_inflight"), 5, "the worker's release")
    assert g.lines(1)[0]["outcome"] == "client_gone"


def test_a_connection_that_goes_takes_its_streams_along(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    ids = [client.post(CHAT, chat(f"{n}", stream=True, max_tokens=5000))
           for n in range(5)]
    client.until(lambda: all(client.streams[i].data for i in ids),
                 "first events")
    client.close()
    harness.wait_until(lambda: state(g.workers[0])["aborts"] == 5, 5,
                       "the aborts")
    assert {line["outcome"] for line in g.lines(5)} == {"client_gone"}


def test_a_slow_reader_holds_up_its_own_stream_only(lone, connect):
    g = lone(limits={"stream_buffer": "4KiB"})
    client = connect(g, window=2000, thank=False)
    slow = client.post(CHAT, chat("slow", stream=True, max_tokens=400))
    s = client.streams[slow]
    client.until(lambda: len(s.data) == 2000, "a full window")
    for _ in range(20):
        assert client.answer(client.get("/v1/models")).status == 200
    assert len(s.data) == 2000 and not s.over
    # The worker waits for the client, not the gateway's memory.
    assert state(g.workers[0])["ranks"][0]["running"] >= 0
    client.thank = True
    client.h2.acknowledge_received_data(2000, slow)
    client.flush()
    assert client.answer(slow).events()[-1] == "[DONE]"


def test_a_window_that_never_opens_ends_the_stream(lone, connect):
    g = lone(STEADY, timeouts={"write_stall": "300ms"})
    client = connect(g, window=100, thank=False)
    stream = client.post(CHAT, chat("stall", stream=True, max_tokens=5000))
    s = client.answer(stream)
    assert s.reset == http2.CANCEL and len(s.data) == 100
    assert g.lines(1)[0]["outcome"] == "client_gone"
    assert client.answer(client.get("/health")).status == 200


def test_a_body_that_does_not_come_is_not_waited_for(lone, connect):
    g = lone(timeouts={"body": "200ms"})
    client = connect(g)
    stream = client.fields(client.head("POST", CHAT), end=False)
    s = client.answer(stream)
    assert s.status == 408
    assert client.answer(client.get("/v1/models")).status == 200
    assert g.lines(2)[0]["outcome"] == "client_error"


@pytest.mark.parametrize("begun", [False, True])
def test_a_request_that_takes_too_long_ends_and_no_other(lone, connect,
                                                         begun):
    g = lone(STEADY, timeouts={"request": f"{harness.SLOW}s"})
    client = connect(g)
    if not begun:
        fault(g.workers[0], "hang")
    s = client.answer(client.post(CHAT, chat(
        "long", stream=True, max_tokens=1000, ignore_eos=True)))
    line = g.lines(1)[0]
    if begun:
        assert s.status == 200 and s.reset == http2.INTERNAL_ERROR
        assert "error" in json.loads(s.events()[-1])
        assert line["outcome"] == "cut_visible"
    else:
        assert s.status == 504 and int(s.headers["retry-after"]) > 1
        assert line["outcome"] == "deadline"
    assert client.answer(client.get("/v1/models")).status == 200


def test_an_answer_that_is_whole_waits_for_its_client(lone, connect):
    """It was made within timeouts.request; to be read it has longer."""
    g = lone(STEADY, timeouts={"request": f"{harness.SLOW}s"})
    client = connect(g, window=100, thank=False)
    stream = client.post(CHAT, chat("hi", stream=True, max_tokens=5))
    s = client.streams[stream]
    client.until(lambda: len(s.data) == 100, "a full window")
    assert g.lines(1)[0]["outcome"] == "ok"
    time.sleep(harness.SLOW + 0.3)
    client.open_window(stream, 100000)
    assert client.answer(stream).events()[-1] == "[DONE]"


def test_a_head_that_does_not_end_ends_the_connection(lone, connect):
    g = lone(timeouts={"header": "200ms"})
    client = connect(g)
    client.read()
    client.raw(http2.frame(http2.HEADERS, 0, 1, b"\x82"))
    assert client.until_closed()[0][0] == http2.NO_ERROR
    harness.settles(lambda: goaways(g, "slow"), 1)


def test_an_idle_connection_is_told_of_its_end(lone, connect):
    g = lone(timeouts={"idle": f"{200 * harness.SLOW}ms"})
    client = connect(g)
    assert client.answer(client.get("/v1/models")).status == 200
    assert client.until_closed() == [(http2.NO_ERROR, 1)]
    harness.settles(lambda: goaways(g, "idle"), 1)


def test_pings_are_answered_and_do_not_keep_it_open(lone, connect):
    g = lone(timeouts={"idle": f"{400 * harness.SLOW}ms"})
    client = connect(g)
    for _ in range(3):
        client.h2.ping(b"12345678")
        client.flush()
    client.until(lambda: client.pongs == 3, "the answers")
    end = time.monotonic() + 10 * harness.SLOW
    while not client.closed and time.monotonic() < end:
        try:
            client.h2.ping(b"12345678")
            client.flush()
            client.read()
            time.sleep(0.02)
        except h2.exceptions.ProtocolError:
            break
    assert client.goaways
    harness.settles(lambda: goaways(g, "idle"), 1)


# --- broken answers, and the end --------------------------------------

def test_a_cut_stream_says_so(lone, connect):
    g = lone(STEADY)
    fault(g.workers[0], "cut_midstream", after=3)
    client = connect(g)
    s = client.answer(client.post(CHAT, chat("cut", stream=True,
                                             max_tokens=50)))
    assert s.status == 200 and not s.ended
    assert s.reset == http2.INTERNAL_ERROR
    events = s.events()
    assert "error" in json.loads(events[-1]) and "[DONE]" not in events
    assert said(events[:-1])
    assert g.lines(1)[0]["outcome"] == "cut_visible"
    assert client.answer(client.get("/v1/models")).status == 200


def test_a_cut_body_says_so(front, connect):
    with Scripted() as worker:
        worker.always = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
                         b'{"id"']
        g = front([worker], **ONE)
        client = connect(g)
        s = client.answer(client.post("/v1/completions", completion("x")))
        assert s.data == b'{"id"' and not s.ended
        assert s.reset == http2.INTERNAL_ERROR
        assert g.lines(1)[0]["outcome"] == "cut_visible"


def test_an_error_of_the_worker_passes(lone, connect):
    g = lone()
    fault(g.workers[0], "status", status=500, count=1)
    client = connect(g)
    assert client.answer(client.post(CHAT, chat("x"))).status == 500


def test_a_drain_is_told_twice_and_lets_streams_end(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    stream = client.post(CHAT, chat("hi", stream=True, max_tokens=40))
    client.until(lambda: client.streams[stream].data, "an event")
    g.signal(signal.SIGTERM)
    s = client.answer(stream)
    assert s.ended and s.events()[-1] == "[DONE]"
    assert client.until_closed() == [
        (http2.NO_ERROR, 2 ** 31 - 1), (http2.NO_ERROR, stream)]
    assert g.wait() == 0


def test_a_request_on_its_way_to_a_drain_is_served(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    stream = client.post(CHAT, chat("hi", stream=True, max_tokens=40))
    client.until(lambda: client.streams[stream].data, "an event")
    late = []
    client.on_goaway = lambda: late.append(client.get("/v1/models"))
    g.signal(signal.SIGTERM)
    client.until(lambda: late, "the first GOAWAY")
    assert client.answer(late[0]).status == 200
    assert client.answer(stream).ended
    assert g.wait() == 0


def test_while_new_clients_are_taken_old_ones_hear_of_the_drain(lone,
                                                                connect):
    g = lone(timeouts={"drain_delay": "1m"})
    client = connect(g)
    g.signal(signal.SIGTERM)
    harness.wait_until(lambda: g.admin_get("/readyz").status != 200, 5,
                       "the drain")
    assert client.answer(client.get("/v1/models")).status == 200
    assert client.until_closed() == [
        (http2.NO_ERROR, 2 ** 31 - 1), (http2.NO_ERROR, 1)]
    g.signal(signal.SIGTERM)
    assert g.wait() == 0


def test_what_is_open_at_the_drains_deadline_is_cut(lone, connect):
    g = lone(STEADY, timeouts={"drain": "300ms"})
    client = connect(g)
    stream = client.post(CHAT, chat("hi", stream=True, max_tokens=5000))
    client.until(lambda: client.streams[stream].data, "an event")
    g.signal(signal.SIGTERM)
    client.until_closed()
    s = client.streams[stream]
    assert not s.ended and s.reset == http2.INTERNAL_ERROR
    assert "error" in json.loads(s.events()[-1])
    assert g.lines(1)[0]["outcome"] == "cut_visible"
    assert g.wait() == 0


def test_idle_connections_end_with_the_drain(lone, connect):
    g = lone()
    client = connect(g)
    assert client.answer(client.get("/v1/models")).status == 200
    g.signal(signal.SIGTERM)
    assert [code for code, _ in client.until_closed()] == [0, 0]
    assert g.wait() == 0


# --- tenants ----------------------------------------------------------

@pytest.fixture
def listed():
    return tenants.Tenants()


def test_tenants_are_known_by_their_keys(listed, lone, connect):
    listed.write(tenants.one("acme", "wp-acme", requests_per_second=0.01,
                             burst=5))
    g = lone(tenants=listed.section())
    client = connect(g)
    key = ("authorization", "Bearer wp-acme")
    s = client.answer(client.post(CHAT, chat("hello"), key))
    assert s.status == 200
    assert s.headers["x-ratelimit-limit-requests"] == "5"
    assert g.lines(1)[0]["tenant"] == "acme"
    assert client.answer(client.post(CHAT, chat("hello"))).status == 401


def test_a_strangers_body_is_not_waited_for(listed, lone, connect):
    listed.write(tenants.one("acme", "wp-acme"))
    g = lone(tenants=listed.section())
    client = connect(g)
    stream = client.fields(client.head(
        "POST", CHAT, [("content-length", "100000")]), end=False)
    s = client.answer(stream)
    assert s.status == 401
    client.until(lambda: s.reset is not None, "the reset")
    assert s.reset == http2.NO_ERROR
    assert client.answer(client.get("/health")).status == 200


def test_a_stranger_with_a_short_body_sees_the_answer(listed, lone):
    """curl reports nothing but a reset that follows its answer."""
    listed.write(tenants.one("acme", "wp-acme"))
    g = lone(tenants=listed.section())
    for _ in range(10):
        body, told = curl(g, CHAT, "-H", "content-type: application/json",
                          "-d", json.dumps(chat("hello " * 2000)))
        assert told == "2 401" and "invalid_api_key" in body


# --- over TLS ---------------------------------------------------------

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("certificates")))


@pytest.fixture
def secure(lone, authority):
    """secure(**top): a gateway that speaks TLS only."""
    def make(options=None, **top):
        own = authority.sign("gateway")
        return lone(options, listen=[], tls={
            "listen": "127.0.0.1:0", "certificate": own.certificate,
            "key": own.key}, **top)
    return make


def offering(authority, *protocols):
    """A handshake that offers these."""
    context = ssl.create_default_context(cafile=authority.certificate)
    context.set_alpn_protocols(list(protocols))

    def wrap(raw):
        return context.wrap_socket(raw, server_hostname="127.0.0.1")
    return wrap


def test_it_is_agreed_on_in_the_handshake(secure, connect, authority):
    g = secure(STEADY)
    client = connect(g, wrap=offering(authority, "h2", "http/1.1"))
    assert client.socket.selected_alpn_protocol() == "h2"
    ids = [client.post(CHAT, chat(f"{n}", stream=True, max_tokens=9))
           for n in range(10)]
    for stream in ids:
        s = client.answer(stream)
        assert s.status == 200 and s.events()[-1] == "[DONE]"
    assert {line["protocol"] for line in g.lines(10)} == {"h2"}


def test_a_large_body_comes_over_tls(secure, connect, authority):
    g = secure()
    client = connect(g, wrap=offering(authority, "h2"))
    stream = client.post("/v1/completions",
                         completion("word " * 200000, max_tokens=1))
    assert client.answer(stream).status in (200, 400)
    assert g.lines(1)[0]["bytes_in"] > 1000000


def test_a_cancelled_stream_over_tls_frees_its_worker(secure, connect,
                                                      authority):
    g = secure(STEADY)
    client = connect(g, wrap=offering(authority, "h2"))
    stream = client.post(CHAT, chat("go", stream=True, max_tokens=5000))
    client.until(lambda: client.streams[stream].data, "an event")
    client.cancel(stream)
    harness.wait_until(lambda: state(g.workers[0])["aborts"] == 1, 5,
                       "the abort")


def test_a_drain_over_tls_says_goodbye(secure, connect, authority):
    g = secure(STEADY)
    client = connect(g, wrap=offering(authority, "h2"))
    stream = client.post(CHAT, chat("hi", stream=True, max_tokens=20))
    client.until(lambda: client.streams[stream].data, "an event")
    g.signal(signal.SIGTERM)
    assert client.answer(stream).ended
    assert client.until_closed()[-1] == (http2.NO_ERROR, stream)
    client.close()
    assert g.wait() == 0


def test_who_agrees_on_http_2_must_speak_it(secure, authority):
    g = secure()
    with socket.create_connection(g.address, 10 * harness.SLOW) as raw, \
            offering(authority, "h2")(raw) as secured:
        secured.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        data = secured.recv(65536)
    assert http2.SETTINGS == data[3]


@pytest.mark.parametrize("enabled,offer", [
    (True, ["http/1.1"]), (False, ["h2", "http/1.1"])])
def test_http_1_is_agreed_on_otherwise(secure, authority, enabled, offer):
    g = secure(http2={"enabled": enabled})
    with socket.create_connection(g.address, 10 * harness.SLOW) as raw, \
            offering(authority, *offer)(raw) as secured:
        assert secured.selected_alpn_protocol() == "http/1.1"
        g.sent += 1
        secured.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        assert secured.recv(65536).startswith(b"HTTP/1.1 200")
