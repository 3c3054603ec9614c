"""Hostile clients beside good ones, who must not notice."""
import concurrent.futures
import json
import select
import time

import pytest

import accounts
import harness
import hostile
from books import Cut, chat, completion
from witness import Witness, ask_in_turns

CHAT = "/v1/chat/completions"
LIVELY = dict(block_size=16, profile="fast", speed=20)
MODEL = {"tokenizer": "models/demo"}


@pytest.mark.parametrize("attack", hostile.ATTACKS,
                         ids=lambda attack: attack.__name__)
def test_an_attack_alone_is_dealt_with(fleet, front, attack):
    g = front(fleet(1, **LIVELY), MODEL, threads=1)
    g.sent += attack(g.address)
    assert g.post(CHAT, chat("and now")).status == 200


def test_good_clients_get_every_answer_whatever_others_do(fleet, front):
    rounds = 8 if harness.SLOW == 1 else 1
    g = front(fleet(2, **LIVELY), MODEL, threads=2)
    done = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        good = [pool.submit(ask_in_turns, Witness(g.address, g.workers[0]),
                            f"client {n}", lambda: done) for n in range(3)]
        bad = [pool.submit(attack, g.address) for _ in range(rounds)
               for attack in hostile.ATTACKS]
        try:
            g.sent += sum(b.result() for b in bad)
        finally:
            done.append(True)
        served = sum(x.result() for x in good)
    g.sent += served
    assert served >= 3
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_requests_total", outcome="ok") >= served, 10, "the counts")
    ended = g.metrics()
    for outcome in ("upstream_error", "cut_visible", "deadline"):
        assert ended.value("warmpath_requests_total", outcome=outcome) == 0
    accounts.wait_unburdened(g)


# --- prompts that are hard to tokenize --------------------------------

BYTES = 300 * 1024 // harness.SLOW
BOMBS = {
    "a word": "a" * BYTES,
    "spaces": " " * BYTES,
    "spaces before a letter": (" " * (BYTES - 1)) + "a",
    "newlines": "\r\n" * (BYTES // 2),
    "joiners": "\u200d" * (BYTES // 3),
    "marks": "a" + "\u0301" * (BYTES // 2),
    "apostrophes": "'" * BYTES,
    "digits": "7" * BYTES,
    "turns of two": "ab" * (BYTES // 2),
    "special": "<|im_start|>" * (BYTES // 12),
    "half special": "<|im_start" * (BYTES // 10),
    "emoji families": "\U0001f468\u200d\U0001f469\u200d\U0001f467"
                      * (BYTES // 18),
}


def longest_gap(raw, until, deadline):
    """Reads a stream until `until` is true; the longest that nothing
    came."""
    longest, last = 0, time.monotonic()
    while not until():
        if select.select([raw.socket], [], [], 0.05)[0]:
            raw.pending += raw.socket.recv(65536)
            longest = max(longest, time.monotonic() - last)
            last = time.monotonic()
        assert time.monotonic() < deadline, "it takes for ever"
    return max(longest, time.monotonic() - last)


@pytest.mark.parametrize("path", [CHAT, "/v1/completions"])
def test_hard_prompts_hold_up_no_stream(fleet, front, path):
    """On one lane: a prompt that was worked on there would stop it."""
    g = front(fleet(2, block_size=16, profile="fast", t0=0.02, b=0, c=0,
                    max_model_len=900000, num_gpu_blocks=60000), MODEL,
              threads=1, helpers=1,
              index={"conversations_max_size": "1MiB",
                     "memo_max_size": "1MiB"})
    stream = g.raw(CHAT, chat("go on", stream=True, max_tokens=100000,
                              ignore_eos=True), timeout=60)
    stream.read_until(b"data: ")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for name, text in BOMBS.items():
            body = completion(text) if path.endswith("1/completions") else \
                chat(text)
            bomb = pool.submit(harness.request, g.address, "POST", path,
                               {**body, "max_tokens": 1}, timeout=60)
            g.sent += 1
            # That is far above a step and far below what a quadratic
            # tokenizer would take.
            gap = longest_gap(stream, bomb.done,
                              time.monotonic() + 20 * harness.SLOW)
            assert gap < 2 * harness.SLOW, f"{name}: {gap:.2f} s of silence"
            assert bomb.result().status == 200, bomb.result()
    stream.socket.close()
    tokenized = [x["tokenized"] for x in g.lines(len(BOMBS))]
    assert set(tokenized) == {"local"}


def test_surplus_bytes_of_one_never_answer_another(fleet, front):
    """Pipelined requests of many clients over few connections to workers:
    each answer is its own request's."""
    g = front(fleet(2, **LIVELY), threads=2)
    per_client = 10

    def client(number):
        bodies = [json.dumps(chat(f"{number} {n}", max_tokens=8)).encode()
                  for n in range(per_client)]
        wanted = [g.workers[0].post(CHAT, b).json()["choices"]
                  for b in bodies]
        with harness.Raw(g.address, timeout=30) as raw:
            raw.send(b"".join(hostile.with_length(b) for b in bodies))
            got = [raw.read_answer().json()["choices"] for _ in bodies]
        assert got == wanted
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(client, range(6)))
    g.sent += 6 * per_client


def test_a_stream_may_be_left_by_its_client_at_any_byte(fleet, front):
    g = front(fleet(1, **LIVELY), threads=1)
    whole = g.raw(CHAT, chat("short", stream=True, max_tokens=3)).read_all()
    assert Cut(whole).whole
    steps = range(1, len(whole), 7 if harness.SLOW == 1 else 41)
    for at in steps:
        raw = g.raw(CHAT, chat("short", stream=True, max_tokens=3))
        while len(raw.pending) < at:
            raw.pending += raw.socket.recv(at - len(raw.pending))
        (hostile.reset if at % 2 else lambda r: r.socket.close())(raw)
    ended = harness.wait_until(
        lambda: len(g.lines(g.sent)) == g.sent and g.lines(g.sent))
    assert {x["outcome"] for x in ended} <= {"ok", "client_gone"}
