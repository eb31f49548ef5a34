"""Rules on the images of workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.images.architecture import ImageArchitecture
from poolshift.rules.images.daemonset_builds import WindowsDaemonsetBuildBound
from poolshift.rules.images.dotnet_35 import DotnetFramework35
from poolshift.rules.images.dotnet_48 import DotnetFramework48
from poolshift.rules.images.dotnet_end import DotnetVersionEnds
from poolshift.rules.images.full_windows import FullWindowsImage
from poolshift.rules.images.host_process import HostProcessAgent
from poolshift.rules.images.image_build import ImageBuildMismatch
from poolshift.rules.images.image_unknown import ImageBuildUnknown
from poolshift.rules.images.index_without_os_version import IndexWithoutOsVersion
from poolshift.rules.images.isolation import IsolationExpected
from poolshift.rules.images.newer_than_host import ImageNewerThanHost
from poolshift.rules.images.pull_time import ImagePullSlow
from poolshift.rules.images.retired_name import RetiredImageName
from poolshift.rules.images.rollback_image import RollbackNeedsOldImage
from poolshift.rules.images.schema_1 import Schema1Image
from poolshift.rules.images.template_build import TemplateImageBuild

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    ImageBuildMismatch(),
    ImageBuildUnknown(),
    IndexWithoutOsVersion(),
    ImageNewerThanHost(),
    RollbackNeedsOldImage(),
    DotnetFramework35(),
    DotnetFramework48(),
    FullWindowsImage(),
    RetiredImageName(),
    WindowsDaemonsetBuildBound(),
    HostProcessAgent(),
    ImageArchitecture(),
    Schema1Image(),
    IsolationExpected(),
    ImagePullSlow(),
    TemplateImageBuild(),
    DotnetVersionEnds(),
)
