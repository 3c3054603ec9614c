"""Tokenizers beside the reference library and the quickest others.

Each tokenizer of the test data, and the demo's, on prompts of English,
code, JSON and Chinese: with a memory that is fresh ("cold"), on more of
the same kind of text ("next") and on the same again ("warm"). A row is our
time by theirs, from rounds in which both had their turn; ids that differ
from the reference's fail. Then hostile inputs beside English, the time to
load, and the memory."""
import os

import goals
import token_sides
import token_texts

COLD = 3  # rounds of ours; theirs is loaded once for each
WARM = 5
#          cold, next, warm: by the reference's time
GOALS = {"english": (1 / 50, 1 / 50, 1 / 100),
         "code": (1 / 50, 1 / 50, 1 / 100),
         "json": (1 / 50, 1 / 50, 1 / 100),
         "chinese": (1 / 20, 1 / 20, 1 / 20)}
STATES = ("cold", "next", "warm")
WORST_MUST, WORST_MOONSHOT = 10, 3
# Of 150,000 entries; more may take more.
ENTRIES, LOAD_MS, HELD_BYTES = 150_000, 500, 32 << 20
LOAD_RATIO = 1.5


def tokenizer_files(root, testdata):
    """(name, path): the path of tokenizer.json."""
    yield "demo", os.path.join(root, "models", "demo", "tokenizer.json")
    folder = os.path.join(testdata, "tokenizers")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        for file in ("tokenizer.json", "tokenizer.json.gz"):
            path = os.path.join(folder, name, file)
            if os.path.isfile(path):
                yield name, path
                break


class TokenBench:
    def __init__(self, root, build, say):
        self.say, self.root = say, root
        self.program = os.path.join(build, "bench", "token")
        self.testdata = os.environ.get("WARMPATH_TESTDATA") or \
            os.path.join(root, "..", "shared", "testdata")
        self.kinds = token_texts.kinds(say)
        self.worst = token_texts.worst()
        self.libraries = token_sides.libraries(build, say)
        self.rows, self.failed = [], []

    def run(self):
        for name, path in tokenizer_files(self.root, self.testdata):
            try:
                ours = token_sides.Ours(self.program, path)
            except token_sides.Unavailable as why:
                self.say(f"SKIP {name}: refused: {why}")
                continue
            self.say(f"  tokens: {name}")
            try:
                self.run_one(name, path, ours)
            finally:
                ours.close()

    def row(self, name, value, *more, **named):
        self.rows.append(goals.Row("", f"tokens: {name}", value, *more,
                                   **named))

    def run_one(self, name, path, ours):
        grown = max(1, ours.n_ids / ENTRIES)
        self.row(f"{name} load", ours.load_ms, "ms",
                 must=LOAD_MS * grown, note=f"{ours.n_ids} ids")
        self.row(f"{name} load / jansson", ours.load_ms / ours.parse_ms,
                 "ratio", must=LOAD_RATIO)
        self.row(f"{name} held", ours.held / (1 << 20), "MiB",
                 must=(HELD_BYTES >> 20) * grown)
        for kind, (first, second) in self.kinds.items():
            self.compare(f"{name} {kind}", path, ours, kind, first, second)
        if "english" in self.kinds:
            self.run_worst(name, ours)

    # --- beside others -------------------------------------------------

    def compare(self, name, path, ours, kind, first, second):
        size = sum(len(text.encode()) for text in first)
        mine = {state: [] for state in STATES}
        for _ in range(COLD):
            self.our_cold(ours, first, second, mine)
        theirs = {}
        for library in self.libraries:
            try:
                encoder = token_sides.load(library, path)
                theirs[library] = self.their_cold(encoder, first, second)
                theirs[library]["encoder"] = encoder
            except token_sides.Unavailable as why:
                self.say(f"    {library.name}: not this one: {why}")
        self.warm(ours, first, mine, theirs)
        self.check(name, ours, first, second, theirs)
        for at, state in enumerate(STATES):
            self.rate_row(f"{name} {state}", size, mine[state])
            self.ratio_rows(f"{name} {state}", mine[state],
                            {library: found[state] for library, found
                             in theirs.items()}, GOALS[kind][at])

    @staticmethod
    def our_cold(ours, first, second, mine):
        ours.cold()
        ours.texts(first)
        mine["cold"].append(ours.run())
        ours.texts(second)
        mine["next"].append(ours.run())

    @staticmethod
    def their_cold(encoder, first, second):
        return {"cold": [encoder.run(first)], "next": [encoder.run(second)],
                "warm": []}

    @staticmethod
    def warm(ours, first, mine, theirs):
        ours.texts(first)
        ours.run()
        for found in theirs.values():
            found["encoder"].run(first)
        for _ in range(WARM):
            mine["warm"].append(ours.run())
            for found in theirs.values():
                found["warm"].append(found["encoder"].run(first))

    def check(self, name, ours, first, second, theirs):
        """The reference must agree; others that do not are no rivals."""
        texts = first + second
        ours.texts(texts)
        got = ours.ids(len(texts))
        for library in list(theirs):
            if theirs[library]["encoder"].ids(texts) == got:
                continue
            if library is self.libraries[0]:
                self.failed.append(f"{name}: not the ids of {library.name}")
                self.row(f"{name} ids", 1, "", seen="FAILED",
                         note=f"differ from {library.name}'s")
            else:
                self.say(f"    {name}: {library.name}: its ids are wrong")
                del theirs[library]

    def rate_row(self, name, size, seconds):
        self.row(name, size / goals.quartiles(seconds)[1] / 1e6, "MB/s")

    def ratio_rows(self, name, mine, theirs, must):
        for library, seconds in theirs.items():
            # One turn of theirs beside all of ours, or turn by turn.
            pairs = zip(mine, seconds * (len(mine) // len(seconds)))
            ratios = [a / b for a, b in pairs]
            reference = library is self.libraries[0]
            row = goals.ratio_row(
                "", f"tokens: {name} / {library.name.split()[0]}", ratios,
                must=must if reference else 1, note=library.name)
            self.rows.append(row)

    # --- alone -----------------------------------------------------------

    def run_worst(self, name, ours):
        english = "".join(self.kinds["english"][0]) * 2
        usual = self.one(ours, english)
        for kind, text in self.worst.items():
            taken = self.one(ours, text)
            self.row(f"{name} worst: {kind}", taken / usual, "ratio",
                     must=WORST_MUST, moonshot=WORST_MOONSHOT,
                     note=f"a byte to one of English; "
                          f"{1000 / taken:.0f} MB/s")

    @staticmethod
    def one(ours, text):
        """Nanoseconds a byte of one long text, with a fresh memory."""
        seconds = []
        ours.texts([text])
        for _ in range(COLD):
            ours.cold()
            seconds.append(ours.run())
        return min(seconds) * 1e9 / len(text.encode())
