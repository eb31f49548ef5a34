"""The life of a pool by the real SDK's asynchronous half, and many reads side by side."""

from __future__ import annotations

import asyncio
import json
import os

from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import HttpResponseError
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.containerservice.aio import ContainerServiceClient

SIM = json.loads(os.environ["SIM"])
GROUP, CLUSTER, POOL = SIM["group"], SIM["cluster"], "sdk2"


async def life(client: ContainerServiceClient) -> dict[str, object]:
    seen: dict[str, object] = {}
    pools = client.agent_pools
    where = (GROUP, CLUSTER, POOL)
    wanted = {"properties": {"count": 1, "osType": "Windows", "osSKU": "Windows2022"}}
    added = await (await pools.begin_create_or_update(*where, wanted)).result()
    seen["added"] = added.properties.provisioning_state
    reads = await asyncio.gather(*(pools.get(*where) for _ in range(20)))
    seen["reads"] = len({one.properties.e_tag for one in reads})
    added.properties.count = 2
    scaled = await (await pools.begin_create_or_update(*where, added)).result()
    seen["count"] = scaled.properties.count
    await (await pools.begin_upgrade_node_image_version(*where)).result()
    seen["listed"] = sorted([pool.name async for pool in pools.list(GROUP, CLUSTER)])
    await (await pools.begin_delete(*where)).result()
    try:
        await pools.get(*where)
    except HttpResponseError as error:
        seen["gone"] = [error.status_code, error.error.code if error.error else ""]
    return seen


async def main() -> None:
    async with (
        ClientSecretCredential(
            SIM["tenant"],
            "33333333-3333-4333-8333-333333333333",
            "any",
            authority=SIM["arm"],
            disable_instance_discovery=True,
            connection_verify=SIM["ca"],
        ) as credential,
        ContainerServiceClient(
            credential,
            SIM["sub"],
            base_url=SIM["arm"],
            credential_scopes=[SIM["arm"] + "/.default"],
            connection_verify=SIM["ca"],
        ) as client,
    ):
        token: AccessTokenInfo = await credential.get_token_info(SIM["arm"] + "/.default")
        print(json.dumps(await life(client) | {"token": bool(token.token)}))


asyncio.run(main())
