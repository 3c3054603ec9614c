"""The load generator: what it counts must be right, and whatever is wrong
with an answer must fail the run."""
import contextlib
import json
import re
import socket
import subprocess
import threading
import time

import pytest

import harness

PROGRAM = harness.binary("warmpath-bench")
PLAIN = ("--connections", "4", "--ms", str(100 * harness.SLOW))
STREAM = ("--connections", "4", "--ms", str(100 * harness.SLOW), "--stream",
          "--events", "5", "--every-us", "2000")


@pytest.fixture
def backend():
    process = subprocess.Popen([PROGRAM, "backend"], stdout=subprocess.PIPE,
                               text=True)
    yield json.loads(process.stdout.readline())["listen"]
    process.terminate()
    told, _ = process.communicate(timeout=20 * harness.SLOW)
    assert process.returncode == 0
    assert json.loads(told)["requests"] > 0


def load(address, *options):
    ran = subprocess.run([PROGRAM, "load", "--target", address, *options],
                         capture_output=True, text=True, timeout=60)
    lines = ran.stdout.splitlines()
    return ran.returncode, json.loads(lines[-1]), lines[:-1]


def test_right_answers_are_counted(backend):
    for options in (PLAIN, PLAIN + ("--body", "50000"),
                    PLAIN + ("--rate", "500")):
        status, counts, before = load(backend, *options)
        assert status == 0 and counts["errors"] == 0
        assert before == ["ready"]
        assert counts["requests"] > 0
        assert counts["request_us"]["n"] == counts["requests"]
        assert 0 < counts["request_us"]["p50"] <= counts["request_us"]["p99"]


def test_an_open_loop_keeps_its_rate(backend):
    _, counts, _ = load(backend, "--connections", "16", "--ms", "500",
                        "--rate", "400")
    # Fewer where the machine itself was late; without a rate, thousands.
    assert 100 <= counts["requests"] <= 201


def test_a_run_ends_after_its_units(backend):
    _, counts, _ = load(backend, "--connections", "4", "--ms", "60000",
                        "--units", "100")
    assert 100 <= counts["requests"] <= 120


def test_streams_begin_again_and_every_event_is_timed(backend):
    status, counts, _ = load(backend, *STREAM)
    assert status == 0
    assert counts["requests"] >= 4
    assert counts["event_us"]["n"] == counts["events"] > 20


@pytest.mark.parametrize("grow", [(), ("--grow",)], ids=["new", "growing"])
def test_long_chats_arrive_whole_and_their_first_event_is_timed(
        backend, tmp_path, grow):
    text = tmp_path / "text"
    text.write_text(" ".join(f"word {i}" for i in range(20000)))
    status, counts, _ = load(
        backend, "--connections", "3", "--ms", "60000", "--units", "100",
        "--body", "60000", "--shared", "20000", "--text", str(text),
        "--stream", "--events", "2", "--every-us", "0", *grow)
    assert status == 0 and counts["errors"] == 0
    assert counts["first_us"]["n"] >= 48
    assert counts["first_us"]["p50"] <= counts["first_us"]["p95"]


@pytest.fixture
def relay(backend):
    process = subprocess.Popen([PROGRAM, "relay", "--target", backend],
                               stdout=subprocess.PIPE, text=True)
    yield json.loads(process.stdout.readline())["listen"]
    process.terminate()
    process.communicate(timeout=20 * harness.SLOW)
    assert process.returncode == 0


@pytest.mark.parametrize("options", [
    PLAIN, PLAIN + ("--body", "500000"), STREAM],
    ids=["small", "large", "stream"])
def test_a_relay_changes_nothing(relay, options):
    status, counts, _ = load(relay, *options)
    assert status == 0 and counts["errors"] == 0
    assert counts["requests"] > 0


def test_a_relay_outlives_those_who_leave_and_come(relay):
    for _ in range(3):
        with socket.create_connection(relay.rsplit(":", 1)) as s:
            s.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        status, counts, _ = load(relay, *PLAIN)
        assert status == 0 and counts["errors"] == 0


def test_a_relay_to_nobody_ends_its_connections(tmp_path):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))  # and does not listen
        process = subprocess.Popen(
            [PROGRAM, "relay", "--target", "127.0.0.1:%d" %
             s.getsockname()[1]], stdout=subprocess.PIPE, text=True)
        at = json.loads(process.stdout.readline())["listen"]
        with socket.create_connection(at.rsplit(":", 1), 20) as c:
            with contextlib.suppress(ConnectionResetError):
                assert c.recv(1) == b""
    process.terminate()
    process.communicate(timeout=20 * harness.SLOW)
    assert process.returncode == 0


# --- wrong answers ----------------------------------------------------

