"""Boards drawn by our own page, grafana/render.html, of what a Prometheus
answers to their panels' queries.

usage: board_picture.py FOLDER   a picture of each board, of a fleet of
                                 simulated workers with a crowd and faults"""
import json
import os
import sys
import time

import pictures
import webdriver
from books import chat, fault
from crowd import CHAT, under_load
from harness import ROOT, Programs, fleet_config
from prometheus import Prometheus, filled

PAGE = "grafana/render.html"
WIDTH = 1280
BOARDS = ("overview", "routing", "workers", "gateway")
WORKERS = 6
SECONDS = 150


def board(name):
    with open(os.path.join(ROOT, "grafana", f"{name}.json"),
              encoding="ascii") as f:
        return json.load(f)


def answers(server, told, times, over):
    """By panel and query. `times`: start, end and step."""
    return {panel["id"]: {
        target["refId"]: server.ask_range(filled(target["expr"], over),
                                          *times)
        for target in panel.get("targets", ())} for panel in told["panels"]}


def show(browser, told, answered, times):
    """Returns the height of what was drawn."""
    browser.go("file://" + os.path.join(ROOT, PAGE))
    return browser.run("return show(...arguments)", told, answered,
                       dict(zip(("start", "end", "step"), times)))


def drawn(browser):
    """Of each panel, by its element's id: its text, the words along its
    axes, and its lines and cells."""
    return browser.run("""
        const all = (e, what, read) =>
          [...e.querySelectorAll(what)].map(read);
        const panels = all(document, "section.panel", (e) => [e.id, {
          text: e.innerText,
          axis: all(e, "svg text", (t) => t.textContent),
          shapes: all(e, "path.line, rect",
            (shape) => shape.getAttribute("d") || "cell"),
        }]);
        return Object.fromEntries(panels);""")


def resize(browser, height):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=WIDTH,
                     height=height, deviceScaleFactor=1, mobile=False)


# --- the README's -----------------------------------------------------

def pass_by(gateway, seconds):
    """Some ask for what is not there, and some go before they are told."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gateway.post(CHAT, chat("nobody", model="another"))
        with gateway.stream(CHAT, chat("somebody", stream=True,
                                       max_tokens=300)):
            time.sleep(.6)


def live_through(workers, gateway, seconds):
    """A day in short: another crowd comes, one worker is sick for a while,
    one cuts its answers, one loses its cache."""
    part = seconds / 5
    with under_load(gateway, 14):
        pass_by(gateway, part)
        with under_load(gateway, 16, seed=100):
            pass_by(gateway, part)
            fault(workers[5], "sick")
            pass_by(gateway, part)
            fault(workers[5], "clear")
            fault(workers[4], "restart_empty", down_ms=4000)
            fault(workers[3], "cut_midstream", after=3, count=20)
            pass_by(gateway, part)
        pass_by(gateway, part)


def run(seconds):
    """A fleet's life: by board what was answered of it, and the times."""
    programs = Programs()
    try:
        workers = programs.fleet(
            WORKERS, block_size=16, profile="l4", speed=3,
            num_gpu_blocks=1500, output_tokens=400, cpu_blocks=4000,
            version="0.27.0", generation="v0.27")
        gateway = programs.gateway(fleet_config(
            workers, {"tokenizer": os.path.join(ROOT, "models/demo"),
                      "hash": {"algorithm": "sha256", "seed": "0"},
                      "shadow": {"name": "kv_aware"},
                      "workers": [{**w.config(), "max_inflight": 5}
                                  for w in workers]},
            placement={"mode": "on"},
            probe={"health_interval": "500ms", "metrics_interval": "500ms"}))
        server = programs.start(Prometheus, gateway.admin)
        start = time.time()
        live_through(workers, gateway, seconds)
        times = int(start) + 8, int(time.time()), 1
        return {name: answers(server, board(name), times, "8s")
                for name in BOARDS}, times
    finally:
        programs.stop()


def main(folder):
    answered, times = run(SECONDS)
    browser = webdriver.Browser()
    try:
        for name in BOARDS:
            resize(browser, 1000)
            resize(browser, show(browser, board(name), answered[name], times))
            pictures.write(browser.picture(),
                           os.path.join(folder, f"board-{name}.png"), PAGE,
                           400 << 10)
    finally:
        browser.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
