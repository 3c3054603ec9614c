"""The simulated worker's tier in host memory, and the peer tier by which
others fetch from it: what a gateway that names a source must get right."""
import itertools
import json
import socket

import msgpack
import pytest
import zmq

from harness import SLOW, Worker, wait_until

# Times are the model's, but begin with the machine's: 8,000 tokens take
# 0.9 s to compute, 0.3 s to fetch and load, and 0.1 s to load.
L4 = {"tokenizer": "bytes", "profile": "l4", "block_size": 16, "speed": 20,
      "cpu_blocks": 1000, "version": "0.27.0", "generation": "v0.27"}
# As in life, or slower still: what the machine adds is little beside it.
REAL = 1 if SLOW == 1 else 0.5
PROMPT = [3 + i % 200 for i in range(1601)]
LONG = [3 + i % 201 for i in range(8001)]
numbers = itertools.count()


@pytest.fixture
def start(programs):
    def make(name="worker-0", **options):
        return programs.start(Worker, name, **{**L4, **options})
    return make


def source(peer, number=None, **other):
    host, port = peer.told_of["peer"].split(":")
    return {"remote_kv_source": {
        "kv_request_id": f"fetch-{next(numbers) if number is None else number}",
        "remote_host": host, "remote_port": int(port), **other}}


def ask(worker, prompt=None, params=None, **more):
    body = {"model": "demo", "prompt": prompt or PROMPT, "max_tokens": 1,
            **more}
    if params is not None:
        body["kv_transfer_params"] = params
    answer = worker.post("/v1/completions", body)
    assert answer.status == 200, answer.text
    return worker.get("/sim/state").json()["requests"][-1]


def rank(worker):
    return worker.get("/sim/state").json()["ranks"][0]


def complaints(worker):
    return worker.get("/sim/state").json()["complaint_counts"]


def forget(worker):
    """What the GPU holds; the host's memory keeps its own."""
    assert worker.post("/reset_prefix_cache").status == 200


def test_host_memory_gives_back_what_the_gpu_has_lost(start):
    worker = start(speed=REAL)
    first = ask(worker, LONG)
    assert (first["cached_tokens"], first["loaded_tokens"]) == (0, 0)
    again = ask(worker, LONG)
    assert (again["cached_tokens"], again["loaded_tokens"]) == (8000, 0)
    forget(worker)
    loaded = ask(worker, LONG)
    assert (loaded["cached_tokens"], loaded["loaded_tokens"]) == (8000, 8000)
    assert loaded["charged_ttft_s"] < first["charged_ttft_s"] / 2
    assert rank(worker)["host"]["blocks"] == 500


def test_a_worker_without_host_memory_computes_again(start):
    worker = start(cpu_blocks=0)
    assert worker.told_of["peer"] is None
    ask(worker)
    forget(worker)
    assert ask(worker)["cached_tokens"] == 0
    assert "host" not in rank(worker) and rank(worker)["peer"] is None


def test_host_memory_tells_of_its_blocks_as_events(start):
    worker = start(cpu_blocks=2)
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.connect(worker.told_of["replay"])
    ask(worker, list(range(3, 36)))
    ask(worker, list(range(103, 136)))
    dealer.send_multipart([b"", (0).to_bytes(8, "big")])
    events = []
    while True:
        assert dealer.poll(5000 * SLOW)
        *_, number, payload = dealer.recv_multipart()
        if not payload:
            break
        events += msgpack.unpackb(payload)[1]
    context.destroy(linger=0)
    host = [e for e in events if e["medium"] == "CPU"]
    gpu = [e for e in events if e["medium"] == "GPU"]
    assert [e["type"] for e in host] == [
        "BlockStored", "BlockRemoved", "BlockRemoved", "BlockStored"]
    assert host[0]["token_ids"] == list(range(3, 35))
    assert host[0]["block_hashes"] == gpu[0]["block_hashes"]
    assert sorted(host[1]["block_hashes"] + host[2]["block_hashes"]) == \
        sorted(host[0]["block_hashes"])


def test_a_prefix_is_fetched_from_the_named_peer(start):
    giver, taker = start("giver", speed=REAL), start("taker", speed=REAL)
    computed = ask(giver, LONG)
    forget(giver)  # its GPU is not asked, its host memory is
    fetched = ask(taker, LONG, params=source(giver))
    assert (fetched["cached_tokens"], fetched["fetched_tokens"]) == \
        (8000, 8000)
    assert fetched["charged_ttft_s"] < computed["charged_ttft_s"]
    assert rank(giver)["peer"]["given_tokens"] == 8000
    assert rank(taker)["peer"]["fetched"] == 1
    again = ask(taker, LONG)
    assert (again["cached_tokens"], again["fetched_tokens"]) == (8000, 0)
    for worker in giver, taker:
        assert complaints(worker) == {}


