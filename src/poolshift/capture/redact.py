"""Names hashed, the same name always to the same hash: a snapshot that may leave the house.

Everything is hashed that is not known to be harmless: an unknown field is a name until it is listed
here. What rules decide by (versions, sizes, builds, kinds, selectors that fit labels) stays
decidable, so a redacted snapshot gives the findings of the original.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, cast

import msgspec

from poolshift.core.kube import Requirement
from poolshift.core.snapshot import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from poolshift.core.snapshot import Snapshot

REDACTED = "the reason is redacted"
SERVICE_ACCOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where every pod has its token: the API server puts it there."""
_WORD = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9]+")
_PLAIN = re.compile(r"\d+[a-z]{0,2}|v\d+\w*|ltsc\d+|vmss\w*|[a-f0-9]{64}", re.IGNORECASE)
"""Numbers, quantities, versions, digests: words that name nobody."""

_PUBLIC_KEYS = (
    "kubernetes.io/",
    "k8s.io/",
    "kubernetes.azure.com/",
    "helm.sh/",
    "argocd.argoproj.io/",
    "fluxcd.io/",
    "azure.workload.identity/",
    "topology.disk.csi.azure.com/",
)
_PLAIN_KEYS = frozenset(("agentpool", "storageprofile", "storagetier"))
"""Labels of one word that the service gives every node."""

_OPEN_VALUES = (
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.azure.com/os-sku",
    "kubernetes.azure.com/os-sku-effective",
    "kubernetes.azure.com/os-sku-requested",
    "kubernetes.azure.com/node-image-version",
    "kubernetes.azure.com/mode",
    "kubernetes.azure.com/scalesetpriority",
    "node.kubernetes.io/windows-build",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "topology.disk.csi.azure.com/zone",
)
"""Labels whose values are facts of the platform."""

_KEPT_FIELDS: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "Snapshot": "captured_at schema",
        "ClusterFacts": "region kubernetes_version provisioning_state power_state support_plan "
        "tier created_at restriction_level artifact_source node_provisioning addons drivers "
        "autoscaler_profile network auto_upgrade",
        "PoolFacts": "os_type os_sku mode vm_size kubernetes_version node_image_version build "
        "vm_generation provisioning_state power_state zones owner latest_node_image",
        "NodeFacts": "os build os_image kubelet image_version zone allocatable runtime created_at",
        "OfferFacts": "minor patches plans upgrades",
        "SubnetFacts": "prefixes delegated_to",
        "LockFacts": "level",
        "PolicyFacts": "effect",
        "MaintenanceFacts": "name properties",
        "WorkloadFacts": "managed_by strategy",
        "TemplateFacts": "managed_by",
        "PodFacts": "phase",
        "BudgetFacts": "min_available max_unavailable managed_by",
        "QuotaFacts": "hard used",
        "LimitRangeFacts": "default default_request maximum",
        "PriorityFacts": "preemption_policy",
        "ServiceFacts": "type external_traffic_policy",
        "WebhookFacts": "failure_policy",
        "DeprecatedUse": "api_version resource removed_in by",
        "VolumeFacts": "driver zones access_modes mount_options capacity",
        "ClaimFacts": "phase access_modes requested",
        "StorageClassFacts": "provisioner sku protocol binding_mode options",
        "ConfigFacts": "autoscaler",
        "Container": "hints resources restart_policy ports",
        "PodSpec": "restart_policy preemption_policy overhead os",
        "Volume": "empty_dir csi flex_volume",
        "Toleration": "operator effect",
        "Taint": "effect",
        "Requirement": "operator",
        "TopologySpreadConstraint": "topology_key when_unsatisfiable node_affinity_policy "
        "node_taints_policy",
        "PodAffinityTerm": "topology_key",
        "Capabilities": "add",
        "SecurityProfile": "type",
        "VmSize": "name family generations zones restricted_zones architecture disk_controllers",
        "Usage": "name",
        "ScaleSet": "license_type",
        "WindowsProfile": "license_type",
        "Platform": "os architecture os_version digest media_type created layers base_digest",
        "ImageFacts": "digest media_type created",
        "Base": "known_by os_version family",
    }.items()
}
"""Fields that hold no names, by the part they are in."""

_KEPT_RAW = frozenset(
    (
        "type",
        "osType",
        "osSKU",
        "osDiskType",
        "vmSize",
        "mode",
        "orchestratorVersion",
        "currentOrchestratorVersion",
        "nodeImageVersion",
        "provisioningState",
        "code",
        "scaleSetPriority",
        "scaleSetEvictionPolicy",
        "scaleDownMode",
        "kubeletDiskType",
        "workloadRuntime",
        "gpuInstanceProfile",
        "driverType",
        "maxSurge",
        "maxUnavailable",
        "undrainableNodeBehavior",
        "availabilityZones",
        "sshAccess",
        "upgradeStrategy",
    )
)
"""Keys of a pool's raw properties whose values are words of the service."""

