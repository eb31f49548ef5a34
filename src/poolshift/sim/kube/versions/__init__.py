"""Kinds that are served in more than one version: how their objects change form."""
