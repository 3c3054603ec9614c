"""What the gateway knows of its workers' caches, against what they hold."""
import random
import signal

import pytest

import harness

FAST = dict(profile="fast", speed=20, output_tokens=4)


class Front:
    """A gateway and its workers, compared block by block."""

    def __init__(self, gateway, workers, **model):
        self.workers = workers
        model = {"tokenizer": "models/demo",
                 "hash": {"key": "auto", "algorithm": "sha256", "seed": "0"},
                 **model}
        self.config = harness.fleet_config(workers, model=model, probe={
            "health_interval": "100ms", "metrics_interval": "100ms"})
        self.gateway = gateway(self.config)

    def listed(self):
        listed = self.gateway.admin_get("/workers").json()["workers"]
        return {w["name"]: w for w in listed}

    def ask(self, text, **more):
        answer = self.gateway.post("/v1/completions", {
            "model": "demo", "prompt": text, "max_tokens": 4, **more})
        assert answer.status == 200, answer
        return answer.json()

    def talk(self, n=12, seed=1):
        """Prompts that share prefixes with one another."""
        rng = random.Random(seed)
        words = ["wall", "garden", "summer", "four", "built", "neighbours"]
        shared = " ".join(rng.choice(words) for _ in range(60))
        for _ in range(n):
            tail = " ".join(rng.choice(words)
                            for _ in range(rng.randrange(5, 60)))
            self.ask(shared[:rng.randrange(len(shared))] + tail)

    def held(self):
        """Blocks of each worker and rank, by its own word."""
        found = {}
        for w in self.workers:
            ranks = w.get("/sim/state").json()["ranks"]
            for r in ranks:
                name = w.worker_name if len(ranks) == 1 else \
                    f"{w.worker_name}/{r['rank']}"
                found[name] = r["cached_blocks"]
        return found

    def agrees(self):
        listed = self.listed()
        return all(listed[name]["trust"] == "exact"
                   and listed[name]["index_blocks"] == blocks
                   for name, blocks in self.held().items())

    def wait_agreed(self):
        try:
            harness.wait_until(self.agrees, 30, "agreement")
        except AssertionError:
            raise AssertionError(f"{self.held()}\n{self.listed()}") from None

    def wait_for(self, name, **wanted):
        def is_so():
            w = self.listed()[name]
            return all(w[k] == v for k, v in wanted.items()) and w
        return harness.wait_until(is_so, 30, f"{name}: {wanted}")


@pytest.fixture
def front(fleet, gateway):
    def make(n=2, model=None, **options):
        f = Front(gateway, fleet(n, **{**FAST, **options}), **(model or {}))
        harness.wait_until(
            lambda: f.gateway.admin_get("/readyz").status == 200, 20,
            "readiness")
        return f
    return make


@pytest.mark.parametrize("generation", [
    "v0.10.2", "v0.14", "v0.17", "v0.20", "v0.23", "v0.24", "v0.27"])
@pytest.mark.parametrize("int_hashes", [True, False])
def test_the_index_is_the_workers_cache(front, generation, int_hashes):
    f = front(generation=generation, int_hashes=int_hashes)
    f.talk()
    assert sum(f.held().values()) > 20
    f.wait_agreed()
    for w in f.listed().values():
        assert w["keys"] in ("engine", "unproven")
        assert w["events"]["gaps"] == 0


@pytest.mark.parametrize("algorithm", [
    "sha256", "sha256_cbor", "xxhash", "xxhash_cbor"])
def test_every_algorithm_is_proved_by_the_first_event(front, algorithm):
    f = front(1, hash=algorithm, model={
        "hash": {"key": "auto", "algorithm": algorithm, "seed": "0"}})
    f.talk(3)
    f.wait_agreed()
    assert f.listed()["worker-0"]["keys"] == "engine"
    assert cached(f, "the same words again, twice") > 0


def wrong(f):
    return f.gateway.metrics().value("warmpath_prediction_total",
                                     result="wrong")


