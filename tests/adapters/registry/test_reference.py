from __future__ import annotations

import pytest

from poolshift.adapters.registry import Reference, parse_reference
from poolshift.core.errors import InvalidError

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        pytest.param("nginx", Reference("docker.io", "library/nginx", "latest"), id="hub"),
        pytest.param(
            "docker.io/nginx", Reference("docker.io", "library/nginx", "latest"), id="own"
        ),
        pytest.param("a/b:1", Reference("docker.io", "a/b", "1"), id="hub-user"),
        pytest.param("r.io:5000/a/b", Reference("r.io:5000", "a/b", "latest"), id="port"),
        pytest.param("R.io/a_b/c--d", Reference("r.io", "a_b/c--d", "latest"), id="signs"),
        pytest.param(f"r.io/a:t@{DIGEST}", Reference("r.io", "a", DIGEST), id="digest"),
        pytest.param("localhost/a:t", Reference("localhost", "a", "t"), id="localhost"),
        pytest.param("[::1]:5000/a:t", Reference("[::1]:5000", "a", "t"), id="address"),
    ],
)
def test_references(ref: str, expected: Reference) -> None:
    assert parse_reference(ref) == expected


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "r.io/",
        "r.io/../secret:1",
        "r.io/a//b",
        "r.io/A",
        "r.io/a b",
        "r.io/a:\x1b[31mred",
        "r.io/a?x=1:2",
        "r.io/a@sha256:12",
        "r.io/a@md5:" + "a" * 32,
        "user:pass@r.io/a",
        "-r.io/a",
        "r.io:port/a",
        "r.io:99999/a",
        "a" * 64 + ".io/a",
        "[:::]/a",
        "r.io/" + "a" * 300,
        "r.io/a:" + "t" * 129,
    ],
)
def test_what_is_no_reference_never_becomes_an_address(ref: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_reference(ref)
    assert caught.value.line().isprintable()


@pytest.mark.parametrize(
    ("ref", "loopback"),
    [
        ("localhost:5000/a", True),
        ("127.0.0.1/a", True),
        ("[::1]:5000/a", True),
        ("localhost.r.io/a", False),
        ("r.io:5000/a", False),
    ],
)
def test_the_own_machine_is_known(ref: str, loopback: bool) -> None:
    assert parse_reference(ref).loopback is loopback
