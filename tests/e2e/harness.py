"""What the end-to-end tests stand on: programs started and ended, raw and
JSON clients, event streams, metrics, waiting without fixed sleeps.

Every program is asked to write the addresses it got to a file, so that no
test names a port. A program that ends with a status other than 0, or whose
stderr holds a sanitizer's report, fails the test that started it."""
import http.client
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("BUILD", "build/release")
SLOW = 4 if os.environ.get("SAN") else 1  # a sanitizer's build takes longer
REPORT = re.compile(r"ERROR: AddressSanitizer|WARNING: ThreadSanitizer|"
                    r"LeakSanitizer|runtime error:|assertion")
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:suppressions="
                    + os.path.join(ROOT, "tests", "tsan.supp"),
}


def binary(name):
    return os.path.join(ROOT, BUILD, name)


def program_of(package, name):
    """Where a program of a Debian package is: unpacked (tools/unpack.sh) or
    installed; None."""
    places = [os.path.join(ROOT, "build", package, "usr", "bin"),
              os.path.join(ROOT, "build", package, "usr", "sbin"),
              os.environ.get("PATH", os.defpath), "/usr/sbin"]
    return shutil.which(name, path=os.pathsep.join(places))


def wait_until(predicate, timeout=10, what="the condition"):
    """The first true value of `predicate`; asks again every few ms. What
    it raises of OSError counts as "not yet"."""
    end = time.monotonic() + timeout * SLOW
    pause = 0.002
    while True:
        try:
            value = predicate()
            error = None
        except (OSError, http.client.HTTPException) as caught:
            value, error = None, caught
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(
                f"{what} did not come within {timeout * SLOW} s"
                + (f" ({error})" if error else ""))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def whole_lines(text):
    """Those that have ended: of a file that is being written, the last may
    be there in part."""
    return text.rpartition("\n")[0].splitlines()


def settles(read, expected, timeout=10):
    """Waits until `read` gives what is expected. For counts that are made
    behind what a client sees of it."""
    end = time.monotonic() + timeout * SLOW
    while (value := read()) != expected:
        assert time.monotonic() < end, f"it stays {value}, not {expected}"
        time.sleep(0.01)


CLAIMS = []


def claim(port):
    """A port of ours alone, among the tests that run at the same time, for
    as long as this process lives."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind("\0warmpath-test-port-%d" % port)
    except OSError:
        mark.close()
        raise
    CLAIMS.append(mark)


def free_ports(n):
    """The first of n free ports in a row."""
    for base in range(random.randrange(20000, 30000), 32000, n):
        held = []
        try:
            for port in range(base, base + n):
                claim(port)
                held.append(socket.create_server(("127.0.0.1", port)))
            return base
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise AssertionError("no free ports")


# --- programs ---------------------------------------------------------

def environment(more):
    """What a program is started with. pytest names its running test in the
    environment, and some names are longer than a program may be given."""
    env = {**SANITIZERS, **os.environ, **(more or {})}
    env.pop("PYTEST_CURRENT_TEST", None)
    return env


def threads_of(pid):
    """What each of a process's threads is at, as far as that can be seen."""
    def read(path):
        try:
            with open(path, encoding="ascii") as f:
                return f.read().strip()
        except OSError:
            return "?"
    tasks = f"/proc/{pid}/task"
    return [" ".join([read(f"{tasks}/{t}/comm"),
                      read(f"{tasks}/{t}/stat").rpartition(") ")[2][:1],
                      read(f"{tasks}/{t}/wchan"),
                      read(f"{tasks}/{t}/syscall")])
            for t in sorted(os.listdir(tasks), key=int)]


