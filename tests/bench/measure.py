"""Figures of one target: CPU, system calls, instructions, memory, latency.
Each measures what a burst of load did to it; a burst with any error raises."""
import glob
import json
import os
import re
import subprocess
import tempfile
import time

from targets import LOAD_CORE, pin_to


class BurstFailed(RuntimeError):
    pass


def cpu_ns(pids):
    """On-CPU time of all threads, to the nanosecond."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total


def anonymous_bytes(pids):
    """Memory of their own. A program's text and its libraries are shared
    with whatever else runs them, and so is their price: it would change
    with what other programs do meanwhile."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += 1024 * sum(int(n) for n in re.findall(
                r"^Pss_Anon: +(\d+) kB", f.read(), re.M))
    return total


class Load:
    """The load generator between being ready and being let go."""

    def __init__(self, program, target, **options):
        flags = []
        if target.key:
            options["key"] = target.key
        for key, value in options.items():
            flags.append("--" + key.replace("_", "-"))
            if value is not True:
                flags.append(str(value))
        self.command = [program, "load", "--target", target.address,
                        "--hold"] + flags
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=pin_to(LOAD_CORE))
        first = self.process.stdout.readline()
        if first != "ready\n":
            self.fail(first)

    def fail(self, text):
        self.process.kill()
        self.process.wait()
        raise BurstFailed(f"{' '.join(self.command)}: {text.strip()}")

    def go(self):
        """Runs the measured part; returns what it counted."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            self.fail(line or "ended without a report")
        return json.loads(line)

    def end(self, counts):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait() != 0 or counts["errors"]:
            raise BurstFailed(f"{' '.join(self.command)}: "
                              f"{counts.get('error', 'failed')}")


def units_of(counts, unit):
    n = counts["events" if unit == "event" else "requests"]
    if n == 0:
        raise BurstFailed("nothing was completed")
    return n


def burst(program, target, unit, **options):
    """CPU in us a unit and the latencies in us, of one burst."""
    load = Load(program, target, **options)
    pids = target.pids()
    before = cpu_ns(pids)
    counts = load.go()
    spent = cpu_ns(pids) - before
    load.end(counts)
    return {"cpu_us": spent / 1e3 / units_of(counts, unit),
            "units_per_s": units_of(counts, unit) / counts["seconds"],
            "p50_us": counts[f"{unit}_us"]["p50"],
            "p99_us": counts[f"{unit}_us"]["p99"]}


class SyscallCounter:
    """perf's tracepoint, switched on and off exactly around the burst."""

    def __init__(self, pids):
        self.out = tempfile.NamedTemporaryFile(prefix="warmpath-perf-")
        control, self.control = os.pipe()
        self.ack, ack = os.pipe()
        self.process = subprocess.Popen(
            ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter",
             "-p", ",".join(str(pid) for pid in pids), "-D", "-1",
             "-o", self.out.name, "--control", f"fd:{control},{ack}"],
            pass_fds=(control, ack), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(control)
        os.close(ack)

    def say(self, word):
        os.write(self.control, word.encode() + b"\n")
        if not os.read(self.ack, 16).startswith(b"ack"):
            raise BurstFailed("perf stat cannot count system calls here")

    def count(self):
        self.process.send_signal(2)
        self.process.wait()
        os.close(self.control)
        os.close(self.ack)
        with open(self.out.name) as f:
            for line in f:
                if "raw_syscalls" in line:
                    return int(line.split(",")[0])
        raise BurstFailed("perf stat told no count")


def syscalls(program, target, unit, **options):
    """System calls a unit."""
    load = Load(program, target, **options)
    counter = SyscallCounter(target.pids())
    counter.say("enable")
    counts = load.go()
    counter.say("disable")
    load.end(counts)
    return counter.count() / units_of(counts, unit)


def memory(program, kind, backend, count, rest_s=0, **options):
    """Bytes that each of `count` held connections or streams adds to a
    fresh process, after they have been left alone for `rest_s`."""
    target = kind(backend).start()
    try:
        first = Load(program, target, connections=1, ms=0)
        first.end(first.go())
        base = anonymous_bytes(target.pids())
        load = Load(program, target, connections=count, ms=0,
                    **options)
        time.sleep(rest_s)
        grown = anonymous_bytes(target.pids()) - base
        load.end(load.go())
    except BurstFailed as why:
        raise BurstFailed(f"{why}\n{target.log()[-2000:]}") from why
    finally:
        target.stop()
    return grown / count


def callgrind(target):
    return ["valgrind", "--tool=callgrind", "--quiet",
            f"--callgrind-out-file={target.path('callgrind.out')}"]


def callgrind_total(target):
    total = 0
    for path in glob.glob(target.path("callgrind.out*")):
        with open(path, errors="replace") as f:
            for line in f:
                match = re.match(r"(?:summary|totals): (\d+)", line)
                if match:
                    total += int(match.group(1))
                    break
    return total


def one_callgrind_run(program, kind, backend, units, unit, **options):
    """(instructions, units) of a whole run, start and stop included."""
    target = kind(backend)
    target.wrapper = callgrind(target)
    target.start(180)
    try:
        load = Load(program, target, ms=120000, units=units,
                    **options)
        counts = load.go()
        load.end(counts)
    finally:
        target.stop()
    total = callgrind_total(target)
    if total == 0:
        raise BurstFailed(f"callgrind told no count for {target.name}:\n"
                          f"{target.log()}")
    return total, units_of(counts, unit)


def instructions(program, kind, backend, unit, few, many, **options):
    """User instructions a unit: the difference of two runs, so that what
    is done once does not count."""
    a, units_a = one_callgrind_run(program, kind, backend, few, unit,
                                   **options)
    b, units_b = one_callgrind_run(program, kind, backend, many, unit,
                                   **options)
    return (b - a) / (units_b - units_a)
