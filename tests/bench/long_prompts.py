"""Chats of 220 KB, about 50,000 tokens, at 20, 100 and 200 at once: what
the gateway adds to the first byte, and how many of them a core carries.

All share a system message of 40 KB. Either the rest of every prompt is new
("new"), or conversations grow by a turn of about 2 KB each time
("growing"). The answers are streams of four events, at once. What a report
to llm-d's router measured with prompts of that size stands beside ("long-
context requests see >1s TTFT overhead": /v1/completions, streams, four
simulated workers, a KIND host of unknown cores)."""
import os
import statistics
import tempfile

import measure
import token_texts
from gateway import TwoLanes, Warmpath
from goals import Row
from targets import Backend, Direct, Haproxy

AT_ONCE = (20, 100, 200)
THEIRS = {20: "122/s, mean TTFT 154 ms", 100: "129/s, mean TTFT 724 ms",
          200: "129/s, mean TTFT 1453 ms"}
WORKERS = 4
BODY, SHARED = 220_000, 40_000
MS, ROUNDS = 1500, 3
VARIANTS = {"new": {}, "growing": {"grow": True}}
TOKENIZER = "llama-3.2"


def names():
    return [f"long_{variant}{lanes}" for variant in VARIANTS
            for lanes in ("", "_lanes")]


def published_tokenizer(root):
    folder = os.path.join(
        os.environ.get("WARMPATH_TESTDATA")
        or os.path.join(root, "..", "shared", "testdata"),
        "tokenizers", TOKENIZER)
    return folder if os.path.isdir(folder) else None


class LongPrompts:
    def __init__(self, program, root, say):
        self.program, self.say, self.rows, self.raw = program, say, [], {}
        self.model = published_tokenizer(root)
        self.tokens = TOKENIZER if self.model else "the demo's tokenizer"
        self.text = tempfile.NamedTemporaryFile(
            "w", prefix="warmpath-text-", encoding="utf-8")
        self.text.write(token_texts.read_files(
            token_texts.ENGLISH, 4 * token_texts.TEXT, 3))
        self.text.flush()

    def options(self, variant):
        return {"text": self.text.name, "body": BODY, "shared": SHARED,
                "stream": True, "events": 4, "every_us": 0,
                **VARIANTS[variant]}

    def held(self, variant):
        """Growing conversations are held as they begin, of new ones what
        all share."""
        sessions = max(AT_ONCE) if variant == "growing" else WORKERS
        return {**self.options(variant), "sessions": sessions}

    def start(self, kinds, variant, workers):
        running = []
        try:
            for kind in kinds:
                if issubclass(kind, Warmpath):
                    kind = type(kind.__name__, (kind,), {
                        "bodies": self.held(variant), "model": self.model})
                    running.append(kind([w.address for w in workers]))
                else:
                    running.append(kind(workers[0].address))
                running[-1].start()
        except Exception:
            self.stop(running)
            raise
        return running

    @staticmethod
    def stop(running):
        for target in running:
            target.stop()

    def burst(self, target, workers, at_once, variant):
        load = measure.Load(self.program, target, ms=MS,
                            connections=at_once, sessions=max(AT_ONCE),
                            **self.options(variant))
        groups = {"gateway": target.pids(), "load": [load.process.pid],
                  "workers": [w.process.pid for w in workers]}
        before = {k: measure.cpu_ns(pids) for k, pids in groups.items()}
        counts = load.go()
        seen = {k: (measure.cpu_ns(pids) - before[k]) / 1e9
                for k, pids in groups.items()}
        load.end(counts)
        n = measure.units_of(counts, "request")
        first = counts["first_us"]
        return {"rate": n / counts["seconds"],
                "cpu_us": seen["gateway"] * 1e6 / n,
                **{f"{k} %": 100 * s / counts["seconds"]
                   for k, s in seen.items()},
                **{k: first[k] / 1e3 for k in ("mean", "p50", "p95")}}

    def rounds(self, running, workers, at_once, variant):
        seen = []
        for number in range(ROUNDS):
            self.say(f"  long_{variant}: {at_once} at once, round "
                     f"{number + 1} of {ROUNDS}")
            seen.append({t.name: self.burst(t, workers, at_once, variant)
                         for t in running})
        self.raw[f"long_{variant} {at_once}"] = seen
        return {t.name: {key: statistics.median(r[t.name][key] for r in seen)
                         for key in seen[0][t.name]} for t in running}

    def tell(self, name, at_once, figures):
        direct = figures.pop("direct")
        for target, f in figures.items():
            what = f"{name}, {at_once} at once, {target}"
            busy = (f"gateway {f['gateway %']:.0f} % of a core, load "
                    f"{f['load %']:.0f} %, workers {f['workers %']:.0f} %")
            theirs = f"; llm-d: {THEIRS[at_once]}"
            self.rows.append(Row("", f"{what}: requests/s", f["rate"], "1/s",
                                 note=busy + theirs))
            self.rows.append(Row(
                "", f"{what}: requests/s a core", 1e6 / f["cpu_us"], "1/s",
                note=self.tokens if target != "haproxy" else ""))
            for key in ("mean", "p50", "p95"):
                self.rows.append(Row(
                    "", f"{what}: added first byte, {key}",
                    f[key] - direct[key], "ms",
                    note=f"{f[key]:.4g} against {direct[key]:.4g} direct"))

    def compare(self, kinds, variant):
        workers = [Backend(self.program) for _ in range(WORKERS)]
        try:
            running = self.start(kinds, variant, workers)
            try:
                for at_once in AT_ONCE:
                    self.tell(f"220 KB {variant}", at_once, self.rounds(
                        running, workers, at_once, variant))
            finally:
                self.stop(running)
        finally:
            self.stop(workers)

    def run(self, wanted):
        for variant in VARIANTS:
            if f"long_{variant}" in wanted:
                self.compare([Warmpath, Haproxy, Direct], variant)
            if f"long_{variant}_lanes" in wanted:
                self.compare([Warmpath, TwoLanes, Direct], variant)
