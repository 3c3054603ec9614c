"""Workers that an API server tells of, and all that may go wrong with it,
while clients are served."""
import json
import threading

import pytest

import harness
from books import FAST, STEADY, chat
from certificates import Authority
from kube_api import (PODS, POOLS, SLICES, KubeApi, endpoint, pod, pool,
                      slice_of)

CHAT = "/v1/chat/completions"
QUICK = dict(policy={"name": "round_robin"}, slow_start={"time": "0s"})


@pytest.fixture
def api():
    with KubeApi() as api:
        yield api


def names(g):
    return sorted(w["name"] for w in g.fleet())


def shows(g, *wanted):
    harness.wait_until(lambda: names(g) == sorted(wanted), 10,
                       f"the workers {wanted}")


def found(g):
    return g.admin_get("/discovery").json()["models"][0]


def watched(api, n=1):
    harness.wait_until(lambda: api.n_watches() >= n, 10, "a watch")


def ready(front, api, conf, **more):
    g = front([], {"discover": conf, **more.pop("model", {})}, **QUICK)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10,
                       "readiness")
    return g


class Asking:
    """A client that goes on asking; at the end all it got was 200."""

    def __init__(self, g):
        self.g, self.stop, self.answers = g, threading.Event(), []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            self.answers.append(self.g.post(CHAT, chat("on and on")).status)
            self.stop.wait(0.01)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_error):
        self.stop.set()
        self.thread.join()
        assert set(self.answers) == {200}


def test_endpoints_of_a_service_come_and_go(fleet, front, api):
    a, b, c = fleet(3, **FAST)
    api.put(SLICES, slice_of("vllm-1", [endpoint(a)]),
            slice_of("other-1", [endpoint(b)], service="other"))
    g = ready(front, api, api.conf(service="vllm"))
    assert names(g) == ["worker-0"] and found(g)["source"] == "kubernetes"
    watched(api)
    with Asking(g):
        api.put(SLICES, slice_of("vllm-2", [endpoint(b)]))
        shows(g, "worker-0", "worker-1")
        api.put(SLICES, slice_of("vllm-3", [endpoint(c, ready=False)]))
        api.put(SLICES, slice_of("vllm-1", [endpoint(a, terminating=True)]))
        shows(g, "worker-1")
        api.put(SLICES, slice_of("vllm-3", [endpoint(c)]))
        shows(g, "worker-1", "worker-2")
        api.delete(SLICES, "vllm-2")
        shows(g, "worker-2")
        api.put(SLICES, slice_of("vllm-1", [endpoint(a)]))
        api.delete(SLICES, "vllm-3")
        shows(g, "worker-0")
    assert found(g)["failures"] == 0
    assert api.n_lists() == 1


def test_a_pod_that_terminates_ends_what_it_has(fleet, front, api):
    a, b = fleet(2, **STEADY)
    api.put(SLICES, slice_of("s", [endpoint(a)]))
    g = ready(front, api, api.conf(service="vllm"))
    watched(api)
    stream = g.stream(CHAT, chat("tell me", stream=True, max_tokens=30))
    chunks = stream.chunks()
    next(chunks)
    api.put(SLICES, slice_of("t", [endpoint(b)]))
    api.put(SLICES, slice_of("s", [endpoint(a, terminating=True)]))
    shows(g, "worker-1")
    assert len(list(chunks)) >= 29
    stream.close()
    assert g.post(CHAT, chat("another")).status == 200


def breakages(api):
    """What goes wrong, by name: a function, and whether it is a failure."""
    def gone_by_status():
        api.forget()
        api.tell(None)

    def gone_by_event():
        api.forget()
        api.tell(json.dumps({"type": "ERROR", "object": {
            "kind": "Status", "code": 410, "message": "too old"}}
        ).encode() + b"\n")

    def error_by_event():
        api.tell(b'{"type":"ERROR","object":{"code":500,"message":"etcd"}}\n')

    def cut_in_a_line():
        api.tell(b'{"type":"MODIFIED","object":{"metadata":{"na')
        api.tell("cut")

    def ended_in_a_line():
        api.tell(b'{"type":"DELETED","object":{"metadata":{"na')
        api.tell(None)

    def refused(status):
        def refuse():
            api.refuse += [status, status]
            api.tell(b"not JSON\n")
        return refuse

    def garbage():
        api.garbage += [b"not JSON", b"[]", b'{"items":7}',
                        b'{"items":[],"metadata":{}}']
        api.tell(b"[1, 2]\n")
    return {"410 as a status": (gone_by_status, False),
            "410 as an event": (gone_by_event, False),
            "an error as an event": (error_by_event, True),
            "a line that is cut": (cut_in_a_line, False),
            "a line that never ends": (ended_in_a_line, False),
            "401": (refused(401), True),
            "503": (refused(503), True),
            "no JSON": (garbage, True)}


def test_no_breakage_loses_a_worker_or_a_request(fleet, front, api):
    a, b = fleet(2, **FAST)
    api.put(SLICES, slice_of("s", [endpoint(a)]))
    g = ready(front, api, api.conf(service="vllm"))
    with Asking(g):
        for what, (breaks, is_failure) in breakages(api).items():
            watched(api)
            asked, failed = len(api.asked), found(g)["failures"]
            breaks()
            harness.wait_until(lambda: len(api.asked) > asked, 10,
                               f"a question after {what}")
            watched(api)
            assert names(g) == ["worker-0"], what
            api.put(SLICES, slice_of("t", [endpoint(b)]))
            shows(g, "worker-0", "worker-1")
            api.delete(SLICES, "t")
            shows(g, "worker-0")
            assert (found(g)["failures"] > failed) == is_failure, what
            assert found(g)["failure"] is None, what


