"""Reads templates as text: which lines choose Windows or name a version, and what to set for it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from poolshift.rewrite.helm import signs
from poolshift.rewrite.helm.actions import values_by_line, without_comments
from poolshift.rewrite.helm.objects import region_of, regions_of
from poolshift.rewrite.versions import older_product
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.pins import OS_KEYS, OS_SKU_KEY
from poolshift.semantics.tags import names_windows, os_of_tag
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.helm.objects import Region

_WORD = re.compile(r"[\w][\w./-]*(?::\d+/[\w./-]+)?:[\w][\w.-]*")
_ACTION = re.compile(r"\{\{.*?\}\}")
_QUOTED = re.compile(r"\"([\w.-]+)\"")
_ANY_TOLERATION = re.compile(r"^\s*(?:-\s+)?operator\s*:\s*[\"']?Exists[\"']?\s*$")


def rewrite_template(collector: Collector) -> None:
    """Leave the lines of a template that concern the Windows version to a person."""
    text = without_comments(collector.source.text)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    values = values_by_line(text)
    regions = regions_of(lines)
    owners = {n: region_of(n, regions) for n in range(1, len(lines) + 1)}
    for region in regions:
        own = [n for n in region.lines() if owners[n] is region]
        if own:
            _Part(region, own, lines, values, collector).report()
    if not collector.needs:
        collector.note(
            "a template, read as text: no line of it chooses Windows nodes of another version "
            "or names one"
        )


class _Part:
    """One object of a template: its lines, and what they say together."""

    def __init__(
        self,
        region: Region,
        numbers: Sequence[int],
        lines: Sequence[str],
        values: dict[int, tuple[str, ...]],
        collector: Collector,
    ) -> None:
        self._kind = region.kind
        self._numbers = numbers
        self._lines = lines
        self._values = values
        self._collector = collector
        self._own = [lines[n - 1] for n in numbers]

    def report(self) -> None:
        """Tell every line that a person must look at."""
        for number in self._numbers:
            self._report_image(number)
            self._report_pin(number)
            self._report_term(number)
            self._report_default(number)
        self._report_selector()
        self._report_guard()

    @cached_property
    def _daemons(self) -> bool:
        return signs.makes_daemons(self._kind, self._own)

    @cached_property
    def _host_process(self) -> bool:
        return signs.runs_host_process(self._own)

    @cached_property
    def _terms(self) -> dict[int, signs.Term]:
        found = {n: signs.term_at(self._lines, n) for n in self._numbers}
        return {n: term for n, term in found.items() if term is not None}

    @cached_property
    def _selectors(self) -> list[int]:
        """The lines that choose Windows nodes of any version."""
        by_affinity = [
            n
            for n, term in self._terms.items()
            if term.key in OS_KEYS and term.operator == "In" and term.values == ("windows",)
        ]
        literal = [n for n in self._numbers if signs.selects_windows(self._lines[n - 1])]
        return sorted({*by_affinity, *literal})

    @cached_property
    def _pinned(self) -> bool:
        return any(signs.pin_of(line) for line in self._own) or any(
            t.key not in OS_KEYS and t.field == "values" for t in self._terms.values()
        )

    @cached_property
    def _sign(self) -> int | None:
        for number in self._numbers:
            rest = self._lines[number - 1 : self._numbers[-1]]
            if signs.windows_sign(rest[:2], number) == number:
                return number
        return None

    @property
    def _is_windows(self) -> bool:
        return bool(self._selectors) or self._pinned or self._sign is not None

    def _named(self) -> str:
        return f"this {self._kind}" if self._kind and "{" not in self._kind else "this template"

    def _report_image(self, number: int) -> None:
        line = self._lines[number - 1]
        if self._host_process:
            return
        image = signs.image_at(line)
        if image is not None and "{{" not in image:
            if self._is_windows or names_windows(
                parse_ref(image), self._collector.settings.catalog
            ):
                self._report_reference(number, image)
            return
        if image is not None and self._is_windows:
            self._report_built(number)
        for word in _WORD.findall(line):
            parsed = parse_ref(word)
            if os_of_tag(parsed.tag, self._collector.settings.catalog) is not None:
                self._report_reference(number, word)

    def _report_default(self, number: int) -> None:
        """A Windows version that an action falls back to, where nothing else tells the line."""
        if self._host_process or any(n.line == number for n in self._collector.needs):
            return
        inside = "".join(_ACTION.findall(self._lines[number - 1]))
        for word in _QUOTED.findall(inside):
            product = older_product(word, self._collector)
            if product:
                self._collector.need(
                    number,
                    "template-os",
                    f"{self._named()} falls back to {word}, which is {product}",
                    f"set the value for {self._collector.settings.to}, or change what it falls "
                    "back to",
                )
                return

    def _report_reference(self, number: int, ref: str) -> None:
        """A reference that is written out gets the suggestion that the mapping has for it."""
        decision = self._collector.decide(ref)
        if decision.action == Action.NONE_NEEDED or (self._daemons and decision.optional):
            return
        if decision.action == Action.NEEDS_HUMAN:
            rule = "daemon-image" if self._daemons else decision.rule
            self._collector.need(number, rule, decision.reason, decision.suggestion)
        elif self._daemons:
            self._collector.need(
                number,
                "daemon-build",
                f"{self._named()} runs on the old nodes, too, which need {ref} as it is",
                f"add a second one with {decision.ref} for the new nodes, and pin both",
            )
        else:
            self._collector.need(
                number,
                "template-image",
                f"{ref} is for another Windows version, and a template is not edited",
                f"write {decision.ref}",
            )

    def _report_built(self, number: int) -> None:
        to = self._collector.settings.to
        paths = self._values.get(number, ())
        tags = [p for p in paths if re.search(r"(?i)(tag|version|digest)$", p)] or list(paths)
        where = (
            f"set {' and '.join(tags)} to an image for {to}"
            if tags
            else (f"see that the named template makes an image for {to} of it")
        )
        self._collector.need(
            number,
            "template-image",
            f"{self._named()} runs on Windows nodes, and its image is put together here",
            where,
        )

    def _report_pin(self, number: int) -> None:
        pin = signs.pin_of(self._lines[number - 1])
        if pin is None:
            return
        key, value = pin
        wanted = self._wanted(key)
        if value == wanted:
            return
        paths = self._values.get(number, ())
        how = f"set {' and '.join(paths)} to {wanted}" if paths else f"write {key}: {wanted}"
        if self._daemons:
            self._collector.need(
                number,
                "daemon-pin",
                f"{self._named()} is pinned to {value}: the new nodes get none of its pods",
                f"take the pin out, or add a second one for the new nodes ({how})",
            )
        else:
            self._collector.need(
                number, "template-pin", f"{self._named()} is pinned to {value}", how
            )

    def _report_term(self, number: int) -> None:
        """An affinity or toleration on a version label that does not name the target's."""
        term = self._terms.get(number)
        if term is None or term.key in OS_KEYS or not term.values:
            return
        wanted = self._wanted(term.key)
        if wanted in term.values:
            return
        if term.field == "values":
            rule = "daemon-pin" if self._daemons else "template-pin"
            what = f"this affinity on {term.key} does not allow {wanted}"
        else:
            rule = "template-toleration"
            what = f"this tolerates {term.key} {term.values[0]} alone: nodes that carry the taint "
            what += "of another version refuse the pods"
        self._collector.need(term.values_line, rule, what, f"allow {wanted}, too")

    def _wanted(self, key: str) -> str:
        settings = self._collector.settings
        return settings.to if key == OS_SKU_KEY else settings.catalog.build_of(settings.to)

    def _report_selector(self) -> None:
        """Windows pods that may land on either pool need a pin; those of a DaemonSet need none."""
        if self._daemons or self._pinned or not self._is_windows:
            self._note_open_selector()
            return
        settings = self._collector.settings
        pin = f"{settings.key}: {settings.value}"
        from_values = self._block_values("nodeSelector")
        also = f", or set it in {from_values}" if from_values else ""
        unless = "" if self._kind and "{" not in self._kind else ", unless a DaemonSet comes of it"
        for number in self._selectors:
            self._collector.need(
                number,
                "template-selector",
                f"{self._named()} chooses Windows nodes of any version",
                f"add {pin} beside it{also}{unless}",
            )
        if not self._selectors and self._sign is not None:
            blocks = self._blocks()
            chosen = blocks.get("nodeSelector") or blocks.get("affinity")
            where = self._block_values("nodeSelector") or self._block_values("affinity")
            self._collector.need(
                chosen[0] if chosen else self._sign,
                "template-selector",
                f"{self._named()} is for Windows, and which nodes it gets is put together here"
                if chosen
                else f"{self._named()} is for Windows, and chooses no nodes",
                f"set {pin} in {where}{unless}" if where else f"add nodeSelector {pin}{unless}",
            )

    def _note_open_selector(self) -> None:
        if self._is_windows or self._daemons:
            return
        where = self._block_values("nodeSelector")
        if where:
            settings = self._collector.settings
            self._collector.note(
                f"{self._named()} takes its nodes from {where}: where that chooses Windows, "
                f"{settings.key}: {settings.value} belongs there"
            )

    def _blocks(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for number in self._numbers:
            rest = self._lines[number - 1 : self._numbers[-1]]
            for name, (first, last) in signs.blocks_of(rest[:1], number).items():
                whole = signs.blocks_of(rest, number).get(name, (first, last))
                found.setdefault(name, whole)
        return found

    def _block_values(self, name: str) -> str:
        """The values that a block is made of, as text."""
        first, last = self._blocks().get(name, (1, 0))
        paths = [p for n in range(first, last + 1) for p in self._values.get(n, ())]
        return " and ".join(dict.fromkeys(paths))

    def _report_guard(self) -> None:
        guard = self._collector.settings.guard
        if guard is None or not self._is_windows:
            return
        if any(_ANY_TOLERATION.match(line) or guard.key in line for line in self._own):
            return
        number = next(iter(self._selectors), self._sign) or self._numbers[0]
        block = self._blocks().get("tolerations")
        where = self._block_values("tolerations")
        self._collector.need(
            block[0] if block else number,
            "toleration",
            f"{self._named()} does not tolerate the taint of the new pool",
            f"tolerate {format_taint(guard)}" + (f" in {where}" if where else ""),
        )
