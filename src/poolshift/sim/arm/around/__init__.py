"""What is around the cluster: subscription, compute, features, roles."""
