"""Kubernetes manifests: the Windows workloads that change, and objects taken apart."""

from poolshift.rewrite.manifests.documents import Document, documents, workload_documents
from poolshift.rewrite.manifests.objects import Object
from poolshift.rewrite.manifests.rewriting import Deliver, rewrite_manifest, rewrite_roots

__all__ = [
    "Deliver",
    "Document",
    "Object",
    "documents",
    "rewrite_manifest",
    "rewrite_roots",
    "workload_documents",
]
