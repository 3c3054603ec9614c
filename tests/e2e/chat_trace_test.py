"""Conversations over eight workers of published models: chats are rendered,
tokenized and hashed in the gateway alone, and what it predicts to be in the
chosen worker's cache is what that worker then reports."""
import concurrent.futures
import json
import os
import random
import shutil

import pytest

import harness
from books import wait_known

DATA = os.environ.get("WARMPATH_TESTDATA", os.path.join(
    harness.ROOT, "..", "shared", "testdata"))
WORKERS, CONVERSATIONS, TURNS = 8, 12, 4
# By tokenizer: the template that belongs to it, and what templates name.
MODELS = {
    "llama-3.2": ("llama.cpp/meta-llama-Llama-3.2-3B-Instruct.jinja",
                  {"bos_token": "<|begin_of_text|>",
                   "eos_token": "<|eot_id|>"}),
    "qwen3": ("llama.cpp/Qwen-Qwen3-0.6B.jinja",
              {"eos_token": "<|im_end|>"}),
    "mistral-7b": ("mistral-common/v1_spm.jinja",
                   {"bos_token": "<s>", "eos_token": "</s>"}),
    "deepseek-v3": ("embedded/deepseek-v3.jinja",
                    {"bos_token": "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
                     "eos_token": "<\uff5cend\u2581of\u2581sentence\uff5c>"}),
    "gpt-oss": ("llama.cpp/openai-gpt-oss-120b.jinja",
                {"bos_token": "<|startoftext|>",
                 "eos_token": "<|return|>"}),
}
WORDS = ("river stone caf\u00e9 42 bread \u65e5\u672c\u8a9e 3.14 don't "
         "window\nsilver  field na\u00efve {\"k\": [1, 2]} <s> \U0001f600"
         ).split(" ")


def model_directory(path, tokenizer):
    template, special = MODELS[tokenizer]
    shutil.copy(os.path.join(DATA, "tokenizers", tokenizer,
                             "tokenizer.json.gz"), path)
    with open(os.path.join(DATA, "templates", template), encoding="utf-8",
              newline="") as f:
        config = {**special, "chat_template": f.read()}
    with open(os.path.join(path, "tokenizer_config.json"), "w",
              encoding="utf-8") as f:
        json.dump(config, f)


def fleet_of(programs, directory):
    """Eight workers of one process, which load the tokenizer once."""
    return programs.start(harness.Program, [
        harness.binary("warmpath-sim"), "--workers", str(WORKERS),
        "--tokenizer", directory, "--profile", "fast", "--speed", "100",
        "--num-gpu-blocks", "4000"]).announced


def gateway_for(gateway, told, directory):
    entries = [{key: w[key] for key in ("name", "url", "events", "replay")}
               for w in told]
    return gateway({
        "listen": ["127.0.0.1:0"], "admin": "127.0.0.1:0",
        "probe": {"health_interval": "100ms", "up_after": 1},
        "models": [{"name": "demo", "workers": entries,
                    "tokenizer": directory,
                    "hash": {"key": "auto", "algorithm": "sha256",
                             "seed": "0"}}]})


def addresses_of(told):
    return {w["name"]: harness.split_address(w["url"].split("//")[1])
            for w in told}


def settle(front, told):
    """Parity of all, and a first block of each: it settles the keys."""
    def holds():
        workers = front.admin_get("/workers").json()["workers"]
        return all(w["checks"][check]["state"] == "holds" for w in workers
                   for check in ("tokenizer", "special_tokens",
                                 "chat_template"))
    harness.wait_until(holds, 30, "parity with every worker")
    for address in addresses_of(told).values():
        harness.request(address, "POST", "/v1/completions",
                        {"prompt": list(range(10, 60)), "max_tokens": 1})
    harness.wait_until(lambda: all(
        w["trust"] == "exact" and w["keys"] == "engine"
        for w in front.admin_get("/workers").json()["workers"]), 30,
        "trust in every worker")


class Conversation:
    """Later turns repeat the answers; half of them share a beginning."""

    def __init__(self, number):
        self.draw = random.Random(number)
        shared = random.Random(number % 2)
        self.messages = [{"role": "user", "content": self.say(shared, 120)}]

    @staticmethod
    def say(draw, n):
        return " ".join(draw.choice(WORDS) for _ in range(n))

    def turn(self, front):
        answer = front.post("/v1/chat/completions", {
            "model": "demo", "messages": self.messages, "max_tokens": 24})
        assert answer.status == 200, answer
        self.messages += [answer.json()["choices"][0]["message"],
                          {"role": "user", "content": self.say(self.draw,
                                                               30)}]


@pytest.mark.skipif(not os.path.isdir(os.path.join(DATA, "tokenizers")),
                    reason=f"SKIP: {DATA}/tokenizers is not there")
@pytest.mark.parametrize("tokenizer", MODELS)
def test_predictions_are_exact_without_asking(programs, gateway, tmp_path,
                                              tokenizer):
    model_directory(tmp_path, tokenizer)
    told = fleet_of(programs, str(tmp_path))
    front = gateway_for(gateway, told, str(tmp_path))
    settle(front, told)
    addresses = addresses_of(told)

    talks = [Conversation(i) for i in range(CONVERSATIONS)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for talk in talks:  # others begin as it has
            talk.turn(front)
            wait_known(front, addresses)
        for _ in range(1, TURNS):
            list(pool.map(lambda talk: talk.turn(front), talks))
            wait_known(front, addresses)

    total = CONVERSATIONS * TURNS
    harness.settles(
        lambda: front.metrics().value("warmpath_requests_total"), total)
    metrics = front.metrics()
    how = {labels["how"]: value for labels, value in
           metrics.all("warmpath_tokenize_total")}
    # Nobody was asked: each chat was rendered here, anew or gone on with.
    assert set(how) <= {"local", "memo"} and sum(how.values()) == total, how
    assert metrics.value("warmpath_prompt_counts_total",
                         result="same") == total
    count = {result: metrics.value("warmpath_prediction_total",
                                   result=result)
             for result in ("exact", "index_changed", "wrong", "unknown")}
    print(tokenizer, how, count)
    assert count["unknown"] == 0 and sum(count.values()) == total
    # Two that go out together may overtake each other's evictions.
    assert count["exact"] >= 0.95 * total
    assert metrics.value("warmpath_reported_cached_tokens_total") > \
        0.3 * metrics.value("warmpath_prompt_tokens_total")
