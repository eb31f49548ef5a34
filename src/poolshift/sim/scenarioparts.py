"""The parts of a scenario file: what each key means stands at its struct."""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.sim.images import Layer, SimImage, SimPlatform, digest_of

_MEGABYTE = 1_000_000


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: a key that is not named here is a mistake of the file."""


class ClusterSpec(_Part, frozen=True):
    """The managed cluster.

    Attributes:
        network: networkProfile as ARM has it (`networkPlugin: azure`, …).
        windows: windowsProfile as ARM has it; null for a cluster that never had one.
        channels: autoUpgradeProfile as ARM has it.
        maintenance: properties of maintenance configurations, as ARM has them, by name.
        subnet: addresses of the nodes (and of the pods, without overlay), CIDR.
        kubelet_identity: name of the kubelet's user-assigned identity.
        tier: Free, Standard or Premium.
        properties: any other property of the cluster, as ARM has it.
    """

    name: str
    resource_group: str
    location: str
    kubernetes_version: str
    network: dict[str, Any]
    windows: dict[str, Any] | None = None
    channels: dict[str, Any] = {}
    maintenance: dict[str, dict[str, Any]] = {}
    subnet: str = "10.224.0.0/16"
    tags: dict[str, str] = {}
    kubelet_identity: str = "agentpool"
    tier: str = "Free"
    properties: dict[str, Any] = {}


class NodeImage(_Part, frozen=True):
    """A node image: what nodes created from it say of themselves.

    Attributes:
        version: nodeImageVersion of the pool.
        build: Windows build with revision (`10.0.20348.825`), empty on Linux.
        bases: Windows base images that lie on the node from the start, by layer base name.
    """

    version: str
    os_sku: str
    os_image: str
    kernel: str
    runtime: str
    build: str = ""
    generation: str = "V1"
    bases: tuple[str, ...] = ()
    fips: bool = False


class PoolSpec(_Part, frozen=True):
    """A node pool that is there at the start.

    Attributes:
        node_image: version of one of the scenario's node images.
        scale_set: the eight digits in a Linux node's name.
        ages: age of each node (`5h40m`); the last one counts for the rest.
        identities: user-assigned identities put on its scale set by hand, by name.
        properties: any other property of the pool, as ARM has it.
    """

    name: str
    os_type: str
    os_sku: str
    count: int
    vm_size: str
    node_image: str
    mode: str = "User"
    max_pods: int = 30
    scale_set: str = ""
    ages: tuple[str, ...] = ("1d",)
    zones: tuple[str, ...] = ()
    fips: bool = False
    labels: dict[str, str] = {}
    taints: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    properties: dict[str, Any] = {}


class LayerSpec(_Part, frozen=True):
    """A layer by compressed size; layers of one `base` are the same layer in every image."""

    mb: float
    base: str = ""


class PlatformSpec(_Part, frozen=True):
    """One platform of an image.

    Attributes:
        in_index: false leaves os.version to the config blob.
        strict_revision: its containers fail (0xc0370106) on a host of an older revision.
    """

    os: str
    layers: tuple[LayerSpec, ...]
    architecture: str = "amd64"
    os_version: str = ""
    in_index: bool = True
    strict_revision: bool = False


class ImageSpec(_Part, frozen=True):
    """An image in a registry; `single` is a plain manifest instead of an index."""

    ref: str
    platforms: tuple[PlatformSpec, ...]
    single: bool = False


class ManifestSpec(_Part, frozen=True):
    """A YAML file of objects.

    Attributes:
        kubectl: leaves the annotation that `kubectl apply` leaves.
        times: how often the file is there; `<n>` in its texts is the number of the copy (0001, …).
        groups: the copies are dealt out to so many groups; `<g>` is the number of the group.
    """

    file: str
    kubectl: bool = False
    times: int = 1
    groups: int = 1


class QuotaSpec(_Part, frozen=True):
    """vCPU quota: of one family (`standardDSv3Family`) or, without a family, of each."""

    limit: int
    family: str = ""


class VmSizeSpec(_Part, frozen=True):
    """What differs from the catalog for a VM size in this subscription and region.

    With `vcpus` it is a size that the catalog does not have.

    Attributes:
        family: of a size that the catalog does not have; its quota goes by it.
        generations: of machines that such a size boots.
        zones: those that have it; null for all three.
        restricted: not for this subscription.
        restricted_zones: zones that are not for this subscription.
        sold_out: the region gives none out at present.
        left: machines that one request can still get; null for as many as are asked for.
    """

    name: str
    zones: tuple[str, ...] | None = None
    restricted: bool = False
    restricted_zones: tuple[str, ...] = ()
    sold_out: bool = False
    left: int | None = None
    vcpus: int = 0
    memory_gb: float = 0.0
    family: str = ""
    generations: tuple[str, ...] = ("V1", "V2")
    architecture: str = "x64"


class SubnetSpec(_Part, frozen=True):
    """A subnet of a virtual network of one's own, which pools may name.

    Attributes:
        network: name of its virtual network, in the cluster's resource group.
        taken: addresses that others have taken of it.
        delegated_to: the service that it is delegated to.
        joinable: whether the cluster's identity may join machines to it.
        network_state: provisioning state of its virtual network.
    """

    name: str
    cidr: str
    network: str = "vnet"
    taken: int = 0
    delegated_to: str = ""
    joinable: bool = True
    network_state: str = "Succeeded"


class ApiUse(_Part, frozen=True):
    """Somebody's use of an API version that a later Kubernetes does not serve any more.

    Attributes:
        api: group and version (`flowcontrol.apiserver.k8s.io/v1beta3`).
        resource: plural of what is used.
        last_s: second at which it is used for the last time; null for somebody who goes on.
    """

    api: str
    resource: str
    last_s: float | None = None


class ServiceSpec(_Part, frozen=True):
    """What the AKS service offers this subscription, and what it finds out about the cluster.

    Attributes:
        windows_in_place: Windows2022 pools may change to Windows2025 in place.
        removed_versions: Kubernetes versions or minors that new pools cannot have any more.
        created: day on which the cluster was made (`2019-11-20`); matters before February 2020.
        secret_until: day from which the service principal's secret is no good.
        principal: `good`, `invalid` (a wrong secret) or `missing`: what a secret that is sent is.
        hand_edited_pools: pools whose scale sets somebody edited in the node resource group.
        public_addresses: public addresses that nodes may have in all; null for any number.
        clusters: managed clusters that the region allows; null for the catalog's default.
        heavy_usage: the region takes no new clusters at present.
        route_table_in_use: name of a route table that keeps the cluster from being deleted.
        deprecated_apis: what is in use of the Kubernetes API that will go.
    """

    windows_in_place: bool = False
    removed_versions: tuple[str, ...] = ()
    created: str = ""
    secret_until: str = ""
    principal: str = "good"
    hand_edited_pools: tuple[str, ...] = ()
    public_addresses: int | None = None
    clusters: int | None = None
    heavy_usage: bool = False
    route_table_in_use: str = ""
    deprecated_apis: tuple[ApiUse, ...] = ()


class LockSpec(_Part, frozen=True):
    """A lock of Azure Resource Manager.

    Attributes:
        level: `CanNotDelete` or `ReadOnly`.
        scope: `subscription`, `group`, `node-group`, `cluster`, or the id of a resource.
    """

    level: str
    scope: str = "cluster"
    name: str = "keep"
    notes: str = ""


class PolicySpec(_Part, frozen=True):
    """A policy that denies what does not keep to it.

    Attributes:
        type: resource type that it looks at.
        field: what it looks at: `location`, `tags.env`, `properties.osSKU` or an alias
            (`Microsoft.ContainerService/managedClusters/agentPools/osSKU`).
        allowed: the values that it lets pass; one of `allowed`, `denied` and `required` counts.
        denied: the values that it denies.
        required: it denies a resource that has nothing there.
        scope: as of a lock.
    """

    name: str
    field: str
    type: str = "Microsoft.ContainerService/managedClusters/agentPools"
    allowed: tuple[str | bool | int, ...] = ()
    denied: tuple[str | bool | int, ...] = ()
    required: bool = False
    scope: str = "subscription"


class GovernanceSpec(_Part, frozen=True):
    """What stands before the service: locks, policies, throttling.

    Attributes:
        throttled: writes of clusters and pools are throttled as documented.
        throttled_reads: so are reads and everything else.
    """

    locks: tuple[LockSpec, ...] = ()
    policies: tuple[PolicySpec, ...] = ()
    throttled: bool = True
    throttled_reads: bool = False


class Denials(_Part, frozen=True):
    """What the caller may not do.

    Attributes:
        kube: Kubernetes verb and resource pairs (`[create, pods/eviction]`).
        arm: ARM actions (`Microsoft.ContainerService/managedClusters/agentPools/write`).
    """

    kube: tuple[tuple[str, str], ...] = ()
    arm: tuple[str, ...] = ()


def sim_image(image: ImageSpec) -> SimImage:
    """The image that a scenario describes."""
    return SimImage(
        ref=image.ref,
        single=image.single,
        platforms=tuple(
            SimPlatform(
                os=platform.os,
                architecture=platform.architecture,
                os_version=platform.os_version,
                in_index=platform.in_index,
                strict_revision=platform.strict_revision,
                layers=tuple(
                    Layer(
                        digest=digest_of(layer.base or f"{image.ref}#{p}#{n}"),
                        size_bytes=int(layer.mb * _MEGABYTE),
                        base=layer.base,
                    )
                    for n, layer in enumerate(platform.layers)
                ),
            )
            for p, platform in enumerate(image.platforms)
        ),
    )
