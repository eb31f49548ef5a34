"""What of the recordings the simulator does not answer as recorded, and why."""

from __future__ import annotations

_OTHER_PODS = "other pods lie on that node than on the recorded one"
_OTHER_BUILD = "the recorded build put one more config map into the token's volume, AKS does not"

EXPECTED_MISSES: dict[str, str] = {
    "list_fieldselector": _OTHER_PODS,
    "list_rv": "the first version of all is no state of this cluster: 410, not an empty list",
    "openapi_v2_pb_shape": "OpenAPI v2 comes as JSON alone",
    "openapi_v3_index": "groups without a kind that a move needs are not served",
    "openapi_v3_policy": "operations that clients need alone; the recorder kept names only",
    "tables_other": "recorded leases had no owner",
}

# Sessions whose requests are as recorded, but not every line that is printed.
EXPECTED_OUTPUT: dict[str, str] = {
    "describe_node": "the recorded nodes were stand-ins without a role and with few events",
    "describe_pod": f"{_OTHER_BUILD}; events of the kubelet, which the recorded stand-in left out",
    "get_multi": "the recorded budget was spent at that moment",
    "get_nodes_wide_cold": "nodes of AKS have the role agent, the recorded stand-ins had none",
    "get_pods_wide": "the pods of the recorded Job ran on another node",
    "version": "a build of the server's own: commit, date and compiler",
}
