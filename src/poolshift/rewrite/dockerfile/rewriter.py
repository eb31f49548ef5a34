"""Decides about every image that a Dockerfile names, and collects the edits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.dockerfile.expansion import UNKNOWN, located
from poolshift.rewrite.dockerfile.platforms import windows_stages
from poolshift.rewrite.dockerfile.reading import Recipe, read_recipe
from poolshift.rewrite.dockerfile.unknowns import ask_for_arguments, ask_for_name, is_known
from poolshift.rewrite.dockerfile.uses import Place, Use, clashes, place_of
from poolshift.rewrite.splices import Text, apply, without_clashes
from poolshift.semantics.images import Action, parse_ref, successor
from poolshift.semantics.tags import is_of_maker, names_windows, oses_of_tag

if TYPE_CHECKING:
    from poolshift.rewrite.decide import Decision
    from poolshift.rewrite.dockerfile.reading import Mention, Stage
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.splices import Splice

_FROM_LIKE = re.compile(r"(?i)\bfrom\b")


def rewrite_dockerfile(collector: Collector) -> None:
    """Decide about every image that a Dockerfile names and collect the edits."""
    if _FROM_LIKE.search(collector.source.text) is None:
        return
    recipe = read_recipe(collector.source)
    if not recipe.stages:
        return
    uses = _uses(recipe, collector)
    clashing = clashes(uses)
    placed = [(use, p) for use in uses if (p := _placed(use, clashing, recipe, collector))]
    _ask_about_swallowed(recipe, collector)
    for use, place in _proved(placed, recipe, collector):
        collector.splices.append(place.splice)
        if place.argument:
            _note_argument(use, place.argument, recipe, collector)


def _uses(recipe: Recipe, collector: Collector) -> list[Use]:
    """The images that are named, decided about as far as they are Windows."""
    windows = windows_stages(recipe, collector.settings)
    uses = []
    for number, stage in enumerate(recipe.stages):
        if stage.value.spans or stage.value.open or stage.value.broken:
            uses.append(_use_of_stage(stage, recipe, collector, windows=windows[number]))
        elif stage.value.empty and windows[number]:
            ask_for_arguments(stage.line, stage.value, recipe, collector)
    for mention in recipe.images_from():
        in_windows = windows[mention.stage]
        is_linux = "linux" in recipe.root_of(mention.stage).platform
        use = Use(mention.line, mention.value)
        if _is_windows(mention, collector, in_windows=in_windows, is_linux=is_linux):
            use = _decided(use, recipe, collector)
        uses.append(use)
    return uses


def _use_of_stage(stage: Stage, recipe: Recipe, collector: Collector, *, windows: bool) -> Use:
    use = Use(stage.line, stage.value)
    if not windows or stage.is_choice:
        return use
    if stage.is_malformed:
        ask_for_name(stage.line, stage.value.text, collector, words=True)
        return use
    use = _decided(use, recipe, collector)
    if use.decision is not None and use.decision.action == Action.EDIT:
        sibling = _variant(stage, recipe, collector)
        if sibling is not None:
            collector.need(
                stage.line,
                "variant",
                f"the stage {stage.name} is one of several for different Windows versions; "
                f"{sibling.name or sibling.word} is another",
                f"add a stage on {use.decision.ref}, or build the one that is there",
            )
            return Use(stage.line, stage.value)
    return use


def _is_windows(
    mention: Mention, collector: Collector, *, in_windows: bool, is_linux: bool
) -> bool:
    """Whether an image that is copied from is Windows: it is taken for the stage's platform."""
    settings = collector.settings
    if is_linux:
        return False
    ref = parse_ref(mention.value.text)
    if names_windows(ref, settings.catalog) or ref.text in settings.images:
        return True
    # In a build on Windows an image of its maker, and a placeholder, concern Windows as well. A
    # variable does not: no builder fills it in here.
    is_placeholder = not mention.value.open and not is_known(mention.value)
    return in_windows and (is_of_maker(ref, settings.catalog) or is_placeholder)


def _decided(use: Use, recipe: Recipe, collector: Collector) -> Use:
    """The use with what becomes of its image; what is not known is asked for."""
    value = use.value
    if value.text in collector.settings.images:
        return msgspec.structs.replace(use, decision=collector.decide(value.text))
    if not is_known(value):
        if value.open or value.empty:
            ask_for_arguments(use.line, value, recipe, collector)
        else:
            ask_for_name(use.line, value.text, collector, words=False)
        return use
    return msgspec.structs.replace(use, decision=collector.decide(value.text))


