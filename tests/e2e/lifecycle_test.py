"""How a gateway begins, changes and ends while clients are there."""
import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

import harness
from books import FAST, STEADY, Cut, assert_cut, chat, completion
from scripted import Scripted

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
    g.sent += 1
    g.signal(signal.SIGTERM)
    assert g.wait(5) == 0


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
    g.sent += 20
    g.signal(signal.SIGTERM)
    g.signal(signal.SIGCONT)
    for raw in raws:
        answer = raw.read_answer()
        assert answer.status == 200
        # A lane may have answered before it heard of the end.
        assert answer.headers.get("connection") == "close" or raw.is_closed()
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
        g.sent += 1
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


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGQUIT])
def test_a_reload_that_is_under_way_when_all_ends_is_left(lone, end):
    """Both are told of at once, so the end does not wait for the other."""
    g = lone()
    g.signal(signal.SIGSTOP)
    g.signal(signal.SIGHUP)
    g.signal(end)
    g.signal(signal.SIGCONT)
    assert g.wait() == 0
    assert "reload: reading" in g.stderr()


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
    before = g.stderr().count("in force")  # another, or that it stays
    g.write_config(config)
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: g.stderr().count("in force") > before, 10,
                       "the reload")


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


def test_a_reload_tells_addresses_with_any_port_apart(lone):
    g = lone()
    old = g.address

    def told(what):
        return re.findall(f"reload: {what} http://127.0.0.1:(\\d+)",
                          g.stderr())
    reload(g, ["127.0.0.1:0", "127.0.0.1:0"])
    harness.wait_until(lambda: told("serving on"), 10, "another address")
    new = ("127.0.0.1", int(told("serving on")[0]))
    for address in (old, new):
        assert harness.request(address, "POST", CHAT, chat("a")).status == 200
    reload(g, ["127.0.0.1:0"])
    harness.wait_until(lambda: refused(new), 10, "a closed address")
    assert told("no longer serving on") == [str(new[1])]
    assert harness.request(old, "POST", CHAT, chat("b")).status == 200
    g.sent += 3


def test_a_reload_that_cannot_listen_changes_nothing(lone):
    g = lone()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free, port = harness.free_ports(1), taken.getsockname()[1]
        reload(g, [f"127.0.0.1:{free}", f"127.0.0.1:{port}"])
        assert "the configuration in force stays" in g.stderr()
        g.says("Address already in use")
        assert refused(("127.0.0.1", free))
    assert g.post(CHAT, chat("still here")).status == 200
    assert g.metrics().value("warmpath_config_last_reload_success") == 0


def hang_up(g, times):
    """So many readings of the same file, one after the other."""
    for _ in range(times):
        before = g.stderr().count("is in force")
        g.signal(signal.SIGHUP)
        harness.wait_until(lambda: g.stderr().count("is in force") > before,
                           10, "a reload")


def test_twenty_reloads_under_load_change_nothing(fleet, front):
    g = front(fleet(2, **STEADY), threads=2)
    g.ask(completion([7] * 200))
    g.settle()
    load = Load(g, 3)
    streams = [begin_stream(g, max_tokens=100) for _ in range(8)]
    blocks = sum(w["index_blocks"] for w in g.fleet())
    hang_up(g, 20)
    assert sum(w["index_blocks"] for w in g.fleet()) >= blocks > 0
    assert all(w["trust"] == "exact" for w in g.fleet())
    for s in streams:
        answer = Cut(s.read_all())
        assert answer.whole and answer.events()[-1] == "[DONE]"
    load.end()
    assert load.connections == 3, "a client was sent away"
    assert "reload: " in g.stderr() and "takes effect" not in g.stderr()


def test_a_reload_keeps_connections_to_workers(front):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with Scripted() as worker:
        worker.always = (answer, worker.KEEP)
        g = front([worker], **ONE)
        for _ in range(5):
            assert g.post(CHAT, chat("a")).status == 200
            hang_up(g, 1)
        assert len(worker.requests) == 5 and worker.connections == 1


# --- another in its place ---------------------------------------------

class Successor:
    """The process that took a gateway's place; ended at the test's end."""

    def __init__(self, g, pid):
        self.pid, self.g = pid, g

    def alive(self):
        try:
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
                return f.read().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def end(self, number=signal.SIGTERM):
        if self.alive():
            os.kill(self.pid, number)
        harness.wait_until(lambda: not self.alive(), 20, "its end")


def announced_pid(g):
    with open(g.announce_path, encoding="utf-8") as f:
        return json.load(f)["pid"]


@pytest.fixture
def upgraded():
    """upgraded(g, pid): SIGUSR2 to the process; whoever serves then."""
    successors = []

    def upgrade(g, pid=None):
        before = announced_pid(g)
        os.kill(pid or g.pid, signal.SIGUSR2)
        harness.wait_until(lambda: announced_pid(g) != before, 20,
                           "another process")
        successors.append(Successor(g, announced_pid(g)))
        return successors[-1]
    yield upgrade
    for s in successors:
        s.end()


