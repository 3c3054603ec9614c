#!/usr/bin/env python3
"""Runs every test of one build and counts their cases.

usage: run.py [SUITE...]    lint unit replay scenario e2e; default: all
environment: BUILD  the build's directory (default: from SAN)
             SAN    the build's sanitizers, as in `make test SAN=thread`
Tests run side by side, each with a time limit: three of those that mostly
wait, and one of those that compute. A failure's output is printed in full.
The last lines name what has failed, if anything, and say "N passed, N failed,
N skipped"."""
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from glob import glob

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SUITES = ("lint", "unit", "replay", "scenario", "e2e")
WAITING = 3    # tests at a time that mostly wait: those end to end
COMPUTING = 1  # and beside them of the others
LIMIT_S = {"lint": 120, "unit": 120, "replay": 180, "scenario": 180,
           "e2e": 300}
# One thread does it all, for long: left out where threads are watched.
LONE = {"scenario/runner", "unit/lab/fleet_test", "unit/lab/calibrate_test",
        "unit/lab/gate_test", "unit/index/index_test",
        "unit/template/charge_test", "unit/template/chat_test",
        "unit/template/goldens_test", "unit/template/outline_test",
        "unit/template/passes_test", "unit/token/blanks_test",
        "unit/token/block_words_test", "unit/token/bpe_window_test",
        "unit/token/chunks_test",
        "unit/token/goldens_test", "unit/token/load_split_test",
        "unit/token/regex_match_test", "unit/http/corpus_test",
        "unit/prompt/conversation_test", "unit/sim/calibration_test",
        "replay/regex", "e2e/api_table_test", "e2e/template_table_test",
        "e2e/tokenize_command_test"}
SLOWER = 3  # what a sanitizer's build may take of it
PYTHON = "/usr/bin/python3"


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")


# --- what the tests print ---------------------------------------------

def count_cmocka(text):
    """Cases told one by one, so that those before a crash count too."""
    def names(kind):
        found = re.findall(rf"^\[  {kind} +\] (?!tests:)(?!\d+ test)(\S+)",
                           text, re.M)
        return set(name.rstrip(":") for name in found)
    passed = len(re.findall(r"^\[ +OK \] \S", text, re.M))
    failed, skipped = names("FAILED"), names("SKIPPED")
    return Counts(passed, len(failed), len(skipped - failed))


def count_summary(text):
    """The last line with "N passed": pytest's, and the scenario runner's."""
    last = ""
    for line in text.splitlines():
        if re.search(r"\b\d+ (?:passed|failed|skipped|error)", line):
            last = line

    def number(*words):
        return sum(int(n) for word in words
                   for n in re.findall(rf"\b(\d+) {word}", last))
    return Counts(number("passed", "xpassed"), number("failed", "error"),
                  number("skipped", "xfailed"))


def count_one(_text):
    """Right or wrong as a whole: the exit status alone tells."""
    return Counts()


# --- tests ------------------------------------------------------------

class Test:
    def __init__(self, suite, name, command, count):
        self.suite, self.name = suite, name
        self.command, self.count = command, count


def pytest_command(path):
    return [PYTHON, "-m", "pytest", "-q", "-rs", "--tb=short",
            "-p", "no:cacheprovider", path]


def lint_tests(_build):
    if os.environ.get("SAN"):
        return
    yield Test("lint", "tree", [PYTHON, "tests/lint/lint.py"], count_one)
    for folder in ("tests/lint", "tests/bench"):
        yield Test("lint", folder, pytest_command(folder), count_summary)


def unit_tests(build):
    for path in sorted(glob("tests/unit/**/*_test.c", recursive=True)):
        name = path[len("tests/unit/"):-2]
        yield Test("unit", name, [f"{build}/unit/{name}"], count_cmocka)


def replay_tests(build):
    for path in sorted(glob("tests/fuzz/*.c")):
        name = os.path.basename(path)[:-2]
        if name != "replay":
            yield Test("replay", name,
                       [f"{build}/replay/{name}", f"tests/fuzz/corpus/{name}"],
                       count_one)


def scenario_tests(build):
    if os.path.exists("tests/scenario/runner.c"):
        files = sorted(path for path in glob("tests/scenario/**/*",
                                             recursive=True)
                       if os.path.isfile(path) and
                       not path.endswith((".c", ".h", ".md")))
        yield Test("scenario", "runner", [f"{build}/scenario/runner"] + files,
                   count_summary)


def e2e_tests(_build):
    for path in sorted(glob("tests/e2e/**/*_test.py", recursive=True) +
                       glob("tests/e2e/**/test_*.py", recursive=True)):
        yield Test("e2e", os.path.basename(path)[:-3], pytest_command(path),
                   count_summary)


FINDERS = {"lint": lint_tests, "unit": unit_tests, "replay": replay_tests,
           "scenario": scenario_tests, "e2e": e2e_tests}


# --- running ----------------------------------------------------------

