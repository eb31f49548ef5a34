"""Frozen types of the catalog's records, one module a file of `data/`."""
