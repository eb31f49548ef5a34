"""What Windows pools need of their cluster, and what they cannot have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.around.features import registered
from poolshift.sim.arm.rules.days import first_day
from poolshift.sim.arm.versions import in_range

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask

# kubeletConfig of Windows pools (custom-node-configuration page).
_KUBELET = frozenset(
    {"imageGcHighThreshold", "imageGcLowThreshold", "containerLogMaxSizeMB", "containerLogMaxFiles"}
)
_GPU_FEATURE = "WindowsGPUPreview"
_GPU_SINCE = "1.29"
_NAT_SINCE = "1.26"
# Clusters of before that never upgraded still name an image that was removed since.
_OLD_IMAGE_UNTIL = "2020-02-01"


def cluster_profile(ask: Ask) -> None:
    """A cluster without a windowsProfile takes no Windows pools."""
    if ask.windows and not ask.cluster.get("windowsProfile"):
        raise ask.refused("WindowsProfileMissing")


def cluster_network(ask: Ask) -> None:
    """Windows needs Azure CNI with its own data plane, and a way out of the network."""
    if not ask.windows or ask.pool is not None:
        return
    network = ask.world.network
    if str(network.get("networkPlugin")).lower() != "azure":
        raise ask.refused("AzureCNIOnlyForWindows")
    # Documented rules; neither codes nor wordings are recorded.
    if "cilium" in (network.get("networkDataplane"), network.get("networkPolicy")):
        raise ask.invalid("osType", "Windows agent pools cannot be with the Cilium data plane")
    if ask.props.get("podSubnetID") and ask.sku_id == "Windows2019":
        raise ask.invalid("podSubnetID", "Windows2019 cannot be with pods in their own subnet")
    isolated = (ask.cluster.get("bootstrapProfile") or {}).get("artifactSource") == "Cache"
    if isolated or str(network.get("outboundType")) in ("none", "block"):
        raise ask.invalid("osType", "network isolated clusters have no Windows agent pools")
    sku = (ask.world.cluster.body.get("sku") or {}).get("name")
    if sku == "Automatic":
        raise ask.invalid("osType", "AKS Automatic has no Windows agent pools")
    if str(ask.props.get("type")) == "AvailabilitySet":
        raise ask.invalid("type", "Windows agent pools are scale sets")


def settings(ask: Ask) -> None:
    """Settings that Windows nodes do not have."""
    if not ask.windows or ask.pool is not None:
        return
    extra = sorted(set(ask.part("kubeletConfig")) - _KUBELET - _unset(ask))
    if extra:
        raise ask.invalid("kubeletConfig", f"Windows agent pools do not have {', '.join(extra)}")
    for name in ("linuxOSConfig", "messageOfTheDay", "gpuInstanceProfile"):
        if ask.props.get(name):
            raise ask.invalid(name, "Windows agent pools do not have it")
    profile = ask.part("securityProfile")
    if profile.get("enableSecureBoot") or profile.get("enableVTPM"):
        raise ask.invalid("securityProfile", "Windows agent pools do not have Trusted Launch")
    if ask.part("artifactStreamingProfile").get("enabled"):
        raise ask.invalid("artifactStreamingProfile", "Windows agent pools do not have it")
    if str(ask.props.get("workloadRuntime") or "OCIContainer") != "OCIContainer":
        raise ask.invalid("workloadRuntime", "Windows agent pools run OCIContainer alone")


def sizes(ask: Ask) -> None:
    """Windows nodes are x64 and not confidential; with GPUs they are a preview."""
    size = ask.size
    if size is None or not ask.windows or ask.pool is not None:
        return
    if size.architecture.lower() == "arm64":
        raise ask.invalid("vmSize", f"{size.name} is Arm64, Windows agent pools are not")
    if size.name.lower().startswith(("standard_dc", "standard_ec")):
        raise ask.invalid("vmSize", f"{size.name} is confidential, Windows agent pools are not")
    # Sizes whose names begin with N have GPUs.
    if size.name.lower().startswith("standard_n"):
        if not in_range(ask.version, _GPU_SINCE, None):
            raise ask.invalid("vmSize", f"GPUs on Windows need Kubernetes {_GPU_SINCE}")
        if not registered(ask.world.azure, _GPU_FEATURE):
            raise ask.invalid("vmSize", f"feature {_GPU_FEATURE} is not registered")


def outbound_nat(ask: Ask) -> None:
    """Windows' own outbound NAT is switched off only where the network has another way out."""
    if ask.pool is not None or not ask.part("windowsProfile").get("disableOutboundNat"):
        return
    if not ask.windows:
        raise ask.invalid("windowsProfile", "Linux agent pools do not have it")
    outbound = str(ask.world.network.get("outboundType") or "loadBalancer")
    if outbound == "loadBalancer" or ask.props.get("enableNodePublicIP"):
        raise ask.invalid(
            "windowsProfile.disableOutboundNat", f"the cluster's outboundType is {outbound}"
        )
    if not in_range(ask.version, _NAT_SINCE, None):
        raise ask.invalid("windowsProfile.disableOutboundNat", f"Kubernetes {_NAT_SINCE} is needed")


def image_reference(ask: Ask) -> None:
    """A control plane of before February 2020 that never was upgraded names an image long gone."""
    made = first_day(ask.world.scenario.service.created)
    border = first_day(_OLD_IMAGE_UNTIL)
    never = ask.world.cluster.version == ask.world.scenario.cluster.kubernetes_version
    if not ask.windows or ask.pool is not None or made is None or border is None:
        return
    if made < border and never:
        raise ask.refused(
            "InvalidTemplateDeployment",
            "The following list of images referenced from the deployment template is not found: "
            "Publisher: MicrosoftWindowsServer, Offer: WindowsServer, Sku: "
            "2019-datacenter-core-smalldisk-2004, Version: latest.",
            sub="image-not-found",
        )


def _unset(ask: Ask) -> set[str]:
    return {key for key, value in ask.part("kubeletConfig").items() if value is None}
