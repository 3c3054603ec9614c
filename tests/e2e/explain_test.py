"""Decisions told afterwards: by id, the last ones, for a person and for a
program; written down, and made again by another policy."""
import json
import os
import select
import signal
import subprocess
import termios

import pytest

import harness
from books import chat, fault
from halves import split_fleet

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


# --- the log ----------------------------------------------------------

@pytest.fixture
def written(gate, tmp_path):
    """written(n, **more): a gateway that writes decisions to a file."""
    def make(n=2, **more):
        g = gate(n, log={"level": "info", "format": "json", "access": True,
                         "decisions": str(tmp_path / "decisions.jsonl")},
                 **more)
        return g, tmp_path / "decisions.jsonl"
    return make


def lines_of(path, n, what):
    """The lines with this member, once there are n."""
    def found():
        lines = [json.loads(x)
                 for x in harness.whole_lines(path.read_text())]
        lines = [x for x in lines if what in x]
        return lines if len(lines) >= n else None
    return harness.wait_until(found, 10, f"{n} lines with {what}")


def replay(*arguments):
    return subprocess.run([harness.binary("warmpath"), "replay", *arguments],
                          capture_output=True, text=True, timeout=60)


def test_decisions_are_written_down_and_made_again(written, tmp_path):
    g, path = written(2, model={"policy": "kv_aware"})
    for i in range(8):
        assert g.post(CHAT, chat(f"secret {i % 3} " * 40,
                                 user="somebody")).status == 200
    made = lines_of(path, 8, "candidates")
    ended = lines_of(path, 8, "ended")
    assert {x["request_id"] for x in made} == \
        {x["request_id"] for x in ended}
    assert all(len(x["keys"]) > 0 for x in made)
    text = path.read_text()
    assert "secret" not in text and "somebody" not in text
    assert path.stat().st_mode & 0o777 == 0o600
    same = replay("--log", str(path), "--config", g.config_path, "--json")
    assert same.returncode == 0, same.stderr
    told = json.loads(same.stdout)
    assert told["decisions"] == 8 and told["elsewhere"] == 0
    assert told["stays"]["requests"] == 8
    other = {**g.settings, "policy": "round_robin"}
    other["models"][0].pop("policy")
    new = tmp_path / "new.yaml"
    new.write_text(json.dumps(other))
    dealt = replay("--log", str(path), "--config", str(new), "--json")
    assert dealt.returncode == 0, dealt.stderr
    again = json.loads(dealt.stdout)["again"]
    assert sorted(again["workers"].values()) == [4, 4]
    assert "made again by round_robin" in \
        replay("--log", str(path), "--config", str(new)).stdout


def test_the_log_is_begun_anew_where_it_was_moved_away(written):
    g, path = written(1)
    g.post(CHAT, chat("one"))
    lines_of(path, 1, "ended")
    os.rename(path, f"{path}.1")
    os.kill(g.pid, signal.SIGUSR1)
    harness.wait_until(path.exists, 10, "a new file")
    g.post(CHAT, chat("two"))
    assert len(lines_of(path, 1, "candidates")) == 1
    assert g.metrics().value("warmpath_decision_log_dropped_total") == 0


def test_a_reload_begins_and_ends_it(written, tmp_path):
    g, path = written(1)
    other = tmp_path / "other.jsonl"
    g.settings["log"]["decisions"] = str(other)
    g.write_config(g.settings)
    os.kill(g.pid, signal.SIGHUP)
    harness.wait_until(other.exists, 10, "the other file")
    g.post(CHAT, chat("one"))
    lines_of(other, 1, "ended")
    g.settings["log"]["decisions"] = str(tmp_path)
    g.write_config(g.settings)
    os.kill(g.pid, signal.SIGHUP)
    harness.wait_until(lambda: "not a plain file" in g.stderr()
                       or "Is a directory" in g.stderr(), 10, "the refusal")
    g.post(CHAT, chat("two"))
    lines_of(other, 2, "ended")


# --- the shadow -------------------------------------------------------

def test_a_policy_in_the_shadow_is_told_beside_and_changes_nothing(gate):
    g = gate(2, model={"policy": "round_robin", "shadow": "kv_aware"},
             threads=1)
    ids = []
    for _ in range(4):
        answer = g.post(CHAT, chat("the same again " * 40))
        ids.append(answer.headers["x-request-id"])
        g.settle()
    decisions = [told(g, i)[0] for i in ids]
    assert {d["chosen"] for d in decisions[:2]} == {"worker-0", "worker-1"}
    second = decisions[1]["shadow"]
    assert second["policy"] == "kv_aware" and second["unit"] == "tokens"
    assert second["chosen"] == decisions[0]["chosen"] and not second["same"]
    assert second["cost"] < second["live_cost"]
    assert second["predicted_cached_tokens"] > \
        second["live_predicted_cached_tokens"] == 0
    m = g.metrics()
    results = [m.value("warmpath_shadow_decisions_total", model="demo",
                       result=r) for r in ("same", "other")]
    assert sum(results) == 4 and results[1] >= 1
    cached = {c: m.value("warmpath_shadow_predicted_cached_tokens_total",
                         model="demo", choice=c) for c in ("live", "shadow")}
    assert cached["shadow"] > cached["live"]
    assert "shadow kv_aware: " in \
        g.admin_get(f"/explain/{ids[1]}?format=text").text


