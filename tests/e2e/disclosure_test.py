"""What is told of requests: to logs, metrics and pages nothing that is a
secret, nothing that could pass for something else, and not ever more."""
import json
import re

import pytest

import harness
from books import FAST, Cut, assert_cut, chat, completion, fault
from scripted import HEALTHY, Scripted

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)
PAGES = ("/metrics", "/workers", "/workers?format=text", "/config",
         "/readyz", "/healthz", "/", "/decisions", "/prefixes",
         "/prefixes?format=text", "/funnel", "/status")


def told(g):
    """All that an operator could come to see."""
    return g.stderr() + g.stdout() + "".join(
        g.admin_get(page).text for page in PAGES)


# --- secrets ----------------------------------------------------------

PROMPT, KEY, SALT, QUERY = (f"marker-{word}-xyzzy" for word in (
    "prompt", "key", "salt", "query"))
ENGINES_KEY = "marker-engine-xyzzy"


def secret_headers():
    return {"Authorization": "Bearer " + KEY, "x-api-key": KEY,
            "Cookie": "session=" + KEY, "Proxy-Authorization": KEY,
            "api-key": KEY, "X-Session-Id": KEY}


def secret_bodies():
    """(path, body) of every kind, some of them broken."""
    body = chat(PROMPT, cache_salt=SALT, user=PROMPT)
    yield CHAT, body
    yield CHAT, {**body, "stream": True}
    yield CHAT, {**body, "model": PROMPT}
    yield CHAT, {**body, "max_tokens": 10 ** 9}
    yield CHAT, {**body, "n": PROMPT}
    yield CHAT, {**body, PROMPT: PROMPT, "vllm_xargs": {"n": PROMPT}}
    yield CHAT, {**body, "messages": PROMPT}
    yield CHAT, {**body, "messages": [{"role": PROMPT, "content": PROMPT}]}
    yield CHAT, {**body, "chat_template": "{{ " + PROMPT}
    yield CHAT, {**body, "tools": [{"type": "function", "function": {
        "name": PROMPT, "parameters": PROMPT}}]}
    yield "/v1/completions", completion(PROMPT, cache_salt=SALT)
    yield "/v1/completions", completion([PROMPT, PROMPT])
    yield "/v1/messages", {**body, "system": PROMPT}
    yield "/v1/responses", {**body, "input": PROMPT, "instructions": PROMPT}
    yield "/v1/embeddings", {"model": "demo", "input": PROMPT}
    yield "/tokenize", {"model": "demo", "prompt": PROMPT}
    for broken in ('{"model": "demo", "x": "%s"', '{"%s" 1}', "%s",
                   '{"model": "demo", "prompt": "%s\\ud800"}'):
        yield CHAT, (broken % PROMPT).encode()
    yield f"/v1/models/{PROMPT}", {}
    yield f"/v1/{PROMPT}", {}


def test_secrets_are_in_no_log_metric_or_page(fleet, front):
    workers = fleet(2, tokenizer="models/demo", **FAST)
    keyed = [{**w.config(), "api_key": ENGINES_KEY} for w in workers]
    g = front(workers, {"tokenizer": "models/demo", "workers": keyed})
    for path, body in secret_bodies():
        g.post(f"{path}?key={QUERY}", body, headers=secret_headers())
    for w in workers:
        fault(w, "cut_midstream", after=1)
    with harness.Raw(g.address) as raw:
        g.sent += 1
        raw.send(f"POST {CHAT} HTTP/1.1\r\nHost: a\r\n{KEY}\r\n\r\n")
        assert raw.read_answer().status == 400
    assert_cut(Cut(g.raw(CHAT, chat(PROMPT, stream=True)).read_all()))
    harness.request(g.admin, "POST", "/explain?key=" + QUERY,
                    chat(PROMPT, cache_salt=SALT), secret_headers())
    g.lines(g.sent)
    assert "marker-" not in told(g)


def test_what_a_worker_says_of_a_prompt_is_told_to_its_client_alone(front):
    echo = json.dumps({"error": {"message": PROMPT}}).encode()
    with Scripted() as worker:
        g = front([worker], **ONE, retries={"max_tries": 1})
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        for status in (400, 422, 500, 503):
            worker.say(b"HTTP/1.1 %d %s\r\nX-Echo: %s\r\nContent-Length: %d"
                       b"\r\n\r\n%s" % (status, PROMPT.encode(),
                                        PROMPT.encode(), len(echo), echo))
            assert PROMPT in g.post(CHAT, chat(PROMPT)).text
        worker.say(PROMPT.encode() + b"\r\n\r\n")
        assert PROMPT not in g.post(CHAT, chat(PROMPT)).text
    g.lines(g.sent)
    assert "marker-" not in told(g)


# --- forgery ----------------------------------------------------------

NASTY = ['a"b', "a\\", "a\nb", 'a","outcome":"ok', "a\x1b[2J", "\u202eb",
         "a\x9bb", "a\x00b", "\u2028", 'x\r\n{"outcome":"ok"}', "\ud7ff",
         "{{7*7}}", "%s%n", "${jndi:ldap://a}"]


