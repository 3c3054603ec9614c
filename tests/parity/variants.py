"""Tokenizers that nobody has published: the demo's with one part changed,
so that every construct that is loaded is compared, and not only those of
the files at hand."""
import base64
import copy
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "tools", "unicode"))

import patterns  # noqa: E402 (needs the path)
import probe  # noqa: E402

LEVEL = {"type": "ByteLevel", "add_prefix_space": False,
         "trim_offsets": True, "use_regex": False}
FALLBACK_BYTES = range(0x80, 0xC8)  # some, so that others have none


def changed(base, **parts):
    made = copy.deepcopy(base)
    made.update(parts)
    return made


def with_model(base, **members):
    made = copy.deepcopy(base)
    made["model"].update(members)
    return made


def sequence(kind, *parts):
    return {"type": "Sequence", kind: list(parts)}


def normalizers():
    bert = {"type": "BertNormalizer", "clean_text": True,
            "handle_chinese_chars": True, "strip_accents": None,
            "lowercase": True}
    for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents",
                 "Nmt"):
        yield name, {"type": name}
    yield "bert", bert
    yield "bert-cased", {**bert, "lowercase": False}
    yield "bert-accents", {**bert, "strip_accents": False}
    yield "bert-dirty", {**bert, "clean_text": False,
                         "handle_chinese_chars": False}
    yield "strip", {"type": "Strip", "strip_left": True,
                    "strip_right": True}
    yield "strip-right", {"type": "Strip", "strip_left": False,
                          "strip_right": True}
    yield "prepend", {"type": "Prepend", "prepend": "ab"}
    yield "replace", {"type": "Replace", "pattern": {"String": "ab"},
                      "content": "ba "}
    yield "chain", sequence("normalizers", {"type": "NFKD"},
                            {"type": "StripAccents"}, {"type": "Lowercase"},
                            {"type": "Strip", "strip_left": True,
                             "strip_right": False}, {"type": "NFC"})


def splits():
    for behavior in ("Removed", "Isolated", "MergedWithPrevious",
                     "MergedWithNext", "Contiguous"):
        yield "punctuation-" + behavior, {"type": "Punctuation",
                                          "behavior": behavior}
        for invert in (False, True):
            yield f"split-{behavior}{'-not' * invert}", {
                "type": "Split", "pattern": {"String": " "},
                "behavior": behavior, "invert": invert}


def metaspaces():
    for scheme in ("always", "first", "never"):
        for cuts in (True, False):
            yield f"metaspace-{scheme}{'-split' * cuts}", {
                "type": "Metaspace", "replacement": "\u2581",
                "prepend_scheme": scheme, "split": cuts}


def plain_steps():
    yield "digits", {"type": "Digits", "individual_digits": True}
    yield "digit-runs", {"type": "Digits", "individual_digits": False}
    yield "whitespace", {"type": "Whitespace"}
    yield "whitespace-split", {"type": "WhitespaceSplit"}
    yield "bert-split", {"type": "BertPreTokenizer"}
    yield "delimiter", {"type": "CharDelimiterSplit", "delimiter": "e"}
    yield "length", {"type": "FixedLength", "length": 3}
    yield "prefix", {"type": "ByteLevel", "add_prefix_space": True,
                     "trim_offsets": True, "use_regex": True}


def level_first(step):
    return sequence("pretokenizers", {**LEVEL, "use_regex": True}, step)


def level_last(step):
    return sequence("pretokenizers", step, LEVEL)


def byte_level(base):
    """Words as bytes."""
    for name, n in [*normalizers(), *patterns.replaces()]:
        yield name, changed(base, normalizer=n)
    for name, step in [*splits(), *plain_steps(), *patterns.splits()]:
        yield name, changed(base, pre_tokenizer=level_last(step))
    for name, step in [*splits(), *plain_steps()]:
        yield name + "-behind", changed(base, pre_tokenizer=level_first(step))
    yield "one-word", changed(base, pre_tokenizer=LEVEL)
    yield "whole", with_model(base, ignore_merges=True)
    yield "normalized", changed(base, normalizer={"type": "ByteLevel"},
                                pre_tokenizer={"type": "WhitespaceSplit"})


