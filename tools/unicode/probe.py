"""What the reference library takes each character for, found by trying all
of them: its parts carry Unicode data of four versions, and only the
library itself can say which part uses which. Sets are sets of code points.
"""
LAST = 0x10FFFF
ALL = [c for c in range(LAST + 1) if not 0xD800 <= c <= 0xDFFF]
TEXT = "".join(map(chr, ALL))
SAFE = "\n"  # changed by nothing that is asked line by line


def members_of_gaps(gaps):
    """All but what stands in the spans [start, end) of TEXT."""
    out, at = set(), 0
    for start, end in gaps:
        out.update(ALL[at:start])
        at = end
    out.update(ALL[at:])
    return out


class Probe:
    def __init__(self, library):
        self.library = library
        self.split = library.pre_tokenizers
        self.change = library.normalizers

    def removed_by(self, splitter):
        """Characters that a pre-tokenizer takes for what stands between
        words."""
        return members_of_gaps(span for _, span in
                               splitter.pre_tokenize_str(TEXT))

    def regex(self, pattern):
        """What a pattern of one character matches."""
        return self.removed_by(self.split.Split(
            self.library.Regex(pattern), "removed"))

    def regex_in(self, pattern, chars):
        """The same, tried on a few characters only, which stand apart: two
        together may be the same as one."""
        text = SAFE.join(map(chr, chars))
        kept = self.split.Split(self.library.Regex(pattern), "removed")
        left = set()
        for _, (start, end) in kept.pre_tokenize_str(text):
            left.update(range(start, end))
        return {c for i, c in enumerate(chars) if 2 * i not in left}

    def regex_in_text(self, pattern, text):
        """Does it match all of the text?"""
        whole = self.split.Split(self.library.Regex(f"\\A{pattern}\\z"),
                                 "removed")
        return not whole.pre_tokenize_str(text)

    # --- pre-tokenizers ---------------------------------------------------

    def numeric(self):
        digits = self.split.Digits(individual_digits=False)
        out = set()
        for piece, (start, end) in digits.pre_tokenize_str(TEXT):
            if self.is_numeric_run(digits, piece):
                out.update(ALL[start:end])
        return out

    @staticmethod
    def is_numeric_run(digits, piece):
        return len(digits.pre_tokenize_str("a" + piece[0])) == 2

    def punctuation(self):
        return self.removed_by(self.split.Punctuation("removed"))

    def white_space(self):
        return self.removed_by(self.split.WhitespaceSplit())

    def word(self):
        """The Whitespace pre-tokenizer's words."""
        splitter = self.split.Whitespace()
        return {c for c in ALL
                if splitter.pre_tokenize_str("a" + chr(c) + "a") ==
                [("a" + chr(c) + "a", (0, 3))]}

    # --- normalizers ------------------------------------------------------

    def mapped(self, normalizer):
        """Code point -> its form, of those that change."""
        lines = normalizer.normalize_str(
            SAFE.join(chr(c) for c in ALL if chr(c) != SAFE))
        made = lines.split(SAFE)
        asked = [c for c in ALL if chr(c) != SAFE]
        assert len(made) == len(asked)
        return {c: form for c, form in zip(asked, made) if form != chr(c)}

    def lowercase(self):
        return self.mapped(self.change.Lowercase())

    def canonical(self):
        return self.mapped(self.change.NFD())

    def compatible(self):
        return self.mapped(self.change.NFKD())

    def composed(self):
        return self.mapped(self.change.NFC())

    def nfd(self, text):
        return self.change.NFD().normalize_str(text)

    def nfc(self, text):
        return self.change.NFC().normalize_str(text)

    def accents(self):
        return self.dropped(self.change.StripAccents())

    def dropped(self, normalizer):
        return {c for c in ALL
                if normalizer.normalize_str("a" + chr(c)) == "a"}

    def bert(self, **on):
        off = {"clean_text": False, "handle_chinese_chars": False,
               "strip_accents": False, "lowercase": False}
        return self.change.BertNormalizer(**{**off, **on})

    def bert_dropped(self):
        return self.dropped(self.bert(clean_text=True))

    def bert_blanks(self):
        clean = self.bert(clean_text=True)
        return {c for c in ALL if clean.normalize_str(chr(c)) == " "}

    def bert_accents(self):
        return self.dropped(self.bert(strip_accents=True))

    def bert_chinese(self):
        apart = self.bert(handle_chinese_chars=True)
        return {c for c in ALL
                if apart.normalize_str(chr(c)) == f" {chr(c)} "}

    def is_starter(self, c):
        """No mark that sorts: one of the lowest class and one of the
        highest stay where they are beside it."""
        low, high, char = "\u0334", "\u0345", chr(c)
        whole = self.nfd(char)
        return self.nfd("a" + char + low) == "a" + whole + low and \
            self.nfd("a" + high + char) == "a" + high + whole

    # --- grapheme clusters ------------------------------------------------

    def cluster_test(self):
        """A normalizer that puts x in the place of any cluster of up to
        five bytes: cuts between characters become visible."""
        return self.library.normalizers.Precompiled(charsmap_of_any_byte())

    def joins_left(self):
        test = self.cluster_test()
        return {c for c in ALL if test.normalize_str("a" + chr(c)) == "x"}

    def joins_right(self):
        test = self.cluster_test()
        return {c for c in ALL if test.normalize_str(chr(c) + "a") == "x"}

    def breaks(self):
        """Controls of up to three bytes; longer ones are never asked for.
        A mark of two bytes joins to anything else."""
        test = self.cluster_test()
        return {c for c in ALL if c < 0x10000 and
                test.normalize_str(chr(c) + "\u0300") == "xx"}

    def pictographs(self):
        """What a joiner joins to a pictograph of two bytes: the cluster
        is then longer than five bytes."""
        test = self.cluster_test()
        return {c for c in ALL if
                test.normalize_str("\u00a9\u200d" + chr(c)) == "xxx"} - \
            self.joins_left()

    # Clusters of more than five bytes keep their characters; a mark of two
    # bytes behind one of up to three shows whether what is before it
    # belongs to a longer one.

    def joined_behind(self, before, after=""):
        """Characters that stand in one cluster with what is before them,
        and with what is behind them."""
        test = self.cluster_test()
        whole = len(before) + len(after) + 2
        return {c for c in ALL if len(chr(c).encode()) <= 3 or after
                if test.normalize_str(before + chr(c) + after + "\u0300") ==
                "x" * whole}

    def consonants(self):
        """Of conjuncts: behind a consonant and a linker."""
        return self.joined_behind("\u0915\u094d") - self.joins_left() - \
            self.breaks()

    def linkers(self):
        return self.joined_behind("\u0915", "\u0937") & self.joins_left()

    def conjunct_marks(self):
        """What may stand between a linker and a consonant."""
        return self.joined_behind("\u0915\u094d", "\u0937") & \
            self.joins_left()

    def pictograph_marks(self):
        """What may stand between a pictograph and a joiner."""
        return self.joined_behind("\u00a9", "\u200d\u2122") & \
            self.joins_left()


def charsmap_of_any_byte():
    """A double array in which every first byte but NUL is a key of its own,
    and all of them stand for "x"."""
    n = 512
    units = [0] * n
    units[0] = 256 << 10  # children of the root at 256 ^ byte
    for byte in range(1, 256):
        at = 256 ^ byte
        # Its one child, the value, stands at `at ^ offset`: at 0 + byte.
        units[at] = 256 << 10 | 1 << 8 | byte
    for byte in range(1, 256):
        units[256 ^ byte ^ 256] = 1 << 31  # value 0: the text's start
    raw = b"".join(u.to_bytes(4, "little") for u in [n * 4] + units)
    return raw + b"x\0"
