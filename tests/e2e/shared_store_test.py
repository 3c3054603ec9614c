"""A store that workers share: what one has put there any of them loads, and
the gateway knows, prices and tells it."""
import os

import pytest

import books
import harness

# An L4 computes 4,000 tokens in 0.4 s and loads them from the store in 0.09;
# simulated seconds pass ten times as fast.
SIM = {"tokenizer": "bytes", "profile": "l4", "block_size": 16, "speed": 10,
       "version": "0.27.0", "generation": "v0.27"}
PROMPT = [3 + i % 200 for i in range(4001)]
OTHER = [9 + i % 151 for i in range(4001)]
BLOCKS = 250
PATH = "/v1/completions"


@pytest.fixture
def gate(programs, front, tmp_path):
    """Workers on one store, each with options of its own, too."""
    def make(*options, without=None, **more):
        store = tmp_path / "store"
        store.mkdir()
        workers = [
            programs.start(harness.Worker, f"worker-{i}",
                           **{"store_dir": store, **SIM, **o})
            for i, o in enumerate(options or ({}, {}))]
        model = {"policy": "cost", "shared_store": {"name": "nfs"},
                 "workers": [{**w.config(), "shared_store": i != without}
                             for i, w in enumerate(workers)], **more}
        g = front(workers, model)
        g.sim = {w.worker_name: w for w in workers}
        g.store = store
        return g
    return make


def explain(g, prompt):
    told = harness.request(g.admin, "POST", "/explain?path=" + PATH,
                           books.completion(prompt)).json()
    return {c["worker"]: c for c in told["candidates"]}


def stored(g):
    """Blocks that the gateway thinks the store holds."""
    told = harness.request(g.admin, "GET", "/workers").json()
    return told["stores"][0]["index_blocks"]


def teach(g, *prompts, worker="worker-0"):
    """It alone computes the prompts, and the gateway hears of that."""
    g.only(worker)
    for prompt in prompts or (PROMPT,):
        answer, line = g.ask(books.completion(prompt))
        assert (answer.status, line["worker"]) == (200, worker)
        assert "source" not in line
    harness.wait_until(lambda: stored(g) == len(os.listdir(g.store)) >= BLOCKS,
                       10, "events of the store")


def last(g, worker):
    return g.sim[worker].get("/sim/state").json()["requests"][-1]


def empty(g):
    for name in os.listdir(g.store):
        os.unlink(g.store / name)


def test_what_one_has_stored_another_loads(gate):
    g = gate()
    teach(g)
    g.everybody()
    cold = explain(g, PROMPT)["worker-1"]
    assert (cold["held_blocks"], cold["store_blocks"]) == (0, BLOCKS)
    assert (cold["source"], cold["load_blocks"]) == ("nfs", BLOCKS)
    whole = explain(g, OTHER)["worker-1"]
    assert cold["expected_ms"] < whole["expected_ms"]
    g.only("worker-1")
    answer, line = g.ask(books.completion(PROMPT))
    assert (answer.status, line["worker"], line["reason"]) == \
        (200, "worker-1", "store")
    assert (line["source"], line["load_blocks"]) == ("nfs", BLOCKS)
    assert line["matched_blocks"] == BLOCKS
    assert (line["cached_tokens"], line["prediction"]) == (4000, "exact")
    computed, loaded = last(g, "worker-0"), last(g, "worker-1")
    assert (computed["pooled_tokens"], loaded["pooled_tokens"]) == (0, 4000)
    m = g.metrics()
    assert m.value("warmpath_store_loads_total", worker="worker-1",
                   source="nfs") == 1
    assert m.value("warmpath_store_load_blocks_total", worker="worker-1",
                   source="nfs") == BLOCKS
    assert m.value("warmpath_store_blocks", model="demo",
                   store="nfs") == BLOCKS
    # It is there now.
    harness.wait_until(lambda: explain(g, PROMPT)["worker-1"]["held_blocks"]
                       == BLOCKS, 10, "events of the load")
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["prediction"] == "exact"


