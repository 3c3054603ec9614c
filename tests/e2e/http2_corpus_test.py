"""Each case of the corpus on a connection of its own, and one connection that
is served to the end."""
import pytest

pytest.importorskip("h2", reason="SKIP: python3-h2 is not there")

import harness  # noqa: E402 (may be skipped)
import http2  # noqa: E402
from books import FAST  # noqa: E402
from http2_corpus import ACK, CASES, CODES  # noqa: E402

MARK = http2.frame(http2.PING, 0, 0, b"the mark")
STATUS = {8: "200", 9: "204", 10: "206", 11: "304", 12: "400", 13: "404",
          14: "500"}


def name_of(code):
    return CODES[int.from_bytes(code, "big")]


class Listener:
    """What comes, as words."""

    def __init__(self, raw):
        self.raw, self.heard, self.over = raw, [], False

    def frame(self):
        """(kind, flags, stream, payload); None at the end."""
        try:
            head = self.take(9)
            return head[3], head[4], int.from_bytes(head[5:9], "big"), \
                self.take(int.from_bytes(head[:3], "big"))
        except (AssertionError, OSError):
            return None

    def take(self, n):
        while len(self.raw.pending) < n:
            more = self.raw.socket.recv(65536)
            assert more
            self.raw.pending += more
        data, self.raw.pending = self.raw.pending[:n], self.raw.pending[n:]
        return data

    def word(self, kind, flags, stream, payload):
        if kind == http2.GOAWAY:
            return "goaway " + name_of(payload[4:8])
        if kind == http2.RST_STREAM:
            return f"reset {stream} {name_of(payload)}"
        if kind == http2.HEADERS and stream == 1:
            return self.status(payload)
        if kind == http2.PING and flags == ACK and payload == b"the mark":
            return "fine"
        return None

    def status(self, block):
        """Of an index, or of a literal with an index for its name."""
        if block[0] & 0x80:
            return STATUS[block[0] & 0x7f]
        decoded = http2.h2.connection.Decoder().decode(block)
        return str(dict(decoded)[":status"])

    def until(self, words):
        """Whether one of them comes before the connection's end."""
        while not set(words) & set(self.heard):
            one = self.frame()
            if one is None:
                self.over = True
                return False
            self.heard.append(self.word(*one))
        return True


def fault_of(address, name, data, expected):
    """None if all is as it should be."""
    with harness.Raw(address) as raw:
        listener = Listener(raw)
        try:
            raw.send(http2.PREFACE + http2.frame(http2.SETTINGS)
                     + http2.frame(http2.SETTINGS, http2.ACK) + data + MARK)
        except OSError:
            pass  # it has heard enough
        found = listener.until(expected)
        if not found:
            heard = [w for w in listener.heard if w]
            return f"{name}: {heard}, not {expected}"
        if all(e.startswith("goaway") for e in expected) and \
                "fine" in listener.heard:
            return f"{name}: it goes on"
        if expected == ("fine",) and \
                {w for w in listener.heard if w} != {"fine"}:
            return f"{name}: {listener.heard}"
    return None


def test_every_case_of_the_corpus_is_taken_as_it_must_be(fleet, front):
    g = front(fleet(1, **FAST), threads=1, counted=False)
    with http2.Client(g) as bystander:
        faults = [fault for case in CASES
                  if (fault := fault_of(g.address, *case))]
        assert not faults, "\n".join(faults)
        assert bystander.answer(bystander.get("/v1/models")).status == 200
