"""TLS 1.3 and HTTP/2 towards clients, beside HAProxy and nginx: requests on
connections that stay, full and resumed handshakes, memory.

h2load sends the requests, each of a run the same one; what it does once
(connecting) is taken off by the difference of a short and a long run. New
connections are made one by one, each for one request."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import measure
from goals import Row, ratio_row
from secure_targets import (CIPHER, CURVE, SecureHaproxy, SecureNginx,
                            SecureWarmpath, make_certificate)
from targets import LOAD_CORE, pin_to

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = (SecureHaproxy, SecureNginx, SecureWarmpath)
PATH = "/v1/chat/completions"
H1, H2 = ["--h1", "-c", "64"], ["-c", "8", "-m", "8"]
#        name, listener, what else it wants, scheme, h2load's options
REQUESTS = (("HTTP/1.1", "h1", "h1", "http", H1),
            ("h2c", "h2c", "h2c", "http", H2),
            ("TLS, HTTP/1.1", "tls", "tls", "https", H1),
            ("TLS, HTTP/2", "tls", "h2", "https", H2))
FEW, MANY = 64, 4064
#        name, listener, kind of visitor
VISITS = (("plain connection", "h1", "plain"),
          ("TLS, full handshake", "tls", "new"),
          ("TLS, resumed", "tls", "resumed"))
VISIT_COUNT = 200
#       name, listener, kind of visitor, count, stream
HELD = (("2,000 idle TLS connections, each", "tls", "new", 2000, False),
        ("500 live TLS streams, each", "tls", "new", 500, True),
        ("1,000 idle HTTP/2 connections, each", "h2c", "h2c", 1000, False))


def names():
    return ["secure", "secure_instructions", "secure_memory"]


def h2load_figures(text):
    """(requests/s, whether all was well) of h2load's report."""
    rate = re.search(r"^finished in [\d.]+\w+, ([\d.]+) req/s", text, re.M)
    told = re.search(r"^requests: (\d+) total.* (\d+) succeeded", text, re.M)
    good = re.search(r"^status codes: (\d+) 2xx", text, re.M)
    if not rate or not told or not good:
        raise measure.BurstFailed(f"h2load told no figures:\n{text}")
    return (float(rate.group(1)),
            told.group(1) == told.group(2) == good.group(1))


