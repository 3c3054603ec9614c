"""The live page in a browser, before a fleet with faults and under load:
nothing is said on its console, nothing is asked elsewhere, its tables say
what /metrics say, and a worker is drained by who has the token.

WARMPATH_PICTURE=FILE writes a picture of it (python3-pil)."""
import os

import pytest

import harness
import pictures
import webdriver
from books import Front, chat, completion, fault
from crowd import under_load
from fetch_test import PROMPT, SIM, teach

CHAT = "/v1/chat/completions"
TOKEN = "a token for the page"
WORKERS = 8
PICTURE = os.environ.get("WARMPATH_PICTURE")

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("SAN")),
                       reason="SKIP: the page is the same in every build"),
    pytest.mark.skipif(webdriver.missing() is not None,
                       reason=f"SKIP: {webdriver.missing()}")]


@pytest.fixture(scope="module")
def chromium():
    made = webdriver.Browser()
    yield made
    made.stop()


@pytest.fixture
def browser(chromium):
    """To be asked for last, so that it looks at no gateway that stops."""
    yield chromium
    chromium.go("about:blank")
    chromium.console()
    chromium.asked()


# --- the page ---------------------------------------------------------

def row_of(browser, name):
    """The texts of a worker's cells."""
    return browser.run(
        "return [...document.querySelectorAll('#fleet tbody tr')]"
        ".find((e) => e.dataset.key === arguments[0])"
        "?.innerText.split(/[\\t\\n]+/)", name) or []


def says(browser, name, *texts):
    row = " | ".join(row_of(browser, name))
    return all(text in row for text in texts)


def press(browser, name):
    """The button in a worker's row."""
    browser.run("[...document.querySelectorAll('#fleet tbody tr')]"
                ".find((e) => e.dataset.key === arguments[0])"
                ".querySelector('button').click()", name)


def drain(browser, name, token):
    press(browser, name)
    browser.type("#asking input", token)
    browser.click("#asking .sure")


def is_open(browser):
    return browser.run("return document.getElementById('asking').open")


def whole(n):
    return f"{n:,.0f}"


def share_of(browser, part, of):
    """As the page writes it: halves are not rounded alike everywhere."""
    return browser.run("return percent(arguments[0], arguments[1])", part, of)


def tables_agree(browser, g):
    """What is shown of the fleet and of all prompts is what was counted."""
    metrics = g.metrics()
    for i in range(WORKERS):
        name = f"worker-{i}"
        judged = sum(metrics.value("warmpath_prediction_total", worker=name,
                                   result=result)
                     for result in ("exact", "index_changed", "wrong"))
        exact = metrics.value("warmpath_prediction_total", worker=name,
                              result="exact")
        inflight = metrics.value("warmpath_worker_inflight", worker=name)
        row = row_of(browser, name)
        if judged and not any(whole(judged) in cell for cell in row):
            return False
        if share_of(browser, exact, judged) not in row:
            return False
        if whole(inflight) not in row:
            return False
    return losses_agree(browser, metrics)


def losses_agree(browser, metrics):
    """Of each cause, once the interval is over in which it came last."""
    counted = [n for _, n in metrics.all("warmpath_uncached_tokens_total")
               if n > 0]
    return sorted(browser.texts("#losses .of")) == \
        sorted(browser.run("return arguments[0].map(short)", counted))


def sideways(browser):
    """By how much the page is wider than a phone's window."""
    browser.devtools("Emulation.setDeviceMetricsOverride", width=390,
                     height=800, deviceScaleFactor=1, mobile=True)
    more = browser.run("return document.documentElement.scrollWidth - 390")
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    return more


def take_picture(browser):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=1280,
                     height=1560, deviceScaleFactor=1, mobile=False)
    harness.wait_until(lambda: len(browser.texts("#prefixes tbody tr")) > 5
                       and "min" in browser.run(
                           "return shares.textContent"),
                       120, "a page worth a picture")
    pictures.write(browser.picture(), PICTURE, "router/admin/page/page.css",
                   200 << 10)


