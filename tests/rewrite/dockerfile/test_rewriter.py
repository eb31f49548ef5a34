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
    "trailing-blanks": (f"FROM {OLD} \t\n", f"FROM {NEW} \t\n"),
    "mixed-line-ends": (f"FROM {OLD}\r\nRUN a\nFROM {OLD}\n", f"FROM {NEW}\r\nRUN a\nFROM {NEW}\n"),
    "quotes": (f"FROM \"{OLD}\"\nFROM '{OLD}'\n", f"FROM \"{NEW}\"\nFROM '{NEW}'\n"),
    "platform-in-the-next-word": (
        f"FROM --platform windows/amd64 {OLD}\n",
        f"FROM --platform windows/amd64 {NEW}\n",
    ),
    "builder-of-windows": (
        f"FROM --platform=$BUILDPLATFORM {OLD}\n",
        f"FROM --platform=$BUILDPLATFORM {NEW}\n",
    ),
    "suffix": (f"FROM {OLD}-amd64\n", f"FROM {NEW}-amd64\n"),
    "part-of-a-tag": (
        f"ARG YEAR=2019\nFROM {MCR}/windows/servercore:ltsc${{YEAR}}-amd64\n",
        f"ARG YEAR=2022\nFROM {MCR}/windows/servercore:ltsc${{YEAR}}-amd64\n",
    ),
    "last-of-several-defaults": (
        f"ARG T=1\nARG T=ltsc2019\nARG T\nFROM {MCR}/windows/servercore:$T\nARG T=3\n",
        f"ARG T=1\nARG T=ltsc2022\nARG T\nFROM {MCR}/windows/servercore:$T\nARG T=3\n",
    ),
    "default-as-of-then": (
        f"ARG A=ltsc2019\nARG T=$A\nARG A=x\nFROM {MCR}/windows/servercore:$T\n",
        f"ARG A=ltsc2022\nARG T=$A\nARG A=x\nFROM {MCR}/windows/servercore:$T\n",
    ),
    "default-of-itself": (
        f"ARG T=${{T:-ltsc2019}}\nFROM {MCR}/windows/servercore:$T\n",
        f"ARG T=${{T:-ltsc2022}}\nFROM {MCR}/windows/servercore:$T\n",
    ),
    "several-arguments-in-a-line": (
        f"ARG A=\"ltsc2019\" B=x C='1809'\nFROM {MCR}/windows/servercore:$A\n"
        f"FROM {MCR}/windows/nanoserver:$C\n",
        f"ARG A=\"ltsc2022\" B=x C='ltsc2022'\nFROM {MCR}/windows/servercore:$A\n"
        f"FROM {MCR}/windows/nanoserver:$C\n",
    ),
    "default-without-colon-and-nested": (
        f"FROM {MCR}/windows/servercore:${{A-${{B:-ltsc2019}}}}\n",
        f"FROM {MCR}/windows/servercore:${{A-${{B:-ltsc2022}}}}\n",
    ),
    "alternative": (
        f"ARG A=yes\nFROM {MCR}/windows/servercore:${{A:+ltsc2019}}\n",
        f"ARG A=yes\nFROM {MCR}/windows/servercore:${{A:+ltsc2022}}\n",
    ),
    "prefix-cut": (
        f"ARG T=vltsc2019\nFROM {MCR}/windows/servercore:${{T#v}}\n",
        f"ARG T=vltsc2022\nFROM {MCR}/windows/servercore:${{T#v}}\n",
    ),
    "mount-from-image": (
        f"FROM {NEW}\nRUN --mount=type=bind,from={OLD},target=x dir\n",
        f"FROM {NEW}\nRUN --mount=type=bind,from={NEW},target=x dir\n",
    ),
    "onbuild": (
        f"FROM {NEW}\nONBUILD COPY --from={OLD} a b\n",
        f"FROM {NEW}\nONBUILD COPY --from={NEW} a b\n",
    ),
    "stage-called-like-an-image": (
        f"FROM {OLD} AS golang\nFROM GOLANG\nCOPY --from=Golang a b\n",
        f"FROM {NEW} AS golang\nFROM GOLANG\nCOPY --from=Golang a b\n",
    ),
    "path-that-ends-in-two-escape-characters": (
        f"FROM {OLD}\nCOPY a C:\\\\b\\\\\nFROM {OLD}\n",
        f"FROM {NEW}\nCOPY a C:\\\\b\\\\\nFROM {NEW}\n",
    ),
    "behind-a-template": (
        f"ARG REG={{{{reg}}}}\n{{% if a %}}\nFROM {OLD}\n",
        f"ARG REG={{{{reg}}}}\n{{% if a %}}\nFROM {NEW}\n",
    ),
    "beside-what-is-no-instruction": (f"FROM {OLD}\n...\n", f"FROM {NEW}\n...\n"),
    "capitals-in-the-registry": (
        "FROM MCR.microsoft.com/windows/servercore:ltsc2019\n",
        "FROM MCR.microsoft.com/windows/servercore:ltsc2022\n",
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
    "template-of-nothing-known": "FROM {{base}}\n",
    "unknown-image": "ARG B\nFROM $B\nFROM shop.azurecr.io/app:7\n",
    "stage-chosen-by-the-platform": f"FROM {NEW} AS a-windows\nFROM x AS a-linux\n"
    "FROM a-$TARGETOS\n",
    "stage-by-number": f"FROM {NEW} AS a\nFROM {NEW}\nCOPY --from=0 a b\nCOPY --from=7 a b\n",
    "later-stage": f"FROM {NEW}\nCOPY --from=late a b\nFROM {NEW} AS late\n",
    "variable-in-copy": f"FROM {NEW}\nCOPY --from=$X a b\n",
    "copied-in-linux": f"FROM --platform=linux a AS b\nFROM b\nCOPY --from={OLD} c d\n",
    "linux-through-an-argument": f"ARG P=linux/amd64\nFROM --platform=$P {OLD}\n",
    "swallowed-and-fine": f"FROM {NEW}\nRUN dir C:\\\nFROM {NEW}\n",
    "other-words-behind-what-stays": f"FROM {NEW} # why\n",
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
    "digest-of-an-argument": (
        f"ARG T=ltsc2019@sha256:abc\nFROM {MCR}/windows/servercore:$T\n",
        2,
        "ARG T in line 1",
    ),
    "empty-default": (f"ARG T=\nFROM {MCR}/windows/servercore:$T\n", 2, "is empty"),
    "argument-of-a-stage": (
        f"FROM {NEW}\nARG T=1809\nFROM {MCR}/windows/nanoserver:$T\n",
        3,
        "within a stage does not reach FROM",
    ),
    "argument-in-other-letters": (
        f"ARG t=1809\nFROM {MCR}/windows/nanoserver:$T\n",
        2,
        "ARG t is written otherwise",
    ),
    "open-shell": ("ARG B\nFROM $B\nUSER ContainerUser\n", 2, "no default"),
    "further-words": (f"FROM {OLD} # why\n", 1, "nothing more"),
    "further-words-behind-a-variable": (
        "ARG B\nFROM $B # why\nUSER ContainerUser\n",
        2,
        "nothing more",
    ),
    "half-a-name": (f"FROM {OLD} AS\n", 1, "nothing more"),
    "lone-carriage-return": (f"FROM {OLD}\rRUN dir\n", 1, "nothing more"),
    "template-in-a-default": (
        "ARG B={{base}}\nFROM $B\nUSER ContainerUser\n",
        2,
        "template",
    ),
    "at-template": (f"FROM {MCR}/windows/nanoserver:@TAG@\n", 1, "template"),
    "angle-template": (f"FROM {MCR}/windows/nanoserver:<tag>\n", 1, "template"),
    "percent-template": (f"FROM {MCR}/windows/nanoserver:%TAG%\n", 1, "template"),
    "shell-template": (f"FROM {MCR}/windows/nanoserver:$(TAG)\n", 1, "template"),
    "template-in-copy": (f"FROM {NEW}\nCOPY --from=a:{{{{ b }}}} c d\n", 2, "template"),
    "no-reference": (f"FROM {MCR}/Windows/servercore:ltsc2019\n", 1, "is no reference"),
    "no-registry": ("FROM windows/servercore:ltsc2019\n", 1, "without a registry"),
    "retired": ("FROM microsoft/iis\n", 1, "given up"),
    "replaced-in-the-name": (
        f"ARG T=lts_c2019\nFROM {MCR}/windows/servercore:${{T/_/}}\n",
        2,
        "several words",
    ),
    "cut-that-would-not-hold": (
        f"ARG T=1809\nFROM {MCR}/windows/nanoserver:${{T%09}}09\n",
        2,
        "several words",
    ),
    "variants": (
        f"FROM {OLD} AS win-ltsc2019\nFROM {NEW} AS win-ltsc2022\n",
        1,
        "one of several",
    ),
    "swallowed": (f"FROM {NEW}\nRUN dir C:\\\nFROM {OLD}\n", 3, "takes this FROM in"),
    "argument-of-linux-as-well": (
        f"ARG V=1809\nFROM --platform=linux/amd64 x/cache:$V AS a\n"
        f"FROM {MCR}/windows/nanoserver:$V\n",
        3,
        "ARG V (line 1) feeds",
    ),
    "unknown-family-in-copy": (
        f"FROM {NEW}\nCOPY --from={MCR}/dotnet/sdk:8.0 a b\n",
        2,
        "Linux only",
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


def test_safe_edits_are_made_beside_a_template(rewrite: Rewrite) -> None:
    text = f"FROM {OLD} AS a\nFROM {MCR}/windows/{{{{kind}}}}:1809\n"
    result = rewrite("Dockerfile", text.encode())
    assert result.data == text.replace("ltsc2019", "ltsc2022").encode()
    assert [need.rule for need in result.needs] == ["template"]


def test_argument_that_gives_no_part_of_the_tag_is_not_named(rewrite: Rewrite) -> None:
    text = f"ARG R={MCR}/windows\nARG T=1809-KB1\nFROM $R/servercore:$T\nFROM $R/nanoserver:1903\n"
    first, second = rewrite("Dockerfile", text.encode()).needs
    assert "ARG T in line 2" in first.reason
    assert "ARG R" not in first.reason + second.reason


def test_missing_argument_is_told_with_the_value_that_it_takes(rewrite: Rewrite) -> None:
    result = rewrite("Dockerfile", f"ARG T\nFROM {MCR}/windows/servercore:$T\n".encode())
    assert "--build-arg T=ltsc2022" in result.needs[0].suggestion


def test_use_of_a_new_default_within_a_stage_is_told(rewrite: Rewrite) -> None:
    text = f"ARG T=1809\nFROM {MCR}/windows/nanoserver:$T\nARG T\nRUN echo $T\nARG U\n"
    result = rewrite("Dockerfile", text.encode())
    assert result.verdict == FileVerdict.CHANGED
    assert any("line 3: ARG T takes the new default" in reason for reason in result.reasons)
    assert not any("ARG U" in reason for reason in result.reasons)


def test_replacement_may_come_from_several_words(rewrite: Rewrite) -> None:
    images = {"shop.azurecr.io/base:7": "shop.azurecr.io/base:72"}
    text = b"ARG R=shop.azurecr.io V=7\nFROM $R/base:$V\nFROM $R/other:1\n"
    result = rewrite("Dockerfile", text, images=images)
    assert result.data == text.replace(b"V=7", b"V=72")


def test_many_stages_take_no_longer_than_their_number(rewrite: Rewrite) -> None:
    stages = "".join(f"FROM s{n} AS s{n + 1}\nCOPY --from=s{n} a b\n" for n in range(3000))
    text = f"ARG T=1809\nFROM {MCR}/windows/nanoserver:$T AS s0\n{stages}"
    result = rewrite("Dockerfile", text.encode())
    assert [edit.line for edit in result.edits] == [1]


def test_optional_edit_says_so(rewrite: Rewrite) -> None:
    result = rewrite("Dockerfile", f"FROM {NEW}\n".encode(), "Windows2025")
    assert result.data == f"FROM {MCR}/windows/servercore:ltsc2025\n".encode()
    assert "optional" in result.reasons[0]


def test_edit_holds_whole_lines(rewrite: Rewrite) -> None:
    result = rewrite("Dockerfile", f"# x\r\nFROM {OLD}\r\n".encode())
    (edit,) = result.edits
    assert (edit.line, edit.old, edit.new) == (2, f"FROM {OLD}\r", f"FROM {NEW}\r")
