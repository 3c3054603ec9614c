"""Tenants: who may call, with which key, what, and how much."""
import json
import os
import re
import signal
import threading
import time

import pytest

import books
import harness
import tenants as t
from tenants import ask, bearer, one, x_api_key

SLOW = {**books.STEADY, "speed": 1}  # a token every 20 ms
KEY, OTHER = "wp-KEYMARKER-alpha", "wp-KEYMARKER-beta"
MESSAGES = {"model": "demo", "max_tokens": 4,
            "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def listed():
    return t.Tenants()


@pytest.fixture
def open_gate(front, fleet, listed):
    """open_gate(tenant, …): a gateway that serves these, on one worker."""
    def make(*tenants, workers=1, options=None, model=None, section=None,
             **top):
        listed.write(*tenants)
        if isinstance(workers, int):
            workers = fleet(workers, **{**books.FAST, **(options or {})})
        return front(workers, {"tokenizer": "models/demo",
                               "aliases": ["short"], **(model or {})},
                     tenants=listed.section(**(section or {})), **top)
    return make


# --- keys ---------------------------------------------------------------

@pytest.mark.parametrize("headers", [
    bearer(KEY), {"authorization": f"bearer {KEY}"}, x_api_key(KEY),
    {"Authorization": f"Bearer   {KEY}"},
])
def test_a_key_is_taken_as_both_libraries_send_it(open_gate, headers):
    g = open_gate(one("acme", KEY))
    assert ask(g, None, headers=headers).status == 200
    assert g.lines(1)[0]["tenant"] == "acme"


@pytest.mark.parametrize("headers, reason", [
    ({}, "no_key"), (bearer("wrong"), "unknown_key"),
    (bearer(""), "unknown_key"), ({"Authorization": KEY}, "unknown_key"),
    ({"Authorization": f"Basic {KEY}"}, "unknown_key"),
    (x_api_key(KEY + "x"), "unknown_key"), (bearer(t.digest(KEY)),
                                            "unknown_key"),
    ({"Authorization": "Bearer wrong", "x-api-key": KEY}, "unknown_key"),
    (bearer("k" * 4000), "unknown_key"),
    (bearer(OTHER), "disabled"), (bearer("wp-old"), "expired"),
])
def test_without_a_good_key_there_is_401(open_gate, headers, reason):
    g = open_gate(one("acme", KEY), one("off", OTHER, disabled=True),
                  one("old", "wp-old", expires="2020-01-01"))
    answer = g.post(t.PATH, books.chat("hello"), headers=headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    error = answer.json()["error"]
    assert error["code"] == "invalid_api_key"
    assert error["type"] == "authentication_error"
    line = g.lines(1)[0]
    assert line["outcome"] == "client_error" and "tenant" not in line
    harness.settles(lambda: g.metrics().value("warmpath_refused_keys_total",
                    reason=reason), 1)


def test_anthropics_clients_are_told_in_their_shape(open_gate):
    g = open_gate(one("acme", KEY))
    answer = g.post("/v1/messages", MESSAGES)
    assert answer.status == 401
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == "authentication_error"
    answer = g.post("/v1/messages", MESSAGES, headers=x_api_key(KEY))
    assert answer.status == 200, answer


def test_strangers_learn_nothing_but_health(open_gate):
    g = open_gate(one("acme", KEY))
    for path in ("/v1/models", "/v1/models/demo", "/version", "/nothing",
                 "/sleep"):
        assert g.get(path).status == 401, path
    assert g.get("/health").status == 200
    assert g.get("/version", headers=bearer(KEY)).status == 200
    assert g.get("/nothing", headers=bearer(KEY)).status == 404


def test_a_strangers_body_is_not_waited_for(open_gate):
    g = open_gate(one("acme", KEY))
    g.sent += 2
    with harness.Raw(g.address) as raw:
        raw.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                 "Content-Length: 33554432\r\nExpect: 100-continue\r\n\r\n")
        head = raw.read_all()
    assert head.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in head
    with harness.Raw(g.address) as raw:  # some of it is on its way already
        raw.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        assert raw.read_all().startswith(b"HTTP/1.1 401 ")


def test_a_stranger_may_ask_again_on_the_same_connection(open_gate):
    g = open_gate(one("acme", KEY))
    g.sent += 2
    with harness.Raw(g.address) as raw:
        raw.send("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        assert raw.read_answer().status == 401
        raw.send(f"GET /v1/models HTTP/1.1\r\nHost: a\r\nx-api-key: {KEY}"
                 "\r\n\r\n")
        assert raw.read_answer().status == 200


def test_over_http2_it_is_the_same(open_gate):
    pytest.importorskip("h2", reason="SKIP: python3-h2 is not there")
    import http2
    g = open_gate(one("acme", KEY, max_streams=1))
    with http2.Client(g) as client:
        fields = client.head("POST", t.PATH, [("content-length", "33554432")])
        denied = client.answer(client.fields(fields, end=False))
        assert denied.status == 401
        assert denied.headers["www-authenticate"] == "Bearer"
        assert denied.json()["error"]["code"] == "invalid_api_key"
        denied = client.answer(client.get("/v1/models"))
        assert denied.status == 401
        key = ("authorization", f"Bearer {KEY}")
        for _ in range(3):  # and the stream is free again
            answer = client.answer(client.post(t.PATH, books.chat("hi"), key))
            assert answer.status == 200
            assert "x-ratelimit-limit-requests" not in answer.headers
        listed = client.answer(client.get("/v1/models", ("x-api-key", KEY)))
        assert listed.json()["data"]


# --- what the worker gets -------------------------------------------------

class Echo:
    """What arrived at a worker that keeps every byte."""

    def __init__(self, open_gate, api_key=None, **more):
        import scripted
        self.worker = scripted.Scripted().__enter__()
        self.worker.always = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"X-RateLimit-Remaining-Tokens: 7\r\n"
            b"Content-Length: 2\r\n\r\n{}",)
        entry = self.worker.config()
        if api_key:
            entry["api_key"] = api_key
        self.gate = open_gate(
            one("acme", KEY, **more.pop("limits", {})),
            workers=[self.worker], model={"workers": [entry]}, **more)

    def post(self, body, path=t.PATH, **headers):
        answer = self.gate.post(path, body,
                                headers={**bearer(KEY), **headers})
        assert answer.status == 200, answer
        return answer, self.worker.requests[-1]


@pytest.mark.parametrize("api_key", [None, "wp-engines-own"])
def test_a_clients_key_stays_here(open_gate, api_key):
    e = Echo(open_gate, api_key)
    _, seen = e.post(books.chat("hi"), **{"x-api-key": OTHER,
                                          "X_Api_Key": OTHER})
    assert b"KEYMARKER" not in seen and b"hi" in seen
    assert (b"Bearer wp-engines-own" in seen) == bool(api_key)


def test_a_workers_limits_are_not_told_as_ours(open_gate):
    e = Echo(open_gate)
    answer, _ = e.post(books.chat("hi"))
    assert not [h for h in answer.headers if "ratelimit" in h]


def test_priorities_are_the_tenants_alone(open_gate):
    e = Echo(open_gate, limits={"priority": 9},
             section={"forward_priority": True})
    _, seen = e.post(books.chat("hi", priority=-1000))
    assert b"-1000" not in seen
    assert json.loads(seen.partition(b"\r\n\r\n")[2])["priority"] == -4


def test_a_clients_priority_goes_nowhere(open_gate):
    e = Echo(open_gate)
    _, seen = e.post(books.chat("hi", priority=-1000))
    assert b"priority" not in seen


# --- models ---------------------------------------------------------------

def test_what_is_not_allowed_does_not_exist(open_gate):
    g = open_gate(one("acme", KEY, models=["demo", "sql"]),
                  one("b", OTHER, models=["short"]),
                  model={"loras": ["sql"]}, options={"loras": "sql"})
    none = ask(g, KEY, model="nobody")
    shut = ask(g, KEY, model="short")
    assert none.status == shut.status == 404
    assert none.text.replace("nobody", "X") == shut.text.replace("short", "X")
    assert shut.json()["error"]["code"] == "model_not_found"
    assert [line["model"] if "model" in line else None
            for line in g.lines(2)] == [None, None]

    def ids(key):
        listed = g.get("/v1/models", headers=bearer(key)).json()
        return [m["id"] for m in listed["data"]]
    assert ids(KEY) == ["demo", "sql"] and ids(OTHER) == ["short"]
    for key, name, status in ((KEY, "sql", 200), (KEY, "short", 404),
                              (OTHER, "short", 200), (OTHER, "demo", 404)):
        assert g.get(f"/v1/models/{name}",
                     headers=bearer(key)).status == status
        assert ask(g, key, model=name).status == status
    assert ask(g, OTHER, model=None).status == 400


# --- limits ---------------------------------------------------------------

def test_requests_past_the_rate_get_429_and_the_headers(open_gate):
    g = open_gate(one("acme", KEY, requests_per_second=0.01, burst=2))
    first = ask(g, KEY)
    assert first.status == 200
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert re.fullmatch(r"1m(39|40)(\.\d+)?s|1m40s",
                        first.headers["x-ratelimit-reset-requests"])
    assert "x-ratelimit-limit-tokens" not in first.headers
    assert ask(g, KEY).status == 200
    third = ask(g, KEY)
    assert third.status == 429
    assert third.json()["error"]["code"] == "rate_limit_exceeded"
    assert 90 <= int(third.headers["retry-after"]) <= 100
    assert third.headers["x-ratelimit-remaining-requests"] == "0"
    line = g.line_of(third)
    assert line["why"] == "tenant's limit"
    assert line["outcome"] == "client_error"
    harness.settles(lambda: g.metrics().value("warmpath_tenant_limited_total",
                    tenant="acme", limit="requests"), 1)
    # What costs nothing is not limited, and tells how it stands.
    models = g.get("/v1/models", headers=bearer(KEY))
    assert models.status == 200
    assert models.headers["x-ratelimit-remaining-requests"] == "0"


def test_anthropics_headers_have_their_names(open_gate):
    g = open_gate(one("acme", KEY, requests_per_second=0.01,
                      tokens_per_minute=1000))
    answer = g.post("/v1/messages", MESSAGES, headers=x_api_key(KEY))
    assert answer.status == 200, answer
    assert answer.headers["anthropic-ratelimit-requests-limit"] == "1"
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert answer.headers["anthropic-ratelimit-tokens-limit"] == "1000"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        answer.headers["anthropic-ratelimit-tokens-reset"])
    answer = g.post("/v1/messages", MESSAGES, headers=x_api_key(KEY))
    assert answer.status == 429
    assert answer.json()["error"]["type"] == "rate_limit_error"
    assert not [h for h in answer.headers if h.startswith("x-ratelimit")]


