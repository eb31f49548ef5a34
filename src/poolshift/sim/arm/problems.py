"""Refusals in the shapes of ARM: flat by the AKS provider, wrapped by ARM's front door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.errors import invariant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog


class ArmProblem(Exception):
    """A refusal on its way to the client.

    Attributes:
        flat: whether the AKS provider says it (code at the top level) or ARM's front door.
        target: the field that it is about, where the provider says so.
        relayed: whether a wrapped refusal is another provider's (roles, the directory) and not the
            front door's own, which marks its answers.
        more: what the front door's error says beside code and message.
        wait_s: whole seconds after which to try again; 0 says nothing.
        counted: whether it means that the local AKS lacks something, for its coverage page.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        flat: bool = True,
        target: str = "",
        subcode: str = "",
        relayed: bool = False,
        more: Mapping[str, Any] | None = None,
        wait_s: int = 0,
        counted: bool = False,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.flat = flat
        self.target = target
        self.subcode = subcode
        self.relayed = relayed
        self.more = dict(more or {})
        self.wait_s = wait_s
        self.counted = counted
        super().__init__(f"{code}: {message}")

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        if not self.flat:
            return {"error": {"code": self.code, "message": self.message, **self.more}}
        body: dict[str, Any] = {"code": self.code, "details": None, "message": self.message}
        if self.target:
            body["target"] = self.target
        return {**body, "subcode": self.subcode}

    def headers(self) -> dict[str, str]:
        """Headers beside the body."""
        own = not self.flat and not self.relayed
        headers = {"x-ms-failure-cause": "gateway"} if own else {}
        if self.wait_s:
            headers["Retry-After"] = str(self.wait_s)
        return headers


def refusal(
    catalog: Catalog,
    code: str,
    message: str = "",
    *,
    sub: str = "",
    target: str = "",
    fills: Mapping[str, object] | None = None,
) -> ArmProblem:
    """A rule of the AKS service, with the HTTP status that the catalog has for its code.

    Without a message of its own it says what the catalog has, `<name>` filled in from `fills`. A
    status that nobody recorded is 400, as that of every rule of which one was.
    """
    known = catalog.error(code, sub)
    status = known.http if known is not None and known.http is not None else 400
    text = message or filled_in(known.message if known is not None else code, fills or {})
    return ArmProblem(status, code, text, target=target)


def filled_in(text: str, fills: Mapping[str, object]) -> str:
    """A message of the catalog with what stands in its angle brackets."""
    for name, value in fills.items():
        text = text.replace(f"<{name}>", str(value))
    invariant("<" not in text, f"nothing of a message stays open: {text}")
    return text


def resource_missing(kind: str, name: str, group: str) -> ArmProblem:
    """404 of ARM's front door for a resource that is not there."""
    return ArmProblem(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. For more "
        "details please go to https://aka.ms/ARMResourceNotFoundFix",
        flat=False,
    )


def group_missing(group: str) -> ArmProblem:
    """404 for a resource group that is not there."""
    return ArmProblem(
        404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.", flat=False
    )


def subscription_missing(subscription: str) -> ArmProblem:
    """404 for another subscription than the local AKS'."""
    return ArmProblem(
        404,
        "SubscriptionNotFound",
        f"The subscription '{subscription}' could not be found.",
        flat=False,
    )


def action_denied(action: str, scope: str) -> ArmProblem:
    """403 for an action that the scenario denies."""
    return ArmProblem(
        403,
        "AuthorizationFailed",
        f"The client does not have authorization to perform action '{action}' over scope "
        f"'{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
        flat=False,
    )


def no_identity(resource_id: str) -> ArmProblem:
    """400 of ARM's front door for an identity's id that is none."""
    return ArmProblem(
        400,
        "LinkedInvalidPropertyId",
        f"Property id '{resource_id[:200]}' at path 'identity.userAssignedIdentities' is invalid. "
        "Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or "
        "'/providers/{resourceProviderNamespace}/'.",
        flat=False,
    )


def precondition_failed(what: str) -> ArmProblem:
    """412: an If-Match or If-None-Match that did not hold."""
    return ArmProblem(412, "PreconditionFailed", what)


def route_missing(method: str, path: str) -> ArmProblem:
    """404 for a route that the local AKS does not have, named so that it can be reported."""
    return ArmProblem(
        404,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for {method} {path} (the local AKS does not "
        "have this route).",
        flat=False,
        counted=True,
    )


def not_simulated(what: str) -> ArmProblem:
    """501 for a change that the real service makes and the local AKS does not (yet)."""
    return ArmProblem(501, "NotSimulated", f"The local AKS does not simulate {what}.", counted=True)
