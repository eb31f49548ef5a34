"""For any Dockerfile: no failure, nothing beside the edits changes, a second run does nothing."""

from __future__ import annotations

import hashlib
import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.core.image import ImageFacts, Platform
from poolshift.rewrite import FileResult, rewrite_file
from poolshift.rewrite.dockerfile.reading import read_recipe
from poolshift.rewrite.splices import Text

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "dockerfiles"
CATALOG = load_catalog()
MCR = "mcr.microsoft.com"
TARGETS = ("Windows2022", "Windows2025")
REPLACED = {f"{MCR}/windows/nanoserver:1809": "shop.azurecr.io/nano:7"}
MUTATIONS = 40
"""Of each collected file and target; the seed is the file's own."""

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected Dockerfiles do not lie beside the repository"
)

IMAGES = [
    f"{MCR}/windows/servercore:ltsc2019",
    f"{MCR}/windows/nanoserver:1809-amd64",
    f"{MCR}/windows/nanoserver:$T",
    f"{MCR}/windows/servercore:ltsc${{Y}}",
    "${B}",
    "$B",
    f"${{X:-{MCR}/windows/nanoserver:1809}}",
    "golang:1-windowsservercore-$T",
    f"{MCR}/dotnet/framework/sdk:4.8-windowsservercore-ltsc2019",
    f"{MCR}/windows/servercore:${{V#v}}",
    f"{MCR}/windows/nanoserver:${{T%09}}09",
    f"{MCR}/windows/servercore@sha256:00",
    "debian:12",
    "a",
    "scratch",
    '"$R/nanoserver:$T"',
]
ARGUMENTS = [
    "T=1809",
    "T='1809'",
    'Y="2019" T=ltsc2019',
    f"B={MCR}/windows/servercore:$T",
    f"R={MCR}/windows",
    "V=vltsc2019",
    "B=$B",
    "T",
    "X=",
    "T=${T:-1809}",
]
COMMANDS = [
    "RUN powershell x",
    "RUN <<EOF\nFROM a\nEOF",
    "COPY a C:\\",
    "COPY a C:\\b\\\\",
    "# FROM mcr.microsoft.com/windows/nanoserver:1809",
    "USER ContainerUser",
    "RUN apt-get x",
    "ARG T",
    f"COPY --from={MCR}/windows/nanoserver:1809 a b",
    f"RUN --mount=from={MCR}/windows/servercore:1809 a",
    "",
]

# What may stand before and behind an image of FROM.
FLAGS = ("", "--platform=linux ", "--platform=windows/amd64 ", "--platform=$BUILDPLATFORM ")
NAMES = ("", " AS a", " as B", " # c")


def line() -> st.SearchStrategy[str]:
    froms = st.builds(
        lambda word, flag, image, name: f"{word} {flag}{image}{name}",
        st.sampled_from(("FROM", "from", "  From")),
        st.sampled_from(FLAGS),
        st.sampled_from(IMAGES),
        st.sampled_from(NAMES),
    )
    arguments = st.sampled_from(ARGUMENTS).map("ARG {}".format)
    return st.one_of(froms, arguments, st.sampled_from(COMMANDS))


def resolve(ref: str) -> ImageFacts | None:
    """A registry that holds whatever is asked for, with a build that depends on the name."""
    number = hashlib.sha256(ref.encode()).digest()[0]
    if number < 64:
        return None
    build = next((b for word, b in BUILDS.items() if word in ref), "10.0.20348.5499")
    return ImageFacts(ref, f"sha256:2022{number}", (Platform("windows", os_version=build),))


BUILDS = {
    "1809": "10.0.17763.1",
    "2019": "10.0.17763.1",
    "17763": "10.0.17763.1",
    "2025": "10.0.26100.1",
    "26100": "10.0.26100.1",
    "sha256:00": "10.0.17763.1",
}


def applied(data: bytes, result: FileResult) -> bytes:
    edits = {edit.line: edit for edit in result.edits}
    lines: list[str] = []
    for number, old in enumerate(data.decode().split("\n"), start=1):
        edit = edits.pop(number, None)
        assert edit is None or edit.old == old
        if edit is None or edit.new is not None:
            lines.append(old if edit is None or edit.new is None else edit.new)
    assert not edits
    return "\n".join(lines).encode()


