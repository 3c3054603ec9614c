"""More connectors of simulated prefill and decode workers: those whose legs
are sent at the same time, and those that find each other by other means."""
import contextlib
import http.client
import json

import pytest

from harness import SLOW, Worker, request, split_address, wait_until
from test_sim_transfer import (ASK, FAST, TEXT, Later,  # noqa: F401
                               clean, leg, pair)


@contextlib.contextmanager
def leaving(side, body):
    """A client that is gone at the end."""
    connection = http.client.HTTPConnection(*side.worker.address)
    connection.request("POST", "/v1/chat/completions", json.dumps(body),
                       {"X-Request-Id": "r-1"})
    yield
    connection.close()


def cached(answer):
    assert answer.status == 200, answer
    return answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"]


def prompt_tokens(answer):
    return answer.json()["usage"]["prompt_tokens"]


def waits_for(side, key="pinned", n=1):
    wait_until(lambda: side.transfer[key] == n, what=f"{key} of {n}")


# --- Mooncake ----------------------------------------------------------

def bootstrap(side):
    return side.worker.told_of["bootstrap"]


def query(side):
    return request(split_address(bootstrap(side).split("//")[1]), "GET",
                   "/query").json()


def mooncake_give(name="xfer-1", **more):
    return leg(params={"do_remote_decode": True, "do_remote_prefill": False,
                       "transfer_id": name}, **{"max_tokens": 1, **more})


def mooncake_take(p, name="xfer-1", text=TEXT, **change):
    return leg(text, {"do_remote_prefill": True, "do_remote_decode": False,
                      "remote_bootstrap_addr": bootstrap(p),
                      "remote_engine_id": query(p)["0"]["engine_id"],
                      "transfer_id": name, **change})


@pytest.mark.parametrize("first", ["prefill", "decode"])
def test_mooncake_legs_meet_whoever_comes_first(pair, first):
    p, d = pair("mooncake")
    if first == "prefill":
        assert p.chat(mooncake_give()).status == 200
        waits_for(p)
        answer = d.chat(mooncake_take(p))
    else:
        waiting = Later(d.chat, mooncake_take(p))
        waits_for(p)  # somebody waits for what is to come
        assert p.chat(mooncake_give()).status == 200
        answer = waiting.answer
    assert cached(answer) == prompt_tokens(answer) - 1
    waits_for(p, "sent")
    waits_for(p, "pinned", 0)
    assert clean(p, d)


def test_mooncake_answers_no_parameters(pair):
    p, _ = pair("mooncake")
    answer = p.chat(mooncake_give())
    assert answer.json()["kv_transfer_params"] is None


def test_mooncake_finds_the_rank_by_its_engine(pair):
    p, d = pair("mooncake", prefill={"data_parallel": 2})
    engines = query(p)
    assert set(engines) == {"0", "1"}
    give = p.worker.post("/v1/chat/completions", mooncake_give(),
                         headers={"X-data-parallel-rank": "1"})
    assert give.status == 200
    take = mooncake_take(p, remote_engine_id=engines["1"]["engine_id"])
    assert cached(d.chat(take)) > 0
    assert clean(p, d)


def test_mooncake_legs_at_different_ranks_miss_each_other(pair):
    p, d = pair("mooncake", prefill={"data_parallel": 2},
                transfer_timeout=0.2 * SLOW)
    p.worker.post("/v1/chat/completions", mooncake_give(),
                  headers={"X-data-parallel-rank": "1"})
    assert d.chat(mooncake_take(p)).status == 500
    assert set(d.complaints) == {"timeout"}


MOONCAKE_WRONG = [
    ({"transfer_id": None}, "missing"),
    ({"remote_engine_id": None}, "missing"),
    ({"remote_engine_id": "another"}, "address"),
    ({"remote_bootstrap_addr": None}, "missing"),
    ({"remote_bootstrap_addr": "127.0.0.1:8998"}, "missing"),
    ({"remote_bootstrap_addr": "http://127.0.0.1:9"}, "unreachable"),
    ({"remote_bootstrap_addr": "http://prefill.invalid:8998"},
     "unreachable"),
    ({"transfer_id": "xfer-2"}, "timeout"),
]


def test_mooncake_loads_nothing_by_wrong_parameters(pair):
    p, d = pair("mooncake", transfer_timeout=0.2 * SLOW)
    assert p.chat(mooncake_give()).status == 200
    for change, kind in MOONCAKE_WRONG:
        assert d.chat(mooncake_take(p, **change)).status == 500
        assert d.complained() == {kind}, change



