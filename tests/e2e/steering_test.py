"""Nothing that a client sends can choose an address, a worker, a cache or an
endpoint that controls an engine: what arrives at a worker, on every route."""
import itertools
import json
import os
import re
import socket

import pytest

import harness
from books import chat
from scripted import HEALTHY, Scripted

EVIL = "evil-10.66.66.66"
NUMBER = 66666666  # longer than chance puts into ports and ids
# Members that engines take orders from: api/forbidden.c names them all.
MEMBERS = {
    "kv_transfer_params": {"remote_host": EVIL, "do_remote_prefill": True},
    "ec_transfer_params": {"peer": EVIL},
    "bootstrap_host": EVIL, "bootstrap_port": NUMBER, "bootstrap_room": NUMBER,
    "remote_engine_id": EVIL, "do_remote_decode": True,
    "data_parallel_rank": NUMBER, "routed_dp_rank": NUMBER,
    "cache_salt": "theirs", "extra_key": "theirs",
    "backend_instance_id": EVIL, "request_id": EVIL, "rid": EVIL,
}
HEADERS = {
    "X-Prefiller-Host-Port": EVIL, "x-encoder-hosts-ports": EVIL,
    "x-kv-cache-source-host-port": EVIL, "X-Data-Parallel-Rank": str(NUMBER),
    "x-data-parallel-host-port": EVIL, "x_prefiller_host_port": EVIL,
    "x-gateway-destination-endpoint": EVIL, "target-pod": EVIL,
    "x-gateway-model-name-rewrite": EVIL, "x-smg-target-worker": EVIL,
    "X-Request-Id": f"___prefill_addr_{EVIL}___decode_addr_{EVIL}",
    "X-Forwarded-Host": "innocent", "Host": EVIL,
}
NESTS = ("vllm_xargs", "extra_args", "sampling_params", "extra_body",
         "nvext")


def routes():
    """Every path that takes a body and is passed on."""
    with open(os.path.join(harness.ROOT, "router", "api", "endpoint.c"),
              encoding="ascii") as f:
        return re.findall(r'^\t(?:POST|ANTHROPIC)\("([^"]+)"', f.read(), re.M)


def escaped(name):
    return "".join(f"\\u{ord(c):04x}" for c in name)


def half_escaped(name):
    return name[:3] + f"\\u{ord(name[3]):04X}" + name[4:] \
        if len(name) > 3 else escaped(name)


def with_member(name, value):
    """Every way to bring a member in that some parser would find."""
    good = json.dumps(chat("hello", prompt="hello", input="hello"))[:-1]
    value = json.dumps(value)
    for key in (name, escaped(name), half_escaped(name)):
        yield f'{good}, "{key}": {value}}}'
        yield f'{{"{key}": {value}, {good[1:]}}}'
        yield f'{good}, "{key}" : {value}, "{key}": {value}}}'
        yield f'{good}, "{key}": null, "{name}": {value}}}'
    for nest in NESTS:
        for key in (nest, escaped(nest)):
            yield f'{good}, "{key}": {{"{escaped(name)}": {value}}}}}'
        yield f'{good}, "{nest}": {{"{nest}": {{"{name}": {value}}}}}}}'
        yield f'{good}, "{nest}": [{{"{name}": {value}}}]}}'


@pytest.fixture
def recorded(front):
    with Scripted() as worker:
        worker.always = (HEALTHY, worker.KEEP)
        g = front([worker], threads=1, policy={"name": "round_robin"},
                  probe={"parity_interval": "0s"})
        harness.wait_until(lambda: g.admin_get("/readyz").status == 200)
        yield g, worker


def post_all(g, requests):
    """(path, body) on one connection as long as it lives; statuses."""
    raw, statuses = harness.Raw(g.address), []
    for path, body, headers in requests:
        head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        raw.send(f"POST {path} HTTP/1.1\r\n{head}"
                 f"Content-Length: {len(body)}\r\n\r\n{body}")
        answer = raw.read_answer()
        g.sent += 1
        statuses.append(answer.status)
        if answer.headers.get("connection") == "close":
            raw.socket.close()
            raw = harness.Raw(g.address)
    raw.socket.close()
    return statuses


