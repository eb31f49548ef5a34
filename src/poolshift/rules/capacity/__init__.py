"""Rules on quota."""
