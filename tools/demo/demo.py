#!/usr/bin/python3
"""The main job, to watch: conversations that share a long system prompt,
routed by what each worker's cache holds, beside the same turns dealt out in
turn. Starts two fleets of simulated workers with a gateway each, plays the
turns on both, prints a line a turn and a table; then shows on a third what
it is worth that a worker fetches from another one; then stays up.

Everything runs on loopback, on ports that the kernel picks."""
import argparse
import concurrent.futures
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback

BLOCK = 16
WORKERS = 4
CONVERSATIONS = 6
TURNS = 5
# With host memory, and others that may fetch what is there.
HOST_MEMORY = ["--cpu-blocks", "4000", "--version", "0.27.0",
               "--generation", "v0.27"]

RULES = [
    "Greet the reader by what they asked, not by a formula.",
    "Say first what is certain, then what is likely, then what is unknown.",
    "Numbers carry their unit and where they were measured.",
    "When two answers are possible, give both and say which you would pick.",
    "Never invent a name, a date, a price or a law.",
    "A table helps when three things are compared by two measures or more.",
    "Code is complete enough to run, and says which version it was run on.",
    "A step that cannot be undone is announced before it is described.",
    "Advice on health, money or law ends with whom to ask in person.",
    "If the question rests on a mistake, name the mistake kindly and go on.",
    "Keep sentences short enough to be read aloud without a breath.",
    "Quote the reader's own words when the answer hangs on them.",
    "Prefer the plain word, the whole number and the active voice.",
    "When a task is long, offer an order of work and where to pause.",
    "Say what was left out, and what would change the answer.",
    "Close with the one thing that the reader can do next.",
]
# What a reader pastes in with the first question: each their own.
NOTES = [
    "On day {} the first hour went to what was left from the day before, "
    "and the notes of {} say how long each part took, what it cost, who "
    "helped, and which of the three ways to do it was tried.",
    "By noon of day {} the plan for {} had changed twice: once because a "
    "part did not fit, once because the weather turned; both changes are "
    "marked in the margin with the reason and the hour.",
    "In the evening of day {} the list for {} was read aloud, two items "
    "were crossed out, one was put back, and the rest was moved to the "
    "next day with a name beside it.",
]
SUBJECTS = ["a kitchen garden on a balcony", "a small library's catalogue",
            "a night train to the coast", "a bicycle's worn gears",
            "a choir's first concert", "a cracked clay oven"]
QUESTIONS = [
    "I am new to this. How would you begin with {}, step by step?",
    "Thank you. What goes wrong most often with {}, and how do I notice?",
    "Suppose I had only one afternoon for {}. What would you leave out?",
    "A neighbour says the opposite about {}. How could we test who is right?",
    "Please sum up what we said about {} as a list that I can pin up.",
]


def system_prompt():
    """Long, as agents' prompts are: the rules, each with its reasons."""
    parts = ["You are the assistant of a town's advice desk. Many people "
             "ask at once; each gets a calm and exact answer."]
    for n, rule in enumerate(RULES, 1):
        parts.append(
            f"Rule {n}. {rule} It holds for every answer, short or long, "
            f"because readers of the desk compare answers with each other; "
            f"where rule {n} and an earlier rule disagree, the earlier one "
            f"decides, and the answer says so in a few words. Check rule "
            f"{n} once more before the answer is sent.")
    return "\n".join(parts)


def notes(subject):
    """A long document about one subject."""
    return "\n".join(NOTES[day % len(NOTES)].format(day, subject)
                     for day in range(1, 61))


