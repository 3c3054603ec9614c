"""The container image: what its Dockerfile takes is there, what it installs
is what the program needs and no more, and its health check tells. That it
is built and runs is for `make image-test` to see (image.py)."""
import functools
import os
import re
import shutil
import subprocess

import pytest

from books import FAST
from harness import ROOT, binary

FILE = os.path.join(ROOT, "deploy", "docker", "Dockerfile")
# What a slim image of Debian has in any case.
IN_BASE = ("required", "important")
MOST_BYTES = 60 << 20

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SAN")),
    reason="images are made of the released build alone")


def instructions():
    """(stage, instruction, rest) in order; stages by number."""
    with open(FILE, encoding="utf-8") as f:
        text = "".join(line for line in f if not line.startswith("#"))
    stage = -1
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            stage += word == "FROM"
            yield stage, word, rest


def of(wanted, word):
    return [rest for stage, found, rest in instructions()
            if stage == wanted and found == word]


def packages(stage):
    run = " ".join(of(stage, "RUN"))
    return set(re.search(r"--no-install-recommends (.*?) &&", run)
               .group(1).split())


def output_of(*command):
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@functools.lru_cache(None)
def package_of(library):
    """Debian knows some paths by the name before /usr was merged."""
    path = os.path.realpath(library)
    for known in (path, path.removeprefix("/usr")):
        ran = subprocess.run(["dpkg", "-S", known], capture_output=True,
                             text=True)
        if ran.returncode == 0:
            return ran.stdout.split(":")[0]
    raise AssertionError(f"{library} is of no package")


def libraries():
    """Path by name, of all that the loader maps."""
    return dict(re.findall(r"(\S+) => (\S+) \(", output_of(
        "ldd", binary("warmpath"))))


def needed():
    """Packages of the libraries that the program itself names."""
    names = re.findall(r"NEEDED.*\[(.*)\]",
                       output_of("readelf", "-d", binary("warmpath")))
    found = libraries()
    return {package_of(found[name]) for name in names if name in found}


@functools.lru_cache(None)
def field(package, name):
    return output_of("dpkg-query", "-W", "-f", f"${{{name}}}", package)


@functools.lru_cache(None)
def closure():
    """The image's packages with all that they depend on, as it is installed
    here."""
    found, ahead = set(), list(packages(1))
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        ran = subprocess.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status}, ${Depends}",
             name], capture_output=True, text=True)
        state, *depends = re.split(r"[,|]", ran.stdout)
        if state != "installed":
            continue  # another of the alternatives is
        found.add(name)
        ahead += [re.split(r"[ (:]", word.strip())[0]
                  for word in depends if word.strip()]
    return found


def test_what_is_copied_is_there_and_is_sent():
    with open(os.path.join(ROOT, ".dockerignore"), encoding="utf-8") as f:
        lines = f.read().split()
    assert lines[0] == "*"
    sent = {line[1:] for line in lines[1:]}
    copied = set()
    for _, word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from="):
            copied |= set(rest.split()[:-1])
    assert copied == sent
    for name in copied:
        assert os.path.exists(os.path.join(ROOT, name)), name


def test_what_is_copied_from_the_build_is_made_there():
    for rest in of(1, "COPY"):
        if rest.startswith("--from="):
            stage, source, _ = rest.split()
            assert stage == "--from=build"
            assert of(0, "FROM")[0].endswith("AS build")
            made = source.removeprefix(of(0, "WORKDIR")[0] + "/")
            assert any(f" {made} " in f"{run} " for run in of(0, "RUN"))


def test_the_build_has_what_a_build_needs():
    with open(os.path.join(ROOT, "tools", "deps.sh"), encoding="utf-8") as f:
        wanted = re.search(r'^build="(.*?)"', f.read(), re.M | re.S)
    assert packages(0) == set(wanted.group(1).split())


def test_it_has_the_libraries_that_the_program_names_and_no_more():
    base = {name for name in needed()
            if field(name, "Priority") in IN_BASE or name == "libc6"}
    assert packages(1) - {"ca-certificates"} == needed() - base


def test_all_that_the_loader_wants_comes_with_them():
    have = closure()
    for name, path in libraries().items():
        package = package_of(path)
        assert package in have or field(package, "Priority") in IN_BASE, name


def test_it_is_small(tmp_path):
    """What it adds to debian:bookworm-slim, uncompressed: the packages by
    dpkg's Installed-Size, and the program without symbols."""
    program = shutil.copy(binary("warmpath"), tmp_path)
    output_of("strip", program)
    added = [name for name in closure()
             if field(name, "Priority") not in IN_BASE]
    size = sum(int(field(name, "Installed-Size")) for name in added) * 1024 \
        + os.path.getsize(program)
    print(f"{size / (1 << 20):.1f} MiB in {len(added)} packages")
    assert size < MOST_BYTES, sorted(added)


def test_it_runs_as_nobody_in_particular():
    user, = of(1, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert [rest.split()[0] for _, word, rest in instructions()
            if word == "FROM"] == ["debian:bookworm-slim"] * 2
    entry, = of(1, "ENTRYPOINT")
    copied = [rest.split()[-1] for rest in of(1, "COPY")]
    assert entry == f'["{copied[0]}"]'
    for run in of(0, "RUN")[:1] + of(1, "RUN"):
        assert run.endswith("rm -rf /var/cache/apt/* /var/lib/apt/lists/*")


def healthy(port):
    health, = of(1, "HEALTHCHECK")
    words = re.search(r"CMD (\[.*\])$", health).group(1)
    command = re.findall(r'"((?:[^"\\]|\\.)*)"', words)
    command = [word.replace("\\\\", "\\").replace("/9090", f"/{port}")
               for word in command]
    return subprocess.run(command, capture_output=True).returncode == 0


def test_its_health_check_tells(fleet, front):
    g = front(fleet(1, **FAST))
    assert healthy(g.admin[1])
    g.kill()
    assert not healthy(g.admin[1])
