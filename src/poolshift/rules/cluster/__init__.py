"""Rules on the cluster as a whole."""
