"""Debian packages: what is in them, what lintian says, how safe the unit is,
and their life on a machine from installation to purge."""
import glob
import os
import re
import shutil
import subprocess

import pytest

from harness import BUILD, ROOT

UNIT = os.path.join(ROOT, "deploy", "systemd", "warmpath.service")
DEB = os.path.join(ROOT, BUILD, "deb")
MACHINE = os.path.join(ROOT, "tests", "e2e", "machine")
MOST_EXPOSED = 20  # tenths, as systemd-analyze counts

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SAN")),
    reason="packages are made of the released build alone")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT,
                          timeout=280, **more)


def need(program):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture(scope="module")
def packages():
    """Paths by name."""
    need("dh")
    made = run("deploy/debian/build.sh", BUILD)
    assert made.returncode == 0, made.stderr
    return {os.path.basename(path).split("_")[0]: path
            for path in glob.glob(f"{DEB}/*.deb")}


def test_they_are_of_the_programs_that_are_there(packages):
    """Other tests run these meanwhile."""
    with open(os.path.join(DEB, "log")) as log:
        assert not re.findall(r"^ +(?:CC|AR|LD) .*", log.read(), re.M)


def test_there_is_all_that_is_expected_and_nothing_else(packages):
    assert set(packages) == {"warmpath", "warmpath-tools"}
    names = {name: {line.split(None, 5)[5] for line in
                    run("dpkg-deb", "-c", path).stdout.splitlines()
                    if not line.endswith("/")}
             for name, path in packages.items()}
    assert names["warmpath"] == {
        "./etc/logrotate.d/warmpath",
        "./etc/warmpath/warmpath.yaml",
        "./lib/systemd/system/warmpath.service",
        "./usr/bin/warmpath",
        "./usr/lib/sysusers.d/warmpath.conf",
        "./usr/share/bash-completion/completions/warmpath",
        "./usr/share/doc/warmpath/README.md.gz",
        "./usr/share/doc/warmpath/SECURITY.md.gz",
        "./usr/share/doc/warmpath/UPGRADING.md",
        "./usr/share/doc/warmpath/changelog.gz",
        "./usr/share/doc/warmpath/copyright",
        "./usr/share/doc/warmpath/examples/reference.yaml",
        "./usr/share/doc/warmpath/examples/tenants.yaml",
        "./usr/share/doc/warmpath/operating.md.gz",
        "./usr/share/lintian/overrides/warmpath",
        "./usr/share/man/man1/warmpath.1.gz",
        "./usr/share/man/man5/warmpath-tenants.yaml.5.gz",
        "./usr/share/man/man5/warmpath.yaml.5.gz"}
    assert {"./usr/bin/warmpath-sim",
            "./usr/share/man/man1/warmpath-sim.1.gz",
            "./usr/share/warmpath/tools/demo/demo.py",
            "./usr/share/warmpath/models/demo/tokenizer.json"} \
        <= names["warmpath-tools"]
    assert run("dpkg-deb", "-I", packages["warmpath"], "conffiles").stdout \
        .split() == ["/etc/logrotate.d/warmpath",
                     "/etc/warmpath/warmpath.yaml"]


def test_the_example_that_is_installed_is_fine():
    told = run(os.path.join(ROOT, BUILD, "warmpath"), "check",
               "deploy/debian/warmpath.yaml")
    assert told.returncode == 0, told.stderr


def test_lintian_has_nothing_to_say(packages):
    need("lintian")
    told = run("lintian", "--fail-on", "error,warning", "--allow-root",
               *packages.values())
    assert told.returncode == 0 and told.stdout == "", told.stdout


def test_the_unit_is_hardened():
    need("systemd-analyze")
    told = run("systemd-analyze", "security", "--offline=true", "--no-pager",
               f"--threshold={MOST_EXPOSED}", UNIT)
    assert told.returncode == 0, told.stdout


def test_the_unit_has_no_fault(tmp_path):
    """With programs that are there in place of those that are not yet."""
    need("systemd-analyze")
    with open(UNIT, encoding="utf-8") as f:
        text = f.read().replace("/usr/bin/warmpath ", "/bin/true ")
    text = text.replace("Documentation=", "#")
    copy = tmp_path / "warmpath.service"
    copy.write_text(text)
    told = run("systemd-analyze", "verify", "--recursive-errors=no",
               str(copy))
    assert told.returncode == 0 and told.stderr == "", told.stderr


def test_its_patience_is_longer_than_a_drain():
    with open(UNIT, encoding="utf-8") as f:
        stop_s = next(int(line.strip().split("=")[1].rstrip("s")) for line in f
                      if line.startswith("TimeoutStopSec="))
    with open(os.path.join(ROOT, "config", "reference.yaml"),
              encoding="utf-8") as f:
        drain_s = next(int(line.split(":")[1].strip().rstrip("s"))
                       for line in f if line.startswith("  drain: "))
    assert stop_s >= drain_s + 10


def boot(folder, *command):
    """What a command prints on a private copy of the machine; None, and
    why, where there can be none."""
    folder.mkdir()
    if os.geteuid() != 0 or not os.path.exists("/lib/systemd/systemd"):
        return None, "it needs root and systemd"
    ran = run(os.path.join(MACHINE, "boot.sh"), str(folder), ROOT, *command)
    output = folder / "output"
    return (output.read_text(), None) if output.exists() else \
        (None, ran.stderr)


def test_a_life_from_installation_to_purge(packages, tmp_path):
    """On a copy of this machine with systemd in charge: see its steps."""
    up, why = boot(tmp_path / "try", "/bin/echo", "up")
    if up is None:
        pytest.skip(f"no machine can be booted here: {why}")
    assert up == "up\n"
    output, why = boot(tmp_path / "life", "/usr/bin/python3",
                       os.path.join(MACHINE, "package_life.py"),
                       os.path.join(ROOT, BUILD))
    log = tmp_path / "life" / "log"
    assert output and "ok purged_it_leaves_nothing" in output, \
        f"{output or why}{log.read_text()[-4000:] if log.exists() else ''}"
