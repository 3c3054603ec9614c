"""Prefixes that are to be copied ahead of demand: what is planned, and what
comes of it."""
import books
import harness
from fetch_test import (BLOCKS, PROMPT, explain, gate,  # noqa: F401
                        has_no_complaint, teach)

# In real time there is more to be gained by a copy than a plan wants.
SLOW = {"speed": 1}


def placement(g):
    return harness.request(g.admin, "GET", "/placement").json()


def move(g, state):
    """The first that is in this state by now."""
    found = []

    def look():
        found[:] = [m for m in placement(g)["moves"] if m["state"] == state]
        return found
    harness.wait_until(look, 20, f"a move that is {state}")
    return found[0]


def moves_total(g, **labels):
    return g.metrics().value("warmpath_placement_moves_total", **labels)


def test_what_a_drained_worker_holds_is_advised_to_be_moved(gate):  # noqa: F811
    g = gate(options=SLOW)
    teach(g)
    _, line = g.ask(books.completion(PROMPT))
    assert line["worker"] == "worker-0"
    harness.wait_until(lambda: placement(g)["prefixes"] == 1)
    assert placement(g)["mode"] == "advise"
    assert placement(g)["moves"] == []
    g.only("worker-1")
    planned = move(g, "planned")
    assert (planned["reason"], planned["from"], planned["to"]) == \
        ("drain", "worker-0", "worker-1")
    assert planned["blocks"] == BLOCKS and planned["tokens"] == 4000
    assert planned["gain_ms"] > 0
    assert placement(g)["draining"] == [{"worker": "worker-0",
                                         "only_there": 1}]
    assert moves_total(g, reason="drain", state="planned") == 1
    # Whoever asks for it takes it along, advised or not.
    _, line = g.ask(books.completion(PROMPT))
    assert (line["worker"], line["source"]) == ("worker-1", "worker-0")
    assert move(g, "came")["number"] == planned["number"]
    assert placement(g)["draining"][0]["only_there"] == 0
    text = harness.request(g.admin, "GET", "/placement?format=text").text
    assert "came" in text and "worker-0" in text


def test_what_is_placed_is_taken_along_by_the_next_request(gate):  # noqa: F811
    g = gate(3, options=SLOW, placement={"mode": "on"})
    teach(g)
    g.ask(books.completion(PROMPT))
    for name in "worker-1", "worker-2":
        g.tell_worker(name, "undrain")
    g.tell_worker("worker-0", "drain")
    planned = move(g, "planned")
    assert (planned["reason"], planned["from"]) == ("drain", "worker-0")
    told = explain(g, PROMPT)
    assert told[planned["to"]]["placement"] < 0
    _, line = g.ask(books.completion(PROMPT))
    assert (line["worker"], line["source"], line["reason"]) == \
        (planned["to"], "worker-0", "placement")
    assert line["cached_tokens"] == 4000
    assert move(g, "done")["number"] == planned["number"]
    assert g.metrics().value("warmpath_placement_blocks_total",
                             reason="drain") == BLOCKS
    assert has_no_complaint(g)


def test_where_it_is_off_nothing_is_looked_at(gate):  # noqa: F811
    g = gate(placement={"mode": "off"})
    teach(g)
    g.ask(books.completion(PROMPT))
    g.only("worker-1")
    g.ask(books.completion(PROMPT))
    told = placement(g)
    assert (told["mode"], told["prefixes"], told["moves"]) == ("off", 0, [])


def test_a_page_of_it_is_only_read(gate):  # noqa: F811
    g = gate()
    assert harness.request(g.admin, "POST", "/placement").status == 405
