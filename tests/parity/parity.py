#!/usr/bin/env python3
"""Compares the gateway's token ids with the reference library's.

usage: parity.py --build BUILD [--strings N] [--seed N] [NAME...]
       parity.py --build BUILD --record FILE

For each tokenizer of the test data, and the demo's: collected and made
texts, the same for the same seed. Prints a line per tokenizer and fails on
any difference, which it shows as small as it gets. Half of the texts are
the same for all; the others are made of a tokenizer's own entries.

--record writes short texts with what the demo's tokenizer makes of them in
the reference, for the tests of machines that have no reference."""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, HERE)

import gateway  # noqa: E402 (needs the path)
import reference  # noqa: E402
import shrink  # noqa: E402
import texts  # noqa: E402

SHOWN = 3
RECORDED = 800
RECORDED_CHARS = 60
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
    def __init__(self, program, path, theirs):
        self.program, self.path, self.theirs = program, path, theirs
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
            if got == want:
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


def run(options, library, program, common, collected, name, path):
    """True if there was no difference."""
    start = time.monotonic()
    theirs = reference.Reference(library, reference.read(path))
    own = texts.Maker(options.seed + 1, collected, theirs.pieces(),
                      theirs.added())
    strings = common + own.texts(options.strings - len(common))
    compared = Comparison(program, path, theirs)
    try:
        compared.compare(strings, False)
        compared.compare(strings[::SPECIAL_PART], True)
    except gateway.Refused as why:
        print(f"{name:16} refused: {why}")
        return False
    print(f"{name:16} {len(strings):8} {compared.tokens:10} "
          f"{compared.differing:10} {compared.ms:7.0f} {compared.held:10} "
          f"{time.monotonic() - start:8.1f}", flush=True)
    compared.show()
    return compared.differing == 0


def record(options, library, collected, path):
    """One text a line, so that a change of the file can be read."""
    theirs = reference.Reference(library, reference.read(path))
    maker = texts.Maker(options.seed, collected, theirs.pieces(),
                        theirs.added())
    rows = []
    while len(rows) < RECORDED:
        text = maker.texts(1)[0]
        if 0 < len(text) <= RECORDED_CHARS:
            rows.append([text, theirs.encode(text, False)])
    with open(options.record, "w", encoding="ascii") as f:
        f.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":"))
                                   for row in rows) + "\n]\n")
    return 0


def main():
    options = parse_arguments()
    library = reference.module(os.path.join(ROOT, "build", "parity"))
    program = os.path.join(options.build, "parity", "encode")
    collected = texts.collect(ROOT)
    if options.record:
        return record(options, library, collected,
                      os.path.join(ROOT, "models", "demo", "tokenizer.json"))
    common = list(texts.golden_strings(options.testdata))
    common += texts.Maker(options.seed, collected).texts(
        max(options.strings // 2 - len(common), 0))
    common = common[:options.strings]
    print(f"{'tokenizer':16} {'strings':>8} {'tokens':>10} {'differing':>10} "
          f"{'load ms':>7} {'bytes':>10} {'seconds':>8}")
    good, ran = True, 0
    for name, path in tokenizer_files(options.testdata):
        if not options.names or name in options.names:
            good = run(options, library, program, common, collected, name,
                       path) and good
            ran += 1
    return 0 if good and ran else 1


if __name__ == "__main__":
    sys.exit(main())
