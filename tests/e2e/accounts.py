"""What a gateway must look like when all is over, whatever has happened.

Every request that began has ended in exactly one way:
    accepted = ok + client_error + shed + upstream_error + cut_visible
             + client_gone + deadline
and has one line in the log; each token of its prompt came from a cache or
was lost for one cause; nothing is held for anybody; no connection is
open, to clients or to workers, and no other descriptor beyond those there
were at the start; memory is what it was, but for what is kept by design.

conftest's `front` takes the state of each gateway at its start and holds it
against that at its end."""
import os
import re
import signal
from collections import Counter

import harness

OUTCOMES = {"ok", "client_error", "shed", "upstream_error", "cut_visible",
            "client_gone", "deadline"}
# Of what is held while somebody is served, or owed something.
GAUGES = ("warmpath_active_requests", "warmpath_queued_requests",
          "warmpath_queued_bytes", "warmpath_open_connections",
          "warmpath_resting_connections", "warmpath_http2_connections",
          "warmpath_http2_streams", "warmpath_worker_inflight",
          "warmpath_worker_inflight_tokens")
# Beyond what was there at the start: the log's queues, memories of prompts,
# and what the heap keeps for the next peak.
GROWTH_BYTES = 24 << 20


def outcomes(metrics):
    """How many requests ended how."""
    found = Counter()
    for labels, value in metrics.all("warmpath_requests_total"):
        found[labels["outcome"]] += int(value)
    return dict(found)


def held(metrics):
    """What is still held, by name: empty at rest."""
    return {name: metrics.value(name) for name in GAUGES
            if metrics.value(name) != 0}


def accepted(metrics):
    return int(metrics.value("warmpath_requests_accepted_total"))


def open_fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- descriptors ------------------------------------------------------

def tcp_sockets(pid):
    """inode: (own port, peer's port, whether it listens), as seen from the
    process's own network."""
    found = {}
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{table}", encoding="ascii") as f:
                rows = [line.split() for line in f][1:]
        except FileNotFoundError:
            continue
        for row in rows:
            own, peer = (int(row[i].rpartition(":")[2], 16) for i in (1, 2))
            found[row[9]] = own, peer, row[3] == "0A"
    return found


def descriptor_kinds(pid):
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return links


def descriptors(g):
    """How many of each kind the gateway has open."""
    sockets = tcp_sockets(g.pid)
    engines = {harness.split_address(w.url.split("//")[-1])[1]
               for w in g.workers}
    fronts = {g.address[1]: "client", g.admin[1]: "admin"}

    def kind(link):
        inode = re.fullmatch(r"socket:\[(\d+)\]", link)
        if link == "/dev/null":
            return "reserve"
        if not inode:
            return link if link.startswith("anon_inode:") else "file"
        own, peer, listens = sockets.get(inode[1], (0, 0, False))
        if listens:
            return "listener"
        if own in fronts:
            return fronts[own]
        return "worker" if peer in engines else "other socket"
    return Counter(kind(link) for link in descriptor_kinds(g.pid))


def without_pool(g):
    """Has it close its idle connections to workers, and ask them nothing by
    itself: a reload."""
    def loaded():
        return g.metrics().value(
            "warmpath_config_last_reload_timestamp_seconds")
    before = loaded()
    timeouts = {**g.settings.get("timeouts", {}), "pool_idle": "0s"}
    probe = {**g.settings.get("probe", {}), "health_interval": "10m",
             "metrics_interval": "10m"}
    g.write_config({**g.settings, "timeouts": timeouts, "probe": probe})
    g.signal(signal.SIGHUP)
    harness.wait_until(lambda: loaded() != before, 10, "a reload")


class Opening:
    """What a gateway had before its first request."""

    def __init__(self, g):
        self.descriptors = descriptors(g)
        self.resident = resident_bytes(g.pid)

    def surplus(self, g):
        """Descriptors there were not at the start. Sockets to events come
        and go with the workers; each worker has two such. A lane may take
        its reserve for a last client after its listener is there."""
        now = descriptors(g)
        more = now - self.descriptors
        del more["reserve"]
        more["client"], more["worker"] = now["client"], now["worker"]
        if now["other socket"] <= self.descriptors["other socket"] + \
                2 * len(g.workers):
            del more["other socket"]
        return +more


# --- at the end -------------------------------------------------------

def sent(g, metrics):
    return g.sent if g.counted else accepted(metrics)


def wait_settled(g):
    def settled():
        metrics = g.metrics()
        ended = sum(outcomes(metrics).values())
        return ended == accepted(metrics) == sent(g, metrics) and \
            not held(metrics)
    try:
        harness.wait_until(settled, 5, "balanced books")
    except AssertionError as error:
        metrics = g.metrics()
        raise AssertionError(
            f"{error}: {g.sent} sent, {accepted(metrics)} accepted, "
            f"{outcomes(metrics)} ended, {held(metrics)} held") from None
    assert set(outcomes(g.metrics())) <= OUTCOMES


def check_lines(g, n):
    lines = g.lines(n)
    assert len(lines) == n, f"{len(lines)} lines of {n} requests"
    ids = {line["request_id"] for line in lines}
    assert len(ids) == n, "a request has two lines"
    assert {line["outcome"] for line in lines} <= OUTCOMES


def writes_lines(g):
    return g.settings["log"]["access"] and not g.loses_lines and \
        g.settings["log"]["format"] == "json"


def check_tokens(g):
    """A worker may tell of more from its cache than it was asked for."""
    metrics = g.metrics()
    asked, cached, uncached = (metrics.value(f"warmpath_{name}_tokens_total")
                               for name in ("prompt", "reported_cached",
                                            "uncached"))
    assert asked - cached <= uncached <= asked, (asked, cached, uncached)


def check_log(g):
    if writes_lines(g):
        check_lines(g, sent(g, g.metrics()))
    if not g.loses_lines:
        assert g.metrics().value("warmpath_log_dropped_total") == 0


def check_descriptors(g):
    without_pool(g)
    try:
        harness.wait_until(lambda: not g.opening.surplus(g), 5, "its close")
    except AssertionError:
        raise AssertionError(
            f"descriptors left: {dict(g.opening.surplus(g))}") from None


def wait_unburdened(g):
    """No byte of a client is held. That is looked at once a second, so it
    is not for every test."""
    harness.wait_until(lambda: not any(
        g.metrics().value("warmpath_memory_bytes", owner=owner)
        for owner in ("bodies", "stream_buffers")), 5,
        "the end of bodies and buffers")


def check_memory(g):
    if harness.SLOW > 1:  # a sanitizer keeps what is freed
        return
    allowed = g.opening.resident + g.growth_bytes
    harness.wait_until(lambda: resident_bytes(g.pid) <= allowed, 5,
                       f"at most {allowed >> 20} MiB, not "
                       f"{resident_bytes(g.pid) >> 20}")


def balance(g):
    """Waits until the books balance."""
    wait_settled(g)
    check_tokens(g)
    check_log(g)
    check_descriptors(g)
    check_memory(g)


def balance_ended(g):
    """Of a gateway that has ended in order, its log is what is left."""
    if g.process.returncode == 0 and g.counted and writes_lines(g):
        check_lines(g, g.sent)
