"""Sign-in of the local AKS: tokens, and the documents that clients read before they ask for one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.ids import Ids, stable_guid
from poolshift.sim.wall import wall_time

if TYPE_CHECKING:
    import random

_TOKEN_LIFE_S = 86_400
CLOUD_NAME = "AKSSim"


class Login:
    """Issues tokens and knows them again.

    Tokens are unsigned JWTs: clients read claims from them, nobody checks a signature. They are
    good for this process alone.
    """

    def __init__(self, ids: Ids, rng: random.Random) -> None:
        self._ids = ids
        self._rng = rng
        self._issued: dict[str, int] = {}
        self.client_id = stable_guid("client", ids.subscription)
        self.kube_token = self._secret()

    def token(self, resource: str) -> dict[str, Any]:
        """A new token for a resource, as the token endpoint answers it."""
        now = wall_time()
        expires = now + _TOKEN_LIFE_S
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{self._ids.tenant}/",
            "iat": now,
            "nbf": now,
            "exp": expires,
            "tid": self._ids.tenant,
            "appid": self.client_id,
            "oid": stable_guid("object", self.client_id),
            "jti": self._secret(),
        }
        access = ".".join((_part({"alg": "none", "typ": "JWT"}), _part(claims), ""))
        self._issued[access] = expires
        return {
            "token_type": "Bearer",
            "expires_in": _TOKEN_LIFE_S,
            "ext_expires_in": _TOKEN_LIFE_S,
            "access_token": access,
        }

    def managed_identity_token(self, resource: str) -> dict[str, Any]:
        """A token as the managed identity endpoints answer it."""
        answer = self.token(resource)
        return {
            "access_token": answer["access_token"],
            "expires_on": str(self._issued[answer["access_token"]]),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": self.client_id,
        }

    def knows(self, authorization: str) -> bool:
        """Whether an Authorization header carries a token of ours that is still good."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self._issued.get(token, 0) > wall_time()

    def openid_configuration(self, base: str) -> dict[str, Any]:
        """The document that leads to the token endpoint."""
        root = f"{base}/{self._ids.tenant}"
        return {
            "issuer": f"{root}/v2.0",
            "token_endpoint": f"{root}/oauth2/v2.0/token",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
            "response_types_supported": ["code", "token"],
            "subject_types_supported": ["pairwise"],
            "tenant_region_scope": None,
            "cloud_instance_name": "localhost",
        }

    def _secret(self) -> str:
        return f"{self._rng.getrandbits(160):040x}"


def metadata(base: str, tenant: str) -> dict[str, Any]:
    """The cloud's endpoints, as /metadata/endpoints gives them."""
    return {
        "name": CLOUD_NAME,
        "portal": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": [base, f"{base}/"],
            "tenant": tenant,
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "portalEndpoint": base,
        "graphEndpoint": base,
        "graph": base,
        "graphAudience": base,
        "microsoftGraphResourceId": base,
        "galleryEndpoint": base,
        "gallery": base,
        "batch": base,
        "media": base,
        "sqlManagement": base,
        "vmImageAliasDoc": f"{base}/aliases.json",
        "suffixes": {
            "acrLoginServer": "azurecr.io",
            "keyVaultDns": "vault.azure.net",
            "storage": "core.windows.net",
            "sqlServerHostname": "database.windows.net",
            "mysqlServerEndpoint": "mysql.database.azure.com",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
        },
    }


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(data)).decode().rstrip("=")