class Child:
    """A program that writes where it can be reached to a file. None is
    started any more once all are told to end."""
    lock, all, ending = threading.Lock(), [], False

    def __init__(self, folder, name, command, on_line=None):
        self.announce = os.path.join(folder, name + ".json")
        self.log = os.path.join(folder, name + ".log")
        self.on_line = on_line
        with Child.lock:
            if Child.ending:
                sys.exit("demo: ended before it had begun")
            self.process = subprocess.Popen(
                [*command, "--announce", self.announce],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL, text=True, start_new_session=True)
            Child.all.append(self)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with open(self.log, "w", encoding="utf-8") as log:
            for line in self.process.stderr:
                log.write(line)
                log.flush()
                if self.on_line:
                    self.on_line(line)

    def announced(self):
        for _ in range(1000):
            if os.path.exists(self.announce):
                with open(self.announce, encoding="utf-8") as f:
                    return json.load(f)
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        with open(self.log, encoding="utf-8") as f:
            sys.exit(f"demo: {self.process.args[0]} did not start:\n"
                     + f.read())

    def tell_to_end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        self.tell_to_end()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    @classmethod
    def stop_all(cls):
        """What they are amid of ends with them."""
        with cls.lock:
            cls.ending = True
        for each in cls.all:
            each.tell_to_end()
        for each in cls.all:
            each.stop()


