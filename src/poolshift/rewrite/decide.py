"""What becomes of one image reference in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.finding import Verdict
from poolshift.rewrite.model import UnreadImageError
from poolshift.rewrite.proof import prove
from poolshift.semantics.images import (
    Action,
    Successor,
    explain_verdict,
    is_hostless,
    parse_ref,
    successor,
    verdict,
)

if TYPE_CHECKING:
    from poolshift.rewrite.model import Settings


class Decision(msgspec.Struct, frozen=True):
    """An edit to `ref`, a need of a person, or nothing to do; and why.

    `rule` is the id of the catalog's mapping that decided, or a short name of another reason;
    `optional` tells that the old image runs on the target as well.
    """

    action: Action
    reason: str
    ref: str = ""
    suggestion: str = ""
    rule: str = ""
    optional: bool = False


def decide(ref: str, settings: Settings) -> Decision:
    """What becomes of a reference in a Windows build or workload.

    The user's own replacement wins; then the catalog's mapping, confirmed by the registry where
    there is one; then what the registry proves. Where the registry could not be asked, the
    mapping's word stands, and that it was not confirmed is said.
    """
    try:
        return _decide(ref, settings)
    except UnreadImageError as why:
        alone = _decide(ref, msgspec.structs.replace(settings, resolve=None))
        said = f"{alone.reason}; the registry could not be asked: {why}"
        return msgspec.structs.replace(alone, reason=said)


def _decide(ref: str, settings: Settings) -> Decision:
    if ref in settings.images:
        return _replaced(ref, settings.images[ref])
    if ref in settings.images.values():
        return Decision(Action.NONE_NEEDED, f"{ref} is a replacement that was asked for")
    if is_hostless(ref):
        return Decision(Action.NONE_NEEDED, f"{ref} is tied to no Windows version")
    if "$" in ref or "{{" in ref:
        reason = f"{ref} holds a variable that is filled in elsewhere"
        hint = "change it where its value is set"
        return Decision(Action.NEEDS_HUMAN, reason, suggestion=hint, rule="variable")
    found = successor(ref, settings.to, settings.catalog)
    if found.action == Action.EDIT:
        return _confirmed(ref, found, settings)
    if found.action == Action.NEEDS_HUMAN:
        return _proved(ref, found, settings)
    return Decision(Action.NONE_NEEDED, f"{ref}: {found.reason}")


def _replaced(ref: str, new: str) -> Decision:
    if new == ref:
        return Decision(Action.NONE_NEEDED, f"{ref} stays, as was asked for")
    return Decision(Action.EDIT, f"{ref}: replaced as asked for", new)


def _confirmed(ref: str, found: Successor, settings: Settings) -> Decision:
    new = found.ref or ""
    beside = f"; consider {found.suggestion}" if found.suggestion else ""
    optional = "; optional, the old one runs there too" if found.optional else ""
    edit = Decision(
        Action.EDIT,
        f"{new}: {found.reason}{optional}{beside}",
        new,
        found.suggestion,
        optional=found.optional,
    )
    if settings.resolve is None:
        return edit
    facts = settings.resolve(new)
    judged = verdict(facts, settings.to, settings.catalog)
    if judged == Verdict.FITS:
        return edit
    if found.optional:
        # Nothing forces the change: the old image runs on the target.
        reason = f"{ref} stays: the registry does not confirm {new}, and the old one runs there"
        return Decision(Action.NONE_NEEDED, reason)
    why = (
        "the registry does not have it"
        if facts is None
        else explain_verdict(facts, settings.to, settings.catalog)
    )
    reason = f"{new} would follow, but {why}"
    return Decision(Action.NEEDS_HUMAN, reason, suggestion=new, rule="not-in-registry")


def _proved(ref: str, found: Successor, settings: Settings) -> Decision:
    """A reference that the mapping leaves to a person, unless the registry settles it."""
    human = Decision(
        Action.NEEDS_HUMAN,
        f"{ref}: {found.reason}",
        suggestion=found.suggestion,
        rule=found.rule,
    )
    if settings.resolve is None:
        return human
    facts = settings.resolve(ref)
    if verdict(facts, settings.to, settings.catalog) in (Verdict.FITS, Verdict.FITS_UNSUPPORTED):
        why = explain_verdict(facts, settings.to, settings.catalog)
        return Decision(Action.NONE_NEEDED, f"{ref}: {why}")
    proof = prove(parse_ref(ref), found.rule, settings, settings.resolve)
    if proof.ref:
        return Decision(Action.EDIT, f"{proof.ref}: {proof.seen}", proof.ref)
    held = explain_verdict(facts, settings.to, settings.catalog) if facts is not None else ""
    seen = "; ".join(filter(None, (human.reason, held, proof.seen)))
    return msgspec.structs.replace(human, reason=seen)
