"""KV events that are lost, late or of another life: what is predicted."""
import random

import pytest

import harness
from books import FAST, Fixed, completion, fault, state

BLOCK = 16


@pytest.fixture
def lone(programs, front):
    """lone(**options): a gateway on one worker."""
    def make(**options):
        worker = programs.start(Fixed, **{**FAST, **options})
        g = front([worker])
        # Without replay nothing is trusted before the first event.
        if options.get("replay", True):
            wait_trusted(g)
        return g
    return make


def prompt(seed, n_tokens=20 * BLOCK + 1):
    draw = random.Random(seed)
    return [draw.randrange(250) for _ in range(n_tokens)]


def known(g):
    return g.fleet()[0]


def wait_trusted(g, timeout=5):
    harness.wait_until(lambda: known(g)["trust"] == "exact" and
                       known(g)["health"] == "up", timeout, "trust")


def held(g, tokens):
    return g.held(tokens)["worker-0"]


def truth(g):
    """How many different blocks the worker has: copies count once."""
    told = g.workers[0].get("/sim/state?blocks=1").json()
    return len({b["hash"] for b in told["ranks"][0]["blocks"]})


def agrees(g):
    return known(g)["index_blocks"] == truth(g)


def wait_agreed(g, timeout=5):
    harness.wait_until(lambda: agrees(g), timeout,
                       f"as many blocks as the {truth(g)} that are there")


def assert_predicted(g, tokens, blocks):
    """Asked now, exactly so many blocks are predicted, and found."""
    answer, line = g.ask(completion(tokens))
    assert answer.status == 200
    assert line["prediction"] == "exact", line
    assert line["matched_blocks"] == blocks, line
    assert line["cached_tokens"] == blocks * BLOCK, line


def batches(g):
    ranks = state(g.workers[0])["ranks"]
    return ranks[0]["next_seq"]


def lose_batches(g, n, first=None, **more):
    """Has the worker make at least n batches that nobody is sent."""
    before = batches(g)
    seed = before
    fault(g.workers[0], "drop_events", count=-1, **more)
    if first:
        g.ask(first)
    while batches(g) - before < n:
        seed += 1
        answer = g.workers[0].post("/v1/completions", completion(
            prompt(seed, BLOCK), max_tokens=1600, n=4, ignore_eos=True))
        assert answer.status == 200, answer
    fault(g.workers[0], "drop_events", count=0)


def test_500_lost_batches_are_replayed_and_predicted_rightly(lone):
    g = lone(speed=1000, num_gpu_blocks=20000)
    g.ask(completion(prompt("old")))
    wait_agreed(g)
    lose_batches(g, 500, completion(prompt("unseen")))
    assert g.metrics().value("warmpath_kv_event_gaps_total") == 0
    g.ask(completion(prompt("new")))
    wait_agreed(g)
    metrics = g.metrics()
    assert metrics.value("warmpath_kv_event_gaps_total") >= 1
    assert metrics.value("warmpath_kv_event_replays_total") >= 2
    assert metrics.value("warmpath_kv_event_resyncs_total") == 0
    wait_trusted(g)
    for seed in ("old", "unseen", "new"):
        assert_predicted(g, prompt(seed), 20)
    assert g.metrics().value("warmpath_prediction_total",
                             result="wrong") == 0


@pytest.mark.parametrize("options, forgotten", [
    (dict(replay=False), False), (dict(), True)],
    ids=["no replay endpoint", "forgotten by the publisher"])
def test_batches_lost_for_good_clear_what_was_known(lone, options,
                                                    forgotten):
    g = lone(**options)
    g.ask(completion(prompt("old")))
    harness.wait_until(lambda: held(g, prompt("old")) == 20, 5, "old blocks")
    lose_batches(g, 500, and_replay=forgotten)
    g.ask(completion(prompt("new")))
    harness.wait_until(lambda: held(g, prompt("new")) == 20, 5, "new blocks")
    wait_trusted(g)
    assert held(g, prompt("old")) == 0
    assert known(g)["index_blocks"] < 40
    metrics = g.metrics()
    assert metrics.value("warmpath_kv_event_gaps_total") >= 1
    assert metrics.value("warmpath_kv_event_resyncs_total",
                         reason="lost") == 1
    assert_predicted(g, prompt("new"), 20)


def test_an_empty_restart_leaves_no_stale_prediction(lone):
    g = lone()
    for seed in range(3):
        g.ask(completion(prompt(seed)))
    wait_agreed(g)
    assert truth(g) >= 60
    fault(g.workers[0], "restart_empty")
    harness.wait_until(lambda: state(g.workers[0])["lives"] == 2, 5,
                       "the restart")
    assert truth(g) == 0
    harness.wait_until(lambda: known(g)["index_blocks"] == 0, 5,
                       "an empty index")
    wait_trusted(g, 5)
    for seed in range(3):
        assert_predicted(g, prompt(seed), 0)
    wait_agreed(g)
    for seed in range(3):
        assert_predicted(g, prompt(seed), 20)
    harness.settles(lambda:
                    g.metrics().value("warmpath_kv_event_resyncs_total",
                    reason="restart"), 1)


def test_a_restart_that_catches_up_with_the_old_count_is_noticed(
        lone, programs):
    """The new life has published as many batches as the old one by the
    time the gateway asks: numbers alone would tell nothing."""
    g = lone()
    g.ask(completion(prompt("old life")))
    wait_agreed(g)
    before = batches(g)
    worker = g.workers[0]
    worker.kill()
    g.workers[0] = worker = programs.start(worker.again)
    while batches(g) < before:
        worker.post("/v1/completions", completion(prompt(batches(g))))
    wait_agreed(g, 5)
    wait_trusted(g, 5)
    assert held(g, prompt("old life")) == 0
    assert_predicted(g, prompt("old life"), 0)


def test_a_silent_publisher_costs_no_request_and_recovers(lone):
    g = lone()
    g.ask(completion(prompt("before")))
    wait_agreed(g)
    fault(g.workers[0], "silence", on=True)
    for seed in range(8):
        answer, _ = g.ask(completion(prompt(seed)))
        assert answer.status == 200
    assert known(g)["index_blocks"] < truth(g)
    fault(g.workers[0], "silence", on=False)
    # The next batch tells what was missed.
    g.ask(completion(prompt("after")))
    wait_agreed(g)
    wait_trusted(g)
    for seed in ("before", 3, 7, "after"):
        assert_predicted(g, prompt(seed), 20)


def test_a_reset_cache_is_forgotten(lone):
    g = lone()
    g.ask(completion(prompt("a")))
    wait_agreed(g)
    assert g.workers[0].post("/reset_prefix_cache").status == 200
    harness.wait_until(lambda: known(g)["index_blocks"] == 0, 5,
                       "an empty index")
    assert_predicted(g, prompt("a"), 0)


def test_evicted_blocks_are_not_predicted(lone):
    g = lone(num_gpu_blocks=100)
    for seed in range(12):
        g.ask(completion(prompt(seed)))
        wait_agreed(g)
    assert truth(g) <= 100
    assert held(g, prompt(0)) == 0
    assert_predicted(g, prompt(0), 0)
    assert_predicted(g, prompt(11), 20)
    assert known(g)["events"]["gaps"] == 0
