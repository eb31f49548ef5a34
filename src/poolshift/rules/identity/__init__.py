"""Rules on identities."""
