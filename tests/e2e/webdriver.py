"""A browser for tests: Debian's chromium, without a window, driven through
chromedriver over HTTP (W3C WebDriver, and Chrome's own log types). Its
traffic and its console are kept from the start."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

import harness

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars",
         "--window-size=1280,1300")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# What a loaded machine may take to start a browser.
START_S = 60


def missing():
    """What is not installed, or None."""
    for name in ("chromium", "chromedriver"):
        if shutil.which(name) is None:
            return f"{name} is not installed " \
                "(apt-get install chromium chromium-driver)"
    return None


class Browser:
    """One window. Ends with its processes, its profile gone."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="warmpath-e2e-",
                                               ignore_cleanup_errors=True)
        self.log_path = os.path.join(self.dir.name, "driver.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["chromedriver", "--port=0"], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)
        self.session = None
        try:
            self.port = harness.wait_until(self._read_port, START_S,
                                           "chromedriver")
            self.session = self._begin()
        except BaseException:
            self.stop()
            raise

    def _read_port(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            found = re.search(r"successfully on port (\d+)", f.read())
        return int(found.group(1)) if found else None

    def _begin(self):
        options = {"args": [*FLAGS, f"--user-data-dir={self.dir.name}/user"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL",
                                        "performance": "ALL"}}
        made = self._call("POST", "/session",
                          {"capabilities": {"alwaysMatch": wanted}})
        return f"/session/{made['sessionId']}"

    def _call(self, method, path, value=None):
        answer = harness.request(("127.0.0.1", self.port), method, path,
                                 value, timeout=START_S * harness.SLOW)
        told = answer.json()["value"]
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {told['error']}: "
                                 f"{told['message'].splitlines()[0]}")
        return told

    def _do(self, method, path, value=None):
        return self._call(method, self.session + path, value)

    def devtools(self, command, **parameters):
        return self._do("POST", "/goog/cdp/execute",
                        {"cmd": command, "params": parameters})

    def go(self, url):
        self._do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """What the script returns, in the page."""
        return self._do("POST", "/execute/sync",
                        {"script": script, "args": list(arguments)})

    def find(self, selector):
        found = self._do("POST", "/element",
                         {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def click(self, selector):
        self._do("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self._do("POST", f"/element/{self.find(selector)}/value",
                 {"text": text})

    def texts(self, selector):
        """Of all elements that it selects."""
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((e) => e.innerText)", selector)

    def text(self, selector):
        return "\n".join(self.texts(selector))

    def console(self):
        """What it has said since it was last asked."""
        return [f"{entry['level']}: {entry['message']}"
                for entry in self._do("POST", "/se/log", {"type": "browser"})]

    def asked(self):
        """Every URL that was asked for since this was last asked."""
        urls = []
        for entry in self._do("POST", "/se/log", {"type": "performance"}):
            told = json.loads(entry["message"])["message"]
            if told["method"] == "Network.requestWillBeSent":
                urls.append(told["params"]["request"]["url"])
        return urls

    def picture(self):
        """The window, as PNG."""
        return base64.b64decode(self._do("GET", "/screenshot"))

    def stop(self):
        try:
            if self.session:
                self._call("DELETE", self.session)
        finally:
            end_group(self.process)
            self.dir.cleanup()


def end_group(process):
    """With all that it started, which is its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
