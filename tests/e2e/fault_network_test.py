"""Links that fail, lose and are slow, in a network of the test's own."""
import concurrent.futures
import json
import socket

import pytest

import harness
import network
from accounts import resident_bytes
from books import (FAST, STEADY, Cut, Fixed, assert_cut, chat, completion,
                   running, said)

CHAT = "/v1/chat/completions"
TURNS = dict(policy={"name": "round_robin"}, threads=1)


@pytest.fixture
def net():
    made = network.Network()
    yield made
    made.leave()


@pytest.fixture
def pair(net, programs, front):
    """pair(options, **top): a gateway on two workers in that network."""
    def make(options, **top):
        workers = [programs.start(Fixed, f"worker-{i}", **options)
                   for i in range(2)]
        return front(workers, **{**TURNS, **top})
    make.net = net
    return make


def begun(g, n):
    """n streams, each of which has brought its first tokens."""
    streams = [g.raw(CHAT, chat(f"tell me of {i}", stream=True,
                                max_tokens=60 * harness.SLOW,
                                ignore_eos=True))
               for i in range(n)]
    for s in streams:
        while s.pending.count(b"data: ") < 3:
            s.pending += s.socket.recv(65536)
    return streams


def outcomes_of(streams):
    """How many broke visibly, and how many were whole."""
    answers = [Cut(s.read_all()) for s in streams]
    for a in answers:
        if not a.whole:
            assert_cut(a)
    return [a.whole for a in answers].count(False), \
        [a.whole for a in answers].count(True)


def test_a_worker_behind_a_partition_costs_no_new_request(pair):
    wait = f"{400 * harness.SLOW}ms"
    g = pair(STEADY, timeouts={"between_bytes": wait, "connect": wait,
                               "first_byte": f"{2 * harness.SLOW}s"})
    victim, other = g.workers
    streams = begun(g, 4)
    assert running(victim) == running(other) == 2
    pair.net.drop(victim.address[1])
    assert outcomes_of(streams) == (2, 2)
    answers = [g.post(CHAT, chat(f"hello {n}")) for n in range(6)]
    assert {a.status for a in answers} == {200}
    assert {x["worker"] for x in g.lines(10)[4:]} == {other.worker_name}
    harness.wait_until(
        lambda: g.worker(victim.worker_name)["health"] == "down", 5,
        "its being out")
    pair.net.heal()
    harness.wait_until(
        lambda: g.worker(victim.worker_name)["health"] == "up", 10,
        "its return")
    harness.wait_until(
        lambda: g.ask(chat("welcome"), CHAT)[1]["worker"] ==
        victim.worker_name, 10, "its share")


def test_lost_packets_cost_time_alone(pair):
    g = pair(FAST, timeouts={"connect": "60s", "header": "60s"},
             probe={"health_interval": "1s", "health_timeout": "60s",
                    "up_after": 1})
    texts = [f"tell me of {n}" for n in range(12)]
    wanted = [g.workers[0].post(CHAT, chat(t, max_tokens=20)).json()
              ["choices"][0]["message"]["content"] for t in texts]

    def ask(text):
        return Cut(g.raw(CHAT, chat(text, stream=True, max_tokens=20),
                         timeout=60).read_all())
    pair.net.drop(*(p.address[1] for p in [g, *g.workers]),
                  when="numgen random mod 100 < 10")
    try:
        with concurrent.futures.ThreadPoolExecutor(len(texts)) as pool:
            answers = list(pool.map(ask, texts))
    finally:
        pair.net.heal()
    assert all(a.whole for a in answers)
    assert [said(a.events()) for a in answers] == wanted
    assert {x["outcome"] for x in g.lines(len(texts))} == {"ok"}


def test_connections_killed_by_the_kernel_cost_what_they_carried(pair):
    g = pair(STEADY)
    victim, other = g.workers
    streams = begun(g, 4)
    pair.net.kill_connections(f"dport = {victim.address[1]}")
    harness.wait_until(lambda: running(victim) == 0, 5, "its aborts")
    cut, whole = outcomes_of(streams)
    if cut == 0:
        pytest.skip("SKIP: ss -K kills nothing here")
    assert (cut, whole) == (2, 2)
    streams = begun(g, 4)
    pair.net.kill_connections(f"sport = {g.address[1]}")
    harness.wait_until(lambda: running(victim) + running(other) == 0, 5,
                       "aborts")
    assert {x["outcome"] for x in g.lines(8)[4:]} == {"client_gone"}
    for s in streams:
        s.socket.close()
    assert g.post(CHAT, chat("hello")).status == 200


def test_a_slow_link_holds_the_worker_back(net, fleet, front):
    """Tokens are made a hundred times as fast as the link takes them."""
    ours, theirs = "10.77.0.1", "10.77.0.2"
    net.add_neighbour(ours, theirs)
    g = front(fleet(1, block_size=16, profile="fast", speed=1000,
                    num_gpu_blocks=60000), **TURNS,
              listen=["0.0.0.0:0"], limits={"stream_buffer": "64KiB"})
    g.post("/v1/completions", completion([1, 2, 3]))
    before = resident_bytes(g.pid)
    n = 20000
    net.slow_down("1mbit")
    with net.at_neighbours():
        raw = harness.Raw((ours, g.address[1]), timeout=60)
    g.sent += 1
    body = json.dumps(completion(
        [1, 2, 3], stream=True, max_tokens=n, ignore_eos=True)).encode()
    raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
             b"Connection: close\r\nContent-Length: %d\r\n\r\n%s"
             % (len(body), body))
    harness.wait_until(
        lambda: g.workers[0].metrics().value("vllm:generation_tokens_total")
        >= n, 30, "all tokens")
    while len(raw.pending) < 100000:
        raw.pending += raw.socket.recv(65536)
    if harness.SLOW == 1:
        assert resident_bytes(g.pid) - before < 4 << 20
    harness.settles(lambda: g.metrics().value("warmpath_active_requests"), 1)
    net.speed_up()
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    answer = Cut(raw.read_all())
    assert answer.whole and len(answer.events()) == n + 1
    assert g.lines(2)[1]["outcome"] == "ok"
