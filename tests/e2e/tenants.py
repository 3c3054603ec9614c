"""Tenants for the end-to-end tests: their file, and clients with keys."""
import hashlib
import json
import os
import tempfile

import books
import harness

PATH = "/v1/chat/completions"


def digest(key):
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


class Tenants:
    """The file. `one(name, key, …)` are its entries; write() puts it there
    as it should be put, by a rename."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="warmpath-e2e-")
        self.path = os.path.join(self.dir.name, "tenants.yaml")
        self.secret = os.path.join(self.dir.name, "salt.secret")
        with open(self.secret, "wb") as f:
            f.write(b"SALTSECRETMARKER-0123456789")

    def write(self, *tenants):
        self.write_text(json.dumps({"tenants": tenants}, indent=1))

    def write_text(self, text):
        with open(self.path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(self.path + ".new", self.path)

    def section(self, **more):
        return {"file": self.path, "check_interval": "100ms", **more}


def one(name, *keys, models="*", **more):
    return {"name": name, "keys": [digest(k) for k in keys],
            "models": models, **more}


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def x_api_key(key):
    return {"x-api-key": key}


def ask(g, key, text="hello", headers=None, **more):
    return g.post(PATH, books.chat(text, **more),
                  headers=headers or bearer(key))


def until_status(g, key, status):
    """Asks until the answer has this status."""
    return harness.wait_until(
        lambda: ask(g, key).status == status, 10, f"a {status}")
