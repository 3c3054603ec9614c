"""Mixed faults for as long as one likes, against the real binary.

usage: soak.py [--minutes N] [--seed N]     make soak MINUTES=10

Clients ask all the time, and know what must be answered. Meanwhile workers
die, hang, babble and freeze, events are lost, hostile clients come, and the
configuration is read again and again. Every few seconds all falls silent,
and the books must balance: each request that began has ended, no gauge is
above 0, no descriptor is left, and memory does not grow."""
import argparse
import concurrent.futures
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import accounts  # noqa: E402 (needs the path)
import books  # noqa: E402
import harness  # noqa: E402
import hostile  # noqa: E402
from witness import Witness  # noqa: E402

N_WORKERS, N_CLIENTS = 4, 4
CYCLE_S = 10
LIVELY = dict(block_size=16, profile="fast", speed=20,
              tokenizer="models/demo")
# After the first third, by a line through what is left.
GROWTH_MIB_PER_HOUR, NOISE_MIB = 1, 3
FEWEST_RESTS = 8  # before it all is still getting warm


class Soak:
    def __init__(self, programs, seed):
        self.draw = random.Random(seed)
        self.workers = [programs.start(books.Fixed, f"worker-{i}", **LIVELY)
                        for i in range(N_WORKERS)]
        self.reference = programs.start(harness.Worker, "reference",
                                        **LIVELY)
        self.programs = programs
        self.g = programs.start(
            books.Front, self.workers, {"tokenizer": "models/demo"},
            threads=2, log={"level": "error", "format": "json",
                            "access": True},
            index={"conversations_max_size": "4MiB",
                   "memo_max_size": "1MiB"},
            # Its pages are touched one by one, which looks like growth.
            explain={"keep": "64KiB"},
            timeouts={"first_byte": "1s", "between_bytes": "1s",
                      "connect": "500ms", "pool_idle": "500ms"})
        self.seen, self.resident, self.stopped = {}, [], False

    # --- faults -------------------------------------------------------

    def die(self):
        at = self.draw.randrange(N_WORKERS)
        self.workers[at].kill()
        time.sleep(self.draw.random())
        self.workers[at] = self.programs.start(self.workers[at].again)

    def freeze(self):
        worker = self.draw.choice(self.workers)
        worker.signal(signal.SIGSTOP)
        time.sleep(2 * self.draw.random())
        worker.signal(signal.SIGCONT)

    def misbehave(self):
        kind, more = self.draw.choice([
            ("hang", {}), ("reset", {}), ("slow", {"ms": 300}),
            ("status", {"status": 503}), ("status", {"status": 429}),
            ("status", {"status": 500}), ("cut_midstream", {"after": 2}),
            ("hang_midstream", {"after": 2}), ("bad_chunk", {"after": 1}),
            ("short_body", {}), ("restart_empty", {}),
            ("drop_events", {"count": 20}), ("silence", {"on": True})])
        worker = self.draw.choice(self.workers)
        books.fault(worker, kind, **{"count": self.draw.randrange(1, 9),
                                     **more})
        time.sleep(self.draw.random())
        books.fault(worker, "clear")

    def attack(self):
        self.draw.choice(hostile.ATTACKS)(self.g.address)

    def reload(self):
        """Some of the workers are there no more, or are again."""
        model = self.g.settings["models"][0]
        n = self.draw.randrange(2, N_WORKERS + 1)
        self.g.write_config({**self.g.settings, "models": [{
            **model, "workers": self.draw.sample(model["workers"], n)}]})
        self.g.signal(signal.SIGHUP)

    def freeze_gateway(self):
        self.g.signal(signal.SIGSTOP)
        time.sleep(0.5 * self.draw.random())
        self.g.signal(signal.SIGCONT)

    # --- clients ------------------------------------------------------

    def ask_on(self, name):
        one, n = Witness(self.g.address, self.reference), 0
        while not self.stopped:
            n += 1
            what = one.ask(f"{name} asks {n % 50} times {name}" * 5,
                           stream=n % 3 != 0)
            self.seen[what] = self.seen.get(what, 0) + 1

    def hurt(self, until):
        faults = [self.die, self.freeze, self.misbehave, self.misbehave,
                  self.misbehave, self.attack, self.attack, self.attack,
                  self.reload, self.freeze_gateway]
        while time.monotonic() < until:
            try:
                self.draw.choice(faults)()
            except (OSError, harness.http.client.HTTPException):
                pass  # a worker that another fault has put out

    def cycle(self, seconds):
        self.stopped = False
        until = time.monotonic() + seconds
        with concurrent.futures.ThreadPoolExecutor(N_CLIENTS) as pool:
            clients = [pool.submit(self.ask_on, f"client {i}")
                       for i in range(N_CLIENTS)]
            try:
                self.hurt(until)
            finally:
                self.stopped = True
            for c in clients:
                c.result()
        self.rest()

    def rest(self):
        harness.wait_until(lambda: not accounts.held(self.g.metrics()), 20,
                           "rest")
        self.g.sent = accounts.accepted(self.g.metrics())
        accounts.wait_settled(self.g)
        accounts.wait_unburdened(self.g)
        harness.wait_until(lambda: not self.g.opening.surplus(self.g), 20,
                           f"no descriptors of {self.g.pid}")
        self.resident.append((time.monotonic(),
                              accounts.resident_bytes(self.g.pid)))

    # --- the end ------------------------------------------------------

    def slope(self):
        """MiB an hour, and MiB from the lowest to the highest."""
        points = self.resident[len(self.resident) // 3:]
        xs, ys = zip(*points)
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((a - x) ** 2 for a in xs)
        rise = sum((a - x) * (b - y) for a, b in points)
        return (rise / spread * 3600 if spread else 0) / 2 ** 20, \
            (max(ys) - min(ys)) / 2 ** 20

    def report(self):
        ended = accounts.outcomes(self.g.metrics())
        slope, spread = self.slope()
        print(f"soak: {len(self.resident)} rests, {self.g.sent} requests: "
              f"{ended}; clients saw {self.seen}; memory "
              f"{self.resident[-1][1] >> 20} MiB, {slope:+.1f} MiB/h over "
              f"the last two thirds, {spread:.1f} MiB apart", flush=True)
        accounts.check_log(self.g)
        if harness.SLOW == 1 and len(self.resident) >= FEWEST_RESTS and \
                spread > NOISE_MIB:
            assert slope <= GROWTH_MIB_PER_HOUR, "memory grows"


def soak(programs, seconds, seed, cycle_s=CYCLE_S):
    """Raises AssertionError at the first thing that is wrong."""
    run = Soak(programs, seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run.cycle(min(cycle_s, seconds))
        slope = run.slope()[0] if len(run.resident) > 3 else 0
        print(f"soak: {run.g.sent} requests, memory "
              f"{run.resident[-1][1] >> 10} KiB, {slope:+.1f} MiB/h",
              flush=True)
    run.report()
    return run


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    print(f"soak: seed {chosen.seed}", flush=True)
    programs = harness.Programs()
    try:
        soak(programs, chosen.minutes * 60, chosen.seed)
    finally:
        faults = programs.stop()
    print("\n".join(faults) if faults else "soak: fine")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