def test_mooncake_waits_in_vain_for_what_ends_by_itself(pair):
    p, d = pair("mooncake", transfer_timeout=1 * SLOW)
    p.fault("early_stop")
    waiting = Later(d.chat, mooncake_take(p))
    waits_for(p)
    assert p.chat(mooncake_give()).status == 200
    assert waiting.answer.status == 500
    assert set(d.complaints) == {"timeout"}


def test_mooncake_has_nothing_of_what_ended_by_itself(pair):
    p, d = pair("mooncake")
    p.fault("early_stop")
    assert p.chat(mooncake_give()).status == 200
    assert d.chat(mooncake_take(p)).status == 500
    assert set(d.complaints) == {"abandoned"}


def test_mooncake_ends_by_length_if_it_must_not_stop(pair):
    p, d = pair("mooncake")
    p.fault("early_stop")
    assert p.chat(mooncake_give(ignore_eos=True)).status == 200
    assert cached(d.chat(mooncake_take(p))) > 0
    assert clean(p, d)


def test_mooncake_ids_must_be_fresh(pair):
    p, d = pair("mooncake")
    for _ in range(2):
        assert p.chat(mooncake_give()).status == 200
    assert set(p.complaints) == {"reused"}
    assert d.chat(mooncake_take(p)).status == 200
    waits_for(p, "pinned", 0)
    assert d.chat(mooncake_take(p)).status == 500
    assert set(d.complaints) == {"taken"}


def test_mooncake_without_an_id_hands_nothing_over(pair):
    p, _ = pair("mooncake")
    assert p.chat(mooncake_give(None)).status == 200
    assert set(p.complaints) == {"missing"}
    assert p.transfer["pinned"] == 0


def test_mooncake_engines_assert_their_roles(pair):
    p, d = pair("mooncake")
    assert p.chat(mooncake_take(p)).status == 500
    assert d.chat(mooncake_give()).status == 500
    assert set(p.complaints) == set(d.complaints) == {"role"}


def test_a_decode_leg_that_leaves_is_not_waited_for(pair):
    p, d = pair("mooncake")
    with leaving(d, mooncake_take(p)):
        waits_for(p)
    waits_for(p, "pinned", 0)
    assert p.chat(mooncake_give()).status == 200
    assert clean(p, d)


# --- NIXL, pushed by the prefill side -----------------------------------

def push_take(p, engine="engine-p", request_id="r-1", **change):
    host, port = split_address(
        p.worker.told_of["ranks"][0]["transfer"].split("//")[1])
    return leg(params={"do_remote_prefill": True, "do_remote_decode": False,
                       "remote_engine_id": engine, "remote_host": host,
                       "remote_port": port, "tp_size": 1, "pp_size": 1,
                       "remote_request_id": request_id, **change})


def push_pair(pair, **more):
    return pair("nixl_push", prefill={"engine_id": "engine-p"}, **more)


@pytest.mark.parametrize("first", ["prefill", "decode"])
def test_pushed_legs_meet_by_the_id_they_share(pair, first):
    p, d = push_pair(pair)
    if first == "prefill":
        assert p.chat(leg(params=ASK, max_tokens=1)).status == 200
        answer = d.chat(push_take(p))
    else:
        waiting = Later(d.chat, push_take(p))
        waits_for(p)
        assert p.chat(leg(params=ASK, max_tokens=1)).status == 200
        answer = waiting.answer
    assert cached(answer) == prompt_tokens(answer) - 1
    waits_for(p, "sent")
    assert clean(p, d)


def test_pushed_legs_may_share_an_id_of_the_routers_own(pair):
    p, d = push_pair(pair)
    give = leg(params={**ASK, "transfer_id": "x"}, max_tokens=1)
    assert p.chat(give, "r-1").status == 200
    take = push_take(p, request_id="r-2", transfer_id="x")
    assert cached(d.chat(take, "r-2")) > 0
    assert clean(p, d)


PUSH_WRONG = [
    ({"remote_engine_id": "another"}, "address"),
    ({"remote_engine_id": None}, "missing"),
    ({"remote_port": None}, "missing"),
    ({"remote_port": 9}, "unreachable"),
    ({"tp_size": None}, "missing"),
    ({"remote_request_id": "r-2"}, "missing"),
]