def _variant(stage: Stage, recipe: Recipe, collector: Collector) -> Stage | None:
    """Another stage of the same image for another Windows version, where both say so by name."""
    catalog = collector.settings.catalog
    ref = parse_ref(stage.value.text)
    own = oses_of_tag(ref.tag, catalog)
    if not own or oses_of_tag(stage.name, catalog) != own:
        return None
    for other in recipe.stages:
        theirs = parse_ref(other.value.text)
        named = oses_of_tag(theirs.tag, catalog)
        if theirs.name == ref.name and named and named != own:
            return other
    return None


def _placed(
    use: Use, clashing: dict[tuple[str, Splice], Use], recipe: Recipe, collector: Collector
) -> Place | None:
    """Where a use is edited; what cannot be is left to a person."""
    if use.decision is None:
        return None
    if not collector.settle(_with_source(use.decision, use, recipe), use.line):
        return None
    place = place_of(use)
    if place is None:
        _ask_to_join(use, collector)
        return None
    clash = clashing.get((place.argument, place.splice)) if place.argument else None
    if clash is None:
        return place
    name = place.argument
    other = clash.value.text.replace(UNKNOWN, "...") or "an image"
    collector.need(
        use.line,
        "shared-argument",
        f"ARG {name} (line {recipe.argument_lines.get(name, use.line)}) feeds {use.value.text} "
        f"and, in line {clash.line}, {other}, which does not change with it",
        f"set an ARG of its own for line {use.line}, so that it reads {use.decision.ref}",
    )
    return None


def _with_source(decision: Decision, use: Use, recipe: Recipe) -> Decision:
    """A decision that is left to a person, with the ARGs that the tag comes from."""
    if decision.action != Action.NEEDS_HUMAN:
        return decision
    tag = located(use.value.spans, len(parse_ref(use.value.text).name), len(use.value.text))
    names = sorted({s.argument for s in tag or use.value.spans if s.argument})
    if not names:
        return decision
    told = ", ".join(f"ARG {name} in line {recipe.argument_lines[name]}" for name in names)
    return msgspec.structs.replace(decision, reason=f"{decision.reason} (it comes from {told})")


def _ask_about_swallowed(recipe: Recipe, collector: Collector) -> None:
    """Name the lines that were meant to be a FROM of Windows and are a part of another one."""
    settings = collector.settings
    for line in recipe.swallowed:
        words = [w for w in collector.source.lines[line - 1].split()[1:] if w[:2] != "--"]
        if not words or not names_windows(parse_ref(words[0]), settings.catalog):
            continue
        if successor(words[0], settings.to, settings.catalog).action != Action.NONE_NEEDED:
            collector.need(
                line,
                "swallowed-from",
                "the instruction above ends in the escape character and takes this FROM in",
                "end the line above otherwise, or set another escape character at the top",
            )


def _ask_to_join(use: Use, collector: Collector) -> None:
    collector.need(
        use.line,
        "split-reference",
        f"{use.value.text} is put together from several words",
        use.new,
    )


def _proved(
    placed: list[tuple[Use, Place]], recipe: Recipe, collector: Collector
) -> list[tuple[Use, Place]]:
    """The edits under which every image reads as decided, by reading the edited file again.

    Only an ARG can deceive: cut, replaced or built into another one, its new default may come out
    otherwise.
    """
    if not any(place.argument for _, place in placed):
        return placed
    splices, clashing = without_clashes(place.splice for _, place in placed)
    again = read_recipe(Text(apply(collector.source.text, splices)))
    read = [stage.value.text for stage in again.stages]
    edited = {use.line: use.new for use, _ in placed}
    wanted = [edited.get(stage.line, stage.value.text) for stage in recipe.stages]
    if read == wanted and not clashing:
        return placed
    kept = []
    for use, place in placed:
        if place.argument:
            _ask_to_join(use, collector)
        else:
            kept.append((use, place))
    return kept


def _note_argument(use: Use, name: str, recipe: Recipe, collector: Collector) -> None:
    names = ", ".join(sorted(use.value.arguments))
    collector.note(
        f"line {use.line}: the default of ARG {names} feeds it; a build argument given outside "
        "the file wins over the default"
    )
    for line, inherited in recipe.inherited:
        if inherited == name:
            collector.note(
                f"line {line}: ARG {name} takes the new default into this stage, too; look at "
                "what it does with it"
            )
