"""What a container's command, probes and image name show, in fixed words: no text is ever kept.

A hint is a reason to test, never proof. The text may hold tokens; only the words below leave here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.semantics.tags import parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.kube import Container

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
IIS_6_TOOLS = "iis-6-tools"
CONTAINERD_TOOLS = "containerd-tools"
KERNEL_TOOLS = "kernel-tools"
USER_NAMESPACES = "user-namespaces"
OPEN_FILES = "open-files"
MANY_SOCKETS = "many-sockets"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (UNC_PATH, re.compile(r"(?:^|[\s\"'=])\\\\[A-Za-z0-9._-]+\\[^\s\\]")),
    (POWERSHELL_2, re.compile(r"(?i)powershell(?:\.exe)?\b.{0,200}?\s-v(?:er(?:sion)?)?\s+2\b")),
    (WMIC, re.compile(r"(?i)(?:^|[\s\"'&|;\\/])wmic(?:\.exe)?(?:$|[\s\"'])")),
    (VBSCRIPT, re.compile(r"(?i)(?:\b[cw]script(?:\.exe)?\b|\.vbs\b)")),
    (SMTP_SERVER, re.compile(r"(?i)\bsmtpsvc\b|\bsmtp-server\b")),
    (IIS_6_TOOLS, re.compile(r"(?i)\bweb-lgcy-mgmt-console\b|\badsutil\.vbs\b|\binetmgr6\b")),
    (
        CONTAINERD_TOOLS,
        re.compile(
            r"(?i)(?:^|[\s\"'/\\;&|])(?:ctr|crictl|nerdctl)(?:\.exe)?(?:$|\s)|\bcontainerd\b"
        ),
    ),
    (
        KERNEL_TOOLS,
        re.compile(r"(?:^|[\s\"'/;&|])(?:modprobe|insmod|kmod|dkms|bpftool|bpftrace)(?:$|\s)"),
    ),
    (
        USER_NAMESPACES,
        re.compile(
            r"(?:^|[\s\"'/;&|])(?:rootlesskit|bwrap|unshare|podman|chromium|chrome)(?:$|\s)"
        ),
    ),
    (OPEN_FILES, re.compile(r"\bulimit\s+-[SH]*n\b|\bRLIMIT_NOFILE\b")),
    (HOST_TOOLS, re.compile(r"(?:^|[\s\"'/;&|])(?:nsenter|chroot)(?:$|\s)")),
    (JAVA, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])javaw?(?:\.exe)?(?:$|\s)")),
    (DOTNET, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])dotnet(?:\.exe)?(?:$|\s)")),
    (NODE_JS, re.compile(r"(?i)(?:^|[\s\"'/\\;&|])node(?:\.exe)?(?:$|\s)")),
)
_IMAGES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (JAVA, re.compile(r"\b(?:openjdk|jdk|jre|java|temurin|corretto|zulu|tomcat|jetty|wildfly)\b")),
    (DOTNET, re.compile(r"(?:^|/)dotnet(?:/|$)|\baspnet(?:core)?\b")),
    (NODE_JS, re.compile(r"(?:^|/)node(?:js)?$")),
    (
        KERNEL_TOOLS,
        re.compile(r"\b(?:falco|tetragon|tracee|pixie|beyla|inspektor-gadget|cilium)\b"),
    ),
    (USER_NAMESPACES, re.compile(r"\b(?:podman|buildah|chromium|chrome|browserless|puppeteer)\b")),
    (USER_NAMESPACES, re.compile(r"\bbuildkit\b.*\brootless\b|\bselenium\b")),
    (
        MANY_SOCKETS,
        re.compile(
            r"\b(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|valkey|cassandra|scylla|"
            r"elasticsearch|opensearch|clickhouse|kafka|rabbitmq|nats|pulsar|memcached|"
            r"nginx|haproxy|envoy|traefik|varnish|squid|zookeeper|etcd)\b"
        ),
    ),
)
"""Names of well-known images by what they run; the repository and the tag are looked at."""

_SCRIPT = re.compile(
    r"(?i)^(?:.*[\\/])?(?:cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh(?:\.exe)?|(?:ba|a|da)?sh|"
    r"[^\s]+\.(?:cmd|bat|ps1|sh))$"
)
_MAJOR = re.compile(r"v?(\d{1,4})(?=$|[.\-_u+])")
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


def hints_of_image(ref: str) -> frozenset[str]:
    """The hints of an image's name: what is known to run in images of such a name.

    The registry and a digest are left out: they name hosts and bytes, not programs.
    """
    parsed = parse_ref(ref)
    repository = parsed.repository.lower()
    found = {hint for hint, pattern in _IMAGES if pattern.search(repository)}
    tagged = f"{repository}:{parsed.tag.lower()}"
    return frozenset(found | {h for h, p in _IMAGES if h == USER_NAMESPACES and p.search(tagged)})


def runs(container: Container, hint: str) -> bool:
    """Whether a container's command or its image's name shows something."""
    return hint in container.hints or hint in hints_of_image(container.image)


def major_in_tag(ref: str) -> int | None:
    """The number that an image's tag begins with: 8 of `8.0-nanoserver-1809`; None without one."""
    found = _MAJOR.match(parse_ref(ref).tag)
    return int(found[1]) if found else None
