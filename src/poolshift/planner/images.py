"""Which images a workload runs after the move, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Verdict
from poolshift.core.plan import Blocker, ImageChange
from poolshift.core.snapshot import images_of
from poolshift.semantics.images import (
    FITTING,
    Action,
    explain_verdict,
    hides_fitting,
    successor,
    verdict,
)
from poolshift.semantics.pins import is_host_process

if TYPE_CHECKING:
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.planner.workloads import Situation


def image_changes(
    workload: WorkloadFacts, s: Situation
) -> tuple[tuple[ImageChange, ...], list[Blocker], str]:
    """The references to replace, what keeps it from being done, and who names the new ones."""
    changes: list[ImageChange] = []
    blockers: list[Blocker] = []
    sources: list[str] = []
    if is_host_process(workload.template.spec):
        return (), [], "none"
    for ref in images_of(workload.template):
        new, source = _new_reference(ref, workload, s)
        if new is None:
            blockers.append(_rebuild(workload, ref, s))
            continue
        # "It stays" by the user's word is looked at like any other image.
        trouble = _trouble(workload, ref, new, source, s) if source != "none" else None
        if trouble is not None:
            blockers.append(trouble)
        if new == ref:
            continue
        changes.append(_change(ref, new, workload))
        sources.append(source)
    return tuple(changes), blockers, sources[0] if sources else "none"


def _change(old: str, new: str, workload: WorkloadFacts) -> ImageChange:
    spec = workload.template.spec
    return ImageChange(
        old=old,
        new=new,
        containers=tuple(c.name for c in spec.containers if c.image == old),
        init_containers=tuple(c.name for c in spec.init_containers if c.image == old),
    )


def _new_reference(ref: str, workload: WorkloadFacts, s: Situation) -> tuple[str | None, str]:
    """First match wins: the user's word, the rewritten file, the catalog's mapping, none needed."""
    if ref in s.request.images:
        return s.request.images[ref], "option"
    rewritten = s.rewritten.get(workload.target)
    if rewritten is not None and ref in rewritten.images:
        return rewritten.images[ref], "manifests"
    here = verdict(s.snapshot.image(ref), s.request.to, s.catalog)
    if here in FITTING:
        return ref, "none"
    found = successor(ref, s.request.to, s.catalog)
    confirmed = found.ref is not None and s.snapshot.image(found.ref) is not None
    if found.action is Action.EDIT and confirmed:
        return found.ref, "catalog"
    return None, "none"


def _trouble(
    workload: WorkloadFacts, ref: str, new: str, source: str, s: Situation
) -> Blocker | None:
    """What is wrong with a new reference by the registry's word; None for nothing known."""
    facts = s.snapshot.image(new)
    judged = verdict(facts, s.request.to, s.catalog)
    if judged in FITTING:
        return None
    reason = s.snapshot.unknown_reason(f"image/{new}")
    if judged is Verdict.UNKNOWN and source == "option" and reason is None:
        # A snapshot from a file knows only what was looked up; the user's word stands.
        return None
    why = reason or explain_verdict(facts, s.request.to, s.catalog)
    return Blocker(
        rule="PSW104",
        target=workload.target,
        why=f"the new image {new} for {ref} cannot be used: {why}",
        fix=f"Push an image that fits {s.request.to}, or name another: --image {ref}=NEW",
    )


def _rebuild(workload: WorkloadFacts, ref: str, s: Situation) -> Blocker:
    why = s.snapshot.unknown_reason(f"image/{ref}") or explain_verdict(
        s.snapshot.image(ref), s.request.to, s.catalog
    )
    found = successor(ref, s.request.to, s.catalog)
    facts = s.snapshot.image(ref)
    hides = facts is not None and hides_fitting(facts, s.request.to, s.catalog)
    hint = ""
    if found.ref is not None:
        gone = s.snapshot.unknown_reason(f"image/{found.ref}") or "it was not looked up"
        hint = f"; the catalog's successor {found.ref} is not confirmed: {gone}"
    elif found.suggestion:
        hint = f"; {found.suggestion}"
    return Blocker(
        rule="PSW104",
        target=workload.target,
        why=f"image {ref} does not run on {s.request.to}: {why}{hint}",
        fix=(
            "Push its index again with each entry's os.version and plan again, or pass "
            if hides
            else "Rebuild and pass "
        )
        + f"--image {ref}=NEW",
    )