def hold(data: bytes, to: str, *, registry: bool = False, replaced: bool = False) -> None:
    asked = resolve if registry else None
    images = REPLACED if replaced else None
    result = rewrite_file("Dockerfile", data, to, CATALOG, resolve=asked, images=images)
    if result.needs and result.needs[0].rule == "no-utf8":
        assert result.data == data
        return
    assert applied(data, result) == result.data
    again = rewrite_file("Dockerfile", result.data, to, CATALOG, resolve=asked, images=images)
    assert (again.edits, again.data) == ((), result.data)
    before, after = read_recipe(Text(data.decode())), read_recipe(Text(result.data.decode()))
    assert [s.line for s in before.stages] == [s.line for s in after.stages]
    for old, new in zip(before.stages, after.stages, strict=True):
        if "linux" in old.platform:
            assert new.value.text == old.value.text
    for need in result.needs:
        assert need.reason
        assert need.rule
        assert 1 <= need.line <= data.count(b"\n") + 1


@settings(max_examples=400, deadline=None)
@given(
    st.lists(line(), max_size=10),
    st.sampled_from(("", "# escape=`\n", "\ufeff")),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from(TARGETS),
    st.booleans(),
    st.booleans(),
)
def test_any_lines(
    lines: list[str], top: str, end: str, to: str, registry: bool, replaced: bool
) -> None:
    text = top + "\n".join(lines)
    hold(text.replace("\n", end).encode(), to, registry=registry, replaced=replaced)


@cache
def collected() -> tuple[tuple[str, bytes], ...]:
    return tuple((path.name, path.read_bytes()) for path in sorted(CORPUS.iterdir()))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to three small changes: bytes or lines dropped, doubled, swapped, put in."""
    for _ in range(chance.randint(1, 3)):
        low = chance.randrange(len(data) + 1)
        high = min(len(data), low + chance.randint(0, 12))
        piece = chance.choice(
            (
                b"",
                b"$",
                b"${",
                b"}",
                b"\\",
                b"`",
                b'"',
                b"'",
                b"\r",
                b"\n",
                b"<<E\n",
                b"FROM ",
                b"ARG T=1809\n",
                b"{{",
                b" AS a",
                b"@sha256:0",
                b"\xff",
                b"\0",
            )
        )
        match chance.randrange(4):
            case 0:
                data = data[:low] + piece + data[high:]
            case 1:
                data = data[:high] + data[low:]
            case 2:
                lines = data.split(b"\n")
                one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                data = b"\n".join(lines)
            case _:
                data = data[:low] + piece + data[low:]
    return data


@needs_corpus
@pytest.mark.parametrize("to", TARGETS)
def test_any_change_of_a_collected_file(to: str) -> None:
    for name, data in collected():
        chance = random.Random(f"{name} {to}")
        for number in range(MUTATIONS):
            hold(mutated(data, chance), to, registry=number % 2 == 1, replaced=number % 3 == 1)


@needs_corpus
@pytest.mark.parametrize("to", TARGETS)
def test_collected_files_as_they_are(to: str) -> None:
    assert len(collected()) > 100
    for _, data in collected():
        for registry in (False, True):
            for replaced in (False, True):
                hold(data, to, registry=registry, replaced=replaced)


HOSTILE = {
    "many-variables": "FROM " + "$A" * 20_000,
    "deep-defaults": "FROM " + "${A:-" * 5000,
    "doubling": "ARG A=aaaa\n" + "".join("ARG A=$A$A\n" for _ in range(60)) + "FROM $A",
    "many-heredocs": "FROM a\nRUN " + "<<A " * 20_000,
    "many-quotes": "FROM a\nRUN " + "' <<A " * 20_000,
    "long-word": "FROM " + "a" * 200_000,
    "long-host": "FROM " + "a." * 100_000 + "/b:1809",
    "many-stars": "ARG A="
    + "ab" * 100
    + "\nFROM ${A##*a*b*c} \nFROM ${A%%*a*c}\nFROM ${A//*a*c/d}",
    "many-commands": "FROM a\nRUN " + "; " * 50_000 + "x",
    "blanks": "FROM a\nRUN ;" + " " * 100_000 + "x",
    "many-stages": "".join(f"FROM $A AS a{n}\nCOPY --from=a{n} b c\n" for n in range(3000)),
    "number-of-a-stage": "FROM a\nCOPY --from=" + "9" * 10_000 + " b c",
    "continued": "FROM a\n" + "RUN a \\\n" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_read_in_bounded_time(name: str) -> None:
    hold(HOSTILE[name].encode(), "Windows2022")
