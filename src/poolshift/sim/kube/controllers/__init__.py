"""The controllers of the simulated Kubernetes, one module each."""
