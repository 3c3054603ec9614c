"""Clients that ask at a steady rate and hold streams open, plain and over
TLS, and know what must be answered. Each keeps its connections for as long
as the answers let it; whatever is not as it must be is noted as a fault."""
import asyncio
import collections
import json
import time

import books
import harness
import http2

CHAT = "/v1/chat/completions"
MOST_FAULTS = 20


class Truth:
    """Questions and what is said to them, by a worker that nothing happens
    to. The questions begin alike, as those of one application do."""

    def __init__(self, reference, n_questions, asked_tokens, stream_tokens):
        self.asked, self.streamed = [], []
        for i in range(n_questions):
            text = f"{books.LONG[:200]} Question {i}: and what then?"
            for to, tokens, stream in ((self.asked, asked_tokens, False),
                                       (self.streamed, stream_tokens, True)):
                body = books.chat(text, max_tokens=tokens, ignore_eos=True)
                told = reference.post(CHAT, body).json()
                assert told["usage"]["completion_tokens"] == tokens
                to.append(({**body, "stream": stream},
                           told["choices"][0]["message"]["content"]))


class Fault(Exception):
    """An answer that is not what it must be."""


def check_stream(body, wanted):
    """Every token, in its place, and the end."""
    events = ["\n".join(line[5:].strip() for line in event.split("\n")
                        if line.startswith("data:"))
              for event in body.decode().split("\n\n")]
    if events[-2:] != ["[DONE]", ""]:
        raise Fault(f"a stream ends with {body[-200:]!r}")
    said = books.said(events[:-2])
    if said != wanted:
        raise Fault(f"a stream says {said!r}, not {wanted!r}")


def check_whole(body, wanted):
    said = json.loads(body)["choices"][0]["message"]["content"]
    if said != wanted:
        raise Fault(f"an answer says {said!r}, not {wanted!r}")


class Crossed(Exception):
    """A connection that rested was closed as it was asked: nothing of an
    answer came. Any client may meet that, and asks again on another."""


class Connection:
    """One of HTTP/1.1."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.kept = reader, writer, True
        self.served = False

    async def ask(self, body):
        data = json.dumps(body).encode()
        self.writer.write(b"POST %s HTTP/1.1\r\nHost: a\r\n"
                          b"Content-Type: application/json\r\n"
                          b"Content-Length: %d\r\n\r\n%s"
                          % (CHAT.encode(), len(data), data))
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if self.served and not getattr(error, "partial", b""):
                raise Crossed from error
            raise
        head, self.served = head.decode().lower(), True
        answer = await self.rest(head)
        self.kept = "\r\nconnection: close\r\n" not in head
        if not head.startswith("http/1.1 200 "):
            raise Fault(f"{head}{answer!r}")
        return answer

    async def rest(self, head):
        _, mark, length = head.partition("\r\ncontent-length: ")
        if mark:
            return await self.reader.readexactly(int(length.split()[0]))
        body = b""
        while True:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            body += (await self.reader.readexactly(size + 2))[:-2]
            if size == 0:
                return body

    def close(self):
        self.writer.close()


class Clients:
    """`doors`: (address, TLS context or None) that they come in by, in
    turns."""

    def __init__(self, doors, truth):
        self.doors, self.truth, self.stopped = doors, truth, False
        self.idle = [collections.deque() for _ in doors]
        self.faults, self.slowest_s = [], 0
        self.sent = self.answered = self.streamed = self.opened = 0
        self.sent_h2 = self.crossed = 0

    def note(self, error):
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(repr(error)[:300])
        self.stopped = self.stopped or len(self.faults) >= MOST_FAULTS

    async def connection(self, door):
        while self.idle[door]:
            kept = self.idle[door].popleft()
            if not kept.reader.at_eof():
                return kept
            kept.close()
        address, context = self.doors[door]
        self.opened += 1
        return Connection(*await asyncio.open_connection(
            *address, ssl=context,
            server_hostname="localhost" if context else None))

    async def answer(self, door, body):
        """And the connection that it came by."""
        while True:
            c = await self.connection(door)
            try:
                return await asyncio.wait_for(c.ask(body),
                                              60 * harness.SLOW), c
            except Crossed:
                self.crossed += 1
                c.close()

    async def ask(self, n, among, check):
        body, wanted = among[n % len(among)]
        door, begun = n % len(self.doors), time.monotonic()
        try:
            self.sent += 1
            answer, c = await self.answer(door, body)
            check(answer, wanted)
        except (OSError, EOFError, ValueError, KeyError, Fault,
                asyncio.TimeoutError) as error:
            self.note(error)
            return
        if c.kept:
            self.idle[door].append(c)
        else:
            c.close()
        if check is check_whole:
            self.answered += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        else:
            self.streamed += 1

    async def steadily(self, rate):
        """Whatever becomes of those before."""
        begun, n, running = time.monotonic(), 0, set()
        while not self.stopped:
            n += 1
            await asyncio.sleep(begun + n / rate - time.monotonic())
            task = asyncio.create_task(
                self.ask(n, self.truth.asked, check_whole))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    def close(self):
        for kept in self.idle:
            while kept:
                kept.popleft().close()

    async def stream_after_stream(self, n):
        while not self.stopped:
            await self.ask(n, self.truth.streamed, check_stream)
            n += 1

    # --- HTTP/2 -------------------------------------------------------

    def over_http2(self, n_streams):
        """In a thread of its own: so many on one connection, and another
        once it is told to leave."""
        try:
            while not self.stopped:
                self.one_http2(n_streams)
        except (OSError, AssertionError, Fault, ValueError) as error:
            self.note(error)

    def one_http2(self, n_streams):
        with http2.Client(Door(self.doors[0][0]), timeout=60) as c:
            going, n = {}, 0
            while going or not (c.goaways or self.stopped):
                while len(going) < n_streams and not (c.goaways or
                                                      self.stopped):
                    body, wanted = self.truth.streamed[
                        n % len(self.truth.streamed)]
                    going[c.post(CHAT, body)] = wanted
                    self.sent_h2 += 1
                    n += 1
                c.until(lambda: c.goaways or any(
                    c.streams[s].over for s in going), "a stream's end")
                for s in [s for s in going if c.streams[s].over]:
                    self.check_http2(c.streams[s], going.pop(s))
                if c.goaways and going:
                    c.answer(next(iter(going)))

    def check_http2(self, s, wanted):
        if s.status != 200 or s.reset is not None:
            raise Fault(f"HTTP/2: {s.status}, reset {s.reset}: {s.data!r}")
        check_stream(s.data, wanted)
        self.streamed += 1


class Door:
    """What http2.Client wants of a gateway."""

    def __init__(self, address):
        self.address, self.sent = address, 0
