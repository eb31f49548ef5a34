"""The local AKS' side of ARM: pools, cluster, operations, and what is around them."""
