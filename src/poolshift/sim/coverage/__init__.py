"""What the local AKS simulates, what it approximates, and what it does not."""
