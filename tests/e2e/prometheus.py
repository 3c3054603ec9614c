"""Debian's Prometheus, where it is unpacked (tools/unpack.sh) or
installed: a server that scrapes one gateway every second, and rules put to
promtool."""
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

import accounts
import harness

SERVER, TOOL = (harness.program_of("prometheus", name)
                for name in ("prometheus", "promtool"))


def promtool(*arguments, given=None):
    """What it told, if it found a fault; else None."""
    ran = subprocess.run([TOOL, *arguments], capture_output=True,
                         text=True, input=given)
    return None if ran.returncode == 0 else ran.stdout + ran.stderr


def filled(expression, over="5m"):
    """As Grafana puts it where all is chosen."""
    return re.sub(r"\$(instance|model|worker)", ".*",
                  expression.replace("$__rate_interval", over))


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


def listening_port(pid):
    """The one port that the process listens at; None: it does not yet."""
    ports = {f"socket:[{inode}]": own for inode, (own, _, listens)
             in accounts.tcp_sockets(pid).items() if listens}
    return next((ports[link] for link in accounts.descriptor_kinds(pid)
                 if link in ports), None)


class Prometheus(harness.Program):
    """Its data are in a folder of its own; it ends with the test."""

    def __init__(self, target):
        self.home = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.at = None  # when questions are put; None: now
        path = os.path.join(self.home.name, "prometheus.yaml")
        with open(path, "w", encoding="ascii") as f:
            json.dump({"global": {"scrape_interval": "1s"},
                       "scrape_configs": [{
                           "job_name": "warmpath", "static_configs": [
                               {"targets": ["%s:%d" % target]}]}]}, f)
        super().__init__(
            [SERVER, f"--config.file={path}",
             f"--storage.tsdb.path={self.home.name}/series",
             "--web.listen-address=127.0.0.1:0",
             "--log.level=error"], announce=False)
        try:  # it listens before it can answer
            port = harness.wait_until(lambda: listening_port(self.pid), 60,
                                      "Prometheus's port")
            self.address = "127.0.0.1", port
            harness.wait_until(lambda: harness.request(
                self.address, "GET", "/-/ready").status == 200, 60,
                "Prometheus's readiness")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.told()}") from None

    def ask(self, expression):
        """The samples; an error of the query fails."""
        return self._query("query", query=expression,
                           **({} if self.at is None else {"time": self.at}))

    def ask_range(self, expression, start, end, step):
        """Its series of values, from `start` to `end` every `step` s."""
        return self._query("query_range", query=expression, start=start,
                           end=end, step=step)

    def _query(self, path, **asked):
        answer = harness.request(
            self.address, "GET",
            f"/api/v1/{path}?" + urllib.parse.urlencode(asked))
        told = json.loads(answer.body)
        assert told["status"] == "success", (asked, told)
        return told["data"]["result"]

    def scrapes(self, n):
        """Waits until so many have gone well; from then on questions are
        put as of the last of these, so that a later one that comes to
        nothing, as it may on a busy machine, changes no answer."""
        def good():
            self.at = None
            times = [at for found in self.ask('up{job="warmpath"}[10m]')
                     for at, up in found["values"] if up == "1"]
            return times if len(times) >= n else None
        self.at = harness.wait_until(good, 60, f"{n} scrapes")[-1]
