"""What registries served, on disk by digest: content that a digest names never changes.

Two kinds of entries, one file each:

* manifests and indexes, byte by byte as served. Reading verifies them against their digest.
* config blobs, reduced to what `facts.Config` holds. A whole config may hold passwords in its
  environment and history, so it is never written; a checksum of our own guards what is.

Which digest a tag stands for is never kept, and neither is anything of a credential. Several
processes may use one folder: entries are written aside and renamed. Where the folder cannot be
used, reading goes on without it, and `trouble` says why.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import msgspec
import platformdirs

from poolshift.adapters.registry.facts import Config
from poolshift.adapters.registry.reference import is_digest

MOST_BYTES = 64 * 1024 * 1024
"""Some ten thousand images; past it the entries that were not used for longest go."""

_KEPT_SHARE = 0.8
_CHECKSUM_LENGTH = 64


def default_folder() -> Path:
    """Where a user's cache lies: under XDG_CACHE_HOME, or as the platform has it."""
    return Path(platformdirs.user_cache_dir("poolshift")) / "registry"


def verifies(digest: str, data: bytes) -> bool:
    """Whether content is what a digest names."""
    algorithm, _, expected = digest.partition(":")
    return is_digest(digest) and hashlib.new(algorithm, data).hexdigest() == expected


class DiskCache:
    """Manifests and reduced configs by digest.

    Args:
        folder: where they lie; made when the first entry is written.
        most_bytes: bound of all entries together.

    Attributes:
        trouble: why the folder cannot be used, empty while it can.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._held_bytes: int | None = None
        self.trouble = ""

    def manifest(self, digest: str) -> bytes | None:
        """A manifest or an index; None when it is not held."""
        path = self._path("manifest", digest)
        data = self._read(path)
        if data is None or verifies(digest, data):
            return data
        self._drop(path)
        return None

    def keep_manifest(self, digest: str, data: bytes) -> None:
        """Keep content that has been verified."""
        self._write(self._path("manifest", digest), data)

    def config(self, digest: str) -> Config | None:
        """A reduced config; None when it is not held."""
        path = self._path("config", digest)
        data = self._read(path)
        if data is None:
            return None
        checksum, body = data[:_CHECKSUM_LENGTH], data[_CHECKSUM_LENGTH:]
        if checksum.decode("ascii", "replace") == hashlib.sha256(body).hexdigest():
            with contextlib.suppress(msgspec.DecodeError):
                return msgspec.json.decode(body, type=Config)
        self._drop(path)
        return None

    def keep_config(self, digest: str, config: Config) -> None:
        """Keep what was read of a config that has been verified."""
        body = msgspec.json.encode(config)
        checksum = hashlib.sha256(body).hexdigest().encode()
        self._write(self._path("config", digest), checksum + body)

    def _path(self, kind: str, digest: str) -> Path:
        return self._folder / f"{kind}-{digest.replace(':', '-')}"

    def _read(self, path: Path) -> bytes | None:
        if self.trouble:
            return None
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._give_up(error)
            return None
        # The time of the last use decides what goes first.
        with contextlib.suppress(OSError):
            os.utime(path)
        return data

    def _write(self, path: Path, data: bytes) -> None:
        if self.trouble:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._replace(path, data)
            self._make_room(len(data))
        except OSError as error:
            self._give_up(error)

    def _replace(self, path: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def _make_room(self, added: int) -> None:
        """Evict down to a share of the bound; others may write and evict meanwhile."""
        if self._held_bytes is None:
            self._held_bytes = sum(size for _, size, _ in self._entries())
        else:
            self._held_bytes += added
        if self._held_bytes <= self._most_bytes:
            return
        entries = sorted(self._entries())
        held = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if held <= self._most_bytes * _KEPT_SHARE:
                break
            self._drop(path)
            held -= size
        self._held_bytes = held

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Last use, size and path of every file, what crashed writers left included."""
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    told = entry.stat()
                    found.append((told.st_mtime, told.st_size, Path(entry.path)))
        return found

    def _drop(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()

    def _give_up(self, error: OSError) -> None:
        self.trouble = f"the cache {self._folder} cannot be used: {error.strerror or error}"
