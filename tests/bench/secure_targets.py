"""The proxies with TLS 1.3 and HTTP/2 in front: one certificate (ECDSA,
P-256), one cipher, one curve, one thread, the same backend behind."""
import os
import subprocess

from gateway import Warmpath, has
from targets import MAX_CONNECTIONS, Haproxy, Nginx, free_port

CIPHER, CURVE = "TLS_AES_128_GCM_SHA256", "X25519"


def make_certificate(folder):
    """Writes cert.pem, key.pem, and both.pem as HAProxy wants them."""
    cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", cert], check=True, capture_output=True)
    os.chmod(key, 0o600)
    with open(f"{folder}/both.pem", "w", encoding="ascii") as both:
        for path in (cert, key):
            with open(path, encoding="ascii") as f:
                both.write(f.read())
    os.chmod(f"{folder}/both.pem", 0o600)


class Secure:
    """What the three have in common: an address for each protocol."""
    certificates = "."  # the folder

    def free_addresses(self):
        self.addresses = {name: f"127.0.0.1:{free_port()}"
                          for name in ("h1", "h2c", "tls")}
        self.address = self.addresses["h1"]

    def speaks(self, listener):
        return listener in self.addresses


class SecureHaproxy(Secure, Haproxy):
    def command(self):
        self.free_addresses()
        a = self.addresses
        config = self.write("haproxy.cfg", f"""\
global
    nbthread 1
    no strict-limits
    maxconn {MAX_CONNECTIONS}
    ssl-default-bind-ciphersuites {CIPHER}
defaults
    mode http
    {self.options}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend f
    bind {a["h1"]} backlog 4096
    bind {a["h2c"]} backlog 4096 proto h2
    bind {a["tls"]} backlog 4096 ssl crt {self.certificates}/both.pem \
ssl-min-ver TLSv1.3 curves {CURVE} alpn h2,http/1.1
    default_backend b
backend b
    server s {self.backend}
""")
        return ["haproxy", "-db", "-f", config]


class SecureNginx(Secure, Nginx):
    def listeners(self):
        self.free_addresses()
        a = self.addresses
        return f"""
        listen {a["h1"]} backlog=4096;
        listen {a["h2c"]} http2 backlog=4096;
        listen {a["tls"]} ssl http2 backlog=4096;
        http2_max_concurrent_streams 256;
        ssl_certificate {self.certificates}/cert.pem;
        ssl_certificate_key {self.certificates}/key.pem;
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites {CIPHER};
        ssl_ecdh_curve {CURVE};"""


class SecureWarmpath(Secure, Warmpath):
    """What of it is built is in its reference."""

    def config(self):
        config = super().config()
        config["listen"] = [self.addresses["h1"]]
        if self.speaks("tls"):
            config["tls"] = {
                "listen": [self.addresses["tls"]],
                "certificate": f"{self.certificates}/cert.pem",
                "key": f"{self.certificates}/key.pem"}
        return config

    def command(self):
        reference = self.reference()
        self.free_addresses()
        # HTTP/2 is known by its first bytes.
        self.addresses["h2c"] = self.addresses["h1"]
        for key, listener in (("tls", "tls"), ("http2", "h2c")):
            if not has(reference, key):
                del self.addresses[listener]
        return super().command()

    def speaks(self, listener):
        """HTTP/2 over TLS wants both."""
        if listener == "h2":
            return {"tls", "h2c"} <= set(self.addresses)
        return super().speaks(listener)
