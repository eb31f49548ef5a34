"""The files by which clients find the local AKS."""

from __future__ import annotations

import configparser
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import msgspec

from poolshift.sim.arm.login import CLOUD_NAME, Login

if TYPE_CHECKING:
    from poolshift.sim.arm.ids import Ids

ENDPOINT_FILE = "endpoint.json"
_SECRET_MODE = 0o600
_LOOPBACK = "127.0.0.1,localhost"

_ENVIRONMENT = """\
# Points az, kubectl and poolshift at the local AKS:  . {here}/azure.env
# and back:  poolshift_sim_off
poolshift_sim_off 2>/dev/null || true
{saves}
{exports}
poolshift_sim_off() {{
{restores}
  unset -f poolshift_sim_off
}}
"""
_RESTORE = """\
  if [ -n "${{_POOLSHIFT_HAD_{name}-}}" ]; then export {name}="${{_POOLSHIFT_OLD_{name}-}}"; \
else unset {name}; fi
  unset _POOLSHIFT_HAD_{name} _POOLSHIFT_OLD_{name}"""
_SAVE = """\
_POOLSHIFT_HAD_{name}="${{{name}+yes}}"
_POOLSHIFT_OLD_{name}="${{{name}-}}\""""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a local AKS runs: the contents of `endpoint.json`."""

    arm: str
    kube: str
    tenant: str
    subscription: str
    resource_group: str
    cluster: str
    pid: int


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def write_azure_folder(folder: Path, *, arm: str, ids: Ids, login: Login) -> None:
    """The `az` configuration folder: a signed-in service principal in a cloud of its own."""
    config = configparser.ConfigParser(interpolation=None)
    config["cloud"] = {"name": CLOUD_NAME}
    config["core"] = {
        "instance_discovery": "false",
        "collect_telemetry": "false",
        "encrypt_token_cache": "false",
        "output": "json",
    }
    config["extension"] = {"use_dynamic_install": "no"}
    clouds = configparser.ConfigParser(interpolation=None)
    clouds[CLOUD_NAME] = {
        "endpoint_resource_manager": arm,
        "endpoint_management": arm,
        "endpoint_active_directory": arm,
        "endpoint_active_directory_resource_id": arm,
        "endpoint_active_directory_graph_resource_id": arm,
        "endpoint_microsoft_graph_resource_id": arm,
        "suffix_keyvault_dns": ".vault.azure.net",
        "suffix_acr_login_server_endpoint": ".azurecr.io",
        "subscription": ids.subscription,
    }
    folder.mkdir(parents=True, exist_ok=True)
    # Tokens of an earlier process are of no use to this one.
    (folder / "msal_token_cache.json").unlink(missing_ok=True)
    for name, parser in (("config", config), ("clouds.config", clouds)):
        write_private(folder / name, _ini(parser))
    write_private(folder / "azureProfile.json", _json(_profile(ids, login)))
    entry = {"client_id": login.client_id, "tenant": ids.tenant, "client_secret": "any"}
    write_private(folder / "service_principal_entries.json", _json([entry]))


def environment(folder: Path) -> str:
    """The shell file: exports, and a function that takes them back."""
    here = folder.resolve()
    values = {
        "AZURE_CONFIG_DIR": str(here / "azure"),
        "REQUESTS_CA_BUNDLE": str(here / "ca.pem"),
        "KUBECONFIG": str(here / "kubeconfig"),
        "POOLSHIFT_SIM": str(here),
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    exports += [
        f'export {name}="{_LOOPBACK}${{{name}:+,${name}}}"' for name in ("NO_PROXY", "no_proxy")
    ]
    names = [*values, "NO_PROXY", "no_proxy"]
    return _ENVIRONMENT.format(
        here=shlex.quote(str(here)),
        saves="\n".join(_SAVE.format(name=name) for name in names),
        exports="\n".join(exports),
        restores="\n".join(_RESTORE.format(name=name) for name in names),
    )


def users_bundle() -> str:
    """The certificate authorities that the user trusts already."""
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        path = os.environ.get(name, "")
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8", errors="replace")
    return Path(certifi.where()).read_text(encoding="utf-8")


def _profile(ids: Ids, login: Login) -> dict[str, Any]:
    return {
        "installationId": ids.subscription,
        "subscriptions": [
            {
                "id": ids.subscription,
                "name": "Local AKS",
                "state": "Enabled",
                "user": {"name": login.client_id, "type": "servicePrincipal"},
                "isDefault": True,
                "tenantId": ids.tenant,
                "homeTenantId": ids.tenant,
                "environmentName": CLOUD_NAME,
                "managedByTenants": [],
            }
        ],
    }


def _ini(parser: configparser.ConfigParser) -> str:
    lines: list[str] = []
    for section in parser.sections():
        lines.append(f"[{section}]")
        lines += [f"{key} = {value}" for key, value in parser[section].items()]
        lines.append("")
    return "\n".join(lines)


def _json(data: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(data)).decode() + "\n"
