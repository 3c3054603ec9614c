"""The reference: Hugging Face's library in Rust, from PyPI, kept under
build/. Nothing else counts: re-implementations in other languages differ
on digits, white space and normalization."""
import gzip
import importlib
import os
import subprocess
import sys

VERSION = "0.23.2"
BATCH = 20000


def module(build):
    """The library, which is fetched the first time. Needs the network
    then, and python3-pip."""
    where = os.path.join(build, "tokenizers-" + VERSION)
    if not os.path.isdir(os.path.join(where, "tokenizers")):
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
             "--root-user-action=ignore", "--target", where,
             "tokenizers==" + VERSION], check=True)
    sys.path.insert(0, where)
    found = importlib.import_module("tokenizers")
    if found.__version__ != VERSION:
        sys.exit(f"{where}: version {found.__version__}, not {VERSION}")
    return found


def read(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        return f.read().decode()


class Reference:
    """One tokenizer.json, as transformers uses it: what the file says of
    cutting and filling up does not count."""

    def __init__(self, library, text):
        self.tokenizer = library.Tokenizer.from_str(text)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def encode_all(self, texts, special):
        """Lists of ids, some at a time: all at once takes gigabytes."""
        for at in range(0, len(texts), BATCH):
            for made in self.tokenizer.encode_batch_fast(
                    texts[at:at + BATCH], add_special_tokens=special):
                yield made.ids

    def encode(self, text, special):
        return self.tokenizer.encode(text, add_special_tokens=special).ids

    def pieces(self):
        """What entries of the vocabulary stand for, where that is text."""
        size = self.tokenizer.get_vocab_size(with_added_tokens=True)
        made = self.tokenizer.decode_batch(
            [[i] for i in range(size)], skip_special_tokens=False)
        return [text for text in made if text and "\ufffd" not in text]

    def added(self):
        return [token.content for token in
                self.tokenizer.get_added_tokens_decoder().values()]
