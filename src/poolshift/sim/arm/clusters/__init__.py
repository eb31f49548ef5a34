"""The managed cluster."""
