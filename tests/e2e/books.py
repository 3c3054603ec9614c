"""A gateway whose requests are counted, so that every test can end with
the books balanced (accounts.py says how), and what is asked of it."""
import json
import re

import accounts
import harness

# Answers come at once, or a token every 20 ms for as long as is asked for.
FAST = dict(block_size=16, profile="fast", speed=50)
STEADY = dict(block_size=16, profile="fast", t0=0.02, output_tokens=1000000)
BEFORE_EVENTS = "no event seen yet", "connecting to its event endpoint"
# Goes by tokens alone: a stall of the machine makes no worker look slow.
BY_TOKENS = {"name": "kv_aware"}
# A check of a worker's health may take so long: more where all is slow.
HEALTH_S = 2 if harness.SLOW == 1 else 4
LONG = "The garden wall was built by four neighbours in one summer. " * 30


def chat(text, **more):
    return {"model": "demo", "max_tokens": 4,
            "messages": [{"role": "user", "content": text}], **more}


def completion(prompt, **more):
    return {"model": "demo", "prompt": prompt, "max_tokens": 2, **more}


class Front(harness.Gateway):
    """A ready gateway; `sent` is how many requests it was sent, unless it is
    not `counted`, which is for clients that do not come by here, and
    `growth_bytes` what its memory may have grown by at the end. With
    `loses_lines` its log is not looked at."""
    loses_lines = False

    def __init__(self, workers, model=None, counted=True, **top):
        self.workers, self.sent, self.counted = workers, 0, counted
        self.growth_bytes = accounts.GROWTH_BYTES
        self.settings = config(workers, model, **top)
        super().__init__(self.settings)
        if workers and isinstance(workers[0], harness.Worker):
            # Of several ranks each has a name of its own, and need not have
            # its events where they are looked for.
            told = {w.get("name") for m in self.settings["models"]
                    for w in m["workers"] if w.get("events")}
            harness.wait_until(lambda: all(
                w["health"] == "up" and not (
                    w["name"] in told and w["trust_reason"] in BEFORE_EVENTS)
                for w in self.fleet()), 20, "every worker's health")
        self.opening = accounts.Opening(self)

    def get(self, path, **more):
        self.sent += 1
        return super().get(path, **more)

    def post(self, path, value, **more):
        self.sent += 1
        return super().post(path, value, **more)

    def stream(self, path, value, **more):
        self.sent += 1
        return super().stream(path, value, **more)

    def raw(self, path, value, version="1.1", timeout=10,
            receive_bytes=None):
        """A connection on which one request was sent, its answer unread."""
        self.sent += 1
        return post_raw(self.address, path, value, version, timeout,
                        receive_bytes)

    def fleet(self):
        return self.admin_get("/workers").json()["workers"]

    def worker(self, name):
        return next(w for w in self.fleet() if w["name"] == name)

    def only(self, name):
        """New requests go to this worker alone."""
        for w in self.workers:
            what = "undrain" if w.worker_name == name else "drain"
            self.tell_worker(w.worker_name, what)

    def everybody(self):
        for w in self.workers:
            self.tell_worker(w.worker_name, "undrain")

    def tell_worker(self, name, what):
        answer = harness.request(self.admin, "POST",
                                 f"/workers/{name}/{what}")
        assert answer.status == 200, answer

    def lines(self, n):
        """The access lines, once there are n."""
        def found():
            lines = [json.loads(x) for x in harness.whole_lines(self.stderr())
                     if x.startswith("{") and '"outcome"' in x]
            return (lines,) if len(lines) >= n else None
        return harness.wait_until(found, 10, f"{n} access lines")[0]

    def settle(self):
        wait_known(self, {w.worker_name: w.address for w in self.workers})

    def held(self, prompt):
        """By worker: blocks of these tokens it is thought to hold."""
        told = harness.request(self.admin, "POST",
                               "/explain?path=/v1/completions",
                               completion(prompt)).json()
        return {c["worker"]: c["held_blocks"] for c in told["candidates"]}

    def line_of(self, answer):
        """Its access line. Lanes write theirs in no order among them."""
        def found():
            return next((x for x in self.lines(1) if x["request_id"] ==
                         answer.headers["x-request-id"]), None)
        return harness.wait_until(found, 10, "its access line")

    def ask(self, body, path="/v1/completions"):
        """Posts it; returns the answer and its access line."""
        answer = self.post(path, body)
        return answer, self.line_of(answer)


