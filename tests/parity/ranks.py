"""Directories with a rank file of tiktoken's: the demo's vocabulary as one,
and published ones. The reference is tiktoken itself, from PyPI, called as
the code of the models does."""
import base64
import gzip
import importlib
import json
import os
import subprocess
import sys
import unicodedata

PACKAGES = ("tiktoken==0.12.0", "regex==2025.9.18")
CASE = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"


def by_case(apart, line_ends):
    first = r"[^\r\n\p{L}\p{N}]?"
    upper, lower = f"[{UPPER}{apart}]", f"[{LOWER}{apart}]"
    return (first + upper + "*" + lower + "+" + CASE + "?|" + first + upper +
            "+" + lower + "*" + CASE + r"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+" +
            line_ends + "*|" + SPACES)


KIMI = r"[\p{Han}]+|" + by_case(r"&&[^\p{Han}]", r"[\r\n]")
O200K = by_case("", r"[\r\n/]")
QWEN = (CASE + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" +
        SPACES)
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
          r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s")


def module(build):
    where = os.path.join(build, "-".join(PACKAGES))
    if not os.path.isdir(os.path.join(where, "tiktoken")):
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
             "--root-user-action=ignore", "--target", where, *PACKAGES],
            check=True)
    sys.path.insert(0, where)
    return importlib.import_module("tiktoken")


def letters():
    """The byte alphabet: byte by letter."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{chr(b): b for b in plain},
            **{chr(256 + i): b for i, b in enumerate(rest)}}


def demo_ranks(root):
    path = os.path.join(root, "models", "demo", "tokenizer.json")
    with open(path, encoding="utf-8") as f:
        base = json.load(f)
    byte = letters()
    tokens = [bytes(byte[c] for c in token)
              for token, _ in sorted(base["model"]["vocab"].items(),
                                     key=lambda item: item[1])
              if all(c in byte for c in token)]
    tokens += [bytes([b]) for b in range(256) if bytes([b]) not in tokens]
    return {token: rank for rank, token in enumerate(tokens)}


def read_ranks(path):
    with gzip.open(path, "rb") as f:
        return {base64.b64decode(token): int(rank) for token, rank in
                (line.split() for line in f.read().splitlines() if line)}


class Reference:
    def __init__(self, library, ranks, pattern, special, nfc=False):
        self.encoding = library.Encoding(
            name="x", pat_str=pattern, mergeable_ranks=ranks,
            special_tokens=special)
        self.ranks, self.special, self.nfc = ranks, special, nfc

    def encode(self, text, _special):
        if self.nfc:
            text = unicodedata.normalize("NFC", text)
        return self.encoding.encode(text, allowed_special="all")

    def encode_all(self, texts, special):
        for text in texts:
            yield self.encode(text, special)

    def pieces(self):
        made = [token.decode("utf-8", "replace") for token in self.ranks]
        return [text for text in made if "\ufffd" not in text]

    def added(self):
        return list(self.special)


def write(folder, file, ranks, config):
    with open(os.path.join(folder, file), "wb") as f:
        for token, rank in ranks.items():
            f.write(base64.b64encode(token) + b" %d\n" % rank)
    for name, value in config.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            json.dump(value, f)


def kimi(library, folder, ranks):
    n = len(ranks)
    named = {n: "[BOS]", n + 1: "[EOS]", n + 2: "<|im_end|>",
             n + 9: "[EOT]", n + 254: "[UNK]", n + 255: "[PAD]"}
    special = {named.get(i, f"<|reserved_token_{i}|>"): i
               for i in range(n, n + 258)}
    write(folder, "tiktoken.model", ranks, {"tokenizer_config.json": {
        "tokenizer_class": "TikTokenTokenizer", "bos_token": "[BOS]",
        "auto_map": {"AutoTokenizer": [
            "tokenization_kimi.TikTokenTokenizer", None]},
        "additional_special_tokens": ["<|im_end|>", "[EOT]"],
        "added_tokens_decoder": {str(i): {"content": text, "special": True}
                                 for i, text in named.items()}}})
    return Reference(library, ranks, KIMI, special)


def qwen(library, folder, ranks):
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>",
             *(f"<|extra_{i}|>" for i in range(205))]
    write(folder, "qwen.tiktoken", ranks, {
        "config.json": {"model_type": "qwen"}, "tokenizer_config.json": {
            "tokenizer_class": "QWenTokenizer", "auto_map": {
                "AutoTokenizer": ["tokenization_qwen.QWenTokenizer", None]}}})
    return Reference(library, ranks, QWEN, {
        name: len(ranks) + i for i, name in enumerate(names)}, nfc=True)


def cl100k(library, folder, ranks):
    write(folder, "cl100k_base.tiktoken", ranks, {})
    return Reference(library, ranks, CL100K, {
        "<|endoftext|>": 100257, "<|fim_prefix|>": 100258,
        "<|fim_middle|>": 100259, "<|fim_suffix|>": 100260,
        "<|endofprompt|>": 100276})


def o200k(library, folder, ranks):
    write(folder, "o200k_base.tiktoken", ranks, {})
    return Reference(library, ranks, O200K, {
        "<|endoftext|>": 199999, "<|endofprompt|>": 200018})


def directories(root, testdata):
    """(name, function of library and folder that fills the folder and
    returns the reference)"""
    ranks = demo_ranks(root)
    made = [("demo", ranks)]
    path = os.path.join(testdata, "tokenizers", "cl100k_base",
                        "cl100k_base.tiktoken.gz")
    if os.path.isfile(path):
        made.append(("cl100k", read_ranks(path)))
    for source, ranks in made:
        for make in (kimi, qwen, cl100k, o200k):
            yield f"{source}-as-{make.__name__}", \
                lambda library, folder, make=make, ranks=ranks: \
                make(library, folder, ranks)
