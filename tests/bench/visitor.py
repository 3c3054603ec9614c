#!/usr/bin/env python3
"""Connections one by one, over TLS or not, or of HTTP/2 in the clear: makes
N and lets each go ("visit"), or holds them all until standard input ends
("hold"). Each sends the request of a file and reads the answer's head, or of
HTTP/2 all of it. A child of its own, so that its own work is on the core of
the load.

usage: visitor.py visit|hold HOST:PORT N plain|new|resumed|h2c FILE PATH
Prints one JSON object, when all are made."""
import json
import resource
import socket
import ssl
import struct
import sys

DATA, HEADERS, SETTINGS = 0, 1, 4  # RFC 9113 6
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    return context


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] +
            struct.pack(">BBI", kind, flags, stream) + payload)


def literal(name, value):
    """A field that stands for itself (RFC 7541 6.2.2)."""
    return b"\0" + b"".join(bytes([len(text)]) + text.encode()
                            for text in (name, value))


def h2_request(address, body, path):
    fields = ((":method", "POST"), (":scheme", "http"), (":path", path),
              (":authority", address), ("content-type", "application/json"),
              ("content-length", str(len(body))))
    return (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) +
            frame(HEADERS, END_HEADERS, 1,
                  b"".join(literal(*field) for field in fields)) +
            frame(DATA, END_STREAM, 1, body))


def h2_hear(peer):
    """Waits for the end of the one stream's answer."""
    with peer.makefile("rb") as frames:
        while head := frames.read(9):
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            frames.read(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & ACK:
                peer.sendall(frame(SETTINGS, ACK, 0))
            if kind in (DATA, HEADERS) and stream and flags & END_STREAM:
                return
    raise SystemExit("the connection was closed")


class Visitor:
    def __init__(self, address, kind, body, path):
        host, port = address.rsplit(":", 1)
        self.address, self.kind = (host, int(port)), kind
        self.context = tls_context() if kind in ("new", "resumed") else None
        self.session, self.resumed = None, 0
        self.request = (
            f"POST {path} HTTP/1.1\r\nHost: {address}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        if kind == "h2c":
            self.request = h2_request(address, body, path)

    def connect(self):
        peer = socket.create_connection(self.address, 20)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.context:
            return peer
        peer = self.context.wrap_socket(
            peer, server_hostname="localhost",
            session=self.session if self.kind == "resumed" else None)
        self.resumed += peer.session_reused
        return peer

    def ask(self):
        peer = self.connect()
        peer.sendall(self.request)
        return peer

    def hear(self, peer):
        """Waits for the answer's head, which of a stream may come with its
        first event."""
        if self.kind == "h2c":
            h2_hear(peer)
            return
        head = peer.recv(65536)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not an answer: {head[:200]!r}")
        if self.context:
            self.session = peer.session


def main():
    what, address, count, kind, file, path = sys.argv[1:]
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with open(file, "rb") as f:
        visitor = Visitor(address, kind, f.read(), path)
    first = visitor.ask()
    visitor.hear(first)  # so that there is a session to resume
    first.close()
    visitor.resumed, held = 0, []
    print(json.dumps({"ready": True}), flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        peer = visitor.ask()
        if what == "hold":
            held.append(peer)
        else:
            visitor.hear(peer)
            peer.close()
    for peer in held:
        visitor.hear(peer)
    print(json.dumps({"made": int(count), "resumed": visitor.resumed}),
          flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
