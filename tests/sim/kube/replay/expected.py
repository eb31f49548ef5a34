"""What of the recordings the simulator does not answer as recorded, and why."""

from __future__ import annotations

_OTHER_BUILD = "the recorded build put one more config map into the token's volume, AKS does not"

EXPECTED_MISSES: dict[str, str] = {
    "openapi_v3_index": "not served: groups without a kind that a move needs, the issuer of tokens",
    "openapi_v3_policy": "schemas have names of their own; none for lists, deletions and Status",
    "tables_other": "a kubelet makes its node the owner of its lease; the stand-in did not",
}

# Sessions whose requests are as recorded, but not every line that is printed.
EXPECTED_OUTPUT: dict[str, str] = {
    "describe_node": "the recorded nodes were stand-ins without a role and with few events",
    "describe_pod": f"{_OTHER_BUILD}; events of the kubelet, which the recorded stand-in left out",
    "get_nodes_wide_cold": "nodes of AKS have the role agent, the recorded stand-ins had none",
    "version": "a build of the server's own: commit, date and compiler",
}
