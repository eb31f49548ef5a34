"""What a container's command and probes show, in fixed words: the text itself is never kept.

A hint is a reason to test, never proof. The text may hold tokens; only the words below leave here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

UNC_PATH = "unc-path"
POWERSHELL_2 = "powershell-2"
WMIC = "wmic"
VBSCRIPT = "vbscript"
SCRIPT_ENTRYPOINT = "script-entrypoint"
JAVA = "java"
DOTNET = "dotnet"
NODE_JS = "node-js"
HOST_TOOLS = "host-tools"
SMTP_SERVER = "smtp-server"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (UNC_PATH, re.compile(r"(?:^|[\s\"'=])\\\\[A-Za-z0-9._-]+\\[^\s\\]")),
    (POWERSHELL_2, re.compile(r"(?i)powershell(?:\.exe)?\b.{0,200}?\s-v(?:er(?:sion)?)?\s+2\b")),
    (WMIC, re.compile(r"(?i)(?:^|[\s\"'&|;\\/])wmic(?:\.exe)?(?:$|[\s\"'])")),
    (VBSCRIPT, re.compile(r"(?i)(?:\b[cw]script(?:\.exe)?\b|\.vbs\b)")),
    (SMTP_SERVER, re.compile(r"(?i)\bsmtpsvc\b|\bsmtp-server\b")),
    (HOST_TOOLS, re.compile(r"(?:^|[\s\"'/;&|])(?:nsenter|chroot)(?:$|\s)")),
    (JAVA, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])javaw?(?:\.exe)?(?:$|\s)")),
    (DOTNET, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])dotnet(?:\.exe)?(?:$|\s)")),
    (NODE_JS, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])node(?:\.exe)?(?:$|\s)")),
)
_SCRIPT = re.compile(
    r"(?i)^(?:.*[\\/])?(?:cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh(?:\.exe)?|(?:ba|a|da)?sh|"
    r"[^\s]+\.(?:cmd|bat|ps1|sh))$"
)
_ENOUGH = 20_000
"""Characters looked at of one container; an init script of megabytes is no command line."""


def hints_of(command: Iterable[str], others: Iterable[str] = ()) -> tuple[str, ...]:
    """The hints of a command with its arguments, and of other texts that it runs (probes, hooks).

    Args:
        command: the words of the command and its arguments, in order; empty for the image's own.
        others: further commands, each as one text.
    """
    words = list(command)
    text = "\n".join((" ".join(words), *others))[:_ENOUGH]
    found = [hint for hint, pattern in _PATTERNS if pattern.search(text)]
    if words and _SCRIPT.match(words[0].strip()):
        found.append(SCRIPT_ENTRYPOINT)
    return tuple(found)
