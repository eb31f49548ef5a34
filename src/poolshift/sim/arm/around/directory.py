"""Microsoft Graph as far as `az` asks it: service principals, and objects by id.

It knows the caller, the applications that clusters run as, and managed identities; users and groups
it has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.core.clock import format_time
from poolshift.sim.arm.around.identities import identities
from poolshift.sim.arm.around.sent import sent_object
from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

READ = "Microsoft.Graph/servicePrincipals/read"
_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#"
_BY_NAME = re.compile(r"servicePrincipalNames/any\(c:\s*c eq '([^']*)'\)", re.IGNORECASE)
_BY_FIELD = re.compile(r"(displayName|appId) eq '([^']*)'", re.IGNORECASE)


def principals(azure: Subscription) -> list[dict[str, Any]]:
    """Every service principal of the directory, by object id once."""
    caller = stable_guid("client", azure.home.subscription)
    found = [_principal(azure, stable_guid("object", caller), caller, "Local AKS", "Application")]
    profiles = (w.cluster.properties.get("servicePrincipalProfile") or {} for w in azure.clusters())
    own_apps = [str(profile.get("clientId", "msi")) for profile in profiles]
    for app in (*azure.applications, *(app for app in own_apps if app != "msi")):
        found.append(_principal(azure, stable_guid("object", app), app, app, "Application"))
    for identity in identities(azure):
        ids = identity["properties"]
        kind = "ManagedIdentity"
        name = identity["name"]
        found.append(_principal(azure, ids["principalId"], ids["clientId"], name, kind))
    for world in azure.clusters():
        own = world.cluster.body.get("identity") or {}
        if own.get("principalId"):
            app = stable_guid("client", world.ids.cluster_id)
            name = world.ids.cluster
            found.append(_principal(azure, own["principalId"], app, name, "ManagedIdentity"))
    return list({one["id"]: one for one in found}.values())


def knows(azure: Subscription, object_id: str) -> bool:
    """Whether an object id is one of the directory's."""
    return any(one["id"].lower() == object_id.lower() for one in principals(azure))


def _principal(azure: Subscription, id_: str, app: str, name: str, kind: str) -> dict[str, Any]:
    nothing = dict.fromkeys(
        (
            *("deletedDateTime", "appDescription", "applicationTemplateId", "description"),
            *("disabledByMicrosoftStatus", "homepage", "loginUrl", "logoutUrl", "notes"),
            *("preferredSingleSignOnMode", "preferredTokenSigningKeyThumbprint"),
            *("tokenEncryptionKeyId", "samlSingleSignOnSettings"),
        )
    )
    empty: dict[str, Any] = {
        key: []
        for key in (
            *("alternativeNames", "notificationEmailAddresses", "replyUrls", "tags", "addIns"),
            *("appRoles", "keyCredentials", "oauth2PermissionScopes", "passwordCredentials"),
            "resourceSpecificApplicationPermissions",
        )
    }
    info = ("logoUrl", "marketingUrl", "privacyStatementUrl", "supportUrl", "termsOfServiceUrl")
    publisher = ("displayName", "verifiedPublisherId", "addedDateTime")
    return {
        **nothing,
        **empty,
        "id": id_,
        "accountEnabled": True,
        "appDisplayName": name,
        "appId": app,
        "appOwnerOrganizationId": azure.home.tenant,
        "appRoleAssignmentRequired": False,
        "createdDateTime": format_time(azure.scenario.start),
        "displayName": name,
        "servicePrincipalNames": [app],
        "servicePrincipalType": kind,
        "signInAudience": "AzureADMyOrg",
        "info": dict.fromkeys(info),
        "verifiedPublisher": dict.fromkeys(publisher),
    }


def _found(azure: Subscription, text: str) -> list[dict[str, Any]]:
    by_name, by_field = _BY_NAME.search(text), _BY_FIELD.search(text)
    everyone = principals(azure)
    if by_name is not None:
        wanted = by_name[1].lower()
        return [one for one in everyone if wanted in one["servicePrincipalNames"]]
    if by_field is not None:
        field = "appId" if by_field[1].lower() == "appid" else "displayName"
        return [one for one in everyone if one[field].lower() == by_field[2].lower()]
    return everyone if not text else []


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    _check(azure)
    found = _found(azure, request.query.get("$filter", ""))
    return ArmAnswer(200, {"@odata.context": f"{_CONTEXT}servicePrincipals", "value": found})


def _get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    _check(azure)
    for one in principals(azure):
        if one["id"].lower() == names["id"].lower():
            context = f"{_CONTEXT}servicePrincipals/$entity"
            return ArmAnswer(200, {"@odata.context": context, **one})
    raise _refusal(
        404,
        "Request_ResourceNotFound",
        f"Resource '{names['id']}' does not exist or one of its queried reference-property "
        "objects are not present.",
    )


def _by_ids(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    _check(azure)
    ids = sent_object(request).get("ids")
    wanted = {str(id_).lower() for id_ in ids} if isinstance(ids, list) else set()
    found = [
        {"@odata.type": "#microsoft.graph.servicePrincipal", **one}
        for one in principals(azure)
        if one["id"].lower() in wanted
    ]
    return ArmAnswer(200, {"@odata.context": f"{_CONTEXT}directoryObjects", "value": found})


def _none(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """Users and groups: there are none."""
    kind = request.path.rstrip("/").rpartition("/")[2]
    return ArmAnswer(200, {"@odata.context": f"{_CONTEXT}{kind}", "value": []})


def _check(azure: Subscription) -> None:
    if READ.lower() in {denied.lower() for denied in azure.scenario.denied.arm}:
        raise _refusal(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )


def _refusal(status: int, code: str, message: str) -> ArmProblem:
    return ArmProblem(status, code, message, flat=False, relayed=True)


ROUTES: tuple[Route, ...] = (
    route("GET", "/v1.0/servicePrincipals", "", _list),
    route("GET", "/v1.0/servicePrincipals/{id}", "", _get),
    route("POST", "/v1.0/directoryObjects/getByIds", "", _by_ids),
    route("GET", "/v1.0/users", "", _none),
    route("GET", "/v1.0/groups", "", _none),
    route("GET", "/v1.0/applications", "", _none),
)