def left(g, name="acme"):
    told = g.admin_get("/tenants").json()
    return next(x for x in told["tenants"] if x["name"] == name)


def test_tokens_are_settled_by_what_the_engine_says(open_gate):
    g = open_gate(one("acme", KEY, tokens_per_minute=6000))
    answer = ask(g, KEY, max_tokens=4000)
    used = answer.json()["usage"]["total_tokens"]
    assert int(answer.headers["x-ratelimit-remaining-tokens"]) < 2000
    harness.wait_until(
        lambda: left(g)["tokens"]["remaining"] >= 6000 - used, 10,
        "what was not used")
    assert used < 300
    harness.settles(lambda: g.metrics().value("warmpath_tenant_tokens_total",
                    tenant="acme"), used)
    # A stream that tells no usage: its events count.
    before = left(g)["tokens"]["remaining"]
    with g.stream(t.PATH, books.chat("hi", stream=True, max_tokens=40),
                  headers=bearer(KEY)) as s:
        list(s)
    g.lines(2)
    assert left(g)["tokens"]["remaining"] <= before - 30


def test_more_tokens_than_a_minute_has_are_refused_for_good(open_gate):
    g = open_gate(one("acme", KEY, tokens_per_minute=500))
    answer = ask(g, KEY, max_tokens=5000)
    assert answer.status == 429
    assert "retry-after" not in answer.headers
    assert answer.headers["x-should-retry"] == "false"
    assert left(g)["tokens"]["remaining"] == 500
    assert ask(g, KEY, max_tokens=2 ** 62, n=100).status == 429
    assert ask(g, KEY, max_tokens=100).status == 200