def cached(f, text):
    """Tokens that the second of two equal prompts finds; the gateway must
    have expected as many. Of those before it events may have come late."""
    text = text * 20
    f.ask(text)
    f.wait_agreed()
    before = wrong(f)
    usage = f.ask(text)["usage"]
    assert wrong(f) == before
    return usage["prompt_tokens_details"]["cached_tokens"]


@pytest.mark.parametrize("options, model", [
    ({"seed": "random"}, {}),
    ({"hash": "xxhash"}, {}),
    ({}, {"hash": {"key": "auto"}}),
    ({}, {"hash": {"key": "tokens"}}),
])
def test_unknown_hashes_are_keyed_by_tokens_and_said_so(front, options,
                                                        model):
    f = front(1, model=model, **options)
    f.talk()
    f.wait_agreed()
    w = f.listed()["worker-0"]
    assert w["keys"] == "tokens"
    if model.get("hash", {}).get("key") != "tokens":
        assert "PYTHONHASHSEED" in w["trust_reason"]
    assert cached(f, "the same words again, twice") > 0


def test_demanded_engine_hashes_that_differ_fall_back(front):
    f = front(1, seed="7", model={"hash": {"key": "engine", "seed": "0"}})
    f.talk(2)
    w = f.wait_for("worker-0", trust="fallback")
    assert "PYTHONHASHSEED" in w["trust_reason"]
    f.talk(2)


def test_a_late_gateway_learns_the_history(fleet, gateway):
    workers = fleet(1, **FAST)
    early = Front(gateway, workers)
    harness.wait_until(
        lambda: early.gateway.admin_get("/readyz").status == 200, 20, "ready")
    early.talk()
    late = Front(gateway, workers)
    late.wait_agreed()
    assert late.listed()["worker-0"]["trust_reason"] == "all events are known"


def test_a_gap_is_replayed(front):
    f = front(1)
    f.talk(3, seed=1)
    f.wait_agreed()
    worker = f.workers[0]
    worker.post("/sim/fault", {"kind": "drop_events", "count": 3})
    f.talk(6, seed=2)
    f.wait_agreed()
    events = f.listed()["worker-0"]["events"]
    assert events["gaps"] >= 1 and events["resyncs"] == 0


def test_a_gap_that_cannot_be_replayed_clears_the_worker(front):
    f = front(1)
    f.talk(3, seed=1)
    f.wait_agreed()
    f.workers[0].post("/sim/fault", {"kind": "drop_events", "count": 2,
                                     "and_replay": True})
    f.talk(6, seed=2)

    def is_over():
        w = f.listed()["worker-0"]
        return w["trust"] == "exact" and w["events"]["resyncs"] >= 1
    harness.wait_until(is_over, 30, "a fresh start")
    w = f.listed()["worker-0"]
    # What it says it holds, it holds.
    assert w["index_blocks"] < f.held()["worker-0"]
    assert "lost" in w["trust_reason"]
    f.talk(3, seed=3)


def test_eviction_is_followed(front):
    f = front(1, num_gpu_blocks=64)
    f.talk(30)
    f.wait_agreed()
    m = f.gateway.metrics()
    assert m.value("warmpath_kv_event_blocks_total", kind="removed") > 0


def test_a_reset_cache_is_forgotten(front):
    f = front(1)
    f.talk(3)
    f.wait_agreed()
    harness.wait_until(lambda: f.workers[0].post(
        "/reset_prefix_cache").status == 200, 10, "reset")
    f.wait_agreed()
    assert f.listed()["worker-0"]["index_blocks"] == 0
    f.talk(3)
    f.wait_agreed()


def test_an_idle_restart_is_noticed(front):
    f = front(2)
    f.talk(8)
    f.wait_agreed()
    for w in f.workers:
        w.post("/sim/fault", {"kind": "restart_empty", "ms": 0})
    harness.wait_until(lambda: all(
        w["index_blocks"] == 0 and w["routed_blocks"] == 0
        and w["trust"] == "exact" and w["health"] == "up"
        for w in f.listed().values()), 30, "empty again")
    f.talk(8)
    f.wait_agreed()


