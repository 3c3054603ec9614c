#!/usr/bin/env python3
"""The README's table of models, from what the test data's tokenizers,
templates and vectors give: each is loaded and compared, and what is refused
says why.

usage: models_table.py [--write]    prints the rows; --write puts them between
                                    the README's markers"""
import contextlib
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import types
from glob import glob

from harness import BUILD, ROOT, SANITIZERS, binary

sys.path.insert(0, os.path.join(ROOT, "tests", "parity"))
DATA = os.environ.get("WARMPATH_TESTDATA",
                      os.path.join(ROOT, "..", "shared", "testdata"))
README = os.path.join(ROOT, "README.md")
BEGIN = "<!-- models: `make readme` writes what follows -->"
END = "<!-- models: end -->"
HEAD = """\
| model | tokenizer | chats | compared, and equal |
|---|---|---|---|"""

# What the test data calls a tokenizer, and whose it is.
FAMILIES = {
    "llama-3.2": "Llama 3, Falcon-H1, SmolLM3", "llama-2": "Llama 2, Vicuna",
    "qwen3": "Qwen 3", "qwen2.5": "Qwen 2.5, QwQ",
    "deepseek-v3": "DeepSeek V3, R1, V3.1", "gpt-oss": "gpt-oss",
    "mistral-nemo": "Mistral Nemo, Small 3, Devstral",
    "mistral-7b": "Mistral 7B, Mixtral", "gemma-3": "Gemma 3",
    "gemma-2": "Gemma 2", "phi-3-mini": "Phi 3", "phi-2": "Phi 2",
    "chatglm3": "ChatGLM 3", "deepseek-coder": "DeepSeek Coder",
    "starcoder": "StarCoder, Granite 3", "falcon": "Falcon",
    "gpt-2": "GPT-2", "roberta-base": "RoBERTa",
    "bert-test-model": "BERT", "t5-small": "T5",
}
# Prompts that code makes: whose, by what, by which vectors and whose test.
CODE = (
    ("gpt-oss", None, "Harmony, by code", "harmony", ["harmony_test"]),
    ("DeepSeek V3.2", "as DeepSeek V3", "its encoder, by code",
     "vllm-deepseek_v32", ["deepseek_test"]),
    ("DeepSeek V4", "as DeepSeek V3", "its encoder, by code",
     "vllm-deepseek_v4", ["deepseek_test"]),
    ("Mistral with `tekken.json`", "BPE of bytes, from `tokenizer.json`",
     "mistral-common's, by code", "mistral-common", ["mistral_test"]),
)
# Whose prompts an engine makes by code that is not here.
REFUSED = (
    ("Kimi K3", {"model_type": "kimi_k3"}),
    ("DeepSeek V4.1", {"model_type": "deepseek_v41"}),
    ("Inkling", {"model_type": "inkling"}),
    ("Grok 2", {"architectures": ["Grok1ForCausalLM"]}),
    ("Kimi Audio", {"architectures": ["MoonshotKimiaForCausalLM"]}),
    ("Cohere ASR",
     {"architectures": ["CohereASRForConditionalGeneration"]}),
)
# Repositories with a rank file: whose code, and what writes such a one.
RANKS = (
    ("Kimi K2", "as `tokenization_kimi.py`", ["kimi"]),
    ("Qwen 1", "as `tokenization_qwen.py`", ["qwen"]),
    ("cl100k_base, o200k_base", "by themselves", ["cl100k", "o200k"]),
)
TEXT = "Rank files: caf\u00e9 1234, \u4f60\u597d  it's\n"
ASK = {"messages": [{"role": "user", "content": "hi"}]}


def read_json(*path):
    path = os.path.join(DATA, *path)
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def either(*path):
    """The file, or the same packed; None without."""
    for end in ("", ".gz"):
        if os.path.exists(os.path.join(DATA, *path) + end):
            return read_json(*path[:-1], path[-1] + end)
    return None


