"""The proxy benchmark: warmpath beside HAProxy and nginx, as ratios within
one run. Every round takes each target once, in another order, and gives one
ratio; what is told is the median of the rounds and their quartiles."""
import random
import statistics

import measure
from goals import Row, ratio_row
from targets import Direct, Haproxy, HaproxyDefault, Nginx, Warmpath

US = "us"


class Scenario:
    def __init__(self, name, unit, options, cpu=None, syscalls=None,
                 added=None, ms=400, others=0):
        self.name, self.unit, self.options = name, unit, options
        # (goal, must, moonshot) of warmpath / HAProxy; syscalls' moonshot
        # is a count, its must is HAProxy's own.
        self.cpu, self.syscalls, self.added = cpu, syscalls, added
        self.ms = ms
        self.others = others  # blocks in the index beside the prompts'

    def bodies(self):
        return {key: self.options[key] for key in (
            "body", "stream", "every_us", "events", "completions")
            if key in self.options}


SCENARIOS = (
    Scenario("small", "request", {"connections": 64, "body": 300},
             cpu=(1, 0.80, 0.60), syscalls=(5, 4.3)),
    Scenario("large", "request", {"connections": 64, "body": 40000},
             cpu=(2, 1.0, 0.75), syscalls=(5, 4.7), others=10_000_000),
    # Text prompts, which the gateway can tokenize by itself.
    Scenario("text", "request",
             {"connections": 64, "body": 300, "completions": True},
             cpu=("", None, None), syscalls=("", None)),
    Scenario("text_large", "request",
             {"connections": 64, "body": 40000, "completions": True},
             cpu=("", None, None), syscalls=("", None), others=10_000_000),
    Scenario("single", "request", {"connections": 1, "body": 300},
             cpu=("", None, None), syscalls=(5, 6.0),
             added=(6, 1.0, 0.75)),
    Scenario("open", "request",
             {"connections": 64, "body": 300, "rate": 2000},
             cpu=("", None, None)),
    Scenario("sse", "event",
             {"connections": 256, "stream": True, "every_us": 10000,
              "events": 500, "body": 300},
             cpu=(3, 0.95, 0.80), syscalls=(5, 2.3), ms=800),
    Scenario("sse_light", "event",
             {"connections": 16, "stream": True, "every_us": 30000,
              "events": 500, "body": 300},
             added=(6, 1.0, 0.6), ms=800),
)
EXACT = ("memory", "instructions")


