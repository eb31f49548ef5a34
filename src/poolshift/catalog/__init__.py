"""The catalog: dated facts as data, their types, and the loader."""

from poolshift.catalog.catalog import Catalog
from poolshift.catalog.loader import load_catalog, load_file
from poolshift.catalog.model.base import Claim, sources_of, winner
from poolshift.catalog.records import Entry

__all__ = ["Catalog", "Claim", "Entry", "load_catalog", "load_file", "sources_of", "winner"]
