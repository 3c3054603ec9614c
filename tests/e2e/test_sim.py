"""The simulated worker as its clients see it: answers, cache, events,
replay, faults."""
import hashlib
import json
import struct
import time

import msgpack
import pytest
import zmq

from harness import (SLOW, Program, Raw, Stream, Worker, binary, request,
                     split_address, wait_until)

FAST = {"tokenizer": "bytes", "profile": "fast", "block_size": 16}


@pytest.fixture
def start(programs):
    def make(**options):
        return programs.start(Worker, **{**FAST, **options})
    return make


def chat(text, **more):
    return {"model": "demo", "max_tokens": 4,
            "messages": [{"role": "user", "content": text}], **more}


def state(worker, query=""):
    return worker.get("/sim/state" + query).json()


def fault(worker, kind, **more):
    answer = worker.post("/sim/fault", {"kind": kind, **more})
    assert answer.status == 200, answer


class Events:
    """A subscriber; its socket is ready once a first message came through,
    so connect before what is to be seen."""

    def __init__(self, worker, rank=0):
        told = worker.told_of["ranks"][rank]
        self.context = zmq.Context()
        self.replay_url = told["replay"]
        self.live = self.context.socket(zmq.SUB)
        self.live.setsockopt(zmq.SUBSCRIBE, b"")
        monitor = self.live.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self.live.connect(told["events"])
        assert monitor.poll(5000 * SLOW)
        self.live.disable_monitor()
        # The subscription follows the handshake, and is there when what was
        # asked after it is answered.
        assert self.replay(1 << 62)[0] == []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.context.destroy(linger=0)

    def next(self, timeout=5):
        """(topic, sequence, batch), or None if nothing comes."""
        if not self.live.poll(int(timeout * 1000 * SLOW)):
            return None
        topic, seq, payload = self.live.recv_multipart()
        return (topic, struct.unpack(">Q", seq)[0],
                msgpack.unpackb(payload, strict_map_key=False))

    def quiet(self, timeout=0.3):
        return self.next(timeout / SLOW) is None

    def replay(self, start=0, timeout=5):
        """[(sequence, batch)] and the number of frames of a reply."""
        dealer = self.context.socket(zmq.DEALER)
        dealer.setsockopt(zmq.RCVHWM, 0)
        dealer.connect(self.replay_url)
        dealer.send_multipart([b"", struct.pack(">Q", start)])
        batches, frames = [], set()
        try:
            while True:
                if not dealer.poll(int(timeout * 1000 * SLOW)):
                    return None, frames
                parts = dealer.recv_multipart()
                frames.add(len(parts))
                if parts[-2] == b"\xff" * 8:
                    assert parts[-1] == b""
                    return batches, frames
                seq = struct.unpack(">Q", parts[-2])[0]
                batches.append((seq, msgpack.unpackb(
                    parts[-1], strict_map_key=False)))
        finally:
            dealer.close(0)


# --- the hash, computed once more --------------------------------------

def cbor(value):
    def head(major, n):
        for bits, size in ((24, None), (256, "B"), (65536, ">H"),
                           (2**32, ">I")):
            if n < bits:
                if size is None:
                    return bytes([major << 5 | n])
                extra = {"B": 24, ">H": 25, ">I": 26}[size]
                return bytes([major << 5 | extra]) + struct.pack(size, n)
        raise ValueError(n)
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(4, len(value)) + b"".join(cbor(v) for v in value)


def sha256_cbor_chain(tokens, size=16, seed="0", lora=None, salt=None):
    parent = hashlib.sha256(cbor(seed)).digest()
    out = []
    for i in range(0, len(tokens) - size + 1, size):
        extra = [lora] if lora else []
        if salt and i == 0:
            extra.append(salt)
        parent = hashlib.sha256(cbor(
            (parent, tokens[i:i + size], extra or None))).digest()
        out.append(parent)
    return out


def as_int(digest):
    return int.from_bytes(digest[-8:], "big")


# --- answers -------------------------------------------------------------

