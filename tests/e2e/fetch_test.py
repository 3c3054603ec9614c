"""Prefixes that a worker holds in host memory, fetched by another one that
is to serve the request, because the gateway says so."""
import pytest

import books
import halves
import harness

# Simulated seconds pass twenty times as fast; an L4 computes 4,000 tokens in
# 0.4 of them, and fetches and loads them in 0.15.
SIM = {"tokenizer": "bytes", "profile": "l4", "block_size": 16, "speed": 20,
       "cpu_blocks": 2000, "version": "0.27.0", "generation": "v0.27"}
PROMPT = [3 + i % 200 for i in range(4001)]
OTHER = [9 + i % 151 for i in range(4001)]
BLOCKS = 250
PATH = "/v1/completions"


@pytest.fixture
def gate(fleet, front):
    def make(n=2, model=None, options=None, peers=(), **top):
        workers = fleet(n, **{**SIM, **(options or {})})
        for worker, address in zip(workers, peers):
            worker.told_of["peer"] = address
        g = front(workers, {"policy": "cost", **(model or {})}, **top)
        g.sim = {w.worker_name: w for w in workers}
        return g
    return make


def explain(g, prompt):
    told = harness.request(g.admin, "POST", "/explain?path=" + PATH,
                           books.completion(prompt)).json()
    return {c["worker"]: c for c in told["candidates"]}


def teach(g, prompt=PROMPT, worker="worker-0"):
    """It alone computes the prompt, and the gateway hears of that."""
    g.only(worker)
    answer, line = g.ask(books.completion(prompt))
    assert (answer.status, line["worker"]) == (200, worker)
    harness.wait_until(
        lambda: explain(g, prompt)[worker]["held_blocks"] == BLOCKS and
        g.worker(worker)["index_blocks_other"] >= BLOCKS,
        10, "events of both tiers")


def state(worker):
    return worker.get("/sim/state").json()


def peer(worker):
    return state(worker)["ranks"][0]["peer"]


def has_no_complaint_of(worker):
    return state(worker)["complaint_counts"] == {}


def has_no_complaint(g):
    return all(has_no_complaint_of(w) for w in g.workers)


def test_what_a_drained_worker_holds_is_fetched_from_it(gate):
    g = gate(options={"speed": 1})
    assert g.worker("worker-1")["peer"] == g.sim["worker-1"].told_of["peer"]
    teach(g)
    g.only("worker-1")
    answer, line = g.ask(books.completion(PROMPT))
    assert (answer.status, line["worker"], line["reason"]) == \
        (200, "worker-1", "fetch")
    assert (line["source"], line["fetch_blocks"]) == ("worker-0", BLOCKS)
    assert line["cached_tokens"] == 4000
    computed = state(g.sim["worker-0"])["requests"][-1]
    fetched = state(g.sim["worker-1"])["requests"][-1]
    assert (computed["fetched_tokens"], fetched["fetched_tokens"]) == (0, 4000)
    assert g.metrics().value("warmpath_fetches_total", worker="worker-1",
                             source="worker-0") == 1
    assert g.metrics().value("warmpath_fetch_blocks_total", worker="worker-1",
                             source="worker-0") == BLOCKS
    # What was fetched is no reason to doubt what its events say.
    assert g.worker("worker-1")["trust"] == "exact"
    # It is there now.
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["prediction"] == "exact"
    assert has_no_complaint(g)


def test_who_is_busy_gives_to_who_is_not(gate):
    g = gate()
    teach(g)
    hang = g.sim["worker-0"].post("/sim/fault", {"kind": "hang"})
    assert hang.status == 200
    with g.raw(PATH, books.completion(OTHER + OTHER)):
        harness.wait_until(lambda: g.worker("worker-0")["inflight"] == 1)
        g.everybody()
        assert g.post(PATH, books.completion(PROMPT)).status == 200
        line = g.lines(g.sent - 1)[-1]
        assert (line["worker"], line["source"]) == ("worker-1", "worker-0")
        assert line["cached_tokens"] == 4000
    g.lines(g.sent)
    assert has_no_complaint(g)


def test_a_peer_of_which_nothing_is_known_is_doubtful(front, fleet):
    workers = fleet(2, **SIM)
    for key in "events", "replay":
        workers[0].told_of[key] = None
    g = front(workers, {"policy": "cost"})
    harness.settles(lambda: g.stderr().count("peer without events"), 1)


def test_what_is_in_host_memory_is_predicted_as_cached(gate):
    g = gate()
    teach(g)
    reset = g.sim["worker-0"].post("/reset_prefix_cache")
    assert reset.status == 200
    harness.wait_until(
        lambda: explain(g, PROMPT)["worker-0"]["held_blocks"] == 0)
    _, line = g.ask(books.completion(PROMPT))
    assert (line["cached_tokens"], line["prediction"]) == (4000, "exact")
    assert line["matched_blocks"] == BLOCKS and "source" not in line


def test_other_policies_fetch_nothing(gate):
    g = gate(model={"policy": "kv_aware"})
    teach(g)
    g.only("worker-1")
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["cached_tokens"] == 0
    assert peer(g.sim["worker-0"])["looked_up"] == 0


def test_engines_from_before_the_peer_tier_fetch_nothing(gate):
    g = gate(options={"version": "0.26.0", "generation": "v0.24"},
             peers=["127.0.0.1:1", "127.0.0.1:2"])
    harness.wait_until(lambda: all(
        w["version"] == "0.26.0" for w in g.fleet()))
    teach(g)
    g.only("worker-1")
    _, line = g.ask(books.completion(PROMPT))
    assert "source" not in line and line["cached_tokens"] == 0
    assert has_no_complaint(g)


