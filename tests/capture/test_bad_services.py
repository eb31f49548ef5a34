"""Services that refuse, throttle or talk nonsense: what is left of a snapshot, and what it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from tests.rig import Rig, run_async

from poolshift.capture import capture
from poolshift.capture.reader import LISTS_AT_ONCE
from poolshift.catalog import load_catalog
from poolshift.core.clock import parse_time
from poolshift.core.errors import ApiError, ForbiddenError, ThrottledError
from poolshift.core.snapshot import Snapshot
from poolshift.rules import assess

SLOW_DOWN = "slow down"


@dataclass
class Ports:
    """A rig's ports, each of which may be another."""

    arm: Any
    kube: Any
    registry: Any
    clock: Any
    cluster_id: str


class Spoilt:
    """A port of which some calls fail, and all are counted."""

    def __init__(self, port: Any, error: ApiError, *, spared: tuple[str, ...]) -> None:
        self._port, self._error, self._spared = port, error, spared
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            asked = getattr(arguments[0], "plural", "") if arguments else ""
            self.calls[name] += 1
            if name in self._spared or asked in self._spared:
                return real(*arguments, **named)
            return _failing_pages(self._error) if name == "pages" else _failing(self._error)

        return call


async def _failing(error: ApiError) -> Any:
    raise error


async def _failing_pages(error: ApiError) -> Any:
    raise error
    yield ()


def ports(**others: Any) -> Ports:
    rig = Rig()
    own = {n: getattr(rig, n) for n in ("arm", "kube", "registry", "clock", "cluster_id")}
    return Ports(**{**own, **others})


def taken(found: Ports) -> Snapshot:
    return run_async(capture(found, load_catalog(), source="test"))


def assessed(snapshot: Snapshot) -> Any:
    today = parse_time(snapshot.captured_at).date()
    return assess(snapshot, load_catalog(), as_of=today, to="Windows2022")


def throttled() -> ThrottledError:
    return ThrottledError("GET was refused with HTTP 429", status=429, message=SLOW_DOWN)


def test_kubernetes_that_throttles_is_asked_no_more_once_it_said_so() -> None:
    spoilt = Spoilt(Rig().kube, throttled(), spared=("nodes",))
    snapshot = taken(ports(kube=spoilt))
    assert spoilt.calls["list"] + spoilt.calls["pages"] + spoilt.calls["get"] <= 60
    reasons = [u.reason for u in snapshot.unknown if not u.what.startswith("image/")]
    assert len(reasons) >= 25
    assert sum(reason == SLOW_DOWN for reason in reasons) <= LISTS_AT_ONCE
    assert sum(reason == f"Kubernetes throttles: {SLOW_DOWN}" for reason in reasons) >= 20


def test_arm_that_throttles_leaves_what_kubernetes_says() -> None:
    spoilt = Spoilt(Rig().arm, throttled(), spared=("cluster", "pools"))
    snapshot = taken(ports(arm=spoilt))
    assert {u.what for u in snapshot.unknown} >= {"vm-sizes", "usages", "scale-sets", "locks"}
    assert snapshot.workload("default/Deployment/sample") is not None
    # Those that were under way together failed together; the rest was not asked.
    assert spoilt.calls["feature"] == spoilt.calls["policy_verdicts"] == 0
    assert any(n.rule == "PSC401" for n in assessed(snapshot).not_checked)


def test_registry_that_talks_nonsense_makes_images_unknown_with_the_reason() -> None:
    error = ApiError("mcr.microsoft.com does not answer as a registry", message="got HTML")
    snapshot = taken(ports(registry=Spoilt(Rig().registry, error, spared=())))
    assert snapshot.images == ()
    said = assessed(snapshot)
    assert {u.reason for u in snapshot.unknown if u.what.startswith("image/")} == {"got HTML"}
    assert any("got HTML" in n.reason for n in said.not_checked)
    assert all(set(i.verdict.values()) == {"unknown"} for i in said.images)


def test_forbidden_group_is_not_checked_and_the_rest_goes_on() -> None:
    rig = Rig()
    rig.world.kube.denied = {("list", "poddisruptionbudgets")}
    said = assessed(rig.snapshot())
    assert any(n.rule == "PSK202" and "forbidden" in n.reason for n in said.not_checked)
    assert any(f.rule == "PSW101" for f in said.findings)


@pytest.mark.parametrize("scenario", ["linux"])
def test_cluster_without_windows_is_assessed_by_what_it_has(scenario: str) -> None:
    snapshot = Rig(scenario).snapshot()
    assert {p.os_type for p in snapshot.pools} == {"Linux"}
    said = assess(snapshot, load_catalog(), as_of=parse_time(snapshot.captured_at).date())
    assert not [f for f in said.findings if f.rule in ("PSW104", "PSK201", "PSX901")]
    assert any(f.rule == "PSW101" for f in said.findings)


def test_essential_part_that_is_refused_ends_the_capture() -> None:
    error = ForbiddenError("GET was refused with HTTP 403", status=403, message="no")
    with pytest.raises(ForbiddenError):
        taken(ports(arm=Spoilt(Rig().arm, error, spared=())))
