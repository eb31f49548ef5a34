"""Writes one page a rule and their index from the rules' docstrings; --check only compares.

Exit codes: 0 written or equal, 1 a page differs from what would be written.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

from poolshift.catalog import Catalog, load_catalog, sources_of
from poolshift.rules import RULES, Rule
from poolshift.rules.registry import AREAS
from poolshift.rules.run import CRASH
from poolshift.rules.undecided import UNDECIDED, UNDECIDED_PAINS

PAGES = Path(__file__).parent.parent / "docs" / "rules"
SECTIONS = (
    "What it finds",
    "Why it matters",
    "How it is decided",
    "What to do",
    "Example",
)
_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):$", re.MULTILINE)
_CRASH_PAGE = f"""# {CRASH} rule-failed

A rule failed, so what it looks for was not checked to the end.

Usual severity: recommended. Since 0.1.0.

## What it finds

A defect of poolshift: one of the other rules stopped with an error. What it had found before is
in the report, and all other rules ran.

## Why it matters

The report is not complete: nothing follows from the failed rule's silence.

## How it is decided

Every rule runs by itself; an error in one becomes this finding.

## What to do

Report it with the finding's text.

## Example

`rule PSC401 (vcpu-quota) failed: what it looks for was not checked to the end`.

## Sources

None: this is about poolshift itself.
"""


def main() -> int:
    """Write or compare all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a difference"
    )
    check = parser.parse_args().check
    pages = all_pages(load_catalog())
    stale = [path for path in PAGES.glob("*.md") if path.name not in pages]
    wrong = [name for name, text in pages.items() if _differs(PAGES / name, text)]
    if check:
        for name in (*wrong, *(path.name for path in stale)):
            print(f"docs/rules/{name} is not what the rules say: run scripts/docs_rules.py")
        return 1 if wrong or stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in wrong:
        (PAGES / name).write_text(pages[name], encoding="utf-8")
    for path in stale:
        path.unlink()
    return 0


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


def all_pages(catalog: Catalog) -> dict[str, str]:
    """Every page by file name, the index included."""
    pages = {f"{rule.id}.md": page_of(rule, catalog) for rule in RULES}
    pages[f"{CRASH}.md"] = _CRASH_PAGE
    pages["README.md"] = index_of()
    pages["undecided.md"] = undecided()
    return pages


def index_of() -> str:
    """The tables of all rules, by area."""
    head = [
        "# Rules",
        "",
        f"What `poolshift assess` looks for: {len(RULES)} rules. PSW: Windows and other OS; PSK: "
        "Kubernetes; PSI: identity; PSC: capacity; PSX: the tool itself.",
        "A finding may be less severe than its rule; severity alone never blocks a plan.",
        "What no rule can decide is [listed with the reason](undecided.md).",
    ]
    crash = (
        f"| [{CRASH}]({CRASH}.md) | rule-failed | recommended | A rule failed; the others ran. |"
    )
    for area in AREAS:
        name = area.__name__.rpartition(".")[2]
        rows = [_row(rule) for rule in area.RULES] + ([crash] if name == "tool" else [])
        about = (area.__doc__ or "").strip()
        head += ["", f"## {name.capitalize()}", "", about, "", *_HEAD, *sorted(rows)]
    return "\n".join(head) + "\n"


_HEAD = ("| id | name | usual severity | what it finds |", "|---|---|---|---|")


def _row(rule: Rule) -> str:
    return f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity.value} | {_summary(rule)} |"


def undecided() -> str:
    """The list of facts that no rule decides."""
    head = [
        "# Facts that no rule decides",
        "",
        "Every constraint, limit and change of an OS in the catalog, and every known trouble",
        "before and while a pool is created, is decided by a rule or stands here with the reason.",
        "",
        "| fact | why no rule decides it |",
        "|---|---|",
    ]
    rows = [f"| `{record}` | {reason} |" for record, reason in sorted(UNDECIDED.items())]
    pains = [f"| trouble {pain} | {reason} |" for pain, reason in sorted(UNDECIDED_PAINS.items())]
    return "\n".join([*head, *rows, *pains]) + "\n"


def _summary(rule: Rule) -> str:
    return inspect.getdoc(type(rule)).splitlines()[0]  # type: ignore[union-attr]


def page_of(rule: Rule, catalog: Catalog) -> str:
    """The page of one rule."""
    text = inspect.getdoc(type(rule)) or ""
    parts = _HEADING.split(text)
    lines = [f"# {rule.id} {rule.name}", "", parts[0].strip(), ""]
    lines += [f"Usual severity: {rule.severity.value}. Since {rule.since}.", ""]
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        lines += [f"## {heading}", "", inspect.cleandoc(body).strip(), ""]
    lines += ["## Sources", "", *_sources(rule, catalog)]
    return "\n".join(lines) + "\n"


def _sources(rule: Rule, catalog: Catalog) -> list[str]:
    lines = [] if rule.sources else ["None: this is about poolshift itself."]
    for record in rule.sources:
        entry = catalog.record(record)
        read_on = catalog.file(entry.file).read_on
        addresses = "; ".join(sources_of(entry.source))
        lines.append(f"* `{entry.id}` (read {read_on}): {addresses}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
