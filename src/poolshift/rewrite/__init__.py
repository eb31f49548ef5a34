"""Byte-preserving edits of Dockerfiles and manifests."""

from poolshift.rewrite.files import Rewriter, rewrite_file, unread
from poolshift.rewrite.kinds import kind_of, may_be_recognised
from poolshift.rewrite.manifests import Document, documents, workload_documents
from poolshift.rewrite.model import (
    Edit,
    FileKind,
    FileResult,
    FileVerdict,
    Need,
    UnreadImageError,
)

__all__ = [
    "Document",
    "Edit",
    "FileKind",
    "FileResult",
    "FileVerdict",
    "Need",
    "Rewriter",
    "UnreadImageError",
    "documents",
    "kind_of",
    "may_be_recognised",
    "rewrite_file",
    "unread",
    "workload_documents",
]
