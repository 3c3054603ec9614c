"""The README's table of models is what the test data gives: every tokenizer,
template and renderer of it is loaded and compared on the way."""
import os
import sys

import pytest

import models_table


def test_the_readme_has_a_place_for_the_table():
    _before, inside, behind = models_table.in_readme()
    assert inside.startswith(models_table.HEAD)
    assert models_table.END not in behind


def test_the_readmes_table_is_what_the_test_data_gives():
    if os.environ.get("SAN"):
        pytest.skip("the release build says the same, and sooner")
    if not os.path.isdir(os.path.join(models_table.DATA, "tokenizers")):
        print(f"SKIPPED: no test data at {models_table.DATA}: the README's "
              "table of models is not checked", file=sys.stderr)
        pytest.skip(f"no test data at {models_table.DATA}")
    _before, inside, _behind = models_table.in_readme()
    made = models_table.table()
    stale = [row for row in made.splitlines()
             if row not in inside.splitlines()]
    assert inside == made, "run `make readme`; new rows:\n" + "\n".join(stale)


@pytest.mark.parametrize("model, kind", [
    ({"vocab": {}, "merges": []}, "BPE of characters"),
    ({"vocab": {}, "merges": [], "byte_fallback": True},
     "BPE of characters, else bytes"),
    ({"vocab": {"a": 0}}, "WordPiece"),
    ({"vocab": [["a", 0.0]]}, "Unigram")])
def test_kinds_of_tokenizers_are_told_apart(model, kind):
    assert models_table.kind_of({"model": model}) == kind


def test_bytes_are_told_from_characters():
    tokenizer = {"model": {"vocab": {}, "merges": []},
                 "pre_tokenizer": {"type": "ByteLevel"}}
    assert models_table.kind_of(tokenizer) == "BPE of bytes"
