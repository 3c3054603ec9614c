"""Texts to compare on: collected and made, the same for the same seed.

Each maker is a kind of text that has broken some tokenizer: scripts and
their marks, emoji sequences, code, runs of white space and line ends,
numbers, control characters, contractions, look-alikes of special tokens,
long words, bytes that happen to be UTF-8, and mixtures of them all."""
import glob
import json
import os
import random
import sysconfig

SCRIPTS = [
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x250, 0x2AF),
    (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x590, 0x5FF),
    (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x7C0, 0x7FF),
    (0x8A0, 0x8FF), (0x900, 0x97F), (0x980, 0x9FF), (0xA00, 0xA7F),
    (0xB80, 0xBFF), (0xC00, 0xC7F), (0xD00, 0xD7F), (0xE00, 0xE7F),
    (0xE80, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF),
    (0x1100, 0x11FF), (0x1200, 0x139F), (0x13A0, 0x13FF), (0x1780, 0x17FF),
    (0x1800, 0x18AF), (0x1E00, 0x1FFF), (0x2C00, 0x2DFF), (0x3040, 0x30FF),
    (0x3100, 0x318F), (0x4E00, 0x9FFF), (0x4E00, 0x4FFF), (0xA000, 0xA48F),
    (0xA640, 0xA6FF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
    (0xFE70, 0xFEFF), (0xFF00, 0xFFEF), (0x10000, 0x100FF),
    (0x10400, 0x1044F), (0x12000, 0x123FF), (0x1D400, 0x1D7FF),
    (0x1E900, 0x1E95F), (0x20000, 0x2A6DF), (0x2F800, 0x2FA1F),
]
SPACES = [*range(9, 14), 32, 32, 32, 32, 0x85, 0xA0, 0x1680,
          *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
          0x180E, 0xFEFF, 0x2581, 0x1C, 0x1D, 0x1E, 0x1F]
MARKS = [(0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x610, 0x61A),
         (0x64B, 0x65F), (0x730, 0x74A), (0x7EB, 0x7F3), (0x8D3, 0x8FF),
         (0x93A, 0x94D), (0xE31, 0xE4E), (0xF71, 0xF84), (0x1037, 0x103A),
         (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0),
         (0x302A, 0x302F), (0x3099, 0x309A), (0xA66F, 0xA672),
         (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x1D165, 0x1D169),
         (0x1E8D0, 0x1E8D6), (0xE0100, 0xE01EF)]
DIGITS = [0x30, 0x30, 0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xE50,
          0x1040, 0x17E0, 0xFF10, 0x1D7CE, 0x1E950]
NUMBERS = "²³¹¼½¾①②⑩⒈ⅠⅫ〇一二三十百㊀㉈𐄇"
EMOJI = [0x2764, 0x1F468, 0x1F469, 0x1F467, 0x1F466, 0x1F600, 0x1F44D,
         0x1F3F3, 0x1F3F4, 0x2620, 0x1F308, 0xA9, 0xAE, 0x2122, 0x2328,
         0x1F9D1, 0x1F680, 0x1FAE0, 0x1F1E6, 0x1F1FF, 0x1F1E9, 0x23, 0x2A]
JOINERS = [0x200D, 0xFE0F, 0x20E3, 0x1F3FB, 0x1F3FF, 0xE0067, 0xE007F]
# What clusters are made of, one or two of each sort.
CLUSTERED = ("\u0915\u0937\u09a4\u1000\u094d\u09cd\u1039\u093c\u0301\u0483"
             "\u0903\u200d\u200c\u00a9\u2122\u2328\u0600\u0890\u070f\u1100"
             "\u1161\u11a8\uac00\uac01a\r\n\u0085\u200b\u00ad\U0001f1e6"
             "\ufe0f\U0001f3fb\u0e33\u0eb3\u1f80\ufb1d")
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE",
                "'Ll", "\u2019s", "'\u017f", "''s", "'sd", "'r", "'l", "'",
                "n't", "'em", "\u02bcs", "'\u212a", "'v\u00e9"]
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡§«»¿–—‘’“”…‰€™∑，。、；「」！"
CODE = ["{\n", "}\n", "\t", "    ", "();", "->", "==", "!=", "/* ", " */",
        "//", "#include <", "0x1F", "1e-5", "a[i]", "&&", "\\n", "\"",
        "def f(x):", "return", "<|", "|>", "</", "$x", "::", "...", "\r\n"]
LINES = ["\n", "\r\n", "\r", "\n\n", "\n \n", "\r\r\n", "\n\r", "\u2028",
         "\x0b", "\x0c", "\x85"]
