"""Planned maintenance: when the platform may act, and what it then does by itself."""
