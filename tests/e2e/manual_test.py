"""Manual pages and completion: made of what the programs say, whole, and
without a complaint of those who read them."""
import os
import re
import subprocess
import sys

import pytest

import harness
from harness import BUILD, ROOT, binary

sys.path.insert(0, os.path.join(ROOT, "tools", "manual"))
import manual  # noqa: E402 (needs the path)

PAGES = ("warmpath.1", "warmpath-sim.1", "warmpath.yaml.5",
         "warmpath-tenants.yaml.5")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("man")
    assert manual.main([os.path.join(ROOT, BUILD), str(out)]) == 0
    return out


def rendered(path):
    """As `man` shows it, without line breaks inside words."""
    ran = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou",
                          "-rLL=400n", "-rHY=0", str(path)],
                         capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_taken_without_a_word(made, name):
    text = rendered(made / name)
    for part in ("NAME", "DESCRIPTION", "SEE ALSO"):
        assert re.search(rf"^{part}$", text, re.M), text[:400]


def test_every_option_and_its_twin_are_in_the_page(made):
    told = manual.told(binary("warmpath"), "--help")
    text = rendered(made / "warmpath.1")
    options = set(re.findall(r"--[a-z][\w-]*", told))
    assert {"--config", "--worker", "--set"} <= options
    for word in options | set(re.findall(r"WARMPATH_\w+", told)):
        assert word in text, word
    commands = manual.commands_of(binary("warmpath"))
    assert {"doctor", "hash", "render"} <= set(commands)
    for command in commands:
        assert f"warmpath {command}" in text
    assert "no such command" in subprocess.run(
        [binary("warmpath"), "nonsense"], capture_output=True,
        text=True).stderr


def test_every_key_is_in_the_page(made):
    text = rendered(made / "warmpath.yaml.5")
    reference = manual.told(binary("warmpath"), "--print-reference")
    names = set(re.findall(r"^\s*(?:- |# )?(\w+):(?: .*)?$", reference, re.M))
    assert len(names) > 80
    for name in names:
        assert re.search(rf"\b{name}\b", text), name
    for path in ("limits.max_body", "tls.certificate", "models.chat.engine",
                 "models.workers.url", "models.workers.tls.ca"):
        assert re.search(rf"^ +{re.escape(path)}$", text, re.M), path


def test_every_option_of_the_simulator_is_in_the_page(made):
    text = rendered(made / "warmpath-sim.1")
    for word in re.findall(r"^  (--\w+)",
                           manual.told(binary("warmpath-sim"), "--help"),
                           re.M):
        assert word in text, word


def completed(made, *words):
    """What bash would offer for the last of these words."""
    script = (f'. "{made}/warmpath.bash"; compopt() {{ :; }}\n'
              'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _warmpath\n'
              'printf "%s\\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", script, "bash", "warmpath", *words],
                         capture_output=True, text=True, cwd=ROOT,
                         env=harness.environment(None))
    assert ran.returncode in (0, 1) and ran.stderr == "", ran.stderr
    return ran.stdout.split()


def test_bash_completes_what_there_is(made):
    assert completed(made, "--pri") == [
        "--print-config", "--print-reference", "--print-tenants",
        "--print-metrics"]
    assert completed(made, "hash-") == ["hash-key"]
    assert completed(made, "--log-level", "") == ["error", "warn", "info",
                                                  "debug"]
    assert "kv_aware" in completed(made, "--policy", "k")
    assert completed(made, "--set", "limits.max_b") == ["limits.max_body="]
    assert completed(made, "--config", "config/min") == \
        ["config/minimal.yaml"]
    assert completed(made, "doctor", "--no") == ["--no-generate"]
    assert completed(made, "render", "--model", "models/de") == \
        ["models/demo"]


def test_bash_completes_nothing_where_anything_may_follow(made):
    assert completed(made, "--listen", "") == []
    assert completed(made, "--nonsense") == []
    assert completed(made, "doctor", "--print") == []


def test_what_looks_like_a_request_stays_text():
    assert manual.plain(".SH x\n'br\\n") == "\\&.SH x\n\\&'br\\en"