class Visitors:
    """visitor.py between being ready and being let go."""

    def __init__(self, what, address, count, kind, body):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "visitor.py"), what, address,
             str(count), kind, body, PATH], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=pin_to(LOAD_CORE))
        self.told()

    def told(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise measure.BurstFailed(f"{self.process.args}: failed")
        return json.loads(line)

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self.told()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class SecureBench:
    def __init__(self, program, backend, rounds, say):
        self.program, self.backend, self.say = program, backend, say
        self.rounds, self.rows, self.raw = rounds, [], {}
        self.folder = tempfile.TemporaryDirectory(prefix="warmpath-bench-")
        make_certificate(self.folder.name)
        self.body = self.write_body("body")
        self.stream = self.write_body(
            "stream", "--stream", "--events", "1000", "--every-us", "2000000")

    def write_body(self, name, *options):
        path = os.path.join(self.folder.name, name)
        made = subprocess.run(
            [self.program, "bodies", "--sessions", "1", *options],
            check=True, capture_output=True).stdout
        with open(path, "wb") as f:
            f.write(made.rstrip(b"\n"))
        return path

    def make(self, kind):
        more = {"certificates": self.folder.name}
        if kind is SecureWarmpath:
            more["bodies"] = {"sessions": 1}
        return type(kind.__name__, (kind,), more)(self.backend)

    def all_running(self):
        running = []
        try:
            for kind in KINDS:
                running.append(self.make(kind).start())
        except Exception:
            self.stop(running)
            raise
        return running

    @staticmethod
    def stop(running):
        for target in running:
            target.stop()

    def speaking(self, running, wants, name):
        """Those of them that have the protocol."""
        able = [t for t in running if wants == "h2" and t.name != "warmpath"
                or t.speaks(wants)]
        for target in running:
            if target not in able:
                self.say(f"SKIP {name}: {target.name} has none")
        return able

    def h2load(self, target, case, n):
        """requests/s."""
        _, listener, _, scheme, options = case
        ran = subprocess.run(
            ["h2load", *options, "-n", str(n), "-d", self.body,
             "-H", "content-type: application/json",
             f"--tls13-ciphers={CIPHER}", f"--groups={CURVE}",
             f"{scheme}://{target.addresses[listener]}{PATH}"],
            capture_output=True, text=True, preexec_fn=pin_to(LOAD_CORE))
        rate, good = h2load_figures(ran.stdout + ran.stderr)
        if not good:
            raise measure.BurstFailed(f"{target.name}: {ran.stdout}")
        return rate

    # --- requests and handshakes, in rounds ----------------------------

    def requests_burst(self, target, case):
        pids, spent = target.pids(), []
        for n in (FEW, MANY):
            before = measure.cpu_ns(pids)
            rate = self.h2load(target, case, n)
            spent.append(measure.cpu_ns(pids) - before)
        return {"cpu_us": (spent[1] - spent[0]) / 1e3 / (MANY - FEW),
                "rate": rate}

    def visits_burst(self, target, case):
        name, listener, kind = case
        visitors = Visitors("visit", target.addresses[listener], VISIT_COUNT,
                            kind, self.body)
        pids = target.pids()
        before = measure.cpu_ns(pids)
        told = visitors.go()
        spent = measure.cpu_ns(pids) - before
        visitors.end()
        if kind == "resumed" and told["resumed"] < VISIT_COUNT:
            self.say(f"note: {target.name} resumed {told['resumed']} of "
                     f"{VISIT_COUNT}")
        return {"cpu_us": spent / 1e3 / VISIT_COUNT}

    def tell(self, name, rounds):
        base = statistics.median(r["haproxy"]["cpu_us"] for r in rounds)
        self.rows.append(Row("", f"{name}: CPU, haproxy", base, "us"))
        for other in (n for n in rounds[0] if n != "haproxy"):
            self.rows.append(ratio_row(
                "", f"{name}: CPU, {other} / haproxy",
                [r[other]["cpu_us"] / r["haproxy"]["cpu_us"]
                 for r in rounds]))
        for target in rounds[0]:
            if "rate" in rounds[0][target]:
                self.rows.append(Row(
                    "", f"{name}: requests/s, {target}", statistics.median(
                        r[target]["rate"] for r in rounds), "1/s"))

    def in_rounds(self, running, name, burst, case):
        rounds = []
        for number in range(self.rounds):
            self.say(f"  secure: {name}: round {number + 1} of {self.rounds}")
            rounds.append({t.name: burst(t, case) for t in running})
        self.raw[f"secure {name}"] = rounds
        self.tell(name, rounds)

    def run_rounds(self):
        running = self.all_running()
        try:
            for case in REQUESTS:
                self.in_rounds(self.speaking(running, case[2], case[0]),
                               case[0], self.requests_burst, case)
            for case in VISITS:
                self.in_rounds(self.speaking(running, case[1], case[0]),
                               case[0], self.visits_burst, case)
        finally:
            self.stop(running)

    # --- exact figures --------------------------------------------------

    def one_callgrind_run(self, kind, case, n):
        target = self.make(kind)
        target.wrapper = measure.callgrind(target)
        target.start(180)
        try:
            if not self.speaking([target], case[2], case[0]):
                return None
            self.h2load(target, case, n)
        finally:
            target.stop()
        return measure.callgrind_total(target)

    def run_instructions(self):
        for case in REQUESTS:
            for kind in KINDS:
                self.say(f"  instructions: {case[0]}, {kind.name}")
                few = self.one_callgrind_run(kind, case, 100)
                if few is None:
                    continue
                many = self.one_callgrind_run(kind, case, 600)
                self.rows.append(Row(
                    "", f"{case[0]}: user instructions, {kind.name}",
                    (many - few) / 500, "per request"))

    def memory(self, kind, listener, visitor, count, body):
        target = self.make(kind).start()
        try:
            if not self.speaking([target], listener, "memory"):
                return None
            visitors = Visitors("hold", target.addresses[listener], count,
                                visitor, body)
            base = measure.anonymous_bytes(target.pids())
            visitors.go()
            grown = measure.anonymous_bytes(target.pids()) - base
            visitors.end()
        finally:
            target.stop()
        return grown / count

    def run_memory(self):
        for name, listener, visitor, count, stream in HELD:
            seen = {}
            for kind in KINDS:
                self.say(f"  memory: {name}, {kind.name}")
                grown = self.memory(kind, listener, visitor, count,
                                    self.stream if stream else self.body)
                if grown is not None:
                    seen[kind.name] = grown
                    self.rows.append(Row("", f"memory of {name}, "
                                         f"{kind.name}", grown, "bytes"))
            if "warmpath" in seen:
                self.rows.append(Row(
                    "", f"memory of {name}, warmpath / haproxy",
                    seen["warmpath"] / seen["haproxy"], "ratio", must=1.0))

    def run(self, wanted):
        if "secure" in wanted:
            self.run_rounds()
        if "secure_instructions" in wanted:
            self.run_instructions()
        if "secure_memory" in wanted:
            self.run_memory()
