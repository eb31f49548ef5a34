"""Pure meaning of Kubernetes and of images, shared by all who think and simulate."""
