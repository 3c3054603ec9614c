#!/usr/bin/env python3
"""Holds the tree to its layers, sizes and style.

usage: lint.py [ROOT]
Prints `file:line: sentence` for each fault and ends with their count.
Exit status 1 if there was any. Warnings are told and not counted."""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import source
import words

CLANG_FORMAT = "clang-format-14"
# Programs of their own: proved by what runs them, not by a unit test.
UNTESTED = ("router/main.c",)


def tracked(root):
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"],
        cwd=root, check=True, capture_output=True).stdout.decode()
    names = sorted({name for name in out.split("\0") if name})
    return [name for name in names
            if os.path.isfile(os.path.join(root, name))]


def read_lines(root, path):
    """None for what is not text."""
    with open(os.path.join(root, path), "rb") as f:
        raw = f.read()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")


def shell_of(lines):
    first = lines[0] if lines else ""
    if not first.startswith("#!"):
        return None
    shell = first.split("/")[-1].split()[-1]
    return shell if shell in ("sh", "bash") else None


def shell_faults(root, path, lines):
    shell = shell_of(lines)
    if not shell:
        return
    ran = subprocess.run([shell, "-n", path], cwd=root, capture_output=True,
                         text=True)
    if ran.returncode != 0:
        yield 1, f"{shell} -n: {ran.stderr.strip()}"


def file_faults(root, path):
    lines = read_lines(root, path)
    if lines is None:
        return
    checks = ()
    if path.endswith((".c", ".h")):
        checks = source.C_CHECKS
    elif path.endswith(".py"):
        checks = source.SCRIPT_CHECKS
    for check in checks + (words.word_faults,):
        for number, sentence in check(path, lines):
            yield path, number, sentence
    for number, sentence in shell_faults(root, path, lines):
        yield path, number, sentence


def format_faults(root, paths):
    """One process for a handful of files: starting it is most of its cost."""
    ran = subprocess.run([CLANG_FORMAT, "--dry-run", "-Werror"] + paths,
                         cwd=root, capture_output=True, text=True)
    told = set()
    for line in ran.stderr.splitlines():
        parts = line.split(":")
        if "clang-format-violations" in line and parts[0] not in told:
            told.add(parts[0])
            yield (parts[0], int(parts[1]),
                   "not formatted: run `make format`")
    if ran.returncode != 0 and not told:
        yield paths[0], 1, f"{CLANG_FORMAT}: {ran.stderr.strip()}"


def all_format_faults(root, paths):
    groups = [paths[i:i + 24] for i in range(0, len(paths), 24)]
    with ThreadPoolExecutor(2) as pool:
        for faults in pool.map(
                lambda group: list(format_faults(root, group)), groups):
            yield from faults


def untested(paths):
    have = set(paths)
    for path in paths:
        parts = path.split("/")
        if not path.endswith(".c") or path in UNTESTED:
            continue
        if parts[0] not in ("router", "common") or len(parts) != 3:
            continue
        wanted = f"tests/unit/{parts[1]}/{parts[2][:-2]}_test.c"
        if wanted not in have:
            yield path, wanted


def faults_of(root):
    paths = tracked(root)
    for path in paths:
        yield from file_faults(root, path)
    c_files = [p for p in paths if p.endswith((".c", ".h"))]
    yield from all_format_faults(root, c_files)


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    root = arguments[0] if arguments else os.path.join(here, "..", "..")
    faults = sorted(faults_of(root))
    for path, number, sentence in faults:
        print(f"{path}:{number}: {sentence}")
    bare = list(untested(tracked(root)))
    for path, wanted in bare:
        print(f"{path}:1: warning: {wanted} does not exist")
    print(f"{len(faults)} faults, {len(bare)} warnings")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