def test_what_computes_nothing_costs_no_tokens(open_gate):
    g = open_gate(one("acme", KEY, tokens_per_minute=100,
                      requests_per_second=0.001, burst=2))
    for _ in range(2):
        answer = g.post("/tokenize", {"model": "demo", "prompt": "x" * 4000},
                        headers=bearer(KEY))
        assert answer.status == 200, answer
        assert answer.headers["x-ratelimit-remaining-tokens"] == "100"
    g.lines(2)
    assert left(g)["tokens"]["remaining"] == 100
    assert left(g)["requests"]["remaining"] == 0


def test_what_the_fleet_refuses_costs_no_tokens(open_gate):
    g = open_gate(one("acme", KEY, tokens_per_minute=100000),
                  options={"max_model_len": 64})
    answer = ask(g, KEY, text="long " * 2000, max_tokens=5)
    assert answer.status == 400, answer
    g.lines(1)
    assert left(g)["tokens"]["remaining"] > 99000


def hold(g, key=KEY, tokens=2000):
    s = g.stream(t.PATH, books.chat("hi", stream=True, max_tokens=tokens),
                 headers=bearer(key))
    return s


def test_streams_are_limited_and_freed_when_their_client_leaves(open_gate):
    g = open_gate(one("acme", KEY, max_streams=2), one("b", OTHER),
                  options=SLOW)
    a, b = hold(g), hold(g)
    assert a.status == b.status == 200
    answer = ask(g, KEY)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "1"
    assert left(g)["streams"] == {"open": 2, "limit": 2}
    assert ask(g, OTHER).status == 200
    next(iter(a))
    a.close()
    t.until_status(g, KEY, 200)
    b.close()
    harness.wait_until(lambda: left(g)["streams"]["open"] == 0, 10,
                       "that nothing is open")


