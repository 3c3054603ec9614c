"""The gateway as its clients and its operator see it."""
import http.client
import json
import os
import signal
import subprocess
import threading

import pytest

import harness
from books import BY_TOKENS

OPTIONS = dict(block_size=16, profile="fast", speed=20)


@pytest.fixture
def gate(fleet, front):
    """gate(workers=2, model={}, **top): a ready gateway on a fleet."""
    def make(workers=2, model=None, options=None, **top):
        if isinstance(workers, int):
            workers = fleet(workers, **{**OPTIONS, **(options or {})})
        g = front(workers, {"tokenizer": "models/demo", "aliases": ["short"],
                            **(model or {})}, counted=False, **top)
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 20,
                           "readiness")
        return g
    return make


def access_lines(g, n=1):
    def lines():
        found = [json.loads(x) for x in harness.whole_lines(g.stderr())
                 if x.startswith("{") and '"outcome"' in x]
        return found if len(found) >= n else None
    return harness.wait_until(lines, 10, f"{n} access lines")


def chat(text, **more):
    return {"model": "demo", "max_tokens": 4,
            "messages": [{"role": "user", "content": text}], **more}


LONG = "The garden wall was built by four neighbours in one summer. " * 30


def test_a_chat_is_answered_whole_and_streamed(gate):
    g = gate()
    answer = g.post("/v1/chat/completions", chat("hello"))
    assert answer.status == 200
    text = answer.json()["choices"][0]["message"]["content"]
    with g.stream("/v1/chat/completions", chat("hello", stream=True)) as s:
        assert s.status == 200
        assert s.headers["content-type"].startswith("text/event-stream")
        events = list(s)
    assert events[-1] == "[DONE]"
    streamed = "".join(
        json.loads(e)["choices"][0]["delta"].get("content") or ""
        for e in events[:-1])
    assert streamed == text


def test_models_are_listed_with_aliases_and_adapters(gate):
    g = gate(1, model={"loras": ["sql-lora"]},
              options={"loras": "sql-lora"})
    listed = {m["id"] for m in g.get("/v1/models").json()["data"]}
    assert listed == {"demo", "short", "sql-lora"}
    assert g.get("/v1/models/short").json()["id"] == "short"
    assert g.get("/v1/models/none").status == 404
    answer = g.post("/v1/chat/completions", chat("hi", model="sql-lora"))
    assert answer.json()["model"] == "sql-lora"
    answer = g.post("/v1/chat/completions", chat("hi", model="short"))
    assert answer.json()["model"] == "demo"


@pytest.mark.parametrize("prompt, tokens", [
    ("once upon a time", None),
    (["one", "two"], None),
    ([5, 6, 7, 8], 4),
    ([[5, 6, 7], [8, 9]], 5),
])
def test_every_form_of_prompt_is_served(gate, prompt, tokens):
    g = gate()
    answer = g.post("/v1/completions", {"model": "demo", "prompt": prompt,
                                        "max_tokens": 2})
    assert answer.status == 200, answer
    if tokens:
        assert answer.json()["usage"]["prompt_tokens"] == tokens


def test_the_next_turn_goes_where_the_prefix_is(gate):
    g = gate(4, threads=4, policy=BY_TOKENS)
    messages = [{"role": "user", "content": LONG}]
    used = []
    for turn in range(4):
        answer = g.post("/v1/chat/completions", {
            "model": "demo", "messages": messages, "max_tokens": 8})
        message = answer.json()["choices"][0]["message"]
        messages += [{"role": "assistant", "content": message["content"]},
                     {"role": "user", "content": f"go on, part {turn}"}]
        lines = access_lines(g, turn + 1)
        used.append(lines[turn])
        g.settle()  # its blocks are known before the next turn is asked
    assert len({line["worker"] for line in used}) == 1
    assert [line["tokenized"] for line in used] == \
        ["local", "memo", "memo", "memo"]
    assert g.metrics().value("warmpath_conversation_bytes") > len(LONG)
    for line in used[1:]:
        assert line["matched_blocks"] > 20
        assert line["matched_blocks"] >= line["prompt_blocks"] - 3
        assert line["prediction"] in ("exact", "index_changed")
        assert line["cached_tokens"] > 320


