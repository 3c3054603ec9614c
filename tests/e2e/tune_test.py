"""The load of `make tuned`, on a gateway as released: it passes, and that
nothing was counted is told. That a gateway is compiled for what was counted
is for `make tuned` itself to see."""
import os
import subprocess

import pytest

from harness import BUILD, ROOT

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SAN")),
    reason="what is deployed is made of the released build alone")


def train(counted, out):
    return subprocess.run(
        ["tools/tune/train.py", counted, BUILD, out], cwd=ROOT,
        capture_output=True, text=True, timeout=200)


def test_a_gateway_that_counts_nothing_is_told(tmp_path):
    told = train(BUILD, tmp_path)
    assert told.stderr == \
        f"train: the gateway left no counts in {tmp_path}\n"
    assert told.returncode == 1


def test_a_gateway_that_does_not_start_is_told(tmp_path):
    gateway = tmp_path / "warmpath"
    gateway.write_text("#!/bin/sh\necho no such key: models >&2\nexit 2\n")
    gateway.chmod(0o755)
    told = train(tmp_path, tmp_path)
    assert "train: lean ended with 2: no such key: models" in told.stderr
    assert "Traceback" not in told.stderr
    assert told.returncode == 1


def test_counts_of_before_are_gone(tmp_path):
    """They would fit no source any more."""
    old = tmp_path / "router" / "main.gcda"
    old.parent.mkdir()
    old.write_text("old")
    assert train(tmp_path, tmp_path).returncode == 1
    assert not old.exists()