def answers(command, bodies, *arguments):
    done = subprocess.run(
        [binary("warmpath"), command, *arguments],
        input="".join(json.dumps(b) + "\n" for b in bodies),
        capture_output=True, text=True, timeout=120,
        env={**SANITIZERS, **os.environ})
    if done.returncode == 2:  # nothing could be loaded
        return done.stderr.strip()
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- tokenizers -----------------------------------------------------------

def kind_of(tokenizer):
    model = tokenizer["model"]
    if isinstance(model["vocab"], list):
        return "Unigram"
    if "merges" not in model:
        return "WordPiece"
    text = json.dumps([tokenizer.get("pre_tokenizer"),
                       tokenizer.get("decoder")])
    if "ByteLevel" in text:
        return "BPE of bytes"
    return "BPE of characters" + (
        ", else bytes" if model.get("byte_fallback") else "")


def packed(ids):
    return b"".join(i.to_bytes(4, "little") for i in ids)


@contextlib.contextmanager
def directory(tokenizer, files):
    """A model's, with a tokenizer of the test data (or None) and files."""
    with tempfile.TemporaryDirectory(prefix="warmpath-models-") as made:
        for path in glob(os.path.join(DATA, "tokenizers", tokenizer or "-",
                                      "tokenizer.json*")):
            os.symlink(path, os.path.join(made, os.path.basename(path)))
        for name, value in files.items():
            with open(os.path.join(made, name), "w",
                      encoding="utf-8") as file:
                json.dump(value, file)
        yield made


def texts_compared(name, tokens, long_texts):
    """How many texts have the reference's ids; a fault fails."""
    want = tokens["tokenizers"][name]
    bodies = [{"text": text, "add_special_tokens": special}
              for special in (False, True) for text in tokens["strings"]]
    bodies += [{"text": text, "add_special_tokens": False}
               for text in long_texts["texts"].values()]
    with directory(name, {}) as model:
        got = answers("tokenize", bodies, "--model", model)
    assert isinstance(got, list), f"{name}: {got}"
    ids = [one.get("tokens") for one in got]
    n = len(tokens["strings"])
    assert ids[:n] == want["ids"], name
    assert ids[n:2 * n] == want.get("ids_special", want["ids"]), name
    for text, one in zip(long_texts["texts"], ids[2 * n:]):
        told = long_texts["tokenizers"][name][text]
        assert len(one) == told["n"], (name, text)
        digest = hashlib.sha256(packed(one)).hexdigest()
        assert digest == told["sha256_u32le"], (name, text)
    return len(ids)


def body_of(case, conversations):
    body = {**conversations[case["conversation"]]}
    kwargs = dict(case["kwargs"])
    if "add_generation_prompt" in kwargs:
        body["add_generation_prompt"] = kwargs.pop("add_generation_prompt")
    return {**body, "chat_template_kwargs": kwargs}


def chats_compared(name, cases, render):
    """How many chats have the reference's ids."""
    groups = {}
    for case in cases:
        if case["tokenizer"] == name:
            groups.setdefault((case["template"], case["content_format"]),
                              []).append(case)
    for (template, form), group in groups.items():
        with directory(name, {"tokenizer_config.json":
                              group[0]["special_tokens"]}) as model:
            got = answers(
                "tokenize",
                [body_of(c, render["conversations"]) for c in group],
                "--model", model, "--content-format", form,
                "--engine", "vllm-2026-06",
                "--now", render["now"].split()[0],
                "--template", os.path.join(DATA, "templates", template))
        assert isinstance(got, list), f"{name}, {template}: {got}"
        for case, one in zip(group, got):
            assert one.get("tokens") == case.get("token_ids"), \
                (name, template, case["conversation"], one)
    return sum(map(len, groups.values()))


def code_compared(vectors, tests):
    """How many of the vectors the unit tests hold their renderer against."""
    seen = set()
    for test in tests:
        done = subprocess.run(
            [os.path.join(ROOT, BUILD, "unit", "template", test)],
            capture_output=True, text=True, timeout=120, cwd=ROOT,
            env={**SANITIZERS, **os.environ})
        assert done.returncode == 0, done.stdout
        seen |= set(re.findall(rf"golden: vectors/{vectors}/(\S+\.txt)",
                               done.stdout + done.stderr))
    assert seen, f"{tests} looked at none of {vectors}"
    return len(seen)