def test_a_silent_publisher_is_not_believed_for_long(front):
    f = front(1)
    f.talk(3)
    f.wait_agreed()
    f.workers[0].post("/sim/fault", {"kind": "silence", "on": True})
    f.talk(3, seed=2)
    f.workers[0].post("/sim/fault", {"kind": "silence", "on": False})
    f.talk(3, seed=3)
    f.wait_agreed()


def test_ranks_have_caches_of_their_own(fleet, gateway):
    # As vLLM does it: ports count up by rank.
    base = harness.free_ports(6)
    workers = fleet(1, data_parallel=3, event_port=base,
                    replay_port=base + 3, **FAST)
    f = Front(gateway, workers)
    entry = f.config["models"][0]["workers"][0]
    entry["data_parallel"] = 3
    g = gateway(f.config)
    f.gateway = g
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 20, "")
    for i in range(9):
        f.talk(2, seed=i)
    assert set(f.held()) == {"worker-0/0", "worker-0/1", "worker-0/2"}
    f.wait_agreed()


def test_a_dead_worker_is_down_and_not_exact(front):
    f = front(2)
    f.talk(4)
    f.wait_agreed()
    f.workers[1].kill()
    w = f.wait_for("worker-1", health="down")
    assert "connections" in w["health_reason"]
    harness.wait_until(lambda: f.listed()["worker-1"]["trust"] != "exact", 30,
                       "doubt")
    f.talk(4)
    assert f.gateway.admin_get("/readyz").status == 200


def test_without_events_what_was_routed_counts(fleet, gateway):
    workers = fleet(2, **FAST)
    # Which counts what was routed, and nothing else.
    f = Front(gateway, workers, policy={"name": "prefix"})
    for entry in f.config["models"][0]["workers"]:
        entry.pop("events")
        entry.pop("replay")
    f.gateway = gateway(f.config)
    harness.wait_until(
        lambda: f.gateway.admin_get("/readyz").status == 200, 20, "readiness")
    for w in f.listed().values():
        assert w["trust"] == "fallback"
        assert "--kv-events-config" in w["trust_reason"]
    text = "what was sent there before is there still " * 20
    f.ask(text)
    harness.wait_until(lambda: sum(
        w["routed_blocks"] for w in f.listed().values()) > 0, 10, "memory")
    for _ in range(4):
        usage = f.ask(text)["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] > 0


def test_a_reload_keeps_what_is_known(front):
    f = front(2)
    f.talk(8)
    f.wait_agreed()
    before = {n: w["events"]["replays"] for n, w in f.listed().items()}
    entry = f.config["models"][0]["workers"]
    removed = entry.pop()
    f.gateway.write_config(f.config)
    f.gateway.signal(signal.SIGHUP)
    harness.wait_until(lambda: set(f.listed()) == {"worker-0"}, 20, "reload")
    w = f.listed()["worker-0"]
    assert w["index_blocks"] == f.held()["worker-0"]
    assert w["events"]["replays"] == before["worker-0"]
    text = f.gateway.admin_get("/metrics").text
    assert 'worker="worker-1"' not in text
    entry.append(removed)
    f.gateway.write_config(f.config)
    f.gateway.signal(signal.SIGHUP)
    harness.wait_until(lambda: len(f.listed()) == 2, 20, "reload")
    f.wait_agreed()


def test_more_workers_than_replays_at_a_time_take_turns(fleet, gateway):
    workers = fleet(20, **FAST)
    for w in workers:
        for text in ("once upon a time ", "there was a wall "):
            assert w.post("/v1/completions", {
                "model": "demo", "prompt": text * 20,
                "max_tokens": 1}).status == 200
    f = Front(gateway, workers)
    f.wait_agreed()
    assert all(w["index_blocks"] > 0 for w in f.listed().values())
