"""`warmpath hash` beside CPython itself: vLLM hashes what pickle writes, so
the real pickle is the judge, over texts and ids of every length."""
import hashlib
import json
import os
import pickle
import random
import subprocess

import pytest

from harness import SANITIZERS, binary

ALPHABET = "a\u00e9\u00ff\u0100\u2713\U0001f600b\"\\\n\x00"
LENGTHS = (0, 1, 1, 2, 3, 23, 24, 120, 127, 128, 255, 256, 257, 1000)

pytestmark = pytest.mark.skipif(
    not os.path.exists(binary("warmpath")), reason="warmpath is not built")


def run(arguments, lines):
    return subprocess.run([binary("warmpath"), "hash", *arguments],
                          input="".join(line + "\n" for line in lines),
                          capture_output=True, text=True, timeout=60,
                          env={**SANITIZERS, **os.environ})


def digest(value):
    return hashlib.sha256(pickle.dumps(value, 5)).digest()


def new_object(text):
    """As decoding a message makes it: shared only if CPython shares it."""
    return text.encode().decode()


def chain(seed, size, tokens, lora, salt):
    parent, hashes = digest(seed), []
    for start in range(0, len(tokens) - size + 1, size):
        extra = [new_object(lora)] if lora else []
        if salt and start == 0:
            extra.append(new_object(salt))
        parent = digest((parent, tuple(tokens[start:start + size]),
                         tuple(extra) or None))
        hashes.append(parent.hex())
    return hashes


def some_text(rng):
    return "".join(rng.choice(ALPHABET) for _ in range(rng.choice(LENGTHS)))


def some_token(rng):
    return rng.choice((rng.randrange(24), rng.randrange(256),
                       rng.randrange(65536), rng.randrange(152000),
                       rng.randrange(2**32), 2**31 - 1, 2**31))


@pytest.mark.parametrize("size", (1, 2, 3, 4, 16, 64, 255, 256, 1056, 4096))
def test_hashes_are_those_of_cpythons_pickle(size):
    rng = random.Random(size)
    lines, expected = [], []
    for _ in range(20):
        tokens = [some_token(rng) for _ in range(rng.randrange(3 * size + 3))]
        lora, salt = some_text(rng), some_text(rng)
        if rng.random() < 0.3:
            salt = lora
        lines.append(json.dumps({"tokens": tokens, "lora": lora,
                                 "cache_salt": salt}))
        expected.append(chain("42", size, tokens, lora, salt))
    done = run(["--seed", "42", "--block-size", str(size)], lines)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"hashes": hashes} for hashes in expected]


def test_a_bad_line_fails_the_run_but_not_the_others():
    done = run(["--seed", "0"], ['{"tokens":[-1]}', '{"tokens":[1]}'])
    assert done.returncode == 1
    bad, good = map(json.loads, done.stdout.splitlines())
    assert "tokens" in bad["error"] and good == {"hashes": []}


def test_a_missing_seed_is_wrong_usage_that_says_why():
    done = run([], [])
    assert done.returncode == 2 and done.stdout == ""
    assert "PYTHONHASHSEED" in done.stderr
