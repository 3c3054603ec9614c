"""Decisions told afterwards: by id, the last ones, for a person and for a
program."""
import pytest

import harness
from books import chat, fault

CHAT = "/v1/chat/completions"


@pytest.fixture
def gate(fleet, front):
    """gate(n, **top): a ready gateway on n workers."""
    def make(n=2, model=None, **top):
        workers = fleet(n, block_size=16, profile="fast", speed=50)
        return front(workers, {"tokenizer": "models/demo", **(model or {})},
                     **top)
    return make


def told(g, request_id):
    """What is told of a request, once it is over."""
    def ended():
        answer = g.admin_get(f"/explain/{request_id}")
        if answer.status != 200:
            return None
        decisions = answer.json()["decisions"]
        return decisions if decisions[0]["outcome"] else None
    return harness.wait_until(ended, 10, f"what came of {request_id}")


def test_a_request_is_explained_after_it_was_served(gate):
    g = gate(2, threads=2)
    answer = g.post(CHAT, chat("hello"), headers={"X-Request-Id": "mine-1"})
    assert answer.status == 200
    mine, = told(g, "mine-1")
    assert mine["request_id"] == answer.headers["x-request-id"]
    assert told(g, mine["request_id"]) == [mine]
    usage = answer.json()["usage"]
    assert mine["prompt_tokens"] == usage["prompt_tokens"]
    assert mine["chosen"] in {c["worker"] for c in mine["candidates"]}
    assert len(mine["candidates"]) == 2
    assert mine["outcome"]["outcome"] == "ok"
    assert mine["outcome"]["status"] == 200
    assert mine["outcome"]["prompt_tokens"] == usage["prompt_tokens"]
    text = g.admin_get("/explain/mine-1?format=text")
    assert text.headers["content-type"].startswith("text/plain")
    assert f"* {mine['chosen']}" in text.text and "ok, status 200" in text.text
    assert "hello" not in text.text


def test_each_try_is_told_with_what_kept_others_away(gate):
    g = gate(2, model={"policy": "round_robin"})
    for w in g.workers:
        fault(w, "status", status=503, count=1)
    g.tell_worker("worker-0", "drain")
    answer = g.post(CHAT, chat("hello"))
    g.tell_worker("worker-0", "undrain")
    decisions = told(g, answer.headers["x-request-id"])
    last, first = decisions[0], decisions[-1]
    assert first["try"] == 1 and first["chosen"] == "worker-1"
    excluded = {c["worker"]: c["excluded"] for c in first["candidates"]}
    assert excluded == {"worker-0": "draining", "worker-1": None}
    if last is not first:
        assert first["outcome"]["outcome"] == "tried elsewhere"
        assert last["try"] == 2
    assert last["outcome"]["status"] == answer.status


def test_the_last_decisions_of_all_lanes_stand_newest_first(gate):
    g = gate(2, threads=2)
    ids = [g.post(CHAT, chat(f"number {i}")).headers["x-request-id"]
           for i in range(6)]
    newest = g.admin_get("/decisions?n=4").json()["decisions"]
    assert [d["request_id"] for d in newest] == ids[:1:-1]
    lines = g.admin_get("/decisions?format=text").text.splitlines()
    assert len(lines) == 7 and ids[-1] in lines[1]


def test_what_is_not_remembered_is_not_found_and_says_why(gate):
    g = gate(1)
    answer = g.admin_get("/explain/req-0000000000000000")
    assert answer.status == 404 and "explain.keep" in answer.json()["error"]
    assert g.admin_get("/explain/").status == 404
    assert g.admin_get("/decisions?n=many").status == 400
    assert g.admin_get("/decisions").json() == {"decisions": []}


def test_nothing_is_kept_where_there_is_no_room(gate):
    g = gate(1, explain={"keep": 0})
    answer = g.post(CHAT, chat("hello"))
    path = f"/explain/{answer.headers['x-request-id']}"
    assert g.admin_get(path).status == 404
    text = harness.request(g.admin, "POST", "/explain?format=text",
                           chat("hello")).text
    assert "worker-0" in text and "cost in" in text
