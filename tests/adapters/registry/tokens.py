"""A token service on loopback, whose tokens Debian's docker-registry verifies."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

ISSUER, SERVICE = "test-issuer", "test-registry"
LIFETIME_S = 300


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class TokenService:
    """Signs tokens; `asked` holds the scope and the Authorization header of every request.

    `open_to_all` says whether a token grants anything to who has no login.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.open_to_all = True
        self.realm = ""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )

    def bundle(self, folder: Path) -> Path:
        """The certificate that the registry trusts, as a file."""
        path = folder / "tokens.pem"
        path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def token(self, scope: str, *, granted: bool) -> str:
        """A signed token for a scope; without the right it grants nothing."""
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        access = [{"type": kind, "name": name, "actions": actions.split(",")}] if granted else []
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": ISSUER,
            "sub": "",
            "aud": SERVICE,
            "exp": now + LIFETIME_S,
            "nbf": now - 10,
            "iat": now,
            "jti": str(len(self.asked)),
            "access": access,
        }
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64url(signature)}"

    def answer(self, path: str, authorization: str) -> bytes:
        """What a request for a token gets."""
        scope = parse_qs(urlsplit(path).query).get("scope", [""])[0]
        self.asked.append((scope, authorization))
        token = self.token(scope, granted=self.open_to_all or bool(authorization))
        return json.dumps({"token": token, "expires_in": LIFETIME_S}).encode()


@contextmanager
def token_service() -> Iterator[TokenService]:
    """Run a token service until the end of the block."""
    service = TokenService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = service.answer(self.path, self.headers.get("authorization", ""))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    service.realm = f"http://127.0.0.1:{server.server_address[1]}/token"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
