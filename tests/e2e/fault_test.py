"""Workers that die, hang, refuse and babble: what clients then see."""
import concurrent.futures
import json
import signal
import time

import pytest

import harness
from books import (FAST, HEALTH_S, STEADY, Cut, Fixed, assert_cut, chat,
                   completion, fault, post_raw, running, said, state)

CHAT = "/v1/chat/completions"
TURNS = dict(policy={"name": "round_robin"}, threads=1)
# Of an answer that is still coming when a test has looked at it: 1 s.
TOKENS = 50 * harness.SLOW


@pytest.fixture
def pair(programs, front):
    """pair(options, **top): a gateway on two workers with fixed ports."""
    def make(options=None, **top):
        workers = [programs.start(Fixed, f"worker-{i}",
                                  **(options or FAST)) for i in range(2)]
        return front(workers, **top)
    return make


def other_than(g, worker):
    return next(w for w in g.workers if w is not worker)


def begun(g, n, max_tokens=TOKENS, **more):
    """n streams, each of which has brought its first tokens."""
    streams = [g.raw(CHAT, chat(f"tell me of {i}", stream=True,
                                max_tokens=max_tokens, ignore_eos=True),
                     **more)
               for i in range(n)]
    for s in streams:
        while s.pending.count(b"data: ") < 3:
            s.pending += s.socket.recv(65536)
    return streams


def in_background(call, *arguments):
    pool = concurrent.futures.ThreadPoolExecutor(1)
    future = pool.submit(call, *arguments)
    pool.shutdown(wait=False)
    return future


def is_trusted(g, worker):
    known = g.worker(worker.worker_name)
    return known["health"] == "up" and known["trust"] == "exact"


def attempts(g):
    return sum(state(w)["received"] for w in g.workers)


# --- death ------------------------------------------------------------

def test_a_killed_workers_streams_break_visibly_and_no_others(pair):
    g = pair(STEADY, **TURNS)
    streams = begun(g, 4)
    victim, survivor = g.workers
    assert running(victim) == 2 and running(survivor) == 2
    victim.kill()
    answers = [Cut(s.read_all()) for s in streams]
    cut = [a for a in answers if a.events()[-1] != "[DONE]"]
    assert len(cut) == 2
    wholes = [in_background(survivor.post, CHAT, chat(
        f"tell me of {i}", max_tokens=TOKENS, ignore_eos=True))
        for i in range(4)]
    for a, full in zip(answers, wholes):
        full = full.result().json()["choices"][0]["message"]["content"]
        if a in cut:
            assert_cut(a)
            assert a.text() and full.startswith(a.text()) and \
                full != a.text()
        else:
            assert a.whole and a.text() == full
    lines = g.lines(4)
    assert sorted(x["outcome"] for x in lines) == \
        ["cut_visible"] * 2 + ["ok"] * 2
    harness.settles(lambda: g.metrics().value("warmpath_cut_streams_total",
                    side="worker"), 2)


def test_after_a_workers_death_requests_go_elsewhere_at_once(pair):
    g = pair(**TURNS)
    victim, survivor = g.workers
    for _ in range(2):
        g.post(CHAT, chat("hello"))
    victim.kill()
    answers = [g.post(CHAT, chat("hello")) for _ in range(6)]
    assert {a.status for a in answers} == {200}
    lines = g.lines(8)[2:]
    assert {x["worker"] for x in lines} == {survivor.worker_name}
    harness.wait_until(
        lambda: g.worker(victim.worker_name)["health"] == "down", 5,
        "its being out")


def test_a_worker_comes_back_and_is_predicted_rightly_in_two_seconds(
        pair, programs):
    g = pair()
    victim, _ = g.workers
    prompt = list(range(100)) * 3
    g.only(victim.worker_name)
    g.ask(completion(prompt))
    harness.wait_until(lambda: g.held(prompt)[victim.worker_name] == 18, 5,
                       "the prompt's blocks")
    g.everybody()
    victim.kill()
    assert g.post("/v1/completions", completion(prompt)).status == 200
    g.workers[0] = victim = programs.start(victim.again)
    harness.wait_until(lambda: is_trusted(g, victim) and
                       g.held(prompt)[victim.worker_name] == 0, 5,
                       "its being up, trusted and thought empty")
    g.only(victim.worker_name)
    answer, line = g.ask(completion(prompt))
    assert line["worker"] == victim.worker_name
    assert line["matched_blocks"] == line["cached_tokens"] == 0
    assert line["prediction"] == "exact"
    harness.wait_until(lambda: g.held(prompt)[victim.worker_name] == 18, 5,
                       "the prompt's blocks")
    answer, line = g.ask(completion(prompt))
    assert line["matched_blocks"] == 18
    assert line["cached_tokens"] == 18 * 16
    assert line["prediction"] == "exact"
    assert answer.json()["usage"]["prompt_tokens_details"][
        "cached_tokens"] == 18 * 16


