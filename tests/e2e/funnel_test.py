"""Prompt tokens that no cache delivered, each by the one cause that lost
it; that the causes add up is looked at with every gateway's books."""
import random

import pytest

import harness
from books import BY_TOKENS, FAST, chat, completion

BLOCK = 16
BLOCKS = 20


def prompt(seed, n_tokens=BLOCKS * BLOCK + 1):
    draw = random.Random(seed)
    return [draw.randrange(250) for _ in range(n_tokens)]


@pytest.fixture
def gate(fleet, front):
    def make(n, model=None, **options):
        g = front(fleet(n, **{**FAST, **options}),
                  {"policy": BY_TOKENS, **(model or {})})
        if options.get("events", True):
            harness.wait_until(lambda: all(
                w["trust"] == "exact" for w in g.fleet()), 10, "trust")
        return g
    return make


def losses(g):
    return {labels["cause"]: value for labels, value in
            g.metrics().all("warmpath_uncached_tokens_total") if value}


def ask(g, tokens):
    """What this one lost, by cause."""
    before = losses(g)
    answer, _ = g.ask(completion(tokens))
    assert answer.status == 200
    after = losses(g)
    return {cause: after[cause] - before.get(cause, 0) for cause in after
            if after[cause] != before.get(cause, 0)}


def remembered(g, tokens):
    """Blocks that went to some worker, as far as it is known by now."""
    told = harness.request(g.admin, "POST", "/explain?path=/v1/completions",
                           completion(tokens)).json()
    return max(c["approx_blocks"] for c in told["candidates"])


def empty_caches(g, tokens):
    harness.wait_until(lambda: remembered(g, tokens) == BLOCKS, 10,
                       "what went where")
    for worker in g.workers:
        assert worker.post("/reset_prefix_cache").status == 200


def test_new_text_is_told_from_text_never_seen(gate):
    g = gate(2)
    assert ask(g, prompt(1)) == {"cold": 320, "tail": 1}
    g.settle()
    assert ask(g, prompt(1) + prompt(2, 64)) == {"new": 64, "tail": 1}


def test_what_its_holder_may_not_serve_is_lost_to_health(gate):
    g = gate(2)
    _, line = g.ask(completion(prompt(1)))
    g.settle()
    g.tell_worker(line["worker"], "drain")
    assert ask(g, prompt(1)) == {"health": 320, "tail": 1}


def test_what_was_dropped_is_lost_to_eviction(gate):
    g = gate(2)
    ask(g, prompt(1))
    g.settle()
    empty_caches(g, prompt(1))
    g.settle()
    assert ask(g, prompt(1)) == {"evicted": 320, "tail": 1}


def test_a_guess_that_does_not_hold_is_told_so(gate):
    g = gate(1, events=False)
    # Pieces of 64 bytes stand for blocks where nobody knows better.
    text = " ".join(map(str, prompt(1, 400)))[:BLOCKS * 64]
    asked = sum(ask(g, text).values())
    empty_caches(g, text)
    assert ask(g, text) == {"guess": 320, "unknown": asked - 320}


def test_what_its_worker_does_not_tell_is_told_so(gate):
    g = gate(1, usage_details=False)
    ask(g, prompt(1))
    g.settle()
    assert ask(g, prompt(1)) == {"untold": 320, "tail": 1}


def test_a_policy_that_looks_for_nothing_knows_of_nothing(gate):
    g = gate(2, {"policy": {"name": "round_robin"}})
    assert ask(g, prompt(1)) == {"unknown": 321}


def test_what_caches_delivered_has_saved_time(gate):
    g = gate(1)
    ask(g, prompt(1))
    assert g.metrics().value("warmpath_prefill_saved_seconds_total") == 0
    g.settle()
    assert ask(g, prompt(1)) == {"tail": 1}
    assert g.metrics().value("warmpath_prefill_saved_seconds_total") > 0


def test_only_streams_tell_of_the_time_between_tokens(gate):
    def streams(g):
        return g.metrics().value(
            "warmpath_time_per_output_token_seconds_count")
    g = gate(1)
    g.ask(completion(prompt(1)))
    g.ask(completion(prompt(1), stream=True, max_tokens=1,
                     stream_options={"include_usage": True}))
    assert streams(g) == 0
    g.ask(completion(prompt(1), stream=True,
                     stream_options={"include_usage": True}))
    assert streams(g) == 1


def test_lengths_of_requests_and_answers_are_told(gate):
    g = gate(1)
    answer, line = g.ask(completion(prompt(1)))
    metrics = g.metrics()
    for name, length in (("request_body_bytes", line["bytes_in"]),
                         ("answer_body_bytes", len(answer.body)),
                         ("request_prompt_tokens", 321),
                         ("answer_tokens", 2)):
        assert metrics.value(f"warmpath_{name}_count") == 1, name
        assert metrics.value(f"warmpath_{name}_sum") == length, name


def test_why_answers_end_is_told(gate):
    """Of those that end well, streamed or not."""
    g = gate(1)
    for asked in (completion(prompt(1)), completion(prompt(1), stream=True)):
        g.ask(asked)
    for more in ({}, {"stream": True}, {"stream": True, "n": 2}):
        g.ask(chat("hello", **more), "/v1/chat/completions")
    g.ask(completion(prompt(1), max_tokens=-1))
    told = g.metrics().all("warmpath_finish_reasons_total")
    assert told == [({"model": "demo", "reason": "length"}, 5)]
