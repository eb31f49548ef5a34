"""Kubeconfig files: which cluster, with which trust, as whom."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PRIVATE = 0o600


class ExecPlugin(msgspec.Struct, frozen=True):
    """A program that prints a credential (client.authentication.k8s.io)."""

    api_version: str
    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    install_hint: str = ""
    wants_cluster: bool = False

    @property
    def is_kubelogin(self) -> bool:
        """Whether it is the program by which AKS clusters with Entra ID sign users in."""
        return Path(self.command).stem == "kubelogin" or "get-token" in self.args

    def argument(self, *names: str) -> str:
        """The value of an option among its arguments (`--server-id X`, `--server-id=X`)."""
        for index, arg in enumerate(self.args):
            name, equals, value = arg.partition("=")
            if name in names:
                follows = self.args[index + 1] if index + 1 < len(self.args) else ""
                return value if equals else follows
        return ""


class KubeUser(msgspec.Struct, frozen=True):
    """How to sign in: a certificate, a token, a file with one, or a plugin."""

    token: str = ""
    token_file: str = ""
    certificate: bytes = b""
    key: bytes = b""
    plugin: ExecPlugin | None = None


class KubeTarget(msgspec.Struct, frozen=True):
    """A cluster and a user: what one context stands for."""

    server: str
    user: KubeUser
    authority: bytes = b""
    insecure: bool = False
    server_name: str = ""
    proxy: str = ""
    context: str = ""


def load_target(path: str = "", context: str = "") -> KubeTarget:
    """The target of a context in a kubeconfig file, KUBECONFIG's list, or ~/.kube/config."""
    listed = path or os.environ.get("KUBECONFIG", "")
    paths = [Path(p).expanduser() for p in listed.split(os.pathsep) if p]
    paths = paths or [Path.home() / ".kube" / "config"]
    merged: dict[str, dict[str, Any]] = {"clusters": {}, "users": {}, "contexts": {}}
    current = ""
    for file in paths:
        if not file.is_file():
            if path:
                raise UsageError(f"there is no kubeconfig {file}", code="PSE344")
            continue
        config = _parsed(file.read_text(encoding="utf-8"), str(file))
        _merge(merged, config, file.parent)
        current = current or str(config.get("current-context") or "")
    return _target(merged, context or current, ", ".join(str(p) for p in paths))


def parse_target(text: str, context: str = "") -> KubeTarget:
    """The target of a kubeconfig's text, as the service hands it out."""
    config = _parsed(text, "the service's kubeconfig")
    merged: dict[str, dict[str, Any]] = {"clusters": {}, "users": {}, "contexts": {}}
    _merge(merged, config, Path())
    chosen = context or str(config.get("current-context") or "")
    return _target(merged, chosen, "the service's kubeconfig")


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{where} cannot be read", why=str(error), code="PSE344") from error
    if not isinstance(config, dict):
        raise UsageError(f"{where} is no kubeconfig", code="PSE344")
    return config


def _merge(merged: dict[str, dict[str, Any]], config: Mapping[str, Any], folder: Path) -> None:
    """Add a file's entries; the first file that has a name wins, as kubectl has it."""
    for plural, singular in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
        for entry in config.get(plural) or ():
            body = {**(entry.get(singular) or {}), "__folder": folder}
            merged[plural].setdefault(str(entry.get("name")), body)


def _target(merged: Mapping[str, Mapping[str, Any]], context: str, where: str) -> KubeTarget:
    found = merged["contexts"].get(context)
    if found is None:
        names = ", ".join(merged["contexts"]) or "none"
        raise UsageError(
            f"{where} has no context {context!r}" if context else f"{where} has no current context",
            fix=f"Choose one with --context: {names}",
            code="PSE344",
        )
    cluster = merged["clusters"].get(str(found.get("cluster")))
    user = merged["users"].get(str(found.get("user")), {})
    if cluster is None or not cluster.get("server"):
        raise UsageError(
            f"{where}: context {context} names no cluster with a server", code="PSE344"
        )
    return KubeTarget(
        server=str(cluster["server"]).rstrip("/"),
        user=_user(user),
        authority=_data(cluster, "certificate-authority"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        server_name=str(cluster.get("tls-server-name") or ""),
        proxy=str(cluster.get("proxy-url") or ""),
        context=context,
    )


def _user(user: Mapping[str, Any]) -> KubeUser:
    plugin = user.get("exec")
    return KubeUser(
        token=str(user.get("token") or ""),
        token_file=str(_path(user, "tokenFile") or ""),
        certificate=_data(user, "client-certificate"),
        key=_data(user, "client-key"),
        plugin=_plugin(plugin) if plugin else None,
    )


def _plugin(plugin: Mapping[str, Any]) -> ExecPlugin:
    return ExecPlugin(
        api_version=str(plugin.get("apiVersion") or ""),
        command=str(plugin.get("command") or ""),
        args=tuple(str(arg) for arg in plugin.get("args") or ()),
        env=tuple((str(e["name"]), str(e["value"])) for e in plugin.get("env") or ()),
        install_hint=str(plugin.get("installHint") or "").strip(),
        wants_cluster=bool(plugin.get("provideClusterInfo")),
    )


def _path(entry: Mapping[str, Any], key: str) -> Path | None:
    """A file that an entry names, relative to the kubeconfig that it stands in."""
    value = entry.get(key)
    return Path(entry.get("__folder", Path())) / str(value) if value else None


def _data(entry: Mapping[str, Any], key: str) -> bytes:
    """The bytes of `key-data`, or of the file that `key` names."""
    inline = entry.get(f"{key}-data")
    if inline:
        try:
            return base64.b64decode(str(inline), validate=True)
        except (binascii.Error, ValueError) as error:
            raise UsageError(
                f"{key}-data of the kubeconfig is not base64", code="PSE344"
            ) from error
    path = _path(entry, key)
    if path is None:
        return b""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} of the kubeconfig cannot be read", why=str(error), code="PSE344"
        ) from error


def tls_context(target: KubeTarget, certificate: bytes = b"", key: bytes = b"") -> ssl.SSLContext:
    """The TLS context for a target, with its own or a plugin's client certificate."""
    # Never with the environment's authorities: a kubeconfig names the one that it trusts.
    context = ssl.create_default_context()
    if target.authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=target.authority.decode("ascii", "ignore"))
    if target.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = certificate or target.user.certificate, key or target.user.key
    if certificate:
        # The ssl module loads client certificates from files alone.
        with _private_file(certificate) as cert_path, _private_file(key) as key_path:
            context.load_cert_chain(cert_path, key_path)
    return context


@contextlib.contextmanager
def _private_file(data: bytes) -> Iterator[str]:
    """A file with those bytes that only we read, gone at the end."""
    handle, path = tempfile.mkstemp(prefix="poolshift-")
    try:
        os.fchmod(handle, _PRIVATE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        yield path
    finally:
        Path(path).unlink(missing_ok=True)
