"""Recordings with rows that are not answered as recorded, and why."""

from __future__ import annotations

EXPECTED_MISSES: dict[str, str] = {
    "aks-preview__test_aks_gpu_driver_type": "graphics cards: their profile and its defaults are "
    "no part of a move",
    "aks-preview__test_vms_agentpool_type": "a cluster with a pool of single machines reads "
    "Updating here and Scaling there while that is scaled",
    "azure-cli__test_aks_abort": "an add-on that the answer alone shows, in no request",
    "azure-cli__test_aks_create_default_service_without_skip_role_assignment": "roles that the "
    "recorded subscription had made for itself",
    "azure-cli__test_aks_create_scale_with_custom_nodepool_name_msi": "for a moment after its end "
    "the front door still knows a cluster and lets the provider say that it is gone",
}