def test_silence_is_noticed_and_bookmarks_are_none(fleet, front, api):
    api.put(SLICES, slice_of("s", [endpoint(fleet(1, **FAST)[0])]))
    g = ready(front, api, api.conf(service="vllm", watch_timeout="1s"))
    watched(api)
    api.bookmark()
    harness.wait_until(lambda: api.n_lists() > 1, 10, "another listing")
    g.says("it is silent")
    assert names(g) == ["worker-0"]


def test_a_watch_goes_on_from_the_last_bookmark(fleet, front, api):
    api.put(SLICES, slice_of("s", [endpoint(fleet(1, **FAST)[0])]))
    ready(front, api, api.conf(service="vllm"))
    watched(api)
    api.bookmark()
    version = str(api.version)
    api.tell(None)
    harness.wait_until(lambda: api.asked[-1][1].get("resourceVersion") ==
                       version, 10, "the bookmark's version")
    assert api.n_lists() == 1


def test_a_token_is_read_again_and_the_server_is_known(fleet, front, tmp_path):
    authority = Authority(str(tmp_path))
    mine = authority.sign("api")
    token = tmp_path / "token"
    token.write_text("one\n")
    with KubeApi(tls=(mine.certificate, mine.key)) as api:
        api.token = "one"
        api.put(SLICES, slice_of("s", [endpoint(fleet(1, **FAST)[0])]))
        g = ready(front, api, api.conf(
            service="vllm", token_file=str(token),
            ca_file=authority.certificate))
        watched(api)
        api.token = "two"
        api.tell(None)
        harness.wait_until(lambda: found(g)["failure"], 10, "a failure")
        assert "401" in found(g)["failure"]
        assert names(g) == ["worker-0"]
        token.write_text("two\n")
        harness.wait_until(lambda: found(g)["failure"] is None, 10,
                           "the token's taking")
        assert "Bearer" not in g.stderr()


def test_a_server_that_nobody_vouches_for_is_not_asked(front, tmp_path):
    authority = Authority(str(tmp_path))
    mine = authority.sign("api", "DNS:elsewhere")
    with KubeApi(tls=(mine.certificate, mine.key)) as api:
        g = front([], {"discover": api.conf(
            service="vllm", ca_file=authority.certificate)})
        harness.wait_until(lambda: found(g)["failure"], 10, "a failure")
        assert "certificate" in found(g)["failure"]
        assert api.asked == []


def test_pods_by_labels_say_what_they_are(fleet, front, api):
    api.page = 1
    a, b, c = fleet(3, **FAST)
    port = str(harness.split_address(a.told_of["events"])[1]) \
        if a.told_of.get("events") else "5557"
    api.put(PODS, pod(a, annotations={"warmpath.io/events-port": port}),
            pod(b, labels={"warmpath.io/max-inflight": "7",
                           "topology.kubernetes.io/zone": "west"}),
            pod(c, annotations={"warmpath.io/max-inflight": "many"}),
            {"metadata": {"name": "stranger"}})
    g = ready(front, api, api.conf(selector="app=vllm"))
    shows(g, "worker-0", "worker-1")
    assert g.worker("worker-1")["max_inflight"] == 7
    assert g.worker("worker-1")["zone"] == "west"
    g.says("max_inflight")
    watched(api)
    api.put(PODS, pod(b, deletionTimestamp="2026-01-01T00:00:00Z"),
            pod(c, ready=False))
    shows(g, "worker-0")
    assert g.post(CHAT, chat("hello")).status == 200


def test_a_pool_says_which_pods_and_ports_are_workers(fleet, front, api):
    a, b = fleet(2, **FAST)
    api.put(PODS, pod(a, labels={"model": "m"}), pod(b, labels={"model": "n"}))
    api.put(POOLS, pool("mine", [a.address[1]], app="vllm", model="m"),
            pool("other", [1], app="vllm"))
    g = ready(front, api, api.conf(pool="mine"))
    assert names(g) == ["worker-0"]
    watched(api, 2)
    with Asking(g):
        api.put(POOLS, pool("mine", [b.address[1]], app="vllm", model="n"))
        shows(g, "worker-1")
        api.put(POOLS, pool("mine", [a.address[1], b.address[1]],
                            model="n"))
        shows(g, *(f"worker-1:{w.address[1]}" for w in (a, b)))
        api.put(POOLS, pool("mine", [b.address[1]], model="n"))
        shows(g, "worker-1")
    api.delete(POOLS, "mine")
    harness.wait_until(lambda: found(g)["failure"], 10, "a failure")
    assert "no InferencePool mine" in found(g)["failure"]
    assert names(g) == ["worker-1"]


def test_without_a_server_the_gateway_starts_and_says_so(front, fleet):
    w, = fleet(1, **FAST)
    g = front([w], {"discover": {"kubernetes": {
        "api": "http://127.0.0.1:1", "namespace": "llm", "service": "x"}}})
    harness.wait_until(lambda: found(g)["failure"], 10, "a failure")
    assert "Connection refused" in found(g)["failure"]
    assert g.post(CHAT, chat("hello")).status == 200
