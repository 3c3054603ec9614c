"""The texts of the tokenizers' benchmark: the same bytes for everybody.

English, Chinese and code are read from what any Debian machine that builds
this has, and from this tree; JSON is made of these two. Hostile texts are
made."""
import gettext
import glob
import json
import os
import random
import sysconfig

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
TEXT = 1 << 19  # bytes of one text
PROMPT = 10_000  # bytes of each of its parts
WORST = 1 << 20
ENGLISH = ["/usr/share/doc/git/RelNotes/2.*", "/usr/share/perl/*/**/*.pod",
           "*.md", "/usr/share/common-licenses/*"]
CODE = [sysconfig.get_path("stdlib") + "/[m-z]*.py", "common/*/*.c",
        "router/*/*.c", "/usr/include/*.h"]
CHINESE = "/usr/share/locale/zh_CN/LC_MESSAGES/*.mo"
HAN = "\u3400"
KINDS = ["english", "code", "json", "chinese"]


class TooLittle(Exception):
    """This machine has not enough of such text."""


def read_files(patterns, size, step=1):
    """About `size` bytes from each pattern in turn."""
    text = []
    share = size // 2
    for pattern in patterns:
        held = 0
        for path in sorted(glob.glob(os.path.join(ROOT, pattern),
                                     recursive=True))[::step]:
            if held >= share or not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                text.append(f.read().decode("utf-8", "ignore"))
            held += len(text[-1])
    return "".join(text)


def messages():
    """What programs say in Chinese, in no order."""
    said = []
    for path in sorted(glob.glob(CHINESE)):
        with open(path, "rb") as f:
            try:
                catalog = gettext.GNUTranslations(f)._catalog
            except (OSError, UnicodeDecodeError):
                continue
        said += [text for key, text in catalog.items()
                 if key and isinstance(text, str) and len(text) > 12 and
                 2 * sum(c > HAN for c in text) > len(text)]
    random.Random(1).shuffle(said)
    return said


def requests(english, code, size):
    """Bodies of chat requests."""
    pick = random.Random(2)
    parts = [p for p in english.split("\n\n") + code.split("\n\n") if p]
    made, held = [], 0
    while held < size:
        body = {
            "model": "m",
            "messages": [{"role": pick.choice(["user", "assistant"]),
                          "content": pick.choice(parts)}
                         for _ in range(pick.randint(1, 4))],
            "temperature": round(pick.random(), 3),
            "seed": pick.randrange(10 ** 9),
            "tools": [{"type": "function", "function": {
                "name": "get_" + pick.choice(["weather", "file", "user"]),
                "parameters": {"type": "object", "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer", "minimum": 1}}}}}],
        }
        made.append(json.dumps(body, ensure_ascii=False,
                               indent=pick.choice([None, 2])))
        held += len(made[-1])
    return "\n".join(made)


def prompts(text):
    """The text in parts, cut between characters."""
    raw = text.encode()
    at = 0
    while at < len(raw):
        end = min(at + PROMPT, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        yield raw[at:end].decode()
        at = end


def halves(text):
    """Two lists of prompts, of up to TEXT bytes each: one to learn from."""
    raw = text.encode()
    if len(raw) < TEXT:
        raise TooLittle(f"{len(raw)} bytes")
    size = min(TEXT, len(raw) // 2)
    return (list(prompts(raw[:size].decode("utf-8", "ignore"))),
            list(prompts(raw[size:2 * size].decode("utf-8", "ignore"))))


def kinds(complain):
    """{kind: (prompts, more of the kind)}."""
    english = read_files(ENGLISH, 3 * TEXT, 3)
    code = read_files(CODE, 3 * TEXT, 2)
    texts = {"english": english, "code": code,
             "json": requests(english, code, 2 * TEXT),
             "chinese": "\n".join(messages())}
    found = {}
    for kind in KINDS:
        try:
            found[kind] = halves(texts[kind])
        except TooLittle as why:
            complain(f"SKIP {kind}: this machine has too little of it: "
                     f"{why}")
    return found


def random_text():
    pick = random.Random(9)
    return "".join(chr(pick.randrange(0xD000)) for _ in range(WORST // 3))


def fill(what):
    return what * (WORST // len(what.encode()))


def worst():
    """{name: text}, none of which is like what people write."""
    pick = random.Random(10)
    family = "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"
    return {
        "one letter": fill("a"),
        "two letters": fill("ab"),
        "spaces": fill(" "),
        "newlines": fill("\n"),
        "digits": "".join(pick.choice("0123456789") for _ in range(WORST)),
        "one digit": fill("7"),
        "signs": fill("=-"),
        "han": "".join(chr(0x4E00 + pick.randrange(3000))
                       for _ in range(WORST // 3)),
        "one han": fill("\u4E2D"),
        "emoji": fill(family),
        "marks": fill("q\u0307\u0323"),
        "random": random_text(),
        "letters": "".join(pick.choice("abcdefghijklmnopqrstuvwxyz")
                           for _ in range(WORST)),
    }
