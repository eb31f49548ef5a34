"""Kubernetes manifests: the Windows workloads that change, and objects taken apart."""

from poolshift.rewrite.manifests.documents import Document, documents, workload_documents
from poolshift.rewrite.manifests.rewriting import rewrite_manifest

__all__ = ["Document", "documents", "rewrite_manifest", "workload_documents"]
