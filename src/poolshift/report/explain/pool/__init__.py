"""The story of one pool."""
