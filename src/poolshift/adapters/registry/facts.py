"""What manifests, indexes and config blobs say, read apart without I/O.

A registry may answer anything. What has another shape than these documents is an ApiError; what
is kept of their texts is kept only where it has the form that it must have.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from poolshift.adapters.registry.reference import is_digest, parse_reference
from poolshift.core.errors import ApiError, InvalidError
from poolshift.core.image import (
    BASE_DIGEST,
    BASE_NAME,
    INDEX_TYPES,
    MANIFEST_TYPES,
    SCHEMA_1_TYPES,
    ImageLayer,
    Platform,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# Entries beside the platforms (attestations, signatures) call themselves so.
_NO_PLATFORM = "unknown"
_CREATED = "org.opencontainers.image.created"
# Runtimes stop at 127 and at far smaller layers; what lies beyond these is no image.
_MOST_LAYERS = 1000
_IMPOSSIBLE_SIZE = 2**50
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[\w.+-]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

T = TypeVar("T")


class _Wire(msgspec.Struct, frozen=True, rename="camel"):
    """A part of a document as it is served."""


class EntryPlatform(_Wire, frozen=True):
    """What an index says of a platform."""

    os: str = ""
    architecture: str = ""
    os_version: str = msgspec.field(default="", name="os.version")


class Descriptor(_Wire, frozen=True):
    """Names content by digest; `size` is its length in bytes."""

    digest: str
    media_type: str = ""
    size: int = 0
    platform: EntryPlatform | None = None
    annotations: dict[str, str] | None = None
    artifact_type: str = ""


class _FsLayer(_Wire, frozen=True):
    blob_sum: str


class _History(_Wire, frozen=True):
    v1_compatibility: str = msgspec.field(default="", name="v1Compatibility")


class _Signature(_Wire, frozen=True):
    protected: str = ""


class Document(_Wire, frozen=True):
    """An index, a manifest, or a manifest of the first schema: they share a few keys."""

    schema_version: int = 0
    media_type: str = ""
    manifests: tuple[Descriptor, ...] | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] | None = None
    annotations: dict[str, str] | None = None
    architecture: str = ""
    fs_layers: tuple[_FsLayer, ...] | None = None
    history: tuple[_History, ...] = ()
    signatures: tuple[_Signature, ...] = ()

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests."""
        return self.manifests is not None

    @property
    def is_schema_1(self) -> bool:
        """Whether it is a manifest of the first schema."""
        return self.schema_version == 1


class _ConfigWire(_Wire, frozen=True):
    """Of a config blob only what is wanted: environment, commands and history are not decoded."""

    class Inner(msgspec.Struct, frozen=True):
        """The part that holds labels."""

        labels: dict[str, str] | None = msgspec.field(default=None, name="Labels")

    os: str = ""
    architecture: str = ""
    os_version: str = msgspec.field(default="", name="os.version")
    created: str | None = None
    config: Inner | None = None


