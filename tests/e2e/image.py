"""The container image, built by buildah as the Dockerfile says and run.

No registry is asked: debian:bookworm-slim is made of Debian's packages. It
takes minutes and root, so that it is `make image-test` and not among the
tests of every day; dockerfile_test.py holds what can be held without."""
import json
import os
import shutil
import signal
import subprocess

import pytest

import harness
from books import STEADY, chat

DOCKERFILE = os.path.join(harness.ROOT, "deploy", "docker", "Dockerfile")
BASE = "docker.io/library/debian:bookworm-slim"
IMAGE = "localhost/warmpath:test"
COMMIT = "image-test"
MOST_BYTES = 60 * 1000 * 1000


class Buildah:
    """All that it keeps is in a folder, which goes with it."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.command = ["buildah", "--root", f"{folder}/store", "--runroot",
                        f"{folder}/run", "--storage-driver", "vfs"]
        # It finds its settings at home, and needs none of the machine's.
        self.env = {**os.environ, "HOME": self.folder, "TMPDIR": self.folder,
                    "BUILDAH_ISOLATION": "chroot"}
        settings = os.path.join(folder, ".config", "containers")
        os.makedirs(settings)
        with open(os.path.join(settings, "policy.json"), "w") as f:
            json.dump({"default": [{"type": "insecureAcceptAnything"}]}, f)

    def __call__(self, *words):
        ran = subprocess.run([*self.command, *words], env=self.env,
                             capture_output=True, text=True, timeout=1800)
        assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
        return ran.stdout.strip()

    def container(self, image):
        return self("from", "--pull-never", image)

    def end(self):
        self("rm", "--all")
        self("rmi", "--all", "--force")
        shutil.rmtree(self.folder)


def make_base(buildah):
    """Debian's own has neither lists nor packages, too."""
    root = os.path.join(buildah.folder, "base")
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root],
                   check=True, stdout=subprocess.DEVNULL)
    for left in ("var/lib/apt/lists", "var/cache/apt"):
        shutil.rmtree(os.path.join(root, left))
        os.makedirs(os.path.join(root, left))
    container = buildah("from", "scratch")
    buildah("add", container, root, "/")
    buildah("commit", container, BASE)


@pytest.fixture(scope="module")
def buildah(tmp_path_factory):
    """With the image built."""
    assert os.geteuid() == 0, "the image is built as root"
    buildah = Buildah(tmp_path_factory.mktemp("image"))
    try:
        make_base(buildah)
        buildah("bud", "--pull-never", "--format", "docker", "--build-arg",
                f"COMMIT={COMMIT}", "-f", DOCKERFILE, "-t", IMAGE,
                harness.ROOT)
        yield buildah
    finally:
        buildah.end()


@pytest.fixture(scope="module")
def container(buildah):
    return buildah.container(IMAGE)


@pytest.fixture(scope="module")
def settings(buildah):
    return json.loads(buildah("inspect", "--type", "image", IMAGE)
                      )["Docker"]["config"]


def bytes_of(buildah, image):
    """Of its files, each once."""
    top = buildah("mount", buildah.container(image))
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            s = os.lstat(os.path.join(folder, name))
            found[s.st_dev, s.st_ino] = s.st_size
    return sum(found.values())


def test_it_adds_less_than_60_mb(buildah):
    """To its base: the files of our layers, uncompressed."""
    base, whole = (bytes_of(buildah, image) for image in (BASE, IMAGE))
    print(f"{(whole - base) / 1e6:.1f} MB on {base / 1e6:.1f} MB")
    assert 0 < whole - base < MOST_BYTES


def test_it_is_what_the_dockerfile_says(settings):
    assert settings["User"] == "65532:65532"
    assert settings["StopSignal"] == "SIGTERM"
    assert set(settings["ExposedPorts"]) == {"8080/tcp", "9090/tcp"}


def test_it_says_its_version_as_nobody(buildah, container, settings):
    told = buildah("run", container, "--", *settings["Entrypoint"],
                   "--version")
    with open(os.path.join(harness.ROOT, "VERSION")) as f:
        version = f.read().strip()
    assert told.startswith(f"warmpath {version} ({COMMIT})")
    assert buildah("run", container, "--", "id", "-u") == "65532"


def inside(pid):
    """The process of warmpath among those that this one has started."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as f:
            for child in f.read().split():
                if os.readlink(f"/proc/{child}/exe").endswith("/warmpath"):
                    return int(child)
                found = inside(child)
                if found:
                    return found
    return None


def test_it_serves_and_ends_what_it_has(programs, fleet, buildah, container,
                                        settings, tmp_path):
    worker, = fleet(1, **STEADY)
    announced = tmp_path / "out" / "announced"
    announced.parent.mkdir(mode=0o777)
    announced.parent.chmod(0o777)
    run = programs.start(
        harness.Program, [
            *buildah.command, "run", "-v", f"{announced.parent}:/out",
            container, "--", *settings["Entrypoint"], "--worker", worker.url,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
            "--announce", "/out/announced"],
        announce=False, env=buildah.env)
    harness.wait_until(announced.exists, 60, "readiness")
    told = json.loads(announced.read_text())
    front, admin = (harness.split_address(told[key][0] if key == "listen"
                                          else told[key])
                    for key in ("listen", "admin"))
    assert harness.request(admin, "GET", "/healthz").status == 200
    kind, *check = settings["Healthcheck"]["Test"]
    assert kind == "CMD"
    check = [w.replace("/9090 ", f"/{admin[1]} ") for w in check]
    buildah("run", container, "--", *check)
    with harness.Stream(front, "/v1/chat/completions", chat(
            "hello", stream=True, max_tokens=40)) as stream:
        chunks = stream.chunks()
        next(chunks)
        os.kill(inside(run.pid), signal.SIGTERM)
        assert len(list(chunks)) >= 39
    assert run.wait() == 0
