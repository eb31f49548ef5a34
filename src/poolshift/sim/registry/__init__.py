"""The local AKS' registry: manifests, indexes and config blobs of the scenario's images."""
