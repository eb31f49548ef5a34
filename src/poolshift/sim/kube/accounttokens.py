"""A pod's service account: it must be there; admission gives the pod a volume with its token."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import ALPHABET, SUFFIX_LENGTH, Object, controller_ref, with_spec
from poolshift.sim.kube.resources import PODS, SERVICE_ACCOUNTS

if TYPE_CHECKING:
    from poolshift.sim.kube.store import Store

# The account of pods that name none; every namespace has it.
DEFAULT = "default"
ROOT_CERTIFICATE = "kube-root-ca.crt"
_MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOKEN_S = 3607
_SOURCES: list[Object] = [
    {"serviceAccountToken": {"expirationSeconds": _TOKEN_S, "path": "token"}},
    {"configMap": {"name": ROOT_CERTIFICATE, "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {
        "downwardAPI": {
            "items": [
                {
                    "path": "namespace",
                    "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                }
            ]
        }
    },
]


def mounted(store: Store, pod: Object) -> Object:
    """The pod with the volume, and a mount of it in each container that has none there.

    Raises:
        ApiError: 403 when the account is not there.
    """
    if not _wanted(pod, _account(store, pod)):
        return pod
    spec = pod["spec"]
    lacking = [c for part in _PARTS for c in spec.get(part) or () if not _has_mount(c)]
    if not lacking:
        return pod
    name = f"kube-api-access-{_suffix(pod)}"
    volume = {"name": name, "projected": {"sources": _SOURCES, "defaultMode": 420}}
    mount = {"name": name, "readOnly": True, "mountPath": _MOUNT_PATH}
    parts = {
        part: [c if _has_mount(c) else _with_mount(c, mount) for c in spec[part]]
        for part in _PARTS
        if spec.get(part)
    }
    return with_spec(pod, volumes=[*(spec.get("volumes") or ()), volume], **parts)


_PARTS = ("initContainers", "containers")


def _account(store: Store, pod: Object) -> Object:
    """The account that a pod runs as."""
    spec, meta = pod["spec"], pod["metadata"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or DEFAULT
    namespace = meta.get("namespace", "")
    account = store.find(SERVICE_ACCOUNTS, namespace, name)
    if account is not None:
        return account
    # The server looks at a pod before it completes its name.
    called = meta.get("generateName") or meta["name"]
    problem = (
        f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
    )
    message = f'pods "{called}" is forbidden: {problem}'
    raise errors.failure(403, "Forbidden", message, errors.details_of(PODS, called))


def _wanted(pod: Object, account: Object) -> bool:
    """The pod decides; where it is silent its account does."""
    own = pod["spec"].get("automountServiceAccountToken")
    if own is not None:
        return bool(own)
    return account.get("automountServiceAccountToken") is not False


def _has_mount(container: Object) -> bool:
    return any(m.get("mountPath") == _MOUNT_PATH for m in container.get("volumeMounts") or ())


def _with_mount(container: Object, mount: Object) -> Object:
    return {**container, "volumeMounts": [*(container.get("volumeMounts") or ()), mount]}


def _suffix(pod: Object) -> str:
    """The end of the volume's name.

    The server draws it for each pod; here it follows from the pod's controller, so that pods of
    one template share their spec and nothing is drawn.
    """
    owner = controller_ref(pod)
    seed = owner["uid"] if owner is not None else pod["metadata"].get("uid", "")
    code, letters = zlib.crc32(f"{seed} token".encode()), []
    for _ in range(SUFFIX_LENGTH):
        code, index = divmod(code, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)