def test_an_upgrade_keeps_port_streams_and_drained_workers(
        fleet, front, upgraded):
    g = front(fleet(2, **STEADY), threads=2)
    stream = begin_stream(g, max_tokens=60)
    g.tell_worker("worker-1", "drain")
    admin = g.admin
    second = upgraded(g)
    assert second.pid != g.pid
    fleet_now = harness.request(admin, "GET", "/workers").json()["workers"]
    assert [w["draining"] for w in fleet_now] == [False, True]
    assert all(w["health"] == "up" and w["trust"] == "exact"
               for w in fleet_now)
    assert harness.request(admin, "GET", "/readyz").status == 200
    assert g.post(CHAT, chat("a")).status == 200
    assert Cut(stream.read_all()).events()[-1] == "[DONE]"
    assert g.wait() == 0
    # Its own end is like any other's.
    second.end()
    assert "stop: done" in g.stderr()
    assert refused(g.address)


def test_an_upgrade_finds_workers_and_knows_who_is_drained(
        fleet, front, upgraded, tmp_path):
    found = tmp_path / "workers.json"
    found.write_text(json.dumps([w.config() for w in fleet(2, **FAST)]))
    g = front([], {"discover": {"file": str(found)}}, threads=1)
    harness.wait_until(lambda: g.admin_get("/readyz").status == 200, 10,
                       "readiness")
    g.tell_worker("worker-1", "drain")
    admin = g.admin
    second = upgraded(g)
    fleet_now = harness.request(admin, "GET", "/workers").json()["workers"]
    assert [(w["draining"], w["gate"] == "draining") for w in fleet_now] == \
        [(False, False), (True, True)]
    assert all(w["health"] == "up" for w in fleet_now)
    assert g.post(CHAT, chat("a")).status == 200
    assert g.wait() == 0
    second.end()


def test_who_is_drained_during_an_upgrade_is_so_afterwards(fleet, front):
    """The other knows who was drained before, and waits for a worker that
    says nothing yet."""
    workers = fleet(3, **FAST)
    g = front(workers, threads=1)
    g.tell_worker("worker-1", "drain")
    workers[0].signal(signal.SIGSTOP)
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: g.stderr().count("worker-1: exact") > 1, 10,
                       "another that has begun")
    g.tell_worker("worker-1", "undrain")
    g.tell_worker("worker-2", "drain")
    workers[0].signal(signal.SIGCONT)
    harness.wait_until(lambda: announced_pid(g) != g.pid, 20, "its turn")
    second = Successor(g, announced_pid(g))
    try:
        harness.settles(lambda: [w["draining"] for w in g.fleet()],
                        [False, False, True])
    finally:
        second.end()
    assert g.wait() == 0


class Load:
    """Clients that ask again and again, on connections kept as long as the
    answers let them; what fails is noted."""

    def __init__(self, g, n):
        self.g, self.stop, self.n, self.faults = g, False, 0, []
        self.asked = []  # by each, once it has ended
        self.connections = 0
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(n)]
        for t in self.threads:
            t.start()

    def run(self, number):
        raw, asked = None, 0
        while not self.stop:
            try:
                if raw is None:
                    raw = harness.Raw(self.g.address)
                    self.connections += 1
                asked += 1
                answer = raw.send(keep_alive(f"{number} {asked}")) \
                    .read_answer()
                if answer.status != 200:
                    self.faults.append(repr(answer))
            except (OSError, AssertionError) as error:
                self.faults.append(repr(error))
                raw = None
                continue
            if answer.headers.get("connection") == "close":
                raw.socket.close()
                raw = None
            self.n += 1
        if raw:
            raw.socket.close()
        self.asked.append(asked)

    def end(self):
        self.stop = True
        for t in self.threads:
            t.join()
        self.g.sent += sum(self.asked)
        assert not self.faults, self.faults[:5]


def test_a_reload_during_an_upgrade_reaches_who_takes_over(fleet, front):
    """The other has read its configuration by then, and waits for a worker
    that says nothing yet."""
    workers = fleet(2, **FAST)
    g = front(workers, threads=1)
    model = g.settings["models"][0]
    workers[0].signal(signal.SIGSTOP)
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: g.stderr().count("worker-1: exact") > 1, 10,
                       "another that has read its configuration")
    one_less = {**g.settings, "models": [{**model, "workers": [
        w for w in model["workers"] if w["name"] != "worker-1"]}]}
    g.write_config(one_less)
    hang_up(g, 1)
    workers[0].signal(signal.SIGCONT)
    harness.wait_until(lambda: announced_pid(g) != g.pid, 20, "its turn")
    second = Successor(g, announced_pid(g))
    try:
        harness.settles(lambda: [w["name"] for w in g.fleet()], ["worker-0"])
    finally:
        second.end()
    assert g.wait() == 0


def serve_from(path, g_config):
    """A gateway started from a copy of the program, which can change."""
    with open(harness.binary("warmpath"), "rb") as f:
        put_program(path, f.read())
    return harness.Program([path, "--config", g_config])


def put_program(path, data):
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.chmod(path + ".new", 0o755)
    os.replace(path + ".new", path)


