"""What the gateway does so that a worker's trouble stays that worker's."""
import json

import pytest

import harness
from books import FAST, STEADY, Cut, Fixed, assert_cut, chat, fault, state

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
    # Breakers would leave nobody to try, once they have opened.
    g = several(2, retries={"min_per_second": 0}, breaker={"failures": 1000})
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


# --- circuit breakers ---------------------------------------------------

def gate(g, name="worker-0"):
    return g.worker(name)["gate"]


def until_gate(g, wanted, name="worker-0", within=5):
    harness.wait_until(lambda: gate(g, name) == wanted, within,
                       f"{name} being {wanted}")


def post(g, n, status=200, **more):
    """n requests, each of which must end so."""
    answers = [g.post(CHAT, chat("hello", **more)) for _ in range(n)]
    assert [a.status for a in answers] == [status] * n


def served(g, n):
    """How many of the last n requests each worker has served."""
    workers = [x["worker"] for x in g.lines(g.sent)[-n:]]
    return {name: workers.count(name) for name in set(workers)}


def opened(g, reason, name="worker-0"):
    return g.metrics().value("warmpath_breaker_transitions_total",
                             worker=name, to="open", reason=reason)


ALIVE = {"health_interval": "200ms", "health_timeout": "5s",
         "down_after": 100, "up_after": 1}
SILENCE = {"first_byte": f"{200 * harness.SLOW}ms",
           "between_bytes": f"{200 * harness.SLOW}ms"}


@pytest.mark.parametrize("kind, reason, more", [
    ("reset", "reset", {}), ("hang", "first_byte", {}),
    ("bad_chunk", "bad_answer", {"after": 0}),
    ("status", "busy", {"status": 503}), ("status", "busy", {"status": 429}),
    ("status", "error", {"status": 502})])
def test_a_worker_that_fails_is_left_alone(several, kind, reason, more):
    g = several(3, probe=ALIVE, timeouts=SILENCE,
                breaker={"failures": 3, "open_for": "1h", "open_max": "1h"})
    fault(g.workers[0], kind, count=-1, **more)
    post(g, 9, stream=True)
    until_gate(g, "broken")
    assert opened(g, reason) == 1
    before = state(g.workers[0])["received"]
    post(g, 6)
    assert state(g.workers[0])["received"] == before
    told = g.worker("worker-0")
    assert told["health"] == "up" and told["breaker"] == "open"
    assert told["breaker_reason"] and told["back_in_ms"] > 0
    harness.settles(lambda: g.stderr().count("breaker: worker-0: open"), 1)


@pytest.mark.parametrize("reason, kind", [
    ("between_bytes", "hang_midstream"), ("reset", "cut_midstream")])
def test_a_worker_that_breaks_off_its_answers_is_left_alone(
        several, reason, kind):
    g = several(3, probe=ALIVE, timeouts=SILENCE,
                breaker={"failures": 3, "open_for": "1h", "open_max": "1h"})
    fault(g.workers[0], kind, count=-1, after=2)
    for _ in range(9):
        g.raw(CHAT, chat("hello", stream=True, max_tokens=20)).read_all()
    until_gate(g, "broken")
    assert opened(g, reason) == 1
    post(g, 6)


def test_a_clients_own_errors_are_none_of_the_workers(several):
    g = several(1, breaker={"failures": 1, "max_ejected": 1})
    for _ in range(5):
        assert g.post(CHAT, chat("hello", max_tokens=10 ** 9)).status == 400
    for _ in range(3):
        with g.raw(CHAT, chat("hello", stream=True, max_tokens=1000)) as s:
            s.read_until(b"data: ")
    post(g, 2)
    assert gate(g) == "admits"
    assert g.metrics().value("warmpath_breaker_transitions_total") == 0


def test_single_requests_try_a_worker_that_was_left_alone(several):
    g = several(3, probe=ALIVE, slow_start={"time": "0s"},
                breaker={"failures": 3, "open_for": "300ms"})
    fault(g.workers[0], "reset", count=4)
    post(g, 9)
    # Tried once in vain, then with success.
    harness.wait_until(lambda: post(g, 3) or gate(g) == "admits", 20,
                       "its return")
    m = g.metrics()
    assert m.value("warmpath_breaker_transitions_total", worker="worker-0",
                   to="half_open") == 2
    assert m.value("warmpath_breaker_transitions_total", worker="worker-0",
                   to="closed", reason="passed") == 1
    assert "half_open" in {x.get("gate") for x in g.lines(g.sent)}
    post(g, 6)
    assert served(g, 6) == {"worker-0": 2, "worker-1": 2, "worker-2": 2}