def test_environment(build):
    env = dict(os.environ, BUILD=build, CMOCKA_MESSAGE_OUTPUT="STDOUT")
    env["ASAN_OPTIONS"] = "detect_leaks=1:abort_on_error=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    env["TSAN_OPTIONS"] = "halt_on_error=1:second_deadlock_stack=1:" \
        f"suppressions={os.path.realpath('tests/tsan.supp')}"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["PYTHONUNBUFFERED"] = "1"
    return env


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_command(command, limit_s, env):
    """(exit status or None past the limit, all output). What it started
    goes with it: each test is a process group."""
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, env=env, cwd=ROOT,
            start_new_session=True)
    except OSError as error:
        return 127, f"{command[0]}: {error.strerror}"
    try:
        raw, _ = process.communicate(timeout=limit_s)
        status = process.returncode
    except subprocess.TimeoutExpired:
        kill_group(process)
        raw, _ = process.communicate()
        status = None
    kill_group(process)
    return status, raw.decode(errors="replace")


def settle(counts, status):
    """A status that the counts do not tell is one more failure; a test
    that ran nothing has not passed."""
    if status != 0 and counts.failed == 0:
        counts.failed += 1
    elif status == 0 and counts.passed + counts.failed + counts.skipped == 0:
        counts.passed += 1
    return counts


def skip_lines(test, text):
    for line in text.splitlines():
        if re.match(r"\[  SKIPPED \] (?!tests:|\d+ test)", line):
            yield f"SKIP {test.suite}/{test.name}: {line[13:].strip()}"
        elif re.match(r"SKIP(PED)?\b", line):
            yield f"SKIP {test.suite}/{test.name}: {line}"


def why_lines(text):
    """What pytest, cmocka and the sanitizers say in one line, a few."""
    said = re.findall(r"^(?:E  +|\[  ERROR   \] --- |.*(?=runtime error|ERROR: "
                      r"|WARNING: Thread))(\S.*)", text, re.M)
    return [line[:200] for line in said[:4]]


class Progress:
    def __init__(self):
        self.lock = threading.Lock()
        self.total = Counts()
        self.failed = []

    def leave_out_lone(self, tests):
        """Those that are left."""
        kept = [t for t in tests if f"{t.suite}/{t.name}" not in LONE]
        for test in set(tests) - set(kept):
            self.total.add(Counts(skipped=1))
            print(f"SKIP {test.suite}/{test.name}: it has one thread")
        return kept

    def tell(self, test, status, counts, text, seconds):
        bad = counts.failed > 0
        with self.lock:
            self.total.add(counts)
            mark = "FAIL" if bad else "ok  "
            print(f"{mark} {test.suite}/{test.name}: {counts} "
                  f"({seconds:.1f} s)")
            for line in sorted(set(skip_lines(test, text))):
                print(line)
            if bad:
                self.failed.append("; ".join(
                    [f"{test.suite}/{test.name}: {counts}"] + why_lines(text)))
                reason = "past its time limit" if status is None else \
                    f"exit status {status}"
                print(f"---- {' '.join(test.command)}: {reason}")
                print(text.rstrip("\n"))
                print("----")
            sys.stdout.flush()


def run_test(test, build, progress):
    limit_s = LIMIT_S[test.suite] * (SLOWER if os.environ.get("SAN") else 1)
    begin = time.monotonic()
    status, text = run_command(test.command, limit_s,
                               test_environment(build))
    counts = test.count(text)
    if test.suite == "unit" and status == 0 and \
            counts.passed + counts.skipped == 0:
        status, text = 1, text + "\nno case was run"
    progress.tell(test, status, settle(counts, status), text,
                  time.monotonic() - begin)


def run_all(tests, run):
    """What waits leaves the cores to what computes. Who finds no more of its
    own kind takes of the others, but never more than WAITING wait."""
    waiting = deque(test for test in tests if test.suite == "e2e")
    computing = deque(test for test in tests if test.suite != "e2e")

    def work(*queues):
        for queue in queues:
            while queue:
                try:
                    test = queue.popleft()
                except IndexError:  # another took the last
                    break
                run(test)
    with ThreadPoolExecutor(WAITING + COMPUTING) as pool:
        parts = [pool.submit(work, waiting, computing)
                 for _ in range(WAITING)]
        parts += [pool.submit(work, computing) for _ in range(COMPUTING)]
        for part in parts:
            part.result()


def main(arguments):
    unknown = set(arguments) - set(SUITES)
    if unknown:
        print(f"run.py: no suite {', '.join(sorted(unknown))}; "
              f"there are {', '.join(SUITES)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    san = os.environ.get("SAN", "")
    build = os.environ.get("BUILD") or \
        "build/" + (san.replace(",", "-") or "release")
    tests = [test for suite in SUITES if not arguments or suite in arguments
             for test in FINDERS[suite](build)]
    progress = Progress()
    if san == "thread":
        tests = progress.leave_out_lone(tests)
    run_all(tests, lambda test: run_test(test, build, progress))
    for name in progress.failed:
        print(f"FAILED {name}")
    print(progress.total)
    return 1 if progress.total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
