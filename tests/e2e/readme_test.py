"""What the documents tell people to type: each code block is run, with
addresses and paths of this machine in the place of theirs, and each file
that is named exists."""
import functools
import os
import re
import shutil
import signal
import subprocess

import pytest
import yaml

import harness
from books import FAST
from harness import ROOT, binary

DOCUMENTS = ("README.md", "SECURITY.md", "UPGRADING.md", "deploy/README.md",
             "docs/operating.md")


def text_of(document):
    with open(os.path.join(ROOT, document), encoding="utf-8") as f:
        return f.read()


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(document),
                      re.M | re.S)


def lines(block):
    """Of a shell block, continued ones as one."""
    quotes, whole = 0, ""
    for line in block.splitlines():
        whole += line.rstrip("\\") + "\n"
        quotes += line.count("'")
        if not line.endswith("\\") and quotes % 2 == 0:
            yield whole.split("    #")[0].strip()
            whole = ""


def commands(document):
    return [command for block in blocks(document, "sh")
            for line in lines(block) for command in line.split(" && ")]


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT,
                          timeout=100, **more)


ALL = [command for document in DOCUMENTS for command in commands(document)]


def those(start):
    found = [command for command in ALL if command.startswith(start)]
    assert found, start
    return found


def test_no_command_is_of_a_kind_that_is_not_tried():
    known = ("make ", "build/release/warmpath ", "apt install ",
             "editor ", "systemctl ", "kubectl ", "docker ",
             "PYTHONHASHSEED=0 vllm ")
    assert [c for c in ALL if not c.startswith(known)] == []


@pytest.mark.parametrize("has, most", [
    ("make run", 1), ("build/release/warmpath --worker", 2),
    ("apt install", 3), ("kubectl apply", 3)])
def test_a_start_is_few_commands(has, most):
    start = text_of("README.md").split("\n## ")[1]
    assert start.startswith("Start\n")
    block, = [b for b in re.findall(r"^```sh\n(.*?)^```", start, re.M | re.S)
              if has in b]
    assert len(list(lines(block))) <= most


@pytest.mark.skipif(bool(os.environ.get("SAN")), reason="it is made of the "
                    "released build")
def test_a_demonstration_begins_and_ends(programs):
    """What `make run` runs when all is built, up to its first turn."""
    command = re.search(r"exec (\S*python3 \S*demo\.py .*);",
                        dry_run().stdout).group(1)
    demo = programs.start(harness.Program, command.split(), announce=False,
                          env={"PYTHONUNBUFFERED": "1"})
    harness.wait_until(lambda: re.search(
        r"^conversation \d turn 1: worker-\d .*round_robin", demo.stdout(),
        re.M), 60, "a turn of both fleets")
    demo.signal(signal.SIGINT)
    assert demo.wait(60) == 0


def test_two_urls_and_a_curl(programs, fleet):
    """As they stand, but for the addresses."""
    workers = fleet(2, **FAST)
    start, = [c for c in those("build/release/warmpath --worker")]
    words = start.split()[1:]
    for i, worker in enumerate(workers, 1):
        words[words.index(f"http://gpu{i}:8000")] = worker.url
    core = [] if os.geteuid() == 0 else ["--set", "core_dumps=true"]
    g = programs.start(harness.Program, [
        binary("warmpath"), *words, *core, "--listen", "127.0.0.1:0",
        "--admin", "127.0.0.1:0"])
    command, = re.findall(r"`(curl \S+)`", text_of("README.md"))
    address = g.announced["listen"][0].split("//")[-1]
    told = run(*command.replace("127.0.0.1:8080", address).split())
    assert '"demo"' in told.stdout, told


@functools.cache
def dry_run():
    """Of all that is made there, at once: make reads much before it does
    anything."""
    return run("make", "-n", *{word for command in those("make ")
                               for word in command.split()[1:]})


def test_what_is_made_there_is_a_target():
    assert dry_run().returncode == 0, dry_run().stderr
    for document in DOCUMENTS:
        for word in re.findall(r"`make ([a-z-]+)", text_of(document)):
            assert re.search(rf"^{word}:", text_of("Makefile"), re.M), word


def test_packages_and_units_are_called_so():
    for command in those("apt install "):
        folder, name = os.path.split(command.split()[-1])
        assert folder == "./build/release/deb"
        assert name == "warmpath_*.deb"
    for command in those("systemctl "):
        assert os.path.exists(os.path.join(
            ROOT, "deploy", "systemd", command.split()[-1] + ".service"))
    for command in those("editor "):
        assert command.split()[-1] in text_of("deploy/systemd/"
                                              "warmpath.service")


def kustomization(path):
    with open(os.path.join(ROOT, path, "kustomization.yaml")) as f:
        return yaml.safe_load(f)


def test_manifests_are_where_they_are_applied_from():
    namespace = those("kubectl create namespace ")[0].split()[-1]
    for command in those("kubectl apply ") + those("kubectl kustomize "):
        path = command.split()[-1]
        assert kustomization(path)["namespace"] == namespace, command
        if shutil.which("kubectl"):
            assert run("kubectl", "kustomize", path).returncode == 0


def test_images_are_built_of_a_file_that_is_there():
    for command in those("docker build "):
        path = re.search(r"-f (\S+)", command).group(1)
        assert os.path.exists(os.path.join(ROOT, path))
    image, = kustomization("deploy/kubernetes/base")["images"]
    assert f"-t {image['newName']}:{image['newTag']} " in \
        those("docker build --push ")[0]
    told = run(binary("warmpath"), "--help").stdout
    for command in those("docker run "):
        for flag in re.findall(r" warmpath (--\w+)", command):
            assert flag in told