class Program:
    """A started program. `announced` is the JSON that it wrote once it
    was ready; with announce=False nothing is waited for. Kinds of programs
    may set the two below for all that are started."""
    more_environment = {}
    errors_to = None  # a file; None: one that stderr() reads

    def __init__(self, command, announce=True, env=None, cwd=None):
        self.dir = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.announce_path = os.path.join(self.dir.name, "announce.json")
        self.command = list(command)
        if announce:
            self.command += ["--announce", self.announce_path]
        self.stderr_path = os.path.join(self.dir.name, "stderr")
        self.stdout_path = os.path.join(self.dir.name, "stdout")
        self.ended_by_us = False
        self.announced = None
        open(self.stderr_path, "wb").close()
        with open(self.errors_to or self.stderr_path, "wb") as err, \
                open(self.stdout_path, "wb") as out:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, cwd=cwd or ROOT,
                env=environment({**self.more_environment, **(env or {})}))
        if announce:
            try:
                self.announced = wait_until(self._read_announced, 20,
                                            f"{self.name}: readiness")
            except AssertionError as error:
                self.kill()
                raise AssertionError(f"{error}\n{self.told()}") from None

    @property
    def name(self):
        return os.path.basename(self.command[0])

    @property
    def pid(self):
        return self.process.pid

    def _read_announced(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"{self.name} ended with status {self.process.returncode} "
                "before it was ready")
        try:
            with open(self.announce_path, encoding="utf-8") as f:
                return json.load(f)
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def stderr(self):
        with open(self.stderr_path, errors="replace") as f:
            return f.read()

    def says(self, text, timeout=10):
        """Waits for its word: lines are written behind what they tell."""
        wait_until(lambda: text in self.stderr(), timeout, repr(text))

    def stdout(self):
        with open(self.stdout_path, errors="replace") as f:
            return f.read()

    def told(self):
        return (f"---- {' '.join(self.command)}\n"
                f"{self.stdout()}{self.stderr()}----")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=20):
        """The exit status."""
        return self.process.wait(timeout * SLOW)

    def kill(self):
        """An end without warning, as a crash would be."""
        self.ended_by_us = True
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        """SIGTERM; returns the faults seen in how it ended."""
        faults = []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout * SLOW)
            except subprocess.TimeoutExpired:
                faults += threads_of(self.pid)
                self.process.send_signal(signal.SIGABRT)
                self.process.wait()
                faults.append(f"{self.name} did not end within "
                              f"{timeout * SLOW} s of SIGTERM")
        if self.process.returncode != 0 and not self.ended_by_us:
            faults.append(f"{self.name} ended with status "
                          f"{self.process.returncode}")
        if REPORT.search(self.stderr()):
            faults.append(f"{self.name} wrote a report to stderr")
        if faults:
            faults.append(self.told())
        return faults


class Gateway(Program):
    """`config` is a dict (JSON is YAML) or the YAML text itself."""

    def __init__(self, config, arguments=(), **more):
        self.config_dir = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.config_path = os.path.join(self.config_dir.name, "warmpath.yaml")
        self.write_config(config)
        super().__init__([binary("warmpath"), "--config", self.config_path,
                          *arguments], **more)

    def write_config(self, config):
        text = config if isinstance(config, str) else \
            json.dumps(config, indent=1)
        with open(self.config_path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(self.config_path + ".new", self.config_path)

    @property
    def address(self):
        return split_address(self.announced["listen"][0])

    @property
    def admin(self):
        return split_address(self.announced["admin"])

    def get(self, path, **more):
        return request(self.address, "GET", path, **more)

    def post(self, path, value, **more):
        return request(self.address, "POST", path, value, **more)

    def admin_get(self, path, **more):
        return request(self.admin, "GET", path, **more)

    def stream(self, path, value, **more):
        return Stream(self.address, path, value, **more)

    def metrics(self):
        return Metrics(self.admin_get("/metrics").text)


class Worker(Program):
    """One simulated engine: options as in `warmpath-sim --help`, with
    underscores (`block_size=16`)."""

    def __init__(self, name="worker-0", **options):
        flags = ["--name", name]
        for key, value in options.items():
            text = str(value).lower() if isinstance(value, bool) else \
                str(value)
            flags += ["--" + key.replace("_", "-"), text]
        super().__init__([binary("warmpath-sim"), *flags])
        self.told_of = self.announced[0]
        self.worker_name = name

    @property
    def url(self):
        return self.told_of["url"]

    @property
    def address(self):
        return split_address(self.url.split("//")[-1])

    def get(self, path, **more):
        return request(self.address, "GET", path, **more)

    def post(self, path, value=None, **more):
        return request(self.address, "POST", path, value, **more)

    def metrics(self):
        return Metrics(self.get("/metrics").text)

    def config(self):
        """This worker's entry in the gateway's configuration."""
        entry = {"name": self.worker_name, "url": self.url}
        for key in ("events", "replay", "peer"):
            if self.told_of.get(key):
                entry[key] = self.told_of[key]
        return entry


class Programs:
    """Those that one test has started; ended last started first."""

    def __init__(self):
        self.started = []

    def start(self, make, *arguments, **more):
        program = make(*arguments, **more)
        self.started.append(program)
        return program

    def fleet(self, n, **options):
        return [self.start(Worker, f"worker-{i}", **options)
                for i in range(n)]

    def gateway(self, config, **more):
        return self.start(Gateway, config, **more)

    def stop(self):
        faults = []
        for program in reversed(self.started):
            faults += program.stop()
        return faults


def fleet_config(workers, model=None, **top):
    """A configuration of one model on these workers; `top` are further
    top-level keys, `model` further keys of the model."""
    entry = {"name": "demo", "workers": [w.config() for w in workers]}
    entry.update(model or {})
    config = {"listen": ["127.0.0.1:0"], "admin": "127.0.0.1:0",
              "models": [entry]}
    if os.geteuid() != 0:
        config["core_dumps"] = True  # or /proc/PID/fd would not be ours
    config.update(top)
    return config


# --- clients ----------------------------------------------------------

def split_address(text):
    host, _, port = text.rstrip("/").rpartition(":")
    return host.strip("[]"), int(port)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.text[:500]}>"


