"""Prompts that begin alike and come together: one worker computes that, the
others wait for it rather than compute it again, and follow it there."""
import threading

import harness
from books import completion

# Takes an L4 three seconds, in which all of a test's steps must come; twice
# that where all is slow.
TOKENS = 24000
FOLLOWERS = 3


class Asked(threading.Thread):
    def __init__(self, g, body):
        super().__init__()
        self.g, self.body, self.answer = g, body, None
        self.start()

    def run(self):
        self.answer = self.g.post("/v1/completions", self.body, timeout=120)


def until(g, name, n):
    harness.wait_until(lambda: g.metrics().value(name) == n, 20,
                       f"{n} of {name}")


def test_twins_wait_for_the_first_and_follow_it(fleet, front):
    workers = fleet(2, block_size=16, profile="l4",
                    speed=1 if harness.SLOW == 1 else 0.5)
    g = front(workers, {"gpu": "l4", "workers": [
        {**w.config(), "max_inflight": 1} for w in workers]})
    harness.wait_until(lambda: all(
        w["trust"] == "exact" for w in g.fleet()), 20, "trust")
    prompt = [n % 251 for n in range(TOKENS)]
    asked = [Asked(g, completion(prompt, max_tokens=1))]
    until(g, "warmpath_worker_inflight", 1)
    busy = next(w["name"] for w in g.fleet() if w["inflight"])
    idle = next(w["name"] for w in g.fleet() if w["name"] != busy)
    asked += [Asked(g, completion(prompt + [n], max_tokens=1))
              for n in range(FOLLOWERS)]
    # Another is free, and would compute all of it once more.
    until(g, "warmpath_held_twins_total", FOLLOWERS)
    assert g.metrics().value("warmpath_queued_requests") == FOLLOWERS
    assert g.worker(idle)["inflight"] == 0
    # From here on it makes no difference how late the events are.
    g.tell_worker(idle, "drain")
    for one in asked:
        one.join()
        assert one.answer.status == 200
    lines = g.lines(1 + FOLLOWERS)
    assert {line["worker"] for line in lines} == {busy}
    assert sorted(line["cached_tokens"] for line in lines) == \
        [0] + FOLLOWERS * [TOKENS]