# --- the command ------------------------------------------------------

def explain(g, *arguments, input=None):
    return subprocess.run(
        [harness.binary("warmpath"), "explain", "--admin",
         "http://%s:%d" % g.admin, *arguments], input=input,
        capture_output=True, text=True, timeout=60)


def test_the_command_tells_what_the_admin_port_does(gate, tmp_path):
    g = gate(2)
    answer = g.post(CHAT, chat("hello"), headers={"X-Request-Id": "mine-1"})
    assert answer.status == 200
    told(g, answer.headers["x-request-id"])
    one = explain(g, answer.headers["x-request-id"])
    assert one.returncode == 0 and "ok, status 200" in one.stdout, one.stderr
    assert len(explain(g).stdout.splitlines()) == 2
    body = tmp_path / "body.json"
    body.write_text(json.dumps(chat("hello")))
    from_file = explain(g, str(body))
    assert from_file.returncode == 0 and "cost in" in from_file.stdout
    as_json = explain(g, "-", "--json", input=body.read_text())
    assert json.loads(as_json.stdout)["chosen"]
    unknown = explain(g, "req-0000000000000000")
    assert unknown.returncode == 1 and "explain.keep" in unknown.stderr
    assert explain(g, "-", input="{").returncode == 1


def test_top_shows_workers_and_decisions_and_prints_once_to_a_file(gate):
    g = gate(2)
    answer = g.post(CHAT, chat("hello"))
    admin = "http://%s:%d" % g.admin
    once = subprocess.run([harness.binary("warmpath"), "top", "--admin",
                           admin], capture_output=True, text=True, timeout=60)
    assert once.returncode == 0, once.stderr
    assert "requests 0.0/s" in once.stdout and "worker-1" in once.stdout
    assert answer.headers["x-request-id"] in once.stdout
    assert "\033" not in once.stdout


def until(terminal, wanted):
    """Reads until this is there."""
    shown = b""

    def found():
        nonlocal shown
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 65536)
        return wanted in shown
    harness.wait_until(found, 10, f"{wanted} on the terminal")


def test_top_on_a_terminal_ends_with_q_and_leaves_it_as_it_was(gate):
    g = gate(1)
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    top = subprocess.Popen([harness.binary("warmpath"), "top", "--admin",
                            "http://%s:%d" % g.admin],
                           stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        until(ours, b"worker-0")
        os.write(ours, b"q")
        until(ours, b"?1049l")
        assert top.wait(10 * harness.SLOW) == 0
        assert termios.tcgetattr(theirs) == before
    finally:
        top.kill()
        top.wait()
        os.close(ours)
        os.close(theirs)


# --- two workers ------------------------------------------------------

def test_who_computes_the_prompt_for_another_is_told(programs, front,
                                                     tmp_path):
    log = tmp_path / "decisions.jsonl"
    g = split_fleet(programs, front, model={"shadow": "least_load"}, gateway={
        "log": {"level": "info", "format": "json", "access": True,
                "decisions": str(log)}})
    prompt = {"model": "demo", "max_tokens": 2, "prompt": list(range(400))}
    would = harness.request(g.admin, "POST", "/explain?path=/v1/completions",
                            prompt).json()
    assert (would["prefill"], would["chosen"]) == ("p0", "d0")
    answer = g.post("/v1/completions", prompt)
    assert answer.status == 200, answer
    was, = told(g, answer.headers["x-request-id"])
    assert (was["prefill"], was["chosen"]) == ("p0", "d0")
    assert was["pair_ms"] > 0 and was["outcome"]["outcome"] == "ok"
    text = g.admin_get(f"/explain/{was['request_id']}?format=text").text
    assert "its prompt is computed by p0" in text
    assert "shadow least_load: d0 (prefill elsewhere) by way of p0" in text
    assert g.metrics().value("warmpath_shadow_decisions_total",
                             model="demo", result="same") == 1
    lines_of(log, 1, "ended")
    pairs = json.loads(replay("--log", str(log), "--config", g.config_path,
                              "--json").stdout)["pairs"]
    assert (pairs["decisions"], pairs["recorded"], pairs["again"],
            pairs["changes"]["same"]) == (1, 1, 1, 1)
