"""The life of a pool by the real SDK. Run by the SDK's own Python, with SIM in the environment.

Prints what it saw as one JSON object; `test_sdk.py` judges it.
"""

from __future__ import annotations

import json
import os
import time

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient

SIM = json.loads(os.environ["SIM"])
GROUP, CLUSTER, POOL = SIM["group"], SIM["cluster"], "sdk1"


def client() -> ContainerServiceClient:
    credential = ClientSecretCredential(
        SIM["tenant"],
        "33333333-3333-4333-8333-333333333333",
        "any",
        authority=SIM["arm"],
        disable_instance_discovery=True,
    )
    return ContainerServiceClient(
        credential,
        SIM["sub"],
        base_url=SIM["arm"],
        credential_scopes=[SIM["arm"] + "/.default"],
    )


def main() -> None:
    seen: dict[str, object] = {}
    pools = client().agent_pools
    where = (GROUP, CLUSTER, POOL)
    begun = time.monotonic()
    wanted = {
        "properties": {"count": 1, "osType": "Windows", "osSKU": "Windows2022", "mode": "User"}
    }
    added = pools.begin_create_or_update(*where, wanted).result()
    seen["add_s"] = time.monotonic() - begun
    seen["added"] = added.properties.provisioning_state
    seen["sku"] = added.properties.os_sku
    found = pools.get(*where)
    seen["tag"] = bool(found.properties.e_tag)
    found.properties.node_labels = {"tier": "web"}
    labelled = pools.begin_create_or_update(*where, found).result()
    seen["labels"] = dict(labelled.properties.node_labels)
    labelled.properties.count = 2
    scaled = pools.begin_create_or_update(*where, labelled).result()
    seen["count"] = scaled.properties.count
    seen["image_upgrade"] = pools.begin_upgrade_node_image_version(*where).result() is not None
    seen["listed"] = sorted(pool.name for pool in pools.list(GROUP, CLUSTER))
    seen["machines"] = len(list(client().machines.list(GROUP, CLUSTER, POOL)))
    profile = pools.get_upgrade_profile(*where)
    seen["latest"] = profile.properties.latest_node_image_version
    seen["deleted"] = pools.begin_delete(*where).result() is None
    try:
        pools.get(*where)
    except ResourceNotFoundError as error:
        seen["wrapped"] = [error.status_code, error.error.code if error.error else ""]
    try:
        pools.begin_create_or_update(GROUP, CLUSTER, "toolong", wanted).result()
    except HttpResponseError as error:
        code = error.error
        seen["flat"] = [error.status_code, code.code if code else "", code.target if code else ""]
    seen["clusters"] = [one.name for one in client().managed_clusters.list()]
    print(json.dumps(seen))


main()
