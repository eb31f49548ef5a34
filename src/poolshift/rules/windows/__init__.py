"""Rules on Windows pools and their images."""
