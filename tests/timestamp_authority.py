"""A real time-stamp authority on this machine: `openssl ts`, with a root and a certificate made for one test run.

`Authority.answer` takes a request to a response; `serving` puts it behind a small HTTP server that counts requests and
can be told to fail. Left out: checking tokens, which `openssl ts -verify` and the code under test do.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from datadeed_ledger.timestamp_token import timestamp_request

_SETTINGS = """
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[authority]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[stamps]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
certs = {folder}/root.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*arguments: object, given: bytes = b"") -> bytes:
    """What `openssl` with these arguments writes. Raises CalledProcessError."""
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, input=given, check=True, capture_output=True, timeout=30).stdout


@dataclass
class Authority:
    """One authority with its own root. answer_instead: sent once in place of a token, status first.

    changes_nonces: it answers as if it had been asked with another nonce.
    """

    folder: Path
    asked: int = 0
    answer_instead: list[tuple[int, bytes]] = field(default_factory=list)
    changes_nonces: bool = False

    @classmethod
    def found(cls, folder: Path, name: str = "Test Authority") -> Authority:
        """Make the keys and certificates. The test skips where there is no `openssl`."""
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        folder.mkdir()
        settings = folder / "openssl.cnf"
        settings.write_text(_SETTINGS.format(folder=folder))
        (folder / "serial").write_text("01\n")
        for key in ("root.key", "authority.key"):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder / key)
        subject = f"/C=CN/O=Example/CN={name}"
        root = ("-x509", "-key", folder / "root.key", "-subj", subject + " Root", "-days", "2", "-extensions", "root")
        openssl("req", "-new", *root, "-config", settings, "-out", folder / "root.pem")
        wanted = ("-key", folder / "authority.key", "-subj", subject, "-config", settings)
        openssl("req", "-new", *wanted, "-out", folder / "authority.csr")
        by = ("-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-set_serial", "2", "-days", "2")
        extensions = ("-extfile", settings, "-extensions", "authority")
        made = ("-in", folder / "authority.csr", "-out", folder / "authority.pem")
        openssl("x509", "-req", *made, *by, *extensions)
        return cls(folder)

    @property
    def root(self) -> Path:
        """The certificate that a court would trust."""
        return self.folder / "root.pem"

    def answer(self, request: bytes) -> bytes:
        """The response to a time-stamp request."""
        (self.folder / "request.tsq").write_bytes(request)
        files = ("-queryfile", self.folder / "request.tsq", "-out", self.folder / "response.tsr")
        openssl("ts", "-reply", "-config", self.folder / "openssl.cnf", "-section", "stamps", *files)
        return (self.folder / "response.tsr").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """The response to a request over these bytes."""
        return self.answer(timestamp_request(data, 2**63 + 12345))

    def accepts(self, data: bytes, response: bytes) -> bool:
        """Whether `openssl ts -verify` accepts the response over these bytes, under this root."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "checked.tsr").write_bytes(response)
        files = ("-data", self.folder / "data", "-in", self.folder / "checked.tsr", "-CAfile", self.root)
        command = ["openssl", "ts", "-verify", *map(str, files)]
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """The URL at which the authority answers over HTTP, one request at a time."""
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["content-length"]))
            with turn:
                authority.asked += 1
                if authority.changes_nonces:  # the nonce ends before the three bytes that ask for certificates
                    request = request[:-4] + bytes((request[-4] ^ 1,)) + request[-3:]
                instead = authority.answer_instead.pop(0) if authority.answer_instead else None
                status, body = instead or (200, authority.answer(request))
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
