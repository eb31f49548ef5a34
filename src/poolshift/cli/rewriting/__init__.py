"""The rim of `rewrite`: trees walked, files read and written, registries asked, results shown."""
