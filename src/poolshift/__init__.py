"""poolshift moves AKS node pools to another operating-system version."""

__all__ = ["__version__"]

__version__ = "0.1.0"
