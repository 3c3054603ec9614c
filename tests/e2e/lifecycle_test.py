"""How a gateway begins, changes and ends while clients are there."""
import json
import signal
import socket

import pytest

import harness
from books import FAST, STEADY, Cut, assert_cut, chat

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)


@pytest.fixture
def lone(fleet, front):
    """lone(options, **top): a gateway on one worker."""
    def make(options=None, **top):
        return front(fleet(1, **(options or FAST)), **{**ONE, **top})
    return make


def keep_alive(text="hello", **more):
    body = json.dumps(chat(text, **more)).encode()
    return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


def refused(address):
    try:
        with harness.Raw(address):
            return False
    except ConnectionRefusedError:
        return True


def begin_stream(g, **more):
    """A stream whose first tokens have come."""
    s = g.raw(CHAT, chat("tell me", stream=True, **more))
    while s.pending.count(b"data: ") < 3:
        s.pending += s.socket.recv(65536)
    return s


# --- SIGTERM ----------------------------------------------------------

def test_for_the_delay_readiness_fails_and_all_are_served(lone):
    g = lone(timeouts={"drain_delay": "1h"})
    assert g.admin_get("/readyz").status == 200
    with harness.Raw(g.address) as raw:
        raw.send(keep_alive())
        assert raw.read_answer().headers.get("connection") != "close"
        g.sent += 1
        g.signal(signal.SIGTERM)
        harness.wait_until(lambda: g.admin_get("/readyz").status == 503, 5,
                           "unreadiness")
        # Who was here may ask once more, and is told that it was the last.
        raw.send(keep_alive())
        answer = raw.read_answer()
        g.sent += 1
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert raw.is_closed()
    answer = harness.request(g.address, "POST", CHAT, chat("new"),
                             {"Connection": "keep-alive"})
    assert answer.status == 200 and answer.headers["connection"] == "close"
    g.signal(signal.SIGTERM)
    assert g.wait(5) == 0
    assert len(g.lines(3)) == 3


def test_after_the_delay_the_door_is_shut_and_streams_end(lone):
    g = lone(STEADY, timeouts={"drain_delay": "300ms"})
    stream = begin_stream(g, max_tokens=40)
    idle = harness.Raw(g.address).send(keep_alive())
    idle.read_answer()
    g.sent += 1
    g.signal(signal.SIGTERM)
    harness.wait_until(lambda: refused(g.address), 5, "a closed door")
    assert idle.is_closed()
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    assert g.wait() == 0


def test_who_waits_in_the_queue_when_it_stops_is_served(lone):
    """The gateway sleeps while they connect and while it is told to end."""
    g = lone()
    g.signal(signal.SIGSTOP)
    raws = [harness.Raw(g.address).send(keep_alive(f"hello {i}"))
            for i in range(20)]
    g.signal(signal.SIGTERM)
    g.signal(signal.SIGCONT)
    for raw in raws:
        answer = raw.read_answer()
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        raw.socket.close()
    assert g.wait() == 0
    assert [x["outcome"] for x in g.lines(20)] == ["ok"] * 20


def test_a_body_that_is_not_there_at_the_deadline_gets_an_answer(lone):
    g = lone(timeouts={"drain": "300ms"})
    with harness.Raw(g.address) as raw:
        raw.send(b"POST /v1/completions HTTP/1.1\r\nHost: a\r\n"
                 b"Content-Length: 100\r\n\r\n{")
        harness.wait_until(lambda: g.metrics().value(
            "warmpath_active_requests") == 1, 5, "its head")
        g.signal(signal.SIGTERM)
        answer = raw.read_answer()
        assert answer.status == 503 and answer.headers["retry-after"]
    assert g.wait() == 0
    assert g.lines(1)[0]["outcome"] == "deadline"


def test_an_answer_that_is_read_slowly_is_not_cut_by_a_drain(lone):
    g = lone(dict(block_size=16, profile="fast", speed=1000,
                  num_gpu_blocks=60000))
    slow = g.raw(CHAT, chat("go on", max_tokens=60000, ignore_eos=True),
                 receive_bytes=4096)
    assert g.lines(1)[0]["outcome"] == "ok"
    g.signal(signal.SIGTERM)
    harness.wait_until(lambda: refused(g.address), 5, "a closed door")
    answer = Cut(slow.read_all())
    assert len(answer.body) == int(answer.headers["content-length"]) > 100000
    assert g.wait() == 0


def test_sigquit_cuts_at_once_and_records_it(lone):
    g = lone(STEADY, timeouts={"drain": "1h", "drain_delay": "1h"})
    streams = [begin_stream(g, max_tokens=1000) for _ in range(3)]
    g.signal(signal.SIGQUIT)
    assert g.wait(5) == 0
    for s in streams:
        assert_cut(Cut(s.read_all()))
    assert [x["outcome"] for x in g.lines(3)] == ["cut_visible"] * 3


# --- addresses --------------------------------------------------------

def test_a_second_gateway_does_not_take_half_of_a_port(lone, fleet):
    g = lone(threads=2)
    config = harness.fleet_config(fleet(1, **FAST))
    config["listen"] = ["127.0.0.1:%d" % g.address[1]]
    second = harness.Gateway(config, announce=False)
    assert second.wait() == 3
    assert "Address already in use" in second.stderr()


def test_lanes_share_a_unix_socket(fleet, gateway, tmp_path):
    path = str(tmp_path / "gateway.sock")
    config = harness.fleet_config(fleet(1, **FAST), threads=2)
    config["listen"] = ["unix:" + path]
    g = gateway(config)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10)
    for _ in range(8):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            s.sendall(keep_alive())
            assert s.recv(15) == b"HTTP/1.1 200 OK"


def reload(g, listen):
    with open(g.config_path, encoding="utf-8") as f:
        config = json.load(f)
    config["listen"] = listen
    before = g.stderr().count("reload: ")
    g.write_config(config)
    g.signal(signal.SIGHUP)
    harness.wait_until(
        lambda: "in force" in g.stderr()[-4000:] and
        g.stderr().count("reload: ") > before + 1, 10, "the reload")


def test_a_reload_opens_and_closes_addresses(lone):
    g = lone(STEADY, threads=2)
    old, stream = g.address, begin_stream(g, max_tokens=60)
    port = harness.free_ports(1)
    reload(g, ["127.0.0.1:0", f"127.0.0.1:{port}"])
    new = ("127.0.0.1", port)
    assert harness.request(new, "POST", CHAT, chat("a")).status == 200
    assert harness.request(old, "POST", CHAT, chat("b")).status == 200
    reload(g, [f"127.0.0.1:{port}"])
    harness.wait_until(lambda: refused(old), 5, "a closed address")
    assert harness.request(new, "POST", CHAT, chat("c")).status == 200
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    g.sent += 3


def test_a_reload_that_cannot_listen_changes_nothing(lone):
    g = lone()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free, port = harness.free_ports(1), taken.getsockname()[1]
        reload(g, [f"127.0.0.1:{free}", f"127.0.0.1:{port}"])
        assert "the configuration in force stays" in g.stderr()
        assert "Address already in use" in g.stderr()
        assert refused(("127.0.0.1", free))
    assert g.post(CHAT, chat("still here")).status == 200
    assert g.metrics().value("warmpath_config_last_reload_success") == 0
