"""Kinds that come with add-ons, not with Kubernetes: those that a pool's move must know of.

On a real cluster they are there only where their CustomResourceDefinitions are. A scenario says
which add-ons its cluster has; one that says nothing has all of them, so that it can hold their
objects. Versions are the ones that each project stored by default in 2025.
"""

from __future__ import annotations

from poolshift.sim.kube.kinds import Kind, Sub

_STATUS = Sub("status")
_SCALE = Sub("scale", "Scale", "autoscaling", "v1")


def _custom(
    addon: str,
    group: str,
    version: str,
    plural: str,
    kind: str,
    *short: str,
    subs: tuple[Sub, ...] = (_STATUS,),
    namespaced: bool = True,
    categories: tuple[str, ...] = (),
) -> Kind:
    return Kind(
        group,
        version,
        plural,
        kind,
        namespaced,
        short,
        subs,
        generation=True,
        categories=categories,
        addon=addon,
    )


CUSTOM_KINDS: tuple[Kind, ...] = (
    _custom("keda", "keda.sh", "v1alpha1", "scaledobjects", "ScaledObject", "so"),
    _custom("keda", "keda.sh", "v1alpha1", "scaledjobs", "ScaledJob", "sj"),
    _custom(
        "gmsa",
        "windows.k8s.io",
        "v1",
        "gmsacredentialspecs",
        "GMSACredentialSpec",
        subs=(),
        namespaced=False,
    ),
    _custom(
        "argo-rollouts",
        "argoproj.io",
        "v1alpha1",
        "rollouts",
        "Rollout",
        "ro",
        subs=(_SCALE, _STATUS),
    ),
    _custom(
        "argo-cd",
        "argoproj.io",
        "v1alpha1",
        "applications",
        "Application",
        "app",
        "apps",
        subs=(),
    ),
    _custom("flux", "helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease", "hr"),
    _custom("flux", "kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization", "ks"),
    _custom(
        "gateway-api",
        "gateway.networking.k8s.io",
        "v1",
        "gateways",
        "Gateway",
        "gtw",
        categories=("gateway-api",),
    ),
    _custom(
        "gateway-api",
        "gateway.networking.k8s.io",
        "v1",
        "httproutes",
        "HTTPRoute",
        categories=("gateway-api",),
    ),
)
ADDONS: tuple[str, ...] = tuple(dict.fromkeys(kind.addon for kind in CUSTOM_KINDS))
