#!/usr/bin/env python3
"""Loads a gateway that counts where it goes, for `make tuned`.

usage: train.py COUNTED BUILD OUT
COUNTED is the folder of that gateway, BUILD that of warmpath-sim and
warmpath-bench. The counts of each object, its .gcda, are in OUT afterwards,
by the object's path. All runs on loopback, on ports that the kernel picks.

The loads are what gateways see, by number and not by time: chats of all
sizes, completions, streams, with and without tenants and an access log; and
conversations with workers that publish events."""
import concurrent.futures
import glob
import hashlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MODEL = os.path.join(ROOT, "models", "demo")
TEXT = os.path.join(ROOT, "tools", "demo", "text", "*.txt")
KEY = "sk-training"
PATIENCE_S = 120
WORKERS = 3
CONVERSATIONS, TURNS, CLIENTS = 60, 6, 4

LOADS = (
    {"units": 6000, "body": 700, "connections": 24},
    {"units": 1500, "body": 3000, "shared": 500, "text": True},
    {"units": 300, "body": 60000, "shared": 20000, "text": True,
     "grow": True},
    {"units": 100, "body": 60000, "shared": 20000, "text": True},
    {"units": 1500, "body": 900, "completions": True},
    {"units": 30000, "body": 700, "stream": True, "events": 60,
     "every-us": 2000},
)


class Failed(Exception):
    pass


class Program:
    """One that says where it is reached, in a file or on standard output."""

    def __init__(self, folder, name, command, env=None):
        self.name = name
        self.announce = os.path.join(folder, name + ".json")
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command(self.announce), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **(env or {})})

    def announced(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            for path in (self.announce, self.log):
                try:
                    with open(path) as f:
                        return json.load(f)
                except (FileNotFoundError, ValueError):
                    continue
            time.sleep(0.02)
        raise Failed(f"{self.name} did not start: {self.tail()}")

    def tail(self):
        with open(self.log, errors="replace") as f:
            return f.read()[-2000:]

    def stop(self):
        """Counts are written as it ends."""
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if status != 0:
            raise Failed(f"{self.name} ended with {status}: {self.tail()}")


class Training:
    def __init__(self, folder, counted, build, out):
        self.folder, self.counted, self.build = folder, counted, build
        # What stands before each object's path in the tree is replaced.
        self.env = {"GCOV_PREFIX": out, "GCOV_PREFIX_STRIP": str(
            len([part for part in counted.split(os.sep) if part]))}
        self.text = self.write("text", "".join(
            open(path, encoding="utf-8").read()
            for path in sorted(glob.glob(TEXT))))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def tool(self, name):
        return os.path.join(self.build, "warmpath-" + name)

    def gateway(self, name, workers, **more):
        config = self.write(name + ".yaml", json.dumps({
            "listen": ["127.0.0.1:0"], "admin": "127.0.0.1:0", "threads": 1,
            "models": [{"name": "demo", "tokenizer": MODEL,
                        "workers": workers}], **more}, indent=1))
        return Program(self.folder, name, lambda announce: [
            os.path.join(self.counted, "warmpath"), "--config", config,
            "--announce", announce], self.env)

    def load(self, address, options):
        words = [self.tool("bench"), "load", "--target", address,
                 "--key", KEY, "--ms", str(PATIENCE_S * 1000)]
        for key, value in options.items():
            words.append("--" + key)
            if key == "text":
                value = self.text
            if value is not True:
                words.append(str(value))
        ran = subprocess.run(words, capture_output=True, text=True,
                             timeout=2 * PATIENCE_S)
        if ran.returncode != 0 or '"errors": 0,' not in ran.stdout:
            raise Failed(f"{' '.join(words)}: {ran.stdout}{ran.stderr}")

    def plain(self, name, **more):
        """A gateway in front of a worker that answers at once."""
        backend = Program(self.folder, name + "-backend",
                          lambda _: [self.tool("bench"), "backend"])
        try:
            address = backend.announced()["listen"]
            gateway = self.gateway(name, [{"url": f"http://{address}"}],
                                   **more)
            try:
                listen, = gateway.announced()["listen"]
                for options in LOADS:
                    self.load(listen, options)
            finally:
                gateway.stop()
        finally:
            backend.stop()

    def fleet(self):
        """A gateway in front of workers whose events tell what they hold."""
        sim = Program(self.folder, "sim", lambda announce: [
            self.tool("sim"), "--workers", str(WORKERS), "--tokenizer", MODEL,
            "--profile", "fast", "--announce", announce])
        try:
            workers = [{key: w[key] for key in ("url", "events", "replay")}
                       for w in sim.announced()]
            gateway = self.gateway("fleet", workers)
            try:
                self.converse(gateway.announced()["listen"][0])
            finally:
                gateway.stop()
        finally:
            sim.stop()

    def converse(self, address):
        with open(self.text, encoding="utf-8") as f:
            text = f.read()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for done in [pool.submit(conversation, address, text, number)
                         for number in range(CONVERSATIONS)]:
                done.result()


def conversation(address, text, number):
    """Turns of which every other one is streamed."""
    at = 977 * number % (len(text) // 2)
    messages = [{"role": "system", "content": text[:2000]}]
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    for turn in range(TURNS):
        messages.append({"role": "user", "content":
                         f"{number}: {text[at:at + 200 * (turn + 1)]}"})
        connection.request("POST", "/v1/chat/completions", json.dumps({
            "model": "demo", "messages": messages, "max_tokens": 16,
            "stream": turn % 2 == 1}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise Failed(f"a conversation got {answer.status}: {body}")
        messages.append({"role": "assistant", "content": "As you wish."})
    connection.close()


def train(training):
    training.plain("lean", log={"access": False})
    training.plain(
        "production", log={"access": True, "format": "json"},
        tenants={"file": training.write("tenants.yaml", json.dumps({
            "tenants": [{"name": "training", "models": ["demo"], "keys": [
                "sha256:" + hashlib.sha256(KEY.encode()).hexdigest()]}]}))})
    training.fleet()


def main(counted, build, out):
    counted, build, out = map(os.path.abspath, (counted, build, out))
    for old in glob.glob(os.path.join(out, "**", "*.gcda"), recursive=True):
        os.remove(old)
    try:
        with tempfile.TemporaryDirectory(prefix="warmpath-train-") as folder:
            train(Training(folder, counted, build, out))
        if not os.path.exists(os.path.join(out, "router", "main.gcda")):
            raise Failed(f"the gateway left no counts in {out}")
    except (Failed, OSError, subprocess.TimeoutExpired) as why:
        print(f"train: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
