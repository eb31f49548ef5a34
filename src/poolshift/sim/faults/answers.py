"""Faults of answers: the service throttles, fails, or is not reached; rights, locks, policies."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.arm.governance.locks import LEVELS
from poolshift.sim.arm.problems import ArmProblem, action_denied
from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.faults.fault import entered
from poolshift.sim.scenarioparts import LockSpec, PolicySpec

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World

_READS = ("GET", "HEAD")
# Of 500s to a PUT that were recorded: code, message, whether the front door says it.
_FAILURES = (
    ("InternalOperationError", "Internal server error", True),
    (
        "InternalServerError",
        "Encountered internal server error. Diagnostic information: subscription id '{}'.",
        False,
    ),
    ("GetSKUStoreError", "Internal server error", True),
)
# The page of a 502 was recorded; that of a 504 is taken to look alike.
_GATEWAY = ((502, "Bad Gateway"), (504, "Gateway Time-out"))


def throttled(world: World, target: str, wait_s: float) -> End:
    """The AKS service throttles every write."""
    seconds = int(wait_s)

    def answer(request: ArmRequest, action: str) -> None:
        if writes(request, action) and _is_aks(request):
            # As the buckets of the service say it: the wording is not documented.
            message = f"The request is throttled. Please try again after {seconds} seconds."
            raise ArmProblem(429, "Throttled", message, wait_s=seconds)

    return entered(world.azure.troubles.answers, answer)


def subscription_throttled(world: World, target: str, wait_s: float) -> End:
    """ARM itself throttles the subscription: reads, polls and writes alike."""
    seconds = int(wait_s)
    subscription = world.azure.home.subscription

    def answer(request: ArmRequest, action: str) -> None:
        raise ArmProblem(
            429,
            "SubscriptionRequestsThrottled",
            f"Number of requests for subscription '{subscription}' exceeded the limit. Please try "
            f"again after '{seconds}' seconds.",
            flat=False,
            wait_s=seconds,
        )

    return entered(world.azure.troubles.answers, answer)


def service_errors(world: World, target: str, count: float) -> End:
    """The next so many writes are answered with 500."""
    left = int(count)
    turn = itertools.cycle(_FAILURES)

    def answer(request: ArmRequest, action: str) -> ArmAnswer | None:
        nonlocal left
        if left <= 0 or not writes(request, action):
            return None
        left -= 1
        code, message, flat = next(turn)
        error = {"code": code, "message": message.format(world.azure.home.subscription)}
        return ArmAnswer(500, error if flat else {"error": error})

    return entered(world.azure.troubles.answers, answer)


def gateway_errors(world: World, target: str, every: float) -> End:
    """Every so many-th read, polls among them, is answered by a gateway with HTML."""
    step = int(every)
    if step < 1:
        raise UsageError("a gateway fails every first read at most: value 1")
    count = itertools.count(1)
    turn = itertools.cycle(_GATEWAY)

    def answer(request: ArmRequest, action: str) -> ArmAnswer | None:
        if request.method not in _READS or next(count) % step:
            return None
        status, words = next(turn)
        return ArmAnswer(status, _page(status, words), {"Content-Type": "text/html"})

    return entered(world.azure.troubles.answers, answer)


def _page(status: int, words: str) -> str:
    title = f"{status} {words}"
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "<hr><center>nginx</center>",
        "</body>",
        "</html>",
    )
    return "".join(f"{line}\r\n" for line in lines)


def role_lost(world: World, target: str, value: float) -> End:
    """The caller's role is taken away: every write is refused, reads go on."""

    def answer(request: ArmRequest, action: str) -> None:
        if writes(request, action):
            raise action_denied(action, request.path)

    return entered(world.azure.troubles.answers, answer)


def lock_set(world: World, target: str, value: float) -> End:
    """Somebody sets a lock (`LEVEL SCOPE`)."""
    level, _, scope = target.partition(" ")
    if level not in LEVELS or not scope:
        raise UsageError(f"{target!r} is no level with a scope", fix=f"Take {LEVELS[0]} cluster")
    return entered(world.azure.troubles.locks, LockSpec(level=level, scope=scope, name="fault"))


def policy_set(world: World, field: str, value: float) -> End:
    """Somebody assigns a policy that denies pools without a field."""
    policy = PolicySpec(name=f"require-{field}", field=field, required=True)
    return entered(world.azure.troubles.policies, policy)


def writes(request: ArmRequest, action: str) -> bool:
    """Whether a request changes something; POSTs that only list or look do not."""
    asks = action.lower()
    looks = asks.endswith("/read") or "/list" in asks
    return request.method not in _READS and not (request.method == "POST" and looks)


def _is_aks(request: ArmRequest) -> bool:
    return "/providers/microsoft.containerservice/" in request.path.lower()
