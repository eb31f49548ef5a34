"""Debian's docker-registry, run on loopback for a test, and filled over HTTP."""

from __future__ import annotations

import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from tests.adapters.registry.shop import digest_of
from tests.adapters.registry.tokens import ISSUER, SERVICE, TokenService

from poolshift.sim.images import Layer, SimImage, SimPlatform
from poolshift.sim.registry.content import Content, served

PROGRAM = shutil.which("docker-registry")
needs_registry = pytest.mark.skipif(
    PROGRAM is None, reason="docker-registry is not installed (apt-get install docker-registry)"
)
START_LIMIT_S = 30.0
USER, PASSWORD = "me", "hunter2"
# bcrypt of the password, the only form that the registry reads.
_HASH = "$2b$04$XpRTvlZR1ECmp2NLqMZwde8tewN2CgK3SQgSKuaNsGdKn6lHtHWHi"
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


class RealRegistry(msgspec.Struct, frozen=True):
    """A running registry; `host` is its address, `storage` where its files lie."""

    host: str
    storage: Path
    login: tuple[str, str] | None = None
    tokens: TokenService | None = None

    def client(self, name: str = "") -> httpx.Client:
        """A client that may push to a repository."""
        headers = {}
        if self.tokens is not None:
            token = self.tokens.token(f"repository:{name}:pull,push", granted=True)
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(
            base_url=f"http://{self.host}",
            auth=self.login,
            headers=headers,
            trust_env=False,
            verify=False,
        )

    def push_blob(self, name: str, data: bytes) -> str:
        """Upload content; its digest."""
        digest = digest_of(data)
        with self.client(name) as client:
            begun = client.post(f"/v2/{name}/blobs/uploads/")
            begun.raise_for_status()
            address = httpx.URL(begun.headers["location"]).copy_merge_params({"digest": digest})
            kind = {"Content-Type": "application/octet-stream"}
            client.put(address, content=data, headers=kind).raise_for_status()
        return digest

    def push_manifest(self, name: str, data: bytes, media_type: str, tag: str = "") -> str:
        """Upload a manifest or an index; its digest."""
        digest = digest_of(data)
        with self.client(name) as client:
            answer = client.put(
                f"/v2/{name}/manifests/{tag or digest}",
                content=data,
                headers={"Content-Type": media_type},
            )
            assert answer.status_code == 201, answer.text
            assert answer.headers["docker-content-digest"] == digest
        return digest

    def push(self, name: str, tag: str, *platforms: SimPlatform, single: bool = False) -> SimImage:
        """Push an image as the simulator serves it."""
        image = SimImage(f"{self.host}/{name}:{tag}", platforms, single=single)
        found = served(image)
        for config in found.configs:
            self.push_blob(name, config.data)
        for manifest in found.manifests:
            self._put(name, manifest)
        self._put(name, found.root, tag)
        return image

    def _put(self, name: str, content: Content, tag: str = "") -> None:
        self.push_manifest(name, content.data, content.media_type, tag)

    def layer(self, name: str, text: str) -> Layer:
        """A layer that really lies in the registry."""
        data = text.encode()
        return Layer(self.push_blob(name, data), len(data))


@contextmanager
def real_registry(
    folder: Path, *, guarded: bool = False, tokens: TokenService | None = None
) -> Iterator[RealRegistry]:
    """Run the registry until the end of the block.

    `guarded` has it ask for user and password, `tokens` for tokens of that service.
    """
    assert PROGRAM is not None
    storage = folder / "storage"
    lines = [
        "version: 0.1",
        "log: {level: info}",
        f"storage: {{filesystem: {{rootdirectory: {storage}}}}}",
        "http: {addr: '127.0.0.1:0'}",
    ]
    if guarded:
        users = folder / "htpasswd"
        users.write_text(f"{USER}:{_HASH}\n")
        lines.append(f"auth: {{htpasswd: {{realm: test, path: {users}}}}}")
    if tokens is not None:
        trusted = tokens.bundle(folder)
        lines.append(
            f"auth: {{token: {{realm: '{tokens.realm}', service: {SERVICE}, issuer: {ISSUER}, "
            f"rootcertbundle: {trusted}}}}}"
        )
    config = folder / "config.yml"
    config.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [PROGRAM, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    heard: queue.Queue[str] = queue.Queue()
    reading = threading.Thread(target=_follow, args=(process, heard))
    reading.start()
    try:
        login = (USER, PASSWORD) if guarded else None
        yield RealRegistry(_address(heard), storage, login, tokens)
    finally:
        process.terminate()
        process.wait(START_LIMIT_S)
        reading.join(START_LIMIT_S)
        if process.stderr is not None:
            process.stderr.close()


def _follow(process: subprocess.Popen[bytes], heard: queue.Queue[str]) -> None:
    """Read what it writes, so that it never waits for a reader; an empty line is its end."""
    for line in process.stderr or ():
        heard.put(line.decode("utf-8", "replace"))
    heard.put("")


def _address(heard: queue.Queue[str]) -> str:
    told = ""
    while line := heard.get(timeout=START_LIMIT_S):
        told += line
        found = _LISTENING.search(line)
        if found:
            return found[1]
    raise AssertionError(f"docker-registry ended at once: {told}")