def test_nothing_is_pushed_by_wrong_parameters(pair):
    p, d = push_pair(pair)
    assert p.chat(leg(params=ASK, max_tokens=1)).status == 200
    for change, kind in PUSH_WRONG:
        assert d.chat(push_take(p, **change)).status == 500
        assert d.complained() == {kind}, change



def test_pushed_legs_of_different_ids_miss_each_other(pair):
    p, d = push_pair(pair, transfer_timeout=0.2 * SLOW)
    assert p.chat(leg(params=ASK, max_tokens=1), "r-1").status == 200
    assert d.chat(push_take(p, request_id="r-2"), "r-2").status == 500
    assert set(d.complaints) == {"timeout"}


def test_pushed_legs_need_an_id(pair):
    p, d = push_pair(pair)
    for side, body in ((p, leg(params=ASK, max_tokens=1)),
                       (d, push_take(p))):
        side.worker.post("/v1/chat/completions", body)
        assert set(side.complaints) == {"missing"}
    assert p.transfer["pinned"] == 0


# --- P2P NCCL -----------------------------------------------------------

def nccl_id(p, d, unique="0123456789abcdef" * 2):
    addresses = [s.worker.told_of["ranks"][0]["transfer"].split("//")[1]
                 for s in (p, d)]
    return "___prefill_addr_{}___decode_addr_{}_{}".format(*addresses, unique)


def test_nccl_addresses_ride_in_the_id(pair):
    p, d = pair("p2p_nccl", version="0.10.2")
    name = nccl_id(p, d)
    assert p.chat(leg(max_tokens=1), name).status == 200
    answer = d.chat(leg(), name)
    assert cached(answer) == prompt_tokens(answer) - 1
    assert clean(p, d)


def test_nccl_loads_nothing_by_another_id(pair):
    p, d = pair("p2p_nccl", version="0.10.2")
    assert p.chat(leg(max_tokens=1), nccl_id(p, d)).status == 200
    for name, kind in (("r-1", "missing"),
                       ("___prefill_addr_x___decode_addr_y_1", "missing"),
                       (nccl_id(p, d, "f" * 32), "unknown")):
        assert d.chat(leg(), name).status == 500
        assert d.complained() == {kind}


def test_nccl_addresses_must_be_the_workers_own(pair):
    p, d = pair("p2p_nccl", version="0.10.2")
    name = nccl_id(d, p)
    assert p.chat(leg(max_tokens=1), name).status == 200
    assert d.chat(leg(), name).status == 500
    assert set(p.complaints) == set(d.complaints) == {"address"}


# --- SGLang -------------------------------------------------------------

def sglang(p, room=7, text=TEXT, **more):
    host, port = split_address(bootstrap(p).split("//")[1])
    return {**leg(text), "bootstrap_host": host, "bootstrap_port": port,
            "bootstrap_room": room, **more}


def meet(p, d, body, other=None):
    waiting = Later(p.chat, body)
    answer = d.chat(other or body)
    return waiting.answer, answer


def test_sglang_legs_meet_in_a_room(pair):
    p, d = pair("sglang")
    prefill, decode = meet(p, d, sglang(p))
    assert prefill.status == 200
    assert prefill.json()["usage"]["completion_tokens"] == 1
    assert cached(decode) == prompt_tokens(decode) - 1
    assert decode.json()["usage"]["completion_tokens"] == 4
    assert p.transfer["sent"] == 1 and p.transfer["pinned"] == 0
    assert clean(p, d)


def test_sglang_computes_nothing_before_somebody_comes(pair):
    p, d = pair("sglang")
    waiting = Later(p.chat, sglang(p))
    waits_for(p)
    assert p.state()["ranks"][0]["steps"] == 0
    assert d.chat(sglang(p)).status == 200
    assert waiting.answer.status == 200


def test_sglang_decode_waits_for_its_room(pair):
    p, d = pair("sglang")
    waiting = Later(d.chat, sglang(p))
    waits_for(p)
    assert p.chat(sglang(p)).status == 200
    assert waiting.answer.status == 200
    assert clean(p, d)


def test_sglang_streams_both_legs(pair):
    p, d = pair("sglang")
    body = sglang(p, stream=True)
    waiting = Later(p.stream, body)
    events = d.stream(body)
    assert len(events) == 6 and events[-1] == "[DONE]"
    assert waiting.answer[-1] == "[DONE]"


