"""Admission by the workers' KV memory: who would not fit waits at the
gateway, whole sessions at a time, by class and in turn."""
import json
import threading

import pytest

import books
import harness
import tenants as t
from tenants import bearer, one

# Room for three answers of 200 tokens, each of which takes long enough for
# what a test does meanwhile: 0.7 s.
SMALL = dict(block_size=16, num_gpu_blocks=44, profile="fast", t0=0.02,
             speed=6 / harness.SLOW)
ANSWER = 200


def prompt(n, first=100):
    return list(range(first, first + n))


def question(tokens=10, **more):
    return {"model": "demo", "prompt": prompt(tokens), "max_tokens": ANSWER,
            "ignore_eos": True, **more}


class Crowd:
    """Requests at the same time; `done` are the names of those that have
    been answered, in order."""

    def __init__(self, g):
        self.g, self.done, self.answers, self.threads = g, [], {}, []

    def ask(self, name, body=None, **more):
        def go():
            answer = self.g.post("/v1/completions", body or question(),
                                 **more)
            self.answers[name] = answer
            self.done.append(name)
        self.threads.append(threading.Thread(target=go))
        self.threads[-1].start()

    def join(self):
        for thread in self.threads:
            thread.join()
        return self.answers


def queued(g):
    return g.metrics().value("warmpath_queued_requests")


def live(g):
    return g.worker("worker-0")["kv"]["live_sessions"]


def until_queued(g, n):
    harness.wait_until(lambda: queued(g) == n, 10, f"{n} in the queue")


def until_empty(g):
    def empty():
        kv = g.worker("worker-0")["kv"]
        return kv["taken_tokens"] == kv["live_sessions"] == \
            kv["idle_sessions"] == 0
    harness.wait_until(empty, 15, "memory that is nobody's")
    m = g.metrics()
    assert m.value("warmpath_queued_requests") == 0
    assert m.value("warmpath_worker_kv_tokens", worker="worker-0",
                   kind="taken") == 0


def fill(g, crowd):
    """Three that take all there is."""
    for i in range(3):
        crowd.ask(f"first {i}")
    harness.wait_until(lambda: live(g) == 3, 10, "three that are let in")


@pytest.fixture
def gate(front, fleet):
    def make(options=None, **top):
        workers = fleet(1, **{**SMALL, **(options or {})})
        g = front(workers, threads=1, **top)
        harness.wait_until(lambda: g.worker("worker-0")["kv"], 10,
                           "the worker's word")
        return g
    return make


def test_a_crowd_waits_and_nobody_is_preempted(gate):
    g = gate()
    crowd = Crowd(g)
    for i in range(8):
        crowd.ask(i)
    harness.wait_until(lambda: queued(g) == 5, 10, "those that wait")
    assert g.metrics().value("warmpath_queued_bytes") == \
        5 * len(json.dumps(question()))
    assert live(g) == 3
    explained = harness.request(g.admin, "POST",
                                "/explain?path=/v1/completions",
                                question()).json()
    assert explained["candidates"][0]["excluded"] == "kv budget"
    assert all(a.status == 200 for a in crowd.join().values())
    assert g.workers[0].metrics().value(
        "vllm:num_preemptions_total") == 0
    m = g.metrics()
    assert m.value("warmpath_queue_wait_seconds_count", model="demo") >= 5
    waits = [line["queue_s"] for line in g.lines(8)]
    assert sum(s > 0 for s in waits) == 5
    # Who waits is not decided about meanwhile.
    last = max(g.lines(8), key=lambda line: line["queue_s"])
    assert last["decision_us"] / 1e6 < last["queue_s"] / 2
    until_empty(g)


def test_without_admission_nobody_waits(gate):
    g = gate(admission={"mode": "off"})
    crowd = Crowd(g)
    for i in range(6):
        crowd.ask(i)
    assert all(a.status == 200 for a in crowd.join().values())
    assert all(line["queue_s"] == 0 for line in g.lines(6))
    until_empty(g)


