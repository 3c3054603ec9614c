"""`warmpath tokenize` beside recorded ids of the reference library: texts,
and chats by the template of each model."""
import gzip
import json
import os
import shutil
import subprocess

import pytest

import harness

DATA = os.environ.get("WARMPATH_TESTDATA", os.path.join(
    harness.ROOT, "..", "shared", "testdata"))
DEMO = os.path.join(harness.ROOT, "models", "demo")
NOW = "2025-07-10T12:00:00"  # of the recorded renderings

needs_data = pytest.mark.skipif(
    not os.path.isdir(os.path.join(DATA, "goldens")),
    reason=f"SKIP: {DATA}/goldens is not there")


def golden(name):
    path = os.path.join(DATA, "goldens", name)
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def tokenize(model, bodies, *arguments):
    done = subprocess.run(
        [harness.binary("warmpath"), "tokenize", "--model", str(model),
         "--now", NOW, *arguments],
        input="".join(json.dumps(body) + "\n" for body in bodies),
        capture_output=True, text=True, timeout=60 * harness.SLOW,
        env=harness.environment(None))
    assert done.stderr == ""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(bodies)
    return done.returncode, answers


def test_a_chat_is_its_prompt():
    status, (chat, prompt, bare, bad) = tokenize(DEMO, [
        {"messages": [{"role": "user", "content": "hi there"}]},
        {"prompt": "<|im_start|>user\nhi there<|im_end|>\n"
                   "<|im_start|>assistant\n"},
        {"text": "hi there", "add_special_tokens": False},
        {"text": 1}])
    assert status == 1 and "error" in bad
    assert chat == prompt and chat["tokens"]
    assert set(bare["tokens"]) <= set(chat["tokens"])


TEXTS = golden("tokens.json")
# One thread does it all: where threads are watched, a few models will do.
STRIDE = 6 if os.environ.get("SAN") == "thread" else 1


@needs_data
@pytest.mark.parametrize("name", ("llama-3.2", "qwen3", "mistral-7b",
                                  "deepseek-v3", "gpt-oss")[::STRIDE])
def test_texts_have_the_recorded_ids(name, tmp_path):
    """Without tokenizer_config.json, which the library does not read."""
    told = TEXTS["tokenizers"][name]
    shutil.copy(os.path.join(DATA, "tokenizers", name, "tokenizer.json.gz"),
                tmp_path)
    for special, ids in ((False, told["ids"]), (True, told["ids_special"])):
        status, answers = tokenize(
            tmp_path,
            [{"text": text, "add_special_tokens": special}
             for text in TEXTS["strings"]])
        assert status == 0
        assert [a["tokens"] for a in answers] == ids


CHATS = golden("e2e.json")
MODELS = sorted({(c["tokenizer"], c["template"])
                 for c in CHATS.get("cases", ())})


def model_directory(path, tokenizer, case):
    """The tokenizer with that template: a directory as of one model."""
    source = os.path.join(DATA, "tokenizers", tokenizer, "tokenizer.json.gz")
    shutil.copy(source, path)
    with open(os.path.join(DATA, "templates", case["template"]),
              encoding="utf-8", newline="") as f:
        source = f.read()
    with gzip.open(os.path.join(path, "tokenizer_config.json.gz"), "wt",
                   encoding="utf-8") as f:
        json.dump({**case["special_tokens"], "chat_template": source}, f)


@needs_data
@pytest.mark.parametrize("tokenizer, template", MODELS[::STRIDE])
def test_chats_have_the_recorded_ids(tokenizer, template, tmp_path):
    cases = [c for c in CHATS["cases"] if c["template"] == template and
             c["tokenizer"] == tokenizer]
    conversations = golden("render.json")["conversations"]
    model_directory(tmp_path, tokenizer, cases[0])
    _, answers = tokenize(
        tmp_path, [conversations[c["conversation"]] for c in cases],
        "--content-format", cases[0]["content_format"])
    for case, answer in zip(cases, answers):
        if "token_ids" in case:
            assert answer.get("tokens") == case["token_ids"], case
        else:
            assert "error" in answer, case