# --- rows -----------------------------------------------------------------

def plural(n, what):
    return f"{n} {what}{'s' if n != 1 else ''}"


def tokenizer_rows():
    tokens = read_json("goldens", "tokens.json")
    long_texts = read_json("goldens", "long.json.gz")
    cases = read_json("goldens", "e2e.json")["cases"]
    render = read_json("goldens", "render.json")
    code = {row[0]: row for row in CODE}
    for name, family in FAMILIES.items():
        n = texts_compared(name, tokens, long_texts)
        m = chats_compared(name, cases, render)
        config = either("tokenizers", name, "tokenizer_config.json") or {}
        chats = "by template" if m or config.get("chat_template") else \
            "no template here"
        told = plural(n, "text") + (f", {plural(m, 'chat')}" if m else "")
        if name in code:
            chats = code[name][2]
            told += f", {code_compared(*code[name][3:])} prompts"
        yield (family, kind_of(either("tokenizers", name, "tokenizer.json")),
               chats, told)


def code_rows():
    for family, kind, how, vectors, tests in CODE:
        if kind is not None:
            yield family, kind, how, \
                f"{code_compared(vectors, tests)} prompts"


def refused_rows():
    for family, config in REFUSED:
        with directory(None, {"config.json": config,
                              "tokenizer_config.json": {}}) as model:
            got, = answers("render", [ASK], "--model", model)
        yield (family, "as its files say", "put to a worker",
               f"refused: {got['error']}")
    code = ["tokenization_other.OtherTokenizer", None]
    with directory(None, {"tiktoken.model": {}, "tokenizer_config.json": {
            "auto_map": {"AutoTokenizer": code}}}) as model:
        why = answers("tokenize", [ASK], "--model", model)
    assert isinstance(why, str), why
    why = why.replace("warmpath tokenize: ", "").replace(model + "/", "")
    yield ("a rank file of tiktoken's with other code", f"refused: {why}",
           "put to a worker", "without `tokenizer:` texts are matched in "
           "pieces")


def rank_rows():
    """Rank files that load; `make parity` has what compares them."""
    import ranks
    library = types.SimpleNamespace(Encoding=lambda **_: None)
    demo = ranks.demo_ranks(ROOT)
    token = {rank: text for text, rank in demo.items()}
    for family, code, makes in RANKS:
        for make in makes:
            with tempfile.TemporaryDirectory() as folder:
                getattr(ranks, make)(library, folder, demo)
                got, = answers("tokenize", [{"prompt": TEXT}],
                               "--model", folder)
            assert b"".join(map(token.get, got["tokens"])) == TEXT.encode(), got
        yield (family, f"ranks of tiktoken, {code}",
               "by template, if there is one",
               "with tiktoken by `make parity`")


def template_row():
    from api_bodies import MESSAGES, RESPONSES
    from conversations import CONVERSATIONS
    n = len(glob(os.path.join(DATA, "templates", "**", "*.jinja"),
                 recursive=True))
    return (f"{n} published templates, of these and others", "their own",
            "by template", f"{n} x {len(CONVERSATIONS)} chats with Jinja2, "
            f"{n} x {len(MESSAGES) + len(RESPONSES)} messages and responses")


def table():
    rows = [*tokenizer_rows(), *code_rows(), *rank_rows(),
            template_row(), *refused_rows()]
    return "\n".join([HEAD, *("| " + " | ".join(row) + " |"
                              for row in rows)])


def in_readme():
    """What stands between the markers."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    before, found, rest = text.partition(BEGIN + "\n")
    inside, closed, _behind = rest.partition("\n" + END)
    assert found and closed, "the README has no markers for the models"
    return before, inside, _behind


def main():
    made = table()
    if "--write" not in sys.argv[1:]:
        print(made)
        return
    before, _inside, behind = in_readme()
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + made + "\n" + END + behind)


if __name__ == "__main__":
    main()
