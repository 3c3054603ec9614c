"""Workers that are unlike what the gateway takes them for: each fault is
named, prompts are not routed by wrong ids meanwhile, and it comes back by
itself."""
import json

import pytest

import books
import harness

SIM = {**books.FAST, "tokenizer": "models/demo"}
OTHER = ("{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
         "[assistant]")


@pytest.fixture
def other_template(tmp_path):
    path = tmp_path / "other.jinja"
    path.write_text(OTHER)
    return str(path)


@pytest.fixture
def gate(fleet, front):
    """gate(n, model={}, **options): n workers alike behind a gateway that
    compares often."""
    def make(n, model=None, **options):
        workers = fleet(n, **{**SIM, **options})
        g = front(workers, {"tokenizer": "models/demo", **(model or {})},
                  probe={"health_interval": "100ms", "health_timeout": "2s",
                         "up_after": 1, "down_after": 1,
                         "metrics_interval": "100ms",
                         "parity_interval": "1s"}, policy=books.BY_TOKENS)
        wait_for(g, "tokenizer", {"holds", "differs"})
        return g
    return make


def wait_for(g, check, states, worker=None):
    """The check of every worker, or of the one, once it is so."""
    def found():
        told = [w["checks"][check] for w in g.fleet()
                if worker in (None, w["name"])]
        return told if all(c["state"] in states for c in told) else None
    return harness.wait_until(found, 20, f"{check} that is {states}")


def change(worker, **options):
    answer = worker.post("/sim/fault", {"kind": "change", "with": options})
    assert answer.status == 200, answer


def restart(g, worker, **options):
    """With other options, and long enough away to be missed."""
    answer = worker.post("/sim/fault", {"kind": "restart_empty",
                                        "down_ms": 500, "with": options})
    assert answer.status == 200, answer
    harness.wait_until(lambda: g.worker(worker.worker_name)["health"] ==
                       "down", 20, "the worker's end")
    harness.wait_until(lambda: g.worker(worker.worker_name)["health"] == "up",
                       20, "the worker's return")


def tokenized(g, body, path="/v1/chat/completions"):
    answer, line = g.ask(body, path)
    assert answer.status == 200, answer
    return line["tokenized"]


def sources(g):
    model, = g.admin_get("/workers").json()["models"]
    return model["texts"], model["chats"]


def warnings(g, name):
    return [line for line in g.stderr().splitlines()
            if f"parity: {name}" in line and '"warn"' in line]


def test_workers_like_us_hold_in_everything(gate):
    g = gate(2, {"loras": ["sql"]}, loras="sql")
    for w in g.workers:
        g.only(w.worker_name)
        g.ask(books.completion(books.LONG))
    for check in ("model", "special_tokens", "chat_template",
                  "prefix_caching", "block_size", "hash", "events", "replay",
                  "usage", "loras"):
        wait_for(g, check, {"holds"})
    assert all(w["parity"] == "holds" and w["parity_reason"] is None
               for w in g.fleet())
    harness.settles(lambda: sources(g), ("gateway", "gateway"))
    metrics = g.metrics()
    assert metrics.value("warmpath_worker_parity", check="hash") == 2
    assert metrics.value("warmpath_prompt_counts_total", result="same") == 2
    assert metrics.value("warmpath_prompt_counts_total",
                         result="differs") == 0
    assert not warnings(g, "worker")


