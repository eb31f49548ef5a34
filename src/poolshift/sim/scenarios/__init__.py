"""The scenarios that ship with poolshift, one folder each."""
