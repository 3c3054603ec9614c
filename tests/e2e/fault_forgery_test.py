"""Events of somebody who is no engine: nonsense, floods and lies."""
import os
import random
import struct
import sys

import pytest

import harness
from accounts import resident_bytes
from books import FAST, completion

zmq = pytest.importorskip("zmq")
msgpack = pytest.importorskip("msgpack")
sys.path.insert(0, os.path.join(harness.ROOT, "tests", "bench"))
from publisher import Publisher  # noqa: E402 (needs the path)

BLOCK = 16
CAP = 1 << 20


@pytest.fixture
def forged(fleet, front):
    """A gateway on two workers; what it takes for the events of worker-1
    is forged."""
    forger = Publisher()
    workers = fleet(2, **FAST)
    entries = [w.config() for w in workers]
    entries[1].pop("replay")
    entries[1]["events"] = forger.endpoint
    g = front(workers, {"workers": entries},
              index={"max_size": CAP, "approx_max_size": CAP})
    forger.wait_for_subscriber()
    g.forger = forger
    yield g
    forger.close()


def prompt(seed, n_blocks=20):
    draw = random.Random(seed)
    return [draw.randrange(250) for _ in range(n_blocks * BLOCK + 1)]


def messages_of_nonsense():
    draw = random.Random(1)

    def packed(events, sequence=0):
        return [b"", struct.pack(">Q", sequence),
                msgpack.packb([1.0, events, 0])]
    yield []
    yield [b""]
    yield [b"x" * 100000, b"", b""]
    yield [b""] * 50
    for size in (0, 1, 7, 8, 9, 1000, 1000000):
        yield [b"", struct.pack(">Q", size), draw.randbytes(size)]
    yield [b"", b"short", b"\x93\x00\x90\x00"]
    yield [b"", struct.pack(">Q", 1), b"\x91" * 100000]      # nested
    yield [b"", struct.pack(">Q", 2), b"\xdd\xff\xff\xff\xff"]  # too long
    yield [b"", struct.pack(">Q", 3), b"\x93\xc0\xdd\xff\xff\xff\xff\xc0"]
    yield packed([["BlockStored", [1], None, [1] * 3, 16, None, "GPU"]])
    yield packed([["BlockStored", ["a"], 1.5, {}, -1, [], "x" * 9999]])
    yield packed([["BlockStored", [1] * 1000, None, [1], 1 << 62, None]])
    yield packed([["BlockStored", [2 ** 64 - 1], None, [2 ** 63] * 16, 16]])
    yield packed([["NoSuchEvent", {}], ["BlockRemoved"], [], 7, None])
    yield packed([["AllBlocksCleared"] * 100])
    yield packed([], sequence=2 ** 64 - 1)
    yield packed([], sequence=2 ** 63)


def test_nonsense_is_counted_and_harms_nobody(forged):
    g = forged
    g.only("worker-0")
    g.ask(completion(prompt("honest")))
    harness.wait_until(lambda: g.held(prompt("honest"))["worker-0"] == 20, 5,
                       "the honest worker's blocks")
    sent = 0
    for message in messages_of_nonsense():
        if message:
            g.forger.socket.send_multipart(message)
            sent += 1
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_kv_event_errors_total", worker="worker-1") >= sent / 2, 10,
        "errors to be counted")
    _, line = g.ask(completion(prompt("honest")))
    assert line["matched_blocks"] == 20 and line["prediction"] == "exact"
    g.only("worker-1")
    answer, _ = g.ask(completion(prompt("other")))
    assert answer.status == 200
    assert g.metrics().value("warmpath_kv_event_errors_total",
                             worker="worker-0") == 0


FLOOD = 1000000 // harness.SLOW ** 2
BYTES_A_BLOCK = 27  # in a message; the heap keeps a queue's room


def test_a_flood_of_blocks_stays_within_the_indexs_memory(forged):
    g = forged
    g.only("worker-0")
    g.ask(completion(prompt("honest")))
    before = resident_bytes(g.pid)
    g.growth_bytes += FLOOD * BYTES_A_BLOCK
    g.forger.publish_others(FLOOD)
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_kv_event_blocks_total", worker="worker-1",
        kind="stored") >= FLOOD, 60, "the flood")
    metrics = g.metrics()
    assert metrics.value("warmpath_index_bytes", index="exact") <= CAP
    if harness.SLOW == 1:
        assert resident_bytes(g.pid) - before < \
            FLOOD * BYTES_A_BLOCK + (8 << 20)
    # Of what is asked for again the index knows again.
    assert g.workers[0].post("/reset_prefix_cache").status == 200
    for _ in range(2):
        _, line = g.ask(completion(prompt("honest")))
        harness.wait_until(
            lambda: g.held(prompt("honest"))["worker-0"] == 20, 5,
            "the honest worker's blocks")
    assert line["matched_blocks"] == 20
    assert line["cached_tokens"] == 20 * BLOCK


def test_a_worker_whose_events_lie_is_not_believed_for_ever(forged):
    """Its events say what it does not hold: they are learned anew a few
    times, in case some were lost, and then done without."""
    g, trust = forged, "exact"
    g.only("worker-1")
    for seed in range(120):
        g.forger.publish_prompt(prompt(seed, 4))
        harness.wait_until(lambda: trust != "exact" or g.held(
            prompt(seed, 4))["worker-1"] == 4 or g.worker(
                "worker-1")["trust"] != "exact", 5, "the lie")
        answer, line = g.ask(completion(prompt(seed, 4)))
        assert answer.status == 200
        trust = g.worker("worker-1")["trust"]
        if trust == "fallback":
            break
    assert trust == "fallback"
    assert g.metrics().value("warmpath_prediction_total",
                             worker="worker-1", result="wrong") > 0
    # What was routed there is what counts from now on.
    g.ask(completion(prompt("new")))
    _, line = g.ask(completion(prompt("new")))
    assert not line["exact"] and line["cached_tokens"] == 20 * BLOCK
