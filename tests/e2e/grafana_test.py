"""Boards, alerts and recording rules: well formed, of metrics that there
are, and answered by a real Prometheus that scrapes a gateway under load."""
import functools
import glob
import json
import os
import re
import subprocess
import sys

import pytest
import yaml

import board_picture
import prometheus
import webdriver
from books import FAST, chat
from harness import ROOT, Programs, binary, fleet_config
from prometheus import filled

FOLDER = os.path.join(ROOT, "grafana")
sys.path.insert(0, FOLDER)
import generate  # noqa: E402

BOARDS = sorted(glob.glob(os.path.join(FOLDER, "*.json")))
RULES = sorted(glob.glob(os.path.join(FOLDER, "rules", "*.yaml")))
EACH = pytest.mark.parametrize("path", BOARDS, ids=os.path.basename)
METRIC = re.compile(r"\b((?:warmpath|process)_\w+)")
# Labels that scraping gives.
SCRAPED = {"namespace", "instance"}
UNSHOWN = {
    "process_virtual_memory_bytes": "says nothing of a program that maps",
}
# Series that a gateway of no tenants, TLS, shadow, discovery, pairs of
# workers or trouble does not have.
MAY_BE_EMPTY = re.compile(
    r"warmpath_(shadow_|tenant_|refused_keys|tls_certificate|discovery_"
    r"|prefill_|hand_over_|fetch|http2_(resets|goaways)|breaker_transitions"
    r"|shed_|cut_streams|retries_|sent_ids|held_twins|worker_pauses"
    r"|placement_|store_|fail_open_total|queue_wait|kv_event_resyncs|prompt_counts"
    r'|uncached_tokens_total{.*stage="(chosen|delivered)")')

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SAN")),
    reason="what is looked at are files, the same in every build")
needs_prometheus = pytest.mark.skipif(
    not (prometheus.SERVER and prometheus.TOOL), reason="NOT RUN: there is "
    "no prometheus and promtool; tools/unpack.sh fetches them")


@functools.lru_cache(None)
def metrics():
    """Labels by name, as the program tells them; a histogram's series as
    they are scraped."""
    told = subprocess.run([binary("warmpath"), "--print-metrics"],
                          capture_output=True, text=True, check=True).stdout
    found = {}
    for line in told.splitlines():
        name, kind, labels, _ = line.split(" ", 3)
        labels = set(filter(None, labels.strip("{}").split(",")))
        if kind == "histogram":
            found[name + "_bucket"] = labels | {"le"}
        else:
            found[name] = labels
    return found


def board(path):
    with open(path, encoding="ascii") as f:
        return json.load(f)


def panels(path):
    return [p for p in board(path)["panels"] if p["type"] != "row"]


def expressions():
    return [(os.path.basename(path), panel["title"], target["expr"])
            for path in BOARDS for panel in panels(path)
            for target in panel["targets"]]


def rules():
    found = []
    for path in RULES:
        with open(path, encoding="ascii") as f:
            found += [rule for group in yaml.safe_load(f)["groups"]
                      for rule in group["rules"]]
    return found


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def every_expression():
    return [e for _, _, e in expressions()] + [r["expr"] for r in rules()]


def overlaps(panel, other):
    a, b = panel["gridPos"], other["gridPos"]
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and \
        a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


# --- the files --------------------------------------------------------

def test_what_is_checked_in_is_what_the_tables_say():
    for path, text in generate.files().items():
        with open(os.path.join(ROOT, path), encoding="ascii") as f:
            assert f.read() == text, f"{path}: run grafana/generate.py"


