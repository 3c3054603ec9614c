"""Debian's Prometheus, where it is installed: a server that scrapes one
gateway every second, and rules put to promtool."""
import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse

import harness

INSTALLED = shutil.which("prometheus") and shutil.which("promtool")


def promtool(*arguments):
    """What it told, if it found a fault; else None."""
    ran = subprocess.run(["promtool", *arguments], capture_output=True,
                         text=True)
    return None if ran.returncode == 0 else ran.stdout + ran.stderr


def alert_test(alert, series, fires_at, clear_at):
    """One of promtool's tests: the alert fires at one time and does not at
    another. `series` are values a minute in promtool's notation, by name."""
    query = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return {
        "interval": "1m", "input_series": [
            {"series": name, "values": v} for name, v in series.items()],
        "promql_expr_test": [
            {"expr": query, "eval_time": fires_at,
             "exp_samples": [{"labels": "{}", "value": 1}]},
            {"expr": query, "eval_time": clear_at, "exp_samples": []}]}


class Prometheus(harness.Program):
    """Its data are in a folder of its own; it ends with the test."""

    def __init__(self, target):
        self.home = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        path = os.path.join(self.home.name, "prometheus.yaml")
        with open(path, "w", encoding="ascii") as f:
            json.dump({"global": {"scrape_interval": "1s"},
                       "scrape_configs": [{
                           "job_name": "warmpath", "static_configs": [
                               {"targets": ["%s:%d" % target]}]}]}, f)
        self.address = "127.0.0.1", harness.free_ports(1)
        super().__init__(
            ["prometheus", f"--config.file={path}",
             f"--storage.tsdb.path={self.home.name}/series",
             "--web.listen-address=%s:%d" % self.address,
             "--log.level=error"], announce=False)
        try:  # it listens before it can answer
            harness.wait_until(lambda: harness.request(
                self.address, "GET", "/-/ready").status == 200, 20,
                "Prometheus's readiness")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.told()}") from None

    def ask(self, expression):
        """The samples; an error of the query fails."""
        answer = harness.request(
            self.address, "GET",
            "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        told = json.loads(answer.body)
        assert told["status"] == "success", (expression, told)
        return told["data"]["result"]

    def scrapes(self, n):
        """Waits until there are so many."""
        def enough():
            found = self.ask('count_over_time(up{job="warmpath"}[5m])')
            return found and float(found[0]["value"][1]) >= n
        harness.wait_until(enough, 30, f"{n} scrapes")


def number(sample):
    return float(sample["value"][1])
