"""Makes a Windows template ask for the target: a pin that is there changes, else one is added."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.template import affinity_terms, expressions, required_terms
from poolshift.rewrite.scalars import (
    child,
    entries,
    line_of,
    pairs,
    quoted_like,
    scalar_of,
    span,
    text_of,
)
from poolshift.rewrite.splices import Splice
from poolshift.rewrite.versions import (
    VERSIONS,
    allow,
    change_pin,
    is_older_pin,
    version_pins,
    wanted,
)
from poolshift.rewrite.yamltree import Mapping, Scalar
from poolshift.semantics.pins import NODE_IMAGE_KEY, OS_KEYS, POOL_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests.template import Template, Term
    from poolshift.rewrite.yamltree import Node

_REST = re.compile(r"\s*(?P<comma>,?)\s*(#.*)?", re.DOTALL)
"""What may follow an entry of a flow mapping that has its line to itself."""

_FIXED = (NODE_IMAGE_KEY, *POOL_KEYS)
"""Labels that name what the old pool alone has."""


def pin(template: Template, collector: Collector, *, new_image: bool) -> None:
    """Make the template ask for the target; `new_image` tells whether an image of it changes."""
    selector = child(template.place, "nodeSelector")
    pinned = _requires_version(template)
    for key, value in version_pins(selector):
        pinned = True
        change_pin(key.value, value, collector)
    terms = list(affinity_terms(template.place))
    for term in terms:
        if term.key in VERSIONS:
            allow(term.key, term.operator, term.values, term.node, collector)
            if new_image:
                _report_open(term, collector)
    _report_old_pool(selector, terms, collector)
    _report_tolerations(template, collector)
    if not pinned:
        _add(template, selector, collector)


def _requires_version(template: Template) -> bool:
    """Whether every alternative of the required affinity lists versions."""
    alternatives = required_terms(template.place)
    return bool(alternatives) and all(
        any(t.key in VERSIONS and t.operator == "In" for t in expressions(alternative))
        for alternative in alternatives
    )


def _report_open(term: Term, collector: Collector) -> None:
    """A list that has the target and an older version lets pods onto the old nodes still."""
    held = [v.value for v in term.values]
    older = [v for v in held if is_older_pin(term.key, v, collector)]
    if term.required and term.operator == "In" and older and wanted(term.key, collector) in held:
        collector.need(
            line_of(term.node, collector),
            "affinity-open",
            f"this affinity still allows {', '.join(older)}, where an image of the target's "
            "version does not start",
            f"leave {wanted(term.key, collector)} alone in it",
        )


def _report_old_pool(selector: Node | None, terms: Sequence[Term], collector: Collector) -> None:
    """What names the old pool finds no node of the new one."""
    named = [(k.value, v.value, v) for k, v in pairs(selector) if isinstance(v, Scalar)]
    named += [
        (t.key, ", ".join(v.value for v in t.values), t.values[0])
        for t in terms
        if t.operator == "In" and t.values
    ]
    for key, value, node in named:
        if key in _FIXED:
            collector.need(
                line_of(node, collector),
                "pool-pin",
                f"{key}: {value} names the old nodes: those of a new pool have another value",
                f"name the new pool, or take it out: {collector.settings.key} chooses by version",
            )


def _report_tolerations(template: Template, collector: Collector) -> None:
    """A toleration of a taint that tells versions apart lets pods onto the old nodes alone."""
    for toleration in entries(template.place, "tolerations"):
        key, value = text_of(toleration, "key"), scalar_of(toleration, "value")
        if key in VERSIONS and value is not None and value.value != wanted(key, collector):
            new = wanted(key, collector)
            collector.need(
                line_of(value, collector),
                "version-toleration",
                f"this tolerates {key} {value.value} alone: nodes that carry the taint of another "
                "version stay closed",
                f"allow {new}, too",
            )


def _add(template: Template, selector: Node | None, collector: Collector) -> None:
    settings = collector.settings
    beside = _entry_beside(selector)
    if template.place is None or not isinstance(selector, Mapping) or beside is None:
        at = template.place or template.root
        collector.need(
            line_of(at, collector),
            "no-selector",
            f"{template.called} chooses Windows without a nodeSelector on kubernetes.io/os",
            f"add nodeSelector {settings.key}: {settings.value}",
        )
        return
    key, value = beside
    new = f"{quoted_like(settings.key, key)}: {quoted_like(settings.value, value)}"
    add = _add_in_flow if selector.flow_style else _add_line
    if add(key, value, new, collector):
        collector.note(
            f"{settings.key} names the version: while a workload asks for it, the service does "
            "not change the OS SKU of the pool in place"
        )


def _entry_beside(selector: Node | None) -> tuple[Scalar, Scalar] | None:
    """The entry after which a pin goes: that of the OS."""
    found = [(k, v) for k, v in pairs(selector) if isinstance(v, Scalar)]
    return next((pair for os in OS_KEYS for pair in found if pair[0].value == os), None)


def _add_line(key: Scalar, value: Scalar, new: str, collector: Collector) -> bool:
    """Add a line after an entry of a block mapping, as deep as its key stands."""
    source = collector.source
    start, _ = span(key, collector)
    lead = source.lead(start)
    if lead.strip():
        return _by_hand(key, new, collector)
    # An alias is written on the line of its key; what it stands for comes before.
    last = max(span(value, collector)[1] - 1, start)
    collector.splices.append(source.after(last, [lead + new]))
    return True


def _add_in_flow(key: Scalar, value: Scalar, new: str, collector: Collector) -> bool:
    """Add an entry to a flow mapping: on a line of its own where the OS has one, too."""
    source = collector.source
    start, end = span(key, collector)[0], span(value, collector)[1]
    if end < start:
        return _by_hand(key, new, collector)
    lead = source.lead(start)
    rest = _REST.fullmatch(source.text[end : source.end_of(end)])
    one_line = source.begin_of(start) == source.begin_of(end)
    if lead.strip() or rest is None or not one_line:
        collector.splices.append(Splice(end, end, f", {new}"))
    elif rest["comma"]:
        collector.splices.append(source.after(end, [f"{lead}{new},"]))
    else:
        line = source.after(end, [f"{lead}{new}"])
        kept = source.text[end : line.end]
        collector.splices.append(Splice(end, line.end, f",{kept}{line.new}"))
    return True


def _by_hand(key: Scalar, new: str, collector: Collector) -> bool:
    reason = f"{key.value} is written in a way that leaves no place for a line after it"
    collector.need(line_of(key, collector), "no-place", reason, f"add {new}")
    return False
