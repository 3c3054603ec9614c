"""What a server of HTTP/2 must do with frames that no proper client sends, by
sections of RFC 9113 and 7541: what a client sends behind the preface and its
settings, and what it must hear. Written by hand, byte by byte, so that no
library stands between.

A case's outcome is "goaway NAME", which ends the connection, "reset ID NAME",
"STATUS" of stream 1's answer, or "fine": the connection goes on."""
import struct

from http2 import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY,
                   HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
                   WINDOW_UPDATE, frame)

CODES = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR",
         "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
         "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
         "ENHANCE_YOUR_CALM")
PUSH_PROMISE, PADDED, PRIORITISED = 5, 8, 32
MAX_FRAME = 16384


def literal(name, value):
    """A field that no table keeps."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


# By the static table: GET or POST, http, and a path and a host as literals.
TARGET = literal(b":path", b"/v1/models") + literal(b":authority", b"a")
GET, POST = b"\x82\x86" + TARGET, b"\x83\x86" + TARGET
LONG = b"".join(literal(b"x-%d" % i, b"a" * 100) for i in range(9))


def headers(stream=1, block=GET, flags=END_STREAM | END_HEADERS):
    return frame(HEADERS, flags, stream, block)


def posted(stream=1, block=POST):
    return headers(stream, block, END_HEADERS)


def settings(*pairs, flags=0, stream=0):
    return frame(SETTINGS, flags, stream, b"".join(
        struct.pack(">HI", *pair) for pair in pairs))


def number(kind, value, stream=0, flags=0):
    return frame(kind, flags, stream, struct.pack(">I", value))


CASES = []


def case(section, what, data, *expected):
    """Any of `expected` is right."""
    CASES.append((f"{section}: {what}", data, expected))


# --- frames -------------------------------------------------------------

case("4.1", "a type of nobody's", frame(0x42, 255, 0, b"x" * 9), "fine")
case("4.1", "flags of nobody's", frame(PING, 0xfe, 0, b"8 octets"), "fine")
case("4.1", "the reserved bit", frame(PING, 0, 1 << 31, b"8 octets"), "fine")
case("4.2", "the largest DATA", posted() + frame(
    DATA, END_STREAM, 1, b" " * MAX_FRAME), "404", "405", "400")
case("4.2", "too large a DATA", posted() + frame(
    DATA, 0, 1, b" " * (MAX_FRAME + 1)), "goaway FRAME_SIZE_ERROR",
    "reset 1 FRAME_SIZE_ERROR")
case("4.2", "too large a HEADERS", headers(1, GET + b"\0" * MAX_FRAME),
     "goaway FRAME_SIZE_ERROR")
case("4.3", "a block that is none", headers(1, GET + b"\xff\xff\xff\xff\xff"),
     "goaway COMPRESSION_ERROR")
case("4.3", "another frame within a block",
     headers(flags=END_STREAM) + frame(PING, 0, 0, b"8 octets"),
     "goaway PROTOCOL_ERROR")
case("4.3", "another stream's within a block",
     headers(flags=END_STREAM) + headers(3), "goaway PROTOCOL_ERROR")

# --- streams ------------------------------------------------------------

case("5.1", "DATA of an idle stream", frame(DATA, END_STREAM, 1, b"x"),
     "goaway PROTOCOL_ERROR")
case("5.1", "RST_STREAM of an idle stream", number(RST_STREAM, 8, 1),
     "goaway PROTOCOL_ERROR")
case("5.1", "WINDOW_UPDATE of an idle stream", number(WINDOW_UPDATE, 9, 1),
     "goaway PROTOCOL_ERROR")
case("5.1", "PRIORITY of an idle stream",
     frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"), "fine")
case("5.1", "CONTINUATION of an idle stream",
     frame(CONTINUATION, END_HEADERS, 1, GET), "goaway PROTOCOL_ERROR")
case("5.1", "DATA behind the end", headers() + frame(DATA, 0, 1, b"x"),
     "goaway STREAM_CLOSED")
case("5.1", "HEADERS behind the end", headers() + headers(),
     "goaway STREAM_CLOSED")
case("5.1", "DATA behind the own reset", posted() + number(RST_STREAM, 8, 1)
     + frame(DATA, 0, 1, b"x"), "goaway STREAM_CLOSED")
case("5.1", "HEADERS behind the own reset", posted()
     + number(RST_STREAM, 8, 1) + headers(), "goaway STREAM_CLOSED")
case("5.1", "resets and windows behind the end", headers()
     + number(WINDOW_UPDATE, 9, 1), "200")
case("5.1.1", "a stream of the server's", headers(2), "goaway PROTOCOL_ERROR")
case("5.1.1", "a stream below one before", headers(5) + headers(3),
     "goaway PROTOCOL_ERROR")
case("5.1.2", "more streams than were granted", b"".join(
    posted(n) for n in range(1, 4002, 2)), "goaway PROTOCOL_ERROR",
    "goaway ENHANCE_YOUR_CALM", "reset 201 REFUSED_STREAM")
case("5.5", "an extension within a block",
     headers(flags=END_STREAM) + frame(0x42, 0, 0, b"x"),
     "goaway PROTOCOL_ERROR")

# --- kinds of frames ------------------------------------------------------

case("6.1", "DATA of no stream", frame(DATA, 0, 0, b"x"),
     "goaway PROTOCOL_ERROR")
case("6.1", "more padding than DATA", posted() + frame(
    DATA, PADDED | END_STREAM, 1, b"\5abcd"), "goaway PROTOCOL_ERROR")
case("6.2", "HEADERS of no stream", headers(0), "goaway PROTOCOL_ERROR")
case("6.2", "more padding than HEADERS", headers(
    1, b"\xff" + GET, END_STREAM | END_HEADERS | PADDED),
    "goaway PROTOCOL_ERROR")
case("6.2", "padding and priority", headers(
    1, b"\2\0\0\0\0\x10" + GET + b"\0\0",
    END_STREAM | END_HEADERS | PADDED | PRIORITISED), "200")
case("6.3", "PRIORITY of no stream", frame(PRIORITY, 0, 0, b"\0\0\0\1\x10"),
     "goaway PROTOCOL_ERROR")
case("6.3", "a short PRIORITY", frame(PRIORITY, 0, 1, b"\0\0\0\1"),
     "goaway FRAME_SIZE_ERROR", "reset 1 FRAME_SIZE_ERROR")
case("6.4", "RST_STREAM of no stream", number(RST_STREAM, 8),
     "goaway PROTOCOL_ERROR")
case("6.4", "a short RST_STREAM", posted() + frame(RST_STREAM, 0, 1, b"\0"),
     "goaway FRAME_SIZE_ERROR")
case("6.5", "an answer with settings", settings((4, 9), flags=ACK),
     "goaway FRAME_SIZE_ERROR")
case("6.5", "SETTINGS of a stream", settings((4, 9), stream=1),
     "goaway PROTOCOL_ERROR")
case("6.5", "half a setting", frame(SETTINGS, 0, 0, b"\0\3\0"),
     "goaway FRAME_SIZE_ERROR")
case("6.5.2", "push neither on nor off", settings((2, 2)),
     "goaway PROTOCOL_ERROR")
case("6.5.2", "too large a window", settings((4, 1 << 31)),
     "goaway FLOW_CONTROL_ERROR")
case("6.5.2", "too small a frame", settings((5, MAX_FRAME - 1)),
     "goaway PROTOCOL_ERROR")
case("6.5.2", "too large a frame", settings((5, 1 << 24)),
     "goaway PROTOCOL_ERROR")
case("6.5.2", "a setting of nobody's", settings((0xff, 1)), "fine")
case("6.5.3", "one setting twice", settings((4, 0), (4, 65535)) + headers(),
     "200")
case("6.6", "a promise of a client's",
     frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2" + GET),
     "goaway PROTOCOL_ERROR")
case("6.7", "PING of a stream", frame(PING, 0, 1, b"8 octets"),
     "goaway PROTOCOL_ERROR")
case("6.7", "a short PING", frame(PING, 0, 0, b"7 octet"),
     "goaway FRAME_SIZE_ERROR")
case("6.7", "an answer to no PING", frame(PING, ACK, 0, b"8 octets"), "fine")
case("6.8", "GOAWAY of a stream", frame(GOAWAY, 0, 1, b"\0" * 8),
     "goaway PROTOCOL_ERROR")
case("6.9", "a window opened by nothing", number(WINDOW_UPDATE, 0),
     "goaway PROTOCOL_ERROR")
case("6.9", "a stream's window opened by nothing",
     posted() + number(WINDOW_UPDATE, 0, 1), "goaway PROTOCOL_ERROR",
     "reset 1 PROTOCOL_ERROR")
case("6.9", "a short WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 0, b"\0\0\1"),
     "goaway FRAME_SIZE_ERROR")
case("6.9.1", "too wide a window", number(WINDOW_UPDATE, 0x7fffffff),
     "goaway FLOW_CONTROL_ERROR")
case("6.9.1", "too wide a window of a stream",
     posted() + number(WINDOW_UPDATE, 0x7fffffff, 1),
     "goaway FLOW_CONTROL_ERROR", "reset 1 FLOW_CONTROL_ERROR")
case("6.9.2", "a window that goes below nothing", settings((4, 1))
     + headers() + settings((4, 0)) + settings((4, 65535)), "200")
case("6.10", "a block in three", headers(1, GET[:3], END_STREAM) + frame(
    CONTINUATION, 0, 1, GET[3:9]) + frame(
    CONTINUATION, END_HEADERS, 1, GET[9:]), "200")
case("6.10", "CONTINUATION of no stream", headers(flags=END_STREAM) + frame(
    CONTINUATION, END_HEADERS, 0, b""), "goaway PROTOCOL_ERROR")
case("6.10", "CONTINUATION behind a whole block", posted() + frame(
    CONTINUATION, END_HEADERS, 1, b""), "goaway PROTOCOL_ERROR")
case("6.10", "CONTINUATION behind DATA", posted() + frame(
    DATA, 0, 1, b"x") + frame(CONTINUATION, END_HEADERS, 1, b""),
    "goaway PROTOCOL_ERROR")
case("6.10", "a block without end", headers(1, GET, END_STREAM) + b"".join(
    frame(CONTINUATION, 0, 1, LONG) for _ in range(200)),
    "goaway ENHANCE_YOUR_CALM")

# --- messages -------------------------------------------------------------

case("8.1", "a second head that is no end",
     posted() + posted(1, literal(b"x", b"1")), "400", "reset 1 "
     "PROTOCOL_ERROR")
case("8.1.1", "a body longer than it is said to be", posted(
    1, POST + literal(b"content-length", b"1"))
    + frame(DATA, END_STREAM, 1, b"xy"), "400", "reset 1 PROTOCOL_ERROR")
case("8.1.1", "a body shorter than it is said to be", posted(
    1, POST + literal(b"content-length", b"3"))
    + frame(DATA, 0, 1, b"x") + frame(DATA, END_STREAM, 1, b"y"), "400",
    "reset 1 PROTOCOL_ERROR")
for bad in ((b"X", b"1"), (b":who", b"me"), (b":status", b"200"),
            (b"connection", b"keep-alive"), (b"te", b"gzip"),
            (b"transfer-encoding", b"chunked"), (b":path", b"/twice"),
            (b"x", b"a\nb"), (b"", b"1")):
    case("8.2", f"the field {bad}", headers(1, GET + literal(*bad)), "400")
case("8.3", "a pseudo-header behind a field", headers(
    1, b"\x82\x86" + literal(b"x", b"1") + TARGET), "400")
case("8.3", "no pseudo-header at all", headers(1, literal(b"x", b"1")), "400")
case("8.3.1", "no path", headers(1, b"\x82\x86"), "400")
case("8.3.1", "an empty path", headers(1, b"\x82\x86" + literal(
    b":path", b"") + literal(b":authority", b"a")), "400")

# --- HPACK (RFC 7541) -----------------------------------------------------

case("2.3.3", "an index of nothing", headers(1, b"\x80"),
     "goaway COMPRESSION_ERROR")
case("2.3.3", "an index behind the tables", headers(1, b"\xc6"),
     "goaway COMPRESSION_ERROR")
case("4.2", "a table's size behind a field", headers(1, GET + b"\x20"),
     "goaway COMPRESSION_ERROR")
case("5.2", "padding of a code over 7 bits",
     headers(1, GET + b"\0\1x\x82\xff\xff"), "goaway COMPRESSION_ERROR")
case("5.2", "the code that ends a string",
     headers(1, GET + b"\0\1x\x84\xff\xff\xff\xff"),
     "goaway COMPRESSION_ERROR")
case("6.3", "a table larger than granted", headers(1, b"\x3f\xff\xff\xff\x07"
                                                   + GET),
     "goaway COMPRESSION_ERROR")
