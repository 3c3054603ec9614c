"""The gateway as it is measured: lean, as in production, on two cores."""
import hashlib
import json
import os
import subprocess
import threading
import time
import urllib.request

import publisher
from targets import LOAD_CORE, MAX_CONNECTIONS, PROXY_CORE, Target, pin_to


class Warmpath(Target):
    """Cache-aware as shipped: tokenizer, block hashes, index, policy; one
    lane. Its workers publish events: they hold the benchmark's prompts, and
    `others` more blocks, so that every lookup finds what it looks for in an
    index of that size. `backend` is one address, or several of them."""
    name = "warmpath"
    build = "build/release"
    gateway = None  # else the program that is measured
    root = "."
    bodies = {"body": 300}  # of which requests the prompts are held
    others = 0
    lanes = 1
    model = None  # the demo's

    @classmethod
    def holding(cls, bodies, others=0, **more):
        return type("Warmpath", (cls,), {"bodies": bodies, "others": others,
                                         **more})

    @classmethod
    def program(cls, name):
        if name == "warmpath" and cls.gateway:
            return os.path.join(cls.root, cls.gateway)
        return os.path.join(cls.root, cls.build, name)

    def reference(self):
        """What can be configured, as it is built."""
        return subprocess.run(
            [self.program("warmpath"), "--print-reference"], check=True,
            capture_output=True, text=True).stdout

    def tokenizer(self):
        return self.model or os.path.join(self.root, "models", "demo")

    def workers(self):
        return [self.backend] if isinstance(self.backend, str) \
            else self.backend

    def config(self):
        model = {
            "name": "demo", "tokenizer": self.tokenizer(),
            "hash": {"key": "tokens"},
            "workers": [{"name": f"w{i}", "url": f"http://{address}",
                         "events": self.publishers[i].endpoint}
                        for i, address in enumerate(self.workers())],
        }
        return {
            "listen": ["127.0.0.1:0"], "admin": "127.0.0.1:0",
            "threads": self.lanes, "log": {"access": False},
            "index": {"max_size": "1GiB"},
            "limits": {"max_connections": MAX_CONNECTIONS},
            "models": [model],
        }

    def command(self):
        text = json.dumps(self.config(), indent=1)
        return [self.program("warmpath"), "--config",
                self.write("warmpath.yaml", text),
                "--announce", self.path("announce.json")]

    def announced(self):
        try:
            with open(self.path("announce.json"), encoding="utf-8") as f:
                return json.load(f)
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def ready_address(self):
        told = self.announced()
        return told["listen"][0] if told else None

    def start(self, timeout_s=60):
        self.publishers = [publisher.Publisher() for _ in self.workers()]
        super().start(timeout_s)
        try:
            for each in self.publishers:
                each.wait_for_subscriber()
            self.fill(timeout_s)
        except Exception:
            self.stop()
            raise
        return self

    def prompts(self):
        return publisher.tokens_of_bodies(
            self.program("warmpath-bench"), self.program("warmpath-sim"),
            self.tokenizer(), self.bodies)

    def fill(self, timeout_s):
        for i, tokens in enumerate(self.prompts()):
            self.publishers[i % len(self.publishers)].publish_prompt(tokens)
        self.publishers[0].publish_others(self.others)
        # What the workers share is counted once.
        wanted = len(set().union(*(p.stored for p in self.publishers))) + \
            self.others
        end = time.monotonic() + timeout_s
        while self.index_entries() < wanted * 0.99:
            if time.monotonic() > end:
                raise RuntimeError(
                    f"the index holds {self.index_entries():.0f} of {wanted} "
                    f"blocks after {timeout_s} s\n{self.log()}")
            time.sleep(0.1)

    def index_entries(self):
        url = f"http://{self.announced()['admin']}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                # One line for each index; the exact one is the largest.
                if line.startswith("warmpath_index_entries") and \
                        "approx" not in line:
                    return float(line.split()[-1])
        return 0

    def stop(self):
        super().stop()
        for each in self.publishers:
            each.close()


class TwoLanes(Warmpath):
    """Two loops on both cores, which load and workers need as well."""
    name = "warmpath, 2 lanes"
    lanes = 2
    cores = (PROXY_CORE, LOAD_CORE)


class Scraper(threading.Thread):
    """Prometheus: all metrics once a second."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.ended = url, threading.Event()

    def run(self):
        pin_to(LOAD_CORE)()
        while not self.ended.wait(1):
            with urllib.request.urlopen(self.url, timeout=10) as answer:
                answer.read()

    def end(self):
        self.ended.set()
        self.join()


def has(reference, key):
    """Whether a reference of the configuration knows the key."""
    return f"\n{key}:\n" in reference


class Production(Warmpath):
    """With all that a user would switch on: each request's line to a file,
    metrics read every second, limits and time-outs at what they are by
    default, and a thousand tenants, each with every limit."""
    name = "production"
    scraper = None
    tenants = 1000

    def config(self):
        config = super().config()
        config["log"] = {"access": True, "format": "json"}
        if has(self.reference(), "tenants"):
            self.key = "sk-bench-0"
            config["tenants"] = {"file": self.write(
                "tenants.yaml", json.dumps({"tenants": [
                    self.tenant(i) for i in range(self.tenants)]}))}
        return config

    @staticmethod
    def tenant(i):
        digest = hashlib.sha256(f"sk-bench-{i}".encode()).hexdigest()
        return {"name": f"tenant-{i}", "keys": [f"sha256:{digest}"],
                "models": ["demo"], "requests_per_second": 1000000,
                "tokens_per_minute": 1000000000000, "max_streams": 100000}

    def start(self, timeout_s=60):
        super().start(timeout_s)
        # What is counted exactly must not depend on how long it takes.
        if not self.wrapper:
            self.scraper = Scraper(
                f"http://{self.announced()['admin']}/metrics")
            self.scraper.start()
        return self

    def stop(self):
        if self.scraper:
            self.scraper.end()
            self.scraper = None
        super().stop()
