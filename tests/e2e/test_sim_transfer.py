"""Simulated prefill and decode workers, with the test as their router:
each connector's protocol, and what a router can do wrong with it."""
import threading

import pytest

from harness import Stream, Worker, wait_until

FAST = {"tokenizer": "bytes", "profile": "fast", "block_size": 16,
        "transfer_t0": 0.001}
TEXT = "the quick brown fox jumps over the lazy dog and over the fence " * 4


def leg(text=TEXT, params=None, **more):
    body = {"model": "demo", "max_tokens": 4, **more,
            "messages": [{"role": "user", "content": text}]}
    if params is not None:
        body["kv_transfer_params"] = params
    return body


class Side:
    """One worker of a pair."""

    def __init__(self, worker):
        self.worker = worker
        self.seen = {}  # of complaints

    def chat(self, body, request_id="r-1"):
        return self.worker.post("/v1/chat/completions", body,
                                headers={"X-Request-Id": request_id})

    def stream(self, body, request_id="r-1"):
        with Stream(self.worker.address, "/v1/chat/completions", body,
                    headers={"X-Request-Id": request_id}) as stream:
            return list(stream)

    def state(self):
        return self.worker.get("/sim/state").json()

    @property
    def transfer(self):
        return self.state()["ranks"][0]["transfer"]

    @property
    def complaints(self):
        return self.state()["complaint_counts"]

    def complained(self):
        """The kinds of complaint that have come since this was asked."""
        now = self.complaints
        new = {k for k, n in now.items() if n != self.seen.get(k)}
        self.seen = now
        return new

    def last(self):
        return self.state()["requests"][-1]

    def fault(self, kind, **more):
        answer = self.worker.post("/sim/fault", {"kind": kind, **more})
        assert answer.status == 200, answer


class Later(threading.Thread):
    """A leg under way. `answer` waits for it."""

    def __init__(self, run, *arguments, **more):
        super().__init__(daemon=True)
        self.call = lambda: run(*arguments, **more)
        self.got = None
        self.start()

    def run(self):
        self.got = self.call()

    @property
    def answer(self):
        self.join(60)
        assert self.got is not None, "no answer came"
        return self.got


@pytest.fixture
def pair(programs):
    """pair(connector, prefill={...}, decode={...}, **both)"""
    def make(connector, prefill=None, decode=None, **both):
        options = {**FAST, "connector": connector, **both}
        return (Side(programs.start(Worker, "prefill", role="prefill",
                                    **{**options, **(prefill or {})})),
                Side(programs.start(Worker, "decode", role="decode",
                                    **{**options, **(decode or {})})))
    return make


def clean(*sides):
    return all(side.complaints == {} for side in sides)


# --- NIXL, pulled by the decode side -----------------------------------

ASK = {"do_remote_decode": True, "do_remote_prefill": False,
       "remote_engine_id": None, "remote_block_ids": None,
       "remote_host": None, "remote_port": None}


def prefill(p, text=TEXT, request_id="r-1", **more):
    answer = p.chat(leg(text, ASK, **{"max_tokens": 1, **more}), request_id)
    assert answer.status == 200, answer
    return answer.json()["kv_transfer_params"]


