"""What befalls the gateway itself: killed, without a reader of its log, on a
full disk, under a clock that jumps."""
import fcntl
import glob
import json
import os
import select
import tempfile
import threading

import pytest

import harness
from books import FAST, STEADY, Cut, Front, chat, completion, running

CHAT = "/v1/chat/completions"
ONE = dict(policy={"name": "round_robin"}, threads=1)


# --- killed -----------------------------------------------------------

def test_a_killed_gateway_leaves_breaks_and_the_next_one_knows(
        fleet, front, programs):
    workers = fleet(2, **STEADY)
    g = front(workers)
    prompt = list(range(100)) * 3
    g.ask(completion(prompt))
    g.settle()
    streams = [g.raw(CHAT, chat(f"tell me of {n}", stream=True,
                                max_tokens=1000)) for n in range(4)]
    for s in streams:
        s.see(b"data: ")
    g.kill()
    for s in streams:
        rest = s.read_all()
        assert b"[DONE]" not in rest and not rest.endswith(b"0\r\n\r\n")
    harness.wait_until(lambda: not any(map(running, workers)), 5,
                       "the workers' rest")
    again = front(workers)
    harness.wait_until(lambda: {w["trust"] for w in again.fleet()} ==
                       {"exact"}, 5, "trust")
    again.settle()
    _, line = again.ask(completion(prompt))
    assert line["matched_blocks"] == 18 and line["prediction"] == "exact"
    assert line["cached_tokens"] == 18 * 16


# --- its log ----------------------------------------------------------

def ask_many(g, n, batch=200):
    """n requests that cost a line and little else."""
    with harness.Raw(g.address, timeout=60) as raw:
        for _ in range(0, n, batch):
            raw.send(b"GET /v1/models/none HTTP/1.1\r\nHost: a\r\n"
                     b"X-Request-Id: %s\r\n\r\n" % (b"i" * 128) * batch)
            for _ in range(batch):
                assert raw.read_answer().status == 404
    g.sent += n


def quiet_log():
    """Access lines and nothing else."""
    return {"level": "error", "format": "json", "access": True}


class OnAPipe(Front):
    """Its stderr is a pipe of a page that nobody reads, yet."""
    loses_lines = True

    def __init__(self, *arguments, **more):
        self.folder = tempfile.TemporaryDirectory(
            prefix="warmpath-e2e-")
        self.errors_to = os.path.join(self.folder.name, "pipe")
        os.mkfifo(self.errors_to)
        self.text = bytearray()
        self.reader = os.open(self.errors_to, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, 4096)
        super().__init__(*arguments, **more)

    def read(self):
        """Reads on until it ends; `text` is what has come."""
        while self.process.poll() is None:
            if select.select([self.reader], [], [], 0.1)[0]:
                self.text += os.read(self.reader, 1 << 20)


# More than the lines that are kept for a slow reader.
N_LINES = 30000


def test_a_log_that_nobody_reads_holds_up_nobody(fleet, programs):
    g = programs.start(OnAPipe, fleet(1, **FAST), **ONE, log=quiet_log())
    ask_many(g, N_LINES)
    assert g.post(CHAT, chat("hello")).status == 200

    def dropped():
        return int(g.metrics().value("warmpath_log_dropped_total"))
    harness.wait_until(dropped, 20, "lines dropped")
    # What is not dropped is written in the end, and nothing twice.
    threading.Thread(target=g.read, daemon=True).start()
    harness.wait_until(
        lambda: g.text.count(b"\n") + dropped() >= g.sent, 20, "the lines")
    harness.wait_until(
        lambda: len(whole_lines(g.text)) + dropped() == g.sent, 20,
        "each line to be written or counted")
    ids = {line["request_id"] for line in whole_lines(g.text)}
    assert len(ids) == len(whole_lines(g.text)) < g.sent


def whole_lines(text):
    """Of requests. A line that was dropped in its middle is none, though
    its beginning may be there."""
    lines = []
    for line in text.split(b"\n")[:-1]:
        try:
            lines.append(json.loads(line))
        except ValueError:
            pass
    return [line for line in lines if "request_id" in line]


class OnAFullDisk(Front):
    errors_to = "/dev/full"
    loses_lines = True


def test_a_full_disk_costs_lines_alone(fleet, programs):
    g = programs.start(OnAFullDisk, fleet(1, **FAST), **ONE,
                       log=quiet_log())
    for n in range(20):
        assert g.post(CHAT, chat(f"hello {n}")).status == 200
    harness.wait_until(lambda: g.metrics().value(
        "warmpath_log_dropped_total") >= 20, 10, "lines dropped")


# --- its clock --------------------------------------------------------

def faketime():
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else None


@pytest.fixture
def jump(tmp_path):
    """jump(seconds): the wall clock of gateways that start as `jump.Kind`
    is off by so much; no other clock is."""
    if os.environ.get("SAN"):
        pytest.skip("SKIP: a sanitizer wants to be the first library")
    if not faketime():
        pytest.skip("SKIP: libfaketime is not there")
    offset = tmp_path / "offset"

    def set_offset(seconds):
        offset.with_suffix(".new").write_text(f"{seconds:+d}\n")
        os.replace(offset.with_suffix(".new"), offset)

    class Jumping(Front):
        more_environment = {
            "LD_PRELOAD": faketime(), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    set_offset(0)
    set_offset.kind = Jumping
    return set_offset


def test_a_jump_of_the_wall_clock_changes_nothing(fleet, programs, jump):
    g = programs.start(jump.kind, fleet(2, **STEADY), **ONE)
    stream = g.raw(CHAT, chat("hello", stream=True, max_tokens=200))
    stream.see(b"data: ")
    idle = harness.Raw(g.address)

    def hours_told():
        assert g.post(CHAT, chat("hello")).status == 200
        idle.send("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read_answer().status == 200
        g.sent += 1
        return {x["ts"][:13] for x in g.lines(g.sent - 1)}
    hours_told()
    for n, seconds in enumerate((3600, -3600)):
        jump(seconds)
        # Lines learn of it within a second.
        harness.wait_until(lambda: len(hours_told()) >= n + 2, 10,
                           "a jump of the clock")
    jump(0)
    hours_told()
    idle.socket.close()
    answer = Cut(stream.read_all())
    assert answer.whole and answer.events()[-1] == "[DONE]"
    lines = g.lines(g.sent)
    assert {x["outcome"] for x in lines} == {"ok"}
    assert all(0 <= x["duration_s"] < 60 for x in lines)
    assert {w["health"] for w in g.fleet()} == {"up"}
    assert " down: " not in g.stderr()
