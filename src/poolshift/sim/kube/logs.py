"""Container logs: as on a cluster whose nodes do not answer, since no container runs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import errors
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.world import KubeWorld

_KUBELET_PORT = 10250


def refusal(world: KubeWorld, namespace: str, name: str, container: str) -> ApiError:
    """Why a pod's log is not to be had: the first of the server's own reasons that holds."""
    pod = world.api.get(PODS, namespace, name)
    known = [
        c["name"]
        for part in ("initContainers", "containers", "ephemeralContainers")
        for c in pod["spec"].get(part) or ()
    ]
    if not container:
        container = _only(pod, known)
    elif container not in known:
        return errors.bad_request(f"container {container} is not valid for pod {name}")
    node = pod["spec"].get("nodeName", "")
    if not node:
        return errors.bad_request(f"pod {name} does not have a host assigned")
    address = _address(world, node)
    if not address:
        return errors.not_found(NODES, node)
    path = f"https://{address}:{_KUBELET_PORT}/containerLogs/{namespace}/{name}/{container}"
    dialled = f"dial tcp {address}:{_KUBELET_PORT}: connect: connection refused"
    return errors.failure(500, "", f'Get "{path}": {dialled}')


def _only(pod: Object, known: list[str]) -> str:
    """The container that is meant when none is named; 400 when there are several."""
    if len(known) == 1:
        return known[0]
    name = pod["metadata"]["name"]
    message = (
        f"a container name must be specified for pod {name}, choose one of: [{' '.join(known)}]"
    )
    raise errors.bad_request(message)


def _address(world: KubeWorld, name: str) -> str:
    node = world.store.find(NODES, "", name)
    addresses = node["status"].get("addresses") or () if node else ()
    return next((a["address"] for a in addresses if a["type"] == "InternalIP"), "")
