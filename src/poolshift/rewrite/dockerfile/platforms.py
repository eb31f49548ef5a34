"""Which stages of a Dockerfile are built on Windows.

| decided by, the first that tells | |
|---|---|
| `--platform` | what it names; the builder's own platform counts as another one |
| the image | its repository or tag speaks of Windows |
| what the stage does | and those that stand on it: a shell, a command or a path of one system |
| the file | the backtick as escape character; or all of it is Windows and the catalog knows the \
family |

What remains unknown is left alone: a cross build on Linux speaks of Windows as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.dockerfile.expansion import UNKNOWN
from poolshift.semantics.tags import (
    family_of,
    is_of_maker,
    is_windows_family,
    names_windows,
    names_windows_surely,
    oses_of_tag,
    parse_ref,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.rewrite.dockerfile.reading import Recipe, Stage
    from poolshift.rewrite.model import Settings

_BUILDER = re.compile(r"\$build(?:platform|os)\b")

# Where a command of a shell line may begin.
_COMMAND = r"(?:^|[&|;({\[]|\b(?:then|do|sudo)\s)\s*@?[\"']?"
_DRIVE = r"(?<![\w$}])[CDcd]:[\\/]"
_WINDOWS_PROGRAM = (
    r"(?:powershell|cmd|msiexec|setx|choco|dism|icacls|robocopy|reg(?:\.exe)?\s+add"
    r"|(?:add|install)-windowsfeature)(?:\.exe)?(?=[\"'\s,]|$)|[\w.\\/:-]+\.exe\b"
)
_LINUX_PROGRAM = (
    r"(?:apt-get|apt|apk|yum|dnf|tdnf|microdnf|zypper|chmod|chown|useradd|groupadd|adduser"
    r"|addgroup|ln|wine|wine64|xvfb-run)\s|/bin/(?:ba|da)?sh\b"
)
_WINDOWS = {
    "SHELL": r"^\s*\[?\s*\"?(?:[^\"]*[\\/])?(?:powershell|cmd|pwsh\.exe)",
    "USER": r"^\s*\"?container(?:administrator|user)\b",
    "RUN": rf"{_COMMAND}(?:{_WINDOWS_PROGRAM})|{_DRIVE}",
    "CMD": rf"^\s*\[?\s*\"?(?:{_WINDOWS_PROGRAM})|{_DRIVE}",
    "ENTRYPOINT": rf"^\s*\[?\s*\"?(?:{_WINDOWS_PROGRAM})|{_DRIVE}",
}
_LINUX = {
    "SHELL": r"^\s*\[?\s*\"?(?:/usr)?/bin/",
    "RUN": rf"{_COMMAND}(?:{_LINUX_PROGRAM})",
    "CMD": rf"^\s*\[?\s*\"?(?:{_LINUX_PROGRAM})",
    "ENTRYPOINT": rf"^\s*\[?\s*\"?(?:{_LINUX_PROGRAM})",
}
_SAYS_WINDOWS = {key: re.compile(text, re.IGNORECASE) for key, text in _WINDOWS.items()}
_SAYS_LINUX = {key: re.compile(text, re.IGNORECASE) for key, text in _LINUX.items()}
_SAYS_DRIVE = re.compile(_DRIVE)


def windows_stages(recipe: Recipe, settings: Settings) -> list[bool]:
    """For each stage whether it is built on Windows."""
    sure: list[bool | None] = []
    deeds = _deeds(recipe)
    for number, stage in enumerate(recipe.stages):
        if stage.parent is not None and not stage.platform:
            sure.append(sure[stage.parent])
            continue
        told = _by_itself(stage, settings)
        if told is None or (told and _is_weak(stage, settings)):
            # Images for cross builds speak of Windows in their name as well.
            done = _by_commands(deeds[number])
            told = done if done is not None else told
        sure.append(True if told is None and recipe.escape == "`" else told)
    all_windows = any(sure) and not any(_is_foreign(stage, settings) for stage in recipe.stages)
    return [
        told if told is not None else all_windows and _is_likely(stage, settings)
        for stage, told in zip(recipe.stages, sure, strict=True)
    ]


def _by_itself(stage: Stage, settings: Settings) -> bool | None:
    """What the stage's own FROM tells; None where it leaves it open."""
    if "linux" in stage.platform:
        return False
    if stage.platform.startswith("windows"):
        return True
    ref = parse_ref(stage.value.text)
    if _BUILDER.search(stage.platform):
        family = family_of(ref, settings.catalog)
        windows_alone = family is not None and is_windows_family(family, settings.catalog)
        return windows_alone or bool(oses_of_tag(ref.tag, settings.catalog))
    if names_windows(ref, settings.catalog) or ref.text in settings.images:
        return True
    return None


def _is_weak(stage: Stage, settings: Settings) -> bool:
    """Whether only a word of the image's name, or only a number, speaks of Windows."""
    ref = parse_ref(stage.value.text)
    if family_of(ref, settings.catalog) is not None or ref.text in settings.images:
        return False
    return not names_windows_surely(ref, settings.catalog)


def _is_foreign(stage: Stage, settings: Settings) -> bool:
    """Whether a stage runs on another platform than the image that is built."""
    if "linux" in stage.platform:
        return True
    return _BUILDER.search(stage.platform) is not None and not _by_itself(stage, settings)


def _is_likely(stage: Stage, settings: Settings) -> bool:
    """In a build on Windows: an image of its maker, or one that nothing is known of."""
    if stage.value.text == UNKNOWN:
        return True
    return is_of_maker(parse_ref(stage.value.text), settings.catalog)


def _deeds(recipe: Recipe) -> list[list[tuple[str, str]]]:
    """For each stage its instructions, those of what stands on it, and what is copied out of it."""
    roots: list[int] = []
    deeds: list[list[tuple[str, str]]] = []
    for number, stage in enumerate(recipe.stages):
        root = number if stage.parent is None else roots[stage.parent]
        roots.append(root)
        deeds.append(list(stage.commands))
        if root != number:
            deeds[root] += stage.commands
    for mention in recipe.mentions:
        source = recipe.stage_named(mention.value.text)
        if source is not None:
            path, _, _ = mention.rest.strip().partition(" ")
            deeds[roots[source]].append(("COPY", path))
    return deeds


def _by_commands(deeds: Iterable[tuple[str, str]]) -> bool | None:
    windows = False
    for keyword, text in deeds:
        linux = _SAYS_LINUX.get(keyword)
        if linux is not None and linux.search(text):
            return False
        windows = windows or _SAYS_WINDOWS.get(keyword, _SAYS_DRIVE).search(text) is not None
    return True if windows else None
