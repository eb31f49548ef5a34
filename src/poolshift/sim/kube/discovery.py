"""What the server says of itself: version, groups, resources."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from poolshift.sim.images import digest_of

if TYPE_CHECKING:
    from poolshift.sim.kube.kinds import Kind, Sub
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.served import Served

_EMULATES_SINCE = (1, 33)


def version(number: str) -> Object:
    """The answer of /version; kubectl's dispatcher picks its client by it."""
    major, minor, *_ = number.split(".")
    return {
        "major": major,
        "minor": minor,
        **_compatibility(int(major), int(minor)),
        "gitVersion": f"v{number}",
        "gitCommit": digest_of(number).removeprefix("sha256:")[:40],
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _compatibility(major: int, minor: int) -> Object:
    """What a server says of emulation since 1.33."""
    if (major, minor) < _EMULATES_SINCE:
        return {}
    return {
        "emulationMajor": str(major),
        "emulationMinor": str(minor),
        "minCompatibilityMajor": str(major),
        "minCompatibilityMinor": str(minor - 1),
    }


def core_versions(host: str) -> Object:
    """The plain answer of /api."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": host}],
    }


def group(served: Served, name: str) -> Object | None:
    """The answer of /apis/GROUP, None for a group that is not served."""
    if name not in served.groups:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(served, name)}


def _group(served: Served, name: str) -> Object:
    versions = [{"groupVersion": f"{name}/{v}", "version": v} for v in served.versions(name)]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def groups(served: Served) -> Object:
    """The plain answer of /apis."""
    listed = [_group(served, name) for name in served.groups]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}


def resources(served: Served, group_name: str, version_name: str) -> Object | None:
    """The APIResourceList of a group version, None for one that is not served."""
    kinds = served.of(group_name, version_name)
    if not kinds:
        return None
    listed: list[Object] = []
    for kind in kinds:
        listed.append(_resource(kind))
        listed += [_subresource(kind, sub) for sub in kind.subs]
    named = f"{group_name}/{version_name}" if group_name else version_name
    head: Object = {"kind": "APIResourceList"}
    if group_name:
        head["apiVersion"] = "v1"
    return {**head, "groupVersion": named, "resources": listed}


def _resource(kind: Kind) -> Object:
    found: Object = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
    }
    if kind.short:
        found["shortNames"] = list(kind.short)
    if "list" in kind.verbs:
        found["storageVersionHash"] = _storage_hash(kind)
    if kind.in_all or kind.categories:
        found["categories"] = [*(("all",) if kind.in_all else ()), *kind.categories]
    return found


def _storage_hash(kind: Kind) -> str:
    """How clients tell that the stored form is another one."""
    text = f"{kind.group}/{kind.version}/{kind.kind}".encode()
    return base64.b64encode(hashlib.sha256(text).digest()[:8]).decode()


def _subresource(kind: Kind, sub: Sub) -> Object:
    elsewhere = {"group": sub.group, "version": sub.version} if sub.group else {}
    return {
        "name": f"{kind.plural}/{sub.name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        **elsewhere,
        "kind": sub.kind or kind.kind,
        "verbs": list(sub.verbs),
    }


def aggregated(served: Served, *, core: bool, form: str) -> Object:
    """The aggregated answer of /api or /apis in the form (v2, v2beta1) that was asked for."""
    names = ("",) if core else served.groups
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{form}",
        "metadata": {},
        "items": [_discovered(served, name) for name in names],
    }


def _discovered(served: Served, name: str) -> Object:
    metadata: Object = {"name": name} if name else {}
    return {
        "metadata": {**metadata, "creationTimestamp": None},
        "versions": [
            {
                "version": v,
                "resources": [_found(kind) for kind in served.of(name, v)],
                "freshness": "Current",
            }
            for v in served.versions(name)
        ],
    }


def _found(kind: Kind) -> Object:
    found: Object = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short:
        found["shortNames"] = list(kind.short)
    if kind.in_all or kind.categories:
        found["categories"] = [*(("all",) if kind.in_all else ()), *kind.categories]
    if kind.subs:
        found["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": {
                    "group": sub.group if sub.kind else kind.group,
                    "version": sub.version or kind.version,
                    "kind": sub.kind or kind.kind,
                },
                "verbs": list(sub.verbs),
            }
            for sub in kind.subs
        ]
    return found
