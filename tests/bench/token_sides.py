"""Who encodes in the tokenizers' benchmark: we, the reference, and the
quickest other libraries that a package registry has. Each on one thread.

A side has load(path), which returns an encoder: run(texts) gives CPU time
in seconds, ids(texts) lists of ids. A fresh encoder remembers nothing."""
import array
import gzip
import importlib
import os
import struct
import subprocess
import sys
import time

# Before any of them is loaded: their pools read it once.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"


class Unavailable(Exception):
    """The library, or this tokenizer in it, is not to be had."""


def read(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        return f.read().decode()


class Ours:
    """The program tests/bench/token/encode.c."""
    name = "warmpath"

    def __init__(self, program, path):
        self.process = subprocess.Popen(
            [program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        told = self.process.stdout.readline().split()
        if not told:
            raise Unavailable(
                self.process.communicate()[1].decode().strip())
        self.load_ms = int(told[1]) / 1e6
        self.held, self.n_ids = int(told[2]), int(told[3])
        self.parse_ms = int(told[4]) / 1e6  # jansson's, of the same text

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def texts(self, texts):
        self.say(f"texts {len(texts)}")
        for text in texts:
            raw = text.encode()
            self.process.stdin.write(struct.pack("=I", len(raw)) + raw)

    def cold(self):
        self.say("cold")

    def run(self):
        self.say("run")
        return int(self.process.stdout.readline().split()[0]) / 1e9

    def ids(self, n):
        self.say("ids")
        return [self.read_ids() for _ in range(n)]

    def read_ids(self):
        out = self.process.stdout
        count = struct.unpack("=I", out.read(4))[0]
        ids = array.array("I")
        ids.frombytes(out.read(4 * count))
        return ids.tolist()


class Library:
    """One from PyPI, kept under build/; fetched the first time."""

    def __init__(self, build, name, version, *needs):
        self.name = f"{name} {version}"
        self.module = name
        self.where = os.path.join(build, "rivals", f"{name}-{version}")
        self.wanted = [f"{name}=={version}", *needs]

    def fetch(self):
        if not os.path.isdir(os.path.join(self.where, self.module)):
            ran = subprocess.run(
                [sys.executable, "-m", "pip", "install", "--quiet",
                 "--no-deps", "--retries=1", "--root-user-action=ignore",
                 "--target", self.where, *self.wanted],
                capture_output=True, text=True)
            if ran.returncode != 0:
                why = ran.stderr.strip().splitlines()
                raise Unavailable(why[-1] if why else "pip failed")
        sys.path.append(self.where)
        try:
            return importlib.import_module(self.module)
        except ImportError as why:
            raise Unavailable(str(why)) from why


class Encoder:
    """`encode` takes one text; `ids_of` turns what it gave into a list."""

    def __init__(self, encode, ids_of):
        self.encode, self.ids_of = encode, ids_of

    def run(self, texts):
        encode = self.encode
        start = time.process_time()
        for text in texts:
            encode(text)
        return time.process_time() - start

    def ids(self, texts):
        return [[int(i) for i in self.ids_of(self.encode(text))]
                for text in texts]


class HuggingFace:
    """The reference, as transformers uses it."""

    def __init__(self, build):
        self.library = Library(build, "tokenizers", "0.23.2")
        self.name = self.library.name
        self.found = self.library.fetch()

    def load(self, path):
        made = self.found.Tokenizer.from_str(read(path))
        made.no_truncation()
        made.no_padding()
        return Encoder(
            lambda text: made.encode_batch_fast(
                [text], add_special_tokens=False)[0],
            lambda got: got.ids)


class Gigatoken:
    def __init__(self, build):
        self.library = Library(build, "gigatoken", "0.10.0", "numpy",
                               "awkward", "awkward-cpp", "fsspec",
                               "packaging")
        self.name = self.library.name
        self.found = self.library.fetch()

    def load(self, path):
        made = self.found.Tokenizer.from_json(read(path))
        return Encoder(made.encode, lambda got: got)


class Fastokens:
    def __init__(self, build):
        self.library = Library(build, "fastokens", "0.3.5")
        self.name = self.library.name
        self.found = self.library.fetch()

    def load(self, path):
        made = self.found.Tokenizer.from_json_str(read(path))
        return Encoder(made.encode, lambda got: got.ids)


def libraries(build, complain):
    """Those that are to be had; the reference first, or none."""
    found = []
    for kind in (HuggingFace, Gigatoken, Fastokens):
        try:
            found.append(kind(build))
        except Unavailable as why:
            complain(f"SKIP {kind.__name__}: {why}")
            if kind is HuggingFace:
                return []
    return found


def load(library, path):
    """Libraries in Rust panic, which is no Exception."""
    try:
        return library.load(path)
    except BaseException as why:  # pylint: disable=broad-except
        if isinstance(why, (KeyboardInterrupt, SystemExit)):
            raise
        raise Unavailable(str(why).splitlines()[0] if str(why)
                          else type(why).__name__) from why
