"""Every connector hands over, and of those whose legs go at once the end of
one is the end of the other."""
import pytest

import harness
from books import chat, completion, fault, state
from halves import (LONG, assert_clean, assert_unpinned, expect_handed,
                    handed, split_fleet)

CHAT = "/v1/chat/completions"
TEXT = "/v1/completions"


@pytest.fixture
def split(programs, front):
    """split(n_prefill=1, n_decode=1, gateway={}, **options)"""
    return lambda **more: split_fleet(programs, front, **more)


@pytest.mark.parametrize("connector, version", [
    ("nixl_push", "0.27.0"), ("mooncake", "0.24.0"), ("p2p_nccl", "0.23.0"),
    ("lmcache", "0.24.0"), ("sglang", "0.24.0")])
def test_every_connector_hands_over(split, connector, version):
    g = split(connector=connector, version=version)
    for i in range(2):
        answer, line = g.ask(completion(f"{i} {LONG}", max_tokens=8))
        assert answer.status == 200, answer
        expect_handed(line, "p0", "d0")
    with g.stream(CHAT, chat(LONG, stream=True)) as stream:
        assert list(stream)[-1] == "[DONE]"
    expect_handed(g.lines(3)[-1], "p0", "d0")
    assert handed(g.by_name["d0"])[0]["received"] == 3
    assert_clean(g)


AT_ONCE = ["sglang", "mooncake", "nixl_push"]


@pytest.mark.parametrize("connector", AT_ONCE)
def test_a_failed_prefill_ends_decode_at_once(split, connector):
    g = split(n_prefill=2, connector=connector)
    fault(g.by_name["p0"], "reset")
    lines = [g.ask(completion(f"{i} {LONG}"))[1] for i in range(2)]
    tried = [x for x in lines if x["tries"] == 2]
    assert [x["outcome"] for x in lines] == ["ok", "ok"]
    assert len(tried) == 1 and tried[0]["duration_s"] < 5 * harness.SLOW
    expect_handed(tried[0], "p1", "d0")
    harness.settles(lambda: state(g.by_name["d0"])["aborts"], 1)
    assert_unpinned(g)


@pytest.mark.parametrize("connector", AT_ONCE)
def test_a_failed_decode_ends_prefill_at_once(split, connector):
    g = split(n_decode=2, connector=connector)
    fault(g.by_name["d0"], "reset")
    fault(g.by_name["p0"], "slow", ms=300, count=-1)
    lines = [g.ask(completion(f"{i} {LONG}"))[1] for i in range(2)]
    tried = [x for x in lines if x["tries"] == 2]
    assert [x["outcome"] for x in lines] == ["ok", "ok"]
    assert len(tried) == 1
    expect_handed(tried[0], "p0", "d1")
    harness.settles(lambda: state(g.by_name["p0"])["aborts"], 1)


@pytest.mark.parametrize("connector", AT_ONCE)
def test_a_client_that_leaves_ends_two_legs_at_once(split, connector):
    g = split(connector=connector)
    fault(g.by_name["p0"], "slow", ms=60000)
    raw = g.raw(TEXT, completion(LONG))
    harness.wait_until(lambda: state(g.by_name["d0"])["received"] == 1)
    raw.socket.close()
    assert g.lines(1)[-1]["outcome"] == "client_gone"
    for name in ("p0", "d0"):
        harness.settles(lambda n=name: state(g.by_name[n])["aborts"], 1)


def test_decode_does_not_wait_for_a_prompt_that_ended_at_once(split):
    g = split(connector="mooncake")
    fault(g.by_name["p0"], "early_stop")
    answer, line = g.ask({**chat(LONG), "ignore_eos": False,
                          "stop": ["."]}, CHAT)
    assert answer.status == 200 and line["duration_s"] < 5 * harness.SLOW
    expect_handed(line, "p0", "d0")


def test_a_batch_has_a_room_for_each_prompt(split):
    g = split(connector="sglang")
    answer, line = g.ask(completion([LONG, "b" + LONG, "c" + LONG]))
    assert answer.status == 200
    assert len(answer.json()["choices"]) == 3
    expect_handed(line, "p0", "d0")
    assert_clean(g)


def test_without_a_prefill_worker_such_decode_workers_serve_nobody(split):
    g = split(connector="sglang")
    g.tell_worker("p0", "drain")
    answer, line = g.ask(completion(LONG))
    assert answer.status == 503 and line["outcome"] != "ok"
    assert state(g.by_name["d0"])["received"] == 0


def test_room_at_a_pair_is_waited_for(split):
    g = split(connector="sglang", bound=1)
    fault(g.by_name["p0"], "slow", ms=200, count=-1)
    raws = [g.raw(TEXT, completion(f"{i} {LONG}")) for i in range(3)]
    answers = [raw.read_all() for raw in raws]
    assert all(b" 200 " in a.split(b"\r\n")[0] for a in answers), answers
    assert max(x["queue_s"] for x in g.lines(3)) > 0.1


@pytest.mark.parametrize("connector, version", [
    ("nixl", "0.27.0"), ("mooncake", "0.24.0"), ("sglang", "0.24.0")])
def test_ranks_find_one_another(split, connector, version):
    g = split(connector=connector, version=version, data_parallel=2)
    lines = [g.ask(completion(f"{i} {LONG}"))[1] for i in range(6)]
    for line in lines:
        expect_handed(line, line["prefill_worker"], line["worker"])
    assert {x["prefill_worker"] for x in lines} == {"p0/0", "p0/1"}
    assert_clean(g)
