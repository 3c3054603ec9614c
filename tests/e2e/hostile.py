"""What a hostile client would try, by name: each takes the gateway's address
and returns how many requests it made of it. None of them may be served, but
for those that say so, and none may harm another client."""
import json
import socket
import struct

import harness
from books import chat, completion

CHAT = "/v1/chat/completions"
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"


def with_length(body):
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def reset(raw):
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
    raw.socket.close()


def quietly(send):
    """The peer may have had enough before all is sent."""
    try:
        send()
    except OSError:
        pass


def refused(address, data, statuses=(400,)):
    """It is answered so, or the connection ends."""
    with harness.Raw(address, timeout=30) as raw:
        quietly(lambda: raw.send(data))
        answer = raw.read_all()
        assert answer == b"" or int(answer.split()[1]) in statuses, \
            answer[:200]


# --- bytes that are no request ----------------------------------------

def garbage(address):
    refused(address, bytes(range(256)) * 64)
    return 1


def a_tls_hello(address):
    refused(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" +
            b"\x55" * 505)
    return 1


def smuggling(address):
    inner = b"GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n"
    for more in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                 b"Content-Length: 5\r\nContent-Length: 6\r\n",
                 b"Transfer-Encoding: xchunked\r\n",
                 b"Transfer-Encoding : chunked\r\n",
                 b"Transfer-Encoding: chunked\r\n folded: x\r\n",
                 b"Transfer-Encoding: chunked, identity\r\n"):
        refused(address, HEAD + more + b"\r\n0\r\n\r\n" + inner,
                (400, 501))
    return 6


def a_long_head(address):
    refused(address, HEAD + b"X-Long: " + b"a" * (1 << 20), (431,))
    return 1


def many_headers(address):
    refused(address, HEAD + b"".join(b"x-%d: 1\r\n" % n
                                     for n in range(5000)) + b"\r\n", (431,))
    return 1


def a_long_target(address):
    refused(address, b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", (414,))
    return 1


def a_body_over_the_limit(address):
    refused(address, HEAD + b"Content-Length: 99999999999\r\n\r\nx", (413,))
    return 1


def chunks_of_a_byte(address):
    """Legal, and mostly extensions."""
    refused(address, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" +
            b"1;" + b"e" * 200 + b"\r\nx\r\n" * 1 +
            (b"1;" + b"e" * 200 + b"\r\nx\r\n") * 100, (400, 413))
    return 1


# --- bodies -----------------------------------------------------------

def json_bombs(address):
    deep = b"[" * 100000
    keys = ",".join(f'"k{n}":1' for n in range(50000)).encode()
    bombs = [
        deep, b'{"model":"demo","x":' + deep,
        b'{"model":"demo","x":' + deep + b"]" * 100000 + b"}",
        b'{"model":"demo",' + keys + b"}",
        b'{"model":"demo","max_tokens":1' + b"0" * 20000 + b"}",
        b'{"model":"demo","x":"' + b"\\u0000" * 100000,
        b'{"model":"demo","prompt":"\xff\xfe"}',
        b'{"a":' * 50000,
    ]
    for bomb in bombs:
        refused(address, HEAD + b"Connection: close\r\nContent-Length: %d"
                b"\r\n\r\n%s" % (len(bomb), bomb))
    return len(bombs)


def fan_out(address):
    bodies = [chat("x", n=10 ** 6), chat("x", best_of=10 ** 6),
              completion(["x"] * 100000), completion("x", n=-1e300),
              chat("x", n=1e5), completion([[1] * 3] * 100000)]
    for body in bodies:
        answer = harness.request(address, "POST", "/v1/completions", body)
        assert answer.status == 400, answer
    return len(bodies)


def control(address):
    for path in ("/sleep", "/collective_rpc", "/v1/load_lora_adapter",
                 "/%73leep", "/v1/../sleep"):
        status = harness.request(address, "POST", path, {}).status
        assert status in (400, 403, 404), status
    return 5


# --- connections ------------------------------------------------------

def half_a_head(address):
    """No request: it has not begun to say which."""
    for _ in range(20):
        harness.Raw(address).send(HEAD[:-9]).socket.close()
    return 0


def half_a_body(address):
    for n in range(20):
        raw = harness.Raw(address).send(
            HEAD + b"Content-Length: 100000\r\n\r\n{")
        (reset(raw) if n % 2 else raw.socket.close())
    return 20


def resets_in_streams(address):
    """Served until it leaves."""
    body = json.dumps(chat("gone", stream=True, max_tokens=2000)).encode()
    raws = [harness.Raw(address).send(with_length(body)) for _ in range(20)]
    for n, raw in enumerate(raws):
        if n % 2:
            raw.read_until(b"data: ")
        reset(raw)
    return 20


def floods_that_nobody_reads(address):
    body = json.dumps(completion([1, 2], stream=True, max_tokens=3000,
                                 ignore_eos=True)).encode()
    head = HEAD.replace(b"chat/", b"") + \
        b"Content-Length: %d\r\n\r\n" % len(body)
    raws = [harness.Raw(address, receive_bytes=4096).send(head + body)
            for _ in range(5)]
    for raw in raws:
        raw.read_until(b"HTTP/1.1 200")
        reset(raw)
    return 5


def a_pipeline(address):
    """Answered in order, all of it."""
    with harness.Raw(address, timeout=30) as raw:
        raw.send(b"GET /v1/models/none HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
        for _ in range(200):
            assert raw.read_answer().status == 404
    return 200


def connects_alone(address):
    for raw in [harness.Raw(address) for _ in range(50)]:
        reset(raw)
    return 0


ATTACKS = [
    garbage, a_tls_hello, smuggling, a_long_head, many_headers,
    a_long_target, a_body_over_the_limit, chunks_of_a_byte, json_bombs,
    fan_out, control, half_a_head, half_a_body, resets_in_streams,
    floods_that_nobody_reads, a_pipeline, connects_alone]