def answer_of(number, got, more=b""):
    body = (b'{"id":"chatcmpl-%s","got":%d,"pad":"%s"}'
            % (number, got, more))
    return (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            + body)


def event_of(number, place):
    text = (b'data: {"id":"chatcmpl-%s","place":%d,"sent":1}\n\n'
            % (number, place))
    return b"%x\r\n%s\r\n" % (len(text), text)


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


def wrong_answers():
    """(name, options, function of the request's number and size, what the
    run must tell)"""
    def wrong(name, options, make, told):
        return pytest.param(options, make, told, id=name)
    return [
        wrong("another_requests_answer", PLAIN,
              lambda n, size: answer_of(b"9" * 20, size), "another request"),
        wrong("a_cut_request", PLAIN,
              lambda n, size: answer_of(n, size - 1), "is cut"),
        wrong("a_status_that_is_not_200", PLAIN,
              lambda n, size: b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
              "status is not 200"),
        wrong("bytes_after_the_answer", PLAIN,
              lambda n, size: answer_of(n, size) + b"x", "bytes follow"),
        wrong("a_closed_connection", PLAIN,
              lambda n, size: answer_of(n, size)[:60] + b"CLOSE", "closed"),
        wrong("a_missing_event", STREAM,
              lambda n, size: STREAM_HEAD + event_of(n, 0) + event_of(n, 2),
              "not the one expected"),
        wrong("an_event_of_another_stream", STREAM,
              lambda n, size: STREAM_HEAD + event_of(b"8" * 20, 0),
              "not the one expected"),
        wrong("too_few_events", STREAM,
              lambda n, size: STREAM_HEAD + event_of(n, 0) + DONE,
              "not the one expected"),
        wrong("no_end_of_the_stream", STREAM,
              lambda n, size: STREAM_HEAD + b"".join(
                  event_of(n, i) for i in range(5)) + b"0\r\n\r\n",
              "without [DONE]"),
        wrong("broken_chunks", STREAM,
              lambda n, size: STREAM_HEAD + b"zz\r\n", "chunks are broken"),
    ]


class WrongServer(threading.Thread):
    """Answers every request with what `make` gives; b"CLOSE" at its end
    closes the connection."""

    def __init__(self, make):
        super().__init__(daemon=True)
        self.make = make
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,),
                             daemon=True).start()

    def serve(self, peer):
        held = b""
        # The run may be over while it is being answered.
        with peer, contextlib.suppress(OSError):
            while data := peer.recv(65536):
                held += data
                head, mark, body = held.partition(b"\r\n\r\n")
                size = re.search(rb"Content-Length: (\d+)", head)
                if not mark or len(body) < int(size.group(1)):
                    continue
                number = re.search(rb'"user":"(\d+)"', body).group(1)
                answer = self.make(number, int(size.group(1)))
                held = b""
                peer.sendall(answer.removesuffix(b"CLOSE"))
                if answer.endswith(b"CLOSE"):
                    return


def test_streams_do_not_start_in_step(request):
    """However soon an answer's first bytes come."""
    begun = {}

    def make(number, _):
        begun.setdefault(int(number), time.monotonic())
        return (STREAM_HEAD + b"".join(event_of(number, i) for i in range(5))
                + DONE)
    server = WrongServer(make)
    server.start()
    request.addfinalizer(server.listener.close)
    status, _, _ = load(server.address, *STREAM, "--every-us", "400000")
    assert status == 0
    # A quarter of the period each; the first may have been slow to start.
    assert begun[4] - begun[1] > 0.1


@pytest.mark.parametrize("options,make,told", wrong_answers())
def test_a_wrong_answer_fails_the_run(options, make, told):
    server = WrongServer(make)
    server.start()
    try:
        status, counts, _ = load(server.address, *options)
    finally:
        server.listener.close()
    assert status == 1 and counts["errors"] == 1
    assert told in counts["error"]


def test_a_refused_connection_fails_the_run():
    with socket.create_server(("127.0.0.1", 0)) as s:
        address = "127.0.0.1:%d" % s.getsockname()[1]
    status, counts, _ = load(address, *PLAIN)
    assert status == 1 and "refused" in counts["error"]


def test_wrong_options_are_told_with_a_sentence():
    for options, told in ((["load"], "--target is missing"),
                          (["load", "--body", "x"], "is not a number"),
                          (["load", "--what", "1"], "no option '--what'"),
                          (["load", "--target", "127.0.0.1:1", "--text",
                            "/none"], "/none"),
                          (["bodies", "--text", __file__ + "/none"],
                           "none"),
                          (["none"], "usage:")):
        ran = subprocess.run([PROGRAM, *options], capture_output=True,
                             text=True)
        assert ran.returncode == 2 and told in ran.stderr