def assert_clean(worker):
    seen = b"\n".join(worker.seen).lower()
    assert b"hello" in seen
    for word in [EVIL, str(NUMBER), "theirs", "transfer_params", "bootstrap",
                 "___", "data-parallel-rank", "remote_"]:
        assert word.encode() not in seen, word


def test_members_that_steer_arrive_on_no_route(recorded):
    g, worker = recorded
    assert len(routes()) >= 20
    plain = {"Host": "a"}
    # A route takes all forms of some members, and the next of others.
    turns = itertools.cycle(MEMBERS.items())
    statuses = post_all(g, [
        (path, body, plain) for path in routes() for _ in range(3)
        for body in with_member(*next(turns))])
    assert set(statuses) <= {200, 400}
    assert statuses.count(200) > len(statuses) / 3
    assert_clean(worker)


def test_every_member_that_steers_arrives_in_no_form(recorded):
    g, worker = recorded
    for name, value in MEMBERS.items():
        post_all(g, [("/v1/chat/completions", body, {"Host": "a"})
                     for body in with_member(name, value)])
    assert_clean(worker)


def test_headers_that_steer_arrive_on_no_route(recorded):
    g, worker = recorded
    body = json.dumps(chat("hello"))
    statuses = post_all(g, [
        (path, body, {"Host": "a", name: value})
        for path in routes() for name, value in HEADERS.items()])
    assert set(statuses) <= {200, 400}
    assert b"innocent" in b"".join(worker.seen)
    assert_clean(worker)


@pytest.fixture
def elsewhere():
    """An address that nobody may be made to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield listening


def test_no_address_in_a_request_is_connected_to(recorded, elsewhere):
    g, _ = recorded
    there = "%s:%d" % elsewhere.getsockname()
    url = f"http://{there}/v1"
    body = json.dumps(chat("hello", api_base=url, base_url=url,
                           custom_llm_provider=url, endpoint=url,
                           image_url=url, webhook=url))
    media = json.dumps({"model": "demo", "messages": [{
        "role": "user", "content": [{"type": "image_url", "image_url": {
            "url": url + "/cat.png"}}]}]})
    post_all(g, [
        (path, b, {"Host": host, "Forwarded": f"host={there}",
                   "X-Forwarded-Host": there, "X-Original-Url": url})
        for path in ("/v1/chat/completions", f"{url}/chat/completions",
                     f"/v1/chat/completions?api_base={url}",
                     "/v1/messages", "/v1/responses")
        for host in ("a", there) for b in (body, media)])
    with pytest.raises(TimeoutError):
        elsewhere.accept()


CONTROL = ["/sleep", "/pause", "/abort_requests", "/collective_rpc",
           "/update_weights", "/invocations", "/reset_prefix_cache",
           "/v1/load_lora_adapter", "/start_profile", "/server_info"]


def spellings(path):
    """Ways to write it that some server would take for it."""
    inner = path[1:]
    yield path
    yield "/" + path
    yield "/." + path
    yield "/v1/.." + path
    yield "/v1/chat/completions/../../.." + path
    yield "/%2e%2e" + path
    yield "/v1/models/..%2f.." + path
    yield "/%" + f"{ord(inner[0]):02x}" + inner[1:]
    yield "/%25" + f"{ord(inner[0]):02x}" + inner[1:]
    yield path + "/"
    yield path + "?x=/v1/chat/completions"
    yield path + ";x=1"
    yield path + "%00/v1/models"
    yield "/v1/chat/completions;/.." + path
    yield "http://innocent" + path
    yield "/v1\\.." + path.replace("/", "\\")
    yield path.upper()


def test_no_spelling_of_a_controlling_path_arrives(recorded):
    g, worker = recorded
    statuses = post_all(g, [(spelling, "{}", {"Host": "innocent"})
                            for path in CONTROL
                            for spelling in spellings(path)])
    assert set(statuses) <= {400, 403, 404, 405}, sorted(set(statuses))
    asked = {request.split(b" ")[1].lower() for request in worker.seen}
    for path in CONTROL:
        assert not [a for a in asked if path[1:].encode() in a], asked