def test_a_stream_has_vllms_shape(start):
    worker = start()
    body = chat("hello", stream=True, return_token_ids=True,
                stream_options={"include_usage": True})
    with Stream(worker.address, "/v1/chat/completions", body,
                headers={"X-Request-Id": "abc"}) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == \
            "text/event-stream; charset=utf-8"
        events = list(stream)
    assert events[-1] == "[DONE]"
    chunks = [json.loads(e) for e in events[:-1]]
    assert {c["id"] for c in chunks} == {"chatcmpl-abc"}
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    role, *content, usage = chunks
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    prompt = "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
    assert role["prompt_token_ids"] == list(prompt.encode())
    assert len(content) == 4
    assert [c["choices"][0]["finish_reason"] for c in content] == \
        [None, None, None, "length"]
    text = "".join(c["choices"][0]["delta"]["content"] for c in content)
    ids = [i for c in content for i in c["choices"][0]["token_ids"]]
    assert bytes(ids).decode() == text
    assert usage["choices"] == []
    assert usage["usage"] == {
        "prompt_tokens": len(prompt), "total_tokens": len(prompt) + 4,
        "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}}


def test_a_whole_answer_says_what_the_stream_said(start):
    worker = start()
    whole = worker.post("/v1/chat/completions", chat("hi")).json()
    with Stream(worker.address, "/v1/chat/completions",
                chat("hi", stream=True)) as stream:
        text = "".join(c["choices"][0]["delta"]["content"]
                       for c in stream.chunks())
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"]["content"] == text
    assert whole["choices"][0]["finish_reason"] == "length"


def test_the_answers_end_is_told_from_the_limit(start):
    worker = start(output_tokens=6)
    for limit, reason, n in ((5, "length", 5), (20, "stop", 6)):
        answer = worker.post("/v1/completions",
                             {"prompt": "a", "max_tokens": limit}).json()
        assert answer["choices"][0]["finish_reason"] == reason
        assert answer["usage"]["completion_tokens"] == n
    answer = worker.post("/v1/completions", {
        "prompt": "a", "max_tokens": 20, "ignore_eos": True}).json()
    assert answer["usage"]["completion_tokens"] == 20


@pytest.mark.parametrize("prompt,choices,tokens", [
    ("abc", 1, 3), (["abc", "defg"], 2, 7), ([1, 2, 3, 4], 1, 4),
    ([[1, 2], [3, 4, 5]], 2, 5)])
def test_every_form_of_a_prompt_is_taken(start, prompt, choices, tokens):
    answer = start().post("/v1/completions",
                          {"prompt": prompt, "max_tokens": 2}).json()
    assert [c["index"] for c in answer["choices"]] == list(range(choices))
    assert answer["usage"]["prompt_tokens"] == tokens


@pytest.mark.parametrize("path,body,status,param", [
    ("/v1/chat/completions", b"{", 400, None),
    ("/v1/chat/completions", b"[]", 400, None),
    ("/v1/chat/completions", {"messages": []}, 400, "messages"),
    ("/v1/chat/completions", {"messages": [{"content": "x"}]}, 400,
     "messages"),
    ("/v1/chat/completions", chat("x", model="other"), 404, "model"),
    ("/v1/chat/completions", chat("x", max_tokens=0), 400, "max_tokens"),
    ("/v1/chat/completions", chat("x", cache_salt=""), 400, "cache_salt"),
    ("/v1/chat/completions", chat("x" * 600), 400, None),
    ("/v1/chat/completions", chat("x", max_tokens=500), 400, "max_tokens"),
    ("/v1/completions", {"prompt": ""}, 400, "prompt"),
    ("/v1/completions", {"prompt": [256]}, 400, "prompt"),
    ("/v1/completions", {"prompt": [-1]}, 400, "prompt"),
    ("/v1/completions", {}, 400, "prompt"),
    ("/tokenize", {}, 400, "prompt"),
])
def test_what_cannot_be_served_is_refused(start, path, body, status, param):
    worker = start(max_model_len=512)
    answer = worker.post(path, body)
    assert answer.status == status, answer
    error = answer.json()["error"]
    assert error["code"] == status and error["param"] == param
    assert error["message"]
    assert worker.get("/health").status == 200


def test_unknown_paths_and_methods_are_told_apart(start):
    worker = start()
    assert worker.get("/v1/nothing").status == 404
    assert worker.get("/tokenize").status == 405


def test_tokenize_and_detokenize_are_inverse(start):
    worker = start(max_model_len=512)
    answer = worker.post("/tokenize", {"prompt": "héllo",
                                       "return_token_strs": False}).json()
    assert answer == {"count": 6, "max_model_len": 512, "token_strs": None,
                      "tokens": list("héllo".encode())}
    assert worker.post("/detokenize", {"tokens": answer["tokens"]}).json() \
        == {"prompt": "héllo"}


def test_messages_become_chatml(start):
    worker = start()
    messages = [{"role": "system", "content": "s"},
                {"role": "user", "content": [{"type": "text", "text": "a"},
                                             {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": "c"}]

    def told(**more):
        tokens = worker.post("/tokenize",
                             {"messages": messages, **more}).json()["tokens"]
        return bytes(tokens).decode()
    text = ("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\na\nb"
            "<|im_end|>\n<|im_start|>assistant\nc")
    assert told() == text + "<|im_end|>\n<|im_start|>assistant\n"
    assert told(add_generation_prompt=False) == text + "<|im_end|>\n"
    assert told(add_generation_prompt=False, continue_final_message=True) \
        == text


CHATS = [{"role": "user", "content": "hi"}]


def test_a_directorys_template_makes_its_chats(start, tmp_path):
    template = tmp_path / "other.jinja"
    template.write_text("{% for m in messages %}[{{ m.role }}]"
                        "{{ m.content }}{% endfor %}"
                        "{% if tools %}{{ tools[0].function.name }}"
                        "{% endif %}")
    worker = start(tokenizer="models/demo", chat_template=template)
    told = worker.post("/tokenize", {
        "messages": CHATS,
        "tools": [{"type": "function", "function": {"name": "f"}}]}).json()
    assert worker.post("/detokenize", {"tokens": told["tokens"]}).json() \
        == {"prompt": "[user]hif"}
    own = start(tokenizer="models/demo")
    told = own.post("/tokenize", {"messages": CHATS}).json()
    assert own.post("/detokenize", {"tokens": told["tokens"]}).json()[
        "prompt"].startswith("<|im_start|>user\nhi")


def test_a_render_has_the_ids_of_the_chat(start):
    worker = start()
    body = {"messages": CHATS, "max_tokens": 1}
    told = worker.post("/v1/chat/completions/render", body).json()
    assert told["token_ids"] == \
        worker.post("/tokenize", {"messages": CHATS}).json()["tokens"]
    assert worker.post("/v1/chat/completions/render",
                       {"prompt": "a"}).status == 400


def test_a_bos_may_come_before_everything(start):
    worker = start(tokenizer="models/demo", bos="<|endoftext|>")
    plain = start(tokenizer="models/demo")
    for body in ({"prompt": "hi"}, {"messages": CHATS}):
        with_bos = worker.post("/tokenize", body).json()["tokens"]
        assert with_bos[1:] == plain.post("/tokenize", body).json()["tokens"]


def test_chats_may_bring_their_ids_from_some_version_on(start):
    body = {"messages": CHATS, "max_tokens": 1,
            "kv_transfer_params": {"prompt_token_ids": [1, 2, 3]}}
    old, new = start(version="0.26.9"), start(version="0.27.0")

    def prompt_tokens(worker):
        answer = worker.post("/v1/chat/completions", body).json()
        return answer["usage"]["prompt_tokens"]
    assert prompt_tokens(new) == 3
    assert prompt_tokens(old) > 3
    assert (state(old)["encoded"], state(new)["encoded"]) == (1, 0)


def test_an_option_may_change_while_it_runs(start):
    worker = start(loras="a")
    fault(worker, "change", **{"with": {"loras": "b,c", "bos": "x",
                                        "usage_details": False,
                                        "told_hash": "xxhash"}})
    assert [m["id"] for m in worker.get("/v1/models").json()["data"]] == \
        ["demo", "b", "c"]
    answer = worker.post("/v1/completions", {"prompt": "a"}).json()
    assert answer["usage"]["prompt_tokens"] == 2
    assert answer["usage"].get("prompt_tokens_details") is None
    assert 'prefix_caching_hash_algo="xxhash"' in worker.get("/metrics").text


def test_it_may_come_back_with_other_options(start):
    worker = start()
    fault(worker, "restart_empty", **{"with": {"block_size": 32,
                                               "replay": False}})
    wait_until(lambda: state(worker)["lives"] == 2)
    assert 'block_size="32"' in worker.get("/metrics").text


@pytest.mark.parametrize("kind, options", [
    ("change", {"seed": "1"}), ("change", {"nothing": 1}),
    ("change", {"chat_template": "/no/where"}),
    ("change", {"tokenizer": "/no/where"}), ("change", {"bos": "??"}),
    ("change", {"max_model_len": 4000000}), ("change", {"bos": None}),
    ("restart_empty", {"nothing": 1}), ("restart_empty", {"port": 1}),
    ("restart_empty", {"block_size": 0})])
def test_what_cannot_change_is_refused_and_nothing_does(start, kind, options):
    worker = start(tokenizer="models/demo")
    answer = worker.post("/sim/fault", {"kind": kind, "with": options})
    assert answer.status == 400, answer
    assert list(options)[0] in answer.text
    assert worker.post("/v1/completions",
                       {"prompt": "a"}).json()["usage"]["prompt_tokens"] == 1


def test_the_rest_of_the_surface_is_there(start):
    worker = start(loras="sql, chat", version="0.99.1")
    models = worker.get("/v1/models").json()["data"]
    assert [(m["id"], m["parent"]) for m in models] == \
        [("demo", None), ("sql", "demo"), ("chat", "demo")]
    assert worker.get("/version").json() == {"version": "0.99.1"}
    assert worker.get("/ping").status == 200
    data = worker.post("/v1/embeddings", {"input": ["a", "b"]}).json()["data"]
    assert len(data) == 2 and data[0]["embedding"] != data[1]["embedding"]
    assert len(worker.post("/score", {"text_1": "q", "text_2": ["a", "b"]})
               .json()["data"]) == 2
    assert len(worker.post("/rerank", {"query": "q", "documents": ["a"]})
               .json()["results"]) == 1


# --- cache and events ------------------------------------------------------

def test_a_second_request_finds_the_first_ones_blocks(start):
    worker = start()
    ids = list(range(100)) + [7]
    body = {"prompt": ids, "max_tokens": 2}
    cached = [worker.post("/v1/completions", body).json()["usage"]
              ["prompt_tokens_details"]["cached_tokens"] for _ in range(2)]
    assert cached == [0, 96]
    assert [r["cached_tokens"] for r in state(worker)["requests"]] == cached
    metrics = worker.metrics()
    assert metrics.value("vllm:prefix_cache_hits_total") == 96
    assert metrics.value("vllm:prefix_cache_queries_total") == 202
    assert metrics.value("vllm:request_success_total",
                         finished_reason="length") == 2
    assert metrics.value("vllm:time_to_first_token_seconds_count") == 2
    config = metrics.all("vllm:cache_config_info")[0][0]
    assert config["block_size"] == "16"
    assert config["prefix_caching_hash_algo"] == "sha256"


def test_an_answer_is_cached_for_the_next_turn(start):
    worker = start()
    first = list(range(64))
    answer = worker.post("/v1/completions", {
        "prompt": first, "max_tokens": 33, "ignore_eos": True,
        "return_token_ids": True}).json()
    turn = first + answer["choices"][0]["token_ids"] + [1, 2]
    usage = worker.post("/v1/completions",
                        {"prompt": turn}).json()["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 96


def test_a_real_tokenizer_finds_the_whole_conversation(start):
    worker = start(tokenizer="models/demo")
    messages = [{"role": "user", "content": "Tell me of rivers. " * 9}]
    for turn in range(3):
        answer = worker.post("/v1/chat/completions", {
            "messages": messages, "max_tokens": 50}).json()
        usage = answer["usage"]
        if turn > 0:
            cached = usage["prompt_tokens_details"]["cached_tokens"]
            # All of the turn before, but for its last token and block.
            assert cached > before - 1 - 16
        before = usage["total_tokens"]
        messages += [answer["choices"][0]["message"],
                     {"role": "user", "content": f"And then? {turn}"}]
        count = worker.post("/tokenize",
                            {"messages": messages[:-2]}).json()["count"]
        assert count == usage["prompt_tokens"]


def test_details_may_be_withheld(start):
    worker = start(usage_details=False)
    usage = worker.post("/v1/completions", {"prompt": "a"}).json()["usage"]
    assert usage["prompt_tokens_details"] is None


def test_events_name_blocks_as_the_engine_hashes_them(start):
    worker = start(hash="sha256_cbor", seed="42", topic="kv")
    ids = [i % 256 for i in range(50)]
    with Events(worker) as events:
        worker.post("/v1/completions", {"prompt": ids, "max_tokens": 1,
                                        "cache_salt": "tenant-a"})
        topic, seq, (ts, batch, rank) = events.next()
        assert (topic, seq, rank) == (b"kv", 0, 0)
        assert abs(ts - time.time()) < 60
        chain = sha256_cbor_chain(ids, seed="42", salt="tenant-a")
        (event,) = batch
        assert event["type"] == "BlockStored"
        assert event["block_hashes"] == [as_int(d) for d in chain]
        assert event["parent_block_hash"] is None
        assert event["token_ids"] == ids[:48]
        assert event["block_size"] == 16
        assert event["medium"] == "GPU"
        assert event["extra_keys"][0] == ["tenant-a"]
        assert events.quiet()
    blocks = {b["hash"] for b in state(worker, "?blocks=1")["ranks"][0]
              ["blocks"]}
    assert blocks == {d.hex() for d in chain}


def test_an_adapters_blocks_carry_its_name(start):
    worker = start(hash="sha256_cbor", loras="sql")
    ids = list(range(40))
    with Events(worker) as events:
        worker.post("/v1/completions",
                    {"model": "sql", "prompt": ids, "max_tokens": 1})
        event = events.next()[2][1][0]
    chain = sha256_cbor_chain(ids, lora="sql")
    assert event["block_hashes"] == [as_int(d) for d in chain]
    assert event["lora_name"] == "sql"


@pytest.mark.parametrize("generation,length", [
    ("v0.10.2", 7), ("v0.16", 8), ("v0.19", 9), ("v0.20", 10), ("v0.23", 12)])
def test_old_generations_send_arrays(start, generation, length):
    worker = start(hash="sha256_cbor", generation=generation,
                   int_hashes=False)
    ids = list(range(20))
    with Events(worker) as events:
        worker.post("/v1/completions", {"prompt": ids, "max_tokens": 1})
        event = events.next()[2][1][0]
    assert len(event) == length
    assert event[:5] == ["BlockStored", sha256_cbor_chain(ids), None,
                         ids[:16], 16]


def test_a_random_seed_is_nobodys_guess(start):
    a, b = start(seed="random"), start(seed="random", name="worker-1")
    hashes = []
    for worker in (a, b):
        worker.post("/v1/completions", {"prompt": list(range(20)),
                                        "max_tokens": 1})
        hashes.append(state(worker, "?blocks=1")["ranks"][0]["blocks"])
    assert len(hashes[0]) == 1 and hashes[0] != hashes[1]


def test_eviction_is_announced_block_by_block(start):
    worker = start(num_gpu_blocks=9, hash="sha256_cbor")
    first = list(range(64))
    with Events(worker) as events:
        for ids in (first, list(range(100, 228))[:112]):
            worker.post("/v1/completions", {"prompt": ids, "max_tokens": 1})
        chain = [as_int(d) for d in sha256_cbor_chain(first)]
        assert events.next()[2][1][0]["block_hashes"] == chain
        removed = [e["block_hashes"] for e in events.next()[2][1]
                   if e["type"] == "BlockRemoved"]
    # Seven blocks are needed, four were free: the tail goes first.
    assert removed == [[h] for h in reversed(chain[1:])]


def test_a_reset_clears_and_says_so(start):
    worker = start()
    body = {"prompt": list(range(40)), "max_tokens": 1}
    with Events(worker) as events:
        worker.post("/v1/completions", body)
        assert events.next()[2][1][0]["type"] == "BlockStored"
        assert worker.post("/reset_prefix_cache", {}).status == 200
        assert events.next()[2][1] == [{"type": "AllBlocksCleared"}]
    usage = worker.post("/v1/completions", body).json()["usage"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0


@pytest.mark.parametrize("generation,frames", [("v0.25", 3), ("v0.26", 4)])
def test_past_events_are_replayed_from_where_asked(start, generation, frames):
    worker = start(generation=generation)
    for i in range(5):
        worker.post("/v1/completions", {"prompt": [i] * 20, "max_tokens": 1})
    with Events(worker) as events:
        batches, seen = events.replay(0)
        assert [seq for seq, _ in batches] == [0, 1, 2, 3, 4]
        assert batches[3][1][1][0]["token_ids"] == [3] * 16
        assert seen == {frames}
        assert [seq for seq, _ in events.replay(3)[0]] == [3, 4]
        assert events.replay(5)[0] == []


def test_only_so_many_batches_are_kept(start):
    worker = start(buffer_steps=3)
    for i in range(5):
        worker.post("/v1/completions", {"prompt": [i] * 20, "max_tokens": 1})
    with Events(worker) as events:
        assert [seq for seq, _ in events.replay(0)[0]] == [2, 3, 4]


def test_data_parallel_ranks_have_caches_of_their_own(start):
    worker = start(data_parallel=2)
    body = {"prompt": list(range(40)), "max_tokens": 1}

    def cached(rank):
        answer = request(worker.address, "POST", "/v1/completions", body,
                         headers={"X-data-parallel-rank": str(rank)})
        return answer.json()["usage"]["prompt_tokens_details"][
            "cached_tokens"]
    with Events(worker, rank=1) as events:
        assert [cached(0), cached(0), cached(1), cached(1)] == [0, 32, 0, 32]
        assert events.next()[2][2] == 1
    assert request(worker.address, "POST", "/v1/completions", body,
                   headers={"X-data-parallel-rank": "2"}).status == 400


# --- load and departure ---------------------------------------------------

def test_a_client_that_leaves_frees_its_worker(start):
    worker = start(profile="l4", speed=1)
    body = {"prompt": "x", "max_tokens": 5000, "ignore_eos": True}
    for stream in (True, False):
        client = Raw(worker.address)
        data = json.dumps({**body, "stream": stream})
        client.send(f"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                    f"Content-Length: {len(data)}\r\n\r\n{data}")
        wait_until(lambda: state(worker)["ranks"][0]["running"] == 1)
        client.socket.close()
        wait_until(lambda: state(worker)["ranks"][0]["running"] == 0, 5)
    told = state(worker)
    assert told["aborts"] == 2
    assert [r["outcome"] for r in told["requests"]] == ["abort", "abort"]
    rank = told["ranks"][0]
    assert rank["free_blocks"] == rank["usable_blocks"]


def test_connections_are_kept_and_idle_ones_closed(start):
    worker = start(keep_alive_s=1)
    data = b'{"prompt": "x", "max_tokens": 2}'
    with Raw(worker.address) as client:
        for _ in range(3):
            client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Length: %d\r\n\r\n" % len(data) + data)
            assert client.read_answer().status == 200
        assert client.is_closed(within=5)


def test_a_long_prompt_takes_as_long_as_the_formula_says(start):
    worker = start(t0=0.01, b=0.0001, c=0, d=0, r=0, f=0, budget=4096)
    begin = time.monotonic()
    worker.post("/v1/completions", {"prompt": [1] * 8000, "max_tokens": 1})
    took = time.monotonic() - begin
    assert 0.8 < took < 0.8 + 0.5 * SLOW


def test_it_ends_well_with_requests_of_every_kind_under_way(start):
    worker = start(profile="l4")
    data = b'{"prompt": "x", "max_tokens": 999, "stream": true}'
    post = (b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: %d\r\n\r\n" % len(data) + data)
    clients = [Raw(worker.address).send(post) for _ in range(5)]
    for kind in ("slow", "hang", "hang_midstream"):
        fault(worker, kind, ms=60000)
        clients.append(Raw(worker.address).send(post))
    wait_until(lambda: state(worker)["received"] == 8)
    wait_until(lambda: state(worker)["ranks"][0]["running"] >= 6)
    assert worker.stop() == []
    for client in clients:
        assert b"[DONE]" not in client.read_all()


def test_requests_behind_each_other_are_answered_in_turn(start):
    worker = start()
    with Raw(worker.address) as client:
        for n in (1, 2, 3):
            data = b'{"prompt": "x", "max_tokens": %d}' % n
            client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                        b"Content-Length: %d\r\n\r\n" % len(data) + data)
        got = [client.read_answer().json()["usage"]["completion_tokens"]
               for _ in range(3)]
    assert got == [1, 2, 3]


# --- faults ------------------------------------------------------------------

def test_a_burst_of_errors_ends_by_itself(start):
    worker = start()
    fault(worker, "status", status=503, count=2)
    got = [worker.post("/v1/completions", {"prompt": "a"}).status
           for _ in range(3)]
    assert got == [503, 503, 200]


def test_slow_waits_before_the_first_byte(start):
    worker = start()
    fault(worker, "slow", ms=300)
    begin = time.monotonic()
    assert worker.post("/v1/completions", {"prompt": "a"}).status == 200
    assert time.monotonic() - begin > 0.3


def test_a_hung_request_never_gets_a_byte(start):
    worker = start()
    fault(worker, "hang")
    data = b'{"prompt": "x", "stream": true}'
    with Raw(worker.address) as client:
        client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(data) + data)
        assert not client.is_closed(within=0.3 / SLOW)
        assert client.pending == b""
    wait_until(lambda: state(worker)["aborts"] == 1)
    assert worker.post("/v1/completions", {"prompt": "a"}).status == 200


@pytest.mark.parametrize("kind", ["cut_midstream", "short_body", "bad_chunk",
                                  "hang_midstream"])
def test_a_spoiled_stream_never_looks_whole(start, kind):
    worker = start()
    fault(worker, kind, after=2)
    data = b'{"prompt": "x", "stream": true, "max_tokens": 9}'
    with Raw(worker.address) as client:
        client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(data) + data)
        if kind == "hang_midstream":
            assert not client.is_closed(within=0.3 / SLOW)
            got = client.pending
        else:
            got = client.read_all()
    assert got.count(b"data: ") == 2
    assert b"[DONE]" not in got and b"\r\n0\r\n" not in got
    if kind == "bad_chunk":
        assert b"zz\r\n" in got
    assert worker.post("/v1/completions", {"prompt": "a"}).status == 200


def test_a_short_body_ends_before_its_length(start):
    worker = start()
    fault(worker, "short_body")
    data = b'{"prompt": "x", "max_tokens": 2}'
    with Raw(worker.address) as client:
        client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(data) + data)
        got = client.read_all()
    head, _, body = got.partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split()[0])
    assert 0 < len(body) < promised


def test_dropped_events_leave_a_gap_that_replay_fills(start):
    worker = start()

    def serve(i):
        worker.post("/v1/completions", {"prompt": [i] * 20, "max_tokens": 1})
    with Events(worker) as events:
        serve(0)
        fault(worker, "drop_events", count=2)
        for i in (1, 2, 3):
            serve(i)
        assert [events.next()[1], events.next()[1]] == [0, 3]
        assert [seq for seq, _ in events.replay(1)[0]] == [1, 2, 3]
        fault(worker, "drop_events", count=1, and_replay=True)
        serve(4)
        serve(5)
        assert events.next()[1] == 5
        assert [seq for seq, _ in events.replay(3)[0]] == [3, 5]


def test_a_silenced_publisher_answers_nobody(start):
    worker = start()
    with Events(worker) as events:
        fault(worker, "silence")
        worker.post("/v1/completions", {"prompt": [1] * 20, "max_tokens": 1})
        assert events.quiet()
        assert events.replay(0, timeout=0.3 / SLOW)[0] is None
        fault(worker, "silence", on=False)
        worker.post("/v1/completions", {"prompt": [2] * 20, "max_tokens": 1})
        assert events.next()[1] == 1
        assert [seq for seq, _ in events.replay(0)[0]] == [0, 1]


def test_a_restart_comes_back_empty_at_the_same_address(start):
    worker = start()
    body = {"prompt": list(range(40)), "max_tokens": 1}
    with Events(worker) as events:
        worker.post("/v1/completions", body)
        worker.post("/v1/completions", {**body, "prompt": [5] * 20})
        assert [events.next()[1], events.next()[1]] == [0, 1]
        with Raw(worker.address) as idle:
            idle.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            idle.read_answer()
            fault(worker, "restart_empty")
            assert idle.is_closed()
        wait_until(lambda: state(worker)["lives"] == 2)

        usage = worker.post("/v1/completions", body).json()["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == 0
        assert [seq for seq, _ in events.replay(0)[0]] == [0]
        # The old subscription comes back by itself, too.
        fresh = iter(range(100, 200))

        def heard():
            worker.post("/v1/completions",
                        {**body, "prompt": [next(fresh)] * 20})
            return events.next(0.2)
        _, seq, batch = wait_until(heard, what="an event after it")
        assert batch[1][0]["token_ids"] == [seq + 99] * 16


def test_one_worker_of_many_may_die_and_return(programs):
    told = programs.start(
        Program, [binary("warmpath-sim"), "--workers", "3", "--tokenizer",
                  "bytes", "--profile", "fast"]).announced
    assert [w["name"] for w in told] == ["worker-0", "worker-1", "worker-2"]
    first, second, _ = [split_address(w["url"].split("//")[1]) for w in told]

    def alive(address):
        try:
            return request(address, "GET", "/health").status == 200
        except OSError:
            return False
    assert request(first, "POST", "/sim/fault",
                   {"kind": "die", "worker": "worker-1"}).status == 200
    wait_until(lambda: not alive(second))
    assert alive(first)
    request(first, "POST", "/sim/fault",
            {"kind": "restart_empty", "worker": "worker-1"})
    wait_until(lambda: alive(second))
    assert request(first, "POST", "/sim/fault",
                   {"kind": "die", "worker": "nobody"}).status == 404


def test_death_in_mid_stream_takes_the_port_along(start):
    worker = start()
    fault(worker, "die_midstream", after=3)
    data = b'{"prompt": "x", "stream": true, "max_tokens": 9}'
    with Raw(worker.address) as client:
        client.send(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(data) + data)
        got = client.read_all()
    assert got.count(b"data: ") == 3 and b"[DONE]" not in got

    def refused():
        try:
            worker.get("/health")
        except ConnectionRefusedError:
            return True
    wait_until(refused)


def test_a_reset_comes_instead_of_an_answer(start):
    worker = start()
    fault(worker, "reset")
    with pytest.raises(ConnectionResetError):
        worker.post("/v1/completions", {"prompt": "a"})
    assert worker.post("/v1/completions", {"prompt": "a"}).status == 200


def test_a_sick_worker_says_so_and_serves_on(start):
    worker = start()
    fault(worker, "sick")
    assert worker.get("/health").status == 503
    assert worker.post("/v1/completions", {"prompt": "a"}).status == 200
    fault(worker, "clear")
    assert worker.get("/health").status == 200


def test_the_process_may_crash(start):
    worker = start()
    worker.ended_by_us = True
    with pytest.raises(OSError):
        worker.post("/sim/fault", {"kind": "exit"})
    assert worker.wait() == 1


def test_faults_that_do_not_exist_are_refused(start):
    worker = start()
    assert worker.post("/sim/fault", {"kind": "flood"}).status == 400
    assert worker.post("/sim/fault", b"x").status == 400


# --- the command line ------------------------------------------------------

def run_sim(*arguments):
    program = Program([binary("warmpath-sim"), *arguments], announce=False)
    return program.wait(), program.stdout(), program.stderr()


def test_help_says_that_no_model_is_computed():
    status, out, _ = run_sim("--help")
    assert status == 0
    assert "It computes no model" in out
    assert "--block_size" in out or "--block-size" in out


@pytest.mark.parametrize("arguments,told", [
    (["--nothing", "1"], "nothing"), (["--port"], "a value must follow"),
    (["--port", "70000"], "port"), (["--speed", "nan"], "speed"),
    (["--hash", "md5"], "hash"), (["--generation", "v0.8"], "generation"),
    (["--profile", "tpu"], "profile"), (["--events", "maybe"], "events"),
    (["--max-model-len", "900000"], "max_model_len"),
    (["--workers", "0"], "workers"), (["--tokenizer", "no/where"], "no/where"),
    (["--config", "no-file.yaml"], "no-file.yaml"), (["stray"], "stray")])
def test_a_wrong_option_is_named(arguments, told):
    status, _, err = run_sim("--tokenizer", "bytes", *arguments)
    assert status == 2
    assert told in err


def test_a_file_describes_unlike_workers(programs, tmp_path):
    path = tmp_path / "sim.yaml"
    path.write_text("tokenizer: bytes\nprofile: fast\nblock_size: 32\n"
                    "workers:\n  - name: big\n    num_gpu_blocks: 99\n"
                    "  - name: small\n    num_gpu_blocks: 9\n"
                    "    events: false\n")
    told = programs.start(Program, [binary("warmpath-sim"), "--config",
                                    str(path)]).announced
    assert [(w["name"], w["num_gpu_blocks"], w["block_size"])
            for w in told] == [("big", 99, 32), ("small", 9, 32)]
    assert told[0]["events"] and told[1]["events"] is None