def test_a_worker_killed_before_its_first_byte_costs_one_more_try(
        pair, programs):
    g = pair(**TURNS)
    # On connections that were used before, and on fresh ones.
    for warm in (False, True):
        before = attempts(g)
        for w in g.workers:
            fault(w, "hang", count=1)
        answer = in_background(g.ask, chat("hello"), CHAT)
        harness.wait_until(lambda: attempts(g) == before + 1, 5, "its try")
        victim = max(g.workers, key=lambda w: state(w)["faults"])
        survivor = other_than(g, victim)
        fault(survivor, "clear")
        served = state(survivor)["received"]
        victim.kill()
        answer, line = answer.result()
        assert answer.status == 200
        assert line["worker"] == survivor.worker_name
        assert line["tries"] == 2 and line["outcome"] == "ok"
        assert state(survivor)["received"] == served + 1
        if warm:
            return
        at = g.workers.index(victim)
        g.workers[at] = programs.start(victim.again)
        harness.wait_until(lambda: all(
            w["health"] == "up" for w in g.fleet()), 5, "its return")
        for _ in range(4):
            assert g.post(CHAT, chat("hello")).status == 200


def test_a_worker_killed_between_two_events_leaves_whole_events(pair):
    g = pair(dict(FAST, speed=1, t0=0.3), **TURNS)
    stream, = begun(g, 1)
    victim = max(g.workers, key=running)
    size = len(stream.pending)
    time.sleep(0.05)  # well between two events
    victim.kill()
    answer = Cut(stream.read_all())
    assert_cut(answer)
    assert len(answer.events()) >= 4
    assert size > 0


def test_a_worker_that_resets_instead_of_answering_is_retried(pair):
    g = pair(**TURNS)
    for _ in range(4):
        g.post(CHAT, chat("warm the pool"))
    before = attempts(g)
    fault(g.workers[0], "reset", count=-1)
    answers = [g.post(CHAT, chat("hello")) for _ in range(6)]
    assert {a.status for a in answers} == {200}
    assert {x["worker"] for x in g.lines(10)[4:]} == {"worker-1"}
    # The first went on a connection that was used before: once more.
    assert attempts(g) - before <= 2 * 6 + 1


def assert_told_to_come_back(g, statuses):
    for stream in (False, True):
        answer = g.post(CHAT, chat("hello", stream=stream))
        assert answer.status in statuses
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"]["message"]


def test_without_a_worker_clients_are_told_to_come_back(pair, programs):
    g = pair(**TURNS)
    for w in g.workers:
        g.tell_worker(w.worker_name, "drain")
    assert_told_to_come_back(g, {503})
    g.everybody()
    for w in g.workers:
        w.kill()
    harness.wait_until(
        lambda: {w["health"] for w in g.fleet()} == {"down"}, 5, "no worker")
    # They are tried all the same: it might be the checks that are wrong.
    assert_told_to_come_back(g, {502, 503})
    assert g.admin_get("/readyz").status == 503
    for i, w in enumerate(g.workers):
        g.workers[i] = programs.start(w.again)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 5,
                       "readiness")
    harness.wait_until(
        lambda: g.post(CHAT, chat("hello")).status == 200, 5, "service")


def test_who_waits_is_served_by_a_worker_that_comes_back(fleet, front):
    """Of the two, the one that has no limit is away."""
    workers = fleet(2, **STEADY)
    limited = [{**workers[0].config(), "max_inflight": 1},
               workers[1].config()]
    g = front(workers, model={"workers": limited}, **TURNS)
    g.tell_worker("worker-1", "drain")
    stream = g.raw(CHAT, chat("go on", stream=True, max_tokens=100000,
                              ignore_eos=True)).see(b"data: ")
    waiting = in_background(g.post, CHAT, chat("me too"))
    harness.wait_until(
        lambda: g.metrics().value("warmpath_queued_requests") == 1, 5,
        "its queueing")
    g.tell_worker("worker-1", "undrain")
    assert waiting.result(20 * harness.SLOW).status == 200
    stream.socket.close()


# --- refusals ---------------------------------------------------------

@pytest.mark.parametrize("status", [503, 429])
def test_a_busy_worker_is_passed_over(pair, status):
    g = pair(**TURNS)
    fault(g.workers[0], "status", status=status, count=-1)
    answers = [g.post(CHAT, chat("hello")) for _ in range(10)]
    assert {a.status for a in answers} == {200}
    assert {x["worker"] for x in g.lines(10)} == {"worker-1"}
    assert attempts(g) <= 2 * 10


