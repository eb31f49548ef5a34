"""The Kubernetes face: the API servers of all clusters behind one port.

The scenario's own cluster answers at the root. A real cluster made later has a host name of its
own; here it answers below `/clusters/GROUP/NAME`, as its kubeconfig says.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from poolshift.sim.arm.clusters.credentials import admits
from poolshift.sim.kube.http import kube_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from poolshift.sim.arm.login import Login
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.kube.http import Gate
    from poolshift.sim.world import World

_BELOW = re.compile(r"/clusters/([^/]+)/([^/]+)(/.*)?")


class ApiServers:
    """Hands each request to the API server that its path names."""

    def __init__(self, world: World, gate: Gate, login: Login) -> None:
        self._world = world
        self._gate = gate
        self._login = login
        self._apps: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request."""
        arm: ArmWorld | None = self._world.arm
        below = _BELOW.fullmatch(scope.get("path", ""))
        if below is not None:
            arm = self._world.azure.cluster(below[1], below[2])
            path = below[3] or "/"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        if arm is None:
            missing = PlainTextResponse("there is no such cluster\n", 404)
            await missing(scope, receive, send)
            return
        await self._app(arm)(scope, receive, send)

    def _app(self, arm: ArmWorld) -> ASGIApp:
        """The application of a cluster, made when it is first asked for."""
        key = f"{arm.ids.cluster_id.lower()}/{id(arm.kube)}"
        if key not in self._apps:
            good = partial(admits, arm, self._login)
            self._apps[key] = kube_app(arm.kube, self._gate, admits=good)
        return self._apps[key]