def test_a_stream_that_is_cut_is_freed(open_gate):
    g = open_gate(one("acme", KEY, max_streams=1), options=SLOW)
    with hold(g) as s:
        events = iter(s)
        next(events)
        assert ask(g, KEY).status == 429
        g.workers[0].kill()
        list(events)
    harness.wait_until(lambda: left(g)["streams"]["open"] == 0, 10,
                       "that nothing is open")


# --- the file ---------------------------------------------------------------

# With one lane: what it has shown once it goes by from then on.

def test_keys_are_changed_without_a_gap(open_gate, listed):
    g = open_gate(one("acme", KEY), threads=1)
    listed.write(one("acme", KEY, OTHER))
    t.until_status(g, OTHER, 200)
    assert ask(g, KEY).status == 200
    listed.write(one("acme", OTHER))
    t.until_status(g, KEY, 401)
    assert ask(g, OTHER).status == 200


def test_a_faulty_file_keeps_the_old_one_and_says_why(open_gate, listed):
    g = open_gate(one("acme", KEY), threads=1)
    listed.write_text("tenants:\n- name: acme\n  keys: [wp-KEYMARKER]\n"
                      "  models: '*'\n")
    harness.wait_until(lambda: ":3: tenants[0].keys: must be sha256:"
                       in g.stderr(), 10, "the reason")
    assert ask(g, KEY).status == 200
    assert g.metrics().value("warmpath_tenants_last_reload_success") == 0
    os.unlink(listed.path)
    harness.wait_until(lambda: "tenants.yaml" in g.stderr().split(
        "must be sha256")[-1], 10, "the reason")
    assert ask(g, KEY).status == 200
    listed.write(one("b", OTHER))
    t.until_status(g, OTHER, 200)
    assert ask(g, KEY).status == 401
    harness.settles(lambda:
                    g.metrics().value("warmpath_tenants_last_reload_success"),
                    1)


