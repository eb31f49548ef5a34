"""How HCL is laid out: aligned attributes, written anew or put beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from poolshift.rewrite.splices import Text
    from poolshift.rewrite.terraform.tree import Attribute


def aligned(items: Iterable[tuple[str, str]], indent: str) -> list[str]:
    """Lines of attributes as `terraform fmt` aligns them: a value over lines stands for itself."""
    lines: list[str] = []
    group: list[tuple[str, str]] = []
    for name, value in items:
        if "\n" in value:
            lines += [*_group(group, indent), f"{indent}{name} = {value}"]
            group = []
        else:
            group.append((name, value))
    return [*lines, *_group(group, indent)]


def _group(group: Sequence[tuple[str, str]], indent: str) -> list[str]:
    width = max((len(name) for name, _ in group), default=0)
    return [f"{indent}{name.ljust(width)} = {value}" for name, value in group]


def added_beside(
    source: Text, beside: Attribute, others: Sequence[Attribute], name: str, value: str
) -> list[Splice]:
    """Splices that add an attribute after another one, the group's alignment kept."""
    if not _owns_line(source, beside):
        at = beside.value.end
        return [Splice(at, at, f", {name} {_sign(source, beside)} {value}")]
    indent = source.lead(beside.start)
    comma = "," if source.text[beside.value.end : beside.value.end + 1] == "," else ""
    width = _sign_at(source, beside) - beside.start
    wanted = max(width, len(name) + 1)
    key = f"{name.ljust(wanted)}{_sign(source, beside)}"
    new = source.after(beside.start, [f"{indent}{key} {value}{comma}"])
    if wanted == width:
        return [new]
    pad = " " * (wanted - width)
    group = [a for a in others if a in _neighbours(source, beside, others)]
    return [*(Splice(at, at, pad) for at in (_sign_at(source, a) for a in group)), new]


def _owns_line(source: Text, attribute: Attribute) -> bool:
    line = source.line_of(attribute.start)
    before = source.text[source.line_start(line) : attribute.start].strip(" \t\ufeff")
    after = source.text[attribute.value.end : source.line_end(line)].strip().lstrip(",").lstrip()
    is_comment = after.startswith(("#", "//", "/*"))
    one_line = source.line_of(attribute.value.end) == line
    return not before and one_line and (not after or is_comment)


def _sign_at(source: Text, attribute: Attribute) -> int:
    """Where the `=` or `:` between key and value stands."""
    text = source.text[attribute.start : attribute.value.start]
    return attribute.start + len(text.rstrip(" \t=:")) + _blank_after(text)


def _blank_after(text: str) -> int:
    tail = text[len(text.rstrip(" \t=:")) :]
    return next(i for i, char in enumerate(tail) if char in "=:")


def _sign(source: Text, attribute: Attribute) -> str:
    return source.text[_sign_at(source, attribute)]


def _neighbours(source: Text, attribute: Attribute, others: Sequence[Attribute]) -> list[Attribute]:
    """The attributes on lines right above and below, without a gap: they are aligned together."""
    by_line = {source.line_of(a.start): a for a in others if _owns_line(source, a)}
    line = source.line_of(attribute.start)
    found = [attribute]
    for step in (-1, 1):
        at = line + step
        while at in by_line:
            found.append(by_line[at])
            at += step
    return found
