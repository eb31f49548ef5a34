"""What of the node a pod template reaches."""

from __future__ import annotations

import pytest

from poolshift.core.kube import CsiVolume, FlexVolume, PodSpec, Volume
from poolshift.core.snapshot import VolumeFacts
from poolshift.semantics.host import Share, host_paths, is_under, share_of, share_of_inline


@pytest.mark.parametrize(
    ("path", "under"),
    [
        ("/lib/modules", True),
        ("/lib/modules/", True),
        ("/lib/modules/6.8", True),
        ("/lib/modules-old", False),
        ("/lib", False),
        ("/", False),
    ],
)
def test_a_path_is_under_whole_directories(path: str, under: bool) -> None:
    assert is_under(path, ("/lib/modules",)) is under


def test_only_paths_that_are_text_count() -> None:
    volumes = tuple(Volume("v", host_path={"path": p}) for p in ("/data", "", 7))
    assert host_paths(PodSpec(volumes=(*volumes, Volume("w", empty_dir={})))) == ("/data",)


@pytest.mark.parametrize(
    ("volume", "protocol", "share"),
    [
        (VolumeFacts("v", driver="smb.csi.k8s.io"), "", Share.OTHER),
        (VolumeFacts("v", driver="file.csi.azure.com"), "", Share.AZURE),
        (VolumeFacts("v", driver="file.csi.azure.com"), "SMB", Share.AZURE),
        (VolumeFacts("v", driver="file.csi.azure.com"), "NFS", None),
        (VolumeFacts("v", driver="azure-file"), "", Share.AZURE),
        (VolumeFacts("v", driver="disk.csi.azure.com"), "", None),
    ],
)
def test_whose_share_a_volume_is(volume: VolumeFacts, protocol: str, share: Share | None) -> None:
    assert share_of(volume, protocol) is share


@pytest.mark.parametrize(
    ("volume", "share"),
    [
        (Volume("v", azure_file={}), Share.AZURE),
        (Volume("v", csi=CsiVolume("file.csi.azure.com")), Share.AZURE),
        (Volume("v", csi=CsiVolume("smb.csi.k8s.io")), Share.OTHER),
        (Volume("v", csi=CsiVolume("secrets-store.csi.k8s.io")), None),
        (Volume("v", flex_volume=FlexVolume("microsoft.com/SMB.cmd")), Share.OTHER),
        (Volume("v", flex_volume=FlexVolume("acme/disk")), None),
        (Volume("v", empty_dir={}), None),
    ],
)
def test_whose_share_a_volume_of_a_template_is(volume: Volume, share: Share | None) -> None:
    assert share_of_inline(volume) is share
