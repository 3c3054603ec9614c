"""Our side: tests/parity/encode.c over pipes and files."""
import array
import os
import struct
import subprocess
import tempfile

REFUSED = 0xFFFFFFFF


class Refused(Exception):
    """The tokenizer was not loaded; says why."""


def record(text):
    raw = text.encode()
    return struct.pack("=I", len(raw)) + raw


def arguments(program, path, special):
    return [program, path] + (["special"] if special else [])


def encode_all(program, path, texts, special):
    """(lists of ids, milliseconds to load, bytes held). An id list is None
    for a text that was refused."""
    with tempfile.TemporaryFile() as asked, \
            tempfile.TemporaryFile() as told:
        for text in texts:
            asked.write(record(text))
        asked.seek(0)
        ran = subprocess.run(arguments(program, path, special), stdin=asked,
                             stdout=told, stderr=subprocess.PIPE, text=True)
        if ran.returncode == 2:
            raise Refused(ran.stderr.strip())
        if ran.returncode != 0:
            raise RuntimeError(f"{program}: {ran.returncode} {ran.stderr}")
        size = os.fstat(told.fileno()).st_size
        told.seek(0)
        numbers = array.array("I")
        numbers.frombytes(told.read(size))
    ms, held = ran.stderr.split()
    return split(numbers), float(ms), int(held)


def numbers_of(raw):
    numbers = array.array("I")
    numbers.frombytes(raw)
    return numbers


def split(numbers):
    lists, at = [], 0
    while at < len(numbers):
        n = numbers[at]
        if n == REFUSED:
            lists.append(None)
            n = 0
        else:
            lists.append(numbers[at + 1:at + 1 + n].tolist())
        at += 1 + n
    return lists


class Asked:
    """A process that is asked one text after another."""

    def __init__(self, program, path, special):
        self.process = subprocess.Popen(
            arguments(program, path, special), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def encode(self, text):
        self.process.stdin.write(record(text))
        self.process.stdin.flush()
        n, = struct.unpack("=I", self.process.stdout.read(4))
        if n == REFUSED:
            return None
        numbers = array.array("I")
        numbers.frombytes(self.process.stdout.read(4 * n))
        return numbers.tolist()