LIKE_SPECIAL = ["<s>", "</s>", "<unk>", "<pad>", "[CLS]", "[SEP]", "[UNK]",
                "[MASK]", "<mask>", "<|endoftext|>", "<|im_start|>",
                "<|im_end|>", "<|eot_id|>", "<0x0A>", "<0x41>", "##ing",
                "\u2581", "\u0120the", "<extra_id_0>", "[INST]", "<think>"]
MAX_COLLECTED = 6_000_000
LONG_EVERY = 400


def source_files(root):
    """This tree's prose and code, then the interpreter's library: what
    every machine that can run this has."""
    for pattern in ("*.md", "common/*/*.c", "router/*/*.c", "tools/demo/**",
                    "tests/**/*.py"):
        yield from sorted(glob.glob(os.path.join(root, pattern),
                                    recursive=True))
    library = sysconfig.get_path("stdlib")
    yield from sorted(glob.glob(os.path.join(library, "*.py")))


def collect(root):
    text = []
    size = 0
    for path in source_files(root):
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as f:
            text.append(f.read().decode("utf-8", "ignore"))
        size += len(text[-1])
        if size > MAX_COLLECTED:
            break
    return "".join(text)


def golden_strings(testdata):
    for name in ("tokens.json", "pretok.json"):
        path = os.path.join(testdata, "goldens", name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as f:
                yield from json.load(f)["strings"]


class Maker:
    def __init__(self, seed, collected, pieces=(), added=()):
        self.random = random.Random(seed)
        self.collected = collected
        self.pieces = pieces
        self.added = list(added)[:4000] + LIKE_SPECIAL
        self.made = 0
        self.kinds = [
            self.words, self.words, self.script, self.marks, self.emoji,
            self.code, self.source, self.source, self.spaces, self.lines,
            self.numbers, self.controls, self.contractions, self.special,
            self.special, self.bytes, self.any_characters, self.hangul,
            self.punctuation, self.cases, self.clusters]
        if pieces:
            self.kinds += [self.entries] * 3

    # --- small parts ---------------------------------------------------

    def pick(self, choices):
        return choices[int(self.random.random() * len(choices))]

    def few(self, most):
        """1 and up, small ones more often."""
        return 1 + int(most * self.random.random() ** 3)

    def char_of(self, ranges):
        first, last = self.pick(ranges)
        c = self.random.randint(first, last)
        return chr(c)

    def from_script(self, script, most):
        first, last = script
        return "".join(chr(self.random.randint(first, last))
                       for _ in range(self.few(most)))

    def space(self):
        return chr(self.pick(SPACES))

    # --- kinds -----------------------------------------------------------

    def words(self):
        parts = []
        for _ in range(self.few(12)):
            parts.append(self.from_script(self.pick(SCRIPTS), 12))
            parts.append(self.pick([" ", " ", " ", ", ", ". ", "-", "'", "\n",
                                    "  ", ""]))
        return "".join(parts)

    def script(self):
        script = self.pick(SCRIPTS)
        return " ".join(self.from_script(script, 20)
                        for _ in range(self.few(10)))

    def marks(self):
        out = []
        for _ in range(self.few(10)):
            if self.random.random() < 0.8:
                out.append(self.char_of(SCRIPTS))
            out += [self.char_of(MARKS) for _ in range(self.few(5))]
            if self.random.random() < 0.3:
                out.append(" ")
        return "".join(out)

    def emoji(self):
        out = []
        for _ in range(self.few(10)):
            out.append(chr(self.pick(EMOJI)))
            if self.random.random() < 0.6:
                out.append(chr(self.pick(JOINERS)))
            if self.random.random() < 0.1:
                out.append(self.pick([" ", "a", "\u0301"]))
        return "".join(out)

    def code(self):
        return "".join(self.pick(CODE) if self.random.random() < 0.6 else
                       self.from_script((0x61, 0x7A), 8)
                       for _ in range(self.few(20)))

    def source(self):
        at = int(self.random.random() * len(self.collected))
        return self.collected[at:at + self.few(150)]

    def spaces(self):
        out = []
        for _ in range(self.few(8)):
            out.append(self.space() * self.few(20) if
                       self.random.random() < 0.5 else
                       "".join(self.space() for _ in range(self.few(6))))
            if self.random.random() < 0.7:
                out.append(self.from_script(self.pick(SCRIPTS), 5))
        return "".join(out)

    def lines(self):
        out = []
        for _ in range(self.few(10)):
            out.append(self.pick(LINES) * self.few(4))
            if self.random.random() < 0.5:
                out.append(self.space() * self.few(5))
            if self.random.random() < 0.6:
                out.append(self.pick(["x", "Ab", "é", "1", "!", "。"]))
        return "".join(out)

    def numbers(self):
        out = []
        for _ in range(self.few(8)):
            zero = self.pick(DIGITS)
            out.append("".join(chr(zero + self.random.randint(0, 9))
                               for _ in range(self.few(14))))
            out.append(self.pick(["", " ", ".", ",", "/", "-", "e", "%",
                                  self.pick(NUMBERS), "\n"]))
        return "".join(out)

    def controls(self):
        return "".join(
            self.pick([chr(self.random.randint(0, 31)),
                       chr(self.random.randint(0x7F, 0xA0)), "\u200b",
                       "\u200e", "\u202e", "\ufeff", "\ufffd", "\u00ad",
                       "\u2060", "\ue000", "\ufffe", "a", " "])
            for _ in range(self.few(16)))

    def contractions(self):
        return "".join(
            self.pick([self.from_script((0x61, 0x7A), 6), "I", "we", " ",
                       "\u5b57"]) + self.pick(CONTRACTIONS)
            for _ in range(self.few(6)))

    def special(self):
        out = []
        for _ in range(self.few(8)):
            token = self.pick(self.added)
            way = self.random.random()
            if way < 0.15:
                cut = self.random.randint(0, len(token))
                token = token[:cut] if way < 0.08 else token[cut:]
            elif way < 0.2:
                token = token.upper()
            elif way < 0.25:
                token += self.pick("\u0301 s\n")
            out.append(token)
            out.append(self.pick(["", "", "", " ", "  ", "\n", "a", " b",
                                  "é", "_", "1", self.space()]))
        return "".join(out)

    def bytes(self):
        raw = bytes(self.random.getrandbits(8)
                    for _ in range(self.few(60)))
        return raw.decode("utf-8", self.pick(["ignore", "replace"]))

    def any_characters(self):
        out = []
        for _ in range(self.few(20)):
            c = self.random.randint(0, 0x10FFFF if
                                    self.random.random() < 0.5 else 0x33FF)
            out.append(chr(c) if not 0xD800 <= c <= 0xDFFF else "\ufffd")
        return "".join(out)

    def hangul(self):
        ranges = [(0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2),
                  (0xAC00, 0xD7A3), (0xA960, 0xA97C), (0xD7B0, 0xD7FB)]
        return "".join(self.char_of(ranges) for _ in range(self.few(16)))

    def punctuation(self):
        out = []
        for _ in range(self.few(10)):
            out.append(self.pick(PUNCTUATION) * self.few(4))
            if self.random.random() < 0.5:
                out.append(self.pick([" ", "a", "\n", "/", "B1", "字"]))
        return "".join(out)

    def cases(self):
        return "".join(
            self.pick(["A", "b", "Ǆ", "ǅ", "ß", "İ", "ı", "Σ", "ς", "ﬁ", "ʰ",
                       "ª", "ⅷ", "Ⓐ", "ⓐ", "K", "Å", "ſ", "Ꙁ", "ა", "Ა", " ",
                       "Ü", "é", "\u0301", "1", "字"])
            for _ in range(self.few(20)))

    def clusters(self):
        return "".join(self.pick(CLUSTERED) for _ in range(self.few(14)))

    def entries(self):
        return self.pick(["", "", " "]).join(
            self.pick(self.pieces) for _ in range(self.few(10)))

    def long_word(self):
        n = 500 + self.few(8000)
        way = self.random.randint(0, 4)
        if way == 0:
            return self.pick("aÀ字 \n1.-\u0301") * n
        if way == 1:
            return self.from_script(self.pick(SCRIPTS), 2) * (n // 3)
        if way == 2:
            first, last = self.pick(SCRIPTS)
            return "".join(chr(self.random.randint(first, last))
                           for _ in range(n))
        if way == 3:
            return "".join(self.pick("ab") for _ in range(n))
        return "".join(self.pick(self.kinds)() for _ in range(n // 40))

    def text(self):
        self.made += 1
        if self.made % LONG_EVERY == 0:
            return self.long_word()
        if self.random.random() < 0.2:
            return "".join(self.pick(self.kinds)()
                           for _ in range(1 + self.few(3)))
        return self.pick(self.kinds)()

    def texts(self, n):
        return [self.text().encode("utf-8", "ignore").decode()
                for _ in range(n)]
