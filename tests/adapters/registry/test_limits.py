"""Bounds by host: how much at once, how long in all, and when a host is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from tests.adapters.registry.shop import START, Shop, VirtualWall, image_by, registry

from poolshift.adapters.registry import Limits, limits_from_environment
from poolshift.core.errors import ApiError, ThrottledError, UnreachableError, UsageError

MANY = 400
HUB_LIMIT = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"}


def all_images(
    handler: Callable[[httpx.Request], httpx.Response],
    refs: list[str],
    wall: VirtualWall,
    limits: Limits | None = None,
) -> list[object]:
    async def main() -> list[object]:
        port = registry(handler, wall=wall, limits=limits)
        return list(await asyncio.gather(*(port.image(r) for r in refs), return_exceptions=True))

    return asyncio.run(main())


def stocked(count: int) -> tuple[Shop, list[str]]:
    shop = Shop()
    for n in range(count):
        shop.manifest({"os": "linux", "n": n}, tag=str(n))
    return shop, [f"r.io/a:{n}" for n in range(count)]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}], ids=["silent", "retry-after"])
def test_a_host_that_throttles_for_ten_minutes_is_given_up_once(headers: dict[str, str]) -> None:
    asked = 0

    def handler(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(429, headers=headers)

    wall = VirtualWall()
    found = all_images(handler, [f"r.io/a:{n}" for n in range(MANY)], wall)
    assert all(isinstance(f, ThrottledError) for f in found)
    assert (wall.moment - START) <= timedelta(seconds=120)
    assert asked < 60
    assert "rate limited by r.io for longer than 120 s" in str(found[-1])
    assert "docker login" in str(found[-1])


def test_a_longer_wait_than_the_patience_is_not_waited_for_at_all() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "3600"})

    wall = VirtualWall()
    (error,) = all_images(handler, ["r.io/a:1"], wall)
    assert isinstance(error, ThrottledError)
    assert "until 2026-01-01T01:00:00Z" in error.why
    assert wall.moment == START


def test_a_wait_may_be_named_as_a_date() -> None:
    shop, refs = stocked(1)
    answers = iter([httpx.Response(429, headers={"Retry-After": "Thu, 01 Jan 2026 00:00:30 GMT"})])
    wall = VirtualWall()
    (image,) = all_images(lambda r: next(answers, None) or shop.answer(r), refs, wall)
    assert not isinstance(image, Exception)
    assert wall.moment - START == timedelta(seconds=30)


@pytest.mark.parametrize("named", ["soon", "-5", "nan", "1e9", "²", "inf"])
def test_a_wait_that_is_no_number_is_our_own(named: str) -> None:
    shop, refs = stocked(1)
    throttled = httpx.Response(429, headers=[(b"Retry-After", named.encode())])
    answers = iter([throttled])
    wall = VirtualWall()
    (image,) = all_images(lambda r: next(answers, None) or shop.answer(r), refs, wall)
    assert not isinstance(image, Exception)
    assert timedelta(0) < wall.moment - START < timedelta(seconds=2)


def test_the_quota_of_docker_hub_ends_its_reads_at_once() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers=HUB_LIMIT)

    wall = VirtualWall()
    found = all_images(handler, [f"a/b:{n}" for n in range(MANY)], wall)
    assert wall.moment == START
    assert "until 2026-01-01T06:00:00Z (100 in 21600 s)" in str(found[0])


def test_a_quota_that_is_used_up_stops_what_would_be_refused() -> None:
    shop, refs = stocked(MANY)
    left = 3

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal left
        answer = shop.answer(request)
        if "/manifests/" in request.url.path:
            left -= 1
            answer.headers["ratelimit-limit"] = "100;w=21600"
            answer.headers["ratelimit-remaining"] = f"{max(left, 0)};w=21600"
        return answer

    found = all_images(handler, refs, VirtualWall(), Limits(at_once=1))
    assert left == 0
    assert len([f for f in found if isinstance(f, ThrottledError)]) == MANY - 3


def test_a_short_quota_is_waited_for() -> None:
    shop, refs = stocked(4)
    spent = iter([True])

    def handler(request: httpx.Request) -> httpx.Response:
        answer = shop.answer(request)
        if "/manifests/" in request.url.path and next(spent, False):
            answer.headers["ratelimit-remaining"] = "0;w=60"
        return answer

    wall = VirtualWall()
    found = all_images(handler, refs, wall)
    assert not [f for f in found if isinstance(f, Exception)]
    assert wall.moment - START == timedelta(seconds=60)


def test_the_patience_is_of_all_waits_together() -> None:
    """A registry that throttles every other request must not be waited for without end."""
    shop, refs = stocked(MANY)
    count = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return (
            httpx.Response(429, headers={"Retry-After": "1"}) if count % 2 else shop.answer(request)
        )

    wall = VirtualWall()
    found = all_images(handler, refs, wall, Limits(patience_s=30.0))
    assert wall.moment - START <= timedelta(seconds=31)
    assert [f for f in found if isinstance(f, ThrottledError)]
    assert [f for f in found if not isinstance(f, Exception)]


def test_a_host_that_does_not_answer_costs_one_time_out() -> None:
    asked = 0
    wall = VirtualWall()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        await wall.sleep(10.0)
        raise httpx.ConnectTimeout("timed out", request=request)

    async def main() -> list[object]:
        port = registry(handler, wall=wall)
        refs = [f"r.io/a:{n}" for n in range(MANY)]
        return list(await asyncio.gather(*(port.image(r) for r in refs), return_exceptions=True))

    found = asyncio.run(main())
    assert asked == 1
    assert all(isinstance(f, UnreachableError) for f in found)
    assert "r.io does not answer" in str(found[-1])
    assert wall.moment - START == timedelta(seconds=10)


def test_a_host_that_refuses_connections_is_tried_twice() -> None:
    asked = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ConnectError("refused", request=request)

    found = all_images(handler, [f"r.io/a:{n}" for n in range(MANY)], VirtualWall())
    assert asked == 2
    assert all(isinstance(f, UnreachableError) for f in found)


def test_all_hosts_together_have_a_bound() -> None:
    now = most = 0
    shop = Shop()
    shop.manifest({"os": "linux"}, tag="1")

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        return shop.answer(request)

    async def main() -> None:
        port = registry(handler)
        await asyncio.gather(*(port.image(f"r{n % 9}.io/a:1") for n in range(90)))

    asyncio.run(main())
    assert most == 12


def test_a_certificate_that_is_not_trusted_is_asked_once() -> None:
    asked = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]", request=request)

    found = all_images(handler, ["r.io/a:1", "r.io/a:2"], VirtualWall())
    assert asked == 1
    assert "SSL_CERT_FILE" in str(found[0]) or "not trusted" in str(found[0])


def test_one_host_that_is_given_up_leaves_the_others() -> None:
    shop, refs = stocked(2)

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host != "r.io":
            raise httpx.ConnectError("no such host", request=request)
        return shop.answer(request)

    found = all_images(handler, [*refs, "gone.io/a:1"], VirtualWall())
    assert [isinstance(f, ApiError) for f in found] == [False, False, True]


def test_a_hiccup_is_repeated() -> None:
    shop, refs = stocked(1)
    failures = iter([502, 503])

    def handler(request: httpx.Request) -> httpx.Response:
        status = next(failures, 0)
        return httpx.Response(status) if status else shop.answer(request)

    (image,) = all_images(handler, refs, VirtualWall())
    assert not isinstance(image, Exception)


def test_a_manifest_that_the_service_cannot_give_leaves_the_others() -> None:
    shop, refs = stocked(3)

    def handler(request: httpx.Request) -> httpx.Response:
        broken = request.url.path.endswith("/manifests/1")
        return httpx.Response(503) if broken else shop.answer(request)

    found = all_images(handler, refs, VirtualWall())
    assert [isinstance(f, ApiError) for f in found] == [False, True, False]


def test_no_more_than_the_bound_are_under_way() -> None:
    shop, refs = stocked(30)
    now = most = 0

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        return shop.answer(request)

    async def main() -> None:
        port = registry(handler, limits=Limits(at_once=3))
        await asyncio.gather(*(port.image(r) for r in refs))

    asyncio.run(main())
    assert most == 3


def test_the_patience_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_from_environment() == Limits()
    monkeypatch.setenv("POOLSHIFT_REGISTRY_PATIENCE", "7")
    assert limits_from_environment().patience_s == 7
    monkeypatch.setenv("POOLSHIFT_REGISTRY_PATIENCE", "for ever")
    with pytest.raises(UsageError, match="POOLSHIFT_REGISTRY_PATIENCE"):
        limits_from_environment()


def test_a_host_without_patience_fails_at_its_first_refusal() -> None:
    wall = VirtualWall()
    with pytest.raises(ThrottledError):
        image_by(lambda _: httpx.Response(429), "r.io/a:1", wall=wall, limits=Limits(patience_s=0))
    assert wall.moment == START