class Side:
    """One fleet, one gateway, one policy."""

    def __init__(self, build, folder, policy, workers=WORKERS, flags=()):
        self.policy = policy
        self.lines = {}
        self.ready = threading.Condition()
        self.sim = Child(folder, f"sim-{policy}", [
            os.path.join(build, "warmpath-sim"),
            "--workers", str(workers), "--model", "demo",
            "--tokenizer", "models/demo", "--block-size", str(BLOCK),
            "--output-tokens", "48", "--profile", "l4", *flags])
        fleet = self.sim.announced()
        if isinstance(fleet, dict):
            fleet = fleet["workers"]
        self.workers = [w["url"].split("//")[1] for w in fleet]
        self.config = os.path.join(folder, f"{policy}.yaml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(self.yaml(fleet))
        self.gateway = Child(folder, f"gateway-{policy}", [
            os.path.join(build, "warmpath"), "--config", self.config],
            self.note)
        told = self.gateway.announced()
        self.address = told["listen"][0]
        self.admin = told["admin"]

    def yaml(self, fleet):
        out = ["listen: 127.0.0.1:0", "admin: 127.0.0.1:0", "threads: 1",
               "log: {level: warn, format: json, access: true}",
               f"policy: {{name: {self.policy}}}",
               "models:", "  - name: demo", "    tokenizer: models/demo",
               '    hash: {key: auto, algorithm: sha256, seed: "0"}',
               "    workers:"]
        for n, worker in enumerate(fleet):
            peer = worker.get("peer")
            out.append(f"      - {{name: worker-{n}, url: '{worker['url']}',"
                       f" events: '{worker['events']}',"
                       f" replay: '{worker['replay']}'"
                       + (f", peer: '{peer}'}}" if peer else "}"))
        return "\n".join(out) + "\n"

    def note(self, line):
        try:
            entry = json.loads(line)
        except ValueError:
            return
        if "request_id" in entry:
            with self.ready:
                self.lines[entry["request_id"]] = entry
                self.ready.notify_all()

    def line_of(self, request_id):
        with self.ready:
            self.ready.wait_for(lambda: request_id in self.lines, 10)
            return self.lines.get(request_id, {})

    def wait_until_up(self):
        for _ in range(500):
            try:
                if get(self.admin, "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        sys.exit(f"demo: the {self.policy} gateway found no worker")

    def ask(self, messages):
        """One streamed turn: the answer's text, its first token's time in
        ms, and the gateway's access line."""
        text, ms, request_id = ask(self.address, messages)
        return text, ms, self.line_of(request_id)

    def drain(self, worker):
        get(self.admin, f"/workers/{worker}/drain", "POST")

    def stop(self):
        self.gateway.stop()
        self.sim.stop()


def ask(address, messages):
    """The answer's text, its first token's time in ms, its id."""
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=120)
    begin = time.monotonic()
    first = None
    text = []
    connection.request("POST", "/v1/chat/completions", json.dumps({
        "model": "demo", "messages": messages, "stream": True,
        "max_tokens": 48, "stream_options": {"include_usage": True},
    }), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"demo: {answer.status} {answer.read().decode()}")
    for line in answer:
        if not line.startswith(b"data: {"):
            continue
        first = first or time.monotonic()
        for choice in json.loads(line[6:])["choices"]:
            text.append(choice["delta"].get("content") or "")
    request_id = answer.getheader("x-request-id")
    connection.close()
    return "".join(text), ((first or begin) - begin) * 1e3, request_id


def get(address, path, method="GET"):
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def cached_share(entry):
    total = entry.get("prompt_tokens") or 0
    return (entry.get("cached_tokens") or 0) / total if total else 0.0


def play_turn(sides, histories, number, turn):
    """One conversation's next turn on both sides; histories differ by the
    answers, so each side keeps its own."""
    question = QUESTIONS[turn % len(QUESTIONS)].format(SUBJECTS[number])
    if turn == 0:
        question = notes(SUBJECTS[number]) + "\n" + question
        time.sleep(0.3 * number)  # people do not come all at once
    results = []
    for side, history in zip(sides, histories):
        history.append({"role": "user", "content": question})
        text, ms, entry = side.ask(history)
        history.append({"role": "assistant", "content": text})
        results.append((ms, entry))
    return number, turn, results


def describe(number, turn, results):
    (ours_ms, ours), (other_ms, other) = results
    blocks = f"{ours.get('matched_blocks', 0)}/{ours.get('prompt_blocks', 0)}"
    return (f"conversation {number + 1} turn {turn + 1}: "
            f"{ours.get('worker', '?'):<9} "
            f"{blocks:>9} blocks there, first token {ours_ms:6.0f} ms   | "
            f"round_robin: {other.get('worker', '?'):<9} "
            f"{cached_share(other):4.0%} cached {other_ms:6.0f} ms")


def play(sides):
    histories = [[[{"role": "system", "content": system_prompt()}]
                  for _ in sides] for _ in range(CONVERSATIONS)]
    results = [[], []]
    with concurrent.futures.ThreadPoolExecutor(CONVERSATIONS) as pool:
        for turn in range(TURNS):
            turns = [pool.submit(play_turn, sides, histories[n], n, turn)
                     for n in range(CONVERSATIONS)]
            for done in concurrent.futures.as_completed(turns):
                number, at, both = done.result()
                print(describe(number, at, both), flush=True)
                for mine, result in zip(results, both):
                    mine.append(result)
    return results


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def print_table(sides, results):
    print()
    print(f"{'policy':<12} {'turns':>5} {'tokens cached':>14} "
          f"{'TTFT mean':>10} {'p50':>8} {'p90':>8}   turns a worker")
    for side, mine in zip(sides, results):
        times = [ms for ms, _ in mine]
        asked = sum(e.get("prompt_tokens") or 0 for _, e in mine)
        cached = sum(e.get("cached_tokens") or 0 for _, e in mine)
        share = [sum(e.get("worker") == f"worker-{n}" for _, e in mine)
                 for n in range(WORKERS)]
        print(f"{side.policy:<12} {len(mine):>5} "
              f"{cached / max(asked, 1):>13.0%}  "
              f"{statistics.mean(times):>7.0f} ms "
              f"{percentile(times, .5):>5.0f} ms "
              f"{percentile(times, .9):>5.0f} ms   {share}")
    exact = sum(e.get("prediction") in ("exact", "index_changed")
                for _, e in results[0])
    known = sum(e.get("prediction") not in (None, "unknown")
                for _, e in results[0])
    print(f"\npredictions of cached tokens that held: {exact} of {known}")
    ratio = (statistics.mean([ms for ms, _ in results[1]]) /
             max(statistics.mean([ms for ms, _ in results[0]]), 0.001))
    print(f"mean time to first token: round_robin takes {ratio:.1f} times "
          "as long\n(the workers are simulated: they charge the time of an "
          "L4 GPU and compute no model)")


def show_fetch(build, folder):
    """A worker takes no new work, but its blocks are still there for those
    that do."""
    # The first fleet of that policy has told its addresses in the other.
    folder = os.path.join(folder, "fetch")
    os.mkdir(folder)
    side = Side(build, folder, "cost", 3, HOST_MEMORY)
    side.wait_until_up()
    history = [{"role": "system", "content": system_prompt()},
               {"role": "user", "content": notes(SUBJECTS[0])
                + "\n" + QUESTIONS[0].format(SUBJECTS[0])}]
    text, _, first = side.ask(history)
    side.drain(first["worker"])
    history += [{"role": "assistant", "content": text},
                {"role": "user",
                 "content": QUESTIONS[1].format(SUBJECTS[0])}]
    time.sleep(0.2)  # what it holds is told by events
    _, fetched_ms, entry = side.ask(history)
    other = next(n for n in range(3) if f"worker-{n}" not in
                 (first["worker"], entry["worker"]))
    _, computed_ms, _ = ask(side.workers[other], history)
    print(f"\n{first['worker']} is drained. {entry['worker']} serves the "
          f"next turn: {entry.get('cached_tokens', 0) // BLOCK}/"
          f"{entry['prompt_blocks']} blocks\nfetched from "
          f"{entry.get('source', 'nobody')}, first token "
          f"{fetched_ms:.0f} ms; worker-{other}, which computes them all: "
          f"{computed_ms:.0f} ms")
    side.stop()


def print_urls(side):
    body = ('{"model":"demo","messages":[{"role":"user",'
            '"content":"Hello"}]}')
    print(f"""
still up, with the cost fleet; try
  curl http://{side.address}/v1/models
  curl http://{side.address}/v1/chat/completions \\
       -H 'content-type: application/json' -d '{body}'
  curl http://{side.admin}/workers?format=text
  curl http://{side.admin}/metrics
  curl http://{side.admin}/explain -d '{body}'
its configuration: {side.config}
Ctrl-C stops it""", flush=True)


class Show(threading.Thread):
    """All that there is to see, in a thread that may be left where it is:
    whoever waits for the user's Ctrl-C does nothing else."""

    def __init__(self, args, folder, over):
        super().__init__(daemon=True)
        self.args, self.folder, self.over = args, folder, over
        self.fault = None

    def play(self):
        build = self.args.build
        sides = [Side(build, self.folder, policy)
                 for policy in ("cost", "round_robin")]
        for side in sides:
            side.wait_until_up()
        print(f"{WORKERS} simulated workers, {CONVERSATIONS} "
              f"conversations of {TURNS} turns, one system prompt\n")
        print_table(sides, play(sides))
        show_fetch(build, self.folder)
        if not self.args.once:
            print_urls(sides[0])

    def run(self):
        try:
            self.play()
        except SystemExit as said:
            self.fault = str(said.code)
        except Exception:  # whatever it is: said, unless it was we who ended
            self.fault = traceback.format_exc()
        if self.args.once or self.fault:
            self.over.set()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--once", action="store_true",
                        help="stop after the table")
    args = parser.parse_args()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "..", ".."))
    over, fault = threading.Event(), None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with tempfile.TemporaryDirectory(prefix="warmpath-demo-",
                                     ignore_cleanup_errors=True) as folder:
        show = Show(args, folder, over)
        show.start()
        over.wait()
        fault = show.fault
        if not fault and not args.once:
            print("\nstopping")
        Child.stop_all()
    if fault:
        print(fault, file=sys.stderr)
    sys.stdout.flush()
    os._exit(1 if fault else 0)  # the show may still be amid a turn


if __name__ == "__main__":
    main()
