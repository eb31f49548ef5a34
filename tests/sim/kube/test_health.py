"""The server's health: a word for probes, check by check for people."""

from __future__ import annotations

import httpx
import pytest
from tests.sim.kube.test_http import ask, talk
from tests.sim.kube.worlds import make_world


@pytest.mark.parametrize("kind", ["healthz", "livez", "readyz"])
@pytest.mark.parametrize("one", ["", "/ping", "/poststarthook/rbac/bootstrap-roles"])
def test_a_probe_gets_one_word(kind: str, one: str) -> None:
    answer = ask(make_world(), "GET", f"/{kind}{one}")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("kind", "own"), [("healthz", []), ("livez", []), ("readyz", ["informer-sync", "shutdown"])]
)
def test_people_get_every_check(kind: str, own: list[str]) -> None:
    lines = ask(make_world(), "GET", f"/{kind}?verbose").text.splitlines()
    assert lines[:2] == ["[+]ping ok", "[+]log ok"]
    assert lines[-1] == f"{kind} check passed"
    told = {line.removeprefix("[+]").removesuffix(" ok") for line in lines}
    assert [name for name in ("informer-sync", "shutdown") if name in told] == own


def test_checks_are_left_out_by_name() -> None:
    path = "/readyz?verbose&exclude=log&exclude=nope"
    lines = ask(make_world(), "GET", path).text.splitlines()
    assert lines[1] == "[+]log excluded: ok"
    assert lines[-2] == ('warn: some health checks cannot be excluded: no matches for "nope"')
    assert ask(make_world(), "GET", "/readyz?exclude=log").text == "ok"


@pytest.mark.parametrize("path", ["/readyz/nope", "/livez/shutdown", "/healthy"])
def test_there_is_no_other_check(path: str) -> None:
    answer = ask(make_world(), "GET", path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_health_takes_no_token() -> None:
    async def probe(http: httpx.AsyncClient) -> httpx.Response:
        return await http.get("/readyz/ping")

    assert talk(make_world(), probe, token="secret").text == "ok"
