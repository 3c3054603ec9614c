"""A prompt computed by one worker and gone on with by another, over NIXL:
each hand-over arrives as it was given, and whatever fails on the way ends
both legs."""
import signal

import pytest

import harness
from books import chat, completion, fault, state
from certificates import Authority
from halves import (KEEP, LONG, Half, assert_clean, assert_unpinned,
                    complaints, expect_handed, handed, known, split_fleet)

CHAT = "/v1/chat/completions"
TEXT = "/v1/completions"
# What nobody fetches is let go after it; a hand-over takes far less.
LEASE_S = 0.5 * harness.SLOW


@pytest.fixture
def split(programs, front):
    """split(n_prefill=1, n_decode=1, gateway={}, **options)"""
    return lambda **more: split_fleet(programs, front, **more)


# --- hand-overs --------------------------------------------------------

@pytest.mark.parametrize("version", ["0.10.2", "0.27.0"])
def test_a_long_prompt_is_computed_by_one_and_answered_by_another(split,
                                                                  version):
    g = split(version=version)
    answer, line = g.ask(completion(LONG, max_tokens=8))
    assert answer.status == 200 and answer.json()["usage"][
        "completion_tokens"] == 8
    expect_handed(line, "p0", "d0")
    assert line["connector"] == "nixl" and line["prefill_s"] > 0
    alone = g.by_name["d0"].post(TEXT, completion(LONG, max_tokens=8))
    assert alone.json()["choices"][0]["text"] == \
        answer.json()["choices"][0]["text"]
    assert handed(g.by_name["d0"])[0]["received"] == 1
    m = g.metrics()
    assert m.value("warmpath_prefill_legs_total", worker="p0",
                   outcome="done") == 1
    assert m.value("warmpath_prefill_seconds_count") == 1
    assert m.value("warmpath_hand_over_seconds_count") == 1
    assert_clean(g)


def test_a_chat_that_streams_is_handed_over_too(split):
    g = split()
    with g.stream(CHAT, chat(LONG, stream=True)) as stream:
        events = list(stream)
    assert events[-1] == "[DONE]" and "kv_transfer_params" not in str(events)
    expect_handed(g.lines(1)[-1], "p0", "d0")
    assert_clean(g)


def test_what_the_decode_worker_holds_is_not_computed_elsewhere(split):
    g = split()
    short, line = g.ask(completion("What is the capital of France?"))
    assert short.status == 200 and "prefill_worker" not in line
    _, line = g.ask(chat(LONG), CHAT)
    expect_handed(line, "p0", "d0")
    g.settle()
    _, line = g.ask(chat(LONG), CHAT)
    assert line["worker"] == "d0" and "prefill_worker" not in line
    assert state(g.by_name["p0"])["received"] == 1
    assert_clean(g)


def test_what_decode_must_compute_itself_is_not_split(split):
    g = split()
    for more in ({"n": 2}, {"echo": True}, {"prompt_logprobs": 1},
                 {"best_of": 2}):
        answer, line = g.ask(completion(LONG, **more))
        assert answer.status == 200 and "prefill_worker" not in line
    answer, line = g.ask(completion([LONG, LONG]))
    assert answer.status == 200 and "prefill_worker" not in line
    assert state(g.by_name["p0"])["received"] == 0
    assert_clean(g)


def test_workers_of_unlike_releases_are_never_a_pair(programs, front):
    workers = [programs.start(Half, "p0", "prefill", version="0.26.0"),
               programs.start(Half, "p1", "prefill", version="0.27.0"),
               programs.start(Half, "d0", "decode", version="0.27.0")]
    g = known(front(workers, **KEEP))
    for i in range(4):
        _, line = g.ask(completion(f"{i} {LONG}"))
        expect_handed(line, "p1", "d0")
    g.tell_worker("p1", "drain")
    _, line = g.ask(completion(f"5 {LONG}"))
    assert line["outcome"] == "ok" and "prefill_worker" not in line
    assert_clean(g)


def test_what_only_prefills_gets_no_whole_request(split):
    g = split()
    g.tell_worker("d0", "drain")
    answer, line = g.ask(completion("short"))
    assert answer.status == 503 and line["outcome"] != "ok"
    assert state(g.by_name["p0"])["received"] == 0
    tokens = g.post("/tokenize", {"model": "demo", "prompt": "a b"})
    assert tokens.status == 200
    assert g.worker("p0")["role"] == "prefill"
    assert g.worker("d0")["connector"] == "nixl"


# --- prefill fails -----------------------------------------------------

@pytest.mark.parametrize("kind, more", [
    ("reset", {}), ("status", {"status": 503}), ("status", {"status": 500}),
    ("short_body", {"after": 0})])
def test_another_prefills_where_one_fails(split, kind, more):
    g = split(n_prefill=2, lease=LEASE_S)
    fault(g.by_name["p0"], kind, **more)
    lines = [g.ask(completion(f"{i} {LONG}"))[1] for i in range(3)]
    assert all(x["outcome"] == "ok" for x in lines)
    for line in lines:
        expect_handed(line, line["prefill_worker"], "d0")
    tried = [x for x in lines if x["tries"] == 2]
    assert len(tried) == 1 and tried[0]["prefill_worker"] == "p1"
    assert g.metrics().value("warmpath_prefill_legs_total", worker="p0",
                             outcome="failed") == 1
    assert_unpinned(g)


