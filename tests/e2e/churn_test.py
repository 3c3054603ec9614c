"""The churn itself, for a few seconds: `make churn` is its full size."""
import pytest

pytest.importorskip("h2", reason="SKIP: python3-h2 is not there")

import harness  # noqa: E402 (may be skipped)
from churn import Size, churn  # noqa: E402

SMALL = Size(seconds=3, rate=100 / harness.SLOW, streams=20, reloads=4,
             certificates=1, upgrades=2, stream_tokens=10)


def test_changes_under_load_lose_nothing(programs, tmp_path):
    run = churn(programs, SMALL, seed=1, folder=str(tmp_path))
    assert run.done == {"reload": 4, "renew": 1, "upgrade": 2}
    assert run.clients.answered > 0 and run.clients.streamed > 0
