"""Reloads, certificate changes and upgrades, one upon the other, under load;
then a drain. Nothing may be lost: no request, no byte and no token.

usage: churn.py [--seconds N] [--rate N] [--streams N] [--seed N]
                                                           make churn

Clients ask at a steady rate, plain and over TLS, hold streams open, some of
them over HTTP/2, and know each answer beforehand. Meanwhile the
configuration is read again and again, with other workers each time, the
certificate is renewed and the program is started anew under them."""
import argparse
import asyncio
import collections
import json
import os
import random
import signal
import socket
import ssl
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import books  # noqa: E402 (needs the path)
import harness  # noqa: E402
from certificates import Authority  # noqa: E402
from churn_clients import Clients, Truth  # noqa: E402

RELOADS, CERTIFICATES, UPGRADES = 20, 5, 3
N_WORKERS, H2_CONNECTIONS = 4, 4
PATIENCE_S = 30


class Size:
    """How much of it all."""

    def __init__(self, seconds=60, rate=500, streams=200, reloads=RELOADS,
                 certificates=CERTIFICATES, upgrades=UPGRADES,
                 stream_tokens=40):
        self.seconds, self.rate, self.streams = seconds, rate, streams
        self.changes = ["reload"] * reloads + \
            ["renew"] * certificates + ["upgrade"] * upgrades
        self.stream_tokens = stream_tokens


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Churn:
    def __init__(self, programs, size, seed, folder):
        self.size, self.draw = size, random.Random(seed)
        steady = dict(block_size=16, profile="fast", t0=0.1)
        self.workers = programs.fleet(N_WORKERS, **steady)
        reference = programs.start(harness.Worker, "reference",
                                   **{**steady, "t0": 0})
        self.authority = Authority(folder)
        self.certificate = self.authority.sign("first")
        self.settings = books.config(
            self.workers, {"tokenizer": "models/demo"}, threads=2,
            # By steps this slow it would think the workers at their limit.
            admission={"mode": "off"},
            # An address of its own, as a reload knows them by what is asked.
            tls={"listen": "127.0.0.2:0", "key": self.certificate.key,
                 "certificate": self.certificate.certificate},
            log={"level": "info", "format": "json", "access": True},
            timeouts={"drain_delay": "1s", "drain": "1h"})
        self.g = programs.start(harness.Gateway, self.settings)
        self.pids = [self.g.pid]
        harness.wait_until(lambda: self.admin("/readyz").status == 200, 20,
                           "readiness")
        self.context = ssl.create_default_context(
            cafile=self.authority.certificate)
        plain, tls = map(harness.split_address, self.g.announced["listen"])
        self.tls = tls
        self.clients = Clients(
            [(plain, None), (tls, self.context)],
            Truth(reference, 20, 2, size.stream_tokens))
        self.done = collections.Counter()

    def admin(self, path):
        return harness.request(self.g.admin, "GET", path)

    def log(self):
        """But for what is said before it is known how lines look."""
        return [json.loads(line)
                for line in harness.whole_lines(self.g.stderr())
                if line.startswith("{")]

    # --- changes ------------------------------------------------------

    def reload(self):
        """One of the workers goes, and ends what it has, or comes back."""
        def loaded():
            found = harness.Metrics(self.admin("/metrics").text)
            assert found.value("warmpath_config_last_reload_success") == 1
            return found.value("warmpath_config_last_reload_timestamp_seconds")
        model, before = self.settings["models"][0], loaded()
        n = N_WORKERS - 1 + self.done["reload"] % 2
        self.g.write_config({**self.settings, "models": [{
            **model, "workers": model["workers"][:n]}]})
        os.kill(self.pids[-1], signal.SIGHUP)
        harness.wait_until(lambda: loaded() != before, PATIENCE_S, "a reload")

    def shown(self):
        """The certificate that a new client sees."""
        with socket.create_connection(self.tls, PATIENCE_S) as s:
            with self.context.wrap_socket(s, server_hostname="localhost") as t:
                return dict(x[0] for x in t.getpeercert()["subject"])

    def renew(self):
        name = f"renewed-{self.done['renew']}"
        self.certificate.replace(self.authority.sign(name))
        harness.wait_until(lambda: self.shown() == {"commonName": name},
                           PATIENCE_S, "the renewed certificate")

    def upgrade(self):
        def announced():
            with open(self.g.announce_path, encoding="utf-8") as f:
                return json.load(f)["pid"]
        os.kill(self.pids[-1], signal.SIGUSR2)
        harness.wait_until(lambda: announced() != self.pids[-1], PATIENCE_S,
                           "another process")
        self.pids.append(announced())

    async def change(self):
        """Evenly over the time there is, or as soon as the one before is
        in force."""
        changes, begun = self.size.changes, time.monotonic()
        self.draw.shuffle(changes)
        for i, kind in enumerate(changes):
            at = begun + (i + 1) * self.size.seconds / (len(changes) + 1)
            await asyncio.sleep(max(0, at - time.monotonic()))
            await asyncio.to_thread(getattr(self, kind))
            self.done[kind] += 1
        await asyncio.sleep(max(0, begun + self.size.seconds -
                                time.monotonic()))

    async def drain(self):
        """As one that asks for its readiness sees it: none comes any more
        once it is not ready, and all that are there are served."""
        os.kill(self.pids[-1], signal.SIGTERM)
        await asyncio.to_thread(
            harness.wait_until, lambda: self.admin("/readyz").status == 503,
            PATIENCE_S, "unreadiness")
        self.clients.stopped = True

    async def run(self):
        c, held = self.clients, self.size.streams
        over_h2 = held // 5 // H2_CONNECTIONS
        load = [asyncio.create_task(c.steadily(self.size.rate))]
        load += [asyncio.create_task(asyncio.to_thread(c.over_http2, over_h2))
                 for _ in range(H2_CONNECTIONS if over_h2 else 0)]
        load += [asyncio.create_task(c.stream_after_stream(i))
                 for i in range(held - over_h2 * H2_CONNECTIONS)]
        try:
            await self.change()
            await self.drain()
        finally:
            c.stopped = True
            await asyncio.gather(*load)
            c.close()

    # --- the end ------------------------------------------------------

    def check(self):
        c = self.clients
        assert not c.faults, "\n".join(c.faults)
        harness.wait_until(lambda: not any(map(alive, self.pids)), PATIENCE_S,
                           "the end of all")
        lines = [x for x in self.log() if "outcome" in x]
        sent = c.sent + c.sent_h2
        assert sent == c.answered + c.streamed
        assert c.crossed <= sent / 20
        assert collections.Counter(x["outcome"] for x in lines) == \
            {"ok": sent}
        assert len({x["request_id"] for x in lines}) == sent
        assert [x for x in self.log() if x.get("level") == "error"] == []

    def end(self):
        for pid in self.pids[1:]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)

    def report(self):
        c = self.clients
        print(f"churn: {dict(self.done)}; {c.answered} answers, the slowest "
              f"took {c.slowest_s:.2f} s; {c.streamed} streams of "
              f"{self.size.stream_tokens} tokens; {c.opened} connections, "
              f"{c.crossed} closed as they were asked; "
              f"{len(self.pids)} processes", flush=True)


def churn(programs, size, seed, folder):
    """Raises AssertionError at the first thing that is wrong."""
    run = Churn(programs, size, seed, folder)
    try:
        asyncio.run(run.run())
        run.report()
        run.check()
    finally:
        run.end()
    return run


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--rate", type=float, default=500)
    options.add_argument("--streams", type=int, default=200)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    print(f"churn: seed {chosen.seed}", flush=True)
    programs = harness.Programs()
    try:
        with tempfile.TemporaryDirectory() as folder:
            churn(programs, Size(chosen.seconds, chosen.rate, chosen.streams),
                  chosen.seed, folder)
    finally:
        faults = programs.stop()
    print("\n".join(faults) if faults else "churn: fine")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
