"""A client that knows what the model would say, and so can tell an answer
that is broken from one that only looks whole."""
import json

import books

CHAT = "/v1/chat/completions"
WHOLE, REFUSED, CUT = "whole", "refused", "cut"


class Witness:
    """`reference` is a worker that nothing is done to."""

    def __init__(self, address, reference):
        self.address, self.reference = address, reference

    def truth(self, body):
        answer = self.reference.post(CHAT, body).json()
        return answer["choices"][0]["message"]["content"]

    def ask(self, text, stream, max_tokens=12):
        """What became of it; a lie is an AssertionError. OSError where the
        gateway itself ended the connection without an answer."""
        body = books.chat(text, max_tokens=max_tokens)
        wanted = self.truth(body)
        raw = books.post_raw(self.address, CHAT, {**body, "stream": stream},
                             timeout=60)
        with raw:
            data = raw.read_all()
        if not data:
            raise OSError("no answer")
        answer = books.Cut(data)
        if answer.status != 200:
            assert answer.status in (429, 500, 502, 503, 504), data
            assert json.loads(answer.body)["error"]["message"]
            return REFUSED
        return self.judge_stream(answer, wanted) if stream else \
            self.judge_whole(answer, wanted)

    def judge_stream(self, answer, wanted):
        if not answer.whole:
            books.assert_cut(answer)
            assert wanted.startswith(answer.text()), "not a prefix"
            return CUT
        assert answer.events()[-1] == "[DONE]"
        assert books.said(answer.events()) == wanted
        return WHOLE

    def judge_whole(self, answer, wanted):
        length = int(answer.headers["content-length"])
        if len(answer.body) < length:
            return CUT
        said = json.loads(answer.body)["choices"][0]["message"]["content"]
        assert said == wanted
        return WHOLE


def ask_in_turns(one, name, stop):
    """Until stop(), at least once; how many. All must be whole."""
    n = 0
    while n == 0 or not stop():
        assert one.ask(f"{name} asks for the {n}th time", n % 2 == 1) == WHOLE
        n += 1
    return n
