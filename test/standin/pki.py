# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates through the openssl command line."""

import ssl
import subprocess

SERVER_NAMES = ("DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc",
                "DNS:kubernetes.default.svc.cluster.local", "IP:127.0.0.1", "IP:10.96.0.1")
DAYS = "3650"


def _openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more).stdout


class Authority:
    """A CA in a directory; what exists there already is used again."""

    def __init__(self, directory, name="redis-election-test-ca"):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = directory / "ca.crt", self.private_key("ca")
        if not self.certificate.exists():
            _openssl("req", "-x509", "-new", "-key", self.key, "-subj", f"/CN={name}", "-days", DAYS,
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature", "-out", self.certificate)

    def private_key(self, name):
        path = self.directory / f"{name}.key"
        if not path.exists():
            _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        return path

    def public_key(self, name):
        path = self.directory / f"{name}.pub"
        if not path.exists():
            _openssl("ec", "-in", self.private_key(name), "-pubout", "-out", path)
        return path

    def server(self, name):
        return self._issue(name, f"/CN={name}", "serverAuth", "subjectAltName=" + ",".join(SERVER_NAMES))

    def client(self, name, user, group=""):
        return self._issue(name, (f"/O={group}" if group else "") + f"/CN={user}", "clientAuth")

    def _issue(self, name, subject, usage, *extensions):
        """(certificate, key)"""
        path, key = self.directory / f"{name}.crt", self.private_key(name)
        if not path.exists():
            wanted = self.directory / f"{name}.ext"
            wanted.write_text("\n".join(("basicConstraints=CA:FALSE", "keyUsage=digitalSignature,keyEncipherment",
                                         f"extendedKeyUsage={usage}", *extensions)) + "\n")
            request = _openssl("req", "-new", "-key", key, "-subj", subject)
            _openssl("x509", "-req", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", DAYS,
                     "-extfile", wanted, "-out", path, input=request)
        return path, key

    def server_context(self, name):
        """TLS for a listener that also takes client certificates of this CA."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_cert_chain(*self.server(name))
        context.set_alpn_protocols(["http/1.1"])
        return context
