"""What the AKS service refuses, one module an area; `checks.py` calls them in order."""