def test_it_outlives_who_has_stored_it(gate):
    g = gate()
    teach(g)
    g.sim["worker-0"].kill()
    harness.wait_until(lambda: g.worker("worker-0")["health"] == "down", 30,
                       "the death of worker-0")
    g.everybody()
    _, line = g.ask(books.completion(PROMPT))
    assert (line["worker"], line["source"]) == ("worker-1", "nfs")
    assert (line["cached_tokens"], line["prediction"]) == (4000, "exact")
    assert stored(g) == BLOCKS


def test_where_its_own_blocks_end_the_store_goes_on(gate):
    g = gate()
    teach(g, PROMPT)
    # The tail of another prompt is in the store, its head here, too.
    longer = PROMPT[:2000] + OTHER[:2001]
    teach(g, longer)
    g.only("worker-1")
    assert g.ask(books.completion(PROMPT[:2001]))[0].status == 200
    harness.wait_until(lambda: explain(g, longer)["worker-1"]["held_blocks"]
                       == 125, 10, "events of the head")
    _, line = g.ask(books.completion(longer))
    assert (line["source"], line["load_blocks"]) == ("nfs", BLOCKS - 125)
    assert (line["cached_tokens"], line["prediction"]) == (4000, "exact")
    assert last(g, "worker-1")["pooled_tokens"] == 2000


def test_what_was_deleted_is_missed_once(gate):
    g = gate()
    teach(g, PROMPT, OTHER)
    empty(g)
    g.only("worker-1")
    _, line = g.ask(books.completion(PROMPT))
    assert (line["source"], line["cached_tokens"]) == ("nfs", 0)
    assert line["prediction"] != "exact"
    # It computed them, and has put them there again.
    harness.wait_until(lambda: len(os.listdir(g.store)) == BLOCKS, 10)
    assert g.worker("worker-1")["trust"] == "exact"
    g.only("worker-0")
    harness.wait_until(
        lambda: g.sim["worker-0"].post("/reset_prefix_cache").status == 200)
    harness.wait_until(lambda: explain(g, PROMPT)["worker-0"]["held_blocks"]
                       == 0, 10, "the reset")
    _, line = g.ask(books.completion(PROMPT))
    assert (line["source"], line["cached_tokens"]) == ("nfs", 4000)
    assert line["prediction"] == "exact"


def test_one_whose_way_there_is_broken_does_without(gate):
    """Another PYTHONHASHSEED: it looks for blocks by other names."""
    g = gate({}, {"seed": "7"}, hash={"key": "tokens"})
    prompts = [PROMPT[i:2001] for i in range(4)]
    teach(g, *prompts)
    g.only("worker-1")
    for prompt in prompts[:3]:
        _, line = g.ask(books.completion(prompt))
        assert (line["source"], line["cached_tokens"]) == ("nfs", 0)
    harness.wait_until(lambda: g.worker("worker-1")["shared_store_fails"])
    _, line = g.ask(books.completion(prompts[3]))
    assert "source" not in line and line["prediction"] == "exact"
    assert g.worker("worker-1")["trust"] == "exact"
    assert not g.worker("worker-0")["shared_store_fails"]


def test_one_that_does_not_use_it_loads_nothing(gate):
    g = gate({}, {"store_dir": ""}, without=1)
    teach(g)
    cold = explain(g, PROMPT)["worker-1"]
    assert "store_blocks" not in cold and "source" not in cold
    assert g.worker("worker-1")["shared_store"] is None
    g.only("worker-1")
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["prediction"] == "exact"


def test_a_slow_store_is_left_alone_where_a_worker_can_be_told(gate):
    g = gate(shared_store={"name": "nfs", "optional": True,
                           "ms_per_token": 5})
    teach(g)
    g.only("worker-1")
    told = explain(g, PROMPT)["worker-1"]
    assert told["leaves_store"] and "source" not in told
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["worker"] == "worker-1"
    assert (line["cached_tokens"], line["matched_blocks"]) == (0, 0)
    assert line["prediction"] == "exact"
    assert last(g, "worker-1")["pooled_tokens"] == 0
