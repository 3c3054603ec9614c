"""Every chat template of the test data on bodies of /v1/messages and
/v1/responses: what `warmpath render` makes of each beside the real Jinja2,
on the chat that a second implementation of vLLM's mapping gives. No cell may
differ, refusals included."""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from glob import glob

import pytest

jinja2 = pytest.importorskip("jinja2")

from api_bodies import MESSAGES, RESPONSES  # noqa: E402
from api_reference import of_messages, of_responses  # noqa: E402
from chat_reference import NOW, Template, environment  # noqa: E402
from harness import ROOT, SANITIZERS, binary  # noqa: E402

DATA = os.environ.get("WARMPATH_TESTDATA",
                      os.path.join(ROOT, "..", "shared", "testdata"))
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
           "pad_token": "<pad>"}
APIS = {"messages": (MESSAGES, of_messages),
        "responses": (RESPONSES, of_responses)}


def reference(source, api):
    bodies, mapped = APIS[api]
    try:
        template = Template(environment(NOW), source)
    except jinja2.TemplateError:
        return [None] * len(bodies)
    made = []
    for body in bodies.values():
        try:
            made.append(template.prompt(mapped(body), SPECIAL,
                                        as_given=api == "responses"))
        except Exception:  # of whatever kind: the engine refuses
            made.append(None)
    return made


def ours(path, special, api):
    lines = "".join(json.dumps(b) + "\n" for b in APIS[api][0].values())
    run = subprocess.run(
        [binary("warmpath"), "render", "--template", path,
         "--special-tokens", special, "--now", NOW.isoformat(), "--api", api],
        input=lines, capture_output=True, text=True, timeout=120,
        env={**SANITIZERS, **os.environ})
    assert run.stderr == ""
    return [json.loads(x).get("prompt") for x in run.stdout.splitlines()]


def differences(path, special, api):
    with open(path, encoding="utf-8", newline="") as file:
        wanted = reference(file.read(), api)
    return [f"{path}: {name}:\n  want {want!r}\n  got  {got!r}"
            for name, want, got in zip(APIS[api][0], wanted,
                                       ours(path, special, api))
            if want != got]


@pytest.mark.parametrize("api", APIS)
def test_templates_agree(api, tmp_path):
    folder = os.path.join(DATA, "templates")
    if not os.path.isdir(folder):
        print(f"no test data at {folder}: our own templates alone",
              file=sys.stderr)
        folder = os.path.join(ROOT, "tests", "e2e", "templates")
    special = tmp_path / "special.json"
    special.write_text(json.dumps(SPECIAL))
    paths = sorted(glob(os.path.join(folder, "**", "*.jinja"),
                        recursive=True))
    assert paths
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda path: differences(path, str(special), api),
                         paths)
        faults = [fault for one in found for fault in one]
    print(f"{len(paths)} templates x {len(APIS[api][0])} bodies")
    assert not faults, "\n".join(faults[:5]) + f"\n{len(faults)} differ"
