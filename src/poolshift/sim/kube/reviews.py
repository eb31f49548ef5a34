"""Answers that store nothing: who one is, what one may, and tokens."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.clock import format_time
from poolshift.sim.images import digest_of
from poolshift.sim.kube import errors
from poolshift.sim.kube.apply import fieldsets
from poolshift.sim.kube.apply.managers import UPDATE, Entry
from poolshift.sim.kube.openapi.forms import formed_as
from poolshift.sim.kube.resources import (
    ACCESS_REVIEWS,
    RULES_REVIEWS,
    SELF_REVIEWS,
    SERVICE_ACCOUNTS,
    Kind,
)

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.world import KubeWorld

_GROUPS = ("system:masters", "system:authenticated")
_AUDIENCE = "https://kubernetes.default.svc.cluster.local"
_TOKEN_S = 3600
_SHORTEST_S, _LONGEST_S = 600, 1 << 32
KINDS_REVIEWED = (ACCESS_REVIEWS, RULES_REVIEWS, SELF_REVIEWS)


def answer(world: KubeWorld, kind: Kind, body: Any, manager: str) -> Object:
    """Answer a review that a client posts."""
    spec = body.get("spec") or {} if isinstance(body, dict) else {}
    head: Object = {"kind": kind.kind, "apiVersion": kind.api_version}
    if kind is SELF_REVIEWS:
        user = {"username": world.api.user, "uid": "1", "groups": list(_GROUPS)}
        return {
            **head,
            "metadata": {"creationTimestamp": world.ctx.now()},
            "status": {"userInfo": user},
        }
    if kind is RULES_REVIEWS:
        return {
            **head,
            "metadata": {"creationTimestamp": None},
            "spec": {},
            "status": _rules(world),
        }
    allowed = world.api.allows(spec.get("resourceAttributes") or {})
    return {
        **head,
        "metadata": _meta({"creationTimestamp": None}, {**head, "spec": spec}, manager, world),
        "spec": spec,
        "status": {"allowed": allowed},
    }


def _meta(meta: Object, sent: Object, manager: str, world: KubeWorld, sub: str = "") -> Object:
    """Metadata with the one manager that the answer has."""
    fields = fieldsets.present(sent)
    if not fields:
        return meta
    entry = Entry(manager, UPDATE, sent["apiVersion"], fields, world.ctx.now(), sub)
    return {**meta, "managedFields": [entry.wire()]}


def _rules(world: KubeWorld) -> Object:
    """What the caller may: everything, or everything verb by verb but for what is denied."""
    if not world.denied:
        rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    else:
        rules = [
            {"verbs": verbs, "apiGroups": [kind.group], "resources": [kind.plural]}
            for kind in world.served.kinds
            if (verbs := [verb for verb in kind.verbs if world.api.may(verb, kind.plural)])
        ]
    open_paths = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
    return {"resourceRules": rules, "nonResourceRules": open_paths, "incomplete": False}


def token(world: KubeWorld, namespace: str, name: str, body: Any, manager: str) -> Object:
    """Answer a TokenRequest for a service account: a token that nobody signed."""
    account = world.api.get(SERVICE_ACCOUNTS, namespace, name)
    sent = formed_as("TokenRequest", body or {}).get("spec") or {}
    seconds = sent.get("expirationSeconds") or _TOKEN_S
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        problem = errors.invalid_value(
            "spec.expirationSeconds",
            seconds,
            "may not specify a duration less than 10 minutes"
            if seconds < _SHORTEST_S
            else "may not specify a duration larger than 2^32 seconds",
        )
        raise errors.failure(
            422,
            "Invalid",
            f'TokenRequest.authentication.k8s.io "{name}" is invalid: '
            f"{problem.field}: {problem.text}",
            {"group": "authentication.k8s.io", "kind": "TokenRequest", "name": name},
        )
    audiences = sent.get("audiences") or [_AUDIENCE]
    expires = format_time(world.clock.moment() + timedelta(seconds=seconds))
    claims = {
        "aud": audiences,
        "exp": expires,
        "sub": f"system:serviceaccount:{namespace}:{name}",
        "uid": account["metadata"]["uid"],
    }
    head: Object = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"}
    stated = {
        "expirationSeconds": seconds,
        **({"audiences": audiences} if "audiences" in sent else {}),
    }
    meta = {"name": name, "namespace": namespace, "creationTimestamp": world.ctx.now()}
    return {
        **head,
        "metadata": _meta(meta, {**head, "spec": stated}, manager, world, "token"),
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": None},
        "status": {"token": _signed(claims), "expirationTimestamp": expires},
    }


def _signed(claims: Object) -> str:
    """Claims in the shape of a JSON web token; the signature is a digest, good for nothing."""
    parts = [
        base64.urlsafe_b64encode(msgspec.json.encode(part)).decode().rstrip("=")
        for part in ({"alg": "none", "typ": "JWT"}, claims)
    ]
    return ".".join((*parts, digest_of(parts[1]).removeprefix("sha256:")[:43]))
