"""A client of HTTP/2 for tests, over python3-h2: streams by their id, frames
as they come, and any bytes that a proper client would not send."""
import json
import socket
import struct
import time

import h2.config
import h2.connection
import h2.events
import h2.settings

import harness

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(6, 10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = range(4)
CANCEL, ENHANCE_YOUR_CALM = 8, 11


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + \
        struct.pack(">BBI", kind, flags, stream) + payload


class Exchange:
    """What has come of one stream."""

    def __init__(self):
        self.status, self.headers, self.interim = None, {}, []
        self.data, self.pieces = b"", []
        self.ended, self.reset = False, None

    @property
    def over(self):
        return self.ended or self.reset is not None

    def json(self):
        return json.loads(self.data)

    def events(self):
        return ["\n".join(line[5:].strip() for line in event.split("\n")
                          if line.startswith("data:"))
                for event in self.data.decode().split("\n\n")[:-1]]


class Client:
    """Of a gateway that counts what it was sent. `window`: of each stream,
    by our settings; `thank`: whether what has come makes room for more."""

    def __init__(self, gateway, window=None, thank=True, timeout=10,
                 wrap=None):
        self.gateway, address = gateway, gateway.address
        self.socket = socket.create_connection(address, timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
        self.timeout, self.thank = timeout * harness.SLOW, thank
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.streams, self.goaways, self.closed = {}, [], False
        self.pongs, self.pending, self.on_goaway = 0, b"", None
        self.address = address
        self.h2.initiate_connection()
        if window is not None:
            self.h2.update_settings(
                {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        self.socket.close()

    def flush(self):
        self.raw(self.h2.data_to_send())

    def raw(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True

    # --- asking -------------------------------------------------------

    def head(self, method, path, more=()):
        return [(":method", method), (":scheme", "http"),
                (":authority", "%s:%d" % self.address), (":path", path),
                *more]

    def fields(self, fields, end=True):
        """A stream with these fields."""
        stream = self.h2.get_next_available_stream_id()
        self.streams[stream] = Exchange()
        self.gateway.sent += 1
        self.h2.send_headers(stream, fields, end_stream=end)
        self.flush()
        return stream

    def get(self, path, *more, method="GET"):
        return self.fields(self.head(method, path, more))

    def post(self, path, value, *more):
        body = value if isinstance(value, bytes) else \
            json.dumps(value).encode()
        more = (("content-type", "application/json"),
                ("content-length", str(len(body))), *more)
        stream = self.fields(self.head("POST", path, more), end=False)
        self.data(stream, body, end=True)
        return stream

    def data(self, stream, body, end=False):
        """As windows allow."""
        while body:
            room = min(self.h2.local_flow_control_window(stream),
                       self.h2.max_outbound_frame_size, len(body))
            if room == 0:
                self.flush()
                self.read()
                continue
            self.h2.send_data(stream, body[:room],
                              end_stream=end and room == len(body))
            body = body[room:]
        if end and self.h2.streams[stream].open:
            if self.h2.streams[stream].state_machine.state.name in \
                    ("OPEN", "HALF_CLOSED_REMOTE"):
                self.h2.end_stream(stream)
        self.flush()

    def cancel(self, stream):
        self.h2.reset_stream(stream, CANCEL)
        self.flush()

    def open_window(self, stream, n):
        """For `n` more bytes of it, and of the connection."""
        self.h2.increment_flow_control_window(n, stream)
        self.h2.increment_flow_control_window(n)
        self.flush()

    # --- hearing ------------------------------------------------------

    def read(self):
        """What comes next; False at the connection's end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = True
            return False
        self.pending += data
        while len(self.pending) >= 9:
            size = 9 + int.from_bytes(self.pending[:3], "big")
            if len(self.pending) < size:
                break
            one, self.pending = self.pending[:size], self.pending[size:]
            self.take_frame(one)
        self.flush()
        return True

    def take_frame(self, one):
        """The library ends a connection with its first GOAWAY, and hears
        nothing more of a stream that has ended."""
        kind, stream = one[3], int.from_bytes(one[5:9], "big")
        if kind == GOAWAY:
            last, code = struct.unpack(">II", one[9:17])
            self.goaways.append((code, last))
            if self.on_goaway and len(self.goaways) == 1:
                self.on_goaway()
            return
        if kind == RST_STREAM and stream in self.streams:
            self.streams[stream].reset = int.from_bytes(one[9:13], "big")
        for event in self.h2.receive_data(one):
            self.take(event)

    def take(self, event):
        s = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.PingAckReceived):
            self.pongs += 1
        elif s is None:
            return
        elif isinstance(event, h2.events.InformationalResponseReceived):
            s.interim.append(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.ResponseReceived):
            s.headers = dict(event.headers)
            s.status = int(s.headers.pop(":status"))
        elif isinstance(event, h2.events.DataReceived):
            s.data += event.data
            s.pieces.append(len(event.data))
            if self.thank and event.flow_controlled_length:
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            s.ended = True

    def until(self, predicate, what="the condition"):
        end = time.monotonic() + self.timeout
        while not predicate():
            if self.closed:
                raise AssertionError(f"the connection ended before {what}")
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{what} did not come")
            self.socket.settimeout(left)
            try:
                self.read()
            except TimeoutError:
                pass

    def answer(self, stream):
        """Of one stream, when it is over."""
        s = self.streams[stream]
        self.until(lambda: s.over, f"the end of stream {stream}")
        return s

    def until_closed(self):
        """Reads what comes up to the connection's end."""
        end = time.monotonic() + self.timeout
        while not self.closed:
            left = end - time.monotonic()
            assert left > 0, "the connection does not end"
            self.socket.settimeout(left)
            try:
                self.read()
            except TimeoutError:
                pass
            except h2.exceptions.ProtocolError:
                self.closed = True
        return self.goaways
