"""Faults: what goes wrong in a scenario, each a trouble that others had for real."""
