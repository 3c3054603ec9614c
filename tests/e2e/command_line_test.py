"""A gateway that is told on the command line or in the environment what to
do: workers in place of a file, keys over a file, what goes first."""
import os
import signal
import subprocess

import harness
from books import FAST
from harness import Program, binary, wait_until

ANYWHERE = ("--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")


class Bare(Program):
    """A gateway without a file."""
    chats = 0

    def __init__(self, *arguments, **more):
        core = () if os.geteuid() == 0 else ("--set", "core_dumps=true")
        super().__init__([binary("warmpath"), *ANYWHERE, *core, *arguments],
                         **more)

    @property
    def address(self):
        return harness.split_address(self.announced["listen"][0])

    @property
    def admin(self):
        return harness.split_address(self.announced["admin"])

    def models(self):
        answer = harness.request(self.address, "GET", "/v1/models")
        return [entry["id"] for entry in answer.json()["data"]]

    def chat(self, model):
        """With blocks that are new, so that an event comes of it."""
        self.chats += 1
        return harness.request(
            self.address, "POST", "/v1/chat/completions",
            {"model": model, "max_tokens": 2,
             "messages": [{"role": "user",
                           "content": f"{self.chats} " * 40}]}).status

    def workers(self):
        return harness.request(self.admin, "GET", "/workers").json()


def run(*arguments, **env):
    return subprocess.run([binary("warmpath"), *arguments],
                          capture_output=True, text=True, cwd=harness.ROOT,
                          env=harness.environment(env), timeout=60)


def test_two_urls_are_a_fleet(programs, fleet):
    workers = fleet(2, **FAST, loras="sql")
    port = harness.split_address(workers[0].told_of["events"])[1]
    # As two hosts: at one both would publish at the same port.
    urls = [workers[0].url, workers[1].url.replace("127.0.0.1", "localhost")]
    g = programs.start(Bare, "--worker", urls[0], "--worker", urls[1],
                       "--events-port", str(port))
    assert g.models() == ["demo", "sql"]
    assert g.chat("demo") == 200 and g.chat("sql") == 200
    assert g.chat("other") == 404
    assert len(g.workers()["workers"]) == 2
    wait_until(lambda: g.chat("demo") == 200 and
               g.workers()["workers"][0]["events"]["batches"] > 0, 10,
               "events")


def test_it_waits_for_the_first_worker_to_answer(programs):
    port = harness.free_ports(1)
    g = programs.start(Bare, "--worker", f"http://127.0.0.1:{port}",
                       announce=False)
    g.announce_path = None
    wait_until(lambda: "asked again" in g.stderr(), 10, "its patience")
    g.kill()


def test_the_models_are_asked_for_again_at_a_reload(programs, fleet):
    worker, = fleet(1, **FAST)
    g = programs.start(Bare, "--worker", worker.url)
    g.signal(signal.SIGHUP)
    wait_until(lambda: "the command line is in force" in g.stderr(), 10,
               "the reload")
    worker.kill()
    g.signal(signal.SIGHUP)
    wait_until(lambda: "the configuration in force stays" in g.stderr(), 10,
               "the refusal")
    assert g.models() == ["demo"]


def test_what_is_said_here_goes_over_the_file_for_good(programs, fleet):
    worker, = fleet(1, **FAST)
    config = harness.fleet_config([worker], log={"format": "text"})
    config["limits"] = {"max_body": "1KiB"}
    g = programs.gateway(config, arguments=("--log-format", "json", "--set",
                                            "limits.max_body=2KiB"))
    for _ in range(2):
        assert "max_body: 2KiB" in g.admin_get("/config").text
        before = g.stderr().count("is in force")
        g.signal(signal.SIGHUP)
        wait_until(lambda: g.stderr().count("is in force") > before)
    g.says('"message":"ready: ')


def test_the_environment_is_as_good_as_a_flag():
    path = os.path.join("config", "minimal.yaml")
    assert run(WARMPATH_CONFIG=path, *("--check",)).stdout == \
        f"{path}: fine\n"
    printed = run("--print-config", WARMPATH_WORKERS="http://127.0.0.1:1",
                  WARMPATH_MODEL="m", WARMPATH_LISTEN="127.0.0.1:7")
    assert 'listen: ["127.0.0.1:7"]' in printed.stdout, printed
    assert "name: m" in printed.stdout
    bad = run("--check", WARMPATH_CONFIG=path, WARMPATH_LOG_LEVEL="loud")
    assert bad.returncode == 2
    assert bad.stderr.startswith("WARMPATH_LOG_LEVEL: log.level: ")


def test_the_doctor_finds_the_configuration_as_the_gateway_does():
    told = run("doctor", WARMPATH_CONFIG="no/where.yaml")
    assert told.returncode == 2
    assert told.stderr.startswith("config: no/where.yaml: ")
    assert run("doctor").stderr.startswith("warmpath doctor: --config: ")


def test_what_cannot_be_told_apart_is_refused():
    for arguments in (("--config", "a", "--worker", "http://a"), ("check",),
                      ("--worker", "a", "--model", "m"), ("serve",),
                      ("--worker", "http://127.0.0.1:1", "--check")):
        told = run(*arguments)
        assert told.returncode == 2 and told.stderr, told
    assert run("check", os.path.join("config", "minimal.yaml")).returncode \
        == 0
