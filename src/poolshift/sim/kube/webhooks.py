"""Admission webhooks: which requests they are asked about, and what their trouble does to those.

The simulator calls nobody: a webhook lets everything pass until a fault gives it trouble. Then
every request that its rules and selectors match gets what the trouble is. Not asked about are the
writes that kubelets and the scheduler make past the API, and the webhooks' own configurations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from poolshift.core.kube import LabelSelector
from poolshift.semantics.selectors import matches
from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import Object, labels_of
from poolshift.sim.kube.resources import (
    ENDPOINTS,
    MUTATING_WEBHOOKS,
    NAMESPACES,
    SERVED,
    SERVICES,
    VALIDATING_WEBHOOKS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.kinds import Kind
    from poolshift.sim.kube.store import Store

# In the order in which the server asks them.
_CONFIGURATIONS = (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS)
_DRY = ("None", "NoneOnDryRun")
# What a webhook in trouble answers to a request; None where it answers well.
Trouble = Callable[[Object], "ApiError | None"]


class Asked(NamedTuple):
    """A request as webhooks see it.

    Attributes:
        operation: CREATE, UPDATE or DELETE.
        kind: of the object that the path names.
        namespace: where it is; empty for cluster scope.
        new: the object as it would be; None for a deletion.
        old: the object as it is; None for a creation.
        sub: the subresource.
        dry_run: whether nothing is to come of it.
    """

    operation: str
    kind: Kind
    namespace: str
    new: Object | None
    old: Object | None = None
    sub: str = ""
    dry_run: bool = False


class Webhooks:
    """The webhooks of a cluster.

    Attributes:
        troubles: by the name of a configuration, what its webhooks answer instead of yes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.troubles: dict[str, Trouble] = {}

    def ask(self, asked: Asked) -> None:
        """Let a request pass, or raise what the first webhook in its way makes of it."""
        if not self.troubles or asked.kind in _CONFIGURATIONS:
            return
        for hook, trouble in self._troubled():
            if not (_covers(hook, asked) and self._selects(hook, asked)):
                continue
            if asked.dry_run and hook.get("sideEffects") not in _DRY:
                name = hook["name"]
                raise errors.bad_request(f'admission webhook "{name}" does not support dry run')
            if (refused := trouble(hook)) is not None:
                raise refused

    def _troubled(self) -> Iterator[tuple[Object, Trouble]]:
        for kind in _CONFIGURATIONS:
            for configuration in self._store.all(kind):
                trouble = self.troubles.get(configuration["metadata"]["name"])
                for hook in configuration.get("webhooks") or () if trouble else ():
                    if trouble is not None:
                        yield hook, trouble

    def _selects(self, hook: Object, asked: Asked) -> bool:
        """Whether the labels of the namespace, and of either version, are those wanted."""
        home = self._home(asked)
        if home is not None and not _meant(hook.get("namespaceSelector"), home):
            return False
        versions = [obj for obj in (asked.new, asked.old) if obj is not None]
        return any(_meant(hook.get("objectSelector"), obj) for obj in versions)

    def _home(self, asked: Asked) -> Object | None:
        """The namespace that is looked at: a namespace's own labels count for itself."""
        if asked.kind is NAMESPACES:
            return asked.new or asked.old
        return self._store.find(NAMESPACES, "", asked.namespace) if asked.namespace else None


def _meant(selector: Object | None, obj: Object) -> bool:
    return not selector or matches(msgspec.convert(selector, LabelSelector), labels_of(obj))


def _covers(hook: Object, asked: Asked) -> bool:
    """Whether a rule names the request; by default also in another version of the same kind."""
    kinds = [asked.kind]
    if hook.get("matchPolicy", "Equivalent") == "Equivalent":
        kinds = [k for k in SERVED if (k.plural, k.kind) == (asked.kind.plural, asked.kind.kind)]
    rules = hook.get("rules") or ()
    return any(_names(rule, kind, asked) for rule in rules for kind in kinds)


def _names(rule: Object, kind: Kind, asked: Asked) -> bool:
    scope = rule.get("scope", "*")
    inside = "Namespaced" if asked.kind.namespaced else "Cluster"
    return (
        _any(rule, "operations", asked.operation)
        and _any(rule, "apiGroups", kind.group)
        and _any(rule, "apiVersions", kind.version)
        and scope in ("*", inside)
        and any(_resource(text, kind.plural, asked.sub) for text in rule.get("resources") or ())
    )


def _any(rule: Object, field: str, wanted: str) -> bool:
    stated = rule.get(field) or ()
    return "*" in stated or wanted in stated


def _resource(text: str, plural: str, sub: str) -> bool:
    """`pods`, `pods/eviction`, `pods/*`, `*`, `*/scale`, `*/*`."""
    resource, slash, under = text.partition("/")
    if resource not in ("*", plural):
        return False
    return under in ("*", sub) if slash else not sub


def denied(hook: Object, why: str) -> ApiError:
    """The answer when a webhook says no."""
    message = f'admission webhook "{hook["name"]}" denied the request: {why}'
    return errors.failure(403, "Forbidden", message)


def unanswered(store: Store, hook: Object) -> ApiError | None:
    """The answer when a webhook cannot be called; None where its policy is to go on then."""
    if hook.get("failurePolicy", "Fail") == "Ignore":
        return None
    address, why = _called(store, hook)
    failed = (
        f'failed calling webhook "{hook["name"]}": failed to call webhook: Post "{address}": {why}'
    )
    message = f"Internal error occurred: {failed}"
    return errors.failure(500, "InternalError", message, {"causes": [{"message": failed}]})


def _called(store: Store, hook: Object) -> tuple[str, str]:
    """The address that the server calls, and what comes of it."""
    client, timeout = hook.get("clientConfig") or {}, hook.get("timeoutSeconds", 10)
    late = "context deadline exceeded"
    service = client.get("service")
    if not service:
        return f"{client.get('url', '')}?timeout={timeout}s", late
    name, namespace = service.get("name", ""), service.get("namespace", "")
    path = "/" + str(service.get("path", "")).lstrip("/")
    address = f"https://{name}.{namespace}.svc:{service.get('port', 443)}{path}?timeout={timeout}s"
    return address, missing(store, namespace, name) or late


def missing(store: Store, namespace: str, name: str) -> str:
    """What a service lacks to be called; empty when it lacks nothing."""
    if store.find(SERVICES, namespace, name) is None:
        return f'service "{name}" not found'
    found = store.find(ENDPOINTS, namespace, name)
    if found is not None and any(s.get("addresses") for s in found.get("subsets") or ()):
        return ""
    return f'no endpoints available for service "{name}"'
