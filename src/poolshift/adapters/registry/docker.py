"""Logins to registries as `docker login` left them: its config.json and its credential helpers."""

from __future__ import annotations

import base64
import binascii
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec

from poolshift.adapters.registry.reference import DOCKER_HUB

_HELPER_LIMIT_S = 30.0
# The user name under which helpers keep an identity token.
_TOKEN_USER = "<token>"  # noqa: S105 - a name, and no secret
_HUB_KEY = "https://index.docker.io/v1/"
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Login(msgspec.Struct, frozen=True):
    """User and password, or an identity token that a token service exchanges.

    Not to be printed; its representation leaves the secrets out.
    """

    user: str = ""
    password: str = ""
    identity_token: str = ""

    def __repr__(self) -> str:
        """The user alone."""
        return f"Login({self.user!r})"

    def basic(self) -> str:
        """The Authorization header of it."""
        pair = f"{self.user}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()


class _Auth(msgspec.Struct, frozen=True):
    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class _Config(msgspec.Struct, frozen=True, rename="camel"):
    auths: dict[str, _Auth | None] | None = None
    cred_helpers: dict[str, str] | None = None
    creds_store: str = ""


class _Found(msgspec.Struct, frozen=True, rename="pascal"):
    username: str
    secret: str


def docker_login(host: str) -> Login | None:
    """The login for a registry; None without one.

    A helper for the registry comes first, then what stands in the file itself, then the store of
    all logins. A helper is a program and may take seconds.
    """
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        config = msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config)
    except (OSError, msgspec.DecodeError):
        return None
    names: tuple[str, ...] = (host, f"https://{host}", f"https://{host}/v1/", f"https://{host}/v2/")
    if host in DOCKER_HUB:
        names = (_HUB_KEY, *names)
    helper = next((h for n in names if (h := (config.cred_helpers or {}).get(n))), "")
    if helper:
        return _by_helper(helper, names[0])
    auths = config.auths or {}
    named = next((n for n in names if n in auths), "")
    login = _of_file(auths[named]) if named else None
    if login is None and config.creds_store:
        return _by_helper(config.creds_store, named or names[0])
    return login


def _of_file(entry: _Auth | None) -> Login | None:
    if entry is None:
        return None
    if entry.identitytoken:
        return Login(identity_token=entry.identitytoken)
    user, password = entry.username, entry.password
    if entry.auth:
        try:
            pair = base64.b64decode(entry.auth).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return None
        user, _, password = pair.partition(":")
    return Login(user, password.rstrip("\0")) if password else None


def _by_helper(helper: str, server: str) -> Login | None:
    """Ask a credential helper; None when it has nothing or is not there."""
    program = shutil.which(f"docker-credential-{helper}") if _HELPER.fullmatch(helper) else None
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the user's own helper, found in PATH
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=_HELPER_LIMIT_S,
            check=True,
        )
        found = msgspec.json.decode(done.stdout, type=_Found)
    except (subprocess.SubprocessError, OSError, msgspec.DecodeError):
        return None
    if found.username == _TOKEN_USER:
        return Login(identity_token=found.secret)
    return Login(found.username, found.secret)
