"""Reads the corpus of messages; tests/corpus/http/README.md says what its
files look like."""
import glob
import os
import re

import harness

FOLDER = os.path.join(harness.ROOT, "tests", "corpus", "http")
LIMITS = {"max_head": 2048, "max_uri": 512, "max_headers": 20,
          "max_header": 1024, "max_body": 4096, "max_chunk_extensions": 400,
          "max_trailers": 256, "max_json_depth": 16, "max_json_members": 16,
          "max_json_number": 40, "max_messages": 8, "max_prompts": 4,
          "max_prompt_tokens": 8, "max_n": 4, "max_tokens": 1000}
PLAIN = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
ESCAPE = re.compile(
    r"\\(?:(?P<plain>[rnt\\])|x(?P<hex>[0-9a-fA-F]{2})|"
    r"\*(?P<times>\d+)\{(?P<what>[^}]*)\}|\((?P<name>[^)]*)\))")


class Verdict:
    """`kind` is accept, refuse, wait, cut or nothing; the rest is of what
    was accepted."""

    def __init__(self, text, decode, is_request):
        words = text.split(" ")
        self.kind, self.close = words[0], words[0] == "refuse"
        self.method = self.path = self.body = None
        self.status = 0
        if self.kind == "refuse":
            self.status = int(words[1]) if is_request else 502
        if self.kind != "accept":
            return
        words.pop(0)
        if is_request:
            self.method = words.pop(0)
            self.path = decode(words.pop(0)).decode("latin-1")
        self.status = int(words.pop(0))
        rest = " ".join(words)
        if re.match(r"close\b", rest):
            self.close, rest = True, rest[6:]
        if rest.startswith("body="):
            self.body = decode(rest[5:])
        else:
            assert not rest, f"no verdict: {text}"


class Case:
    def __init__(self, place, name):
        self.place, self.name = place, name
        self.bytes, self.body, self.verdicts = b"", b"", []
        self.drops, self.sent_path, self.sent_body = [], None, None
        self.closes = self.to_head = False

    def __repr__(self):
        return f"{self.place}: {self.name}"

    def add_body(self, text):
        self.body = text
        self.bytes += b"Content-Length: %d\r\n\r\n%s" % (len(text), text)

    def add_detail(self, text, decode):
        what, _, rest = text.partition(" ")
        if what == "drops":
            self.drops.append(rest)
        elif what == "path":
            self.sent_path = rest
        elif what == "body":
            self.sent_body = decode(rest)
        else:
            raise AssertionError(f"{self}: no detail: {text}")

    def body_of(self, verdict):
        return self.body if verdict.body is None else verdict.body


class File:
    def __init__(self, path, is_request):
        self.name = os.path.basename(path)
        self.is_request, self.lets, self.cases = is_request, {}, []
        with open(path, encoding="ascii") as f:
            for number, line in enumerate(f, 1):
                self.line(number, line.rstrip("\n"))

    def _one(self, match):
        if match["plain"]:
            return PLAIN[match["plain"]]
        if match["hex"]:
            return chr(int(match["hex"], 16))
        if match["times"]:
            return self._text(match["what"]) * int(match["times"])
        return self._text(self.lets[match["name"]])

    def _text(self, text):
        return ESCAPE.sub(self._one, text)

    def decode(self, text):
        return self._text(text).encode("latin-1")

    def line(self, number, line):
        if line.startswith("let "):
            name, _, self.lets[name] = line[4:].partition(" = ")
        elif line.startswith("--- "):
            self.cases.append(Case(f"{self.name}:{number}", line[4:]))
        elif line and not line.startswith("#"):
            self.case_line(self.cases[-1], line)

    def case_line(self, case, line):
        kind, _, rest = line.partition(" ")
        if kind == "|":
            case.bytes += self.decode(rest)
        elif kind == "|=":
            case.add_body(self.decode(rest))
        elif kind == "=":
            case.verdicts.append(
                Verdict(rest, self.decode, self.is_request))
        elif kind == ">":
            case.add_detail(rest, self.decode)
        elif kind == "closes":
            case.closes = True
        elif kind == "to":
            case.to_head = True


def files(kind):
    for path in sorted(glob.glob(os.path.join(FOLDER, kind, "*.txt"))):
        yield File(path, kind == "request")