def test_chats_of_another_template_are_put_to_workers(gate, other_template):
    g = gate(2, chat_template=other_template)
    told = wait_for(g, "chat_template", {"differs"})
    assert "ours \"<|im_start|>user" in told[0]["says"]
    assert "theirs \"[user]" in told[0]["says"]
    assert "--chat-template" in told[0]["mend"]
    assert all(w["parity"] == "differs" and
               w["parity_reason"].startswith("chat_template: ")
               for w in g.fleet())
    assert "chat_template" in g.admin_get("/workers?format=text").text
    harness.settles(lambda: sources(g), ("gateway", "worker"))
    assert g.metrics().value("warmpath_worker_parity",
                             check="chat_template") == 0

    body = books.chat(books.LONG)
    assert tokenized(g, body) == "parity_worker"
    assert tokenized(g, books.completion(books.LONG),
                     "/v1/completions") == "local"
    # What the workers' ids say is true of their caches.
    g.settle()
    _, line = g.ask(body, "/v1/chat/completions")
    assert line["tokenized"] in ("memo", "parity_worker")
    assert line["exact"]
    assert line["prediction"] == "exact" and line["cached_tokens"] > 0

    for w in g.workers:
        change(w, chat_template="")
    wait_for(g, "chat_template", {"holds"})
    harness.settles(lambda: sources(g), ("gateway", "gateway"))
    assert tokenized(g, books.chat("again")) == "local"
    # Each fault once in the log, however often it was seen.
    assert len(warnings(g, "worker-0: chat_template")) == 1


def test_one_of_many_is_not_matched_by_our_ids(gate, other_template):
    g = gate(3)
    wait_for(g, "chat_template", {"holds"})
    change(g.workers[1], chat_template=other_template)
    wait_for(g, "chat_template", {"differs"}, "worker-1")
    harness.settles(lambda: sources(g), ("gateway", "gateway"))

    def exact(path, body):
        told = harness.request(g.admin, "POST", f"/explain?path={path}",
                               body).json()
        return {c["worker"]: c["exact"] for c in told["candidates"]}
    assert exact("/v1/chat/completions", books.chat(books.LONG)) == {
        "worker-0": True, "worker-1": False, "worker-2": True}
    assert all(exact("/v1/completions",
                     books.completion(books.LONG)).values())
    change(g.workers[1], chat_template="")
    wait_for(g, "chat_template", {"holds"})
    assert all(exact("/v1/chat/completions",
                     books.chat(books.LONG)).values())


def test_texts_of_another_tokenizer_are_matched_in_pieces(gate):
    g = gate(1, tokenizer="bytes")
    told, = wait_for(g, "tokenizer", {"differs"})
    assert "differs at token 0" in told["says"]
    assert "--tokenizer models/demo" in told["mend"]
    harness.settles(lambda: sources(g), ("pieces", "worker"))
    assert tokenized(g, books.completion(books.LONG),
                     "/v1/completions") == "parity_text"
    assert tokenized(g, books.chat(books.LONG)) == "parity_worker"
    change(g.workers[0], tokenizer="models/demo")
    wait_for(g, "tokenizer", {"holds"})
    harness.settles(lambda: sources(g), ("gateway", "gateway"))
    assert tokenized(g, books.completion(books.LONG),
                     "/v1/completions") == "local"


def test_a_bos_that_nobody_asked_for_is_named(gate):
    g = gate(1, bos="<|endoftext|>")
    told, = wait_for(g, "special_tokens", {"differs"})
    assert "the worker puts \"<|endoftext|>\" before" in told["says"]
    assert g.worker("worker-0")["checks"]["chat_template"]["state"] == "holds"
    harness.settles(lambda: sources(g), ("pieces", "worker"))
    change(g.workers[0], bos="")
    wait_for(g, "special_tokens", {"holds"})
    harness.settles(lambda: sources(g), ("gateway", "gateway"))


@pytest.mark.parametrize("options, says, mend", [
    ({"seed": "42"}, "named by sha256 with PYTHONHASHSEED=42",
     "PYTHONHASHSEED=0"),
    ({"seed": "random"}, "another PYTHONHASHSEED, or none",
     "PYTHONHASHSEED=0"),
    ({"hash": "sha256_cbor", "told_hash": "sha256"},
     "named by sha256_cbor, but hash says sha256 and its /metrics say",
     "--prefix-caching-hash-algo sha256"),
])
def test_other_names_of_blocks_are_explained(gate, options, says, mend):
    if says.endswith("say"):  # the lie is what is configured as well
        says = says[:-len(" and its /metrics say")]
    g = gate(1, **options)
    g.ask(books.completion(books.LONG))
    told, = wait_for(g, "hash", {"differs"})
    assert says in told["says"] and mend in told["mend"]
    # Keyed by ids it is routed well all the same.
    _, line = g.ask(books.completion(books.LONG))
    assert line["exact"] and line["cached_tokens"] > 0
    restart(g, g.workers[0], seed="0", hash="sha256", told_hash="")
    g.ask(books.completion(books.LONG))
    wait_for(g, "hash", {"holds"})
    assert g.worker("worker-0")["keys"] == "engine"


