"""Each format of one assessment that has everything, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.assess.everything import EVERYTHING, report

from poolshift import __version__
from poolshift.report.assess import FORMATS, format_named
from poolshift.report.assess.annotations import azure_lines, github_lines

GOLDEN = Path(__file__).parent.parent / "golden"
ENDINGS = {"text": "txt", "markdown": "md", "junit": "xml"}


def _rendered(name: str) -> str:
    if name == "github":
        return "\n".join(github_lines(EVERYTHING)) + "\n"
    if name == "azure":
        return "\n".join(azure_lines(EVERYTHING)) + "\n"
    return format_named(name).render(report()).decode().replace(__version__, "VERSION")


@pytest.mark.parametrize("name", [*FORMATS, "github", "azure"])
def test_format_is_as_it_was(name: str, pytestconfig: pytest.Config) -> None:
    ending = ENDINGS.get(name, "txt" if name in ("github", "azure") else name)
    path = GOLDEN / f"{name}.{ending}"
    shown = _rendered(name)
    if pytestconfig.getoption("update_golden"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), "see CONTRIBUTING.md: golden files"


def test_no_golden_file_is_left_over() -> None:
    assert len(list(GOLDEN.iterdir())) == len(FORMATS) + 2


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_the_same_each_time(name: str) -> None:
    assert format_named(name).render(report()) == format_named(name).render(report())