def test_nixl_hands_a_prompt_over(pair):
    p, d = pair("nixl")
    params = prefill(p)
    assert p.transfer["pinned"] == 1
    assert p.transfer["pinned_blocks"] == len(params["remote_block_ids"][0])
    answer = d.chat(leg(params=params))
    assert answer.status == 200, answer
    usage = answer.json()["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == \
        usage["prompt_tokens"] - 1
    assert answer.json()["kv_transfer_params"] is None
    assert (p.last()["leg"], d.last()["leg"]) == ("prefill", "decode")
    wait_until(lambda: p.transfer["pinned"] == 0)
    assert p.transfer["sent"] == d.transfer["received"] == 1
    assert d.transfer["received_tokens"] == usage["prompt_tokens"] - 1
    assert clean(p, d)
    # What came is in the decode side's cache like what it has computed.
    assert d.chat(leg()).json()["usage"]["prompt_tokens_details"][
        "cached_tokens"] >= len(TEXT) // 16 * 16


def test_nixl_streams_from_the_decode_side(pair):
    p, d = pair("nixl")
    whole = p.chat(leg()).json()["choices"][0]["message"]["content"]
    events = d.stream(leg(params=prefill(p), stream=True))
    assert events[-1] == "[DONE]"
    assert len(whole) == 4 and len(events) == 6
    assert d.complaints == {}


@pytest.mark.parametrize("version, there, absent", [
    ("0.10.2", {"tp_size"}, {"remote_request_id", "remote_num_tokens"}),
    ("0.14.0", {"remote_request_id"}, {"remote_num_tokens"}),
    ("0.24.0", {"remote_num_tokens"}, {"transfer_mode"}),
    ("0.27.0", {"transfer_mode", "remote_blocks_expiry_time"}, set()),
])
def test_nixl_parameters_follow_the_release(pair, version, there, absent):
    p, d = pair("nixl", version=version)
    params = prefill(p)
    assert there <= set(params) and not absent & set(params)
    grouped = isinstance(params["remote_block_ids"][0], list)
    assert grouped == (version >= "0.19")
    assert d.chat(leg(params=params)).status == 200
    assert d.transfer["received"] == 1 and clean(p, d)


def test_a_plain_request_to_a_decode_worker_is_no_leg(pair):
    p, d = pair("nixl")
    assert d.chat(leg()).status == 200
    assert clean(p, d)


def failed_load(d, params, text=TEXT, **more):
    """The kinds of complaint that a decode leg ends with."""
    answer = d.chat(leg(text, params, **more))
    assert answer.status == 500, answer
    assert answer.json()["error"]["type"] == "InternalServerError"
    assert d.last()["outcome"] == "error"
    return d.complained()


def test_nixl_blocks_go_once(pair):
    p, d = pair("nixl")
    params = prefill(p)
    assert d.chat(leg(params=params)).status == 200
    wait_until(lambda: p.transfer["pinned"] == 0)
    assert failed_load(d, params) == {"taken"}


@pytest.mark.parametrize("policy, status", [("fail", 500),
                                            ("recompute", 200)])
def test_a_prefill_worker_dies_while_it_is_read(pair, policy, status):
    p, d = pair("nixl", decode={"transfer_t0": 60, "load_failure": policy})
    params = prefill(p)
    waiting = Later(d.chat, leg(params=params))
    wait_until(lambda: d.state()["ranks"][0]["waiting"] == 1)
    p.worker.kill()
    assert waiting.answer.status == status
    assert d.complained() == {"unreachable"}
    assert d.state()["ranks"][0]["free_blocks"] == \
        d.state()["ranks"][0]["usable_blocks"]


def test_nixl_blocks_go_with_their_lease(pair):
    p, d = pair("nixl", lease=0.05)
    params = prefill(p)
    wait_until(lambda: p.transfer["pinned"] == 0)
    assert set(p.complaints) == {"expired"}
    assert failed_load(d, params) == {"expired"}
    told = d.worker.metrics()
    assert told.value("warmpath_sim_complaints_total", kind="expired") == 1
    assert told.value("vllm:nixl_num_failed_transfers_total",
                      engine="0", model_name="demo") == 1


WRONG = [
    ({"remote_request_id": "chatcmpl-nobody"}, "unknown"),
    ({"remote_request_id": None}, "missing"),
    ({"remote_engine_id": "another"}, "address"),
    ({"remote_engine_id": None}, "missing"),
    ({"remote_host": None}, "missing"),
    ({"remote_port": None}, "missing"),
    ({"remote_port": 9}, "unreachable"),
    ({"remote_port": "5600"}, "missing"),
    ({"remote_block_ids": None}, "missing"),
    ({"remote_block_ids": [[]]}, "missing"),
    ({"remote_block_ids": [1, 2, 3]}, "missing"),
]


def test_nixl_loads_nothing_by_wrong_parameters(pair):
    p, d = pair("nixl")
    params = prefill(p)
    for change, kind in WRONG:
        assert failed_load(d, {**params, **change}) == {kind}, change
    assert p.transfer["pinned"] == 1
    assert d.transfer["failed"] == len(WRONG)
    assert d.chat(leg(params=params)).status == 200


@pytest.mark.parametrize("version, is_freed", [("0.24.0", True),
                                               ("0.20.0", False)])
def test_a_refused_decode_leg_frees_the_blocks(pair, version, is_freed):
    p, d = pair("nixl", version=version)
    answer = d.chat(leg(params=prefill(p), max_tokens=10**9))
    assert answer.status == 400
    if is_freed:
        wait_until(lambda: p.transfer["pinned"] == 0)
    assert p.transfer["pinned"] == (not is_freed)
    assert clean(p, d)


@pytest.mark.parametrize("decode", [{"version": "0.24.1"},
                                    {"model": "other"},
                                    {"block_size": 32}])
def test_nixl_engines_must_go_together(pair, decode):
    p, d = pair("nixl", decode=decode)
    body = leg(params=prefill(p))
    body["model"] = decode.get("model", "demo")
    assert d.chat(body).status == 500
    assert set(d.complaints) == {"mismatch"}


def test_a_failed_load_ends_a_stream_by_an_error(pair):
    p, d = pair("nixl")
    params = {**prefill(p), "remote_request_id": "chatcmpl-nobody"}
    events = d.stream(leg(params=params, stream=True))
    assert len(events) == 2 and '"code":500' in events[0]
    assert events[1] == "[DONE]"


def test_a_failed_load_may_be_computed_instead(pair):
    p, d = pair("nixl", load_failure="recompute")
    params = {**prefill(p), "remote_request_id": "chatcmpl-nobody"}
    answer = d.chat(leg(params=params))
    assert answer.status == 200
    assert answer.json()["usage"]["prompt_tokens_details"][
        "cached_tokens"] == 0
    assert set(d.complaints) == {"unknown"}


def test_altered_parameters_are_told_of(pair):
    p, d = pair("nixl")
    params = prefill(p)
    params["tp_size"] = 1.0
    assert d.chat(leg(params=params)).status == 200
    assert set(d.complaints) == {"altered"}


def test_members_of_other_mechanisms_alter_nothing(pair):
    p, d = pair("nixl")
    params = {**prefill(p), "prompt_token_ids": [1, 2]}
    assert d.chat(leg(params=params)).status == 200
    assert clean(p, d)


def test_legs_of_different_prompts_are_told_of(pair):
    p, d = pair("nixl")
    assert d.chat(leg("something else", prefill(p))).status == 200
    assert set(d.complaints) == {"prompt"}


def test_a_prefill_leg_wants_one_token_of_one_answer(pair):
    p, _ = pair("nixl")
    for more in {"max_tokens": 4}, {"n": 2}:
        body = leg(params=ASK, **{"max_tokens": 1, **more})
        assert p.chat(body).status == 200
        assert p.complained() == {"prefill"}, more
    events = p.stream(leg(params=ASK, max_tokens=1, stream=True))
    assert not any("kv_transfer_params" in e for e in events)
    assert p.complained() == {"prefill"}


@pytest.mark.parametrize("version, is_told", [("0.14.0", False),
                                              ("0.24.0", True)])
def test_an_answer_that_ends_by_itself(pair, version, is_told):
    p, d = pair("nixl", version=version)
    p.fault("early_stop")
    params = prefill(p)
    assert (params is not None) == is_told
    assert p.transfer["pinned"] == is_told
    assert d.chat(leg(params=params)).status == 200
    assert clean(p, d)


def test_legs_at_workers_of_the_other_role_are_told_of(pair):
    p, d = pair("nixl")
    params = prefill(d)
    assert p.chat(leg(params=params)).status == 200
    assert set(p.complaints) == set(d.complaints) == {"role"}


def test_a_worker_without_connector_tells_of_legs(pair):
    p, d = pair("nixl", decode={"connector": "none"})
    answer = d.chat(leg(params=prefill(p)))
    assert answer.status == 200
    assert answer.json()["usage"]["prompt_tokens_details"][
        "cached_tokens"] == 0
    assert set(d.complaints) == {"connector"}


def test_a_worker_that_comes_back_holds_nothing(pair):
    p, d = pair("nixl")
    params = prefill(p)
    p.fault("restart_empty", ms=0)
    wait_until(lambda: p.state()["lives"] == 2)
    assert failed_load(d, params) == {"address"}


def test_pinned_blocks_are_not_given_to_others(pair):
    """Ten blocks of which a finished prefill holds most: the next waits
    until they are fetched."""
    p, d = pair("nixl", num_gpu_blocks=11)
    text = "x" * 60
    params = prefill(p, text)
    assert p.transfer["pinned_blocks"] > 5
    other = Later(p.chat, leg("y" * 60, ASK, max_tokens=1), "r-2")
    wait_until(lambda: p.state()["ranks"][0]["waiting"] == 1)
    assert p.transfer["pinned"] == 1 and other.got is None
    assert d.chat(leg(text, params)).status == 200
    assert other.answer.status == 200
    assert p.transfer["pinned"] == 1 and clean(p, d)


def test_each_rank_hands_over_by_itself(pair):
    p, d = pair("nixl", data_parallel=2)
    told = p.worker.told_of["ranks"]
    answer = p.worker.post("/v1/chat/completions",
                           leg(params=ASK, max_tokens=1),
                           headers={"X-data-parallel-rank": "1"})
    params = answer.json()["kv_transfer_params"]
    assert params["remote_engine_id"] == told[1]["engine_id"]
    assert str(params["remote_port"]) == told[1]["transfer"].split(":")[-1]
    wrong = {**params, "remote_port": int(told[0]["transfer"].split(":")[-1])}
    assert failed_load(d, wrong) == {"address"}
    assert d.chat(leg(params=params)).status == 200


# --- NIXL both ways: the next turn goes on from the decode side ---------

def turn(p, d, prompt, params=None, **more):
    """The answer's text, and what the decode side holds of the turn."""
    def ask(side, transfer, **edits):
        answer = side.worker.post("/v1/completions", {
            "model": "demo", "prompt": prompt, "max_tokens": 200,
            "ignore_eos": True, "kv_transfer_params": transfer, **edits})
        assert answer.status == 200, answer
        return answer.json()
    handed = ask(p, params or ASK, max_tokens=1)["kv_transfer_params"]
    told = ask(d, handed, **more)
    return told["choices"][0]["text"], told.get("kv_transfer_params")


def both_ways(pair, **more):
    return pair("nixl", bidirectional=True,
                prefill={"prefix_caching": False}, **more)


def test_a_turn_goes_on_from_where_the_last_one_ended(pair):
    p, d = both_ways(pair)
    text, held = turn(p, d, TEXT)
    assert held["do_remote_decode"] and not held["do_remote_prefill"]
    assert held["remote_num_tokens"] == len(TEXT) + 199
    assert d.transfer["pinned"] == 1
    turn(p, d, TEXT + text + " and then?", held)
    requests = [r for r in p.state()["requests"] if r["leg"] == "prefill"]
    assert requests[1]["cached_tokens"] == held["remote_num_tokens"]
    assert p.transfer["received_tokens"] == held["remote_num_tokens"]
    assert d.transfer["sent"] == 1 and clean(p, d)


def test_a_turn_that_is_no_extension_gets_wrong_blocks(pair):
    p, d = both_ways(pair)
    text, held = turn(p, d, TEXT)
    turn(p, d, TEXT + "edited" + text, held)
    assert set(p.complaints) == {"prompt"}


def test_a_turns_end_serves_once_and_may_lapse(pair):
    p, d = both_ways(pair, decode={"lease": 0.2})
    _, held = turn(p, d, TEXT)
    wait_until(lambda: d.transfer["pinned"] == 0)
    assert clean(p, d)
    answer = p.worker.post("/v1/completions", {
        "model": "demo", "prompt": TEXT * 2, "max_tokens": 1,
        "kv_transfer_params": held})
    assert answer.status == 500
    assert set(p.complaints) == {"expired"}


def test_a_few_tokens_are_computed_rather_than_fetched(pair):
    p, d = pair("nixl", bidirectional=True)
    text, held = turn(p, d, TEXT, max_tokens=20)
    turn(p, d, TEXT + text, held)
    assert p.transfer["received"] == 0
    wait_until(lambda: d.transfer["pinned"] == 1)  # the second turn's
    assert clean(p, d)


def test_one_way_workers_hold_nothing_for_the_next_turn(pair):
    p, d = pair("nixl")
    assert turn(p, d, TEXT)[1] is None
    assert d.transfer["pinned"] == 0
