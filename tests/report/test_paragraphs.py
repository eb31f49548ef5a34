"""Paragraphs wrap between words; commands and references stay whole."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from poolshift.report.paragraphs import print_wrapped

REF = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022"


def _printed(text: str, *, width: int = 40, **options: object) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    print_wrapped(console, text, **options)  # type: ignore[arg-type]
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["  fix  short"]),
        (
            "first words that wrap and then go on below",
            ["  fix  first words that wrap and then go", "       on below"],
        ),
        (f"take {REF} now", ["  fix  take", f"       {REF}", "       now"]),
        (
            "Do it: az aks nodepool scale -g a --cluster-name b -n c; then look",
            [
                "  fix  Do it:",
                "         az aks nodepool scale -g a --cluster-name b -n c",
                "       then look",
            ],
        ),
        (
            """Say so: kubectl patch pdb a -p '{"a":null,"b":1}', then look""",
            [
                "  fix  Say so:",
                """         kubectl patch pdb a -p '{"a":null,"b":1}'""",
                "       then look",
            ],
        ),
        ("[red]x[/] \x1b", ["  fix  [red]x[/] \\x1b"]),
    ],
    ids=["short", "wrapped", "reference", "command", "quoted", "hostile"],
)
def test_paragraph_has_a_label_and_a_hanging_indent(text: str, lines: list[str]) -> None:
    assert _printed(text, label="fix", indent=2) == lines


def test_empty_text_prints_nothing() -> None:
    assert _printed("", label="fix") == []
