"""Lists: consistent over their pages, and honest when a position is too old."""

from __future__ import annotations

import base64
import binascii
import bisect
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import Key, Object, key_of
from poolshift.sim.kube.resources import PODS, Kind

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.selection import Selection

# Lists that are being paged through at the same time; the oldest expires first.
_SNAPSHOTS = 32
# Digits of the largest version that there can be.
_LONGEST_VERSION = 19

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


class Page(msgspec.Struct, frozen=True):
    """Objects of one page, the list's version, and how to go on."""

    items: list[Object]
    version: int
    token: str = ""
    remaining: int | None = None

    def metadata(self) -> Object:
        """The list's metadata."""
        found: Object = {"resourceVersion": str(self.version)}
        if self.token:
            found["continue"] = self.token
            if self.remaining is not None:
                found["remainingItemCount"] = self.remaining
        return found

    def body(self, kind: Kind) -> Object:
        """The list object; its items leave out what the list already says."""
        return {
            "kind": f"{kind.kind}List",
            "apiVersion": kind.api_version,
            "metadata": self.metadata(),
            "items": [bare(obj) for obj in self.items],
        }


def bare(obj: Object) -> Object:
    """An object without kind and apiVersion."""
    return {k: v for k, v in obj.items() if k not in ("kind", "apiVersion")}


class _Slot(NamedTuple):
    """A list that is being paged through."""

    plural: str
    selection: str
    version: int


class Pager:
    """Pages of lists; a list's remainder is kept as it was when its first page was read."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._kept: OrderedDict[_Slot, list[Object]] = OrderedDict()

    def page(
        self,
        kind: Kind,
        selection: Selection,
        *,
        limit: int = 0,
        token: str = "",
        version: str = "",
        exact: bool = False,
    ) -> Page:
        """One page.

        Args:
            kind: what is listed.
            selection: which of them.
            limit: most objects of the page, 0 for all; version "0" ignores it, as the server does.
            token: where to go on.
            version: the resource version asked for, empty for the newest.
            exact: whether that very version is wanted.
        """
        if token:
            return self._next(kind, selection, limit, token)
        asked = self._checked(version)
        if exact and 0 < asked < self._ctx.store.rv:
            items = self._past(kind, selection, asked)
        else:
            # What is written for its readers alone raises the version while it is read.
            items, asked = self._read(kind, selection), self._ctx.store.rv
        if version == "0":
            limit = 0
        slot = _Slot(kind.plural, selection.text, asked)
        return self._cut(slot, selection, items, 0, limit)

    def _past(self, kind: Kind, selection: Selection, version: int) -> list[Object]:
        """The objects meant as they were; 410 when nobody remembers."""
        found = self._ctx.store.at(kind, version)
        if found is None:
            message = "The resourceVersion for the provided list is too old."
            raise errors.failure(410, "Expired", message)
        return [obj for obj in found if selection.matches(obj)]

    def _checked(self, version: str) -> int:
        """The version asked for as a number, 0 for none."""
        if not version:
            return 0
        if not (version.isascii() and version.isdigit()) or len(version) > _LONGEST_VERSION:
            message = f'resourceVersion: Invalid value: "{version}": must be a number'
            raise errors.bad_request(message)
        asked, current = int(version), self._ctx.store.rv
        if asked > current:
            raise _too_large(asked, current)
        return asked

    def _read(self, kind: Kind, selection: Selection) -> list[Object]:
        """The objects meant, by the narrowest index there is."""
        store = self._ctx.store
        items: list[Object]
        name = selection.wanted("metadata.name")
        node = selection.wanted("spec.nodeName") if kind is PODS else None
        if name is not None and (selection.namespace or not kind.namespaced):
            found = store.find(kind, selection.namespace, name)
            items = [found] if found is not None else []
        elif node:
            items = sorted(self._ctx.pods.on_node(node), key=key_of)
        else:
            items = list(store.all(kind, selection.namespace))
        return [obj for obj in items if selection.matches(obj)] if selection.filters else items

    def _cut(
        self, slot: _Slot, selection: Selection, items: list[Object], at: int, limit: int
    ) -> Page:
        """The page that starts at an index; the whole list is kept while there is a rest."""
        end = at + limit
        if limit <= 0 or end >= len(items):
            return Page(items[at:] if at else items, slot.version)
        self._kept.setdefault(slot, items)
        self._kept.move_to_end(slot)
        while len(self._kept) > _SNAPSHOTS:
            self._kept.popitem(last=False)
        token = _token(slot.version, key_of(items[end - 1]), selection.namespace)
        remaining = None if selection.filters else len(items) - end
        return Page(items[at:end], slot.version, token, remaining)

    def _next(self, kind: Kind, selection: Selection, limit: int, token: str) -> Page:
        version, start = _parse(token, selection.namespace)
        if version == -1:
            items: list[Object] | None = self._read(kind, selection)
            version = self._ctx.store.rv
        else:
            items = self._kept.get(_Slot(kind.plural, selection.text, version))
        if items is None:
            raise _expired(_token(-1, start, selection.namespace))
        at = bisect.bisect_right(items, start, key=key_of)
        return self._cut(_Slot(kind.plural, selection.text, version), selection, items, at, limit)


def _too_large(asked: int, current: int) -> ApiError:
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return errors.failure(504, "Timeout", message, details, retry_after_s=1.0)


def _expired(token: str) -> ApiError:
    return errors.failure(410, "Expired", _TOO_OLD, {"continue": token})


def _token(version: int, last: Key, namespace: str) -> str:
    """Where to go on, as the server encodes it: the key after the last one, under the prefix."""
    name = last[1] if namespace or not last[0] else f"{last[0]}/{last[1]}"
    text = msgspec.json.encode({"v": "meta.k8s.io/v1", "rv": version, "start": f"{name}\0"})
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _begun_wrong(token: str) -> str:
    """What Go says of a token that decodes to no JSON."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return ": illegal base64 data at input byte 0"
    if not raw or raw[:1] == b"{":
        return ""
    shown = chr(raw[0]) if 32 <= raw[0] < 127 else f"\\x{raw[0]:02x}"
    return f": invalid character '{shown}' looking for beginning of value"


def _parse(token: str, namespace: str) -> tuple[int, Key]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        said: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
        start = str(said["start"]).rstrip("\0")
        version = int(said["rv"])
    except (
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
        msgspec.MsgspecError,
        binascii.Error,
    ) as cause:
        message = "invalid continue token: continue key is not valid"
        raise errors.bad_request(message + _begun_wrong(token)) from cause
    if namespace:
        return version, (namespace, start)
    head, slash, name = start.partition("/")
    return version, ((head, name) if slash else ("", head))
