"""What pods need of the identities on their node's scale set.

Two needs are known. A pod with `windowsOptions.gmsaCredentialSpecName` logs on as a group managed
service account; on hosts that are in no domain the credential spec names, as `ObjectId=` in its
plugin input, the identity that reads the account's password from the key vault. And an
application that asks the node's metadata endpoint for a token says so with the annotation
`sim.poolshift.io/identity: NAME[,NAME…]` on its pod template (a simulator cannot see it); it runs
without the identity and is not ready.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.sim.kube.builds import Refusal
from poolshift.sim.kube.objects import annotations_of
from poolshift.sim.kube.resources import by_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.store import Store

NEEDED = "sim.poolshift.io/identity"
# Templates whose credential specs are kept.
_MOST_KNOWN = 4096
_GUARD = "Container Credential Guard failed to fetch gmsa credentials"
_INVALID = "The attempted logon is invalid"
_OBJECT_ID = re.compile(r"ObjectId=([0-9a-fA-F-]+)")


def _none_granted(pool: str) -> dict[str, dict[str, str]]:
    return {}


class PodIdentities:
    """Judges pods by what is on their node's scale set.

    Attributes:
        granted: the identities of a pool's scale set that work by now: their `clientId` and
            `principalId` by resource id. The ARM side says.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, tuple[list[Object], Object | None, tuple[str, ...]]] = {}
        self.granted: Callable[[str], Mapping[str, Mapping[str, str]]] = _none_granted

    def refusal(self, pod: Object, pool: str) -> Refusal | None:
        """Why the containers of a pod cannot log on; None when they can or need not."""
        for name in self._named(pod):
            wanted = self._object_id(name)
            if wanted is None:
                continue
            held = {ids["principalId"].lower() for ids in self.granted(pool).values()}
            if wanted.lower() not in held:
                return Refusal(
                    "RunContainerError",
                    "failed to create containerd task: failed to create shim task: "
                    f"hcs::CreateComputeSystem: {_GUARD} for {name}: {_INVALID}: unknown",
                )
        return None

    def _named(self, pod: Object) -> tuple[str, ...]:
        """The credential specs of a pod; pods of one template share their containers."""
        spec = pod["spec"]
        parts = (spec["containers"], spec.get("securityContext"))
        known = self._known.get(id(parts[0]))
        if known is None or known[0] is not parts[0] or known[1] is not parts[1]:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[id(parts[0])] = (*parts, tuple(_credential_specs(pod)))
        return known[2]

    def _object_id(self, name: str) -> str | None:
        """The identity that a credential spec reads the password with; None when it names none."""
        kind = by_kind("windows.k8s.io/v1", "GMSACredentialSpec")
        spec = self._store.find(kind, "", name) if kind is not None else None
        account = (spec or {}).get("credspec", {}).get("ActiveDirectoryConfig", {})
        plugin = (account.get("HostAccountConfig") or {}).get("PluginInput", "")
        found = _OBJECT_ID.search(str(plugin))
        return found[1] if found else None

    def lacks(self, pod: Object, pool: str) -> bool:
        """Whether an application waits for an identity that its node does not have."""
        needed = annotations_of(pod).get(NEEDED, "")
        if not needed:
            return False
        held = {identity.rsplit("/", 1)[-1].lower() for identity in self.granted(pool)}
        return any(name.strip().lower() not in held for name in needed.split(","))


def _credential_specs(pod: Object) -> list[str]:
    """The credential specs that the pod or one of its containers names."""
    contexts = [pod["spec"].get("securityContext")]
    contexts += [container.get("securityContext") for container in pod["spec"]["containers"]]
    found = []
    for context in contexts:
        name = ((context or {}).get("windowsOptions") or {}).get("gmsaCredentialSpecName")
        if name and name not in found:
            found.append(name)
    return found
