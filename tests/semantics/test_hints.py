"""What commands and image names show, in fixed words."""

from __future__ import annotations

import pytest

from poolshift.core.kube import Container
from poolshift.semantics import hints


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("cmd /c dism /online /enable-feature Web-Lgcy-Mgmt-Console", hints.IIS_6_TOOLS),
        ("cscript C:\\inetpub\\adsutil.vbs enum w3svc", hints.IIS_6_TOOLS),
        ("sh -c 'crictl ps -q'", hints.CONTAINERD_TOOLS),
        ("ctr.exe -n k8s.io images ls", hints.CONTAINERD_TOOLS),
        ("cp config.toml /etc/containerd/config.toml", hints.CONTAINERD_TOOLS),
        ("/bin/sh -c 'modprobe br_netfilter'", hints.KERNEL_TOOLS),
        ("rootlesskit buildkitd", hints.USER_NAMESPACES),
        ("sh -c 'ulimit -n 65536; exec run'", hints.OPEN_FILES),
        ("bash -c 'ulimit -Sn 65536'", hints.OPEN_FILES),
    ],
)
def test_a_command_shows_what_it_uses(command: str, hint: str) -> None:
    assert hint in hints.hints_of([command])


@pytest.mark.parametrize(
    "command",
    ["director start", "ulimit -c 0", "/app/modprober", "unshared", "myctr ps"],
)
def test_words_that_only_look_alike_show_nothing(command: str) -> None:
    assert hints.hints_of([command]) == ()


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("docker.io/library/openjdk:8", {hints.JAVA}),
        ("eclipse-temurin:17-jre", {hints.JAVA}),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", {hints.DOTNET}),
        ("node:18", {hints.NODE_JS}),
        ("registry.example:5000/team/node@sha256:0", {hints.NODE_JS}),
        ("shop.azurecr.io/node-exporter:1", set()),
        ("docker.io/falcosecurity/falco:0.40", {hints.KERNEL_TOOLS}),
        ("docker.io/bitnami/postgresql:16", {hints.MANY_SOCKETS}),
        ("kafka.azurecr.io/shop/cart:1", set()),
        ("docker.io/moby/buildkit:v0.19.0-rootless", {hints.USER_NAMESPACES}),
        ("docker.io/moby/buildkit:v0.19.0", set()),
        ("shop.azurecr.io/javascript-site:1", set()),
    ],
)
def test_an_image_shows_what_it_runs_by_its_repository(ref: str, found: set[str]) -> None:
    assert hints.hints_of_image(ref) == found


def test_either_the_command_or_the_name_is_enough() -> None:
    assert hints.runs(Container("c", "shop/app:1", hints=(hints.JAVA,)), hints.JAVA)
    assert hints.runs(Container("c", "openjdk:8"), hints.JAVA)
    assert not hints.runs(Container("c", "shop/app:1"), hints.JAVA)


@pytest.mark.parametrize(
    ("ref", "major"),
    [
        ("openjdk:8", 8),
        ("openjdk:8u372-jdk", 8),
        ("temurin:17-jre", 17),
        ("dotnet/aspnet:8.0-nanoserver-1809", 8),
        ("node:v20.1", 20),
        ("node:lts", None),
        ("node", None),
        ("app:20240102", None),
    ],
)
def test_the_number_that_a_tag_begins_with(ref: str, major: int | None) -> None:
    assert hints.major_in_tag(ref) == major
