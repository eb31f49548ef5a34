"""The ports over HTTP: the only code that calls out."""
