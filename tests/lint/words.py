"""Words that do not belong in the project: paths of one machine, numbers
of tickets, names of assistants. This file is not checked by itself."""
import re

WORDS = (
    (re.compile(r"(?<![\w.])/(?:work|farm)/"), "a path of one machine"),
    (re.compile(r"\b[Ii]ssue #?\d+\b"), "the number of an issue"),
    (re.compile(r"(?:^|[\s(])#\d{1,5}(?=[\s.,:;)]|$)"),
     "the number of a thread"),
    # A model's own prompt tells it who it is.
    (re.compile(r"\b(?:claude code|copilot|codex|(?<!you are )chatgpt)\b",
                re.I), "the name of a tool"),
    (re.compile(r"\bco-authored-by\b", re.I), "the name of a tool"),
)
CODE = (".c", ".h", ".py", ".sh", ".yaml", ".yml", ".md", "Makefile")


def word_faults(path, lines):
    if path.startswith("tests/lint/") or not path.endswith(CODE):
        return
    for number, line in enumerate(lines, 1):
        for pattern, what in WORDS:
            if pattern.search(line):
                yield number, f"{what} does not belong in the project"