def test_a_reload_fills_no_bucket(open_gate, listed):
    g = open_gate(one("acme", KEY, requests_per_second=0.001), threads=1)
    assert ask(g, KEY).status == 200
    assert ask(g, KEY).status == 429
    listed.write(one("acme", OTHER, requests_per_second=0.001))
    t.until_status(g, KEY, 401)
    assert ask(g, OTHER).status == 429
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: "is in force" in g.stderr(), 10, "a reload")
    assert ask(g, OTHER).status == 429


def test_a_hangup_reads_the_tenants_too(open_gate, listed):
    g = open_gate(one("acme", KEY), section={"check_interval": "1h"},
                  threads=1)
    listed.write(one("acme", OTHER))
    assert ask(g, KEY).status == 200
    g.signal(signal.SIGHUP)
    t.until_status(g, OTHER, 200)
    # A faulty one keeps all that is in force.
    listed.write_text("tenants: []")
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: "must be a list of at least one" in g.stderr(),
                       10, "the reason")
    assert ask(g, OTHER).status == 200
    listed.write(one("acme", OTHER))


def test_tenants_may_be_switched_on_and_off(open_gate):
    g = open_gate(one("acme", KEY), threads=1)
    config = dict(g.settings)
    del config["tenants"]
    g.write_config(config)
    g.signal(signal.SIGHUP)
    t.until_status(g, "wrong", 200)
    g.write_config(g.settings)
    g.signal(signal.SIGHUP)
    t.until_status(g, "wrong", 401)
    assert ask(g, KEY).status == 200


def test_reloads_under_load_lose_nothing(open_gate, listed):
    g = open_gate(one("acme", KEY), workers=2)
    wrong, stop = [], threading.Event()

    def client():
        while not stop.is_set():
            answer = harness.request(g.address, "POST", t.PATH,
                                     books.chat("hello"),
                                     headers=bearer(KEY))
            g.sent += 1
            if answer.status != 200:
                wrong.append(answer)
    clients = [threading.Thread(target=client)]
    for c in clients:
        c.start()
    for n in range(10):
        listed.write(one("acme", KEY, f"wp-{n}"), one(f"t{n}", OTHER))
        time.sleep(0.11)
    stop.set()
    for c in clients:
        c.join()
    assert not wrong
    harness.wait_until(lambda: g.stderr().count("are in force") >= 3, 10,
                       "readings")


def test_a_gateway_without_tenants_says_so(gateway, front, fleet):
    g = front(fleet(1, **books.FAST))
    harness.wait_until(lambda: "tenants: off: anyone who reaches 127.0.0.1:"
                       in g.stderr(), 10, "the word")
    line = next(x for x in g.stderr().splitlines() if "tenants: off" in x)
    assert json.loads(line)["level"] == "info"
    assert g.admin_get("/tenants").json() == {"on": False, "tenants": []}


def test_a_faulty_file_stops_the_start(listed):
    listed.write_text("tenants:\n- name: x\n")
    config = books.config([], {"workers": ["http://127.0.0.1:1"]},
                          tenants=listed.section())
    g = harness.Gateway(config, announce=False)
    assert g.wait() == 2
    assert "tenants.yaml:2: tenants[0].keys: must be written" in g.stderr()


