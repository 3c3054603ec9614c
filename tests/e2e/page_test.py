"""The live page, as it is served, and the tables that it shows: they say
what /metrics says."""
import json
import re

import pytest

import harness
from books import FAST, chat

CHAT = "/v1/chat/completions"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
FILES = {"/": "text/html", "/page.css": "text/css",
         "/page.js": "text/javascript"}
STAGES = {"prompt_tokens": "warmpath_prompt_tokens_total",
          "best_cached_tokens": "warmpath_best_cached_tokens_total",
          "predicted_cached_tokens": "warmpath_predicted_cached_tokens_total",
          "reported_cached_tokens": "warmpath_reported_cached_tokens_total",
          "requests": "warmpath_requests_total",
          "first_bytes": "warmpath_time_to_first_byte_seconds_count"}


def sum_of(metrics, name, **labels):
    return sum(value for _, value in metrics.all(name, **labels))


def totals_of(g, metrics):
    told = g.admin_get("/funnel").json()["totals"]
    counted = {name: sum_of(metrics, row) for name, row in STAGES.items()}
    for labels, tokens in metrics.all("warmpath_uncached_tokens_total"):
        cause = f"lost_{labels['stage']}_{labels['cause']}"
        counted[cause] = counted.get(cause, 0) + tokens
    return {name: n for name, n in told.items() if name in counted
            or (name.startswith("lost_") and n)}, counted


def test_the_page_is_whole_and_loads_nothing_from_elsewhere(gateway):
    g = gateway(harness.fleet_config([], {"workers": [
        {"name": "worker-0", "url": "http://127.0.0.1:1"}]}))
    for path, kind in FILES.items():
        answer = g.admin_get(path, headers=BROWSER)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(kind)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "://" not in answer.text.replace(
            "http://www.w3.org/2000/svg", "").replace("https?:", "")
    asked = set(re.findall(r'(?:src|href)="(/[^"?]*)',
                           g.admin_get("/", headers=BROWSER).text))
    asked |= set(re.findall(r'"(/[a-z.]+)["?]',
                            g.admin_get("/page.js").text))
    for path in asked - {"/explain/"}:
        assert g.admin_get(path).status == 200, path
    assert "/workers" in g.admin_get("/").text  # for curl: a list


def test_tables_say_what_the_metrics_say(fleet, front):
    g = front(fleet(2, **FAST), {"tokenizer": "models/demo"})
    for i in range(6):
        assert g.post(CHAT, chat(f"word {i % 2} " * 60)).status == 200
    g.lines(6)
    harness.settles(
        lambda: g.admin_get("/funnel").json()["totals"]["requests"], 6)
    told, counted = totals_of(g, g.metrics())
    assert told == counted
    assert told["prompt_tokens"] > 0 and told["first_bytes"] == 6
    metrics = g.metrics()
    for w in g.fleet():
        assert w["chosen"] == sum_of(metrics, "warmpath_decisions_total",
                                     worker=w["name"])
        for result, n in w["predictions"].items():
            assert n == sum_of(metrics, "warmpath_prediction_total",
                               worker=w["name"], result=result)
    text = g.admin_get("/funnel?format=text").text.splitlines()
    assert text[0].startswith("ends") and text[1].split()[2] == "6"
    status = g.admin_get("/status").json()
    assert status["ready"] and status["reasons"] == []
    assert "\nready\n" in g.admin_get("/status?format=text").text


def test_a_worker_is_drained_by_who_has_the_token(gateway):
    token = "marker-token-of-the-page"
    workers = [{"name": "worker-0", "url": "http://127.0.0.1:1"}]
    g = gateway(harness.fleet_config([], {"workers": workers},
                                     admin_token=token))

    def drain(**headers):
        return harness.request(g.admin, "POST", "/workers/worker-0/drain",
                               headers=headers)

    def draining():
        return g.admin_get("/workers").json()["workers"][0]["draining"]
    own = "http://%s:%d" % g.admin
    assert drain().status == 401
    assert drain(Authorization="Bearer another").status == 401
    assert drain(Authorization=f"Bearer {token}",
                 Origin="http://evil.example").status == 403
    assert not draining()
    assert drain(Authorization=f"Bearer {token}", Origin=own).status == 200
    assert draining() and g.admin_get("/status").json()["admin_token"]
    told = "".join(g.admin_get(path, headers=BROWSER).text
                   for path in (*FILES, "/config", "/workers", "/status"))
    assert token not in told + g.stderr()


def shared_by_two(g):
    """The prefix that two sessions have in common, once they have."""
    told = g.admin_get("/prefixes").json()["prefixes"]
    return [p for p in told if p["sessions"] >= 2]


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_a_prefix_that_sessions_share_is_told_without_its_text(
        fleet, front, mode):
    g = front(fleet(1, **{**FAST, "t0": 0.02}), {"tokenizer": "models/demo"},
              admission={"mode": mode})
    harness.wait_until(lambda: g.fleet()[0]["kv"], 20, "the KV memory's size")
    common = "The marker-prefix of all. " * 40

    def ask(i, n):
        return g.stream(CHAT, chat(common + f"turn {i}", stream=True,
                                   max_tokens=n, ignore_eos=True,
                                   user=f"somebody {i}"))
    with ask(0, 400 * harness.SLOW) as first:
        next(iter(first))
        g.settle()
        with ask(1, 400 * harness.SLOW) as second:
            next(iter(second))
            prefix, = harness.wait_until(lambda: shared_by_two(g), 20,
                                         "a shared prefix")
            text = g.admin_get("/prefixes?format=text").text
    assert prefix["model"] == "demo" and prefix["parent"] is None
    assert prefix["tokens"] == 16 * prefix["blocks"] >= 256
    assert [h["worker"] for h in prefix["holders"]] == ["worker-0"]
    assert re.fullmatch(r"[0-9a-f]{16}", prefix["id"])
    assert prefix["id"] in text and "worker-0 (" in text
    assert "marker" not in json.dumps(prefix) + text
