"""The proxy benchmark: warmpath beside HAProxy and nginx, as ratios within
one run. Every round takes each target once, in another order, and gives one
ratio; what is told is the median of the rounds and their quartiles."""
import random
import statistics

import measure
from gateway import Production, TwoLanes, Warmpath
from goals import Row, ratio_row
from targets import (Direct, Haproxy, HaproxyDefault, HaproxyTwoThreads,
                     Nginx, Relay)

US = "us"
OURS = (Warmpath.name, Production.name)


class Scenario:
    def __init__(self, name, unit, options, cpu=None, syscalls=None,
                 added=None, ms=400, others=0,
                 with_relay=False):
        self.name, self.unit, self.options = name, unit, options
        # (goal, must, moonshot) of warmpath / HAProxy; syscalls' moonshot
        # is a count, its must is HAProxy's own.
        self.cpu, self.syscalls, self.added = cpu, syscalls, added
        self.ms = ms
        self.with_relay = with_relay  # for what the kernel takes
        self.others = others  # blocks in the index beside the prompts'

    def bodies(self):
        return {key: self.options[key] for key in (
            "body", "stream", "every_us", "events", "completions")
            if key in self.options}


SCENARIOS = (
    Scenario("small", "request", {"connections": 64, "body": 300},
             cpu=(1, 0.80, 0.60), syscalls=(5, 4.3), with_relay=True),
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
             cpu=(3, 0.95, 0.80), syscalls=(5, 2.3), ms=800,
             with_relay=True),
    Scenario("sse_light", "event",
             {"connections": 16, "stream": True, "every_us": 30000,
              "events": 500, "body": 300},
             added=(6, 1.0, 0.6), ms=800),
)
OTHERS = ("memory", "instructions", "lanes")