def few_bytes(base):
    """A byte-level vocabulary that lacks some."""
    made = copy.deepcopy(base)
    vocab = made["model"]["vocab"]
    gone = {token for token in vocab if any(c in token for c in "qÃ\u0120")}
    made["model"]["vocab"] = {token: number for number, token in enumerate(
        token for token in vocab if token not in gone)}
    made["model"]["merges"] = [
        m for m in made["model"]["merges"]
        if not gone & {*parts(m), "".join(parts(m))}]
    number_added(made)
    yield "lacking", made
    yield "lacking-unknown", with_model(made, unk_token="!")


def parts(merge):
    return merge.split(" ") if isinstance(merge, str) else merge


def number_added(made):
    """Ids of what is added follow those of the vocabulary."""
    vocab = made["model"]["vocab"]
    fresh = [token for token in made["added_tokens"]
             if token["content"] not in vocab]
    for token in made["added_tokens"]:
        token["id"] = vocab[token["content"]] if token not in fresh else \
            len(vocab) + fresh.index(token)


def characters(base):
    """The same vocabulary as characters: most texts are unknown to it."""
    chars = changed(base, pre_tokenizer={"type": "Metaspace",
                                         "replacement": "\u2581"})
    vocab = chars["model"]["vocab"]
    word = next(token for token in vocab
                if len(token) == 3 and token.isascii() and token.isalpha())
    for token in ["\u2581", "\u2581" + word] + [
            f"<0x{byte:02X}>" for byte in FALLBACK_BYTES]:
        vocab[token] = len(vocab)
    chars["model"]["merges"].append(
        ["\u2581", word] if isinstance(chars["model"]["merges"][0], list)
        else "\u2581 " + word)
    number_added(chars)
    yield "chars", chars
    unknown = with_model(chars, unk_token="!")
    yield "chars-unknown", unknown
    yield "chars-fused", with_model(unknown, fuse_unk=True)
    fallback = with_model(unknown, byte_fallback=True)
    yield "chars-fallback", fallback
    fused = with_model(fallback, fuse_unk=True)
    yield "chars-fallback-fused", fused
    yield "chars-whole", with_model(fused, ignore_merges=True)
    for name, step in [*metaspaces(), *plain_steps(), *splits()]:
        yield "chars-" + name, changed(fused, pre_tokenizer=step)
    yield "chars-uncut", changed(fused, pre_tokenizer=None)
    for name, n in [*normalizers(), *patterns.replaces()]:
        first = {"type": "Metaspace", "replacement": "\u2581",
                 "prepend_scheme": "first"}
        yield "chars-first-" + name, changed(fused, normalizer=n,
                                             pre_tokenizer=first)
    yield "chars-first-split", changed(
        fused, normalizer={"type": "NFKD"}, pre_tokenizer=sequence(
            "pretokenizers", {"type": "Punctuation"}, first))


def affixed(base):
    """Two vocabularies that know where in a word a character stands."""
    made = changed(base, pre_tokenizer={"type": "WhitespaceSplit"})
    vocab, merges = {}, []
    letters = [chr(c) for c in range(33, 127)] + ["é", "你"]
    for c in letters:
        for name in (c, c + "</w>", "##" + c):
            vocab[name] = len(vocab)
    for left, right in (("t", "h"), ("th", "e</w>"), ("a", "n"), ("i", "n"),
                        ("e", "r</w>"), ("an", "d</w>")):
        vocab.setdefault(left + right, len(vocab))
        merges.append([left, right])
    made["added_tokens"] = []
    made["normalizer"] = None
    made["model"] = {"type": "BPE", "vocab": vocab, "merges": merges,
                     "unk_token": "!", "end_of_word_suffix": "</w>"}
    yield "suffix", made
    prefixed = copy.deepcopy(made)
    vocab, merges = prefixed["model"]["vocab"], []
    for left, right in (("t", "##h"), ("th", "##e"), ("##i", "##n"),
                        ("##in", "##g"), ("a", "##n")):
        vocab.setdefault(left + right[2:], len(vocab))
        merges.append([left, right])
    prefixed["model"].update(merges=merges, end_of_word_suffix=None,
                             continuing_subword_prefix="##")
    yield "prefix-of-rest", prefixed
    level = changed(made, pre_tokenizer={**LEVEL, "use_regex": True})
    yield "suffix-bytes", level