def test_nobody_is_shed_who_would_be_kept_back_for_a_moment(gate):
    g = gate(dict(num_gpu_blocks=30000, t0=0.5), limits={"queue": 1})
    crowd = Crowd(g)

    def come():
        return g.metrics().value("warmpath_worker_inflight",
                                 worker="worker-0") + \
            queued(g) + len(crowd.done)
    for i in range(5):
        # Seconds to prefill, as it is thought.
        crowd.ask(i, {**question(stream=True, max_tokens=2),
                      "prompt": prompt(250, first=100 + i) * 240})
        harness.wait_until(lambda n=i + 1: come() >= n, 10, "one more")
    assert all(a.status == 200 for a in crowd.join().values())
    assert g.metrics().value("warmpath_queue_wait_seconds_count",
                             model="demo") >= 1


def test_a_session_that_was_let_in_does_not_wait_for_its_next_turn(gate):
    g = gate()
    mine = {"x-session-id": "mine"}
    crowd = Crowd(g)
    assert g.post("/v1/completions", question(300, max_tokens=1),
                  headers=mine).status == 200
    # Its 300 tokens stay spoken for: two more fit, and not three.
    for i in range(3):
        crowd.ask(i)
    harness.wait_until(lambda: queued(g) >= 1, 10, "who waits")
    assert g.post("/v1/completions", question(320, max_tokens=1),
                  headers=mine).status == 200
    assert all(a.status == 200 for a in crowd.join().values())
    line, = (x for x in g.lines(5) if x["prompt_tokens"] == 320)
    assert line["queue_s"] == 0
    until_empty(g)


def test_who_waits_too_long_is_told_when_to_come_again(gate):
    g = gate(admission={"wait_default": "100ms"})
    crowd = Crowd(g)
    fill(g, crowd)
    answer = g.post("/v1/completions", question())
    assert answer.status == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    crowd.join()
    until_empty(g)


def test_no_more_wait_than_may(gate):
    g = gate(limits={"queue": 1})
    crowd = Crowd(g)
    fill(g, crowd)
    crowd.ask("waits")
    until_queued(g, 1)
    answer = g.post("/v1/completions", question())
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert crowd.join()["waits"].status == 200
    until_empty(g)


def test_who_leaves_while_it_waits_takes_nothing(gate):
    g = gate()
    crowd = Crowd(g)
    fill(g, crowd)
    raw = g.raw("/v1/completions", question())
    until_queued(g, 1)
    raw.socket.close()
    until_queued(g, 0)
    crowd.join()
    assert g.lines(4)[-1]["outcome"] in ("client_gone", "ok")
    until_empty(g)


def test_who_leaves_its_answer_gives_its_room_back(gate):
    g = gate()
    held = [g.stream("/v1/completions", question(stream=True))
            for _ in range(3)]
    for s in held:
        next(iter(s))
    crowd = Crowd(g)
    crowd.ask("next")
    until_queued(g, 1)
    held[0].close()
    harness.wait_until(lambda: queued(g) == 0, 5, "room")
    for s in held[1:]:
        s.close()
    assert crowd.join()["next"].status == 200
    until_empty(g)


@pytest.fixture
def listed():
    return t.Tenants()


@pytest.fixture
def classes(gate, listed):
    listed.write(one("background", "b", priority=0), one("a", "a", priority=9),
                 one("many", "m"), one("few", "f"))
    return gate(tenants=listed.section())


def test_the_interactive_go_first_and_tenants_take_turns(classes):
    g = classes
    crowd = Crowd(g)
    for i in range(3):
        crowd.ask(f"first {i}", headers=bearer("m"))
    harness.wait_until(lambda: live(g) == 3, 10, "three that are let in")
    for n, name in enumerate(("b", "m1", "m2", "m3", "f", "a")):
        crowd.ask(name, question(max_tokens=199), headers=bearer(name[0]))
        until_queued(g, n + 1)
    crowd.join()
    order = [name for name in crowd.done if not name.startswith("first")]
    # Three go at a time, in no order among them.
    assert sorted(order[:3]) == ["a", "f", "m1"], order
    assert sorted(order[3:]) == ["b", "m2", "m3"], order
    until_empty(g)