@pytest.mark.parametrize("text_format", ["json", "text"])
def test_nobody_can_write_lines_of_the_log(fleet, front, text_format):
    g = front(fleet(1, **FAST), **ONE, log={
        "level": "debug", "format": text_format, "access": False})
    for nasty in NASTY:
        g.post(CHAT, chat("x", model=nasty))
        g.post(CHAT, chat("x", user=nasty, **{nasty: 1}))
        safe = nasty.encode("utf-8", "replace").replace(b"\r", b"") \
            .replace(b"\n", b"").replace(b"\x00", b"")
        with harness.Raw(g.address) as raw:
            g.sent += 1
            raw.send(b"GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Request-Id: "
                     + safe + b"\r\nConnection: close\r\n\r\n")
            raw.read_all()
    with open(g.stderr_path, "rb") as f:
        lines = f.read().split(b"\n")
    for line in lines[:-1]:
        assert not re.search(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]", line), line
        if text_format == "json":
            json.loads(line)
        else:
            assert re.match(rb"\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn|info|"
                            rb"debug) ", line), line


def test_a_worker_cannot_write_lines_of_the_log_either(front):
    forged = "1.0\x1b[2J\\n2026-01-01T00:00:00Z error forged"
    with Scripted() as worker:
        worker.always = (HEALTHY, worker.KEEP)
        worker.others = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                         % (len(forged) + 14, b'{"version": "%s"}'
                            % forged[:-3].encode()))
        g = front([worker], **ONE)
        for _ in range(3):
            g.post(CHAT, chat("hello"))
        g.lines(3)
    with open(g.stderr_path, "rb") as f:
        log = f.read()
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", log)
    for line in log.split(b"\n")[:-1]:
        json.loads(line)
    assert "\x1b" not in g.admin_get("/workers?format=text").text


# --- how much ---------------------------------------------------------

N_NAMES = 100000 // harness.SLOW ** 2


def test_what_clients_make_up_makes_no_series(fleet, front):
    g = front(fleet(1, **FAST), **ONE)
    g.post(CHAT, chat("x", model="first"))
    g.post("/first", {})
    # Those of memory come with the first look at it.
    harness.wait_until(lambda: any(
        name == "warmpath_memory_bytes" and "owner" in labels
        for name, labels, _ in g.metrics().samples), 10, "memory's series")
    before = {(s, tuple(sorted(labels.items())))
              for s, labels, _ in g.metrics().samples}
    size = len(g.admin_get("/metrics").body)
    raw = harness.Raw(g.address, timeout=60)
    batch = 50  # requests in flight
    for start in range(0, N_NAMES, batch):
        for n in range(start, start + batch):
            body = json.dumps(chat("x", model=f"made-up-{n}"))
            path = CHAT if n % 3 else f"/made/up/{n}"
            raw.send(f"POST {path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: {n}"
                     f"\r\nX-Session-Id: {n}\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n{body}")
        for _ in range(batch):
            assert raw.read_answer().status == 404
    raw.socket.close()
    g.sent += N_NAMES
    after = {(s, tuple(sorted(labels.items())))
             for s, labels, _ in g.metrics().samples}
    # A few may come with time, whoever asks.
    fresh = [labels for labels in after - before]
    assert len(fresh) < 10 and "made" not in str(fresh), fresh
    assert len(g.admin_get("/metrics").body) < size + 4096


def test_a_stream_whose_usage_is_unknown_is_not_counted_as_nothing(front):
    """Events that are none, or whose numbers are not: relayed, and said to
    be unknown."""
    streams = [b"data: {not json\n\n", b'data: {"usage": {"prompt_tokens": '
               b'"many"}}\n\n', b'data: {"usage": {"prompt_tokens": -5, '
               b'"prompt_tokens_details": {"cached_tokens": 1e99}}}\n\n',
               b"data: [DONE]\n\n", b"\xff\x00\n\n"]
    with Scripted() as worker:
        g = front([worker], **ONE)
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        for stream in streams:
            worker.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"
                       b"\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(stream), stream))
            assert g.post(CHAT, chat("hello", stream=True)).body == stream
    for line in g.lines(len(streams)):
        assert not {"prompt_tokens", "cached_tokens", "output_tokens"} & \
            set(line), line
    metrics = g.metrics()
    for name in ("warmpath_prompt_tokens_total",
                 "warmpath_reported_cached_tokens_total"):
        assert metrics.value(name, source="worker") == 0


def test_usage_that_is_told_is_counted(fleet, front):
    g = front(fleet(1, **FAST), **ONE)
    answer, line = g.ask(completion(list(range(64))))
    usage = answer.json()["usage"]
    assert line["prompt_tokens"] == usage["prompt_tokens"] == 64
    harness.settles(lambda: g.metrics().value("warmpath_prompt_tokens_total",
                    source="worker"), 64)
