"""The soak itself, for a few seconds: `make soak` goes on for longer."""
import soak


def test_a_few_seconds_of_everything_are_survived(programs):
    run = soak.soak(programs, 6, seed=1, cycle_s=2)
    assert run.seen["whole"] > 0
