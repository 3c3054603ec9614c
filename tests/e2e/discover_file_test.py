"""Workers that come and go in a file while clients are served."""
import json
import os
import threading

import pytest

import harness
from books import FAST, STEADY, chat

CHAT = "/v1/chat/completions"
QUICK = {"interval": "100ms", "settle": "0s"}


class Listed:
    """The file; `write` puts another one in its place at once."""

    def __init__(self, directory):
        self.path = os.path.join(str(directory), "workers.yaml")

    def write(self, text):
        if not isinstance(text, str):
            text = json.dumps([w.config() for w in text])
        with open(self.path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(self.path + ".new", self.path)

    def model(self, **more):
        return {"discover": {"file": self.path, **QUICK, **more}}


@pytest.fixture
def listed(tmp_path):
    return Listed(tmp_path)


def names(g):
    return [w["name"] for w in g.fleet()]


def shows(g, *wanted):
    harness.wait_until(lambda: sorted(names(g)) == sorted(wanted), 10,
                       f"the workers {wanted}")


def found(g):
    return g.admin_get("/discovery").json()["models"][0]


def up(g):
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10,
                       "readiness")


def test_workers_of_a_file_are_there_from_the_first_request(fleet, front,
                                                            listed):
    workers = fleet(2, **FAST)
    listed.write(workers)
    g = front([], listed.model(),
              policy={"name": "round_robin"})
    assert {g.post(CHAT, chat("hello")).status for _ in range(4)} == {200}
    assert sorted(names(g)) == ["worker-0", "worker-1"]
    told = found(g)
    assert told["source"] == "file" and told["workers"] == 2
    assert told["failure"] is None and told["failures"] == 0
    m = g.metrics()
    assert m.value("warmpath_discovery_endpoints", model="demo") == 2


def test_nobody_loses_a_request_while_workers_come_and_go(fleet, front,
                                                          listed):
    workers = fleet(3, **FAST)
    listed.write(workers[:1])
    g = front([], listed.model(),
              policy={"name": "round_robin"}, slow_start={"time": "0s"})
    up(g)
    stop, answers = threading.Event(), []

    def ask():
        while not stop.is_set():
            answers.append(g.post(CHAT, chat("on and on")).status)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for now in (workers, workers[1:], workers[2:], workers[:1]):
            listed.write(now)
            shows(g, *(w.worker_name for w in now))
    finally:
        stop.set()
        asking.join()
    assert set(answers) == {200}


def test_a_worker_that_leaves_ends_what_it_has(fleet, front, listed):
    workers = fleet(2, **STEADY)
    listed.write(workers[:1])
    g = front([], listed.model())
    up(g)
    stream = g.stream(CHAT, chat("tell me", stream=True, max_tokens=40))
    chunks = stream.chunks()
    next(chunks)
    listed.write(workers[1:])
    shows(g, "worker-1")
    assert len(list(chunks)) >= 39
    stream.close()
    assert g.post(CHAT, chat("another")).status == 200


@pytest.mark.parametrize("text, why", [
    ("- {url: http://127.0.0.1:1, nmae: w}\n", ":1: [0].nmae: no such key"),
    ("- http://127.0.0.1:1\n- http://127.0.0.1:1\n", "stands twice"),
    ("[{", "not YAML"),
    ("", "must be a list"),
    ("[]", "names no worker"),
    (None, "No such file"),
])
def test_what_is_wrong_changes_nothing(fleet, front, listed, text, why):
    workers = fleet(1, **FAST)
    listed.write(workers)
    g = front([], listed.model())
    up(g)
    if text is None:
        os.unlink(listed.path)
    else:
        listed.write(text)
    harness.wait_until(lambda: found(g)["failure"], 10, "the failure")
    assert names(g) == ["worker-0"] and found(g)["workers"] == 1
    assert g.post(CHAT, chat("hello")).status == 200
    harness.wait_until(lambda: why in g.stderr(), 5, why)
    listed.write(workers)
    harness.wait_until(lambda: found(g)["failure"] is None, 10, "recovery")


def test_no_worker_is_believed_where_that_is_allowed(fleet, front, listed):
    listed.write(fleet(1, **FAST))
    g = front([], listed.model(allow_empty=True))
    up(g)
    listed.write("[]")
    shows(g)
    answer = g.post(CHAT, chat("hello"))
    assert answer.status == 503


def test_a_reload_keeps_what_was_found(fleet, front, listed):
    workers = fleet(2, **FAST)
    listed.write(workers[:1])
    g = front([workers[1]], listed.model())
    shows(g, "worker-0", "worker-1")
    os.unlink(listed.path)
    harness.wait_until(lambda: found(g)["failure"], 10, "the failure")
    g.settings["retries"] = {"max_tries": 2}
    g.write_config(g.settings)
    g.signal(1)
    harness.wait_until(lambda: "is in force" in g.stderr(), 10, "the reload")
    assert sorted(names(g)) == ["worker-0", "worker-1"]
    del g.settings["models"][0]["discover"]
    g.write_config(g.settings)
    g.signal(1)
    shows(g, "worker-1")
