"""The official clients, unchanged, in front of the gateway."""
import hashlib
import json
import os
import shutil
import subprocess

import pytest

import harness
from accounts import held
from books import FAST, STEADY, config, fault, state
from scripted import Scripted

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npm")
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET",
           "ETIMEDOUT", "network")


def install():
    """The folder with the clients of package-lock.json, installed once."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("SKIP: node and npm are not there")
    with open(os.path.join(HERE, "package-lock.json"), "rb") as f:
        key = hashlib.sha256(f.read()).hexdigest()[:12]
    folder = os.path.join(harness.ROOT, "build", "npm", key)
    if not os.path.exists(folder):
        fresh = folder + ".new"
        shutil.rmtree(fresh, ignore_errors=True)
        os.makedirs(fresh)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, name), fresh)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=fresh, capture_output=True, text=True, check=False)
        if done.returncode != 0 and any(x in done.stderr for x in OFFLINE):
            pytest.skip("SKIP: the npm registry cannot be reached")
        assert done.returncode == 0, done.stderr
        os.replace(fresh, folder)
    for name in ("openai.mjs", "anthropic.mjs"):
        shutil.copy(os.path.join(HERE, name), folder)
    return folder


@pytest.fixture(scope="module")
def clients():
    return install()


@pytest.fixture
def run(clients):
    """run(gateway, scenario, driver): what the driver's client saw."""
    def call(g, scenario, driver="openai.mjs"):
        done = subprocess.run(
            ["node", os.path.join(clients, driver),
             "http://%s:%d" % g.address, scenario], capture_output=True,
            text=True, timeout=60 * harness.SLOW, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return call


@pytest.fixture
def demo(programs, gateway):
    """demo(options): a gateway on two workers."""
    def make(options=None):
        workers = programs.fleet(2, **(options or FAST))
        g = gateway(config(workers, {"aliases": ["short"],
                                     "tokenizer": "models/demo"}))
        g.workers = workers
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        return g
    return make


def test_models_are_listed_and_found(demo, run):
    assert run(demo(), "models") == {"ids": ["demo", "short"], "one": "demo"}


def test_a_chat_streams_what_it_answers_whole(demo, run):
    g = demo()
    whole, streamed = run(g, "chat"), run(g, "stream")
    assert whole["text"] and whole["text"] == streamed["text"]
    assert whole["id"].startswith("req-")
    assert streamed["error"] is None and streamed["finish"]
    for usage in (whole["usage"], streamed["usage"]):
        assert usage["completion_tokens"] == 8
        assert usage["total_tokens"] == usage["prompt_tokens"] + 8


def test_completions_and_embeddings_are_served(demo, run):
    g = demo()
    told = run(g, "completion")
    assert told["text"] and told["text"] == told["streamed"]["text"]
    told = run(g, "embedding")
    assert told["n"] == 2 and told["numbers"] > 0


def test_refusals_are_the_errors_that_the_client_knows(demo, run):
    told = run(demo(), "errors")
    assert told["no_model"]["name"] == "NotFoundError"
    assert told["no_model"]["code"] == "model_not_found"
    assert told["no_model"]["param"] == "model"
    assert told["no_messages"]["name"] == "BadRequestError"
    assert told["no_messages"]["param"] == "messages"
    assert told["theirs"]["name"] == "BadRequestError"
    assert told["no_path"]["name"] == "NotFoundError"
    assert told["not_served"]["name"] == "PermissionDeniedError"
    for error in told.values():
        assert error["message"] and error["type"], error


def test_a_cut_stream_raises_instead_of_ending(demo, run):
    g = demo(STEADY)
    for w in g.workers:
        fault(w, "cut_midstream", after=5)
    told = run(g, "cut")
    assert told["text"], "something had come"
    assert told["finish"] is None
    assert told["error"]["code"] == "stream_cut"
    assert "not complete" in told["error"]["message"]


def test_a_fleet_that_turns_all_away_raises_a_servers_error(demo, run):
    g = demo()
    for w in g.workers:
        fault(w, "status", status=503, count=-1)
    told = run(g, "busy")
    assert told["name"] == "InternalServerError" and told["status"] == 503


def test_a_client_that_breaks_off_its_loop_frees_the_worker(demo, run):
    g = demo(STEADY)
    run(g, "leave")
    harness.wait_until(lambda: sum(
        state(w)["aborts"] for w in g.workers) == 1, 5, "the abort")
    harness.wait_until(lambda: not held(g.metrics()), 5, "gauges at 0")


# --- Anthropic's messages ---------------------------------------------

MESSAGE = [
    ("message_start", {"message": {
        "id": "msg_1", "type": "message", "role": "assistant",
        "model": "demo", "content": [], "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 0}}}),
    ("content_block_start", {"index": 0, "content_block": {
        "type": "text", "text": ""}}),
    ("content_block_delta", {"index": 0, "delta": {
        "type": "text_delta", "text": "good day"}}),
    ("content_block_stop", {"index": 0}),
    ("message_delta", {"delta": {"stop_reason": "end_turn",
                                 "stop_sequence": None},
                       "usage": {"output_tokens": 2}}),
    ("message_stop", {}),
]


def message_events(n):
    body = "".join("event: %s\ndata: %s\n\n" % (
        name, json.dumps({"type": name, **data}))
        for name, data in MESSAGE[:n]).encode()
    return (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n"
            % (len(body), body))


def test_messages_reach_anthropics_client_and_cuts_raise(gateway, run):
    with Scripted() as worker:
        g = gateway(config([worker]))
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        worker.say(message_events(6) + b"0\r\n\r\n", worker.KEEP)
        told = run(g, "stream", "anthropic.mjs")
        assert told["text"] == "good day"
        assert told["usage"]["output_tokens"] == 2
        worker.say(message_events(3))
        told = run(g, "cut", "anthropic.mjs")
        assert told and "not complete" in told["message"]
        told = run(g, "no_model", "anthropic.mjs")
        assert told["name"] == "NotFoundError"
        assert told["body"]["type"] == "error"
        assert told["body"]["error"]["message"]
