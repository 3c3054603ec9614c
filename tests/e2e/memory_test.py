"""What the gateway may hold, as docs/operating.md says it:

    base + connections * A + streams * B
         + slow streams * (limits.stream_buffer + C) + bodies in flight

Clients that never read are owed far more than that by a worker that has it
all at once. MEMORY_CLIENTS and MEMORY_MB make it as many and as much as
wanted; what the kernel keeps in sockets is its own."""
import json
import os
import time

import pytest

import harness
from accounts import resident_bytes
from books import chat
from scripted import Scripted

CHAT = "/v1/chat/completions"
CLIENTS = int(os.environ.get("MEMORY_CLIENTS", "40"))
OWED_BYTES = int(os.environ.get("MEMORY_MB", "20")) << 20

CONNECTION_BYTES = 2 << 10
STREAM_BYTES = 8 << 10
READING_BYTES = 64 << 10  # what one look at a worker's socket brings
SLACK_BYTES = 4 << 20  # pages and spans that are begun, the log's queue


def formula(connections=0, streams=0, slow=0, stream_buffer=256 << 10,
            bodies=0):
    """Growth in bytes, beyond what there was before anybody came."""
    return (SLACK_BYTES + connections * CONNECTION_BYTES +
            streams * STREAM_BYTES + slow * (stream_buffer + READING_BYTES) +
            bodies)


def owing():
    """An answer in chunks of 64 KiB of events."""
    event = b'data: {"choices":[{"index":0,"text":"' + b"x" * 970 + b'"}]}\n\n'
    events = event * (65536 // len(event))
    chunk = b"%x\r\n%s\r\n" % (len(events), events)
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" +
            chunk * (OWED_BYTES // len(chunk)) + b"0\r\n\r\n")


@pytest.fixture
def greedy(front):
    with Scripted() as worker:
        worker.always = (owing(),)
        yield worker, front([worker], threads=2,
                            timeouts={"write_stall": "1h"})


def settled_growth(g, before):
    """Once it grows no more."""
    last, same = 0, 0
    while same < 5 + CLIENTS // 10:
        time.sleep(0.1)
        now = resident_bytes(g.pid)
        same = same + 1 if abs(now - last) < 65536 else 0
        last = now
    return last - before


@pytest.mark.skipif(harness.SLOW > 1,
                    reason="SKIP: a sanitizer's memory is its own")
def test_clients_that_never_read_cost_what_the_formula_says(greedy):
    worker, g = greedy
    before = resident_bytes(g.pid)
    body = json.dumps(chat("hello", stream=True)).encode()
    raws = []
    for _ in range(CLIENTS):
        raws.append(harness.Raw(g.address, receive_bytes=4096))
        raws[-1].send(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
                      b"\r\n%s" % (CHAT.encode(), len(body), body))
        g.sent += 1
    harness.wait_until(lambda: len(worker.requests) == CLIENTS, 20,
                       "all requests")
    grown = settled_growth(g, before)
    allowed = formula(CLIENTS, CLIENTS, CLIENTS)
    owed = CLIENTS * OWED_BYTES
    print(f"{CLIENTS} clients, {owed >> 20} MiB owed: {grown >> 10} KiB, "
          f"{grown // CLIENTS} each, of {allowed >> 10} KiB allowed")
    assert grown <= allowed < owed / 4
    told = g.metrics()
    assert told.value("warmpath_memory_bytes", owner="stream_buffers") <= \
        CLIENTS * ((256 << 10) + READING_BYTES)
    for raw in raws:
        raw.socket.close()