_KNOWN_TEXT = (
    # Kinds and places of targets, and names that every cluster has.
    "cluster pool node image deployment statefulset daemonset replicaset job cronjob pod rollout "
    "scaledobject scaledjob cloneset service ingress httproute gateway networkpolicy "
    "horizontalpodautoscaler poddisruptionbudget resourcequota limitrange "
    "validatingwebhookconfiguration mutatingwebhookconfiguration kube system public default "
    "gatekeeper aks calico tigera operator coredns konnectivity metrics server csi azuredisk "
    "azurefile win windows linux proxy cloud manager custom autoscaler priority expander status "
    "ama logs omsagent keda "
    # Resource ids.
    "subscriptions resourcegroups providers microsoft containerservice managedclusters agentpools "
    "compute virtualmachinescalesets network virtualnetworks subnets managedidentity "
    "userassignedidentities authorization mc "
    # Registries and the words of image names that tell the OS.
    "docker io quay ghcr azurecr com org net mcr registry index gcr pkg "
    "windowsservercore nanoserver servercore iis aspnet aspnetapp runtime sdk framework dotnet "
    "alpine ubuntu debian mariner azurelinux amd64 arm64 x64 latest "
    # Label keys of one word that selectors agree on, and words of taints.
    "app name component tier version release instance role env "
    "noschedule prefernoschedule noexecute true false criticaladdonsonly"
)
_KNOWN_WORDS = frozenset(_KNOWN_TEXT.split())


def redact(snapshot: Snapshot) -> Snapshot:
    """The snapshot with its names hashed."""
    names = _Names(snapshot)
    redacted = cast("Snapshot", _Walk(names).struct(snapshot))
    return msgspec.structs.replace(redacted, redacted=True)


class _Names:
    """Words and whole names to their hashes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._salt = snapshot.cluster.id.lower().encode()
        # Pool names are short by rule, and parts of node names without a mark between.
        self._whole = {p.name: "p" + self._digest(p.name)[:5] for p in snapshot.pools}
        for node in snapshot.nodes:
            head = f"aks{node.pool}"
            if node.pool in self._whole and node.name.startswith(head):
                self._whole[node.name] = f"aks{self._whole[node.pool]}" + node.name[len(head) :]

    def _digest(self, word: str) -> str:
        return hashlib.sha256(self._salt + word.lower().encode()).hexdigest()

    def word(self, word: str) -> str:
        """A word, hashed unless it names nobody."""
        if word in self._whole:
            return self._whole[word]
        if word.lower() in _KNOWN_WORDS or _PLAIN.fullmatch(word):
            return word
        return "x" + self._digest(word)[:7]

    def text(self, text: str) -> str:
        """A text word by word, its marks kept: selectors, targets and paths still fit."""
        if text in self._whole:
            return self._whole[text]
        return _WORD.sub(lambda m: self.word(m[0]), text)

    def image(self, ref: str) -> str:
        """A reference; what the vendor publishes for all is no secret."""
        return ref if ref.startswith("mcr.microsoft.com/") else self.text(ref)

    def key(self, key: str) -> str:
        """A key of labels; those of Kubernetes and its tools are known to all."""
        known = key in _PLAIN_KEYS or any(mark in key for mark in _PUBLIC_KEYS)
        return key if known else self.text(key)


class _Walk:
    """Goes through a snapshot and writes it anew."""

    def __init__(self, names: _Names) -> None:
        self._names = names

    def struct(self, found: msgspec.Struct) -> msgspec.Struct:
        """A part with all its fields."""
        kind = type(found)
        kept = _KEPT_FIELDS.get(kind.__name__, frozenset())
        changed: dict[str, Any] = {}
        for field in kind.__struct_fields__:
            value = getattr(found, field)
            if field not in kept:
                changed[field] = self._field(field, value)
        if isinstance(found, Requirement):
            changed["values"] = self._values(found)
        if isinstance(found, Unknown):
            area, slash, name = found.what.partition("/")
            changed = {"what": area + slash + self._names.image(name), "reason": REDACTED}
        return msgspec.structs.replace(found, **changed)

    def _values(self, found: Requirement) -> tuple[str, ...]:
        if found.key in _OPEN_VALUES:
            return found.values
        return tuple(self._names.text(v) for v in found.values)

    def _field(self, field: str, value: Any) -> Any:
        if field == "raw":
            return self._raw(value)
        if field == "mount_path" and value == SERVICE_ACCOUNT_PATH:
            return value
        if field in ("image", "ref", "base_name") and isinstance(value, str):
            return self._names.image(value)
        if field == "key" and isinstance(value, str):
            return self._names.key(value)
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            return self.struct(value)
        if isinstance(value, str):
            return self._names.text(value)
        if isinstance(value, tuple | list):
            return type(value)(self._value(v) for v in value)
        if isinstance(value, dict):
            return dict(self._pairs(value))
        return value

    def _pairs(self, found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for key, value in found.items():
            yield self._names.key(key), value if key in _OPEN_VALUES else self._value(value)

    def _raw(self, value: Any, key: str = "") -> Any:
        """A pool as the service gave it: keys are the service's own, but for labels and tags."""
        if isinstance(value, dict):
            if key in ("nodeLabels", "tags"):
                return dict(self._pairs(value))
            return {k: self._raw(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self._raw(v, key) for v in value]
        if isinstance(value, str) and key not in _KEPT_RAW:
            return self._names.text(value)
        return value
