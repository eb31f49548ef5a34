"""Writes docs/reference from the program itself; --check only compares.

One page each: the commands, the steps, the scenario file, the error codes; and the JSON Schema of
every document. Exit codes: 0 written or equal, 1 a page differs from what would be written.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from poolshift.cli.main import cli
from poolshift.core.error_codes import ERROR_CODES
from poolshift.core.plan import IRREVERSIBLE_GATES, StepKind
from poolshift.engine.steps.interface import nothing_to_undo
from poolshift.engine.steps.table import STEPS
from poolshift.report.durations import spell
from poolshift.report.schemas import DOCUMENTS, schema_of
from poolshift.sim import behaviour, scenario, scenarioparts
from poolshift.sim.coverage import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.engine.steps.interface import StepFunction

PAGES = Path(__file__).parent.parent / "docs" / "reference"
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)
_GENERATED = (
    "<!-- Written by scripts/docs_reference.py; change what it reads, then: make docs-gen -->"
)


def main() -> int:
    """Write or compare all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a difference"
    )
    check = parser.parse_args().check
    pages = all_pages()
    stale = [name for name in _present() if name not in pages]
    wrong = [name for name, text in pages.items() if _differs(PAGES / name, text)]
    if check:
        for name in (*wrong, *stale):
            print(f"docs/reference/{name} is not what the program says: run {sys.argv[0]}")
        return 1 if wrong or stale else 0
    for name in wrong:
        path = PAGES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[name], encoding="utf-8")
    for name in stale:
        (PAGES / name).unlink()
    return 0


def _present() -> list[str]:
    return sorted(p.relative_to(PAGES).as_posix() for p in PAGES.rglob("*") if p.is_file())


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


def all_pages() -> dict[str, str]:
    """Every page by its path in docs/reference."""
    pages = {
        "README.md": index_page(),
        "commands.md": commands_page(),
        "steps.md": steps_page(),
        "scenario-file.md": scenario_page(),
        "error-codes.md": errors_page(),
        "local-aks.md": _page("# The local AKS", "", *page.lines()),
    }
    for name in DOCUMENTS:
        pages[f"schemas/{name}.json"] = schema_text(name)
    return pages


def _page(*lines: str) -> str:
    return "\n".join((_GENERATED, "", *lines)).rstrip("\n") + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(c.split()).replace("|", "\\|") for c in cells) + " |"


def index_page() -> str:
    """What there is."""
    schemas = [f"* [{name}](schemas/{name}.json): `poolshift schema {name}`" for name in DOCUMENTS]
    return _page(
        "# Reference",
        "",
        "* [Commands](commands.md): every command with its options",
        "* [Steps](steps.md): what a run does, and how each step is taken back",
        "* [Scenario files](scenario-file.md): clusters of one's own for the local AKS",
        "* [The local AKS](local-aks.md): what it simulates, what it approximates, what not",
        "* [Error codes](error-codes.md): every PSE code",
        "* [Rules](../rules/README.md): what assess looks for",
        "",
        "## JSON Schemas",
        "",
        "Each JSON document names its schema in its first key, `schema`.",
        "",
        *schemas,
    )


def schema_text(name: str) -> str:
    """The JSON Schema of one document, as `poolshift schema` prints it."""
    return msgspec.json.format(msgspec.json.encode(schema_of(name)), indent=2).decode() + "\n"


# --- commands


def commands_page() -> str:
    """Every command that `--help` shows, from the command line's own tree."""
    lines = ["# Commands", "", "`-h` or `--help` of each command prints the same.", ""]
    for context in leaves(click.Context(cli, info_name="poolshift")):
        lines += _command(context)
    return _page(*lines)


def leaves(context: click.Context) -> Iterator[click.Context]:
    """A context for every visible command without sub-commands, in the order of the help."""
    command = context.command
    if not isinstance(command, click.Group):
        yield context
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is not None and not child.hidden:
            yield from leaves(click.Context(child, info_name=name, parent=context))


