"""Logins as docker keeps them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from poolshift.adapters.registry import Login, docker_login

AUTH = base64.b64encode(b"me:sec:ret").decode()


def configured(docker: Path, config: Any) -> None:
    (docker / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))


def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int = 0) -> Path:
    """A credential helper `test` that answers so and notes what it was asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\ncat > {folder}/asked\necho '{answer}'\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "asked"


@pytest.mark.parametrize("name", ["r.io", "https://r.io", "https://r.io/v1/", "https://r.io/v2/"])
def test_a_login_in_the_file(docker: Path, name: str) -> None:
    configured(docker, {"auths": {name: {"auth": AUTH}}})
    assert docker_login("r.io") == Login("me", "sec:ret")
    assert docker_login("other.io") is None


def test_docker_hub_goes_by_its_old_name(docker: Path) -> None:
    configured(docker, {"auths": {"https://index.docker.io/v1/": {"auth": AUTH}}})
    assert docker_login("docker.io") == Login("me", "sec:ret")


def test_an_identity_token_goes_before_a_password(docker: Path) -> None:
    configured(docker, {"auths": {"r.io": {"auth": AUTH, "identitytoken": "long"}}})
    assert docker_login("r.io") == Login(identity_token="long")


@pytest.mark.parametrize(
    "config",
    [
        "",
        "{",
        "[]",
        {},
        {"auths": None},
        {"auths": {"r.io": None}},
        {"auths": {"r.io": {}}},
        {"auths": {"r.io": {"auth": "%%%"}}},
        {"auths": {"r.io": {"auth": "bWU="}}},
        {"credHelpers": {"r.io": "nobody-has-it"}},
        {"credHelpers": {"r.io": "../../bin/sh"}},
        {"credsStore": "nobody-has-it"},
    ],
    ids=[
        "empty",
        "cut",
        "list",
        "object",
        "no-auths",
        "no-entry",
        "nothing",
        "no-base64",
        "no-password",
        "helper",
        "path",
        "store",
    ],
)
def test_what_says_nothing_is_no_login(docker: Path, config: Any) -> None:
    configured(docker, config)
    assert docker_login("r.io") is None


@pytest.mark.parametrize(
    "config",
    [{"credHelpers": {"r.io": "test"}}, {"credsStore": "test"}],
    ids=["helper", "store"],
)
def test_a_helper_is_asked(
    docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    asked = helper(tmp_path, monkeypatch, '{"Username": "u", "Secret": "s"}')
    configured(docker, config)
    assert docker_login("r.io") == Login("u", "s")
    assert asked.read_text() == "r.io"


def test_a_helper_may_hold_an_identity_token(
    docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, monkeypatch, '{"Username": "<token>", "Secret": "long"}')
    configured(docker, {"credHelpers": {"r.io": "test"}})
    assert docker_login("r.io") == Login(identity_token="long")


@pytest.mark.parametrize(("answer", "code"), [("no JSON", 0), ("{}", 0), ("not found", 1)])
def test_a_helper_that_has_nothing(
    docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    helper(tmp_path, monkeypatch, answer, code)
    configured(docker, {"credHelpers": {"r.io": "test"}})
    assert docker_login("r.io") is None


def test_a_login_does_not_show_its_secret() -> None:
    assert "secret" not in repr(Login("me", "secret", "secret"))