@pytest.mark.parametrize("more, how", [
    ({}, "local"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "local"),
    ({"add_special_tokens": True}, "worker"),
    ({"messages": [{"role": "user", "content": [
        {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
     "local"),
    ({"messages": [{"role": "user", "content": "a" * 40000}]}, "local"),
    ({"messages": [{"role": "user", "content": "so"},
                   {"role": "assistant", "content": "it be"}],
      "continue_final_message": True, "add_generation_prompt": False},
     "local"),
])
def test_chats_are_rendered_here_as_workers_do(gate, more, how):
    """The worker's own count of prompt tokens says whether we agree."""
    g = gate(1)
    body = {**chat("hello"), **more}
    answer = g.post("/v1/chat/completions", body)
    assert answer.status == 200, answer
    told = harness.request(g.admin, "POST", "/explain", body).json()
    assert told["prompt_tokens"] == answer.json()["usage"]["prompt_tokens"]
    assert access_lines(g)[0]["tokenized"] == how


def test_a_chat_that_cannot_be_rendered_here_is_put_to_a_worker(gate):
    g = gate(1, model={"tokenizer": None})
    answer = g.post("/v1/chat/completions", chat("hello"))
    assert answer.status == 200
    assert access_lines(g)[0]["tokenized"] == "worker"


def test_explain_prices_every_worker_and_sends_nothing(gate):
    g = gate(3)
    g.post("/v1/chat/completions", chat(LONG))
    served = sum(len(w.get("/sim/state").json()["requests"])
                 for w in g.workers)

    def held():
        told = harness.request(g.admin, "POST", "/explain",
                               chat(LONG)).json()
        best = max(told["candidates"], key=lambda c: c["held_blocks"])
        return told if best["held_blocks"] > 0 else None
    told = harness.wait_until(held, 10, "a worker that holds the prompt")
    assert len(told["candidates"]) == 3
    chosen = next(c for c in told["candidates"]
                  if c["worker"] == told["chosen"])
    assert chosen["cost"] == min(c["cost"] for c in told["candidates"])
    holder = max(told["candidates"], key=lambda c: c["held_blocks"])
    assert all(holder["tokens"] < c["tokens"] for c in told["candidates"]
               if c is not holder)
    assert served == sum(len(w.get("/sim/state").json()["requests"])
                         for w in g.workers)


@pytest.mark.parametrize("method, path, status", [
    ("POST", "/sleep", 403), ("POST", "/reset_prefix_cache", 403),
    ("POST", "/v1/load_lora_adapter", 403), ("POST", "/start_profile", 403),
    ("POST", "/%73leep", 403), ("POST", "//sleep", 403),
    ("GET", "/no/such/path", 404), ("GET", "/v1/chat/completions", 405),
])
def test_closed_paths_say_so_in_openais_shape(gate, method, path, status):
    answer = harness.request(gate(1).address, method, path,
                             b"{}" if method == "POST" else None)
    assert answer.status == status
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("body, status, param", [
    (b"{", 400, None), (b"[]", 400, None),
    (b'{"model":"demo"}', 400, "messages"),
    (b'{"model":"nobody","messages":[]}', 404, "model"),
    (b'{"model":"demo","messages":[],"model":"x"}', 400, "model"),
])
def test_bad_bodies_get_a_clear_error(gate, body, status, param):
    answer = harness.request(gate(1).address, "POST",
                             "/v1/chat/completions", body)
    assert answer.status == status, answer
    assert answer.json()["error"]["param"] == param


def test_pipelined_requests_are_answered_in_order(gate):
    g = gate(2)
    out = b""
    for n in range(8):
        path = "/v1/models/demo" if n % 2 else "/nothing%d" % n
        out += b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode()
    with harness.Raw(g.address) as raw:
        raw.send(out)
        statuses = [raw.read_answer().status for _ in range(8)]
    assert statuses == [404, 200] * 4


def test_answers_that_nobody_reads_hold_up_the_next_requests(gate):
    g = gate(1)
    one = b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n"
    with harness.Raw(g.address) as raw:
        raw.socket.setblocking(False)
        sent = 0
        for _ in range(4000):
            try:
                sent += raw.socket.send(one * 200)
            except BlockingIOError:
                break
        # It stopped taking requests long before 4,000 x 200 of them.
        answered = harness.wait_until(lambda: g.metrics().value(
            "warmpath_requests_total") or None)
        assert sent < 4000 * 200 * len(one)
        raw.socket.setblocking(True)
        whole = sent // len(one)
        raw.socket.settimeout(20 * harness.SLOW)
        for _ in range(whole):
            assert raw.read_answer().status == 200
        assert answered <= whole


def test_a_body_may_come_in_chunks_after_a_100(gate):
    g = gate(1)
    body = json.dumps(chat("hello")).encode()
    with harness.Raw(g.address) as raw:
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Content-Type: application/json\r\n"
                 b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"
                 b"\r\n")
        assert raw.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        for at in range(0, len(body), 7):
            piece = body[at:at + 7]
            raw.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        raw.send(b"0\r\n\r\n")
        answer = raw.read_answer()
    assert answer.status == 200
    assert answer.json()["usage"]["completion_tokens"] == 4


def test_a_head_that_could_be_read_in_two_ways_is_refused(gate):
    g = gate(1)
    for head in (b"Content-Length: 5\r\nTransfer-Encoding: chunked",
                 b"Content-Length: 5\r\nContent-Length: 6",
                 b"X: a\r\n folded", b"Host: b"):
        with harness.Raw(g.address) as raw:
            raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n" + head
                     + b"\r\n\r\nhello")
            assert raw.read_answer().status == 400
            assert raw.is_closed()


def test_a_body_over_the_limit_is_refused_at_its_head(gate):
    g = gate(1, limits={"max_body": "4KiB"})
    answer = harness.request(g.address, "POST", "/v1/chat/completions",
                             b"x" * 5000)
    assert answer.status == 413
    assert answer.json()["error"]["message"]


def test_a_faulty_reload_keeps_the_configuration_in_force(gate):
    g = gate(1)
    with open(g.config_path, encoding="utf-8") as f:
        good = f.read()
    g.write_config("models: [}")
    g.signal(signal.SIGHUP)
    g.says("stays")
    assert g.post("/v1/chat/completions", chat("still")).status == 200
    assert g.metrics().value("warmpath_config_last_reload_success") == 0
    changed = json.loads(good)
    changed["models"][0]["aliases"] = ["other"]
    g.write_config(changed)
    g.signal(signal.SIGHUP)
    harness.wait_until(
        lambda: g.get("/v1/models/other").status == 200, 10, "the alias")
    assert g.get("/v1/models/short").status == 404
    harness.settles(lambda:
                    g.metrics().value("warmpath_config_last_reload_success"),
                    1)


def test_a_reload_under_load_loses_nothing(gate):
    g = gate(2)
    with open(g.config_path, encoding="utf-8") as f:
        config = json.load(f)
    stop = threading.Event()
    statuses = []

    def load():
        while not stop.is_set():
            statuses.append(g.post("/v1/completions", {
                "model": "demo", "prompt": [1, 2, 3] * 40,
                "max_tokens": 1}).status)
    threads = [threading.Thread(target=load) for _ in range(3)]
    for t in threads:
        t.start()
    for n in range(5):
        config["models"][0]["aliases"] = [f"name-{n}"]
        g.write_config(config)
        g.signal(signal.SIGHUP)
        harness.wait_until(
            lambda: g.get(f"/v1/models/name-{n}").status == 200, 10,
            f"reload {n}")
    stop.set()
    for t in threads:
        t.join()
    assert set(statuses) == {200}
    assert all(w["index_blocks"] > 0 or w["inflight"] == 0 for w in
               g.admin_get("/workers").json()["workers"])


def test_a_drain_lets_streams_finish(gate):
    g = gate(1, options={"speed": 1, "t0": 0.02})
    with g.stream("/v1/chat/completions",
                  chat("tell me", stream=True, max_tokens=40)) as s:
        chunks = iter(s)
        next(chunks)
        g.signal(signal.SIGTERM)
        rest = list(chunks)
    assert rest[-1] == "[DONE]"
    assert g.wait() == 0


def test_what_is_open_at_the_drains_deadline_ends_visibly(gate):
    g = gate(1, options={"speed": 1, "profile": "l4"},
              timeouts={"drain": "300ms"})
    worker = g.workers[0]
    with g.stream("/v1/chat/completions",
                  chat("tell me", stream=True, max_tokens=4000,
                       ignore_eos=True)) as s:
        chunks = iter(s)
        next(chunks)
        worker.post("/sim/fault", {"kind": "hang", "count": 1})
        with harness.Raw(g.address) as raw:
            body = json.dumps(chat("wait")).encode()
            raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
            harness.wait_until(lambda: g.metrics().value(
                "warmpath_active_requests") == 2)
            g.signal(signal.SIGTERM)
            answer = raw.read_answer()
            assert answer.status == 503
            assert answer.headers["retry-after"]
        seen = []
        try:
            for chunk in chunks:
                seen.append(chunk)
        except http.client.IncompleteRead:
            pass
        assert seen[-1] != "[DONE]"
        assert json.loads(seen[-1])["error"]["code"] == "stream_cut"
    assert g.wait() == 0


def test_draining_a_worker_moves_its_traffic(gate):
    g = gate(2, policy={"name": "round_robin"})
    answer = harness.request(g.admin, "POST", "/workers/worker-0/drain")
    assert answer.status == 200
    for _ in range(4):
        g.post("/v1/chat/completions", chat("hello"))
    assert {x["worker"] for x in access_lines(g, 4)} == {"worker-1"}
    harness.request(g.admin, "POST", "/workers/worker-0/undrain")

    # Each lane deals by itself, and who comes back lets turns go by at first.
    def comes_back():
        g.post("/v1/chat/completions", chat("something else"))
        return "worker-0" in {x["worker"] for x in access_lines(g)}
    harness.wait_until(comes_back, 20, "a turn of worker-0")


def test_requests_over_every_workers_limit_wait_and_are_bounded(gate,
                                                                fleet):
    workers = fleet(1, **{**OPTIONS, "speed": 1, "t0": 0.02})
    config = [{**w.config(), "max_inflight": 1} for w in workers]
    g = gate(workers, model={"workers": config},
              limits={"queue": 1}, threads=1)

    def queued():
        return g.metrics().value("warmpath_queued_requests")
    answers = []
    waits = threading.Thread(target=lambda: answers.append(
        g.post("/v1/chat/completions", chat("next"))))
    with g.stream("/v1/chat/completions",
                  chat("slow", stream=True, max_tokens=5000,
                       ignore_eos=True)) as s:
        next(iter(s))
        waits.start()
        harness.settles(queued, 1)
        shed = g.post("/v1/chat/completions", chat("too many"))
        assert shed.status == 503 and shed.headers["retry-after"]
    waits.join()
    assert [a.status for a in answers] == [200]
    harness.settles(queued, 0)


def test_connections_over_the_limit_are_told_to_come_back(gate):
    g = gate(1, limits={"max_connections": 3})
    held = [harness.Raw(g.address) for _ in range(3)]
    for raw in held:
        raw.send(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        assert raw.read_answer().status == 200
    with harness.Raw(g.address) as raw:
        answer = raw.read_answer()
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
    held.pop().socket.close()
    harness.wait_until(
        lambda: g.metrics().value("warmpath_open_connections") < 3)
    assert g.get("/v1/models").status == 200
    for raw in held:
        raw.socket.close()


def test_the_command_line_says_what_is_wrong(tmp_path):
    def run(*arguments):
        return subprocess.run([harness.binary("warmpath"), *arguments],
                              capture_output=True, text=True, cwd=harness.ROOT)
    assert run("--help").returncode == 0
    assert run("--version").stdout.startswith("warmpath ")
    assert "warmpath_requests_total" in run("--print-metrics").stdout
    assert run("--nonsense").returncode == 2
    assert run().returncode == 2
    bad = tmp_path / "bad.yaml"
    bad.write_text("listen: nowhere\nmodls: []\nthreads: -1\n")
    faults = run("--config", str(bad), "--check")
    assert faults.returncode == 2
    for line, key in ((1, "listen"), (2, "modls"), (3, "threads")):
        assert f"{bad}:{line}: {key}" in faults.stderr, faults.stderr
    minimal = os.path.join("config", "minimal.yaml")
    assert run("--config", minimal, "--check").returncode == 0
    printed = run("--config", minimal, "--print-config")
    again = tmp_path / "again.yaml"
    again.write_text(printed.stdout)
    assert run("--config", str(again), "--check").returncode == 0
