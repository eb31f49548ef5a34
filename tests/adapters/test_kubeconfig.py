from __future__ import annotations

import asyncio
import base64
import os
import ssl
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import yaml

from poolshift.adapters.credentials import StaticTokens
from poolshift.adapters.kube_auth import KubeTokens
from poolshift.adapters.kubeconfig import load_target, parse_target, tls_context
from poolshift.core.errors import UnauthorizedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

EXEC_V1 = "client.authentication.k8s.io/v1"


class Wall:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    async def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        return


def config(user: dict[str, Any], **cluster: Any) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": {"server": "https://k.example:443/", **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def written(path: Path, data: object) -> str:
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return str(path)


def token_of(user: dict[str, Any], azure: StaticTokens | None = None) -> str:
    target = parse_target(yaml.safe_dump(config(user)))
    return asyncio.run(KubeTokens(target, Wall(), azure).token())


def test_the_current_context_is_taken_and_files_are_relative(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"CA")
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    data = config({"tokenFile": "token"}, **{"certificate-authority": "ca.pem"})
    target = load_target(written(tmp_path / "config", data))
    assert (target.server, target.authority) == ("https://k.example:443", b"CA")
    assert asyncio.run(KubeTokens(target, Wall()).token()) == "from-file"


def test_the_first_file_of_the_list_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path / "a", {"users": [{"name": "u", "user": {"token": "first"}}]})
    second = written(tmp_path / "b", config({"token": "second"}))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([first, str(tmp_path / "none"), second]))
    assert load_target().user.token == "first"


@pytest.mark.parametrize(
    ("data", "context", "words"),
    [
        pytest.param(config({}), "other", "x", id="unknown-context"),
        pytest.param({**config({}), "clusters": []}, "", "no cluster", id="no-cluster"),
        pytest.param([1], "", "no kubeconfig", id="no-mapping"),
        pytest.param(
            config({}, **{"certificate-authority-data": "%"}), "", "base64", id="bad-base64"
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, data: object, context: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_target(written(tmp_path / "config", data), context)


def plugin(tmp_path: Path, program: str, **more: Any) -> dict[str, Any]:
    path = tmp_path / "plugin.py"
    path.write_text(program, encoding="utf-8")
    return {"exec": {"apiVersion": EXEC_V1, "command": sys.executable, "args": [str(path)], **more}}


PRINTS = """
import json, os, pathlib
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
count = pathlib.Path(__file__).with_suffix(".count")
n = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(n))
print(json.dumps({"apiVersion": info["apiVersion"], "status": {"token": f"{os.environ['WHO']}{n}",
    "expirationTimestamp": "2026-01-01T01:00:00Z"}}))
"""


def test_a_plugin_is_asked_once_until_its_credential_ends(tmp_path: Path) -> None:
    user = plugin(tmp_path, PRINTS, env=[{"name": "WHO", "value": "me"}])
    wall = Wall()
    tokens = KubeTokens(parse_target(yaml.safe_dump(config(user))), wall)

    async def main() -> list[str]:
        got = [await tokens.token(), await tokens.token()]
        wall.moment = wall.moment.replace(hour=2)
        got.append(await tokens.token())
        return got

    assert asyncio.run(main()) == ["me1", "me1", "me2"]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        pytest.param("raise SystemExit('log in first')", "log in first", id="fails"),
        pytest.param("print('{}')", "cannot be read", id="no-status"),
    ],
)
def test_a_plugin_that_gives_nothing_is_an_error(tmp_path: Path, program: str, words: str) -> None:
    with pytest.raises(UnauthorizedError, match=words):
        token_of(plugin(tmp_path, program))


def test_a_missing_plugin_prints_its_own_hint() -> None:
    user = {"exec": {"apiVersion": EXEC_V1, "command": "no-such", "installHint": "get it at x"}}
    with pytest.raises(UsageError, match="get it at x"):
        token_of(user)


def test_kubelogin_is_replaced_by_an_azure_token() -> None:
    args = ["get-token", "--server-id", "app-id"]
    user = {"exec": {"apiVersion": EXEC_V1, "command": "kubelogin", "args": args}}
    assert token_of(user, StaticTokens("azure")) == "azure"


def test_a_client_certificate_is_loaded_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    authority = trustme.CA()
    issued = authority.issue_cert("me")
    encoded = {
        "client-certificate-data": base64.b64encode(issued.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(issued.private_key_pem.bytes()).decode(),
    }
    ca = base64.b64encode(authority.cert_pem.bytes()).decode()
    target = parse_target(yaml.safe_dump(config(encoded, **{"certificate-authority-data": ca})))
    context = tls_context(target)
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1
    assert list(tmp_path.iterdir()) == []


def test_verification_is_skipped_only_when_the_kubeconfig_says_so() -> None:
    target = parse_target(yaml.safe_dump(config({}, **{"insecure-skip-tls-verify": True})))
    assert tls_context(target).verify_mode == ssl.CERT_NONE
