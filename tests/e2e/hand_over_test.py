"""Prompts that are tokenized once in the fleet: the gateway gives the worker
the ids, where it takes them and is known to make the same."""
import pytest

import books
import harness

SIM = {**books.FAST, "tokenizer": "models/demo", "version": "0.27.0"}
CHAT, TEXT = "/v1/chat/completions", "/v1/completions"


@pytest.fixture
def gate(fleet, front):
    def make(n=1, on=True, parity="10m", **options):
        g = front(fleet(n, **{**SIM, **options}),
                  {"tokenizer": "models/demo", "send_token_ids": on},
                  probe={"health_interval": "100ms", "health_timeout": "2s",
                         "up_after": 1, "metrics_interval": "100ms",
                         "parity_interval": parity},
                  policy=books.BY_TOKENS)
        compared(g)
        return g
    return make


def compared(g, state="holds"):
    """All that the workers are asked for has been asked."""
    checks = {"special_tokens"} if state != "holds" else {
        "tokenizer", "special_tokens", "chat_template"}
    harness.wait_until(lambda: all(
        w["checks"][c]["state"] == state for w in g.fleet() for c in checks),
        20, f"parity that {state}")


def change(worker, **options):
    answer = worker.post("/sim/fault", {"kind": "change", "with": options})
    assert answer.status == 200, answer


def encoded_by(g, body, path):
    """How often the worker tokenized for it, and the access line."""
    def encoded():
        return sum(books.state(w)["encoded"] for w in g.workers)
    before = encoded()
    answer, line = g.ask(body, path)
    assert answer.status == 200, answer
    return encoded() - before, line


def test_a_completions_text_becomes_ids(gate):
    g = gate()
    count, line = encoded_by(g, books.completion(books.LONG), TEXT)
    assert (count, line["sent_ids"]) == (0, True)
    assert line["prompt_tokens"] == 691
    g.settle()
    count, line = encoded_by(g, books.completion([books.LONG]), TEXT)
    assert (count, line["sent_ids"]) == (0, True)
    assert line["cached_tokens"] > 0 and line["prediction"] == "exact"
    assert g.metrics().value("warmpath_sent_ids_total",
                             worker="worker-0") >= 2


def test_a_chats_ids_go_beside_its_messages(gate):
    g = gate()
    body = books.chat(books.LONG)
    count, line = encoded_by(g, body, CHAT)
    assert (count, line["sent_ids"]) == (0, True)
    # As many as without: they are the same.
    plain = g.workers[0].post(CHAT, body).json()["usage"]["prompt_tokens"]
    assert line["prompt_tokens"] == plain
    # A client's own are not passed on.
    count, line = encoded_by(g, {**body, "kv_transfer_params": {
        "prompt_token_ids": [1, 2, 3], "remote_host": "x"}}, CHAT)
    assert (count, line["prompt_tokens"]) == (0, plain)


def test_each_turn_of_a_conversation_brings_its_ids(gate):
    g = gate(2)
    body = books.chat(books.LONG)
    for turn in range(4):
        count, line = encoded_by(g, body, CHAT)
        assert (count, line["sent_ids"]) == (0, True)
        if turn > 0:
            assert line["prediction"] == "exact"
            assert line["cached_tokens"] > 600
        g.settle()
        body["messages"] += [
            {"role": "assistant", "content": f"So it is, {turn}."},
            {"role": "user", "content": f"And then? {turn}"}]


def test_nothing_is_handed_over_by_default(gate):
    g = gate(on=False)
    for body, path in ((books.completion("hi there"), TEXT),
                       (books.chat("hi there"), CHAT)):
        count, line = encoded_by(g, body, path)
        assert count == 1 and "sent_ids" not in line


def test_older_engines_get_messages_alone(gate):
    g = gate(version="0.26.1")
    count, line = encoded_by(g, books.chat("hi there"), CHAT)
    assert count == 1 and "sent_ids" not in line
    # Completions took ids in every version.
    count, line = encoded_by(g, books.completion("hi there"), TEXT)
    assert (count, line["sent_ids"]) == (0, True)


@pytest.mark.parametrize("more", [
    {"echo": True}, {"suffix": "x"}, {"prompt": ["a b", "c d"]},
    {"truncate_prompt_tokens": 5}])
def test_what_needs_its_text_keeps_it(gate, more):
    g = gate()
    answer, line = g.ask({**books.completion("hi there"), **more}, TEXT)
    assert answer.status == 200
    assert "sent_ids" not in line


def test_without_parity_nothing_is_handed_over(gate):
    g = gate(parity="1s")
    change(g.workers[0], bos="<|endoftext|>")
    compared(g, "differs")
    for body, path in ((books.completion("hi there"), TEXT),
                       (books.chat("hi there"), CHAT)):
        _, line = g.ask(body, path)
        assert "sent_ids" not in line
    change(g.workers[0], bos="")
    compared(g)
    _, line = g.ask(books.chat("hi there"), CHAT)
    assert line["sent_ids"]


def test_another_try_goes_as_that_worker_takes_it(programs, front):
    new = programs.start(harness.Worker, "worker-0", **SIM)
    old = programs.start(harness.Worker, "worker-1",
                         **{**SIM, "version": "0.26.0"})
    g = front([new, old], {"tokenizer": "models/demo", "send_token_ids": True},
              probe={"health_interval": "100ms", "up_after": 1,
                     "metrics_interval": "100ms"})
    compared(g)
    new.post("/sim/fault", {"kind": "status", "count": -1})
    tries = set()
    for i in range(8):
        answer, line = g.ask(books.chat(f"hi there {i}"), CHAT)
        assert answer.status == 200 and line["worker"] == "worker-1"
        assert "sent_ids" not in line
        tries.add(line["tries"])
    assert 2 in tries