class ProxyBench:
    def __init__(self, program, backend, kinds, rounds, say):
        self.program, self.backend = program, backend
        self.kinds, self.rounds, self.say = kinds, rounds, say
        self.rows, self.raw = [], {}

    # --- noisy figures, in rounds -----------------------------------

    def kinds_of(self, scenario):
        kinds = [k for k in self.kinds
                 if k not in (HaproxyDefault, Warmpath)]
        if Warmpath in self.kinds:
            kinds.append(Warmpath.holding(scenario.bodies(),
                                          scenario.others))
        if scenario.added:
            kinds.append(Direct)
        if scenario.name == "sse_light" and HaproxyDefault in self.kinds:
            kinds.append(HaproxyDefault)
        return kinds

    def run_rounds(self, scenario, running):
        rounds = []
        for number in range(self.rounds):
            order = list(running)
            random.shuffle(order)
            rounds.append({
                target.name: measure.burst(
                    self.program, target, scenario.unit, ms=scenario.ms,
                    **scenario.options)
                for target in order})
            self.say(f"  {scenario.name}: round {number + 1} "
                     f"of {self.rounds}")
        return rounds

    def tell_cpu(self, scenario, rounds):
        goal, must, moonshot = scenario.cpu
        base = statistics.median(r["haproxy"]["cpu_us"] for r in rounds)
        self.rows.append(Row("", f"{scenario.name}: CPU, haproxy", base, US))
        for name in ("warmpath", "nginx"):
            if name not in rounds[0]:
                continue
            ratios = [r[name]["cpu_us"] / r["haproxy"]["cpu_us"]
                      for r in rounds]
            bounds = (must, moonshot) if name == "warmpath" else (None, None)
            self.rows.append(ratio_row(
                goal if name == "warmpath" else "",
                f"{scenario.name}: CPU, {name} / haproxy", ratios, *bounds))

    def added_ratios(self, rounds, name, base):
        """Rounds in which the base added nothing tell nothing."""
        ratios = []
        for r in rounds:
            direct = r["direct"]["p50_us"]
            below = r[base]["p50_us"] - direct
            if below > 0:
                ratios.append((r[name]["p50_us"] - direct) / below)
        return ratios

    def tell_added(self, scenario, rounds):
        goal, must, moonshot = scenario.added
        for name in rounds[0]:
            if name != "direct":
                added = [r[name]["p50_us"] - r["direct"]["p50_us"]
                         for r in rounds]
                self.rows.append(Row(
                    "", f"{scenario.name}: added p50, {name}",
                    statistics.median(added), US))
        pairs = [("nginx", "haproxy", "", None, None),
                 ("warmpath", "haproxy", goal, must, moonshot),
                 ("warmpath", "haproxy-default", 7, 0.01, 0.002)]
        for name, base, goal, must, moonshot in pairs:
            if name in rounds[0] and base in rounds[0]:
                ratios = self.added_ratios(rounds, name, base)
                if ratios:
                    self.rows.append(ratio_row(
                        goal, f"{scenario.name}: added p50, {name} / {base}",
                        ratios, must, moonshot))

    def tell_syscalls(self, scenario, running):
        goal, moonshot = scenario.syscalls
        seen = {target.name: measure.syscalls(
            self.program, target, scenario.unit, ms=scenario.ms,
            **scenario.options)
            for target in running
            if target.name in ("haproxy", "nginx", "warmpath")}
        for name, value in seen.items():
            ours = name == "warmpath"
            self.rows.append(Row(
                goal if ours else "",
                f"{scenario.name}: system calls, {name}", value,
                f"per {scenario.unit}", must=seen["haproxy"] if ours else None,
                moonshot=moonshot if ours else None))

    def run_scenario(self, scenario):
        running = []
        try:
            for kind in self.kinds_of(scenario):
                running.append(kind(self.backend).start())
            rounds = self.run_rounds(scenario, running)
            self.raw[scenario.name] = rounds
            if scenario.cpu:
                self.tell_cpu(scenario, rounds)
            if scenario.added:
                self.tell_added(scenario, rounds)
            if scenario.syscalls:
                self.tell_syscalls(scenario, running)
        finally:
            for target in running:
                target.stop()

    # --- exact figures ----------------------------------------------

    def compared(self):
        return [k for k in (Haproxy, Nginx, Warmpath) if k in self.kinds]

    def tell_exact(self, goal, name, unit, seen, must, moonshot):
        for kind, value in seen.items():
            self.rows.append(Row("", f"{name}, {kind}", value, unit))
        if "warmpath" in seen:
            self.rows.append(Row(
                goal, f"{name}, warmpath / haproxy",
                seen["warmpath"] / seen["haproxy"], "ratio", must=must,
                moonshot=moonshot))

    def run_memory(self):
        """All begin at once, as when clients come back after a restart:
        what is kept of that peak is part of the price."""
        cases = (("idle connection", 2000, {"burst": True}),
                 ("live stream", 1000, {
                     "burst": True, "stream": True, "every_us": 1000000,
                     "events": 1000}))
        for name, count, options in cases:
            seen = {}
            for kind in self.compared():
                self.say(f"  memory: {name}, {kind.name}")
                seen[kind.name] = measure.memory(
                    self.program, kind, self.backend, count, **options)
            self.tell_exact(8, f"memory of an {name}" if name[0] in "aeiou"
                            else f"memory of a {name}", "bytes", seen,
                            0.25, 0.10)

    def run_instructions(self):
        small = {"connections": 16, "body": 300}
        stream = {"connections": 64, "body": 300, "stream": True,
                  "every_us": 20000, "events": 100000}
        cases = (("small request", "request", 500, 2500, small, 0.5, 0.25),
                 ("event", "event", 2000, 12000, stream, 0.35, 0.15))
        for name, unit, few, many, options, must, moonshot in cases:
            seen = {}
            for kind in self.compared():
                self.say(f"  instructions: {name}, {kind.name}")
                seen[kind.name] = measure.instructions(
                    self.program, kind, self.backend, unit, few, many,
                    **options)
            self.tell_exact(4, f"user instructions of a {name}"
                            if unit == "request" else
                            "user instructions of an event", "", seen,
                            must, moonshot)

    def run(self, wanted):
        for scenario in SCENARIOS:
            if scenario.name in wanted:
                self.run_scenario(scenario)
        if "memory" in wanted:
            self.run_memory()
        if "instructions" in wanted:
            self.run_instructions()


def names():
    return [s.name for s in SCENARIOS] + list(EXACT)