@pytest.mark.parametrize("status", [503, 429])
def test_a_burst_of_refusals_is_not_made_worse(pair, status):
    g = pair(**TURNS)
    for w in g.workers:
        fault(w, "status", status=status, count=-1)
    answers = [g.post(CHAT, chat("hello")) for _ in range(10)]
    assert {a.status for a in answers} == {status}
    assert all(set(a.json()["error"]) >= {"message", "type", "code"}
               for a in answers)
    assert attempts(g) <= 2 * 10
    for w in g.workers:
        fault(w, "clear")
    assert g.post(CHAT, chat("hello")).status == 200


def test_a_workers_own_400_is_passed_on_untouched_and_not_retried(pair):
    g = pair(**TURNS)
    body = chat("hello", max_tokens=10 ** 9)
    theirs = g.workers[0].post(CHAT, body)
    assert theirs.status == 400, theirs
    before = attempts(g)
    for _ in range(4):
        ours = g.post(CHAT, body)
        assert ours.status == 400
        assert ours.body == theirs.body
    assert attempts(g) == before + 4
    assert {x["outcome"] for x in g.lines(4)} == {"client_error"}
    assert {w["health"] for w in g.fleet()} == {"up"}


# --- silence ----------------------------------------------------------

def test_a_worker_that_hangs_is_given_up_for_another(pair):
    g = pair(timeouts={"first_byte": f"{300 * harness.SLOW}ms"}, **TURNS)
    fault(g.workers[0], "hang", count=-1)
    answers = [g.post(CHAT, chat("hello")) for _ in range(4)]
    assert {a.status for a in answers} == {200}
    assert {x["worker"] for x in g.lines(4)} == {"worker-1"}
    harness.wait_until(lambda: state(g.workers[0])["aborts"] ==
                       state(g.workers[0])["faults"], 5, "its aborts")


@pytest.mark.parametrize("stream", [False, True])
def test_when_all_workers_hang_the_client_is_told_in_time(pair, stream):
    g = pair(timeouts={"first_byte": f"{300 * harness.SLOW}ms"}, **TURNS)
    for w in g.workers:
        fault(w, "hang", count=-1)
    begin = time.monotonic()
    answer = g.post(CHAT, chat("hello", stream=stream))
    assert answer.status == 504
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["message"]
    assert 0.3 <= time.monotonic() - begin < 3 * harness.SLOW
    assert g.lines(1)[0]["outcome"] == "deadline"
    harness.wait_until(
        lambda: sum(state(w)["aborts"] for w in g.workers) == 2, 5,
        "aborts")


def test_a_slow_first_byte_within_the_limit_is_sent_once(pair):
    g = pair(timeouts={"first_byte": "20s"}, **TURNS)
    for w in g.workers:
        fault(w, "slow", ms=700)
    answer, line = g.ask(chat("hello"), CHAT)
    assert answer.status == 200 and line["tries"] == 1
    assert attempts(g) == 1


def test_a_stream_that_falls_silent_is_cut_visibly(pair):
    g = pair(timeouts={"between_bytes": f"{300 * harness.SLOW}ms"}, **TURNS)
    for w in g.workers:
        fault(w, "hang_midstream", after=3)
    answer = Cut(g.raw(CHAT, chat("hello", stream=True)).read_all())
    assert_cut(answer)
    assert len(answer.events()) > 3
    assert g.lines(1)[0]["outcome"] == "cut_visible"
    assert attempts(g) == 1
    harness.wait_until(
        lambda: sum(state(w)["aborts"] for w in g.workers) == 1, 5,
        "the abort")


# --- babble -----------------------------------------------------------

def test_a_stream_whose_framing_breaks_is_cut_and_not_pooled(pair):
    g = pair(STEADY, **TURNS)
    for w in g.workers:
        fault(w, "bad_chunk", after=2)
    for _ in range(2):
        answer = Cut(g.raw(CHAT, chat("hello", stream=True)).read_all())
        assert_cut(answer)
        assert "not a chunk" not in answer.body.decode()
    for i in range(4):
        expected = g.workers[0].post(CHAT, chat(f"hello {i}")).json()
        got = g.post(CHAT, chat(f"hello {i}"))
        assert got.status == 200
        assert got.json()["choices"] == expected["choices"]


def test_an_answer_without_framing_from_its_start_is_a_502(pair):
    g = pair(**TURNS)
    for w in g.workers:
        fault(w, "bad_chunk", after=0)
    answer, line = g.ask(chat("hello", stream=True), CHAT)
    assert answer.status == 502
    assert answer.json()["error"]["message"]
    assert line["outcome"] == "upstream_error" and line["tries"] == 2
    # One of two that babble: the client never knows.
    fault(g.workers[0], "bad_chunk", after=0, count=-1)
    harness.wait_until(lambda: all(
        w["health"] == "up" for w in g.fleet()), 5, "health")
    for _ in range(2):
        s = Cut(g.raw(CHAT, chat("hello", stream=True)).read_all())
        assert s.whole and s.events()[-1] == "[DONE]"


