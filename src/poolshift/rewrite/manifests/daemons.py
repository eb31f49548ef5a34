"""DaemonSets: they run on the nodes of both versions, so the one that is there never changes.

One whose image is tied to a Windows version needs a copy for the target; one whose image runs on
both stays alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.copies import add_copy
from poolshift.rewrite.manifests.template import affinity_terms, is_host_process
from poolshift.rewrite.manifests.tolerations import tolerates
from poolshift.rewrite.scalars import child, line_of
from poolshift.rewrite.versions import version_pins, wanted
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.pins import OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.taints import format_taint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.rewrite.decide import Decision
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Scalar

_UNTIED = "is tied to no Windows version"


def rewrite_daemon(template: Template, windows: Sequence[Template], collector: Collector) -> None:
    """Say what a Windows DaemonSet needs for the new nodes, and offer its copy.

    Args:
        template: the DaemonSet's template.
        windows: all Windows templates of the file, among which its copy may be.
        collector: takes what is found.
    """
    bound = [] if is_host_process(template) else list(_bound_images(template, collector))
    if is_host_process(template):
        collector.note(f"{template.called} runs host-process containers, whose image {_UNTIED}")
    pins = _other_pins(template, collector)
    if not bound and not pins:
        _report_guard(template, collector)
        return
    if any(_is_copy(other, template, collector) for other in windows):
        _report_twin(template, bound, pins, collector)
        return
    for image, decision in bound:
        _report_image(template, image, decision, collector)
    for node, value in pins:
        collector.need(
            line_of(node, collector),
            "daemon-pin",
            f"{template.called} is pinned to {value}: the new nodes get none of its pods",
            "add a copy that is pinned to the new version (--copies)",
        )
    if collector.settings.copies:
        add_copy(template, bound, collector)


def _report_guard(template: Template, collector: Collector) -> None:
    """One that stays as it is must get onto the new nodes, too."""
    guard, place = collector.settings.guard, template.place
    if guard is not None and place is not None and not tolerates(place, guard):
        collector.need(
            line_of(place, collector),
            "toleration",
            f"{template.called} does not tolerate the taint of the new pool, so the new nodes get "
            "none of its pods",
            f"tolerate {format_taint(guard)}",
        )


def _bound_images(template: Template, collector: Collector) -> Iterator[tuple[Scalar, Decision]]:
    """The images that do not run on the target as they are, or may not."""
    for image in template.images():
        decision = collector.decide(image.value)
        if decision.action is Action.NONE_NEEDED or decision.optional:
            collector.note(f"line {line_of(image, collector)}: {decision.reason}")
        else:
            yield image, decision


def _other_pins(template: Template, collector: Collector) -> list[tuple[Scalar, str]]:
    """What pins a DaemonSet to versions that are not the target's."""
    found = [
        (value, value.value)
        for key, value in version_pins(child(template.place, "nodeSelector"))
        if value.value != wanted(key.value, collector)
    ]
    for term in affinity_terms(template.place):
        held = [v.value for v in term.values]
        is_version = term.key in (OS_SKU_KEY, WINDOWS_BUILD_KEY) and term.operator == "In"
        if is_version and held and wanted(term.key, collector) not in held:
            found.append((term.values[0], ", ".join(held)))
    return found


def _is_copy(other: Template, template: Template, collector: Collector) -> bool:
    """Whether a DaemonSet is the same agent for the target: pinned to it, and of like images."""
    if other is template or not other.is_daemon:
        return False
    pins = [
        value.value == wanted(key.value, collector)
        for key, value in version_pins(child(other.place, "nodeSelector"))
    ] + [
        wanted(term.key, collector) in [v.value for v in term.values]
        for term in affinity_terms(other.place)
        if term.key in (OS_SKU_KEY, WINDOWS_BUILD_KEY) and term.operator == "In"
    ]
    mine = {parse_ref(i.value).name for i in template.images()}
    return bool(pins) and all(pins) and mine == {parse_ref(i.value).name for i in other.images()}


def _report_twin(
    template: Template,
    bound: list[tuple[Scalar, Decision]],
    pins: list[tuple[Scalar, str]],
    collector: Collector,
) -> None:
    """The new nodes have their copy; the old one must keep away from them."""
    collector.note(f"{template.called} has a copy for {collector.settings.to} in this file")
    if bound and not pins:
        image, _ = bound[0]
        collector.need(
            line_of(image, collector),
            "daemon-unpinned",
            f"{template.called} also runs on the new nodes, where {image.value} does not start",
            f"pin it to the old version: {OS_SKU_KEY}",
        )


def _report_image(
    template: Template, image: Scalar, decision: Decision, collector: Collector
) -> None:
    line = line_of(image, collector)
    if decision.action is Action.NEEDS_HUMAN:
        collector.need(
            line,
            "daemon-image",
            f"{template.called} may be tied to the old version: {decision.reason}",
            decision.suggestion,
        )
        return
    collector.need(
        line,
        "daemon-build",
        f"{template.called} runs on the old nodes, too, which need {image.value} as it is",
        f"add a copy with {decision.ref} for the new nodes (--copies), and pin both",
    )
