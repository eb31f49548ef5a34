"""Policies that deny: what a resource must (not) have, and asking before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.governance.locks import scope_named
from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription
    from poolshift.sim.scenarioparts import PolicySpec

_WRITES = ("PUT", "PATCH")
_DEFINITIONS = "providers/Microsoft.Authorization/policyDefinitions"
_ASSIGNMENTS = "providers/Microsoft.Authorization/policyAssignments"
_ABSENT = object()


def check(azure: Subscription, request: ArmRequest) -> None:
    """Refuse a resource that a policy denies; what is sent counts, not what the service fills in.

    Raises:
        ArmProblem: 403 RequestDisallowedByPolicy, of the front door.
    """
    if request.method not in _WRITES or not isinstance(request.body, Mapping):
        return
    kind, name = kind_and_name(request.path)
    broken = [p for p in policies_for(azure, kind, request.path) if breaks(p, kind, request.body)]
    if not broken:
        return
    listed = json.dumps([_identifiers(azure, p) for p in broken], separators=(",", ":"))
    raise ArmProblem(
        403,
        "RequestDisallowedByPolicy",
        f"Resource '{name}' was disallowed by policy. Policy identifiers: '{listed}'.",
        flat=False,
        more={
            "target": name,
            "additionalInfo": [
                {"type": "PolicyViolation", "info": _violation(azure, p)} for p in broken
            ],
        },
    )


def policies_for(azure: Subscription, kind: str, scope: str) -> Iterator[PolicySpec]:
    """The policies on a type of resources that hold at a scope."""
    below = scope.lower().rstrip("/") + "/"
    for policy in azure.policies:
        top = scope_named(azure, policy.scope).lower() + "/"
        if policy.type.lower() == kind.lower() and below.startswith(top):
            yield policy


def breaks(policy: PolicySpec, kind: str, body: Mapping[str, Any]) -> bool:
    """Whether a resource does not keep to a policy.

    What is absent is none of the allowed values, as the policy language has it.
    """
    found = _value(policy.field, kind, body)
    if policy.allowed:
        return found is _ABSENT or not _is_in(found, policy.allowed)
    if policy.denied:
        return found is not _ABSENT and _is_in(found, policy.denied)
    return policy.required and found is _ABSENT


def restrictions(azure: Subscription, scope: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `checkPolicyRestrictions` answers: the content's verdict, and what fields may be.

    Args:
        azure: the subscription.
        scope: what it is asked at.
        asked: `resourceDetails` with `resourceContent` (a whole resource with its type) and
            `pendingFields` to be told about.
    """
    details = asked.get("resourceDetails")
    content = (details or {}).get("resourceContent") if isinstance(details, Mapping) else None
    if not isinstance(content, Mapping):
        raise ArmProblem(
            400,
            "InvalidCheckRestrictionsRequest",
            "The request content is invalid: resourceDetails.resourceContent is needed.",
            flat=False,
        )
    kind = str(content.get("type") or "")
    within = str((details or {}).get("scope") or scope)
    holding = list(policies_for(azure, kind, within))
    pending = [
        str(p.get("field")) for p in asked.get("pendingFields") or () if isinstance(p, Mapping)
    ]
    return {
        "fieldRestrictions": [
            {"field": field, "restrictions": found}
            for field in pending
            if (found := [_restriction(azure, p) for p in holding if _same(p.field, field, kind)])
        ],
        "contentEvaluationResult": {
            "policyEvaluations": [
                _evaluation(azure, policy, kind, content)
                for policy in holding
                if breaks(policy, kind, content)
            ]
        },
    }


def kind_and_name(path: str) -> tuple[str, str]:
    """Type and last name of a resource's path."""
    parts = path.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" not in lowered:
        return "Microsoft.Resources/subscriptions/resourceGroups", parts[-1]
    last = len(lowered) - 1 - lowered[::-1].index("providers")
    own = parts[last + 1 :]
    return "/".join([own[0], *own[1::2]]), parts[-1]


def _value(field: str, kind: str, body: Mapping[str, Any]) -> Any:
    found: Any = body
    for key in _path(field, kind):
        if not isinstance(found, Mapping) or found.get(key) in (None, ""):
            return _ABSENT
        found = found[key]
    return found


def _path(field: str, kind: str) -> list[str]:
    """`tags['env']`, `properties.osSKU` or an alias of the type as keys one below the other."""
    if field.lower().startswith(kind.lower() + "/"):
        return ["properties", *field[len(kind) + 1 :].split(".")]
    return field.replace("['", ".").replace("']", "").split(".")


def _same(one: str, other: str, kind: str) -> bool:
    return [k.lower() for k in _path(one, kind)] == [k.lower() for k in _path(other, kind)]


def _is_in(found: Any, values: tuple[str | bool | int, ...]) -> bool:
    return str(found).lower() in {str(value).lower() for value in values}


def _ids(azure: Subscription, policy: PolicySpec) -> tuple[str, str]:
    """Ids of a policy's assignment and definition: made up, always the same."""
    scope = scope_named(azure, policy.scope)
    return (
        f"{scope}/{_ASSIGNMENTS}/{policy.name}",
        f"/{_DEFINITIONS}/{stable_guid('policy', policy.name)}",
    )


def _identifiers(azure: Subscription, policy: PolicySpec) -> dict[str, Any]:
    assignment, definition = _ids(azure, policy)
    return {
        "policyAssignment": {"name": policy.name, "id": assignment},
        "policyDefinition": {"name": policy.name, "id": definition},
    }


def _info(azure: Subscription, policy: PolicySpec) -> dict[str, Any]:
    assignment, definition = _ids(azure, policy)
    return {
        "policyDefinitionId": definition,
        "policyDefinitionName": definition.rpartition("/")[2],
        "policyAssignmentId": assignment,
        "policyAssignmentName": policy.name,
        "policyAssignmentScope": scope_named(azure, policy.scope),
    }


def _violation(azure: Subscription, policy: PolicySpec) -> dict[str, Any]:
    return {
        "policyDefinitionDisplayName": policy.name,
        "policyAssignmentDisplayName": policy.name,
        "policyDefinitionEffect": "deny",
        **_info(azure, policy),
    }


def _restriction(azure: Subscription, policy: PolicySpec) -> dict[str, Any]:
    if policy.denied:
        result, values = "Deny", [str(value) for value in policy.denied]
    else:
        result, values = "Required", [str(value) for value in policy.allowed]
    body: dict[str, Any] = {"result": result, "policy": _info(azure, policy)}
    return {**body, "values": values} if values else body


def _evaluation(
    azure: Subscription, policy: PolicySpec, kind: str, content: Mapping[str, Any]
) -> dict[str, Any]:
    found = _value(policy.field, kind, content)
    expression = {
        "result": "True",
        "expressionKind": "Field",
        "expression": policy.field,
        "path": ".".join(_path(policy.field, kind)),
        "operator": "NotIn" if policy.allowed else "In" if policy.denied else "Exists",
    }
    if found is not _ABSENT:
        expression["expressionValue"] = str(found)
    return {
        "policyInfo": _info(azure, policy),
        "evaluationResult": "NonCompliant",
        "evaluationDetails": {"evaluatedExpressions": [expression]},
        "effectDetails": {"policyEffect": "Deny"},
    }
