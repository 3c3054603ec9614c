"""A package's life on a machine: run inside one by boot.sh, as root.

usage: package_life.py BUILD    with BUILD/deb/*.deb
Prints "ok NAME" for each step, or what went wrong, and ends there."""
import glob
import http.client
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time

CONFIG = "/etc/warmpath/warmpath.yaml"
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
BUILD = sys.argv[1]
UNIT = "warmpath.service"


def run(*command, fine=True):
    ran = subprocess.run(command, capture_output=True, text=True)
    if fine and ran.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {ran.stdout}{ran.stderr}")
    return ran


def get(port, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST" if body else "GET", path,
                           json.dumps(body) if body else None,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ask(tokens=2, **more):
    return get(8080, "/v1/chat/completions", {
        "model": MODEL, "max_tokens": tokens,
        "messages": [{"role": "user", "content": "hello"}], **more})


def wait_until(predicate, what, timeout=20):
    end = time.monotonic() + timeout
    while True:
        try:
            value = predicate()
        except (OSError, http.client.HTTPException):
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)


def is_active():
    return run("systemctl", "is-active", UNIT, fine=False).stdout.strip()


def main_pid():
    return int(run("systemctl", "show", "-P", "MainPID", UNIT).stdout)


def install():
    run("dpkg", "--no-triggers", "-i",
        *glob.glob(f"{BUILD}/deb/warmpath_*.deb"))


def edit(text, by):
    with open(CONFIG, encoding="utf-8") as f:
        old = f.read()
    assert text in old
    with open(CONFIG, "w", encoding="utf-8") as f:
        f.write(old.replace(text, by))


def fill(thread_count, seconds_up, ended):
    """Clients who ask until `ended`, and what they were told."""
    told = []

    def client():
        while not ended.is_set():
            try:
                told.append(ask()[0])
            except OSError as error:
                told.append(str(error))
    threads = [threading.Thread(target=client) for _ in range(thread_count)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(told) > seconds_up, "traffic")
    return told, threads


# --- steps ------------------------------------------------------------

def it_is_installed_and_runs():
    # Images for containers have one that lets no service start.
    if os.path.exists("/usr/sbin/policy-rc.d"):
        os.unlink("/usr/sbin/policy-rc.d")
    os.makedirs(f"/etc/systemd/system/{UNIT}.d")
    with open(f"/etc/systemd/system/{UNIT}.d/log.conf", "w",
              encoding="utf-8") as f:
        f.write("[Service]\nStandardError=append:/machine/log\n")
    install()
    assert is_active() == "active", run("systemctl", "status", UNIT,
                                        fine=False).stdout
    assert pwd.getpwnam("warmpath").pw_shell == "/usr/sbin/nologin"
    assert run("systemctl", "is-enabled", UNIT).stdout == "enabled\n"
    assert get(9090, "/healthz")[0] == 200
    assert get(9090, "/readyz")[0] == 503  # nobody is behind it yet


def it_has_no_privilege():
    with open(f"/proc/{main_pid()}/status", encoding="utf-8") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f)
    uid = str(pwd.getpwnam("warmpath").pw_uid)
    assert status["Uid"].split() == [uid] * 4, status["Uid"]
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def it_serves_when_an_engine_comes():
    sim = shutil.which("warmpath-sim", path=BUILD)
    subprocess.Popen([sim, "--port", "8000", "--model", MODEL, "--speed",
                      "8", "--output-tokens", "500"], stderr=subprocess.DEVNULL)
    wait_until(lambda: get(9090, "/readyz")[0] == 200, "readiness")
    status, text = ask()
    assert status == 200, text


def a_reload_puts_a_change_in_force():
    edit("listen: 127.0.0.1:8080",
         "limits: {max_body: 2MiB}\nlisten: 127.0.0.1:8080")
    run("systemctl", "reload", UNIT)
    wait_until(lambda: "max_body: 2MiB" in get(9090, "/config")[1],
               "the change")


def a_reload_of_a_faulty_file_fails_and_changes_nothing():
    pid = main_pid()
    edit("max_body: 2MiB", "max_body: 2MoB")
    assert run("systemctl", "reload", UNIT, fine=False).returncode != 0
    assert is_active() == "active" and main_pid() == pid
    assert "max_body: 2MiB" in get(9090, "/config")[1]
    edit("max_body: 2MoB", "max_body: 2MiB")


