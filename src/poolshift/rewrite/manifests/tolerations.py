"""Adds the toleration of a guard to a pod template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import child, entries, key_of, line_of, span, text_of
from poolshift.rewrite.splices import Splice
from poolshift.rewrite.yamltree import Mapping, Node, Sequence
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from poolshift.core.kube import Taint
    from poolshift.rewrite.findings import Collector


def add_toleration(spec: Mapping, guard: Taint, collector: Collector) -> None:
    """Make a pod tolerate a taint, unless it does so already."""
    tolerations = child(spec, "tolerations")
    if tolerates(spec, guard):
        return
    if isinstance(tolerations, Sequence):
        _add_item(tolerations, guard, collector)
    elif tolerations is None and not spec.flow_style:
        _add_block(spec, guard, collector)
    elif tolerations is None:
        at = span(spec, collector)[0] + 1
        separator = ", " if spec.value else ""
        collector.splices.append(Splice(at, at, f'"tolerations": [{_flow(guard)}]{separator}'))
    else:
        line = line_of(tolerations, collector)
        collector.need(
            line, "toleration", "its tolerations are no list", f"tolerate {format_taint(guard)}"
        )


def tolerates(spec: Mapping, guard: Taint) -> bool:
    """Whether a pod tolerates a taint already."""
    return any(_covers(item, guard) for item in entries(spec, "tolerations"))


def _covers(item: Node, guard: Taint) -> bool:
    key, operator = text_of(item, "key"), text_of(item, "operator") or "Equal"
    effect = text_of(item, "effect")
    if effect and effect != guard.effect:
        return False
    if operator == "Exists":
        return key in ("", guard.key)
    return key == guard.key and text_of(item, "value") == guard.value


def _fields(guard: Taint) -> list[str]:
    fields = [f'key: "{guard.key}"']
    if guard.value:
        fields += ["operator: Equal", f'value: "{guard.value}"']
    else:
        fields += ["operator: Exists"]
    return [*fields, f"effect: {guard.effect}"]


def _flow(guard: Taint) -> str:
    """The toleration as JSON, which is YAML too."""
    operator = f'"operator": "Equal", "value": "{guard.value}"' if guard.value else (
        '"operator": "Exists"'
    )  # fmt: skip
    return f'{{"key": "{guard.key}", {operator}, "effect": "{guard.effect}"}}'


def _item(guard: Taint, indent: str) -> list[str]:
    first, *rest = _fields(guard)
    return [f"{indent}- {first}", *(f"{indent}  {field}" for field in rest)]


def _add_item(sequence: Sequence, guard: Taint, collector: Collector) -> None:
    start, _ = span(sequence, collector)
    if sequence.flow_style:
        _add_to_flow(sequence, guard, collector)
        return
    source = collector.source
    lead = source.lead(start)
    if lead.strip():
        reason = "its tolerations begin on the line of their key"
        collector.need(source.line_of(start), "toleration", reason, _flow(guard))
        return
    collector.splices.append(source.before(start, _item(guard, lead)))


def _add_to_flow(sequence: Sequence, guard: Taint, collector: Collector) -> None:
    """Add an item in front: on a line of its own where the first one has that, too."""
    source = collector.source
    at = span(sequence, collector)[0] + 1
    if not sequence.value:
        collector.splices.append(Splice(at, at, _flow(guard)))
        return
    first = span(sequence.value[0], collector)[0]
    lead = source.lead(first)
    if lead.strip():
        collector.splices.append(Splice(at, at, f"{_flow(guard)}, "))
    else:
        collector.splices.append(source.before(first, [f"{lead}{_flow(guard)},"]))


def _add_block(spec: Mapping, guard: Taint, collector: Collector) -> None:
    """Add the key before the entry that decides where the pod runs, or before the first one."""
    key = key_of(spec, "nodeSelector") or key_of(spec, "containers")
    source = collector.source
    if key is None:
        collector.need(
            line_of(spec, collector), "toleration", "no place for tolerations", _flow(guard)
        )
        return
    start, _ = span(key, collector)
    lead = source.lead(start)
    if lead.strip():
        reason = f"{key.value} stands beside another key"
        collector.need(source.line_of(start), "toleration", reason, _flow(guard))
        return
    collector.splices.append(source.before(start, [f"{lead}tolerations:", *_item(guard, lead)]))
