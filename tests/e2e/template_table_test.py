"""Every chat template of the test data on every conversation: what
`warmpath render` makes of it beside the real Jinja2, with messages put in
shape by a second implementation. No cell may differ, refusals included.

A few templates of our own stand in where there is no test data."""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import pytest

jinja2 = pytest.importorskip("jinja2")

from chat_reference import NOW, Refused, Template, environment  # noqa: E402
from conversations import CONVERSATIONS  # noqa: E402
from harness import ROOT, SANITIZERS, binary  # noqa: E402

DATA = os.environ.get("WARMPATH_TESTDATA",
                      os.path.join(ROOT, "..", "shared", "testdata"))
OWN = os.path.join(ROOT, "tests", "e2e", "templates")
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
           "pad_token": "<pad>"}
AGREE, DIFFER, OTHER_WORDS = ".", "X", "w"
ANY_WORDS = None  # a refusal in words of our own

pytestmark = pytest.mark.skipif(
    not os.path.exists(binary("warmpath")), reason="warmpath is not built")


def reference(source):
    """What the engine answers to each conversation. Whatever Python raises,
    it refuses."""
    try:
        template = Template(environment(NOW), source)
    except jinja2.TemplateError as error:
        return [{"error": str(error)}] * len(CONVERSATIONS)
    made = []
    for body in CONVERSATIONS.values():
        try:
            made.append({"prompt": template.prompt(body, SPECIAL)})
        except (Refused, ValueError, RecursionError):
            made.append({"error": ANY_WORDS})
        except Exception as error:
            made.append({"error": str(error)})
    return made


def ours(path, special):
    lines = "".join(json.dumps(body) + "\n"
                    for body in CONVERSATIONS.values())
    run = subprocess.run(
        [binary("warmpath"), "render", "--template", path,
         "--special-tokens", special, "--now", NOW.isoformat()],
        input=lines, capture_output=True, text=True, timeout=120,
        env={**SANITIZERS, **os.environ})
    assert run.stderr == ""
    return [json.loads(line) for line in run.stdout.splitlines()]


def verdict(want, got):
    if ("error" in want) != ("error" in got):
        return DIFFER
    if "prompt" in want:
        return AGREE if want == got else DIFFER
    # What a template says, or Python of it, is for the user to read.
    if want["error"] in (ANY_WORDS, got["error"]):
        return AGREE
    return OTHER_WORDS


def row(path, special):
    """[(conversation, wanted, got, verdict)]"""
    with open(path, encoding="utf-8", newline="") as file:
        wanted = reference(file.read())
    answers = ours(path, special)
    assert len(answers) == len(CONVERSATIONS)
    return [(name, want, got, verdict(want, got))
            for name, want, got in zip(CONVERSATIONS, wanted, answers)]


def show(names, rows):
    print(f"\n{len(rows)} templates x {len(names)} conversations "
          f"({AGREE} agrees, {DIFFER} differs, {OTHER_WORDS} is refused in "
          "other words):")
    for template, cells in rows:
        print("".join(cell[3] for cell in cells), template)
    total = sum(len(cells) for _, cells in rows)
    refused = sum("error" in cell[1] for _, cells in rows for cell in cells)
    agree = sum(cell[3] == AGREE for _, cells in rows for cell in cells)
    print(f"{agree} of {total} agree, {refused} of them refusals")


def first_differences(rows, most=5):
    for template, cells in rows:
        for name, want, got, mark in cells:
            if mark != AGREE and most > 0:
                most -= 1
                yield f"{template} on {name}:\n  want {want}\n  got  {got}"


def check(folder, tmp_path):
    special = tmp_path / "special.json"
    special.write_text(json.dumps(SPECIAL))
    paths = sorted(glob(os.path.join(folder, "**", "*.jinja"),
                        recursive=True))
    assert paths
    with ThreadPoolExecutor(2) as pool:
        cells = pool.map(lambda path: row(path, str(special)), paths)
        rows = [(os.path.relpath(path, folder), one)
                for path, one in zip(paths, cells)]
    show(CONVERSATIONS, rows)
    faults = list(first_differences(rows))
    assert not faults, "\n".join(faults)


def test_our_own_templates_agree(tmp_path):
    check(OWN, tmp_path)


def test_every_template_of_the_test_data_agrees(tmp_path):
    folder = os.path.join(DATA, "templates")
    if not os.path.isdir(folder):
        print(f"SKIPPED: no test data at {folder}", file=sys.stderr)
        pytest.skip(f"no test data at {folder}")
    check(folder, tmp_path)