def test_a_client_that_leaves_a_trial_gives_it_back(several):
    g = several(2, probe=ALIVE, slow_start={"time": "0s"},
                breaker={"failures": 1, "open_for": "100ms"})
    fault(g.workers[0], "reset", count=1)
    harness.wait_until(lambda: post(g, 2) or gate(g) != "admits", 5,
                       "its breaker")
    fault(g.workers[0], "hang", count=1)
    until_gate(g, "half_open")
    stuck = [g.raw(CHAT, chat("hello")) for _ in range(2)]  # one of them
    harness.wait_until(lambda: state(g.workers[0])["faults"] == 2, 5,
                       "its trial")
    before = state(g.workers[0])["received"]
    post(g, 4)  # there is but one trial
    assert state(g.workers[0])["received"] == before
    for s in stuck:
        s.socket.close()
    harness.wait_until(lambda: post(g, 2) or gate(g) == "admits", 10,
                       "its return")


def test_where_most_workers_are_broken_all_are_tried(several):
    g = several(3, probe=ALIVE, retries={"max_tries": 1},
                breaker={"failures": 2, "open_for": "1h", "open_max": "1h"})
    all_fail(g, "status", status=500)
    post(g, 9, 500)
    for w in g.workers:
        until_gate(g, "fail_open", w.worker_name)
    before = [state(w)["received"] for w in g.workers]
    post(g, 6, 500)
    assert [state(w)["received"] - n
            for w, n in zip(g.workers, before)] == [2, 2, 2]
    m = g.metrics()
    assert m.value("warmpath_fail_open", model="demo") == 1
    assert m.value("warmpath_fail_open_total", model="demo") == 1
    harness.settles(
        lambda: g.stderr().count("breakers are not heeded"), 1)
    assert {x["gate"] for x in g.lines(15)[-6:]} == {"fail_open"}
    for w in g.workers:
        fault(w, "clear")
    post(g, 6)
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_fail_open", model="demo") == 0, 5, "its end")


def test_a_worker_is_told_from_its_gate_in_metrics_and_tables(several):
    g = several(2, probe=ALIVE,
                breaker={"failures": 1, "open_for": "1h", "open_max": "1h"})
    fault(g.workers[0], "status", status=500)
    assert {g.post(CHAT, chat("hello")).status for _ in range(2)} == \
        {200, 500}
    until_gate(g, "broken")
    m = g.metrics()
    assert m.value("warmpath_worker_gate", worker="worker-0",
                   state="broken") == 1
    assert m.value("warmpath_worker_gate", worker="worker-0") == 1
    assert m.value("warmpath_worker_breaker", worker="worker-0",
                   state="open") == 1
    table = g.admin_get("/workers?format=text").text
    assert "broken" in table and "breaker open: answers of 5xx" in table


# --- Retry-After --------------------------------------------------------

def test_a_worker_that_asks_for_a_pause_is_left_alone_for_it(several):
    g = several(2, breaker={"failures": 1})
    fault(g.workers[0], "status", status=429, retry_after=1)
    post(g, 2)
    until_gate(g, "paused")
    before = state(g.workers[0])["received"]
    post(g, 4)
    assert state(g.workers[0])["received"] == before
    told = g.worker("worker-0")
    assert told["breaker"] == "closed" and 0 < told["back_in_ms"] <= 1100
    until_gate(g, "admits")
    post(g, 2)
    assert state(g.workers[0])["received"] == before + 1


