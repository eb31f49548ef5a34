"""Faults of admission webhooks: they do not answer, they deny, or they need pods of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.kube import webhooks
from poolshift.sim.kube.resources import MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.faults.fault import End
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.webhooks import Trouble
    from poolshift.sim.world import World

_WHY = "the request breaks a policy of this cluster"


def down(world: World, name: str, value: float) -> End:
    """The webhooks of a configuration do not answer; their policy says what comes of it."""
    store = world.kube.store
    return _troubled(world, name, lambda hook: webhooks.unanswered(store, hook))


def denies(world: World, name: str, value: float) -> End:
    """The webhooks of a configuration deny all that they are asked about."""
    return _troubled(world, name, lambda hook: webhooks.denied(hook, _WHY))


def called(world: World, name: str, value: float) -> End:
    """The webhooks of a configuration answer while their Service has ready pods, and no longer."""
    store = world.kube.store

    def answer(hook: Object) -> ApiError | None:
        service = (hook.get("clientConfig") or {}).get("service")
        where = (service.get("namespace", ""), service.get("name", "")) if service else None
        if where is None or not webhooks.missing(store, *where):
            return None
        return webhooks.unanswered(store, hook)

    return _troubled(world, name, answer)


def _troubled(world: World, name: str, trouble: Trouble) -> End:
    ctx = world.kube.ctx
    kinds = (MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS)
    if all(ctx.store.find(kind, "", name) is None for kind in kinds):
        raise UsageError(
            f"there is no webhook configuration {name!r}",
            fix="Name a MutatingWebhookConfiguration or a ValidatingWebhookConfiguration",
        )
    ctx.webhooks.troubles[name] = trouble

    def end() -> None:
        if ctx.webhooks.troubles.get(name) is trouble:
            del ctx.webhooks.troubles[name]

    return end
