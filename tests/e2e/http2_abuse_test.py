"""Clients of HTTP/2 that cost without asking for anything, or that ask and
take nothing: each is bounded, told so, and leaves nothing behind; others are
served meanwhile."""
import struct

import pytest

h2 = pytest.importorskip("h2", reason="SKIP: python3-h2 is not there")

import harness  # noqa: E402 (may be skipped)
import http2  # noqa: E402
from accounts import resident_bytes  # noqa: E402
from books import FAST, STEADY, chat, state  # noqa: E402

CHAT = "/v1/chat/completions"
CALM = http2.ENHANCE_YOUR_CALM


@pytest.fixture
def lone(fleet, front):
    def make(options=None, **top):
        return front(fleet(1, **(options or FAST)),
                     **{"policy": {"name": "round_robin"}, "threads": 1,
                        **top})
    return make


@pytest.fixture
def connect():
    made = []

    def make(g, *arguments, **more):
        made.append(http2.Client(g, *arguments, **more))
        made[-1].read()  # its settings
        return made[-1]
    yield make
    for client in made:
        client.close()


def goaways(g, reason):
    return g.metrics().value("warmpath_http2_goaways_total", reason=reason)


def flood(client, one, n=20000, a_time=100):
    """Until the gateway has enough."""
    client.socket.settimeout(0)
    for _ in range(n // a_time):
        client.raw(one * a_time)
        if client.closed:
            return
        try:
            client.read()
        except (BlockingIOError, h2.exceptions.ProtocolError):
            pass
        if client.goaways or client.closed:
            return


def serves(g):
    assert g.get("/v1/models").status == 200


HEADLESS = {
    "ping": http2.frame(http2.PING, 0, 0, b"12345678"),
    "ping answers": http2.frame(http2.PING, http2.ACK, 0, b"12345678"),
    "settings": http2.frame(http2.SETTINGS),
    "settings that change": http2.frame(
        http2.SETTINGS, 0, 0, struct.pack(">HI", 4, 70000)),
    "settings answers": http2.frame(http2.SETTINGS, http2.ACK),
    "priority": http2.frame(http2.PRIORITY, 0, 5, b"\0\0\0\3\x10"),
    "windows": http2.frame(http2.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
    "unknown": http2.frame(0x42, 0, 0, b"x"),
}


@pytest.mark.parametrize("kind", HEADLESS)
def test_a_flood_ends_the_connection(lone, connect, kind):
    g = lone()
    client = connect(g)
    flood(client, HEADLESS[kind])
    serves(g)
    codes = {code for code, _ in client.until_closed()}
    assert codes & {CALM, http2.PROTOCOL_ERROR}, codes
    harness.settles(lambda: g.metrics().value("warmpath_http2_goaways_total"),
                    1)


def test_a_flood_of_empty_data_ends_the_connection(lone, connect):
    g = lone()
    client = connect(g)
    stream = client.fields(client.head("POST", CHAT), end=False)
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_requests_accepted_total") == 1, 5, "the request")
    flood(client, http2.frame(http2.DATA, 0, stream))
    assert client.until_closed()[0][0] == CALM
    harness.settles(lambda: goaways(g, "flood"), 1)
    serves(g)


def test_who_reads_nothing_is_not_answered_without_end(lone):
    """Answers to PINGs wait nowhere in numbers."""
    g = lone()
    with harness.Raw(g.address, receive_bytes=2048) as raw:
        raw.send(http2.PREFACE + http2.frame(http2.SETTINGS))
        try:
            for _ in range(2000):
                raw.send(http2.frame(http2.PING, 0, 0, b"12345678") * 100)
        except OSError:
            pass  # nobody reads them any more
        else:
            raise AssertionError("200,000 PINGs were taken")
    harness.settles(lambda: goaways(g, "flood"), 1)


def test_rapid_resets_end_the_connection(lone, connect):
    """CVE-2023-44487."""
    g = lone()
    client = connect(g)
    head = client.head("POST", CHAT)
    stream = client.h2.get_next_available_stream_id()
    for n in range(2000):
        block = client.h2.encoder.encode(head)
        client.raw(http2.frame(http2.HEADERS, http2.END_HEADERS,
                               stream + 2 * n, block)
                   + http2.frame(http2.RST_STREAM, 0, stream + 2 * n,
                                 struct.pack(">I", http2.CANCEL)))
        if client.closed:
            break
    assert client.until_closed()[0][0] == CALM
    # By whichever bound they meet first: many may come in one reading.
    harness.settles(lambda: goaways(g, "resets") + goaways(g, "flood"), 1)
    g.sent = int(g.metrics().value("warmpath_requests_accepted_total"))
    assert 0 < g.sent <= 400
    serves(g)


def test_rapid_resets_of_whole_requests_free_the_worker(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    head = client.head("POST", CHAT)
    stream = client.h2.get_next_available_stream_id()
    body = b'{"model":"demo","stream":true,"max_tokens":5000,' \
        b'"messages":[{"role":"user","content":"x"}]}'
    for n in range(2000):
        block = client.h2.encoder.encode(head)
        client.raw(http2.frame(http2.HEADERS, http2.END_HEADERS,
                               stream + 2 * n, block)
                   + http2.frame(http2.DATA, http2.END_STREAM,
                                 stream + 2 * n, body)
                   + http2.frame(http2.RST_STREAM, 0, stream + 2 * n,
                                 struct.pack(">I", http2.CANCEL)))
        if client.closed:
            break
    assert client.until_closed()[0][0] == CALM
    harness.wait_until(
        lambda: state(g.workers[0])["ranks"][0]["running"] == 0, 5,
        "an idle worker")
    g.sent = int(g.metrics().value("warmpath_requests_accepted_total"))
    assert 0 < g.sent <= 400
    serves(g)


def test_resets_that_we_are_made_to_send_count_as_well(lone, connect):
    """CVE-2025-8671: a window of 0 more is the stream's error."""
    g = lone()
    client = connect(g)
    head = client.head("POST", CHAT)
    stream = client.h2.get_next_available_stream_id()
    for n in range(2000):
        block = client.h2.encoder.encode(head)
        client.raw(http2.frame(http2.HEADERS, http2.END_HEADERS,
                               stream + 2 * n, block)
                   + http2.frame(http2.WINDOW_UPDATE, 0, stream + 2 * n,
                                 struct.pack(">I", 0)))
        if client.closed:
            break
    assert client.until_closed()[0][0] in (CALM, http2.PROTOCOL_ERROR)
    g.sent = int(g.metrics().value("warmpath_requests_accepted_total"))
    assert g.sent <= 400
    serves(g)


def test_a_header_block_without_end_ends_the_connection(lone, connect):
    """CVE-2024-27316."""
    g = lone()
    client = connect(g)
    block = client.h2.encoder.encode(client.head("GET", "/v1/models"))
    client.raw(http2.frame(http2.HEADERS, http2.END_STREAM, 1, block))
    flood(client, http2.frame(http2.CONTINUATION, 0, 1,
                              b"\0\1x\1y" * 100), 1000, 1)
    assert client.until_closed()[0][0] == CALM
    harness.settles(lambda: goaways(g, "header_block"), 1)
    serves(g)


def test_empty_continuations_are_as_many(lone, connect):
    g = lone()
    client = connect(g)
    client.raw(http2.frame(http2.HEADERS, 0, 1, b"\x82"))
    flood(client, http2.frame(http2.CONTINUATION, 0, 1), 1000, 1)
    assert client.until_closed()[0][0] == CALM
    serves(g)


def test_a_header_bomb_is_refused(lone, connect):
    """A table's entry of 4 KB, told in a byte each time."""
    g = lone()
    client = connect(g)
    before = resident_bytes(g.pid)
    head = client.head("GET", "/v1/models", [("x-bomb", "y" * 3900)])
    client.h2.encoder.encode(head)  # in both tables from here on
    block = client.h2.encoder.encode(head)
    first = http2.Client(g)
    first.read()
    block = first.h2.encoder.encode(head)
    first.streams[1] = http2.Exchange()
    first.raw(http2.frame(http2.HEADERS, 5, 1, block + b"\xbe" * 12000))
    g.sent += 1
    first.h2.streams.clear()
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_requests_total", code="431") == 1, 5, "the refusal")
    assert resident_bytes(g.pid) - before < 8 << 20
    first.close()
    serves(g)


def test_more_streams_than_were_granted_end_the_connection(lone, connect):
    g = lone(STEADY, http2={"max_streams": 10})
    client = connect(g)
    client.flush()
    for n in range(10):
        client.post(CHAT, chat(f"{n}", stream=True, max_tokens=5000))
    client.until(lambda: all(s.data for s in client.streams.values()),
                 "all streams")
    block = client.h2.encoder.encode(client.head("GET", "/v1/models"))
    stream = client.h2.get_next_available_stream_id()
    client.raw(http2.frame(http2.HEADERS, 5, stream, block))
    assert client.until_closed()[0][0] == http2.PROTOCOL_ERROR
    assert {line["outcome"] for line in g.lines(10)} == {"client_gone"}


def test_who_does_not_answer_settings_has_no_more_streams(lone):
    """Refused ones wait nowhere in numbers."""
    g = lone(http2={"max_streams": 2})
    client = http2.Client(g)
    sent = 0
    for n in range(3000):
        block = client.h2.encoder.encode(client.head("POST", CHAT))
        client.raw(http2.frame(http2.HEADERS, http2.END_HEADERS, 1 + 2 * n,
                               block))
        sent += 1
        if client.closed:
            break
    client.close()
    harness.wait_until(
        lambda: not g.metrics().value("warmpath_http2_connections"), 5,
        "the connection's end")
    g.sent = int(g.metrics().value("warmpath_requests_accepted_total"))
    assert g.sent <= 2
    serves(g)


def test_windows_of_a_byte_end_the_connection(lone, connect):
    g = lone()
    client = connect(g, window=1, thank=False)
    stream = client.post(CHAT, chat("x", stream=True, max_tokens=500))
    s = client.streams[stream]
    while not client.goaways and not client.closed:
        seen = len(s.data)
        client.until(lambda: len(s.data) > seen or client.goaways or
                     s.over, "a byte")
        client.raw(http2.frame(http2.WINDOW_UPDATE, 0, stream,
                               struct.pack(">I", 1)))
        client.h2.streams[stream].outbound_flow_control_window = 1
        client.h2.streams[stream]._inbound_window_manager.window_opened(1)
    assert client.until_closed()[0][0] == CALM
    assert len(s.data) < 4000
    harness.settles(lambda: goaways(g, "flood"), 1)
    serves(g)


def test_a_body_in_large_pieces_needs_no_patience(lone, connect):
    """Bodies that wait are bounded together."""
    g = lone(limits={"max_body": "1MiB"})
    client = connect(g)
    streams = [client.fields(client.head("POST", CHAT), end=False)
               for _ in range(6)]
    for stream in streams:
        try:
            client.data(stream, b"x" * 1000000)
        except h2.exceptions.StreamClosedError:
            pass
    shed = [s for s in streams if client.streams[s].status == 503]
    client.until(lambda: any(client.streams[s].status == 503
                             for s in streams), "a refusal")
    shed = [s for s in streams if client.streams[s].status == 503]
    assert len(shed) <= 2
    client.close()
    harness.wait_until(lambda: len(g.lines(6)) == 6, 5, "the lines")
    serves(g)


def test_priorities_are_not_looked_at(lone, connect):
    g = lone(STEADY)
    client = connect(g)
    first = client.fields(client.head("POST", CHAT, [("priority", "u=7")]),
                          end=False)
    client.data(first, b'{"model":"demo","stream":true,"max_tokens":5,'
                b'"messages":[{"role":"user","content":"x"}]}', end=True)
    for n in range(30):
        client.raw(http2.frame(http2.PRIORITY, 0, first,
                               struct.pack(">IB", first + 2 * n + 2, 255)))
    assert client.answer(first).events()[-1] == "[DONE]"


@pytest.mark.parametrize("bytes_", [
    http2.PREFACE + b"GET / HTTP/1.1\r\n\r\n",
    http2.PREFACE + http2.frame(http2.DATA, 0, 1, b"x"),
    http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0, b"x"),
    http2.PREFACE + http2.frame(http2.SETTINGS) +
    http2.frame(http2.HEADERS, 5, 2, b"\x82"),
    http2.PREFACE + http2.frame(http2.SETTINGS) +
    http2.frame(http2.HEADERS, 5, 1, b"\xff\xff\xff\xff"),
    http2.PREFACE + http2.frame(http2.SETTINGS) +
    b"\xff\xff\xff\0\0\0\0\0\1",
    http2.PREFACE + http2.frame(http2.SETTINGS) +
    http2.frame(http2.CONTINUATION, 4, 1, b"\x82"),
    http2.PREFACE + http2.frame(http2.SETTINGS) +
    http2.frame(http2.WINDOW_UPDATE, 0, 0, b"\0\0\0\0"),
])
def test_what_is_not_http_2_is_told_so(lone, bytes_):
    g = lone()
    with harness.Raw(g.address) as raw:
        raw.send(bytes_)
        said = raw.read_all()
    assert http2.GOAWAY in kinds(said)
    serves(g)


def kinds(data):
    found = []
    while len(data) >= 9:
        found.append(data[3])
        data = data[9 + int.from_bytes(data[:3], "big"):]
    return found
