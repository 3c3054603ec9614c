"""What is measured: each a proxy of one worker thread, without logs, keep-
alive on both sides, in front of the same backend."""
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request

import publisher

PROXY_CORE, LOAD_CORE = 0, 1


def pin_to(*cores):
    def pin():
        os.sched_setaffinity(0, {core % os.cpu_count() for core in cores})
    return pin


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def is_open(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 1).close()
        return True
    except OSError:
        return False


class Target:
    """A proxy that runs; `command` is made by the kind."""
    wrapper = []
    cores = (PROXY_CORE,)

    def __init__(self, backend, wrapper=None):
        self.dir = tempfile.TemporaryDirectory(prefix="warmpath-bench-")
        self.backend = backend
        self.wrapper = wrapper or []
        self.process = None
        self.address = None

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def command(self):
        raise NotImplementedError

    def ready_address(self):
        """The address once it can be known, else None."""
        return self.address

    def start(self, timeout_s=60):
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen(
                self.wrapper + self.command(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.dir.name,
                preexec_fn=pin_to(*self.cores))
        end = time.monotonic() + timeout_s
        while True:
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{self.name} did not start:\n"
                                   + self.log())
            self.address = self.ready_address()
            if self.address and is_open(self.address):
                return self
            time.sleep(0.02)

    def log(self):
        with open(self.path("log"), errors="replace") as f:
            return f.read()

    def pids(self):
        """The process and its children (nginx has a master)."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as f:
                    queue += [int(word) for word in f.read().split()]
        return found

    def stop(self):
        """SIGTERM; what it wrote in `dir` stays until the next start."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Direct(Target):
    name = "direct"

    def start(self, timeout_s=60):
        self.address = self.backend
        return self

    def pids(self):
        return []


class Haproxy(Target):
    name = "haproxy"
    options = "option http-no-delay"

    def command(self):
        self.address = f"127.0.0.1:{free_port()}"
        config = self.write("haproxy.cfg", f"""\
global
    nbthread 1
    maxconn 9000
defaults
    mode http
    {self.options}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend f
    bind {self.address} backlog 4096
    default_backend b
backend b
    server s {self.backend}
""")
        return ["haproxy", "-db", "-f", config]


class HaproxyDefault(Haproxy):
    """As most people run it."""
    name = "haproxy-default"
    options = ""


class Nginx(Target):
    name = "nginx"

    def command(self):
        self.address = f"127.0.0.1:{free_port()}"
        config = self.write("nginx.conf", f"""\
daemon off;
master_process off;
worker_processes 1;
pid {self.path("pid")};
error_log stderr crit;
events {{ worker_connections 9000; }}
http {{
    access_log off;
    client_max_body_size 64m;
    client_body_buffer_size 1m;
    keepalive_requests 1000000000;
    client_body_temp_path {self.path("body")};
    proxy_temp_path {self.path("proxy")};
    fastcgi_temp_path {self.path("fastcgi")};
    uwsgi_temp_path {self.path("uwsgi")};
    scgi_temp_path {self.path("scgi")};
    upstream b {{ server {self.backend}; keepalive 4096;
                  keepalive_requests 1000000000; }}
    server {{
        listen {self.address} backlog=4096;
        location / {{
            proxy_pass http://b;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }}
    }}
}}
""")
        return ["nginx", "-c", config, "-p", self.dir.name]


class Warmpath(Target):
    """Cache-aware as shipped: tokenizer, block hashes, index, policy; one
    lane. Its workers publish events: they hold the benchmark's prompts, and
    `others` more blocks, so that every lookup finds what it looks for in an
    index of that size. `backend` is one address, or several of them."""
    name = "warmpath"
    build = "build/release"
    root = "."
    bodies = {"body": 300}  # of which requests the prompts are held
    others = 0
    lanes = 1
    model = None  # the demo's

    @classmethod
    def holding(cls, bodies, others=0, **more):
        return type("Warmpath", (cls,), {"bodies": bodies, "others": others,
                                         **more})

    def program(self, name):
        return os.path.join(self.root, self.build, name)

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
            "limits": {"max_connections": 9000}, "models": [model],
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


class Backend:
    """Shared by all targets of a run."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "backend"], stdout=subprocess.PIPE, text=True,
            preexec_fn=pin_to(LOAD_CORE))
        self.address = json.loads(self.process.stdout.readline())["listen"]

    def stop(self):
        self.process.terminate()
        self.process.communicate()
