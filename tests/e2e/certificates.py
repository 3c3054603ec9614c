"""Certificates that the end-to-end tests make for themselves, by the
`openssl` command: keys on P-256, so that making one takes no time."""
import os
import subprocess

EXTENSIONS = """basicConstraints=critical,CA:%s
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
%s"""


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Certificate:
    """A certificate and its key, as files."""

    def __init__(self, directory, name):
        self.certificate = os.path.join(directory, name + ".crt")
        self.key = os.path.join(directory, name + ".key")

    def replace(self, other):
        """Takes the other's place, as a renewal does: whole files under the
        same names, the certificate first."""
        for mine, theirs in ((self.certificate, other.certificate),
                             (self.key, other.key)):
            with open(theirs, "rb") as f, open(mine + ".new", "wb") as out:
                out.write(f.read())
            os.chmod(mine + ".new", 0o600)
            os.replace(mine + ".new", mine)


    def in_one_file(self):
        """Chain and key, as some want them; written anew."""
        path = self.certificate + ".pem"
        with open(path + ".new", "wb") as out:
            os.chmod(path + ".new", 0o600)
            for part in (self.certificate, self.key):
                with open(part, "rb") as f:
                    out.write(f.read())
        os.replace(path + ".new", path)
        return path


class Authority(Certificate):
    """A CA that signs what it is asked to."""

    def __init__(self, directory, name="ca"):
        super().__init__(directory, name)
        self.directory = directory
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name} of a test", "-keyout", self.key,
                "-out", self.certificate)

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days=1):
        """`names` as a subjectAltName has them; days below 0: expired."""
        made = Certificate(self.directory, name)
        request = os.path.join(self.directory, name + ".csr")
        extensions = os.path.join(self.directory, name + ".ext")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", made.key, "-out", request)
        with open(extensions, "w", encoding="utf-8") as f:
            f.write(EXTENSIONS % ("FALSE", f"subjectAltName={names}\n"))
        openssl("x509", "-req", "-in", request, "-CA", self.certificate,
                "-CAkey", self.key, "-CAcreateserial", "-days", str(days),
                "-extfile", extensions, "-out", made.certificate)
        return made
