"""The README's five minutes, run line by line with the real program against a local AKS."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.docs.pages import README, blocks, section

from poolshift.core import errors

HEADING = "## Five minutes on the local AKS"
LIMIT_S = 120
_EXIT = re.compile(r"#\s*exit (\d+)")
_MARK = "@@line"


@dataclass(frozen=True)
class Line:
    """A line of the section, the exit code that it states, and what came of it."""

    command: str
    expected: int
    code: int
    output: str
    errors: str


def lines_of_readme() -> list[tuple[str, int]]:
    text = "".join(blocks(section(README.read_text(), HEADING), "bash"))
    found = []
    for line in text.splitlines():
        said = _EXIT.search(line)
        command = line[: said.start()].strip() if said else line.strip()
        found.append((command, int(said[1]) if said else 0))
    return found


def script(lines: list[tuple[str, int]]) -> str:
    """All lines in one shell, each followed by its exit code; what kubectl needs may be missing."""
    parts = []
    for number, (command, _) in enumerate(lines):
        if command.startswith("kubectl ") and shutil.which("kubectl") is None:
            continue
        parts += [command, f'printf "\\n{_MARK} {number} %s\\n" "$?"']
    # Whatever fails on the way, no local AKS is left behind.
    end = "poolshift sim down --dir .poolshift/sim >/dev/null 2>&1"
    return "\n".join([f"trap {shlex.quote(end)} EXIT", *parts]) + "\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Line]]:
    """Every line of the section that was run, by its number."""
    home = tmp_path_factory.mktemp("home")
    lines = lines_of_readme()
    done = subprocess.run(
        ["bash", "-c", script(lines)],
        cwd=tmp_path_factory.mktemp("five-minutes"),
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    found: dict[int, Line] = {}
    for output, number, code in re.findall(
        rf"(.*?)\n{_MARK} (\d+) (\d+)\n", done.stdout, re.DOTALL
    ):
        command, expected = lines[int(number)]
        found[int(number)] = Line(command, expected, int(code), output, done.stderr)
    yield found
    assert not list(home.rglob("azureProfile.json")), "the user's own folders were written to"


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("POOLSHIFT_", "AZURE_"))}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        **kept,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "PATH": programs,
        "COLUMNS": "100",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "command"),
    [pytest.param(n, c, id=f"{n}-{c[:50]}") for n, (c, _) in enumerate(lines_of_readme())],
)
def test_a_line_of_the_readme_ends_as_it_says(
    number: int, command: str, ran: dict[int, Line]
) -> None:
    if command.startswith("kubectl ") and shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed: this line of the README was not run")
    assert number in ran, "a line before it ended the shell"
    assert ran[number].code == ran[number].expected, ran[number].errors


@pytest.mark.slow
def test_the_last_look_shows_the_new_nodes_alone(ran: dict[int, Line]) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    first, last = (r.output for r in ran.values() if r.command == "kubectl get nodes -o wide")
    assert first.count("Windows Server 2019 Datacenter") == 3
    assert last.count("Windows Server 2022 Datacenter") == 3
    assert "Windows Server 2019" not in last


def test_the_example_on_top_names_lines_that_the_run_prints() -> None:
    example = blocks(README.read_text(), "console")[0]
    assert "poolshift assess --to Windows2022" in example
    assert "poolshift apply plan.yaml --yes --approve delete-blue" in example


def test_every_exit_code_has_its_row() -> None:
    table = section(README.read_text(), "## Exit codes")
    said = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert said == codes