def test_an_answer_shorter_than_promised_is_not_made_whole(pair):
    g = pair(**TURNS)
    for w in g.workers:
        fault(w, "short_body")
    for _ in range(2):
        raw = g.raw(CHAT, chat("hello")).read_all()
        answer = Cut(raw)
        if answer.status == 200:
            assert len(answer.body) < int(answer.headers["content-length"])
        else:
            assert answer.status == 502
    assert {x["outcome"] for x in g.lines(2)} <= \
        {"cut_visible", "upstream_error"}
    for i in range(4):
        assert g.post(CHAT, chat(f"hello {i}")).status == 200


def test_a_client_of_http_1_0_sees_a_cut_too(pair):
    g = pair(STEADY, **TURNS)
    stream, = begun(g, 1, version="1.0")
    max(g.workers, key=running).kill()
    data = stream.read_all()
    assert b"chunked" not in data and b"[DONE]" not in data
    # What has arrived before the reset may lack the last event.
    events = [e for e in data.split(b"\n\n") if e.startswith(b"data: ")]
    assert len(events) >= 2
    assert g.lines(1)[0]["outcome"] == "cut_visible"


# --- the gateway's own end --------------------------------------------

def test_a_drain_past_its_time_cuts_visibly_and_ends_well(pair):
    g = pair(STEADY, timeouts={"drain": "300ms"}, **TURNS)
    streams = begun(g, 2, max_tokens=1000)
    g.signal(signal.SIGTERM)
    for s in streams:
        assert_cut(Cut(s.read_all()))
    assert g.wait() == 0
    assert [x["outcome"] for x in g.lines(2)] == ["cut_visible"] * 2
    harness.wait_until(
        lambda: sum(running(w) for w in g.workers) == 0, 5, "aborts")


def test_a_second_sigterm_ends_at_once_and_visibly(pair):
    g = pair(STEADY, timeouts={"drain": "1h"}, **TURNS)
    streams = begun(g, 2, max_tokens=1000)
    g.signal(signal.SIGTERM)
    harness.wait_until(lambda: refused(g), 5, "a closed listener")
    g.signal(signal.SIGTERM)
    assert g.wait(5) == 0
    for s in streams:
        assert_cut(Cut(s.read_all()))
    assert [x["outcome"] for x in g.lines(2)] == ["cut_visible"] * 2


def refused(g):
    try:
        with harness.Raw(g.address):
            return False
    except ConnectionRefusedError:
        return True


def test_a_stream_seen_twice_says_the_same(pair):
    """The tests above compare texts: they must differ by prompt only."""
    g = pair(**TURNS)
    texts = {said(Cut(post_raw(w.address, CHAT, chat(
        "hello", stream=True)).read_all()).events()) for w in g.workers}
    assert len(texts) == 1
    assert json.dumps(texts.pop()) != json.dumps(said(Cut(g.raw(
        CHAT, chat("other words", stream=True)).read_all()).events()))


# --- frozen -----------------------------------------------------------

def test_a_frozen_worker_is_out_until_it_thaws(pair):
    g = pair(timeouts={"first_byte": f"{500 * harness.SLOW}ms"}, **TURNS)
    frozen, other = g.workers
    frozen.signal(signal.SIGSTOP)
    try:
        harness.wait_until(
            lambda: g.worker(frozen.worker_name)["health"] == "down", 10,
            "its being out")
        answers = [g.post(CHAT, chat("hello")) for _ in range(4)]
        assert {a.status for a in answers} == {200}
        assert {x["worker"] for x in g.lines(4)} == {other.worker_name}
    finally:
        frozen.signal(signal.SIGCONT)
    harness.wait_until(
        lambda: g.worker(frozen.worker_name)["health"] == "up", 10,
        "its return")


def test_a_frozen_gateway_puts_nobody_out_when_it_thaws(pair):
    g = pair(**TURNS)
    g.signal(signal.SIGSTOP)
    time.sleep(HEALTH_S + 0.5)  # longer than checks may take
    answers = [in_background(g.ask, chat("hello"), CHAT) for _ in range(2)]
    time.sleep(0.1)
    g.signal(signal.SIGCONT)
    assert {a.result()[0].status for a in answers} == {200}
    time.sleep(0.5)  # for some health checks
    assert {w["health"] for w in g.fleet()} == {"up"}
    assert " down: " not in g.stderr()
