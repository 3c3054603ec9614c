"""Patterns of Split and Replace: published ones for which there is no
scanner, and made ones, to compare the matcher with the reference's engine
itself."""
import random
import subprocess

import gateway

CASE = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
LETTERS = r"[^\r\n\p{L}\p{N}]?\p{L}+"

# Of tokenizers that have been published, or are like them.
SPLIT = {
    "exaone": CASE + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+"
              r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+",
    "aya": r"\d{1,3}(?=(?:\d{3})*\b)",
    "jais": CASE + "|" + LETTERS + r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
            r"|\s*[\r\n]+|\s{512}(?!\S)|\s{64}(?!\S)|\s{16}(?!\S)"
            r"|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}",
    "bloom": " ?[^(\\s|.,!?…。，、।۔،)]+",
    "nested": " ?[^(\\s|[.,!?…。，、।۔،])]+",
    "clip": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "possessive": r"[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++"
                  r"[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "blocks": r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿ]+|[一-龥ࠀ-一가-퟿]+"
              r"|\s?[!-/:-~！-／：-～‘-‟　-。]+",
    "hangul": r"\p{Hangul}+|[\p{Han}\p{Hiragana}\p{Katakana}]|\P{L}+?",
    "behind": r"(?<=[a-z])(?=[A-Z])|(?<!\d)\d{1,3}(?=(?:\d{3})+(?!\d))",
    "lines": r"^.*$|\R",
    "words": r"\b\w+\b",
    "any": "",
}

# None that matches nothing: the reference fails on the texts.
REPLACE = {
    "spaces": (r"\s+", " "),
    "runs": (" {2,}", "▁"),
    "case": ("(?i)the|AN", "x"),
    "marks": (r"[\p{Mn}\p{Cf}]+", ""),
    "line-starts": (r"(?m:\A.)|(?<=\n)[^\n]", ""),
}


def splits():
    """(name, step of a pre-tokenizer)"""
    for name, pattern in SPLIT.items():
        yield f"regex-{name}", split(pattern, "Isolated", False)
    for behavior in ("Removed", "MergedWithPrevious", "MergedWithNext",
                     "Contiguous"):
        for name in ("clip", "behind", "bloom"):
            yield f"regex-{name}-{behavior}", split(SPLIT[name], behavior,
                                                    False)
    yield "regex-clip-not", split(SPLIT["clip"], "Removed", True)
    yield "regex-words-not", split(SPLIT["words"], "MergedWithNext", True)


def split(pattern, behavior, invert):
    return {"type": "Split", "pattern": {"Regex": pattern},
            "behavior": behavior, "invert": invert}


def replaces():
    """(name, normalizer)"""
    for name, (pattern, content) in REPLACE.items():
        yield f"regex-{name}", {"type": "Replace",
                                "pattern": {"Regex": pattern},
                                "content": content}


# --- the matcher alone --------------------------------------------------

ATOMS = ["a", "b", "c", "ab", ".", r"\s", r"\S", r"\d", r"\w", r"\W",
         r"\p{L}", r"\p{Lu}", r"\P{N}", "[ab]", "[^a]", "[a-c]",
         r"[\w&&[^a]]", r"[^\s\p{L}]", r"\n", r"\b", r"\B", "^", "$", r"\A",
         r"\z", r"\Z", "'", " ", "1", "é", "[é1]", "(?i:k)", "(?i:b)", CASE,
         "[[ab]&&b]", r"\R", "x{", r"[\r\n]", "[[:punct:]]", r"\h"]
COUNTS = ["", "", "", "", "?", "*", "+", "??", "*?", "+?", "?+", "*+", "++",
          "{2}", "{1,2}", "{0,2}?", "{2,}", "{,2}", "{1,3}?", "{2}?",
          "{1,2}+", "**", "+?*"]
BEHIND = ["a", r"\s", "a|bc", "[ab]{2}", "b?a", r"\b", "^", "(?:a|b){1,3}"]
LETTERS_OF_TEXTS = "aaabbbcAB k\n1é'sS.\r"
MOST = 120  # characters of a made pattern


class PatternMaker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, depth):
        pick = self.random.choice
        way = self.random.random()
        if depth == 0 or way < 0.35:
            return pick(ATOMS)
        if way < 0.6:
            return "".join(self.one(depth - 1) for _ in range(pick([1, 2])))
        if way < 0.8:
            return "(?:" + self.choice(depth) + ")" + pick(COUNTS)
        if way < 0.88:
            return pick(["(?=", "(?!"]) + self.one(depth - 1) + ")"
        if way < 0.92:
            return pick(["(?<=", "(?<!"]) + pick(BEHIND) + ")"
        if way < 0.94:
            return "(?>" + self.choice(depth) + ")" + pick(COUNTS)
        if way < 0.96:
            return "(?i)" + self.one(depth - 1)
        return pick(ATOMS) + pick(COUNTS)

    def choice(self, depth):
        return "|".join(self.one(depth - 1)
                        for _ in range(self.random.randint(1, 3)))

    def pattern(self):
        while True:
            made = "|".join(self.one(3) + self.one(2) for _ in range(
                self.random.randint(1, 2)))
            if len(made) <= MOST:
                return made

    def text(self):
        return "".join(self.random.choice(LETTERS_OF_TEXTS)
                       for _ in range(self.random.randint(1, 14)))


def ours(program, pattern, texts):
    """For each text the spans of the matches in bytes, or None where it
    was refused; None for a refused pattern."""
    asked = b"".join(gateway.record(text) for text in texts)
    ran = subprocess.run([program, pattern], input=asked,
                         capture_output=True, check=False)
    if ran.returncode == 2:
        return None
    if ran.returncode != 0:
        raise RuntimeError(f"{program} {pattern!r}: {ran.returncode}")
    numbers = gateway.numbers_of(ran.stdout)
    return [row and list(zip(row[::2], row[1::2])) if row is not None
            else None for row in gateway.split(numbers)]


def marked(text, spans):
    """The text with a mark for each match, as Replace would have it."""
    raw, out, at = text.encode(), b"", 0
    for start, end in spans:
        out += raw[at:start] + b"\x01"
        at = end
    return (out + raw[at:]).decode()


def theirs(library, pattern, texts):
    """The same with marks; None where the reference gives up."""
    try:
        regex = library.Regex(pattern)
    except Exception:  # pylint: disable=broad-except
        return None
    replace = library.normalizers.Replace(regex, "\x01")
    return [normalized(replace, text) for text in texts]


def normalized(replace, text):
    try:
        return replace.normalize_str(text)
    except BaseException:  # it panics past its own bound of steps
        return None


def differences(library, program, pattern, texts):
    """(refused by us alone, texts that differ)"""
    got = ours(program, pattern, texts)
    want = theirs(library, pattern, texts)
    if got is None or want is None:
        return want is not None and got is None, []
    return False, [text for text, spans, made in zip(texts, got, want)
                   if spans is not None and made is not None and
                   marked(text, spans) != made]