@pytest.mark.parametrize("script, why", [
    ("#!/bin/sh\nexit 7\n", "it ended with status 7"),
    ("#!/bin/sh\nkill -9 $$\n", "it was ended by signal 9"),
    ("#!/bin/sh\nsleep 60\n", "it was not ready in time"),
    ("nothing that runs", "Exec format error"),
])
def test_a_successor_that_fails_changes_nothing(
        programs, fleet, tmp_path, script, why):
    config = str(tmp_path / "c.yaml")
    with open(config, "w", encoding="utf-8") as f:
        json.dump(harness.fleet_config(
            fleet(1, **STEADY), timeouts={"upgrade": "1s"}), f)
    path = str(tmp_path / "gateway")
    g = programs.start(lambda: serve_from(path, config))
    address = harness.split_address(g.announced["listen"][0])
    put_program(path, script.encode())
    stream = harness.Stream(address, CHAT,
                            chat("go on", stream=True, max_tokens=40))
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: "going on as before" in g.stderr(), 10,
                       "its giving up")
    g.says(why)
    assert list(stream)[-1] == "[DONE]"
    stream.close()
    for _ in range(5):
        assert harness.request(address, "POST", CHAT, chat("a")).status == 200
    assert announced_pid(g) == g.pid


def test_a_gateway_that_ends_takes_what_it_starts_along(
        programs, fleet, tmp_path):
    config, path = str(tmp_path / "c.yaml"), str(tmp_path / "gateway")
    with open(config, "w", encoding="utf-8") as f:
        json.dump(harness.fleet_config(fleet(1, **FAST)), f)
    g = programs.start(lambda: serve_from(path, config))
    put_program(path, b"#!/bin/sh\necho $$ >%s\nexec sleep 60\n"
                % str(tmp_path / "pid").encode())
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: (tmp_path / "pid").exists() and
                       (tmp_path / "pid").read_text().strip(), 10, "a start")
    g.signal(signal.SIGUSR2)
    harness.wait_until(lambda: "one is under way" in g.stderr(), 10, "a no")
    g.signal(signal.SIGTERM)
    assert g.wait() == 0
    other = Successor(g, int((tmp_path / "pid").read_text()))
    harness.wait_until(lambda: not other.alive(), 10, "its end")


# --- a service manager ------------------------------------------------

@pytest.fixture
def manager(tmp_path, monkeypatch):
    """Hears what a service manager hears."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(10 * harness.SLOW)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        yield s


def hear(manager, prefix):
    while True:
        text = manager.recv(4096).decode()
        if text.startswith(prefix):
            return text


def test_a_service_manager_hears_of_each_step(manager, lone, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    g = lone(threads=2)
    assert hear(manager, "READY") == "READY=1"
    assert hear(manager, "WATCHDOG") == "WATCHDOG=1"
    g.signal(signal.SIGHUP)
    assert "\nMONOTONIC_USEC=" in hear(manager, "RELOADING=1")
    assert hear(manager, "READY") == "READY=1"
    assert hear(manager, "WATCHDOG") == "WATCHDOG=1"
    g.signal(signal.SIGTERM)
    assert hear(manager, "STOPPING") == "STOPPING=1"
    assert g.wait() == 0


def test_a_service_manager_hears_who_is_the_service_now(
        manager, lone, upgraded):
    g = lone()
    assert hear(manager, "READY") == "READY=1"
    second = upgraded(g)
    assert hear(manager, "MAINPID") == f"MAINPID={second.pid}\nREADY=1"
    assert g.wait() == 0


# What systemd does between fork and exec.
ACTIVATE = """
import fcntl, os, sys
sockets = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1:3]]
for i, fd in enumerate(sockets):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2",
                  LISTEN_FDNAMES="warmpath.socket:admin")
os.execv(sys.argv[3], sys.argv[3:])
"""


def test_sockets_of_systemd_are_served(programs, fleet, tmp_path):
    config = str(tmp_path / "c.yaml")
    with open(config, "w", encoding="utf-8") as f:
        json.dump(harness.fleet_config(fleet(1, **FAST), threads=2), f)
    with socket.create_server(("127.0.0.1", 0)) as clients, \
            socket.create_server(("127.0.0.1", 0)) as admin, \
            open(tmp_path / "log", "wb") as log:
        # Who comes before it runs waits for it.
        early = harness.Raw(clients.getsockname()).send(keep_alive())
        process = subprocess.Popen(
            ["/usr/bin/python3", "-c", ACTIVATE, str(clients.fileno()),
             str(admin.fileno()), harness.binary("warmpath"), "--config",
             config], pass_fds=(clients.fileno(), admin.fileno()),
            env=harness.environment(None), stderr=log, cwd=harness.ROOT)
        try:
            assert early.read_answer().status == 200
            for _ in range(4):
                assert harness.request(clients.getsockname(), "POST", CHAT,
                                       chat("a")).status == 200
            assert harness.request(admin.getsockname(), "GET",
                                   "/healthz").status == 200
            process.terminate()
            assert process.wait(20 * harness.SLOW) == 0
        finally:
            process.kill()
            process.wait()
    assert "in place of listen" in (tmp_path / "log").read_text()
