"""poolshift explain on the command line: words, stdin, JSON, pools; hostile text steers nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.cli.served import Answer, poolshift, refused, typed
from tests.rig import Rig

from poolshift.core.snapshot import dump_snapshot
from poolshift.report.explain import LONGEST

SAID = "The container operating system does not match the host operating system. (0xc0370101)"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def piped(data: bytes, *arguments: object) -> Answer:
    return typed(io.TextIOWrapper(io.BytesIO(data)), "explain", *arguments)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "reference.snap"
    path.write_bytes(dump_snapshot(Rig().snapshot()))
    return path


@pytest.mark.parametrize("arguments", [(), ("-",)], ids=["nothing", "dash"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_text_is_read_from_stdin(arguments: tuple[str, ...], encoding: str) -> None:
    answer = piped(f"\x1b[31m{SAID}\x1b[0m\r\n".encode(encoding), *arguments)
    assert answer.code == 0
    assert answer.out.startswith("0xc0370101\n")
    assert "\x1b" not in answer.out


def test_answer_has_what_why_fix_commands_and_sources() -> None:
    out = poolshift("explain", SAID).out
    for label in ("  why  ", "  fix  ", "  run  kubectl ", "  see  ", "  said by  "):
        assert label in out
    assert "PSW104" in out
    assert "read 20" in out


@pytest.mark.parametrize("words", [("-1070137087",), ("hr", "-1070137087"), ("--", "-1070137087")])
def test_negative_number_is_a_code_and_no_option(words: tuple[str, ...]) -> None:
    answer = poolshift("explain", *words, *(() if words[0] == "--" else ("-o", "json")))
    assert answer.code == 0, answer.err
    assert "0xc0370101" in answer.out
    refused(poolshift("explain", "-x"), "PSE100", "-x")


def test_unknown_text_says_so_and_exits_one() -> None:
    answer = poolshift("explain", "WindowsAgentPoolNameToLong")
    assert answer.code == 1
    assert "is not known; the nearest:" in answer.err
    assert "WindowsAgentPoolNameTooLong" in answer.out
    far = poolshift("explain", "zzz", "qqq").err
    assert far.startswith("'zzz qqq' is not known, and nothing comes near it: ")


def test_nothing_to_explain_is_refused() -> None:
    refused(typed(Terminal(), "explain"), "PSE100", "nothing to explain")
    refused(piped(b" \n"), "PSE100", "nothing to explain")


def test_long_text_is_cut_and_that_is_said() -> None:
    filler = b"plain words in a line of a log\n" * (LONGEST // 31 + 1)
    answer = piped(filler + SAID.encode())
    assert answer.code == 0
    assert "only its last 5,000,000 characters" in answer.err
    assert piped(SAID.encode() + b"\n" + filler).code == 1


def test_any_bytes_are_answered() -> None:
    assert piped(bytes(range(256)) * 40).code == 1


def test_hostile_text_steers_no_terminal() -> None:
    hostile = 'Failed to pull image "x/a:1": no match for platform in manifest \x1b[2J\x9b2J [bold]'
    for answer in (poolshift("explain", hostile), poolshift("explain", "\x1b]0;t\x07zz [red]q")):
        assert "\x1b" not in answer.out + answer.err
        assert "\x9b" not in answer.out + answer.err


def test_pool_is_told(snapshot: Path) -> None:
    answer = poolshift("explain", "pool", "wspool", "--snapshot", snapshot)
    assert answer.code == 0, answer.err
    for words in (
        "pool wspool of myAKSCluster, as of 2022-10-15",
        "Generation V1",
        "Windows2019 has Gen1 images only",
        "Windows2022 new pool",
        "2027-04-01",
    ):
        assert words in answer.out
    later = poolshift("explain", "pool", "wspool", "--snapshot", snapshot, "--as-of", "2026-11-21")
    assert "as of 2026-11-21" in later.out


def test_pool_is_told_as_json(snapshot: Path) -> None:
    answer = poolshift("explain", "pool", "wspool", "--snapshot", snapshot, "-o", "json")
    document = answer.document
    assert document["known"]
    assert document["pool"]["generation"]["causes"][0]["kind"] == "os-gen1-only"
    assert [f["to"] for f in document["pool"]["futures"]] == ["Windows2022", "Windows2025"]


def test_pool_that_is_not_there_is_refused(snapshot: Path) -> None:
    answer = poolshift("explain", "pool", "nope", "--snapshot", snapshot)
    refused(answer, "PSE151", "no pool nope", "agentpool, wspool")


def test_pool_without_a_source_is_refused() -> None:
    refused(poolshift("explain", "pool", "wspool"), "PSE103")


def test_source_for_a_text_is_refused(snapshot: Path) -> None:
    refused(poolshift("explain", "PSW101", "--snapshot", snapshot), "PSE100", "without a cluster")
    refused(poolshift("explain", "PSW101", "--as-of", "2026-01-01"), "PSE100")