def test_sglang_batches_have_a_room_for_each_prompt(pair):
    p, d = pair("sglang")
    host, port = split_address(bootstrap(p).split("//")[1])
    texts = ["one " * 40, "two " * 40, "three " * 40]
    body = {"model": "demo", "prompt": texts, "max_tokens": 2,
            "bootstrap_host": [host] * 3, "bootstrap_port": [port] * 3,
            "bootstrap_room": [11, 12, 13]}
    waiting = Later(p.worker.post, "/v1/completions", body)
    answer = d.worker.post("/v1/completions", body)
    assert cached(answer) == prompt_tokens(answer) - 3
    assert len(answer.json()["choices"]) == 3
    assert waiting.answer.status == 200
    assert p.transfer["sent"] == 3 and clean(p, d)


def test_sglang_batches_need_as_many_rooms_as_prompts(pair):
    p, d = pair("sglang")
    body = {"model": "demo", "prompt": ["one", "two"], "max_tokens": 2,
            "bootstrap_host": "127.0.0.1", "bootstrap_room": [11]}
    for side in (p, d):
        answer = side.worker.post("/v1/completions", body)
        assert answer.status == 400
        assert set(side.complaints) == {"missing"}


def test_sglang_refuses_what_has_no_room(pair):
    p, d = pair("sglang")
    for side in (p, d):
        answer = side.chat(leg())
        assert answer.status == 400
        assert "bootstrap room" in answer.json()["error"]["message"]
        assert set(side.complaints) == {"missing"}


SGLANG_WRONG = [
    ({"bootstrap_room": "7"}, None),
    ({"bootstrap_room": -7}, None),
    ({"bootstrap_host": None}, "missing"),
    ({"bootstrap_port": 9}, "unreachable"),
    ({"bootstrap_room": 8}, "timeout"),
]


def test_sglang_loads_nothing_by_wrong_members(pair):
    p, d = pair("sglang", transfer_timeout=0.2 * SLOW)
    for change, kind in SGLANG_WRONG:
        answer = d.chat(sglang(p, **change))
        assert answer.status == (500 if kind else 400)
        assert d.complained() == {kind or "missing"}, change



def test_sglang_prefill_gives_up_when_nobody_comes(pair):
    p, _ = pair("sglang", transfer_timeout=0.2 * SLOW)
    assert p.chat(sglang(p)).status == 500
    assert set(p.complaints) == {"timeout"}
    assert p.transfer["pinned"] == 0


def test_sglang_prefill_ends_when_the_other_leg_leaves(pair):
    p, d = pair("sglang", prefill={"t0": 60})
    waiting = Later(p.chat, sglang(p))
    waits_for(p)
    with leaving(d, sglang(p)):
        wait_until(lambda: p.state()["ranks"][0]["steps"] == 1)
    assert waiting.answer.status == 500
    assert p.transfer["pinned"] == 0
    assert clean(p, d)


def test_sglang_rooms_must_be_fresh(pair):
    p, d = pair("sglang")
    meet(p, d, sglang(p))
    waiting = Later(p.chat, sglang(p))
    wait_until(lambda: p.complaints.get("reused") == 1)
    answer = d.chat(sglang(p))
    assert waiting.answer.status == answer.status == 200


def test_sglang_pages_must_be_alike(pair):
    p, d = pair("sglang", decode={"block_size": 32}, transfer_timeout=0.5)
    waiting = Later(p.chat, sglang(p))
    assert d.chat(sglang(p)).status == 500
    assert set(d.complaints) == {"mismatch"}
    assert waiting.answer.status == 500


def test_sglang_rooms_choose_the_rank(pair):
    p, d = pair("sglang", prefill={"data_parallel": 2})
    for room in (20, 21):
        _, answer = meet(p, d, sglang(p, room))
        assert cached(answer) > 0
        assert p.last()["rank"] == room % 2
    body = sglang(p, 22)
    waiting = Later(p.worker.post, "/v1/chat/completions", body,
                    headers={"X-data-parallel-rank": "1"})
    answer = d.chat({**body, "disagg_prefill_dp_rank": 1})
    assert cached(answer) > 0 and waiting.answer.status == 200
    assert clean(p, d)


def test_sglang_probes_meet_nobody(pair):
    p, d = pair("sglang")
    body = {**sglang(p), "bootstrap_host": "2.2.2.2"}
    for side in (p, d):
        assert side.chat(body).status == 200
        assert side.complaints == {}


