"""A worker that says exactly the bytes it is told to say."""
import socket
import struct
import threading

# What clients ask for; the rest the gateway asks by itself.
PATHS = (b"/v1/chat/completions", b"/v1/completions", b"/v1/messages")
HEALTHY = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
           b"Content-Type: application/json\r\n\r\n{}")


class Reset:
    """In a script: the connection is reset there."""


class Scripted:
    """`script` is what the next requests of clients get, in order: a list of
    parts each: bytes to send, a call to wait for, or Reset. After its parts
    the connection is closed, unless the last part is KEEP; `always` is what
    they get when the script is at its end; what else is asked gets `others`.
    `requests` are those of clients, `seen` all. `peers` are the connections
    that have brought one of a client and are open."""
    KEEP = object()
    HOLD = object()  # says nothing until the peer closes

    def __init__(self):
        self.script, self.connections, self.requests = [], 0, []
        self.always, self.peers, self.seen = None, set(), []
        self.others = HEALTHY
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = self.socket.getsockname()
        self.url = "http://%s:%d" % self.address
        self.worker_name = "scripted"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.socket.close()

    def config(self):
        return {"name": self.worker_name, "url": self.url}

    def say(self, *parts):
        with self.lock:
            self.script.append(parts)

    def _accept(self):
        try:
            while True:
                peer, _ = self.socket.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(peer,),
                                 daemon=True).start()
        except OSError:
            pass

    def _serve(self, peer):
        counted, data = False, b""
        try:
            with peer:
                while True:
                    request, data = read_request(peer, data)
                    if not request:
                        return
                    self.seen.append(request)
                    if request.split(b" ")[1] not in PATHS:
                        peer.sendall(self.others)
                        continue
                    with self.lock:
                        self.connections += not counted
                        self.requests.append(request)
                        self.peers.add(peer)
                        parts = self.script.pop(0) if self.script else \
                            self.always
                    counted = True
                    if not self._play(peer, parts):
                        return
        except OSError:
            pass
        finally:
            self.peers.discard(peer)

    def _play(self, peer, parts):
        for part in parts:
            if part is self.KEEP:
                return True
            if part is self.HOLD:
                while peer.recv(65536):
                    pass
            elif callable(part) and part is not Reset:
                part()
            elif part is Reset:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
            else:
                peer.sendall(part)
        return False


def read_request(peer, data):
    """One request with a Content-Length or none, and what follows it."""
    while b"\r\n\r\n" not in data:
        more = peer.recv(65536)
        if not more:
            return None, b""
        data += more
    head, _, data = data.partition(b"\r\n\r\n")
    size = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            size = int(line.split(b":")[1])
    while len(data) < size:
        more = peer.recv(65536)
        if not more:
            return None, b""
        data += more
    return head + b"\r\n\r\n" + data[:size], data[size:]
