"""Findings, plans and runs in words, tables and JSON."""
