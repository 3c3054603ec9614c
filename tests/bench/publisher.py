"""The KV events of a worker that holds the benchmark's prompts and, where
asked, some million blocks of others: what a cache-aware gateway looks
things up in while it is measured."""
import json
import struct
import subprocess
import tempfile
import time
import urllib.request

import msgpack
import zmq

BLOCK = 16
RUN = 64      # blocks of one event
EVENTS = 16   # events of one message


def hash_bytes(value):
    return b"\xcf" + struct.pack(">Q", value)


class Publisher:
    """Binds at once; publishing waits for the gateway's subscription, since
    what is sent before it is lost."""

    def __init__(self):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.LINGER, 0)
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.sequence = 0
        self.next_hash = 1 << 40
        self.stored = {}  # a block, as a chain's hash in here: its hash

    def wait_for_subscriber(self, timeout_s=60):
        if not self.socket.poll(timeout_s * 1000):
            raise RuntimeError("nobody subscribed to the events")
        self.socket.recv()

    def send_batch(self, packed_events):
        head = b"\x93\xcb" + struct.pack(">d", time.time())
        body = struct.pack(">BH", 0xdc, len(packed_events))
        self.socket.send_multipart([
            b"", struct.pack(">Q", self.sequence),
            head + body + b"".join(packed_events) + b"\x00"])
        self.sequence += 1

    def take_hashes(self, n):
        first = self.next_hash
        self.next_hash += n
        return range(first, first + n)

    def publish_prompt(self, tokens):
        """The whole blocks of one prompt that were not published before."""
        new, key, parent = [], 0, None
        for at in range(0, len(tokens) // BLOCK * BLOCK, BLOCK):
            key = hash((key, *tokens[at:at + BLOCK]))
            if key not in self.stored:
                self.stored[key] = self.take_hashes(1)[0]
                new.append(self.stored[key])
            elif not new:
                parent = self.stored[key]
        if new:
            first = at + BLOCK - len(new) * BLOCK
            self.send_batch([msgpack.packb(
                ["BlockStored", new, parent, tokens[first:at + BLOCK], BLOCK,
                 None, "GPU"])])

    def publish_others(self, blocks):
        """Chains of RUN blocks that differ in their first four tokens; all
        else is the same bytes, since packing is slow in Python."""
        begin = b"\x97\xabBlockStored" + struct.pack(">BH", 0xdc, RUN)
        middle = b"\xc0" + struct.pack(">BH", 0xdc, RUN * BLOCK)
        rest = bytes(i % 100 for i in range(RUN * BLOCK - 4))
        end = rest + bytes([BLOCK]) + b"\xc0\xa3GPU"
        batch = []
        for number in range((blocks + RUN - 1) // RUN):
            hashes = b"".join(map(hash_bytes, self.take_hashes(RUN)))
            first = struct.pack(">BIBIBIBI", 0xce, number, 0xce, 1,
                                0xce, 2, 0xce, 3)
            batch.append(begin + hashes + middle + first + end)
            if len(batch) == EVENTS:
                self.send_batch(batch)
                batch = []
        if batch:
            self.send_batch(batch)

    def close(self):
        self.socket.close()
        self.context.term()


def tokens_of_bodies(bench, sim, model, options):
    """Token ids of each prompt, from a simulated worker's /tokenize."""
    flags = []
    for key, value in options.items():
        flags.append("--" + key.replace("_", "-"))
        if value is not True:
            flags.append(str(value))
    bodies = subprocess.run([bench, "bodies", *flags], check=True,
                            capture_output=True).stdout.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        announce = f"{folder}/announce.json"
        worker = subprocess.Popen(
            [sim, "--announce", announce, "--tokenizer", model,
             "--num-gpu-blocks", "100000"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = wait_for_url(announce)
            return [tokenize(url, json.loads(body)) for body in bodies]
        finally:
            worker.terminate()
            worker.wait()


def wait_for_url(announce, timeout_s=20):
    end = time.monotonic() + timeout_s
    while True:
        try:
            with open(announce, encoding="utf-8") as f:
                told = json.load(f)
            return (told[0] if isinstance(told, list) else told)["url"]
        except (FileNotFoundError, json.JSONDecodeError):
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def tokenize(url, body):
    asked = json.dumps({key: body[key] for key in (
        "model", "messages", "prompt") if key in body}).encode()
    request = urllib.request.Request(
        url + "/tokenize", asked, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["tokens"]
