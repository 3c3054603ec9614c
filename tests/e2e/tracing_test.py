"""Traces: what a collector is told of requests, and what workers are."""
import contextlib
import signal
import socket

import pytest

import books
import fetch_test
import harness
from books import LONG, completion, fault
from certificates import Authority
from collector import Collector, Tap
from halves import KEEP, Half, known

TRACE = "0af7651916cd43dd8448eb211c80319c"
CLIENT = "b7ad6b7169203331"
STATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"
TEXT = "/v1/completions"
SPANS = "warmpath_trace_spans_total"


def parent(flags="01", trace=TRACE):
    return {"traceparent": f"00-{trace}-{CLIENT}-{flags}"}


@pytest.fixture
def collector():
    with contextlib.closing(Collector()) as c:
        yield c


@pytest.fixture
def tapped():
    """tapped(worker): the heads that it is sent are kept in worker.tap."""
    with contextlib.ExitStack() as stack:
        def tap(worker):
            worker.tap = stack.enter_context(
                contextlib.closing(Tap(worker.address)))
            entry = {**worker.config(), "url": worker.tap.url}
            worker.config = lambda: entry
            return worker
        yield tap


def tracing(collector, **more):
    return {"tracing": {"endpoint": collector.url, "sample": 1, **more}}


def ask(g, headers=None, body=None, **more):
    g.sent += 1
    return harness.request(g.address, "POST", TEXT,
                           body or completion("short", **more),
                           headers=headers)


def header(head, name):
    return [v for n, v in head if n.lower() == name]


def assert_nested(root, others):
    ids = {s["spanId"]: s for s in [root, *others]}
    assert len(ids) == len(others) + 1
    for s in others:
        above = ids[s["parentSpanId"]]
        assert above["start"] <= s["start"] <= s["end"] <= above["end"], s


def assert_has(span, wanted):
    assert {k: span["attributes"].get(k) for k in wanted} == wanted


def test_a_stream_of_two_workers_is_traced_whole(programs, front, collector,
                                                 tapped):
    workers = [tapped(programs.start(Half, "p0", "prefill")),
               tapped(programs.start(Half, "d0", "decode"))]
    g = known(front(workers, **KEEP, **tracing(
        collector, service_name="gate", headers=["x-key: secret"])))
    g.sent += 1
    with harness.Stream(g.address, TEXT, completion(
            LONG, stream=True, max_tokens=5,
            stream_options={"include_usage": True}),
            headers={**parent(), "tracestate": STATE}) as stream:
        assert list(stream)[-1] == "[DONE]"
    root, = collector.wait(1)
    decide, prefill, decode = collector.trace(root)
    assert_nested(root, [decide, prefill, decode])
    assert (root["traceId"], root["parentSpanId"]) == (TRACE, CLIENT)
    assert decide["end"] <= prefill["start"]
    assert prefill["end"] <= decode["start"]
    assert [s["name"] for s in (root, decide, prefill, decode)] == [
        "POST " + TEXT, "decide", "prefill demo", "text_completion demo"]
    assert [s["kind"] for s in (root, decide, prefill, decode)] == [2, 1, 3, 3]
    line = g.lines(1)[-1]
    assert line["trace_id"] == TRACE
    assert_has(root, {
        "http.request.method": "POST", "http.route": TEXT,
        "http.response.status_code": 200, "gen_ai.request.model": "demo",
        "gen_ai.usage.input_tokens": line["prompt_tokens"],
        "gen_ai.usage.output_tokens": 5, "warmpath.outcome": "ok",
        "warmpath.request.id": line["request_id"],
        "warmpath.tries": line["tries"]})
    assert_has(decide, {"warmpath.decision.reason": "prefill elsewhere"})
    assert_has(prefill, {
        "warmpath.worker": "p0", "warmpath.connector": "nixl",
        "warmpath.hand_over": "done", "http.response.status_code": 200,
        "server.address": "127.0.0.1"})
    assert_has(decode, {
        "warmpath.worker": "d0", "gen_ai.request.stream": True,
        "server.port": books.port_of(workers[1].tap.url)})
    first, = decode["events"]
    assert decode["start"] <= int(first["timeUnixNano"]) <= decode["end"]
    assert collector.resources[0]["service.name"] == "gate"
    path, headers = collector.heads[0]
    assert (path, headers["x-key"]) == ("/v1/traces", "secret")
    for worker, leg in zip(workers, (prefill, decode)):
        head, = worker.tap.heads()
        assert header(head, "traceparent") == [
            f"00-{TRACE}-{leg['spanId']}-01"]
        assert header(head, "tracestate") == [STATE]


def test_a_client_says_whether_it_is_traced(fleet, front, collector, tapped):
    worker = tapped(fleet(1)[0])
    g = front([worker], **tracing(collector))
    g.get("/health")
    for flags in ("00", "01"):
        assert ask(g, {**parent(flags), "tracestate": STATE}).status == 200
    root, = collector.wait(1)
    assert root["parentSpanId"] == CLIENT
    untraced, traced = worker.tap.heads()
    assert header(untraced, "traceparent") == [
        f"00-{TRACE}-{CLIENT}-00"]
    assert header(traced, "traceparent") != header(untraced, "traceparent")
    assert header(untraced, "tracestate") == [STATE]