def test_when_all_ask_for_a_pause_clients_are_told_how_long(several):
    g = several(2, retries={"max_tries": 1})
    for w in g.workers:
        fault(w, "status", status=503, retry_after=20, count=-1)
    passed_on = [g.post(CHAT, chat("hello")) for _ in range(2)]
    assert [a.headers["retry-after"] for a in passed_on] == ["20"] * 2
    for w in g.workers:
        until_gate(g, "paused", w.worker_name)
    ours = g.post(CHAT, chat("hello"))
    assert ours.status == 503
    assert 10 < int(ours.headers["retry-after"]) <= 23
    line = g.lines(3)[-1]
    assert line["outcome"] == "shed" and line["reason"] == \
        "all workers paused"
    assert sum(state(w)["received"] for w in g.workers) == 2
    harness.settles(lambda: g.metrics().value("warmpath_shed_total",
                    reason="paused"), 1)


def test_a_pause_without_end_is_cut_short(several):
    g = several(1, breaker={"max_pause": "500ms"})
    fault(g.workers[0], "status", status=503, retry_after=10 ** 9)
    assert g.post(CHAT, chat("hello")).status == 503
    harness.wait_until(
        lambda: g.post(CHAT, chat("hello")).status == 200, 5, "its end")


# --- slow start ---------------------------------------------------------

def test_a_worker_that_comes_back_comes_up_slowly(several, programs):
    g = several(2, slow_start={"time": "1h"})
    g.workers[0].kill()
    until_gate(g, "down")
    back = g.workers[0] = programs.start(g.workers[0].again)
    until_gate(g, "slow_start")
    post(g, 40)
    assert state(back)["received"] <= 12  # 2 would be its part
    assert "slow_start" in {x.get("gate") for x in g.lines(40)} or \
        state(back)["received"] == 0
    m = g.metrics()
    assert m.value("warmpath_worker_gate", worker="worker-0",
                   state="slow_start") == 1


# --- time ---------------------------------------------------------------

def test_a_request_that_takes_too_long_before_a_byte_is_told(several):
    g = several(1, timeouts={"request": f"{300 * harness.SLOW}ms"})
    fault(g.workers[0], "hang")
    answer, line = g.ask(chat("hello"), CHAT)
    assert answer.status == 504
    assert answer.json()["error"]["code"] == "request_timeout"
    assert int(answer.headers["retry-after"]) > 1
    assert line["outcome"] == "deadline" and line["why"] == \
        "request time-out"
    harness.wait_until(lambda: state(g.workers[0])["aborts"] == 1, 5,
                       "the abort")


def test_a_stream_that_takes_too_long_is_cut_visibly(programs, front):
    worker = programs.start(Fixed, "worker-0", **STEADY)
    # Its answer would take some seconds.
    g = front([worker], timeouts={"request": "1s"}, **TURNS)
    answer = Cut(g.raw(CHAT, chat("hello", stream=True,
                                  max_tokens=1000)).read_all())
    assert_cut(answer)
    assert len(answer.events()) > 3
    assert g.lines(1)[0]["outcome"] == "cut_visible"
    # A connection's next request has its own time.
    assert g.post(CHAT, chat("hello")).status == 200


def test_a_request_in_the_queue_has_its_time_too(programs, front):
    worker = programs.start(Fixed, "worker-0", **FAST)
    g = front([worker], model={"workers": [{**worker.config(),
                                            "max_inflight": 1}]},
              timeouts={"request": f"{500 * harness.SLOW}ms"}, **TURNS)
    fault(worker, "hang", count=-1)
    stuck = g.raw(CHAT, chat("hello"))
    harness.wait_until(lambda: state(worker)["faults"] == 1, 5, "the first")
    answer = g.post(CHAT, chat("hello"))
    assert answer.status == 504
    assert Cut(stuck.read_all()).status == 504
    assert {x["why"] for x in g.lines(2)} == {"request time-out"}


def test_a_body_must_keep_its_pace(several):
    g = several(1)
    body = json.dumps(chat("hello " * 3000)).encode()

    def begin(n):
        return harness.Raw(g.address, 30).send(
            b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: "
            b"application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (CHAT.encode(), len(body), body[:n]))
    g.sent += 2
    with begin(10) as slow, begin(len(body) - 5) as quick:
        # The one is refused after its grace; what the other has sent
        # buys it 17 s more.
        assert slow.read_answer().status == 408
        quick.send(body[-5:])
        assert quick.read_answer().status == 200
    assert sorted(x["outcome"] for x in g.lines(2)) == ["client_error", "ok"]
