"""What is measured: each a proxy of one worker thread, without logs, keep-
alive on both sides, in front of the same backend."""
import json
import os
import socket
import subprocess
import tempfile
import time

PROXY_CORE, LOAD_CORE = 0, 1
MAX_CONNECTIONS = 12000


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
    key = None  # that clients must send
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
    threads = 1

    def command(self):
        self.address = f"127.0.0.1:{free_port()}"
        config = self.write("haproxy.cfg", f"""\
global
    nbthread {self.threads}
    no strict-limits
    maxconn {MAX_CONNECTIONS}
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


class HaproxyTwoThreads(Haproxy):
    name = "haproxy, 2 threads"
    threads = 2
    cores = (PROXY_CORE, LOAD_CORE)


class Relay(Target):
    """Bytes there and back and nothing else: what the kernel takes."""
    name = "bare relay"
    program = "build/release/warmpath-bench"

    def command(self):
        return [os.path.abspath(self.program), "relay", "--target",
                self.backend]

    def ready_address(self):
        first = self.log().partition("\n")[0]
        return json.loads(first)["listen"] if first else None


class Nginx(Target):
    name = "nginx"

    def listeners(self):
        self.address = f"127.0.0.1:{free_port()}"
        return f"listen {self.address} backlog=4096;"

    def command(self):
        config = self.write("nginx.conf", f"""\
daemon off;
master_process off;
worker_processes 1;
pid {self.path("pid")};
error_log stderr crit;
events {{ worker_connections {2 * MAX_CONNECTIONS}; }}
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
        {self.listeners()}
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
