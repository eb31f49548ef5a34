"""Clouds: where the resource manager and the sign-in are."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

import httpx
import msgspec

from poolshift.adapters.http import unreachable
from poolshift.core.errors import UsageError

METADATA_QUERY = "api-version=2022-09-01"


class Cloud(msgspec.Struct, frozen=True):
    """A cloud; `resource_manager` is also the audience of its tokens."""

    name: str
    resource_manager: str
    authority: str


PUBLIC = Cloud("AzureCloud", "https://management.azure.com", "https://login.microsoftonline.com")
_KNOWN = (
    PUBLIC,
    Cloud(
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
    ),
    Cloud(
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn",
        "https://login.partner.microsoftonline.cn",
    ),
)


def config_folder() -> Path:
    """Where `az` keeps its configuration."""
    return Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")


async def find_cloud(wanted: str, client: httpx.AsyncClient) -> Cloud:
    """A cloud by name or by the URL of its resource manager; empty is what `az` is set to."""
    if wanted.startswith(("https://", "http://")):
        return await _by_metadata(wanted.rstrip("/"), client)
    name = wanted or os.environ.get("AZURE_CLOUD_NAME") or _configured_name()
    for cloud in _KNOWN:
        if cloud.name.lower() == name.lower():
            return cloud
    registered = _registered(name)
    if registered is None:
        raise UsageError(
            f"there is no cloud {name!r}",
            fix=f"Take one of {', '.join(c.name for c in _KNOWN)}, one that `az cloud register` "
            "knows, or the URL of its resource manager",
            code="PSE340",
        )
    return registered


def _configured_name() -> str:
    parser = _read(config_folder() / "config")
    return parser.get("cloud", "name", fallback=PUBLIC.name)


def _registered(name: str) -> Cloud | None:
    parser = _read(config_folder() / "clouds.config")
    section = next((s for s in parser.sections() if s.lower() == name.lower()), None)
    if section is None:
        return None
    try:
        return Cloud(
            section,
            parser[section]["endpoint_resource_manager"].rstrip("/"),
            parser[section]["endpoint_active_directory"].rstrip("/"),
        )
    except KeyError as error:
        raise UsageError(
            f"clouds.config says too little of {section}", why=str(error), code="PSE340"
        ) from error


def _read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except configparser.Error as error:
        raise UsageError(f"{path} cannot be read", why=str(error), code="PSE340") from error
    return parser


async def _by_metadata(url: str, client: httpx.AsyncClient) -> Cloud:
    try:
        answer = await client.get(f"{url}/metadata/endpoints?{METADATA_QUERY}")
    except httpx.TransportError as error:
        raise unreachable(
            f"the cloud at {url}", error, likely="the address is wrong", fix="Check --cloud"
        ) from error
    try:
        found = answer.raise_for_status().json()
        found = found[0] if isinstance(found, list) else found
        return Cloud(
            str(found["name"]),
            str(found["resourceManager"]).rstrip("/"),
            str(found["authentication"]["loginEndpoint"]).rstrip("/"),
        )
    except (httpx.HTTPStatusError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(f"{url} is no resource manager", why=str(error), code="PSE340") from error
