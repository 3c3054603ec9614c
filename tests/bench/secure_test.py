"""What h2load and the events' publisher tell is taken for what it is."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import measure  # noqa: E402 (needs the path)
import publisher  # noqa: E402
import secure  # noqa: E402

REPORT = """
finished in 1.21s, 8270.11 req/s, 1.93MB/s
requests: 10000 total, 10000 started, 10000 done, {ok} succeeded, {bad} \
failed, 0 errored, 0 timeout
status codes: {ok} 2xx, 0 3xx, {bad} 4xx, 0 5xx
traffic: 2.34MB (2450000) total
"""


def test_a_whole_run_gives_its_rate():
    assert secure.h2load_figures(REPORT.format(ok=10000, bad=0)) == (
        8270.11, True)


def test_a_rate_in_milliseconds_is_read_too():
    text = REPORT.format(ok=10000, bad=0).replace("1.21s", "812.00ms")
    assert secure.h2load_figures(text)[0] == 8270.11


def test_requests_that_failed_spoil_the_run():
    assert not secure.h2load_figures(REPORT.format(ok=9999, bad=1))[1]


@pytest.mark.parametrize("text", [
    "", "finished in 0s, 0 req/s", "could not connect to 127.0.0.1:1"])
def test_what_is_no_report_is_refused(text):
    with pytest.raises(measure.BurstFailed):
        secure.h2load_figures(text)


class Quiet(publisher.Publisher):
    """Keeps its events."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def send_batch(self, packed_events):
        self.sent += [publisher.msgpack.unpackb(e) for e in packed_events]


@pytest.fixture
def quiet():
    made = Quiet()
    yield made
    made.close()


def test_a_block_is_published_once(quiet):
    shared = list(range(32))
    quiet.publish_prompt(shared + [1] * 16)
    quiet.publish_prompt(shared + [2] * 16)
    quiet.publish_prompt(shared + [2] * 16)
    (_, first, parent, tokens, *_), (_, second, after, more, *_) = quiet.sent
    assert (len(first), parent, len(tokens)) == (3, None, 48)
    assert (len(second), after, more) == (1, first[1], [2] * 16)
    assert len(quiet.stored) == 4


def test_the_same_tokens_elsewhere_are_another_block(quiet):
    quiet.publish_prompt([1] * 16 + [2] * 16)
    quiet.publish_prompt([2] * 16)
    assert len(quiet.stored) == 3


def test_what_fills_no_block_is_not_published(quiet):
    quiet.publish_prompt([1] * 15)
    quiet.publish_prompt([])
    assert quiet.sent == []