class Config(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a config blob, cleaned."""

    os: str = ""
    architecture: str = ""
    os_version: str = ""
    created: str = ""
    base_name: str = ""
    base_digest: str = ""


class _Jws(_Wire, frozen=True):
    """How the signed bytes of a schema 1 manifest are put together again."""

    format_length: int
    format_tail: str


def read_document(data: bytes, what: str, content_type: str) -> Document:
    """A manifest or an index.

    Raises:
        ApiError: it is neither, or claims to be both.
    """
    document = _decoded(data, Document, what, content_type)
    kinds = (
        document.manifests is not None,
        document.layers is not None or document.config is not None,
        document.fs_layers is not None,
    )
    if sum(kinds) != 1 or (document.is_schema_1 is not kinds[2]):
        raise garbage(what, "it is no manifest and no index", content_type)
    named = [*(document.manifests or ()), *(document.layers or ())]
    named += [document.config] if document.config else []
    if len(document.layers or ()) > _MOST_LAYERS:
        raise garbage(what, f"it has more than {_MOST_LAYERS} layers", content_type)
    if not all(is_digest(d.digest) and 0 <= d.size < _IMPOSSIBLE_SIZE for d in named):
        raise garbage(what, "it names content without a sound digest and size", content_type)
    return document


def read_config(data: bytes, what: str) -> Config:
    """A config blob, reduced; ApiError when it is none."""
    told = _decoded(data, _ConfigWire, what, "")
    labels = (told.config.labels if told.config else None) or {}
    return _config(told, labels)


def _config(told: _ConfigWire, labels: Mapping[str, str]) -> Config:
    name, digest = _stated_base(labels)
    return Config(
        os=_word(told.os),
        architecture=_word(told.architecture),
        os_version=_word(told.os_version),
        created=_day(told.created or ""),
        base_name=name,
        base_digest=digest,
    )


def media_type_of(document: Document, content_type: str) -> str:
    """Its media type: what it says itself, else what the header says, else what it looks like."""
    if document.is_schema_1:
        return SCHEMA_1_TYPES[0 if document.signatures else 1]
    fitting = INDEX_TYPES if document.is_index else MANIFEST_TYPES
    stated = (document.media_type, content_type.partition(";")[0].strip())
    return next((s for s in stated if s in fitting), fitting[0])


def digest_of(data: bytes) -> str:
    """The digest of content."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def signed_part(document: Document, data: bytes) -> bytes:
    """The bytes that the digest of a signed schema 1 manifest is of; else the data themselves."""
    if not document.signatures:
        return data
    try:
        jws = msgspec.json.decode(_unpadded(document.signatures[0].protected), type=_Jws)
        return data[: jws.format_length] + _unpadded(jws.format_tail)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return data


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_platform(entry: Descriptor) -> bool:
    """Whether an entry of an index is an image that a node could choose."""
    told = entry.platform
    if entry.artifact_type or (entry.annotations or {}).get("vnd.docker.reference.type"):
        return False
    return told is None or told.os != _NO_PLATFORM


def is_told(told: EntryPlatform) -> bool:
    """Whether an index says all of a platform that decides where it runs."""
    return bool(told.os) and (told.os != "windows" or bool(told.os_version))


def platform_of(
    entry: Descriptor | None,
    digest: str,
    media_type: str,
    manifest: Document | None,
    config: Config,
) -> Platform:
    """One platform by all that was read of it.

    `entry` is what an index says of it, None for a manifest that stands alone; `manifest` is None
    and `config` empty where they were not read.
    """
    told = (entry.platform if entry else None) or EntryPlatform()
    notes = dict((manifest.annotations if manifest else None) or {})
    notes |= (entry.annotations if entry else None) or {}
    name, base_digest = _stated_base(notes)
    layers = _layers(manifest)
    system, version = _word(told.os) or config.os, _word(told.os_version)
    return Platform(
        os=system,
        architecture=_word(told.architecture) or config.architecture or "amd64",
        os_version=version or config.os_version,
        digest=digest,
        size_bytes=sum(layer.size_bytes for layer in layers),
        hidden=entry is not None and system == "windows" and not version,
        media_type=media_type if _MEDIA_TYPE.fullmatch(media_type) else "",
        created=config.created or _day(notes.get(_CREATED, "")),
        layers=layers,
        base_name=name or config.base_name,
        base_digest=base_digest or config.base_digest,
    )


def schema_1_platform(document: Document, digest: str, media_type: str, what: str) -> Platform:
    """The platform of a schema 1 manifest, which says no sizes and lists the top layer first."""
    newest = document.history[0].v1_compatibility if document.history else "{}"
    config = read_config(newest.encode(), what)
    layers = [ImageLayer(f.blob_sum, 0) for f in document.fs_layers or () if is_digest(f.blob_sum)]
    return Platform(
        os=config.os,
        architecture=config.architecture or _word(document.architecture) or "amd64",
        os_version=config.os_version,
        digest=digest,
        media_type=media_type,
        created=config.created,
        layers=tuple(reversed(layers)),
        base_name=config.base_name,
        base_digest=config.base_digest,
    )


def _layers(manifest: Document | None) -> tuple[ImageLayer, ...]:
    """Layers with their sizes; those that are fetched from elsewhere are pulled as well."""
    listed = (manifest.layers if manifest else None) or ()
    return tuple(ImageLayer(layer.digest, layer.size) for layer in listed)


def _stated_base(notes: Mapping[str, str]) -> tuple[str, str]:
    """Name and digest of the base as annotations or labels state them, each if it has the form."""
    name, digest = notes.get(BASE_NAME, ""), notes.get(BASE_DIGEST, "")
    try:
        parse_reference(name)
    except InvalidError:
        name = ""
    return name, digest if is_digest(digest) else ""


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


def _day(text: str) -> str:
    return text if len(text) <= 40 and _DAY.fullmatch(text) else ""


def _decoded(data: bytes, kind: type[T], what: str, content_type: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise garbage(what, f"it has another shape ({error})", content_type) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise garbage(what, "it is no JSON", content_type) from error


def garbage(what: str, why: str, content_type: str = "") -> ApiError:
    """The error for an answer that is not what was asked for."""
    named = content_type.partition(";")[0].strip()
    kind = f" of type {named}" if _MEDIA_TYPE.fullmatch(named) else ""
    page = ", perhaps the page of a proxy or of a sign-in" if "html" in named else ""
    return ApiError(
        f"the registry's answer{kind} for {what} cannot be read",
        why=f"the registry's answer{kind} cannot be read: {why}{page}",
        fix="Look at what it answers: docker manifest inspect IMAGE",
    )
