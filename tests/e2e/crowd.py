"""Many who talk with a gateway: conversations that grow, of which many begin
alike."""
import contextlib
import random
import threading

import harness
from books import chat

CHAT = "/v1/chat/completions"
WORDS = ("garden wall night train library catalogue bicycle gears choir oven "
         "river stone lamp window paper clock north south early late").split()


def words(n, seed):
    dice = random.Random(seed)
    return " ".join(dice.choice(WORDS) for _ in range(n))


def opening(dice):
    """What many conversations begin with: one of a few system messages,
    and mostly one of a few documents behind it."""
    system = min(dice.randrange(4), dice.randrange(4))
    text = words(400, system)
    if dice.random() < .7:
        text += "\n" + words(500, 10 * system + dice.randrange(2, 5))
    return {"role": "system", "content": text}


class Crowd:
    """Conversations, until it is stopped; whatever becomes of them."""

    def __init__(self, g, n, seed=0):
        self.g, self.stopping = g, threading.Event()
        self.threads = [threading.Thread(target=self._talk, args=(seed + i,))
                        for i in range(n)]
        for thread in self.threads:
            thread.start()

    def _talk(self, i):
        dice = random.Random(i)
        while not self.stopping.is_set():
            messages = [opening(dice)]
            for _ in range(4):
                messages.append({"role": "user",
                                 "content": words(60, dice.random())})
                self._ask(messages, f"somebody {i}",
                          4 + int(dice.expovariate(1 / 40)))
                messages.append({"role": "assistant",
                                 "content": words(40, dice.random())})
                if self.stopping.wait(dice.random() / 2):
                    return

    def _ask(self, messages, user, n):
        body = chat("", messages=messages, user=user, max_tokens=n,
                    stream=True, stream_options={"include_usage": True})
        with contextlib.suppress(OSError, harness.http.client.HTTPException):
            harness.request(self.g.address, "POST", CHAT, body)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@contextlib.contextmanager
def under_load(g, n, seed=0):
    crowd = Crowd(g, n, seed)
    try:
        yield
    finally:
        crowd.stop()