def wait_known(g, workers):
    """Waits until all is known that the simulated caches hold; `workers`
    are their addresses by name."""
    def cached(address):  # copies of a block count once
        told = harness.request(address, "GET", "/sim/state?blocks=1").json()
        return len({b["hash"] for r in told["ranks"] for b in r["blocks"]})

    def is_known():
        return {name: cached(address) for name, address in workers.items()} \
            == {w["name"]: w["index_blocks"]
                for w in g.admin_get("/workers").json()["workers"]}
    harness.wait_until(is_known, 20, "an index that is the caches")


def config(workers, model=None, **top):
    model = {"hash": {"key": "auto", "algorithm": "sha256", "seed": "0"},
             **(model or {})}
    probe = {"health_interval": "200ms", "health_timeout": f"{HEALTH_S}s",
             "down_after": 1, "up_after": 1, "metrics_interval": "200ms"}
    log = {"level": "debug", "format": "json", "access": True}
    # With core dumps off /proc shows the descriptors to root alone.
    return harness.fleet_config(workers, model=model, **{
        "log": log, "probe": probe, "core_dumps": True, **top})


# --- raw answers ------------------------------------------------------

def post_raw(address, path, value, version="1.1", timeout=10,
             receive_bytes=None):
    body = json.dumps(value).encode()
    raw = harness.Raw(address, timeout, receive_bytes)
    return raw.send(b"POST %s HTTP/%s\r\nHost: a\r\n"
                    b"Content-Type: application/json\r\n"
                    b"Connection: close\r\n"
                    b"Content-Length: %d\r\n\r\n%s"
                    % (path.encode(), version.encode(), len(body), body))


def unchunk(data):
    """(payload, whether the last chunk came)."""
    payload = b""
    while True:
        match = re.match(rb"([0-9a-f]+)\r\n", data)
        if not match:
            assert data == b"", f"no chunk: {data[:80]!r}"
            return payload, False
        size = int(match.group(1), 16)
        data = data[match.end():]
        if size == 0:
            assert data == b"\r\n", f"behind the last chunk: {data!r}"
            return payload, True
        assert data[size:size + 2] == b"\r\n", "a chunk is cut"
        payload += data[:size]
        data = data[size + 2:]


class Cut:
    """An answer that was read to the connection's end."""

    def __init__(self, data):
        head, mark, body = data.partition(b"\r\n\r\n")
        assert mark, f"no head: {data!r}"
        self.status = int(head.split()[1])
        self.headers = harness.lowered(
            line.split(": ", 1)
            for line in head.decode("latin-1").split("\r\n")[1:])
        chunked = self.headers.get("transfer-encoding") == "chunked"
        self.body, self.whole = unchunk(body) if chunked else (body, None)

    def events(self):
        """Each event's data; bytes that are no whole event fail."""
        assert self.body == b"" or self.body.endswith(b"\n\n"), self.body
        return ["\n".join(line[5:].strip() for line in event.split("\n")
                          if line.startswith("data:"))
                for event in self.body.decode().split("\n\n")[:-1]]

    def text(self):
        """What the model said, without the error at the end."""
        return said(e for e in self.events()
                    if e == "[DONE]" or "error" not in json.loads(e))


def said(events):
    text = ""
    for event in events:
        if event != "[DONE]":
            for choice in json.loads(event)["choices"]:
                text += choice.get("text") or \
                    choice.get("delta", {}).get("content") or ""
    return text


def assert_cut(answer):
    """A stream that broke off, and says so to whoever looks."""
    assert answer.status == 200
    assert answer.whole is not True, "the framing says: whole"
    events = answer.events()
    assert "[DONE]" not in events
    error = json.loads(events[-1])["error"]
    assert error["message"], error
    assert sum("error" in json.loads(e) for e in events) == 1


# --- workers ----------------------------------------------------------

def state(worker, **more):
    return worker.get("/sim/state", **more).json()


def running(worker):
    return sum(r["running"] + r["waiting"] for r in state(worker)["ranks"])


def fault(worker, kind, **more):
    answer = worker.post("/sim/fault", {"kind": kind, **more})
    assert answer.status == 200, answer


class Fixed(harness.Worker):
    """A worker that can come back at the addresses it had."""

    def __init__(self, name="worker-0", **options):
        super().__init__(name, **options)
        self.options = {**options, "port": port_of(self.url)}
        for key, option in (("events", "event_port"),
                            ("replay", "replay_port")):
            if self.told_of.get(key):
                self.options[option] = port_of(self.told_of[key])

    def again(self):
        return Fixed(self.worker_name, **self.options)


def port_of(url):
    return int(url.rstrip("/").rpartition(":")[2])
