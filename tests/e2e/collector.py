"""Whom traces are told, and what a worker is told of them."""
import http.server
import json
import ssl
import socket
import threading

import harness


class Collector:
    """Takes OTLP over HTTP in JSON. `spans` are those that came, as dicts
    whose attributes are a dict, too."""

    def __init__(self, certificate=None):
        self.spans, self.heads, self.resources = [], [], []
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                n = int(self.headers["Content-Length"])
                outer.take(self.path, self.headers, json.loads(
                    self.rfile.read(n)))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        if certificate:
            secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secure.load_cert_chain(certificate.certificate, certificate.key)
            self.server.socket = secure.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)
        self.url = "http%s://127.0.0.1:%d" % (
            "s" if certificate else "", self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, headers, message):
        with self.lock:
            self.heads.append((path, headers))
            for resource in message["resourceSpans"]:
                self.resources.append(attributes(resource["resource"]))
                for scope in resource["scopeSpans"]:
                    self.spans += [told(s) for s in scope["spans"]]

    def roots(self):
        with self.lock:
            return [s for s in self.spans if s["kind"] == 2]

    def trace(self, root):
        """Its other spans, by their names."""
        with self.lock:
            return sorted((s for s in self.spans if s is not root and
                           s["traceId"] == root["traceId"]),
                          key=lambda s: (s["start"], s["end"]))

    def wait(self, n):
        """The first spans of n traces."""
        harness.wait_until(lambda: len(self.roots()) >= n, 15, f"{n} traces")
        return self.roots()


def attributes(of):
    values = {}
    for a in of["attributes"]:
        (kind, value), = a["value"].items()
        values[a["key"]] = int(value) if kind == "intValue" else value
    assert len(values) == len(of["attributes"]), of
    return values


def told(span):
    assert int(span["startTimeUnixNano"]) and isinstance(
        span["startTimeUnixNano"], str)
    assert len(span["traceId"]) == 32 and len(span["spanId"]) == 16
    return {**span, "attributes": attributes(span),
            "start": int(span["startTimeUnixNano"]),
            "end": int(span["endTimeUnixNano"])}


class Tap:
    """Passes connections on to a worker, and keeps the heads of clients'
    requests."""

    def __init__(self, to):
        self.to, self.asked = to, []
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = "http://%s:%d" % self.socket.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def heads(self):
        """Of the requests to /v1/…, each a list of (name, value)."""
        bytes_of_all = b"\r\n".join(self.asked)
        found = []
        for part in bytes_of_all.split(b"POST /v1/")[1:]:
            lines = part.split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
            found.append([tuple(x.split(": ", 1)) for x in lines])
        return found

    def _accept(self):
        try:
            while True:
                peer, _ = self.socket.accept()
                worker = socket.create_connection(self.to)
                for pair in ((peer, worker, self.asked), (worker, peer, [])):
                    threading.Thread(target=pump, args=pair,
                                     daemon=True).start()
        except OSError:
            pass


def pump(source, sink, kept):
    mine = bytearray()
    kept.append(mine)
    try:
        while data := source.recv(65536):
            mine += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        sink.close()