def test_what_is_no_parent_begins_a_trace(fleet, front, collector, tapped):
    worker = tapped(fleet(1)[0])
    g = front([worker], **tracing(collector))
    bad = ["", "nonsense", parent("1")["traceparent"],
           parent(trace="0" * 32)["traceparent"],
           parent()["traceparent"] + "-more"]
    for text in bad:
        assert ask(g, {"traceparent": text, "tracestate": STATE}).status == 200
    roots = collector.wait(len(bad))
    assert not any("parentSpanId" in s for s in roots)
    assert len({s["traceId"] for s in roots} - {TRACE}) == len(bad)
    for head in worker.tap.heads():
        sent, = header(head, "traceparent")
        assert sent.split("-")[1] in {s["traceId"] for s in roots}
        assert header(head, "tracestate") == []


def test_without_a_share_only_clients_begin_traces(fleet, front, collector):
    g = front(fleet(1), **tracing(collector, sample=0))
    assert ask(g).status == 200
    assert ask(g, parent("03")).status == 200
    root, = collector.wait(1)
    assert root["traceId"] == TRACE


def test_a_collector_may_come_and_go(fleet, front, collector):
    g = front(fleet(1), **tracing(collector))
    settings = {k: v for k, v in g.settings.items() if k != "tracing"}
    assert ask(g, parent()).status == 200
    for more in ({}, tracing(collector)):
        g.write_config({**settings, **more})
        before = g.stderr().count("is in force")
        g.signal(signal.SIGHUP)
        harness.settles(lambda: g.stderr().count("is in force"), before + 1)
        assert ask(g, parent()).status == 200
    lines = g.lines(3)
    assert ["trace_id" in x for x in lines] == [True, False, True]
    assert [s["attributes"]["warmpath.request.id"]
            for s in collector.wait(2)] == [lines[0]["request_id"],
                                            lines[2]["request_id"]]


def test_a_try_that_failed_is_told_beside_the_next(fleet, front, collector):
    workers = fleet(2)
    g = front(workers, **tracing(collector))
    for worker in workers:
        fault(worker, "status", status=503)
    assert ask(g).status == 503
    assert ask(g).status == 200
    for root in collector.wait(2):
        others = collector.trace(root)
        assert_nested(root, others)
        legs = [s for s in others if s["kind"] == 3]
        decided = [s for s in others if s["name"] == "decide"]
        assert len(decided) == len(legs) == len(others) / 2
        if root["attributes"]["http.response.status_code"] == 200:
            assert len(legs) == 1 and "status" not in root
            continue
        assert len(legs) == 2 and root["status"]["code"] == 2
        assert legs[0]["status"] == {"code": 2, "message": "turned away"}
        assert legs[0]["end"] <= legs[1]["start"]
        assert {s["attributes"]["warmpath.worker"] for s in legs} == {
            "worker-0", "worker-1"}


def test_blocks_that_are_fetched_are_a_span(fleet, front, collector):
    workers = fleet(2, **{**fetch_test.SIM, "speed": 1})
    g = front(workers, {"policy": "cost"}, **tracing(collector))
    fetch_test.teach(g)
    g.only("worker-1")
    _, line = g.ask(completion(fetch_test.PROMPT))
    assert line["source"] == "worker-0"
    root = next(s for s in collector.wait(2)
                if s["attributes"]["warmpath.worker"] == "worker-1")
    _, decode, fetch = sorted(collector.trace(root),
                              key=lambda s: (s["start"], -s["end"]))
    assert (fetch["name"], fetch["parentSpanId"]) == ("fetch",
                                                      decode["spanId"])
    assert fetch["attributes"]["warmpath.worker"] == "worker-0"
    assert fetch["attributes"]["warmpath.fetch.blocks"] == fetch_test.BLOCKS


def test_a_dead_collector_costs_spans_and_nothing_else(fleet, front):
    with socket.socket() as nobody:  # has the port, and does not listen
        nobody.bind(("127.0.0.1", 0))
        url = "http://127.0.0.1:%d" % nobody.getsockname()[1]
        g = front(fleet(1), tracing={"endpoint": url, "sample": 1})
        assert [ask(g).status for _ in range(4)] == [200] * 4
        harness.settles(lambda: g.metrics().value(SPANS, result="failed"),
                        12, 20)
    assert g.metrics().value(SPANS, result="dropped") == 0
    assert g.metrics().value(SPANS, result="sent") == 0
    g.says("spans are lost")


def test_a_collector_may_speak_tls(fleet, front, tmp_path):
    authority = Authority(tmp_path)
    with contextlib.closing(Collector(authority.sign("collector"))) as c:
        g = front(fleet(1), **tracing(c, ca=authority.certificate))
        assert ask(g).status == 200
        c.wait(1)


def test_what_waits_is_told_before_the_end(fleet, front, collector):
    g = front(fleet(1), **tracing(collector))
    assert ask(g).status == 200
    g.stop()
    collector.wait(1)
