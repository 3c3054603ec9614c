"""Workers' rates, learned from what they deliver: by the real gateway, on
workers that charge time."""
import concurrent.futures

import harness

BLOCKS = {"block_size": 16, "output_tokens": 24}


def start(programs, fleet, model=None, **top):
    """A gateway whose workers are up and known to hold nothing."""
    gateway = programs.gateway(harness.fleet_config(
        fleet, model={"block_size": 16, **(model or {})},
        policy={"name": "kv_aware"}, **top))
    harness.wait_until(lambda: all(w["health"] == "up"
                                   for w in workers(gateway)))
    return gateway


def workers(gateway):
    return gateway.admin_get("/workers").json()["workers"]


def rates(gateway, name):
    return next(w["rates"] for w in workers(gateway) if w["name"] == name)


def ask(gateway, n_tokens, salt, **more):
    """A stream of a new prompt."""
    value = {"model": "demo", "stream": True, "max_tokens": 24,
             "prompt": [salt + 1] + [i % 7 for i in range(n_tokens)], **more}
    with gateway.stream("/v1/completions", value) as stream:
        assert stream.status == 200
        for _ in stream:
            pass


def test_two_paces_are_told_apart(programs):
    """Workers of the same class on paper, one of which takes four times
    as long for a token, are told apart after some fifty requests."""
    pace = {"t0": 0.002, "c": 0, "d": 0, "r": 0, "f": 0.001, **BLOCKS}
    # Longer where more of the time is the sanitizer's.
    b = 2e-6 * harness.SLOW
    fleet = [programs.start(harness.Worker, "fast", b=b, **pace),
             programs.start(harness.Worker, "slow", b=4 * b, **pace)]
    gateway = start(programs, fleet, model={"gpu": "l4"})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for turn in range(6):
            list(pool.map(lambda i: ask(gateway, 200 + i % 7 * 600, i),
                          range(turn * 20, turn * 20 + 20)))
    harness.wait_until(lambda: all(
        rates(gateway, name)["observed"] >= 20 for name in ("fast", "slow")))
    fast, slow = rates(gateway, "fast"), rates(gateway, "slow")
    assert slow["token_ms"] > 1.5 * fast["token_ms"]
    # An L4 was promised: 82 us a token, 19 ms a step.
    assert fast["token_ms"] < 0.04 and fast["step_ms"] < 12
    told = gateway.metrics()
    assert told.value("warmpath_worker_prefill_tokens_per_second",
                      worker="fast") > 25000
    # All books are closed again.
    harness.wait_until(lambda: all(w["backlog_ms"] == 0
                                   for w in workers(gateway)))