def _command(context: click.Context) -> list[str]:
    command = context.command
    lines = [f"## {context.command_path}", "", command.get_short_help_str(limit=300), ""]
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    lines += ["```text", usage, "```", ""]
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        lines += ["| option | what it does | default |", "|---|---|---|"]
        lines += [_option(option, context) for option in options] + [""]
    example = (command.epilog or "").partition("Example:\n")[2]
    lines += ["```bash", inspect.cleandoc(example), "```", ""]
    return lines


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if not option.is_flag:
        names += f" `{option.make_metavar(context)}`"
    help_ = (option.help or "") + (" May be given several times." if option.multiple else "")
    if option.required:
        return _row(names, help_, "required")
    shown = option.default if option.show_default and not option.is_flag else None
    return _row(names, help_, "" if shown is None else f"`{shown}`")


# --- steps


def steps_page() -> str:
    """Every kind of step in the order of a run."""
    lines = [
        "# Steps",
        "",
        "A plan lists its steps in order; one that has nothing to do says so. A step looks first",
        "and acts then, so that each may run twice. *Deadline* is how long it may wait before the",
        "run stops and asks a person. A step with a gate of its own waits for `--approve` or",
        "`poolshift runs approve`, which `--yes` does not replace.",
        "",
        "| kind | forward | rollback | deadline | gate |",
        "|---|---|---|---|---|",
    ]
    for kind in StepKind:
        step = STEPS[kind]
        gate = "its own" if str(kind) in IRREVERSIBLE_GATES else ""
        deadline = spell(step.deadline_s)
        lines.append(_row(f"`{kind}`", _says(step.advance), _says(step.undo), deadline, gate))
    lines += [
        "",
        "`leave-load-balancers` and `delete-blue` of one pool share a gate: the id of the pool's",
        "`delete-blue` step. An approval names that id, or `delete-blue` for all pools.",
    ]
    return _page(*lines)


def _says(function: StepFunction) -> str:
    if function is nothing_to_undo:
        return "It leaves nothing behind."
    doc = inspect.getdoc(function) or ""
    return doc.split("\n\n")[0]


# --- the scenario file


def scenario_page() -> str:
    """The keys of a scenario file, from the types that read it."""
    lines = ["# Scenario files", "", *(inspect.getdoc(scenario) or "").splitlines()[0:1], ""]
    lines += (inspect.getdoc(scenario) or "").split("\n", 2)[2].splitlines()
    lines += ["", "See [how to write one](../how-to/scenario.md).", ""]
    types: list[type[msgspec.Struct]] = [scenario.Scenario, *_structs()]
    for type_ in types:
        lines += _struct(type_)
    return _page(*lines)


def _structs() -> list[type[msgspec.Struct]]:
    return [
        value
        for module in (scenarioparts, behaviour)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value is not behaviour.Behaviour
        and not value.__name__.startswith("_")
    ]


def _struct(type_: type[msgspec.Struct]) -> list[str]:
    doc = inspect.getdoc(type_) or ""
    summary, _, attributes = doc.partition("\n\nAttributes:\n")
    meanings = {key: " ".join(text.split()) for key, text in _ATTRIBUTE.findall(attributes)}
    lines = [f"## {type_.__name__}", "", " ".join(summary.split()), ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in msgspec.structs.fields(type_):
        if field.name != "folder":
            kind = str(type_.__annotations__[field.name])
            lines.append(
                _row(
                    f"`{field.encode_name}`",
                    f"`{kind}`",
                    _default(field),
                    meanings.get(field.name, ""),
                )
            )
    return [*lines, ""]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is msgspec.NODEFAULT:
        value = field.default_factory()
    if value in ("", (), {}, None) or isinstance(value, msgspec.Struct):
        return ""
    plain = msgspec.json.encode(value).decode()
    return f"`{plain}`"


# --- error codes


def errors_page() -> str:
    """Every code with its meaning."""
    lines = [
        "# Error codes",
        "",
        "Every error reads `error: CODE what happened: why. What to do`. A code never changes its",
        "meaning. [Exit codes](../../README.md#exit-codes) tell scripts how a command ended.",
        "",
        "| code | meaning |",
        "|---|---|",
    ]
    return _page(*lines, *(_row(f"`{code}`", text) for code, text in sorted(ERROR_CODES.items())))


if __name__ == "__main__":
    sys.exit(main())
