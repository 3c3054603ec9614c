#!/usr/bin/env python3
"""Compares the gateway's token ids with the reference library's.

usage: parity.py --build BUILD [--strings N] [--seed N] [NAME...]
       parity.py --build BUILD --record FILE

For each tokenizer of the test data, the demo's, and (NAME "variants", or
"variant:" and a name) the demo's with a part changed: collected and made
texts, the same for the same seed. Prints a line per tokenizer and fails on
any difference, which it shows as small as it gets. Half of the texts are
the same for all; the others are made of a tokenizer's own entries. NAME
"patterns" is the matcher of regular expressions by itself, "ranks" are
directories with a rank file, with tiktoken for the reference.

--record writes short texts with what the demo's tokenizer makes of them in
the reference, for the tests of machines that have no reference."""
import argparse
import json
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, HERE)

import gateway  # noqa: E402 (needs the path)
import patterns  # noqa: E402
import ranks  # noqa: E402
import reference  # noqa: E402
import shrink  # noqa: E402
import texts  # noqa: E402
import variants  # noqa: E402

SHOWN = 3
RECORDED = 800
RECORDED_CHARS = 60
VARIANT_PART = 20  # a variant has one in so many of the texts
RANKS_PART = 5
PATTERN_PART = 50  # one made pattern for so many texts
PATTERN_TEXTS = 40
SPECIAL_PART = 20  # one text in so many is compared with special tokens too


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", metavar="FILE")
    parser.add_argument("--testdata",
                        default=os.environ.get("WARMPATH_TESTDATA") or
                        os.path.join(ROOT, "..", "shared", "testdata"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args()


def tokenizer_files(testdata):
    """(name, path) of each tokenizer.json."""
    yield "demo", os.path.join(ROOT, "models", "demo", "tokenizer.json")
    folder = os.path.join(testdata, "tokenizers")
    if not os.path.isdir(folder):
        print(f"no {folder}: the demo's tokenizer alone")
        return
    for name in sorted(os.listdir(folder)):
        for file in ("tokenizer.json", "tokenizer.json.gz"):
            path = os.path.join(folder, name, file)
            if os.path.isfile(path):
                yield name, path
                break


class Comparison:
    def __init__(self, program, path, theirs, may_refuse):
        self.program, self.path, self.theirs = program, path, theirs
        self.may_refuse = may_refuse
        self.tokens = self.differing = 0
        self.ms = self.held = 0
        self.found = []

    def compare(self, strings, special):
        ours, self.ms, self.held = gateway.encode_all(
            self.program, self.path, strings, special)
        assert len(ours) == len(strings)
        for text, got, want in zip(
                strings, ours, self.theirs.encode_all(strings, special)):
            self.tokens += len(want)
            if got == want or (got is None and self.may_refuse):
                continue
            self.differing += 1
            if len(self.found) < SHOWN:
                self.found.append((text, special))

    def show(self):
        for text, special in self.found:
            with gateway.Asked(self.program, self.path, special) as asked:
                small = shrink.shrink(
                    text, lambda s: asked.encode(s) !=
                    self.theirs.encode(s, special))
                print(f"    {ascii(small)}{' with special' * special}")
                print(f"      ours      {asked.encode(small)}")
                print(f"      reference {self.theirs.encode(small, special)}")


class Run:
    """All that is compared in one go."""

    def __init__(self, options):
        self.options = options
        self.library = reference.module(os.path.join(ROOT, "build",
                                                     "parity"))
        self.program = os.path.join(options.build, "parity", "encode")
        self.collected = texts.collect(ROOT)
        self.common = []
        self.good, self.ran = True, 0

    def make_common(self):
        self.common = list(texts.golden_strings(self.options.testdata))
        maker = texts.Maker(self.options.seed, self.collected)
        self.common += maker.texts(
            max(self.options.strings // 2 - len(self.common), 0))

    def strings(self, theirs, n):
        own = texts.Maker(self.options.seed + 1, self.collected,
                          theirs.pieces(), theirs.added())
        common = self.common[:n // 2]
        return common + own.texts(n - len(common))

    def compare(self, name, path, n, theirs=None):
        start = time.monotonic()
        self.ran += 1
        may_refuse = theirs is not None
        theirs = theirs or reference.Reference(self.library,
                                               reference.read(path))
        strings = self.strings(theirs, n)
        compared = Comparison(self.program, path, theirs, may_refuse)
        try:
            compared.compare(strings, False)
            compared.compare(strings[::SPECIAL_PART], True)
        except gateway.Refused as why:
            print(f"{name:39} refused: {why}")
            self.good = False
            return
        print(f"{name:39} {len(strings):8} {compared.tokens:9} "
              f"{compared.differing:9} {compared.ms:7.0f} "
              f"{compared.held:9} {time.monotonic() - start:7.1f}",
              flush=True)
        compared.show()
        self.good = self.good and compared.differing == 0

    def is_wanted(self, *names):
        return not self.options.names or \
            any(name in self.options.names for name in names)

    def compare_variants(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in variants.variants(ROOT):
                name = "variant:" + name
                if not self.is_wanted("variants", name):
                    continue
                path = os.path.join(folder, "tokenizer.json")
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
                self.compare(name, path,
                             self.options.strings // VARIANT_PART)

    def compare_ranks(self):
        """Directories of tiktoken's, with tiktoken."""
        library = None
        for name, fill in ranks.directories(ROOT, self.options.testdata):
            name = "ranks:" + name
            if not self.is_wanted("ranks", name):
                continue
            library = library or ranks.module(
                os.path.join(ROOT, "build", "parity"))
            with tempfile.TemporaryDirectory() as folder:
                self.compare(name, folder,
                             self.options.strings // RANKS_PART,
                             fill(library, folder))

    def compare_patterns(self):
        program = os.path.join(self.options.build, "parity", "cut")
        maker = patterns.PatternMaker(self.options.seed)
        n, refused, differing = 0, 0, 0
        while n < self.options.strings // PATTERN_PART:
            pattern = maker.pattern()
            alone, found = patterns.differences(
                self.library, program, pattern,
                [maker.text() for _ in range(PATTERN_TEXTS)])
            n += 1
            refused += alone
            differing += bool(found)
            if found and differing <= SHOWN:
                print(f"    {pattern!r} differs on {min(found, key=len)!r}")
        print(f"{'patterns':39} {n:8} {refused:9} {differing:9}"
              "   (second number: refused here alone)")
        self.ran += 1
        self.good = self.good and differing == 0

    def compare_all(self):
        print(f"{'tokenizer':39} {'strings':>8} {'tokens':>9} "
              f"{'differing':>9} {'load ms':>7} {'bytes':>9} {'seconds':>7}")
        for name, path in tokenizer_files(self.options.testdata):
            if self.is_wanted(name):
                self.compare(name, path, self.options.strings)
        self.compare_variants()
        self.compare_ranks()
        if self.is_wanted("patterns"):
            self.compare_patterns()
        return 0 if self.good and self.ran else 1


def record(run):
    """One text a line, so that a change of the file can be read."""
    path = os.path.join(ROOT, "models", "demo", "tokenizer.json")
    theirs = reference.Reference(run.library, reference.read(path))
    maker = texts.Maker(run.options.seed, run.collected, theirs.pieces(),
                        theirs.added())
    rows = []
    while len(rows) < RECORDED:
        text = maker.texts(1)[0]
        if 0 < len(text) <= RECORDED_CHARS:
            rows.append([text, theirs.encode(text, False)])
    with open(run.options.record, "w", encoding="ascii") as f:
        f.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":"))
                                   for row in rows) + "\n]\n")
    return 0


def main():
    run = Run(parse_arguments())
    if run.options.record:
        return record(run)
    run.make_common()
    return run.compare_all()


if __name__ == "__main__":
    sys.exit(main())
