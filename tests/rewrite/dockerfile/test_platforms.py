"""Which stages count as Windows: there, and nowhere else, an unknown image is a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.catalog import load_catalog
from poolshift.rewrite.dockerfile.platforms import windows_stages
from poolshift.rewrite.dockerfile.reading import read_recipe
from poolshift.rewrite.model import Settings
from poolshift.rewrite.splices import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

MCR = "mcr.microsoft.com"
SETTINGS = Settings("Windows2022", load_catalog(), "k", "v", None, None, {})

WINDOWS = {
    "platform": "FROM --platform=windows/amd64 a",
    "platform-in-an-argument": "ARG P=windows\nFROM --platform=$P/amd64 a",
    "family": f"FROM {MCR}/windows/nanoserver:1",
    "word-in-the-tag": "FROM golang:1-nanoserver",
    "version-in-the-tag": "FROM a:1-ltsc2019",
    "number-alone-in-the-tag": "FROM a:1809",
    "build-in-the-tag": "FROM a:10.0.17763.1",
    "organisation-of-windows-images": "FROM winamd64/golang",
    "retired-name": "FROM microsoft/iis",
    "shell": 'FROM a\nSHELL ["powershell", "-Command"]',
    "shell-by-its-path": 'FROM a\nSHELL ["C:\\\\Windows\\\\System32\\\\cmd.exe"]',
    "user": "FROM a\nUSER ContainerAdministrator",
    "drive-in-run": "FROM a\nRUN mkdir C:\\app",
    "drive-in-workdir": "FROM a\nWORKDIR c:/app",
    "drive-in-env": 'FROM a\nENV PATH="C:\\app;x"',
    "command": "FROM a\nRUN powershell Install-Module x",
    "command-in-exec-form": 'FROM a\nRUN ["powershell", "x"]',
    "command-behind-another": "FROM a\nRUN cd x & setx A b",
    "program": "FROM a\nRUN curl.exe -o x y",
    "entrypoint": 'FROM a\nENTRYPOINT ["/app.exe"]',
    "stage-on-top": 'FROM a AS b\nFROM b\nSHELL ["cmd", "/S"]',
    "copied-out-of": "FROM a AS b\nFROM scratch\nCOPY --from=b C:/x /y",
    "backtick": "# escape=`\nFROM a",
    "retired-name-in-a-windows-file": "FROM microsoft/dotnet:2.1-sdk\nFROM a:ltsc2019",
    "name-without-registry-in-a-windows-file": "FROM dotnet/sdk:8.0\nFROM a:ltsc2019",
    "family-in-a-windows-file": f"FROM {MCR}/dotnet/sdk:8.0\nFROM {MCR}/windows/nanoserver:1",
}


@pytest.mark.parametrize("name", WINDOWS)
def test_stage_is_windows(name: str) -> None:
    assert windows_stages(read_recipe(Text(WINDOWS[name])), SETTINGS)[0]


OTHERS = {
    "nothing-tells": "FROM a",
    "platform": f"FROM --platform=linux/amd64 {MCR}/windows/nanoserver:1809",
    "platform-in-an-argument": f"ARG P=linux\nFROM --platform=$P {MCR}/windows/nanoserver:1809",
    "builder": "FROM --platform=$BUILDPLATFORM a:1-windows\nRUN ls",
    "builder-in-braces": "FROM --platform=${BUILDPLATFORM} a:1-windows",
    "linux-in-the-tag": "FROM a/windows-cache:1.0-linux-amd64-1809",
    "powershell-installed": "FROM a\nRUN apt-get install -y powershell\nRUN pwsh -c x",
    "powershell-downloaded": "FROM a\nRUN curl https://x/PowerShell/powershell.deb",
    "powershell-as-shell": 'FROM a\nSHELL ["pwsh", "-Command"]',
    "cross-build": "FROM golang:1\nRUN GOOS=windows go build -o app.exe",
    "cross-build-image": "FROM dockcross/windows-x64\nRUN apt-get update",
    "wine": "FROM a\nRUN wine cmd /c C:\\x.exe",
    "number-alone-beside-linux": "FROM node:1809\nRUN apk add x",
    "number-within-the-tag": "FROM a:build1809.2",
    "ubuntu-of-that-number": "FROM a:2004",
    "path-list": "FROM a\nENV PATH=$C:/usr/bin",
    "address": "FROM a\nRUN curl abc://x",
    "label": "FROM a\nLABEL path=C:\\x",
    "family-in-a-mixed-file": f"FROM {MCR}/dotnet/sdk:8.0\nFROM --platform=linux a\n"
    f"FROM {MCR}/windows/nanoserver:1",
}


@pytest.mark.parametrize("name", OTHERS)
def test_stage_is_not_known_to_be_windows(name: str, rewrite: Rewrite) -> None:
    assert not windows_stages(read_recipe(Text(OTHERS[name])), SETTINGS)[0]
    assert all(need.line > 2 for need in rewrite("Dockerfile", OTHERS[name].encode()).needs)
