"""Help: an example for every command, one spelling for every option, and nothing heavy loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from tests.cli.served import poolshift

from poolshift import __version__
from poolshift.cli.main import COMMANDS, cli

Tree = Iterator[tuple[tuple[str, ...], click.Command]]
HEAVY = ("httpx", "yaml", "msgspec", "rich", "starlette", "uvicorn", "sqlite3", "asyncio", "ssl")


def _walk(group: click.Group, path: tuple[str, ...]) -> Tree:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _walk(command, (*path, name))


TREE = dict(_walk(cli, ()))


@pytest.mark.parametrize("path", [(), *TREE], ids=lambda p: " ".join(p) or "poolshift")
def test_help_shows_an_example_that_names_the_command(path: tuple[str, ...]) -> None:
    answer = poolshift(*path, "--help")
    assert answer.code == 0
    assert answer.err == ""
    assert "Example:" in answer.out
    assert f"poolshift {' '.join(path)}".rstrip() in answer.out.partition("Example:")[2]
    assert max(len(line) for line in answer.out.splitlines()) <= 100


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_every_option_says_what_it_does(path: tuple[str, ...]) -> None:
    shown = [p for p in TREE[path].params if isinstance(p, click.Option) and not p.hidden]
    assert [p.opts for p in shown if not p.help] == []


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_options_have_one_spelling_everywhere(path: tuple[str, ...]) -> None:
    same = {
        "--output": {"-o", "--output", "--format"},
        "--yes": {"-y", "--yes"},
        "--cluster": {"--cluster", "--ids"},
        "--name": {"-n", "--name", "--cluster-name"},
        "--resource-group": {"-g", "--resource-group"},
    }
    for parameter in TREE[path].params:
        for name, spellings in same.items():
            if name in parameter.opts:
                assert set(parameter.opts) == spellings


def test_examples_use_options_that_exist() -> None:
    for path, command in TREE.items():
        if isinstance(command, click.Group):
            continue
        for line in (command.epilog or "").splitlines():
            words = line.split()
            if words[:1] != ["poolshift"] or tuple(words[1 : 1 + len(path)]) != path:
                continue
            known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
            assert [w for w in words if w.startswith("-") and w not in known] == [], path


def test_version_is_one_line() -> None:
    assert poolshift("--version").out == f"poolshift {__version__}\n"


def test_short_help_of_the_list_is_that_of_the_command() -> None:
    assert {k: (TREE[(k,)].help or "").splitlines()[0] for k in COMMANDS} == COMMANDS


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]], ids=lambda a: a[0])
def test_instant_answers_load_nothing_heavy(arguments: list[str]) -> None:
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "poolshift", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in found.stderr.splitlines()}
    assert "click" in loaded
    assert [name for name in HEAVY if name in loaded] == []