def test_engines_are_started_as_in_the_manifests():
    manifest = text_of("deploy/kubernetes/overlays/aggregated/vllm.yaml")
    for command in those("PYTHONHASHSEED=0 vllm "):
        for flag in re.findall(r"--[\w-]+", command):
            assert flag in manifest, flag
        for flag in re.findall(r'"(\w+)":', command):
            assert f'"{flag}"' in manifest, flag


# --- configurations ---------------------------------------------------

def indented(block):
    """As parts of a whole are printed."""
    return block.startswith(" ")


def whole(block):
    """A file that has what the block shows."""
    model = "models:\n  - name: demo\n    workers: [http://127.0.0.1:1]\n"
    if block.startswith("tls:"):
        first, rest = block.split("…")
        return first + model.replace("    workers: [http://127.0.0.1:1]",
                                     "    " + rest.strip())
    if block.startswith("    workers:"):
        return "models:\n  - name: demo\n" + block
    if indented(block):
        return f"{model}    tokenizer: models/demo\n{block}"
    return block


def of_this_machine(text, folder, authority):
    text = text.replace("/models/Llama-3.1-8B-Instruct",
                        os.path.join(ROOT, "models", "demo"))
    text = text.replace("template: FILE", "template: " + os.path.join(
        ROOT, "models", "demo", "chat_template.jinja"))
    for name in ("tls.crt", "admin.crt"):
        text = text.replace(name, authority.server.certificate)
    for name in ("tls.key", "admin.key"):
        text = text.replace(name, authority.server.key)
    for name in ("clients.pem", "fleet.pem"):
        text = text.replace(name, authority.file)
    text = text.replace("sha256:…", "sha256:" + 64 * "0")
    path = folder / "file.yaml"
    path.write_text(text)
    return str(path)


class Authority:
    """One that signs for itself is enough to be read."""

    class Pair:
        def __init__(self, folder):
            self.certificate = str(folder / "a.crt")
            self.key = str(folder / "a.key")

    def __init__(self, folder):
        self.server = self.Pair(folder)
        self.file = self.server.certificate
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a",
                   "-keyout", self.server.key, "-out",
                   self.server.certificate)
        assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("block", [*blocks("README.md", "yaml"),
                                   *blocks("docs/operating.md", "yaml")],
                         ids=lambda block: block.split(":")[0].strip())
def test_a_configuration_is_taken(block, tmp_path):
    path = of_this_machine(whole(block), tmp_path, Authority(tmp_path))
    if block.startswith("tenants:"):
        tenants, path = path, str(tmp_path / "main.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"tenants: {{file: {tenants}}}\nmodels:\n  - name: m\n"
                    "    workers: [http://127.0.0.1:1]\n")
    told = run(binary("warmpath"), "check", path)
    assert told.returncode == 0, told.stderr


def test_the_file_of_a_real_fleet_is_checked_examined_and_served(
        programs, fleet, tmp_path):
    """With simulated workers in the place of theirs."""
    workers = fleet(2, **FAST, tokenizer="models/demo",
                    model="meta-llama/Llama-3.1-8B-Instruct")
    block = next(b for b in blocks("README.md", "yaml")
                 if b.startswith("listen:"))
    text = block.replace("0.0.0.0:8080", "127.0.0.1:0")
    for i, worker in enumerate(workers, 1):
        for kind, port in (("url", 8000), ("events", 5557), ("replay", 5558)):
            address = worker.told_of[kind].split("//")[-1]
            text = text.replace(f"10.0.0.{i}:{port}", address)
    path = of_this_machine("admin: 127.0.0.1:0\n" + text, tmp_path,
                           Authority(tmp_path))
    assert len(yaml.safe_load(text)["models"][0]["workers"]) == 2
    for command in those("build/release/warmpath"):
        words = [path if w == "my.yaml" else w for w in command.split()[1:]]
        if path not in words:
            continue
        if words == ["--config", path]:
            g = programs.start(harness.Program, [binary("warmpath"), *words])
            assert g.announced["listen"]
        else:
            told = run(binary("warmpath"), *words)
            assert told.returncode == 0, told.stdout + told.stderr


# --- what is named ----------------------------------------------------

@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document):
    text = text_of(document)
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    named = re.findall(
        r"`((?:tests|config|tools|router|common|deploy|models)/[\w./-]*)`",
        text)
    for path in named:
        assert os.path.exists(os.path.join(ROOT, path)), path
    for path in re.findall(r"`([A-Z]+\.md)`", text):
        assert os.path.exists(os.path.join(ROOT, path)), path


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document):
    folder = os.path.dirname(document)
    for link in re.findall(r"\]\(([^)]+)\)", text_of(document)):
        if link.startswith("http"):
            continue
        path, _, section = link.partition("#")
        target = os.path.normpath(os.path.join(folder, path)) if path \
            else document
        assert os.path.exists(os.path.join(ROOT, target)), link
        if section:
            headings = re.findall(r"^#+ (.*)$", text_of(target), re.M)
            assert section in map(anchor, headings), link


def test_variables_that_are_named_are_options():
    told = run(binary("warmpath"), "--help").stdout
    for document in DOCUMENTS:
        for name in re.findall(r"WARMPATH_[A-Z_]+", text_of(document)):
            assert name in told or name == "WARMPATH_TESTDATA", name


def test_every_connector_and_layout_is_in_the_tables():
    page = text_of("deploy/README.md")
    reference = run(binary("warmpath"), "--print-reference").stdout
    listed = re.search(r"none, ([\w, ]+) or (\w+); default none", reference
                       .replace("\n        #", ""))
    for name in [*listed.group(1).split(", "), listed.group(2)]:
        assert f"| `{name}` |" in page, name