def test_only_what_is_missing_is_fetched(start):
    giver, taker = start("giver"), start("taker")
    ask(giver)
    ask(taker, PROMPT[:801])
    fetched = ask(taker, params=source(giver))
    assert (fetched["cached_tokens"], fetched["fetched_tokens"]) == (1600, 800)
    assert ask(taker, params=source(giver))["fetched_tokens"] == 0
    assert rank(giver)["peer"]["looked_up"] == 1


def test_a_peer_that_holds_nothing_does_no_harm(start):
    giver, taker = start("giver"), start("taker")
    assert ask(taker, params=source(giver))["cached_tokens"] == 0
    assert rank(giver)["peer"] == {
        "looked_up": 1, "refused": 0, "given": 0, "given_tokens": 0,
        "asked": 0, "fetched": 0, "fetched_tokens": 0, "failed": 0}
    assert complaints(taker) == {}


def test_others_go_on_while_one_waits_for_its_blocks(start):
    giver = start("giver", fetch_t0=30, speed=1)
    taker = start("taker", speed=1)
    ask(giver)
    body = {"model": "demo", "prompt": PROMPT, "max_tokens": 1,
            "kv_transfer_params": source(giver)}
    with socket.create_connection(taker.address) as waiting:
        text = json.dumps(body).encode()
        waiting.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\n"
                        b"content-length: %d\r\n\r\n" % len(text) + text)
        wait_until(lambda: rank(giver)["peer"]["looked_up"] == 1)
        assert ask(taker, PROMPT[100:200])["cached_tokens"] == 0
        assert rank(taker)["waiting"] == 1
    wait_until(lambda: rank(taker)["waiting"] == 0)


def test_an_id_that_was_used_before_is_refused_on_both_sides(start):
    giver, taker, third = start("giver"), start("taker"), start("third")
    ask(giver)
    ask(taker, params=source(giver, number="same"))
    forget(taker)
    again = ask(taker, PROMPT + PROMPT, params=source(giver, number="same"))
    assert again["fetched_tokens"] == 0
    assert complaints(taker) == {"reused": 1}
    assert ask(third, params=source(giver, number="same"))[
        "fetched_tokens"] == 0
    assert complaints(giver) == {"reused": 1}
    assert complaints(third) == {"reused": 1}


@pytest.mark.parametrize("unlike", [
    {"seed": "1"}, {"block_size": 32}, {"hash": "xxhash_cbor"}])
def test_peers_that_do_not_go_together_give_each_other_nothing(start, unlike):
    giver, taker = start("giver"), start("taker", **unlike)
    ask(giver)
    assert ask(taker, params=source(giver))["cached_tokens"] == 0
    assert complaints(taker) == complaints(giver) == {"mismatch": 1}


def test_a_dead_peer_costs_time_and_no_answer(start):
    giver, taker = start("giver"), start("taker")
    params = source(giver)
    giver.stop()
    served = ask(taker, params=params)
    assert served["cached_tokens"] == 0
    assert 5 < served["charged_ttft_s"] < 6 + 20 * SLOW
    assert complaints(taker) == {"unreachable": 1}
    assert rank(taker)["peer"]["failed"] == 1


@pytest.mark.parametrize("other", [
    {"kv_request_id": ""}, {"kv_request_id": 7}, {"remote_host": None},
    {"remote_port": 0}, {"remote_port": "5710"}, {"remote_port": 65536}])
def test_a_source_that_names_nobody_is_told_of(start, other):
    giver, taker = start("giver"), start("taker")
    ask(giver)
    assert ask(taker, params=source(giver, **other))["cached_tokens"] == 0
    assert complaints(taker) == {"missing": 1}


def test_before_0_27_there_is_no_peer_tier(start):
    giver, old = start("giver"), start("old", version="0.26.2")
    assert old.told_of["peer"] is None
    ask(giver)
    assert ask(old, params=source(giver))["cached_tokens"] == 0
    assert complaints(old) == {"connector": 1}
    forget(old)
    assert ask(old)["loaded_tokens"] == 1600


def test_several_sequences_cannot_share_a_fetch(start):
    giver, taker = start("giver"), start("taker")
    ask(giver)
    assert ask(taker, params=source(giver), n=2)["fetched_tokens"] == 0
    assert complaints(taker) == {"reused": 1}
