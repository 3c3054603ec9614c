"""A DNS server on a port of the kernel's, over UDP and TCP, whose answers a
test changes as it goes."""
import ipaddress
import socket
import struct
import threading

A, CNAME, AAAA, SRV = 1, 5, 28, 33
NXDOMAIN, SERVFAIL = 3, 2


def name_bytes(name):
    return b"".join(bytes([len(p)]) + p.encode()
                    for p in name.rstrip(".").split(".")) + b"\0"


def record(kind, value):
    if kind in (A, AAAA):
        return ipaddress.ip_address(value).packed
    if kind == CNAME:
        return name_bytes(value)
    priority, port, target = value
    return struct.pack(">HHH", priority, 0, port) + name_bytes(target)


class DnsServer:
    """A context. `zone` has by (name, type) a list of values, or a code;
    names that are not there do not exist. `silent`, `cut` (over UDP every
    answer is marked as truncated), `held` (over TCP a question is taken, and
    nothing more) and `garbage` (an answer's only record) are what goes wrong.
    `asked` has the questions, each with how it came."""

    def __init__(self, zone=None, ttl=0):
        self.zone, self.ttl = dict(zone or {}), ttl
        self.silent = self.cut = self.held = False
        self.holding = []  # connections
        self.garbage = None
        self.asked = []
        self.udp, self.tcp = self.sockets()
        self.port = self.udp.getsockname()[1]
        self.stopping = False
        self.threads = [threading.Thread(target=t)
                        for t in (self.serve_udp, self.serve_tcp)]
        for t in self.threads:
            t.start()

    @staticmethod
    def sockets():
        for _ in range(50):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(("127.0.0.1", 0))
            try:
                tcp = socket.create_server(udp.getsockname())
            except OSError:
                udp.close()
                continue
            udp.settimeout(0.05)
            tcp.settimeout(0.05)
            return udp, tcp
        raise AssertionError("no port that is free for both")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stopping = True
        for t in self.threads:
            t.join()
        for s in [self.udp, self.tcp, *self.holding]:
            s.close()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def conf(self, name, **more):
        return {"dns": {"name": name, "servers": [self.address],
                        "min_ttl": "100ms", "max_ttl": "200ms", **more},
                "settle": "0s"}

    def serve_udp(self):
        while not self.stopping:
            try:
                question, sender = self.udp.recvfrom(4096)
            except TimeoutError:
                continue
            answer = self.answer(question, "udp")
            if answer is not None:
                self.udp.sendto(answer, sender)

    def serve_tcp(self):
        while not self.stopping:
            try:
                connection, _ = self.tcp.accept()
            except TimeoutError:
                continue
            if self.held:
                self.holding.append(connection)
                continue
            with connection:
                connection.settimeout(2)
                size, = struct.unpack(">H", connection.recv(2))
                answer = self.answer(connection.recv(size), "tcp")
                if answer is not None:
                    connection.sendall(struct.pack(">H", len(answer)) +
                                       answer)

    def answer(self, question, how):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name = ".".join(labels).lower()
        kind, = struct.unpack(">H", question[at + 1:at + 3])
        self.asked.append((name, kind, how))
        if self.silent:
            return None
        if self.garbage is not None:
            return question[:2] + b"\x85\x80\0\1\0\1\0\0\0\0" + \
                question[12:at + 5] + self.garbage
        held = self.zone.get((name, kind))
        if held is None:
            known = any(n == name for n, _ in self.zone)
            held = [] if known else NXDOMAIN
        code, values = (held, []) if isinstance(held, int) else (0, held)
        flags = 0x8580 | code
        if self.cut and how == "udp":
            flags, values = flags | 0x0200, []
        out = question[:2] + struct.pack(">HHHHH", flags, 1, len(values), 0,
                                         0) + question[12:at + 5]
        for value in values:
            text = record(kind, value)
            out += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, self.ttl,
                                             len(text)) + text
        return out
