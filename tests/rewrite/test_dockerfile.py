"""Base images of Dockerfiles: what changes, what is left to a person, what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.rewrite import FileVerdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

MCR = "mcr.microsoft.com"
OLD = f"{MCR}/windows/servercore:ltsc2019"
NEW = f"{MCR}/windows/servercore:ltsc2022"

CHANGES = {
    "plain": (f"FROM {OLD}\n", f"FROM {NEW}\n"),
    "lower-case": (f"from {OLD}\n", f"from {NEW}\n"),
    "no-final-newline": (f"FROM {OLD}", f"FROM {NEW}"),
    "crlf": (f"FROM {OLD}\r\nRUN dir\r\n", f"FROM {NEW}\r\nRUN dir\r\n"),
    "byte-order-mark": (f"\ufeffFROM {OLD}\n", f"\ufeffFROM {NEW}\n"),
    "platform": (
        f"FROM --platform=windows/amd64 {OLD} AS base\n",
        f"FROM --platform=windows/amd64 {NEW} AS base\n",
    ),
    "spaces-and-tabs": (f"  FROM \t {OLD}   as  x \n", f"  FROM \t {NEW}   as  x \n"),
    "two-stages": (
        f"FROM {OLD} AS a\nFROM a AS b\nFROM {MCR}/windows/nanoserver:1809\nCOPY --from=a x y\n",
        f"FROM {NEW} AS a\nFROM a AS b\nFROM {MCR}/windows/nanoserver:ltsc2022\n"
        "COPY --from=a x y\n",
    ),
    "argument": (
        f"ARG TAG=1809\nFROM {MCR}/windows/nanoserver:${{TAG}}\n",
        f"ARG TAG=ltsc2022\nFROM {MCR}/windows/nanoserver:${{TAG}}\n",
    ),
    "quoted-argument": (
        f'ARG BASE="{OLD}"\nFROM $BASE\n',
        f'ARG BASE="{NEW}"\nFROM $BASE\n',
    ),
    "argument-of-argument": (
        f"ARG R={MCR}\nARG T=ltsc2019\nARG B=$R/windows/servercore:$T\nFROM ${{B}}\n",
        f"ARG R={MCR}\nARG T=ltsc2022\nARG B=$R/windows/servercore:$T\nFROM ${{B}}\n",
    ),
    "default-in-place": (
        f"ARG T\nFROM {MCR}/windows/servercore:${{T:-ltsc2019}}\n",
        f"ARG T\nFROM {MCR}/windows/servercore:${{T:-ltsc2022}}\n",
    ),
    "copy-from-image": (
        f"FROM {NEW}\nCOPY --from={MCR}/windows/nanoserver:1809 a b\n",
        f"FROM {NEW}\nCOPY --from={MCR}/windows/nanoserver:ltsc2022 a b\n",
    ),
    "continued": (f"FROM \\\n  {OLD} \\\n  AS x\n", f"FROM \\\n  {NEW} \\\n  AS x\n"),
    "continued-by-backtick": (
        f"# escape=`\nFROM `\n  # why\n  {OLD}\n",
        f"# escape=`\nFROM `\n  # why\n  {NEW}\n",
    ),
    "shared-argument": (
        f"ARG V=ltsc2019\nFROM {MCR}/windows/servercore:$V AS a\n"
        f"FROM {MCR}/windows/servercore:$V\n",
        f"ARG V=ltsc2022\nFROM {MCR}/windows/servercore:$V AS a\n"
        f"FROM {MCR}/windows/servercore:$V\n",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_base_image_changes_and_nothing_else(name: str, rewrite: Rewrite) -> None:
    old, new = CHANGES[name]
    result = rewrite("Dockerfile", old.encode())
    assert result.data == new.encode()
    assert result.verdict == FileVerdict.CHANGED
    assert result.reasons


STAYS = {
    "linux": "FROM debian:12\nRUN apt-get update\n",
    "linux-platform": f"FROM --platform=linux/amd64 {OLD}\n",
    "comment": f"# FROM {OLD}\nFROM scratch\n",
    "heredoc": f"FROM scratch\nRUN <<EOF\nFROM {OLD}\nEOF\n",
    "already": f"FROM {NEW}\n",
    "empty": "",
    "cross-build": "FROM golang:1.22 AS b\nRUN go build -o app.exe\nFROM scratch\n",
}


@pytest.mark.parametrize("name", STAYS)
def test_file_stays(name: str, rewrite: Rewrite) -> None:
    result = rewrite("app/Dockerfile", STAYS[name].encode())
    assert (result.verdict, result.edits, result.needs) == (FileVerdict.UNCHANGED, (), ())


HUMANS = {
    "digest": (f"FROM {OLD}@sha256:abc\n", 1, "digest"),
    "build": (f"FROM {MCR}/windows/nanoserver:10.0.17763.55\n", 1, "build"),
    "no-default": (f"ARG T\nFROM {MCR}/windows/servercore:$T\n", 2, "no default"),
    "private": ("FROM shop.azurecr.io/base:7\nSHELL powershell\n", 1, "does not tell"),
    "dotnet-floating": (f"FROM {MCR}/dotnet/sdk:6.0 AS b\nFROM {NEW}\n", 1, "Linux only"),
    "template": (f"FROM {MCR}/windows/{{{{ kind }}}}:{{{{ os }}}}\n", 1, "template"),
    "shared-argument": (
        f"ARG V=1809\nFROM python:3-windowsservercore-$V\nFROM {MCR}/windows/nanoserver:$V\n",
        3,
        "does not change with it",
    ),
    "spread": (
        f"ARG A=ltsc20\nARG B=19\nFROM {MCR}/windows/server$X:$A$B\n",
        3,
        "no default",
    ),
}


@pytest.mark.parametrize("name", HUMANS)
def test_line_is_left_to_a_person(name: str, rewrite: Rewrite) -> None:
    text, line, reason = HUMANS[name]
    result = rewrite("Dockerfile", text.encode())
    assert result.verdict == FileVerdict.NEEDS_HUMAN
    assert result.data == text.encode()
    assert any(n.line == line and reason in n.reason for n in result.needs)


def test_tag_put_together_from_several_words(rewrite: Rewrite) -> None:
    text = f"ARG A=18\nARG B=09\nFROM {MCR}/windows/nanoserver:$A$B\n"
    result = rewrite("Dockerfile", text.encode())
    assert result.verdict == FileVerdict.NEEDS_HUMAN
    assert "several words" in result.needs[0].reason
    assert result.needs[0].suggestion == f"{MCR}/windows/nanoserver:ltsc2022"


def test_safe_edits_are_made_beside_a_line_that_needs_a_person(rewrite: Rewrite) -> None:
    text = f"FROM {OLD} AS a\nFROM {MCR}/windows:1809\n"
    result = rewrite("Dockerfile", text.encode())
    assert result.verdict == FileVerdict.NEEDS_HUMAN
    assert result.data == f"FROM {NEW} AS a\nFROM {MCR}/windows:1809\n".encode()
    assert result.needs[0].suggestion == f"{MCR}/windows/server:ltsc2022"


def test_replacement_of_the_user_is_taken(rewrite: Rewrite) -> None:
    images = {"shop.azurecr.io/base:7": "shop.azurecr.io/base:8"}
    result = rewrite("Dockerfile", b"FROM shop.azurecr.io/base:7\n", images=images)
    assert result.data == b"FROM shop.azurecr.io/base:8\n"


def test_optional_edit_says_so(rewrite: Rewrite) -> None:
    result = rewrite("Dockerfile", f"FROM {NEW}\n".encode(), "Windows2025")
    assert result.data == f"FROM {MCR}/windows/servercore:ltsc2025\n".encode()
    assert "optional" in result.reasons[0]


def test_edit_holds_whole_lines(rewrite: Rewrite) -> None:
    result = rewrite("Dockerfile", f"# x\r\nFROM {OLD}\r\n".encode())
    (edit,) = result.edits
    assert (edit.line, edit.old, edit.new) == (2, f"FROM {OLD}\r", f"FROM {NEW}\r")
