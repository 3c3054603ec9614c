"""slowhttptest's four ways to hold a server up, at a time, while others are
served."""
import shutil
import subprocess
import threading

import pytest

import accounts
import harness
from books import FAST, chat

CHAT = "/v1/chat/completions"
SECONDS = 4
MODES = {
    "head": ["-H", "-i", "1"],
    "body": ["-B", "-s", "8192", "-i", "1"],
    "answer": ["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "32",
               "-k", "3"],
    "range": ["-R"],
}


def attack(g, options, connections):
    url = "http://%s:%d%s" % (*g.address, CHAT)
    return subprocess.Popen(
        ["slowhttptest", *options, "-c", str(connections), "-r", "200",
         "-l", str(SECONDS), "-p", "3", "-u", url],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def serve(g, stop, answers):
    while not stop.is_set():
        answers.append(harness.request(g.address, "POST", CHAT,
                                       chat(f"hello {len(answers)}")))


@pytest.mark.skipif(not shutil.which("slowhttptest"),
                    reason="SKIP: slowhttptest is not there")
def test_slow_clients_hold_up_nobody(fleet, front):
    g = front(fleet(2, **FAST), threads=2, timeouts={
        "header": "2s", "body": "2s", "write_stall": "2s"})
    stop, answers = threading.Event(), []
    good = threading.Thread(target=serve, args=(g, stop, answers))
    good.start()
    running = [attack(g, options, 200) for options in MODES.values()]
    crowd = harness.wait_until(
        lambda: g.metrics().value("warmpath_open_connections") >= 300, 10,
        "the crowd")
    told = [p.communicate()[0] for p in running]
    stop.set()
    good.join()
    assert crowd
    assert answers and {a.status for a in answers} == {200}
    assert all("service available:" in t for t in told), told[0]
    assert not any("available:   NO" in t for t in told)
    # They, and not the crowd, knew how many they were.
    harness.wait_until(lambda: not accounts.held(g.metrics()), 10, "rest")
    g.sent = accounts.accepted(g.metrics())
    ended = accounts.outcomes(g.metrics())
    assert ended["ok"] == len(answers)
    assert set(ended) <= {"ok", "client_error", "client_gone"}