def lowered(pairs):
    return {name.lower(): value for name, value in pairs}


def request(address, method, path, value=None, headers=None, timeout=30):
    """One request on a connection of its own. `value`: bytes as they are,
    anything else as JSON, None for no body."""
    connection = http.client.HTTPConnection(*address, timeout=timeout * SLOW)
    all_headers = {"Connection": "close", **(headers or {})}
    body = value
    if value is not None and not isinstance(value, bytes):
        body = json.dumps(value).encode()
    if body is not None:
        all_headers.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, all_headers)
        answer = connection.getresponse()
        return Answer(answer.status, lowered(answer.getheaders()),
                      answer.read())
    finally:
        connection.close()


class Stream:
    """A streamed answer, event by event. `status` and `headers` are there
    at once; iterating yields each event's data as text, "[DONE]" included.
    Leaving early closes the connection, as a client that goes away."""

    def __init__(self, address, path, value, headers=None, timeout=30):
        self.connection = http.client.HTTPConnection(
            *address, timeout=timeout * SLOW)
        self.connection.request(
            "POST", path, json.dumps(value).encode(),
            {"Content-Type": "application/json", **(headers or {})})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.headers = lowered(self.answer.getheaders())

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def __iter__(self):
        lines = []
        for raw in self.answer:
            line = raw.decode().rstrip("\r\n")
            if line.startswith("data:"):
                lines.append(line[5:].lstrip(" "))
            elif line == "" and lines:
                yield "\n".join(lines)
                lines = []

    def chunks(self):
        """The JSON of each event before [DONE]."""
        for text in self:
            if text == "[DONE]":
                return
            yield json.loads(text)

    def close(self):
        # An HTTPResponse keeps the socket alive unless it is closed too.
        self.answer.close()
        self.connection.close()


class Raw:
    """Bytes out, bytes in: for what no proper client would send."""

    def __init__(self, address, timeout=10, receive_bytes=None):
        self.socket = socket.socket()
        self.socket.settimeout(timeout * SLOW)
        if receive_bytes:  # only counts when it is set before the connect
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                   receive_bytes)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def see(self, mark):
        """Waits for it, and takes nothing away."""
        while mark not in self.pending:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(
                    f"the peer closed before {mark!r}: {self.pending!r}")
            self.pending += data
        return self

    def read_until(self, mark):
        self.see(mark)
        head, _, self.pending = self.pending.partition(mark)
        return head

    def read_all(self):
        """All until the peer closes; a reset is an end too."""
        data = self.pending
        self.pending = b""
        try:
            while True:
                more = self.socket.recv(65536)
                if not more:
                    return data
                data += more
        except ConnectionResetError:
            return data

    def read_answer(self):
        """One answer with a Content-Length; the connection stays."""
        head = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = lowered(line.split(": ", 1) for line in head[1:])
        size = int(headers.get("content-length", 0))
        while len(self.pending) < size:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError("the peer closed inside a body")
            self.pending += data
        body, self.pending = self.pending[:size], self.pending[size:]
        return Answer(int(head[0].split()[1]), headers, body)

    def is_closed(self, within=5):
        """Whether the peer ends the connection within so many seconds."""
        end = time.monotonic() + within * SLOW
        while time.monotonic() < end:
            ready, _, _ = select.select([self.socket], [], [], 0.05)
            if not ready:
                continue
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return True
            if not data:
                return True
            self.pending += data
        return False


# --- metrics ----------------------------------------------------------

SAMPLE = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \S+)?$")
LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"(?:,|$)')


class Metrics:
    """Samples of a /metrics page: metrics.value("name", label="x") sums
    those whose labels agree, 0 if there are none."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = SAMPLE.match(line)
            if not match:
                raise AssertionError(f"not a sample: {line!r}")
            labels = dict(LABEL.findall(match.group(2) or ""))
            self.samples.append((match.group(1), labels,
                                 float(match.group(3))))

    def all(self, name, **labels):
        return [(found, value) for sample, found, value in self.samples
                if sample == name and labels.items() <= found.items()]

    def value(self, name, **labels):
        return sum(value for _, value in self.all(name, **labels))

    def names(self):
        return {name for name, _, _ in self.samples}
