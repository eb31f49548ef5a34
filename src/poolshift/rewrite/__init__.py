"""Byte-preserving edits of Dockerfiles and manifests."""

from poolshift.rewrite.files import kind_of, rewrite_file
from poolshift.rewrite.manifests import Document, documents, workload_documents
from poolshift.rewrite.model import Edit, FileKind, FileResult, FileVerdict, Need

__all__ = [
    "Document",
    "Edit",
    "FileKind",
    "FileResult",
    "FileVerdict",
    "Need",
    "documents",
    "kind_of",
    "rewrite_file",
    "workload_documents",
]
