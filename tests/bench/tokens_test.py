"""The tokenizers' benchmark, on libraries that are made up."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import token_sides  # noqa: E402 (needs the path)
import token_texts  # noqa: E402
import tokens  # noqa: E402


class FakeEncoder:
    def __init__(self, seconds, ids):
        self.seconds, self.given = seconds, ids

    def run(self, _):
        return self.seconds

    def ids(self, texts):
        return [self.given] * len(texts)


class FakeLibrary:
    def __init__(self, name, seconds=1.0, ids=(1, 2), why=None):
        self.name = name + " 1.0"
        self.seconds, self.given, self.why = seconds, list(ids), why

    def load(self, _):
        if self.why:
            raise self.why
        return FakeEncoder(self.seconds, self.given)


class FakeOurs:
    held, n_ids, load_ms, parse_ms = 1 << 20, 1000, 10, 10

    def texts(self, texts):
        pass

    def cold(self):
        pass

    def run(self):
        return 0.005

    def ids(self, n):
        return [[1, 2]] * n


@pytest.fixture
def bench():
    made = tokens.TokenBench.__new__(tokens.TokenBench)
    made.rows, made.failed, made.said = [], [], []
    made.say = made.said.append
    made.libraries = []
    return made


def compare(bench, *libraries):
    bench.libraries = list(libraries)
    bench.compare("demo english", "", FakeOurs(), "english", ["a"], ["b"])
    return {row.name: row for row in bench.rows}


def test_a_ratio_is_our_time_by_theirs(bench):
    rows = compare(bench, FakeLibrary("tokenizers"),
                   FakeLibrary("other", 0.0025))
    row = rows["tokens: demo english warm / tokenizers"]
    assert row.value == pytest.approx(0.005) and row.seen == "met"
    row = rows["tokens: demo english cold / other"]
    assert row.value == pytest.approx(2) and row.seen == "MISSED"
    assert not bench.failed


def test_other_ids_than_the_references_fail(bench):
    rows = compare(bench, FakeLibrary("tokenizers", ids=[1, 3]))
    assert bench.failed
    assert rows["tokens: demo english ids"].seen == "FAILED"


def test_a_library_with_wrong_ids_is_no_rival(bench):
    rows = compare(bench, FakeLibrary("tokenizers"),
                   FakeLibrary("other", ids=[]))
    assert not bench.failed
    assert not [name for name in rows if "other" in name]
    assert any("wrong" in text for text in bench.said)


def test_a_library_that_cannot_load_a_tokenizer_is_told(bench):
    rows = compare(bench, FakeLibrary("tokenizers"),
                   FakeLibrary("other", why=ValueError("no such model")))
    assert not [name for name in rows if "other" in name]
    assert any("no such model" in text for text in bench.said)


def test_without_libraries_there_are_still_rates(bench):
    assert list(compare(bench)) == [
        f"tokens: demo english {state}" for state in tokens.STATES]


def test_a_library_that_cannot_be_fetched_is_told(monkeypatch):
    def refuse(*_, **__):
        raise token_sides.Unavailable("no network")
    monkeypatch.setattr(token_sides.Library, "fetch", refuse)
    said = []
    assert token_sides.libraries("build", said.append) == []
    assert said == ["SKIP HuggingFace: no network"]


def test_prompts_are_cut_between_characters():
    text = "中" * 10_001
    parts = list(token_texts.prompts(text))
    assert "".join(parts) == text
    assert all(len(part.encode()) <= token_texts.PROMPT for part in parts)


def test_too_little_text_is_no_text():
    with pytest.raises(token_texts.TooLittle):
        token_texts.halves("a" * 1000)


def test_hostile_texts_have_about_a_megabyte():
    for text in token_texts.worst().values():
        assert 0.6 < len(text.encode()) / token_texts.WORST <= 1.01
