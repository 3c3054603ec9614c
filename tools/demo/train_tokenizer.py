#!/usr/bin/env python3
"""Trains the demo model's tokenizer from tools/demo/text/*.txt.

usage: train_tokenizer.py [--vocab N] [--out DIRECTORY]

A byte-level BPE with the pre-tokenizer pattern of the Qwen2 family. It
writes tokenizer.json; the other files of models/demo are written by hand.
The same texts give the same file, byte for byte. Standard library only."""

import argparse
import collections
import json
import pathlib
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
ADDED = [
    ("<|endoftext|>", True),
    ("<|im_start|>", True),
    ("<|im_end|>", True),
    ("<think>", False),
    ("</think>", False),
]
ENDINGS = ("'re", "'ve", "'ll", "'s", "'t", "'m", "'d")


def kind(char):
    """L, N, s (white space) or o (anything else)."""
    if char.isspace():
        return "s"
    major = unicodedata.category(char)[0]
    return major if major in "LN" else "o"


def run(text, at, want):
    while at < len(text) and kind(text[at]) == want:
        at += 1
    return at


def end_of_word(text, at):
    """Where the pre-token that starts at `at` ends. A training aid: the
    gateway's own scanner is the one that has to be exact."""
    for ending in ENDINGS:
        if text[at:at + len(ending)].lower() == ending:
            return at + len(ending)
    first = kind(text[at])
    if first == "L":
        return run(text, at, "L")
    following = kind(text[at + 1]) if at + 1 < len(text) else ""
    if first != "N" and text[at] not in "\r\n" and following == "L":
        return run(text, at + 1, "L")
    if first == "N":
        return at + 1
    if first == "o" or (text[at] == " " and following == "o"):
        end = run(text, at + 1, "o")
        while end < len(text) and text[end] in "\r\n":
            end += 1
        return end
    end = run(text, at, "s")
    last_line = max(text.rfind("\n", at, end), text.rfind("\r", at, end))
    if last_line >= 0:
        return last_line + 1
    return end if end == len(text) or end == at + 1 else end - 1


def words(text):
    at = 0
    while at < len(text):
        end = end_of_word(text, at)
        yield text[at:end].encode("utf-8")
        at = end


def byte_alphabet():
    """The printable character that stands for each byte in a byte-level
    vocabulary: itself where it is printable, else one from U+0100 on."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in keep}
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + b - sum(1 for k in keep if k < b))
    return keep + [b for b in range(256) if b not in keep], letters


def pairs_of(word):
    return zip(word, word[1:])


class Trainer:
    """Merges the most frequent pair, again and again; of equals the one
    that stands first in the order of the bytes."""

    def __init__(self, count):
        self.words = [[bytes([b]) for b in w] for w in count]
        self.weight = list(count.values())
        self.pairs = collections.Counter()
        self.where = collections.defaultdict(set)
        for i in range(len(self.words)):
            self.add(i, 1)

    def add(self, i, sign):
        for pair in pairs_of(self.words[i]):
            self.pairs[pair] += sign * self.weight[i]
            self.where[pair].add(i)

    def merge(self, pair):
        for i in sorted(self.where.pop(pair)):
            self.add(i, -1)
            old, new, at = self.words[i], [], 0
            while at < len(old):
                if tuple(old[at:at + 2]) == pair:
                    new.append(old[at] + old[at + 1])
                    at += 2
                else:
                    new.append(old[at])
                    at += 1
            self.words[i] = new
            self.add(i, 1)
        del self.pairs[pair]

    def best(self):
        pair = max(self.pairs, key=lambda p: (self.pairs[p], p), default=None)
        return pair if pair and self.pairs[pair] > 1 else None


def train(count, n_vocab):
    trainer = Trainer(count)
    merges, made = [], set()
    while len(made) + 256 < n_vocab:
        pair = trainer.best()
        if pair is None:
            break
        trainer.merge(pair)
        merges.append(pair)
        made.add(pair[0] + pair[1])
    return merges


def tokenizer(merges):
    order, letters = byte_alphabet()

    def text(token):
        return "".join(letters[b] for b in token)

    vocab = {letters[b]: i for i, b in enumerate(order)}
    for left, right in merges:
        vocab.setdefault(text(left + right), len(vocab))
    level = {"type": "ByteLevel", "add_prefix_space": False,
             "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": PATTERN},
             "behavior": "Isolated", "invert": False}
    added = [{"id": len(vocab) + i, "content": content, "single_word": False,
              "lstrip": False, "rstrip": False, "normalized": False,
              "special": special} for i, (content, special) in enumerate(ADDED)]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": added, "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
        "post_processor": level, "decoder": level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": "", "end_of_word_suffix": "",
                  "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": False, "vocab": vocab,
                  "merges": [[text(a), text(b)] for a, b in merges]},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocab", type=int, default=3000)
    parser.add_argument("--out", type=pathlib.Path,
                        default=HERE.parent.parent / "models" / "demo")
    args = parser.parse_args()
    count = collections.Counter()
    for path in sorted((HERE / "text").glob("*.txt")):
        count.update(words(path.read_text(encoding="utf-8")))
    made = tokenizer(train(count, args.vocab))
    path = args.out / "tokenizer.json"
    path.write_text(json.dumps(made, ensure_ascii=False,
                               separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path}: {len(made['model']['vocab'])} entries, "
          f"{len(made['added_tokens'])} added, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