def test_decode_computes_alone_where_nobody_prefills(split):
    g = split()
    g.by_name["p0"].kill()
    answer, line = g.ask(completion(LONG))
    assert answer.status == 200 and line["worker"] == "d0"
    assert line.get("hand_over") in (None, "failed")


def test_what_the_prefill_worker_refuses_its_client_hears(split):
    g = split()
    fault(g.by_name["p0"], "status", status=400)
    answer, line = g.ask(completion(LONG))
    assert answer.status == 400 and answer.json()["error"]
    assert (line["outcome"], line["hand_over"]) == ("client_error",
                                                    "refused")
    assert state(g.by_name["d0"])["received"] == 0
    assert g.worker("p0")["breaker"] == "closed"


def test_without_a_budget_a_failed_prefill_is_told(split):
    g = split(gateway={"retries": {"max_tries": 1}})
    fault(g.by_name["p0"], "reset")
    answer, line = g.ask(completion(LONG))
    assert answer.status == 502 and line["outcome"] == "upstream_error"
    answer, line = g.ask(completion(LONG))
    expect_handed(line, "p0", "d0")


def test_a_prompt_that_ends_at_once_is_computed_again(split):
    g = split(version="0.10.2")
    fault(g.by_name["p0"], "early_stop")
    answer, line = g.ask(completion(LONG))
    assert answer.status == 200
    assert (line["worker"], line["hand_over"]) == ("d0", "nothing")
    assert_clean(g)


# --- decode fails ------------------------------------------------------

@pytest.mark.parametrize("kind, more", [("reset", {}),
                                        ("status", {"status": 503})])
def test_a_prompt_is_computed_anew_where_decode_fails(split, kind, more):
    g = split(n_decode=2, lease=LEASE_S)
    fault(g.by_name["d0"], kind, **more)
    lines = [g.ask(completion(f"{i} {LONG}"))[1] for i in range(3)]
    assert all(x["outcome"] == "ok" for x in lines)
    assert sorted(x["tries"] for x in lines)[-1] == 2
    retried = next(x for x in lines if x["tries"] == 2)
    assert retried["worker"] == "d1"
    assert_unpinned(g)


def test_decode_goes_on_alone_where_the_transfer_fails(programs, front):
    workers = [programs.start(Half, "p0", "prefill", block_size=32),
               programs.start(Half, "d0", "decode", block_size=16)]
    g = known(front(workers, **KEEP))
    answer, line = g.ask(completion(LONG))
    assert answer.status == 200, answer
    assert (line["worker"], line["hand_over"]) == ("d0", "lost")
    assert complaints(workers[1]) == {"mismatch": 1}
    assert g.metrics().value("warmpath_retries_total",
                             reason="hand-over failed") == 1


def test_a_stream_that_breaks_off_is_not_begun_again(split):
    g = split(n_decode=2)
    for name in ("d0", "d1"):
        fault(g.by_name[name], "cut_midstream", after=1)
    with g.stream(TEXT, completion(LONG, stream=True, max_tokens=20)) as s:
        events = list(s)
    assert "[DONE]" not in events
    line = g.lines(1)[-1]
    assert line["outcome"] == "cut_visible" and line["tries"] <= 1
    assert state(g.by_name["p0"])["received"] == 1


class Sealed(Half):
    """One that speaks TLS."""

    def config(self):
        return {**super().config(), "tls": {"insecure": True}}


def test_a_prompt_whose_lease_is_over_is_computed_anew(programs, front,
                                                       tmp_path):
    own = Authority(str(tmp_path)).sign("engine")
    prefill = programs.start(Half, "p0", "prefill", lease=0.4 * LEASE_S)
    prefill.lease = f"{200 * harness.SLOW}ms"
    silent = programs.start(Sealed, "d0", "decode",
                            tls_certificate=own.certificate,
                            tls_key=own.key)
    other = programs.start(Half, "d1", "decode")
    g = known(front([prefill, silent, other],
                    probe={"health_interval": "60s"}, **KEEP))
    silent.signal(signal.SIGSTOP)
    try:
        answer, line = g.ask(completion(LONG))
    finally:
        silent.signal(signal.SIGCONT)
    assert answer.status == 200
    assert line["worker"] == "d1" and line["prefill_worker"] == "p0"
    again = state(prefill)["received"] == 2
    assert line["hand_over"] == ("done" if again else "lost")
    assert g.metrics().value("warmpath_retries_total",
                             reason="lease over") == 1
    harness.settles(lambda: handed(prefill)[0]["pinned"], 0)


# --- clients leave -----------------------------------------------------

def test_a_client_that_leaves_between_the_legs_ends_both(split):
    g = split()
    fault(g.by_name["p0"], "slow", ms=60000)
    raw = g.raw(TEXT, completion(LONG))
    harness.wait_until(lambda: state(g.by_name["p0"])["received"] == 1)
    assert g.worker("p0")["inflight"] == g.worker("d0")["inflight"] == 1
    raw.socket.close()
    line = g.lines(1)[-1]
    assert line["outcome"] == "client_gone"
    assert line["hand_over"] == "cancelled"
    harness.settles(lambda: state(g.by_name["p0"])["aborts"], 1)
    assert state(g.by_name["d0"])["received"] == 0