@EACH
def test_a_board_is_as_grafana_takes_it(path):
    told = board(path)
    assert told["schemaVersion"] == 39 and told["title"]
    assert told["uid"] == "warmpath-" + os.path.basename(path)[:-5]
    ids = [panel["id"] for panel in told["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in panels(path):
        assert panel["title"] and panel["description"], panel["id"]
        assert panel["targets"]
        refs = [t["refId"] for t in panel["targets"]]
        assert len(set(refs)) == len(refs)
        for asked in [panel, *panel["targets"]]:
            assert asked["datasource"]["uid"] == "${datasource}"


@EACH
def test_no_panel_lies_on_another(path):
    placed = board(path)["panels"]
    for i, panel in enumerate(placed):
        at = panel["gridPos"]
        assert 0 <= at["x"] and at["x"] + at["w"] <= 24
        for other in placed[:i]:
            assert not overlaps(panel, other), (panel["id"], other["id"])


@EACH
def test_every_variable_in_a_query_is_one_of_the_boards(path):
    there = {v["name"] for v in board(path)["templating"]["list"]}
    for panel in panels(path):
        for target in panel["targets"]:
            used = set(re.findall(r"\$(\w+)", target["expr"]))
            assert used <= there | {"__rate_interval"}, panel["title"]
            assert "instance" in used, panel["title"]


def test_every_metric_that_is_asked_for_is_one_of_ours_and_so_its_labels():
    for expression in every_expression():
        named = METRIC.findall(expression)
        assert named, expression
        for name in named:
            assert name in metrics(), name
        for name, inside in re.findall(r"\b(\w+)\{([^}]*)\}", expression):
            for label in re.findall(r'(\w+)=', inside):
                assert label in metrics()[name] | SCRAPED, (name, label)
        for by in re.findall(r"\bby \(([\w, ]+)\)", expression):
            for label in re.split(r",\s*", by):
                assert all(label in metrics()[name] | SCRAPED
                           for name in named), (expression, label)


def test_every_metric_of_ours_is_shown_or_excused():
    shown = set(METRIC.findall(" ".join(every_expression())))
    assert set(metrics()) - shown == set(UNSHOWN)


def test_every_alert_says_what_to_do():
    assert alerts()
    for alert in alerts():
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"]
        assert alert["annotations"]["runbook"]


# --- rules, by promtool -----------------------------------------------

# By alert: its series, values a minute; the minute it fires in; one it does
# not. A name alone is a series of one worker, model and gateway.
FIRES = {
    "WarmpathNoWorker": ({"warmpath_worker_up": "0x5 1x20"}, "4m", "10m"),
    "WarmpathWorkerOut": ({
        'warmpath_worker_gate{state="down"}': "1x15 0x20"}, "12m", "20m"),
    "WarmpathErrors": ({
        'warmpath_requests_total{outcome="ok"}': "0+900x60",
        'warmpath_requests_total{outcome="deadline"}':
            "0+100x20 2000x40"}, "15m", "40m"),
    "WarmpathSheds": ({'warmpath_shed_total{reason="full"}':
                       "0+120x20 2400x40"}, "18m", "40m"),
    "WarmpathQueueWait": ({
        'warmpath_queue_wait_seconds_bucket{le="1"}': "0x20 0+100x40",
        'warmpath_queue_wait_seconds_bucket{le="30"}': "0+100x60",
        'warmpath_queue_wait_seconds_bucket{le="+Inf"}': "0+100x60"},
        "18m", "50m"),
    "WarmpathBreakersNotHeeded": ({
        'warmpath_fail_open{model="m"}': "1x10 0x20"}, "8m", "15m"),
    "WarmpathEventsNotBelieved": ({
        'warmpath_worker_trust{state="fallback"}': "1x20 0x20"},
        "18m", "25m"),
    "WarmpathEventsLate": ({
        "warmpath_kv_event_lag_seconds": "9x10 0.1x20"}, "8m", "15m"),
    "WarmpathEventsLost": ({
        "warmpath_kv_event_gaps_total": "0+2x15 30x40"}, "14m", "50m"),
    "WarmpathPromptsEvicted": ({
        'warmpath_uncached_tokens_total{cause="evicted"}':
            "0+600x40 24000x40",
        "warmpath_prompt_tokens_total": "0+1000x80"}, "38m", "70m"),
    "WarmpathEngineDeliversLess": ({
        'warmpath_uncached_tokens_total{cause="engine"}':
            "0+300x40 12000x40",
        "warmpath_predicted_cached_tokens_total": "0+1000x80"},
        "38m", "70m"),
    "WarmpathTokensDiffer": ({
        'warmpath_worker_parity{check="hash"}': "0x20 -1x20"}, "18m", "25m"),
    "WarmpathReloadFailed": ({
        "warmpath_config_last_reload_success": "0x10 1x20"}, "8m", "15m"),
    "WarmpathTenantsReloadFailed": ({
        "warmpath_tenants_last_reload_success": "0x10 1x20"}, "8m", "15m"),
    "WarmpathDiscoveryFails": ({
        'warmpath_discovery_failures_total{model="m"}': "0+1x12 12x40"},
        "11m", "40m"),
    "WarmpathMemory": ({"warmpath_memory_pressure": "1x5 0x20"},
                       "4m", "10m"),
    "WarmpathDescriptors": ({
        'process_open_fds{instance="a"}': "95x10 10x20",
        'process_max_fds{instance="a"}': "100x40",
        'warmpath_build_info{instance="a"}': "1x40"}, "8m", "15m"),
    "WarmpathCertificate": ({
        'warmpath_tls_certificate_expiry_timestamp_seconds{side="clients"}':
            "86400x100 9999999x100"}, "90m", "110m"),
}


def test_every_alert_has_its_series():
    assert set(FIRES) == {alert["alert"] for alert in alerts()}


@needs_prometheus
def test_promtool_finds_no_fault_in_the_rules():
    assert not prometheus.promtool("check", "rules", *RULES)


@needs_prometheus
def test_every_alert_fires_and_ends(tmp_path):
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump({
        "rule_files": RULES, "evaluation_interval": "1m",
        "tests": [prometheus.alert_test(alert, *case)
                  for alert, case in FIRES.items()]}))
    assert not prometheus.promtool("test", "rules", str(path))


# --- a fleet under load, by Prometheus --------------------------------

def load(gateway, n):
    for i in range(n):
        answer = gateway.post("/v1/chat/completions", chat(
            "The same beginning. " * 20 + str(i % 5), stream=True,
            stream_options={"include_usage": True}))
        assert answer.status == 200, answer


@pytest.fixture(scope="module")
def scraped():
    """A Prometheus that has seen a loaded gateway of two workers."""
    programs = Programs()
    faults = ["it did not start"]
    try:
        workers = programs.fleet(2, **FAST)
        gateway = programs.gateway(fleet_config(workers))
        server = programs.start(prometheus.Prometheus, gateway.admin)
        for n in range(2, 5):
            load(gateway, 10)
            server.scrapes(n)
        server.page = gateway.admin_get("/metrics").text
        yield server
    finally:
        faults = programs.stop()
    assert not faults, "\n".join(faults)


@needs_prometheus
def test_promtool_finds_no_fault_in_what_is_scraped(scraped):
    assert not prometheus.promtool("check", "metrics", given=scraped.page)


@needs_prometheus
def test_every_panel_is_answered(scraped):
    empty = [(where, title, asked) for where, title, asked in expressions()
             if not scraped.ask(filled(asked))
             and not MAY_BE_EMPTY.search(asked)]
    assert not empty


@needs_prometheus
def test_every_recording_rule_has_something_to_record(scraped):
    empty = [rule["record"] for rule in rules()
             if "record" in rule and not scraped.ask(rule["expr"])]
    assert not empty


@needs_prometheus
def test_no_alert_is_due_where_all_is_well(scraped):
    due = {alert["alert"]: found for alert in alerts()
           if (found := scraped.ask(alert["expr"]))}
    assert not due


@needs_prometheus
def test_a_worker_of_another_gateway_is_not_shown(scraped):
    for _, _, asked in expressions():
        if "vector(" in asked or "count(" in asked:
            continue
        none = asked.replace("$instance", "another")
        assert not scraped.ask(filled(none)), asked


# --- the boards as they look ------------------------------------------

@pytest.fixture(scope="module")
def browser():
    if webdriver.missing():
        pytest.skip(f"NOT RUN: {webdriver.missing()}")
    made = webdriver.Browser()
    yield made
    made.stop()


@needs_prometheus
@EACH
def test_a_board_is_drawn_with_what_is_answered(path, scraped, browser):
    told, times = board(path), (int(scraped.at) - 8, int(scraped.at), 1)
    answered = board_picture.answers(scraped, told, times, "5m")
    assert board_picture.show(browser, told, answered, times) > 400
    assert browser.console() == []
    drawn = board_picture.drawn(browser)
    for panel in panels(path):
        shown = drawn[f"panel-{panel['id']}"]
        assert panel["title"] in shown["text"]
        empty = not any(answered[panel["id"]].values())
        assert shown["shapes"] or "No data" in shown["text"], panel["title"]
        assert not (empty and shown["shapes"]), panel["title"]
    assert sum(bool(d["shapes"]) for d in drawn.values()) > len(drawn) / 3


def one_panel(kind, unit, legend, **options):
    return {"title": "a board", "templating": {"list": []}, "panels": [{
        "id": 1, "type": kind, "title": "a panel", "description": "of one",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "options": options,
        "targets": [{"refId": "A", "legendFormat": legend}],
        "fieldConfig": {"defaults": {"unit": unit, "custom": {
            "stacking": {"mode": "none"}}}}}]}


def drawn_of(browser, told, *series):
    """What a panel says of series: labels and values from second 0 on."""
    answered = {1: {"A": [{"metric": labels, "values": [
        [t, str(v)] for t, v in enumerate(values)]}
        for labels, values in series]}}
    board_picture.show(browser, told, answered, (0, 2, 1))
    return board_picture.drawn(browser)["panel-1"]


def test_a_graph_has_its_units_legend_and_gaps(browser):
    shown = drawn_of(browser, one_panel("timeseries", "s", "of {{who}}"),
                     ({"who": "a"}, [.1, .2, .3]),
                     ({"who": "b"}, [0, "NaN", .1]))
    assert "of a\t200 ms\t300 ms" in shown["text"]
    assert "of b\t50 ms\t100 ms" in shown["text"]
    assert "300 ms" in shown["axis"] and "00:00:02" in shown["axis"]
    assert [d.count("M") for d in shown["shapes"]] == [1, 2]


def test_a_heatmap_tells_buckets_apart_that_are_told_as_sums(browser):
    shown = drawn_of(
        browser, one_panel("heatmap", "s", "", yAxis={"unit": "bytes"}),
        ({"le": "1024"}, [0, 0, 0]), ({"le": "+Inf"}, [3, 3, 7]),
        ({"le": "4096"}, [1, 1, 5]))
    assert shown["axis"][-3:] == ["1 KiB", "4 KiB", "more"]
    assert len(shown["shapes"]) == 6  # none for what none fell into


def test_a_number_is_the_last_that_there_is(browser):
    shown = drawn_of(browser, one_panel("stat", "percentunit", ""),
                     ({}, [.5, .25, "NaN"]))
    assert "25%" in shown["text"]


def test_no_unit_is_guessed(browser):
    with pytest.raises(AssertionError, match="unit parsec is not known"):
        drawn_of(browser, one_panel("stat", "parsec", ""), ({}, [1, 2, 3]))