def test_an_algorithm_is_named_before_any_block(gate):
    g = gate(1, hash="xxhash")
    told, = wait_for(g, "hash", {"differs"})
    assert "its /metrics say xxhash" in told["says"]
    assert "hash.algorithm: xxhash" in told["mend"]


def test_another_block_size_is_named_and_comes_back(gate):
    g = gate(1, {"block_size": 16}, block_size=32)
    told, = wait_for(g, "block_size", {"differs"})
    assert told["says"] == "its blocks have 32 tokens, but block_size: says 16"
    assert "--block-size 16" in told["mend"]
    g.ask(books.completion(books.LONG))
    harness.wait_until(
        lambda: g.worker("worker-0")["trust"] == "fallback", 20, "fallback")
    restart(g, g.workers[0], block_size=16)
    g.ask(books.completion(books.LONG))
    wait_for(g, "block_size", {"holds"})
    harness.wait_until(
        lambda: g.worker("worker-0")["trust"] == "exact", 20, "trust")


def test_adapters_that_are_gone_are_named(gate):
    g = gate(1, {"loras": ["sql", "chat"]}, loras="chat")
    told, = wait_for(g, "loras", {"differs"})
    assert told["says"] == "it does not know sql"
    assert "--enable-lora" in told["mend"] and "--lora-modules" in told["mend"]
    change(g.workers[0], loras="chat,sql")
    wait_for(g, "loras", {"holds"})


def test_another_served_name_is_named(gate):
    g = gate(1)
    change(g.workers[0], model="demo-v2")
    told, = wait_for(g, "model", {"differs"})
    assert "--served-model-name demo" in told["mend"]
    change(g.workers[0], model="demo")
    wait_for(g, "model", {"holds"})


@pytest.mark.parametrize("options, check", [
    ({"events": False}, "events"), ({"replay": False}, "replay")])
def test_events_and_replay_that_are_off_are_named(gate, options, check):
    g = gate(1, **options)
    told, = wait_for(g, check, {"differs"})
    assert "--kv-events-config" in told["mend"]
    assert "replay_endpoint" in told["mend"]


def test_answers_without_cached_tokens_are_named(gate):
    g = gate(1, usage_details=False)
    g.ask(books.completion(books.LONG))
    told, = wait_for(g, "usage", {"differs"})
    assert "--enable-prompt-tokens-details" in told["mend"]
    change(g.workers[0], usage_details=True)
    g.ask(books.completion(books.LONG))
    wait_for(g, "usage", {"holds"})


def test_an_answer_that_counts_otherwise_brings_a_comparison(fleet, front):
    workers = fleet(1, **SIM)
    g = front(workers, {"tokenizer": "models/demo"},
              probe={"health_interval": "100ms", "up_after": 1,
                     "metrics_interval": "100ms", "parity_interval": "10s"})
    wait_for(g, "special_tokens", {"holds"})
    change(workers[0], bos="<|endoftext|>")
    g.ask(books.completion(books.LONG))
    harness.settles(lambda: g.metrics().value("warmpath_prompt_counts_total",
                    result="differs"), 1)
    # Long before the ten seconds are over.
    wait_for(g, "special_tokens", {"differs"})


def test_a_fleet_may_do_without(fleet, front):
    workers = fleet(1, **SIM, bos="<|endoftext|>")
    g = front(workers, {"tokenizer": "models/demo"},
              probe={"health_interval": "100ms", "up_after": 1,
                     "metrics_interval": "100ms", "parity_interval": "0s"})
    g.ask(books.chat("hi"), "/v1/chat/completions")
    assert g.worker("worker-0")["checks"]["tokenizer"]["state"] == "unknown"
    assert json.loads(workers[0].get("/sim/state").text)["encoded"] == 1
