"""Names from a cluster steer no terminal and no markup, wherever they are printed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from tests.cli.served import poolshift
from tests.rig import Rig

from poolshift.core.snapshot import Snapshot, dump_snapshot
from poolshift.report.hostile import clean

ESCAPE, BELL, TURN = "\x1b[2J", "\x07", "\u202e"
EVIL = f"[red]evil[/]{ESCAPE}{BELL}{TURN}[bold]"
RAW = (ESCAPE, "\x1b", BELL, TURN)


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot whose namespace, workload, pool size, image and cluster carry bad names."""
    text = msgspec.json.encode(Rig().snapshot()).decode()
    evil = json.dumps(EVIL)[1:-1]
    text = text.replace("default/Deployment/sample", f"ns{evil}/Deployment/app{evil}")
    text = text.replace('"name":"myAKSCluster"', f'"name":"my{evil}"')
    text = text.replace("Standard_D2s_v3", f"Standard{evil}")
    text = text.replace("framework/samples:aspnetapp", f"framework/{evil}:aspnetapp")
    path = tmp_path_factory.mktemp("hostile") / "hostile.snap"
    path.write_bytes(dump_snapshot(msgspec.json.decode(text, type=Snapshot)))
    return path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünï 名", "plain Ünï 名"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb", "a\\x0db"),
        ("a\x00b\x7f\x9b", "a\\x00b\\x7f\\x9b"),
        ("\u202eb\u2066", "\\x202eb\\x2066"),
        ("line\nnext\tcell", "line\nnext\tcell"),
    ],
    ids=["plain", "escape", "return", "control", "direction", "layout"],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "command",
    [["assess"], ["plan", "--to", "Windows2022", "--out", "{out}"]],
    ids=lambda c: c[0],
)
def test_text_output_defangs_names(hostile_file: Path, tmp_path: Path, command: list[str]) -> None:
    shown = [a.format(out=tmp_path / "plan.yaml") for a in command]
    answer = poolshift(*shown, "--snapshot", hostile_file)
    assert answer.code in (0, 1, 3), answer.err
    for raw in RAW:
        assert raw not in answer.out + answer.err
    assert "[red]evil[/]" in answer.out
    assert "\\x1b[2J" in answer.out


def test_errors_defang_names(hostile_file: Path, tmp_path: Path) -> None:
    options = ("--to", "Windows2022", "--pool", f"x{EVIL}", "--out", tmp_path / "p")
    answer = poolshift("plan", "--snapshot", hostile_file, *options)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert not any(raw in answer.err for raw in RAW)


def test_json_keeps_names_and_stays_json(hostile_file: Path) -> None:
    answer = poolshift("assess", "--snapshot", hostile_file, "-o", "json")
    assert f"my{EVIL}" == answer.document["cluster"]["name"]
    assert "\x1b" not in answer.out


def test_colours_on_a_terminal_come_from_us_alone(hostile_file: Path) -> None:
    from poolshift.catalog import load_catalog
    from poolshift.cli.options import parse_day
    from poolshift.cli.source import read_snapshot
    from poolshift.report.assess import print_assessment
    from poolshift.rules.run import assess

    snapshot = read_snapshot(str(hostile_file))
    found = assess(snapshot, load_catalog(), as_of=parse_day("2026-11-20"))
    out = io.StringIO()
    print_assessment(found, Console(file=out, force_terminal=True, width=100, highlight=False))
    assert "\x1b[" in out.getvalue()
    assert ESCAPE not in out.getvalue()
    assert BELL not in out.getvalue()
