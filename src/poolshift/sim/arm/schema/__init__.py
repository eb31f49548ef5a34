"""The types of AKS' request bodies.

`types.json` is data: field names and types of the API's public description (MIT License, Copyright
(c) Microsoft), written by scripts/arm_types.py.
"""