# --- salts ------------------------------------------------------------------

def cached(answer):
    return answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"]


def twice(g, first, second, **more):
    """cached_tokens of the same prompt, first by one key, then by another,
    with the access line of the second."""
    def go(key, extra):
        return ask(g, key, text=books.LONG, max_tokens=1, **extra)
    a, b = more.get("salts", (None, None))
    assert go(first, {"cache_salt": a} if a else {}).status == 200
    g.settle()
    answer = go(second, {"cache_salt": b} if b else {})
    assert answer.status == 200, answer
    return cached(answer), g.line_of(answer)


@pytest.fixture
def salted(open_gate, listed):
    def make(mode="tenant", **more):
        return open_gate(
            one("a", KEY), one("b", OTHER), workers=2,
            section={"cache_salt": mode, "salt_secret_file": listed.secret},
            policy=books.BY_TOKENS, **more)
    return make


@pytest.mark.parametrize("key_mode", ["engine", "tokens"])
def test_tenants_share_no_prefix(salted, key_mode):
    model = {"hash": {"key": key_mode, "algorithm": "sha256", "seed": "0"}}
    g = salted(model=model)
    hit, line = twice(g, KEY, OTHER)
    assert hit == 0
    assert line["matched_blocks"] == line["best_blocks"] == 0
    assert line["tokenized"] == "local" and line["prediction"] == "exact"
    hit, line = twice(g, KEY, KEY)
    assert hit > 100 and line["matched_blocks"] > 10
    assert line["tokenized"] == "memo"
    assert line["prediction"] == "exact"


def test_without_salts_tenants_share(open_gate):
    g = open_gate(one("a", KEY), one("b", OTHER))
    hit, line = twice(g, KEY, OTHER)
    assert hit > 100 and line["tokenized"] == "memo"


def test_what_was_routed_where_is_a_tenants_own(salted):
    """Without events and tokenizer prompts are matched as texts."""
    g = salted(options={"events": False}, model={"tokenizer": None})

    def blocks(key):
        answer = ask(g, key, text=books.LONG)
        assert answer.status == 200
        return g.line_of(answer)["best_blocks"]
    harness.wait_until(lambda: blocks(KEY) > 10, 10, "what was routed")
    assert blocks(OTHER) == 0
    harness.wait_until(lambda: blocks(OTHER) > 10, 10, "what was routed")


@pytest.mark.parametrize("first, second, hits", [
    ("x", "x", True), ("x", "y", False), ("x", None, False),
    (None, "x", False),
])
def test_a_clients_salt_parts_a_tenants_cache(salted, first, second, hits):
    g = salted("combine")
    hit, line = twice(g, KEY, KEY, salts=(first, second))
    assert (hit > 100) == (line["matched_blocks"] > 10) == hits


def test_a_clients_salt_joins_no_tenants(salted):
    g = salted("combine")
    hit, _ = twice(g, KEY, OTHER, salts=("x", "x"))
    assert hit == 0
    # Nor one that is taken from the wire.
    salt = g.workers[0].get("/sim/state").json()
    hit, _ = twice(g, KEY, OTHER, salts=(None, json.dumps(salt)[:40]))
    assert hit == 0


def test_a_clients_salt_is_dropped_where_it_is_not_mixed_in(salted):
    g = salted("tenant")
    hit, line = twice(g, KEY, KEY, salts=("x", "y"))
    assert hit > 100 and line["matched_blocks"] > 10


def test_paths_that_take_no_salt_are_shut(salted):
    g = salted()
    answer = g.post("/v1/messages", MESSAGES, headers=x_api_key(KEY))
    assert answer.status == 403
    assert answer.json()["error"]["type"] == "permission_error"
    for path, body in (
            ("/v1/completions", {"prompt": "x", "max_tokens": 1}),
            ("/v1/responses", {"input": "x", "max_output_tokens": 1})):
        answer = g.post(path, {"model": "demo", **body}, headers=bearer(KEY))
        assert answer.status == 200, answer
    g.says("tenants: cache_salt: refused")