def test_a_client_cannot_say_whom_to_fetch_from(gate):
    g = gate()
    teach(g)
    host, port = g.sim["worker-0"].told_of["peer"].split(":")
    g.only("worker-1")
    _, line = g.ask(books.completion(OTHER, kv_transfer_params={
        "remote_kv_source": {"kv_request_id": "mine", "remote_host": host,
                             "remote_port": int(port)}}))
    assert line["cached_tokens"] == 0 and "source" not in line
    # Nor does its own stand beside ours.
    _, line = g.ask(books.completion(PROMPT, kv_transfer_params={
        "remote_kv_source": {"kv_request_id": "mine", "remote_host": "x",
                             "remote_port": 1}}))
    assert (line["source"], line["cached_tokens"]) == ("worker-0", 4000)
    assert has_no_complaint(g)


def test_several_answers_to_one_prompt_are_computed(gate):
    g = gate()
    teach(g)
    g.only("worker-1")
    _, line = g.ask(books.completion(PROMPT, n=2))
    assert "source" not in line
    assert has_no_complaint(g)


def test_a_peer_that_does_not_answer_costs_no_answer(gate):
    g = gate(peers=["127.0.0.1:1"])
    teach(g)
    g.only("worker-1")
    answer, line = g.ask(books.completion(PROMPT))
    assert answer.status == 200
    assert (line["source"], line["cached_tokens"]) == ("worker-0", 0)
    assert state(g.sim["worker-1"])["complaint_counts"] == {"unreachable": 1}


def test_who_is_known_to_be_dead_is_not_asked(gate):
    g = gate()
    teach(g)
    g.only("worker-1")
    g.sim["worker-0"].stop()
    harness.wait_until(lambda: g.worker("worker-0")["health"] == "down")
    answer, line = g.ask(books.completion(PROMPT))
    assert answer.status == 200 and "source" not in line
    assert has_no_complaint_of(g.sim["worker-1"])

def test_each_try_has_an_id_of_its_own(gate):
    # So slow a giver that the first try dies while it waits.
    g = gate(3, options={"fetch_t0": 10, "speed": 20 / harness.SLOW})
    teach(g)
    giver = g.sim["worker-0"]
    g.tell_worker("worker-0", "drain")
    for name in "worker-1", "worker-2":
        g.tell_worker(name, "undrain")
    with g.raw(PATH, books.completion(PROMPT)) as raw:
        harness.wait_until(lambda: peer(giver)["looked_up"] == 1)
        first = next(w for w in g.workers[1:] if peer(w)["asked"] == 1)
        assert first.post("/sim/fault", {"kind": "die"}).status == 200
        assert b" 200 " in raw.read_all().split(b"\r\n")[0]
    line = g.lines(g.sent)[-1]
    assert (line["tries"], line["source"]) == (2, "worker-0")
    assert line["worker"] != first.worker_name
    assert line["cached_tokens"] == 4000
    assert peer(giver)["looked_up"] == 2
    assert has_no_complaint_of(giver)


def test_ids_and_source_go_together(gate):
    """A chat's token ids are in the same parameters."""
    text = "The garden wall was built by four neighbours. " * 100
    g = gate(model={"tokenizer": "models/demo", "send_token_ids": True},
             options={"tokenizer": "models/demo"})
    harness.wait_until(lambda: all(
        w["checks"]["special_tokens"]["state"] == "holds"
        for w in g.fleet()), 20, "parity")
    body = books.chat(text)
    g.only("worker-0")
    _, line = g.ask(body, "/v1/chat/completions")
    held = line["prompt_blocks"]
    harness.wait_until(
        lambda: g.worker("worker-0")["index_blocks_other"] >= held)
    g.only("worker-1")
    _, line = g.ask(body, "/v1/chat/completions")
    assert (line["sent_ids"], line["source"], line["fetch_blocks"]) == \
        (True, "worker-0", held)
    assert line["cached_tokens"] == held * 16
    assert has_no_complaint(g)


@pytest.mark.parametrize("connector", ["nixl", "nixl_push"])
def test_who_prefills_for_another_fetches_what_a_peer_holds(programs, front,
                                                            connector):
    """The one that holds it is drained; another computes the rest."""
    workers = [programs.start(halves.Half, name, role, connector, **SIM)
               for name, role in (("g0", "both"), ("p0", "prefill"),
                                  ("d0", "decode"))]
    g = halves.known(front(workers, {"policy": "cost"}, **halves.KEEP))
    giver, prefill, decode = workers
    teach(g, worker="g0")
    g.everybody()
    g.tell_worker("g0", "drain")
    _, line = g.ask(books.completion(PROMPT + OTHER))
    halves.expect_handed(line, "p0", "d0")
    assert (line["source"], line["fetch_blocks"]) == ("g0", BLOCKS)
    done = state(prefill)["requests"][-1]
    assert (done["fetched_tokens"], peer(giver)["looked_up"]) == (4000, 1)
    assert peer(decode)["asked"] == 0
    assert g.metrics().value("warmpath_fetch_blocks_total", worker="p0",
                             source="g0") == BLOCKS
    # It may be placed for those who prefill, too.
    harness.wait_until(lambda: harness.request(
        g.admin, "GET", "/placement").json()["prefixes"] == 1, 20, "a sighting")
    halves.assert_clean(g)