def whole_words(base):
    """The demo's entries as words and parts of words."""
    vocab = {}
    for token in ["[UNK]", "\u4f60", "\u00e9", "\u20ac", *"abcdefghijklmnop",
                  "!", "'", "1"]:
        vocab[token] = len(vocab)
    for token in base["model"]["vocab"]:
        text = token.replace("\u0120", "")
        if text.isascii() and text and len(vocab) < 3000:
            vocab.setdefault(text, len(vocab))
            vocab.setdefault("##" + text[1:] if text[1:] else text,
                             len(vocab))
    made = changed(base, normalizer={"type": "Lowercase"},
                   pre_tokenizer={"type": "BertPreTokenizer"})
    made["model"] = {"type": "WordPiece", "unk_token": "[UNK]",
                     "continuing_subword_prefix": "##",
                     "max_input_chars_per_word": 100, "vocab": vocab}
    number_added(made)
    yield "wordpiece", made
    yield "wordpiece-short", with_model(made, max_input_chars_per_word=5)
    yield "wordpiece-bare", with_model(made, continuing_subword_prefix="")
    yield "wordpiece-alone", with_model(made, continuing_subword_prefix="@")
    yield "wordpiece-bytes", changed(made, pre_tokenizer={
        **LEVEL, "use_regex": True})
    level = copy.deepcopy(made)
    level["model"] = {"type": "WordLevel", "unk_token": "[UNK]",
                      "vocab": vocab}
    yield "wordlevel", level


CLUSTERS = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(
    probe.charsmap_of_any_byte()).decode()}


def scored(base):
    """The demo's entries, and some of no sense, with scores. Many ways to
    cut a word have nearly the same sum."""
    dice = random.Random(3)
    texts = ["<unk>", "\u2581", "\u0301", "\u4f60", "xx", "xxx", "\u2581xx"]
    for token in base["model"]["vocab"]:
        text = token.replace("\u0120", "\u2581")
        if all(c.isascii() or c == "\u2581" for c in text):
            texts.append(text)
    texts += [f"<0x{byte:02X}>" for byte in FALLBACK_BYTES]
    vocab = [[text, -round(dice.random() * 4, dice.randint(0, 18))]
             for text in dict.fromkeys(texts) if text not in "qzQZ"]
    made = changed(base, normalizer=None,
                   pre_tokenizer={"type": "Metaspace",
                                  "replacement": "\u2581"})
    made["model"] = {"type": "Unigram", "unk_id": 0, "vocab": vocab}
    fresh = len(vocab)
    for token in made["added_tokens"]:
        token["id"] = fresh
        fresh += 1
    yield "unigram", made
    yield "unigram-fallback", with_model(made, byte_fallback=True)
    for name, step in metaspaces():
        yield "unigram-" + name, changed(made, pre_tokenizer=step)
        yield "unigram-clusters-" + name, changed(
            made, normalizer=CLUSTERS, pre_tokenizer=step)
    yield "unigram-whole", changed(made, pre_tokenizer=None)
    yield "unigram-bytes", changed(made, pre_tokenizer={
        **LEVEL, "use_regex": True})
    high = copy.deepcopy(made)
    for entry in high["model"]["vocab"]:
        entry[1] += 30
    yield "unigram-high", high
    yield "clusters", changed(base, normalizer=CLUSTERS)


def variants(root):
    """(name, tokenizer.json as text)"""
    path = os.path.join(root, "models", "demo", "tokenizer.json")
    with open(path, encoding="utf-8") as f:
        base = json.load(f)
    for make in (byte_level, few_bytes, characters, affixed, whole_words,
                 scored):
        for name, made in make(base):
            yield name, json.dumps(made)