def test_no_key_no_salt_and_no_prompt_is_logged(salted):
    g = salted("combine", model={"hash": {"key": "auto", "seed": "0",
                                          "algorithm": "sha256"}})
    ask(g, KEY, text="PROMPTMARKER", cache_salt="CLIENTSALTMARKER")
    ask(g, "wp-WRONGMARKER", text="PROMPTMARKER")
    ask(g, None, headers=x_api_key("wp-WRONGMARKER"))
    g.lines(3)
    told = g.stderr()
    for page in ("/tenants", "/metrics", "/config", "/workers"):
        told += g.admin_get(page).text
    salts = [b["salt"] for w in g.workers
             for r in w.get("/sim/state").json()["requests"]
             for b in [r] if r.get("salt")]
    for marker in ["KEYMARKER", "WRONGMARKER", "PROMPTMARKER",
                   "CLIENTSALTMARKER", "SALTSECRETMARKER", *salts,
                   t.digest(KEY)[7:]]:
        assert marker not in told, marker


# --- what the operator sees ---------------------------------------------------

def test_the_operator_sees_tenants_and_what_is_left(open_gate):
    g = open_gate(one("acme", KEY, OTHER, models=["demo"], priority=7,
                      requests_per_second=0.01, burst=5, max_streams=3,
                      expires="2099-01-01"),
                  one("off", "wp-off", disabled=True))
    assert ask(g, KEY).status == 200
    acme, off = g.admin_get("/tenants").json()["tenants"]
    assert acme["requests"]["limit"] == 5
    assert acme["requests"]["remaining"] == 4
    assert acme["tokens"] is None
    assert acme["streams"]["limit"] == 3
    assert (acme["priority"], acme["models"], acme["keys"]) == \
        (7, ["demo"], 2)
    assert acme["expires"] == "2099-01-01" and acme["state"] == "active"
    assert off["state"] == "disabled"
    assert g.metrics().value("warmpath_tenants") == 2
    harness.settles(lambda: g.metrics().value(
        "warmpath_tenant_requests_total", tenant="acme", outcome="ok"), 1)


def test_an_explanation_may_be_a_tenants(salted):
    g = salted()
    twice(g, KEY, KEY)

    def held(query):
        answer = harness.request(g.admin, "POST", "/explain" + query,
                                 books.chat(books.LONG, max_tokens=1))
        assert answer.status == 200, answer
        return max(c["held_blocks"] for c in answer.json()["candidates"])
    assert held("?tenant=a") > 10
    assert held("?tenant=b") == held("") == 0
    assert left(g, "a")["streams"]["open"] == 0
    answer = harness.request(g.admin, "POST", "/explain?tenant=c",
                             books.chat("hi"))
    assert answer.status == 404


def test_higher_classes_leave_the_queue_first(open_gate):
    g = open_gate(one("low", KEY, priority=0), one("high", OTHER, priority=9),
                  options=SLOW, threads=1)
    config = dict(g.settings)
    config["models"][0]["workers"][0]["max_inflight"] = 1
    g.write_config(config)
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: "is in force" in g.stderr(), 10, "a reload")
    threads = []
    s = hold(g)
    next(iter(s))

    def queued():
        return g.metrics().value("warmpath_queued_requests")
    for n, key in enumerate((KEY, KEY, OTHER)):
        threads.append(threading.Thread(
            target=lambda key=key: ask(g, key, max_tokens=2)))
        threads[-1].start()
        harness.wait_until(lambda: queued() == n + 1, 10, "a queue")
    s.close()
    for thread in threads:
        thread.join()
    served = [x["tenant"] for x in g.lines(4) if x["outcome"] == "ok"]
    assert served == ["high", "low", "low"]