def test_sglang_tells_its_router_of_its_ranks(pair):
    p, _ = pair("sglang", prefill={"data_parallel": 2})
    address = split_address(bootstrap(p).split("//")[1])
    everything = ("/route?prefill_dp_rank={0}&prefill_cp_rank={1}&"
                  "target_tp_rank={1}&target_pp_rank={1}")
    server = request(address, "GET", everything.format(-1, -1)).json()
    assert server["dp_size"] == 2 and server["page_size"] == 16
    rank = request(address, "GET", everything.format(1, 0)).json()
    assert p.worker.told_of["ranks"][1]["transfer"] == \
        f"tcp://{rank['rank_ip']}:{rank['rank_port']}"
    assert request(address, "GET", everything.format(2, 0)).status == 404
    assert request(address, "GET", "/route").status == 400
    assert request(address, "GET", "/health").status == 200
    assert server["follow_bootstrap_room"] is True


# --- LMCache ------------------------------------------------------------

def lmcache(d, text=TEXT, max_tokens=1, **change):
    told = d.worker.told_of["ranks"][0]
    host, port = split_address(told["transfer"].split("//")[1])
    _, alloc = split_address(told["alloc"].split("//")[1])
    return leg(text, {"ret_first_tok": True, "disagg_spec": {
        "req_id": "r-1", "receiver_host": host, "receiver_init_port": [port],
        "receiver_alloc_port": [alloc], **change}}, max_tokens=max_tokens)


def test_lmcache_sends_before_it_answers(pair):
    p, d = pair("lmcache")
    text = TEXT * 3  # more than two chunks, and a part of one
    give = p.chat(lmcache(d, text))
    assert give.status == 200
    assert d.transfer["chunks"] == (prompt_tokens(give) + 255) // 256
    answer = d.chat(leg(text))
    assert cached(answer) == prompt_tokens(answer) - 1
    assert d.transfer["chunks"] == 0 and p.transfer["pinned"] == 0
    assert p.transfer["sent"] == d.transfer["received"] == 1
    assert clean(p, d)


def test_lmcache_tells_the_first_token(pair):
    p, d = pair("lmcache")
    told = p.chat({**lmcache(d), "return_token_ids": True}).json()
    assert told["kv_transfer_params"] == {
        "first_tok": told["choices"][0]["token_ids"][0]}


def test_lmcache_finds_what_begins_alike(pair):
    p, d = pair("lmcache")
    assert p.chat(lmcache(d, TEXT * 3)).status == 200
    assert cached(d.chat(leg(TEXT * 3 + " and more"))) >= 512


def test_lmcache_serves_a_prompt_once(pair):
    p, d = pair("lmcache", decode={"prefix_caching": False})
    assert p.chat(lmcache(d)).status == 200
    assert cached(d.chat(leg())) > 0
    assert cached(d.chat(leg())) == 0
    assert clean(p, d)


LMCACHE_WRONG = [
    ({"receiver_host": None}, "missing"),
    ({"receiver_init_port": 5600}, "missing"),
    ({"receiver_init_port": [1, 2]}, "missing"),
    ({"receiver_alloc_port": []}, "missing"),
    ({"req_id": None}, "missing"),
    ({"receiver_init_port": [9]}, "unreachable"),
    ({"receiver_alloc_port": [9]}, "unreachable"),
]


def test_lmcache_sends_nothing_by_a_wrong_spec(pair):
    p, d = pair("lmcache")
    for change, kind in LMCACHE_WRONG:
        assert p.chat(lmcache(d, **change)).status == 200
        assert p.complained() == {kind}, change
    assert cached(d.chat(leg())) == 0



def test_lmcache_ports_of_two_workers_do_not_go_together(pair, programs):
    p, d = pair("lmcache")
    other = programs.start(Worker, "other", role="decode", **{
        **FAST, "connector": "lmcache"})
    port = int(other.told_of["ranks"][0]["alloc"].split(":")[-1])
    assert p.chat(lmcache(d, receiver_alloc_port=[port])).status == 200
    assert set(p.complaints) == {"address"}


def test_lmcache_engines_must_go_together(pair):
    p, d = pair("lmcache", decode={"model": "other"})
    assert p.chat(lmcache(d)).status == 200
    assert set(p.complaints) == {"mismatch"}
