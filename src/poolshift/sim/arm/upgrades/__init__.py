"""Upgrades of pools as the service does them: node by node, or blue and green."""
