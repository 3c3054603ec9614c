"""What makes one worker nearer to a request than another that holds as much:
an adapter that it has loaded, and the zone that it stands in."""
import pytest

import harness
from books import chat

CHAT = "/v1/chat/completions"


@pytest.fixture
def workers(fleet):
    return fleet(2, block_size=16, profile="fast", speed=50, loras="sql",
                 output_tokens=1000000)


@pytest.fixture
def gate(workers, front):
    """Two workers, the first of them in another zone than the gateway."""
    placed = [dict(w.config(), zone=zone)
              for w, zone in zip(workers, ("b", "a"))]
    return front(workers, {"workers": placed, "loras": ["sql"],
                           "tokenizer": "models/demo"},
                 zone="a", zone_cost="3ms")


def candidates(g, body):
    told = harness.request(g.admin, "POST", "/explain", body).json()
    return {c["worker"]: c for c in told["candidates"]}


def test_near_and_loaded_ones_cost_less(gate):
    body = chat("hello", model="sql")
    before = candidates(gate, body)
    assert all(c["lacks_adapter"] for c in before.values())
    far, near = before["worker-0"], before["worker-1"]
    assert far["zone"] != near["zone"]
    assert far["away"] == 3 and "away" not in near
    assert gate.post(CHAT, body).status == 200
    harness.wait_until(
        lambda: "adapter" not in candidates(gate, body)["worker-1"], 10,
        "its adapter")
    assert candidates(gate, body)["worker-0"]["adapter"] > 0
    plain = candidates(gate, chat("hello"))
    assert not any("adapter" in c for c in plain.values())


def test_an_adapter_that_others_use_is_known_by_the_workers_word(
        workers, gate):
    body = chat("hello", model="sql")
    long = chat("go on", model="sql", stream=True, max_tokens=20000)
    with harness.Stream(workers[1].address, CHAT, long):
        harness.wait_until(lambda: "lacks_adapter" not in candidates(
            gate, body)["worker-1"], what="the adapter")
    assert candidates(gate, body)["worker-0"]["lacks_adapter"]


def test_places_are_told_of_workers(gate):
    told = gate.admin_get("/workers").json()["workers"]
    assert [(w["zone"], w["rack"]) for w in told] == [("b", None), ("a", None)]
