"""The pages name everything that there is, and lead nowhere that there is not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import (
    README,
    ROOT,
    anchors,
    commands,
    invocations,
    links,
    options,
    pages,
    section,
)

from poolshift.cli import main
from poolshift.cli.options import LaterOption
from poolshift.core.error_codes import ERROR_CODES
from poolshift.rules import RULES
from poolshift.sim.scenario import scenario_names

COMMANDS = (ROOT / "docs/reference/commands.md").read_text()
LATER = section(README.read_text(), "### Not there yet")


@pytest.mark.parametrize("page", pages(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_pages_resolve(page: Path) -> None:
    broken = []
    for link in links(page.read_text()):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("script", ["docs_rules.py", "docs_reference.py"])
def test_the_generated_pages_are_as_the_program_says(script: str) -> None:
    done = subprocess.run(
        [sys.executable, f"scripts/{script}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_has_its_section_with_every_option() -> None:
    missing = []
    for name, command in commands():
        text = section("\n" + COMMANDS, f"## {name}")
        names = [n for o in options(command) if not o.hidden for n in o.opts]
        missing += [f"{name} {n}" for n in names if f"`{n}`" not in text]
    assert missing == []


def test_every_command_stands_in_the_readmes_table() -> None:
    table = section(README.read_text(), "## Commands")
    missing = [name for name, _ in commands() if f"`{name.split()[-1]}`" not in _loose(table)]
    assert missing == []


def _loose(table: str) -> str:
    """`poolshift sim up` counts as `up`, too."""
    return re.sub(r"`(?:poolshift )?(?:\w+ )?(\w+)`", r"`\1`", table)


def test_what_a_later_version_brings_is_said() -> None:
    missing = [name for name in main.LATER if f"`{name}`" not in LATER and f"`{name} " not in LATER]
    for _, command in commands():
        for option in options(command):
            longest = max(option.opts, key=len)
            if isinstance(option, LaterOption) and longest not in LATER:
                missing.append(longest)
    assert missing == []


def test_every_rule_has_a_page_and_a_row() -> None:
    index = (ROOT / "docs/rules/README.md").read_text()
    for rule in RULES:
        assert (ROOT / f"docs/rules/{rule.id}.md").is_file()
        assert f"[{rule.id}]({rule.id}.md)" in index


def test_every_error_code_has_its_row() -> None:
    page = (ROOT / "docs/reference/error-codes.md").read_text()
    assert [code for code in ERROR_CODES if f"`{code}`" not in page] == []


def test_every_scenario_is_named() -> None:
    text = README.read_text()
    assert [name for name in scenario_names() if f"`{name}`" not in text] == []


def test_rule_ids_and_error_codes_in_prose_exist() -> None:
    known = {r.id for r in RULES} | {"PSX901"} | set(ERROR_CODES)
    unknown = [
        f"{page.name}: {found}"
        for page in pages()
        for found in re.findall(r"\bPS[A-Z]\d{3}\b", page.read_text())
        if found not in known
    ]
    assert unknown == []


@pytest.mark.parametrize("page", pages(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_in_the_text_exist_with_their_options(page: Path) -> None:
    known = dict(commands())
    groups = {name.rpartition(" ")[0] for name in known}
    wrong = []
    for words in invocations(page.read_text()):
        name = next((n for n in (" ".join(words[:3]), " ".join(words[:2])) if n in known), None)
        if name is None:
            if " ".join(words[:2]) not in groups and words[1] not in ("--help", "--version"):
                wrong.append(" ".join(words))
            continue
        names = {n for o in options(known[name]) if not o.hidden for n in o.opts} | {"--help"}
        used = [w.partition("=")[0] for w in words if re.match(r"--?[a-z]", w)]
        wrong += [f"{name} {w}" for w in used if w not in names]
    assert wrong == []
