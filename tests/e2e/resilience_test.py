"""What the gateway does so that a worker's trouble stays that worker's."""
import pytest

import harness
from books import FAST, Fixed, chat, fault, state

CHAT = "/v1/chat/completions"
TURNS = dict(policy={"name": "round_robin"}, threads=1)


@pytest.fixture
def several(programs, front):
    """several(n, **top): a gateway on n workers with fixed ports."""
    def make(n, **top):
        workers = [programs.start(Fixed, f"worker-{i}", **FAST)
                   for i in range(n)]
        return front(workers, **{**TURNS, **top})
    return make


def attempts(g):
    return sum(state(w)["received"] for w in g.workers)


def all_fail(g, kind, **more):
    for w in g.workers:
        fault(w, kind, count=-1, **more)


# --- the budget of retries ---------------------------------------------

@pytest.mark.parametrize("status", [503, 429])
def test_a_fleet_that_refuses_is_asked_a_fifth_more_at_most(several, status):
    g = several(2, retries={"min_per_second": 0})
    all_fail(g, "status", status=status)
    answers = [g.post(CHAT, chat("hello")) for _ in range(50)]
    assert {a.status for a in answers} == {status}
    tries = sum(x["tries"] for x in g.lines(50))
    assert 50 < tries <= 60
    assert attempts(g) == tries
    m = g.metrics()
    assert m.value("warmpath_retries_total") == tries - 50
    assert m.value("warmpath_retries_denied_total",
                   reason="budget") >= 30


def test_few_requests_may_be_retried_all_the_same(several):
    g = several(2)
    fault(g.workers[0], "reset", count=-1)
    assert {g.post(CHAT, chat("hello")).status for _ in range(6)} == {200}
    assert {x["worker"] for x in g.lines(6)} == {"worker-1"}


@pytest.mark.parametrize("on_5xx, status, retried", [
    ("none", 502, False), ("gateway", 502, True), ("gateway", 504, True),
    ("gateway", 500, False), ("all", 500, True), ("none", 503, True)])
def test_which_errors_are_tried_elsewhere_is_configured(several, on_5xx,
                                                        status, retried):
    g = several(2, retries={"on_5xx": on_5xx})
    fault(g.workers[0], "status", status=status, count=-1)
    answers = {g.post(CHAT, chat("hello")).status for _ in range(4)}
    assert answers == ({200} if retried else {200, status})