class ProxyBench:
    def __init__(self, program, backend, kinds, rounds, say):
        self.program, self.backend = program, backend
        self.kinds, self.rounds, self.say = kinds, rounds, say
        self.rows, self.raw = [], {}

    # --- noisy figures, in rounds -----------------------------------

    def kinds_of(self, scenario):
        left_out = {HaproxyDefault} if scenario.with_relay else {
            HaproxyDefault, Relay}
        kinds = [k.holding(scenario.bodies(), scenario.others)
                 if issubclass(k, Warmpath) else k
                 for k in self.kinds if k not in left_out]
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
        for name in (*OURS, "nginx", Relay.name):
            if name not in rounds[0]:
                continue
            ratios = [r[name]["cpu_us"] / r["haproxy"]["cpu_us"]
                      for r in rounds]
            bounds = (must, moonshot) if name in OURS else (None, None)
            self.rows.append(ratio_row(
                goal if name in OURS else "",
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
        pairs = [("nginx", "haproxy", "", None, None)]
        for ours in OURS:
            pairs += [(ours, "haproxy", goal, must, moonshot),
                      (ours, "haproxy-default", 7, 0.01, 0.002)]
        for name, base, goal, must, moonshot in pairs:
            if name in rounds[0] and base in rounds[0]:
                ratios = self.added_ratios(rounds, name, base)
                if ratios:
                    self.rows.append(ratio_row(
                        goal, f"{scenario.name}: added p50, {name} / {base}",
                        ratios, must, moonshot))

    def count_syscalls(self, scenario, running):
        return {target.name: measure.syscalls(
            self.program, target, scenario.unit, ms=scenario.ms,
            **scenario.options)
            for target in running
            if target.name in ("haproxy", "nginx", Relay.name, *OURS)}

    def tell_syscalls(self, scenario, seen):
        goal, moonshot = scenario.syscalls
        for name, value in seen.items():
            ours = name in OURS
            self.rows.append(Row(
                goal if ours else "",
                f"{scenario.name}: system calls, {name}", value,
                f"per {scenario.unit}", must=seen["haproxy"] if ours else None,
                moonshot=moonshot if ours else None))

    def rounds_of(self, kinds, scenario, after=None):
        """Starts all, runs the rounds; `after` is called with those that
        run still."""
        running = []
        try:
            for kind in kinds:
                running.append(kind(self.backend).start())
            rounds = self.run_rounds(scenario, running)
            if after:
                after(running)
        finally:
            for target in running:
                target.stop()
        return rounds

    def run_scenario(self, scenario):
        def count(running):
            if scenario.syscalls:
                syscalls.update(self.count_syscalls(scenario, running))
        syscalls = {}
        rounds = self.rounds_of(self.kinds_of(scenario), scenario, count)
        self.raw[scenario.name] = rounds
        if scenario.cpu:
            self.tell_cpu(scenario, rounds)
        if scenario.added:
            self.tell_added(scenario, rounds)
        if scenario.syscalls:
            self.tell_syscalls(scenario, syscalls)

    # --- exact figures ----------------------------------------------

    def compared(self):
        return [k for k in (Haproxy, Nginx, Warmpath, Production)
                if k in self.kinds]

    def tell_exact(self, goal, name, unit, seen, must, moonshot):
        for kind, value in seen.items():
            self.rows.append(Row("", f"{name}, {kind}", value, unit))
        for ours in OURS:
            if ours in seen:
                self.rows.append(Row(
                    goal, f"{name}, {ours} / haproxy",
                    seen[ours] / seen["haproxy"], "ratio", must=must,
                    moonshot=moonshot))

    def run_memory(self):
        """Connections that come one by one; and those that begin at once,
        as when clients come back after a restart: what is kept of that peak
        is part of the price. Idle is who has asked for nothing for some
        seconds."""
        cases = (("10,000 idle connections, each", 10000, {"rest_s": 5}),
                 ("2,000 idle connections after a peak, each", 2000,
                  {"burst": True, "rest_s": 5}),
                 ("2,000 live streams, each", 2000, {
                     "burst": True, "stream": True, "every_us": 2000000,
                     "events": 1000}))
        for name, count, options in cases:
            seen = {}
            for kind in self.compared():
                self.say(f"  memory: {name}, {kind.name}")
                seen[kind.name] = measure.memory(
                    self.program, kind, self.backend, count, **options)
            self.tell_exact(8, f"memory of {name}", "bytes", seen, 0.25, 0.10)

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

    # --- two loops on two cores -------------------------------------

    def run_lanes(self):
        """Load and backend need one of the cores as well: what a request
        costs is what can be told of a second loop, its rate only so far."""
        for scenario in (s for s in SCENARIOS if s.name in ("small", "sse")):
            self.tell_lanes(scenario, self.rounds_of(
                [Haproxy, HaproxyTwoThreads] + [
                    k.holding(scenario.bodies())
                    for k in (Warmpath, TwoLanes)], scenario))

    def tell_lanes(self, scenario, rounds):
        for name in rounds[0]:
            self.rows.append(Row(
                "", f"lanes: {scenario.name}: {scenario.unit}s/s, {name}",
                statistics.median(r[name]["units_per_s"] for r in rounds),
                "1/s"))
        for two, one in ((HaproxyTwoThreads, Haproxy), (TwoLanes, Warmpath),
                         (TwoLanes, HaproxyTwoThreads)):
            self.rows.append(ratio_row(
                "", f"lanes: {scenario.name}: CPU, {two.name} / {one.name}",
                [r[two.name]["cpu_us"] / r[one.name]["cpu_us"]
                 for r in rounds]))

    def run(self, wanted):
        for scenario in SCENARIOS:
            if scenario.name in wanted:
                self.run_scenario(scenario)
        if "memory" in wanted:
            self.run_memory()
        if "instructions" in wanted:
            self.run_instructions()
        if "lanes" in wanted:
            self.run_lanes()


def names():
    return [s.name for s in SCENARIOS] + list(OTHERS)
