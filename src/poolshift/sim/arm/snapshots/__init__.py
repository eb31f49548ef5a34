"""Snapshots of pools: what a pool's machines are made of, kept under a name."""