def test_the_page_shows_a_fleet_with_faults_and_drains_a_worker(
        fleet, gateway, browser):
    workers = fleet(WORKERS, block_size=16, profile="l4", speed=3,
                    num_gpu_blocks=1500)
    g = gateway(harness.fleet_config(
        workers, {"tokenizer": "models/demo"}, admin_token=TOKEN,
        probe={"health_interval": "200ms", "health_timeout": "2s",
               "metrics_interval": "200ms", "down_after": 2}))
    origin = "http://%s:%d" % g.admin
    browser.go(origin + "/")
    harness.wait_until(lambda: browser.text("#state") == "ready", 60,
                       "a page that is ready")
    with under_load(g, 24):
        fault(workers[5], "sick")
        workers[7].kill()
        harness.wait_until(lambda: says(browser, "worker-7", "down"), 60,
                           "a worker that is down")
        harness.wait_until(lambda: says(browser, "worker-5", "down"), 60,
                           "a worker that is sick")
        harness.wait_until(lambda: all(
            browser.texts(f"#{table} tbody tr")
            for table in ("prefixes", "decisions")), 60, "full tables")
        said = browser.console()
        assert said == []

        drain(browser, "worker-6", "not " + TOKEN)
        harness.wait_until(lambda: "not that of" in browser.text("#refusal"),
                           60, "a refusal")
        browser.click("#with-token .cancel")
        assert not says(browser, "worker-6", "draining")
        drain(browser, "worker-6", TOKEN)
        harness.wait_until(lambda: says(browser, "worker-6", "draining",
                                        "undrain"), 60, "a drained worker")
        assert not is_open(browser)
        assert g.metrics().value("warmpath_worker_draining",
                                 worker="worker-6") == 1
        assert sideways(browser) == 0
        if PICTURE:
            take_picture(browser)
    harness.wait_until(lambda: tables_agree(browser, g), 60,
                       "tables that say what the metrics say")
    source = browser.run("return document.documentElement.outerHTML")
    assert TOKEN not in source + g.admin_get("/page.js").text
    asked = browser.asked()
    assert len(asked) > 5
    assert {url for url in asked if not url.startswith(
        (origin + "/", "data:", "chrome:", "about:"))} == set()
    # The refusal, by its status, and nothing else.
    said = browser.console()
    assert all("401" in line for line in said) and len(said) <= 1


def test_what_is_planned_to_be_copied_is_shown(fleet, programs, browser):
    # Its books are not looked at: the browser keeps connections.
    g = programs.start(Front, fleet(2, **{**SIM, "speed": 1}))
    browser.go("http://%s:%d/" % g.admin)
    harness.wait_until(lambda: browser.text("#state") == "ready", 60,
                       "a page that is ready")
    teach(g)
    g.ask(completion(PROMPT))
    g.only("worker-1")
    harness.wait_until(lambda: browser.texts("#placement tbody tr"), 60,
                       "a plan")
    row = browser.text("#placement tbody tr")
    assert "drain" in row and "worker-0" in row and "worker-1" in row

    def planned():
        return g.metrics().value("warmpath_placement_moves_total",
                                 reason="drain", state="planned")
    harness.wait_until(lambda: f"{whole(planned())} planned" in browser.text(
        "#placing") and says(browser, "worker-0", "draining",
                             "only it has: 1"), 60, "what was planned")
    assert browser.console() == []


def test_what_is_open_stays_and_silence_is_told(fleet, gateway, browser):
    g = gateway(harness.fleet_config(
        fleet(1, block_size=16, profile="fast", speed=50),
        {"tokenizer": "models/demo"}))
    browser.go("http://%s:%d/" % g.admin)
    harness.wait_until(lambda: browser.text("#state") == "ready", 60,
                       "a page that is ready")
    assert g.post(CHAT, chat("<img src=x onerror=alert(1)>")).status == 200
    harness.wait_until(lambda: browser.texts("#decisions tr.made"), 60,
                       "a decision")
    browser.click("#decisions tr.made td:nth-child(4)")
    assert g.post(CHAT, chat("another")).status == 200
    harness.wait_until(
        lambda: browser.text("#figures").count("\n") > 5 and
        browser.run("return kept.at(-1).counts.requests") == 2, 60,
        "another request")
    assert len(browser.texts("#decisions tr.made")) == 1
    assert browser.texts("#decisions table tr.chosen")
    press(browser, "worker-0")
    assert "admin_token" in browser.text("#without-token")
    assert browser.run("return document.getElementById('with-token').hidden")
    browser.click("#without-token .cancel")
    assert browser.console() == []
    assert g.stop() == []
    harness.wait_until(lambda: "no answer" in browser.text("#state"), 60,
                       "word of silence")
    assert browser.run("return document.body.className") == "stale"