def decisions_are_logged_where_they_may_be_and_turned_over():
    path = "/var/log/warmpath/decisions.jsonl"
    edit("limits: {", f"log: {{decisions: {path}}}\nlimits: {{")
    run("systemctl", "restart", UNIT)
    wait_until(lambda: ask()[0] == 200, "answers")
    wait_until(lambda: os.path.getsize(path) > 0, "a decision")
    os.rename(path, path + ".1")
    with open("/etc/logrotate.d/warmpath", encoding="utf-8") as f:
        after = f.read().split("postrotate\n")[1].split("endscript")[0]
    run("sh", "-c", after)
    wait_until(lambda: ask()[0] == 200 and os.path.getsize(path) > 0,
               "a file that has begun anew")


def an_upgrade_loses_no_request():
    pid, ended = main_pid(), threading.Event()
    told, threads = fill(4, 20, ended)
    install()
    wait_until(lambda: main_pid() not in (0, pid), "the successor")
    before = len(told)
    wait_until(lambda: len(told) > before + 20, "traffic")
    ended.set()
    for thread in threads:
        thread.join()
    assert set(told) == {200}, set(told)
    assert is_active() == "active"
    assert "max_body: 2MiB" in get(9090, "/config")[1]  # it stays theirs


def a_stop_lets_streams_end():
    told = []
    client = threading.Thread(
        target=lambda: told.append(ask(tokens=500, stream=True)[1]))
    client.start()
    wait_until(lambda: json.loads(get(9090, "/workers")[1])["workers"][0]
               ["inflight"] > 0, "a stream")
    run("systemctl", "stop", UNIT)
    client.join()
    assert told[0].rstrip().endswith("data: [DONE]"), told[0][-300:]
    assert is_active() == "inactive"
    result = run("systemctl", "show", "-P", "Result", UNIT).stdout
    assert result == "success\n", result


def killed_after_an_upgrade_it_comes_back():
    run("systemctl", "start", UNIT)
    old = main_pid()
    run("systemctl", "kill", "--kill-whom=main", "-s", "USR2", UNIT)
    new = wait_until(lambda: main_pid() != old and main_pid(), "a successor")
    wait_until(lambda: not os.path.exists(f"/proc/{old}"), "the old one's end")
    os.kill(new, signal.SIGKILL)
    wait_until(lambda: main_pid() not in (0, new) and is_active() == "active",
               "a new start")
    wait_until(lambda: ask()[0] == 200, "answers")


def a_wrong_configuration_does_not_restart_for_ever():
    run("systemctl", "stop", UNIT)
    edit("max_body: 2MiB", "max_body: 2MoB")
    assert run("systemctl", "start", UNIT, fine=False).returncode != 0
    assert is_active() == "failed"
    assert run("systemctl", "show", "-P", "NRestarts", UNIT).stdout == "0\n"
    edit("max_body: 2MoB", "max_body: 2MiB")
    run("systemctl", "start", UNIT)


def removed_it_leaves_the_operators_file_alone():
    run("dpkg", "--no-triggers", "--remove", "warmpath")
    assert not os.path.exists("/usr/bin/warmpath")
    assert is_active() != "active"
    assert os.path.exists(CONFIG)


def purged_it_leaves_nothing():
    run("dpkg", "--no-triggers", "--purge", "warmpath")
    for path in (CONFIG, "/usr/share/doc/warmpath", "/run/warmpath",
                 "/var/log/warmpath", "/etc/logrotate.d/warmpath",
                 "/lib/systemd/system/warmpath.service",
                 "/etc/systemd/system/multi-user.target.wants/" + UNIT):
        assert not os.path.lexists(path), path


STEPS = (it_is_installed_and_runs, it_has_no_privilege,
         it_serves_when_an_engine_comes, a_reload_puts_a_change_in_force,
         a_reload_of_a_faulty_file_fails_and_changes_nothing,
         decisions_are_logged_where_they_may_be_and_turned_over,
         an_upgrade_loses_no_request, a_stop_lets_streams_end,
         killed_after_an_upgrade_it_comes_back,
         a_wrong_configuration_does_not_restart_for_ever,
         removed_it_leaves_the_operators_file_alone,
         purged_it_leaves_nothing)


if __name__ == "__main__":
    for step in STEPS:
        begin = time.monotonic()
        step()
        print(f"ok {step.__name__} {time.monotonic() - begin:.1f} s")
